using System.Diagnostics;

namespace Appliance.Bench;

/// <summary>One take-over or hand-over, in milliseconds.</summary>
/// <param name="ToKernel">From the crash until the address is in the survivor's kernel.</param>
/// <param name="ToAnswer">From the crash until the client hears the survivor.</param>
/// <param name="Gap">Between the last answer of the old owner and the first of the new one.</param>
internal readonly record struct Move(double ToKernel, double ToAnswer, double Gap);

/// <summary>What one contender used while it only beat.</summary>
/// <param name="CpuMicrosPerBeat">One for each of <see cref="Scenarios.Windows"/> parts of the time.</param>
internal sealed record Footprint(long[] RssKib, double[] CpuMicrosPerBeat);

/// <summary>The stories that are measured; each puts a pair on the stage and leaves it dark.</summary>
internal sealed class Scenarios(Stage stage)
{
    /// <summary>A footprint's processor time is taken so many times, so that its spread shows.</summary>
    public const int Windows = 5;

    /// <summary>The owner loses its power, again and again; the dead machine comes back each time.</summary>
    public List<Move> Crashes(Contender contender, int times)
    {
        var moves = new List<Move>();
        using var client = new Client(stage.ClientNamespace);
        var watches = Watches();
        Up(contender);
        for (var i = 0; i < times; i++)
        {
            Thread.Sleep(contender.WarmUp);
            var (owner, survivor) = Settle(contender);
            var watch = watches[survivor.Name];
            client.Forget();
            watch.Arm();
            Thread.Sleep(300 + 37 * i % 100);    // so that the crash falls anywhere between two heartbeats
            var at = Stopwatch.GetTimestamp();
            owner.PowerOff();
            if (Await(client, at, survivor) is not { } reply) { Complain(contender, "no takeover within 30 s"); break; }
            moves.Add(new(Ms(at, watch.At), Ms(at, reply.At), Gap(client, owner, reply)));
            owner.PowerOn();
            contender.Start(owner);
        }
        stage.Wipe();
        return moves;
    }

    /// <summary>The operator moves the address, again and again.</summary>
    public List<Move> HandOvers(Contender contender, int times)
    {
        var moves = new List<Move>();
        using var client = new Client(stage.ClientNamespace);
        var watches = Watches();
        Up(contender);
        for (var i = 0; i < times; i++)
        {
            var (owner, other) = Settle(contender);
            client.Forget();
            watches[other.Name].Arm();
            Thread.Sleep(300);
            var at = Stopwatch.GetTimestamp();
            contender.HandOver(owner);
            if (Await(client, at, other) is not { } reply) { Complain(contender, "no hand-over within 30 s"); break; }
            moves.Add(new(Ms(at, watches[other.Name].At), Ms(at, reply.At), Gap(client, owner, reply)));
            if (contender is Keepalived)
            {
                Shell.WaitFor(() => !owner.Holds(Stage.Address) && owner.Pid(Keepalived.PidFile) is null, TimeSpan.FromSeconds(10));
                contender.Start(owner);
            }
        }
        stage.Wipe();
        return moves;
    }

