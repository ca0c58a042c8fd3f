using System.Diagnostics;
using System.Globalization;

namespace Appliance.Lab.Harness;

/// <summary>Two hosts, two LANs, a serial cable, and a third party on both LANs that belongs to nobody.</summary>
public sealed class Pair : IDisposable
{
    public const string Third = "third", ThirdAddress = "10.9.0.9";
    private static int s_count;
    private readonly string _work;
    private readonly string _prefix;

    public Pair(Pairing pairing, PairPlan? plan = null)
    {
        Plan = plan ?? new PairPlan();
        Pairing = pairing;
        _prefix = $"lab-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}-";
        _work = Path.Combine(Path.GetTempPath(), _prefix + "files");
        Directory.CreateDirectory(_work);
        Serial = new SerialCable();
        Network = new Network(_prefix, "alpha", "beta", Third);
        Network.Address(Third, 9);
        Alpha = new Host(Network, "alpha", 1, _work) { Implementation = pairing.Alpha };
        Beta = new Host(Network, "beta", 2, _work) { Implementation = pairing.Beta };
        if (Plan.Media.HasFlag(Media.Serial)) Serial.Both(d => d.Baud = Plan.Baud);
        Configure(Plan);
    }

    public Pairing Pairing { get; }
    public PairPlan Plan { get; private set; }
    public Network Network { get; }
    public SerialCable Serial { get; }
    public Host Alpha { get; }
    public Host Beta { get; }
    public Host[] Hosts => [Alpha, Beta];

    public Host Other(Host host) => host == Alpha ? Beta : Alpha;

    /// <summary>Writes the three files on both hosts.</summary>
    public void Configure(PairPlan plan)
    {
        Plan = plan;
        foreach (var (host, end) in new[] { (Alpha, 0), (Beta, 1) })
        {
            host.Write("ha.cf", plan.HaCf(Serial.Device(end)));
            host.Write("authkeys", plan.Authkeys, secret: true);
            host.Write("haresources", plan.Haresources);
        }
    }

    /// <summary>Starts both daemons and waits until both groups run at home and both nodes call themselves settled.</summary>
    public Pair Settled()
    {
        Start();
        WaitSettled(Alpha, Beta);
        return this;
    }

    public void Start()
    {
        Alpha.Start();
        Beta.Start();
    }

    /// <summary>Waits until the addresses of the two groups are where they are said to be, and no transition is under way.</summary>
    public void WaitSettled(Host? web, Host? data, double seconds = 45)
    {
        if (Plan.Haresources.Contains(PairPlan.WebAddress, StringComparison.Ordinal)) WaitOwner(PairPlan.WebAddress, web, seconds);
        if (Plan.Haresources.Contains(PairPlan.DataAddress, StringComparison.Ordinal)) WaitOwner(PairPlan.DataAddress, data, seconds);
        foreach (var host in Hosts.Where(h => h.Powered && h.MainPid is not null))
            Until.True($"{host.Name} is settled", () => Settled(host), seconds, everyMs: 100, () => $"rscstatus says {host.ClStatus("rscstatus")}, expected {Expected(host)}");
    }

    private bool Settled(Host host)
    {
        var expected = Plan.AutoFailback == "legacy" ? null : Expected(host);
        var said = host.ClStatus("rscstatus");
        return expected is null || said == expected;
    }

    private string Expected(Host host)
    {
        var (own, foreign) = host == Alpha ? (PairPlan.WebAddress, PairPlan.DataAddress) : (PairPlan.DataAddress, PairPlan.WebAddress);
        // A node counts groups by whose they are, not how many there are: "all" also when the peer has none of its own.
        return (host.Holds(own) || !Plan.Haresources.Contains(own, StringComparison.Ordinal), host.Holds(foreign)) switch
        {
            (true, true) => "all",
            (true, false) => "local",
            (false, true) => "foreign",
            _ => "none",
        };
    }

    /// <summary>Waits until exactly this host (null: none) holds the address.</summary>
    public TimeSpan WaitOwner(string address, Host? owner, double seconds = 45) =>
        Until.True($"{address} is on {owner?.Name ?? "no host"} alone",
            () => Hosts.All(h => h.Holds(address) == (h == owner)), seconds, everyMs: 10, () => $"it is on [{Where(address)}]");

    /// <summary>The names of the hosts whose kernel holds the address.</summary>
    public string Where(string address) => string.Join(' ', Hosts.Where(h => h.Holds(address)).Select(h => h.Name));