    /// <summary>Nothing is wrong but the machine is busy: how many times is a living node declared dead?</summary>
    public int FalseTakeovers(Heartbeat contender, string load, TimeSpan duration)
    {
        Up(contender);
        Settle(contender);
        var before = Deaths();
        using (var busy = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(Load).Assembly.Location, "--load", load]) { RedirectStandardOutput = true })!)
        {
            busy.StandardOutput.ReadLine();
            var ended = busy.WaitForExit(duration);
            busy.Kill();
            busy.WaitForExit();
            if (ended) throw new InvalidOperationException($"the load ended by itself: {busy.ExitCode}");
        }
        Thread.Sleep(2000);         // what control has to write is written
        var deaths = Deaths() - before;
        stage.Wipe();
        return deaths;
    }

    /// <summary>A quiet pair: memory, and processor time for each heartbeat that is sent or received.</summary>
    /// <remarks>One medium, 100 heartbeats a second each way, and one's own come back on a broadcast: three a period.</remarks>
    public Footprint Quiet(Heartbeat contender, TimeSpan duration)
    {
        Up(contender);
        var (owner, _) = Settle(contender);
        var pids = Tree(owner.Pid(Heartbeat.PidFile) ?? throw new InvalidOperationException("no pid file"));
        var costs = new double[Windows];
        for (var i = 0; i < Windows; i++)
        {
            var before = pids.Sum(CpuNanoseconds);
            var clock = Stopwatch.StartNew();
            Thread.Sleep(duration / Windows);
            var beats = 3 * clock.Elapsed.TotalMilliseconds / contender.DeadTimeMs * 5;
            costs[i] = (pids.Sum(CpuNanoseconds) - before) / 1000.0 / beats;
        }
        var rss = pids.Select(p => File.ReadLines($"/proc/{p}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)))
            .Select(l => long.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], null)).ToArray();
        stage.Wipe();
        return new(rss, costs);
    }

    /// <summary>Intervals between heartbeats as the other node sees them, in milliseconds: median, 99th percentile, longest; and how many operations a second its peer ran.</summary>
    public (double P50, double P99, double Max, double PerSecond) Intervals(Heartbeat contender, TimeSpan duration, string ran)
    {
        Up(contender);
        var (owner, other) = Settle(contender);
        var before = Count(ran);
        var clock = Stopwatch.StartNew();
        Thread.Sleep(duration);
        var each = (Count(ran) - before) / clock.Elapsed.TotalSeconds;
        using var links = System.Text.Json.JsonDocument.Parse(Shell.Run(other.Inside($"{contender.Tools}/appliance links --json")));
        foreach (var node in links.RootElement.GetProperty("nodes").EnumerateArray())
            if (node.GetProperty("name").GetString() == owner.Name)
                foreach (var link in node.GetProperty("links").EnumerateArray())
                {
                    stage.Wipe();
                    return (link.GetProperty("p50Ms").GetDouble(), link.GetProperty("p99Ms").GetDouble(), link.GetProperty("maxMs").GetDouble(), each);
                }
        throw new InvalidOperationException("the other node knows no link");

        // Processes that were ever started on this machine (proc(5), "processes").
        static long Count(string what) => what.Length == 0 ? 0 : long.Parse(File.ReadLines("/proc/stat").First(l => l.StartsWith(what, StringComparison.Ordinal)).Split(' ')[1], null);
    }

    /// <summary>The same for two loops that only send, wait and receive: what no daemon can be below on this machine.</summary>
    public double[] BareLoops(TimeSpan every, TimeSpan duration)
    {
        stage.Wipe();
        var loops = stage.Hosts.Select(h => Process.Start("ip", ["netns", "exec", h.Namespace, Environment.ProcessPath!, typeof(Load).Assembly.Location, "--beat", $"{every.TotalMilliseconds}"])).ToArray();
        Thread.Sleep(2000);
        var costs = new double[Windows];
        for (var i = 0; i < Windows; i++)
        {
            var before = loops.Sum(l => MainThreadNanoseconds(l.Id));
            var clock = Stopwatch.StartNew();
            Thread.Sleep(duration / Windows);
            costs[i] = (loops.Sum(l => MainThreadNanoseconds(l.Id)) - before) / 1000.0 / (2 * 3 * (clock.Elapsed / every));
        }
        foreach (var loop in loops)
        {
            loop.Kill();
            loop.WaitForExit();
            loop.Dispose();
        }
        return costs;
    }

    private Dictionary<string, AddressWatch> Watches() => stage.Hosts.ToDictionary(h => h.Name, h => new AddressWatch(h.Namespace));

    private void Up(Contender contender)
    {
        stage.Wipe();
        for (var i = 0; i < 2; i++)
        {
            contender.Configure(stage.Hosts[i], stage.Hosts[1 - i]);
            stage.Hosts[i].PowerOn();
        }
        foreach (var host in stage.Hosts) contender.Start(host);
    }

    private (Host Owner, Host Other) Settle(Contender contender)
    {
        var (a, b) = (stage.Hosts[0], stage.Hosts[1]);
        if (!Shell.WaitFor(() => contender.Ready(a, b) && a.Holds(Stage.Address) != b.Holds(Stage.Address), TimeSpan.FromSeconds(60)))
            throw new InvalidOperationException($"{contender.Name} {contender.Timing}: the pair does not come to rest; logs in {a.Log} and {b.Log}");
        return a.Holds(Stage.Address) ? (a, b) : (b, a);
    }

    private static Reply? Await(Client client, long since, Host from)
    {
        Reply? found = null;
        Shell.WaitFor(() => (found = client.Since(since).Where(r => r.TimeToLive == from.TimeToLive).Cast<Reply?>().FirstOrDefault()) is not null, TimeSpan.FromSeconds(30));
        return found;
    }

    private static double Gap(Client client, Host old, Reply first) =>
        client.Since(0).Where(r => r.TimeToLive == old.TimeToLive && r.At < first.At).Select(r => Ms(r.At, first.At)).DefaultIfEmpty(double.NaN).Last();

    private static double Ms(long from, long to) => to == 0 ? double.NaN : (to - from) * 1000.0 / Stopwatch.Frequency;

    private int Deaths() => stage.Hosts.Sum(h => File.ReadLines(Path.Combine(h.Log, "ha-log")).Count(l => l.Contains(": is dead", StringComparison.Ordinal)));

    private static List<int> Tree(int root)
    {
        var all = new List<int> { root };
        for (var i = 0; i < all.Count; i++)
            foreach (var task in Directory.EnumerateDirectories($"/proc/{all[i]}/task"))
                all.AddRange(File.ReadAllText(task + "/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(p => int.Parse(p, null)));
        return all;
    }

    private static long CpuNanoseconds(int pid) =>
        Directory.EnumerateDirectories($"/proc/{pid}/task").Sum(t => long.Parse(File.ReadAllText(t + "/schedstat").Split(' ')[0], null));

    /// <summary>The loop runs there; the runtime's other threads come and go, and take their account with them.</summary>
    private static long MainThreadNanoseconds(int pid) => long.Parse(File.ReadAllText($"/proc/{pid}/task/{pid}/schedstat").Split(' ')[0], null);

    private static void Complain(Contender contender, string what) => Console.Error.WriteLine($"bench: {contender.Name} {contender.Timing}: {what}");
}