    /// <summary>Waits until each daemon calls both nodes active.</summary>
    public void WaitActive(double seconds = 30) => Until.True("both nodes call each other active",
        () => Hosts.All(asked => Hosts.All(about => asked.ClStatus($"nodestatus {about.Name}") == "active")), seconds, everyMs: 100);

    /// <summary>Cuts the named media between the two hosts (none named: all), both ways.</summary>
    public void Cut(params Medium[] media) => SetCut(media, cut: true);

    public void Heal(params Medium[] media) => SetCut(media, cut: false);

    /// <summary>Cuts what one host says to the other, over one medium.</summary>
    public void CutFrom(Host speaker, Medium medium, bool cut = true)
    {
        if (medium == Medium.Serial) Serial.From(speaker == Alpha ? 0 : 1).Cut = cut;
        else Network.Lose(speaker.Name, Other(speaker).Name, (int)medium, cut ? 1 : 0);
    }

    private void SetCut(Medium[] media, bool cut)
    {
        foreach (var medium in media.Length == 0 ? Enum.GetValues<Medium>() : media)
            if (medium == Medium.Serial) Serial.Both(d => d.Cut = cut);
            else Network.LoseBoth(Alpha.Name, Beta.Name, (int)medium, cut ? 1 : 0);
    }

    /// <summary>How long both kernels held the address at once, in milliseconds, since the given instant.</summary>
    public double HeldTwiceMs(string address, long since = 0)
    {
        var changes = Hosts.SelectMany((host, index) => host.Addresses.History.Where(h => h.Address == address).Select(h => (h.At, Bit: 1 << index, h.Held)))
            .OrderBy(c => c.At);
        var (mask, from, total) = (0, 0L, 0L);
        foreach (var (at, bit, held) in changes)
        {
            if (mask == 3) total += Math.Max(0, at - Math.Max(from, since));
            mask = held ? mask | bit : mask & ~bit;
            from = at;
        }
        if (mask == 3) total += Stopwatch.GetTimestamp() - Math.Max(from, since);
        return total * 1000.0 / Stopwatch.Frequency;
    }

    /// <summary>Fails when both kernels ever held one of the addresses at once. Notices from two kernels are ordered to within this.</summary>
    public void AssertNeverTwice(long since = 0, double toleranceMs = 30)
    {
        foreach (var address in new[] { PairPlan.WebAddress, PairPlan.DataAddress })
            Assert.That(HeldTwiceMs(address, since), Is.LessThanOrEqualTo(toleranceMs), $"{address} was on both hosts at once (ms)");
    }

    /// <summary>Saves all logs below artifacts/lab and says where.</summary>
    public string Collect(string test)
    {
        var target = Path.Combine(Environment.GetEnvironmentVariable("LAB_LOGS") ?? Path.Combine(Path.GetTempPath(), "appliance-lab"),
            string.Concat(test.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' ? c : '_')));
        Directory.CreateDirectory(target);
        foreach (var host in Hosts)
        {
            File.WriteAllLines(Path.Combine(target, host.Name + ".addresses"),
                host.Addresses.History.Select(h => string.Create(CultureInfo.InvariantCulture, $"{h.At * 1000.0 / Stopwatch.Frequency:0.0} {(h.Held ? "+" : "-")}{h.Address}")));
            Shell.Try($"cp -r {host.Logs}/. {target}/{host.Name}.log/ 2>/dev/null || (mkdir -p {target}/{host.Name}.log && cp -r {host.Logs}/. {target}/{host.Name}.log/); cp {host.Etc}/ha.cf {target}/{host.Name}.ha.cf");
        }
        return target;
    }

    public void Dispose()
    {
        foreach (var host in Hosts) host.Dispose();
        Network.Dispose();
        Serial.Dispose();
        Directory.Delete(_work, recursive: true);
    }

    /// <summary>Removes what a killed test run left behind.</summary>
    public static void Sweep()
    {
        foreach (var ns in Shell.Run("ip netns list").Split('\n').Select(l => l.Split(' ')[0]))
        {
            var parts = ns.Split('-');
            if (parts.Length != 4 || parts[0] != "lab" || !int.TryParse(parts[1], out var owner) || Directory.Exists($"/proc/{owner}")) continue;
            Shell.Try($"for p in $(ip netns pids {ns}); do kill -KILL $p; done; ip netns del {ns}; rm -rf {Path.GetTempPath()}/lab-{owner}-{parts[2]}-files");
        }
    }
}

/// <summary>What heartbeats go over; the numbers of the LANs are those of their interfaces.</summary>
public enum Medium { Lan0 = 0, Lan1 = 1, Serial = 2 }
