using System.Diagnostics;
using System.Globalization;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>A soak: step after step as a seed draws them, and after each the audits. It ends with the first violation.</summary>
/// <remarks><c>.Stopping</c>, <c>.Breaking</c>, <c>.Failing</c> and <c>.Changing</c> are the scenarios; which are drawn, and for whom, depends on the seed and on what was drawn before, not on time.</remarks>
internal sealed partial class SoakRun : IDisposable
{
    /// <summary>Within this the cluster has to be calm and whole again.</summary>
    private const double CalmWithin = 60;

    /// <summary>What is expected of the power while a scenario runs.</summary>
    private enum Power { Stays, Cut, MayGo }

    private sealed record Scenario(string Name, int Weight, Func<bool> Fits, Action Play);

    private readonly SoakCluster _cluster;
    private readonly Wanted _wanted;
    private readonly Audit _audit;
    private readonly int _seed;
    private readonly Action<string> _story;
    private readonly Dictionary<Host, (Power Expected, int AtMost)> _power = [];
    private readonly Dictionary<string, (int Count, double Longest)> _tally = new(StringComparer.Ordinal);
    private readonly List<string> _notes = [];
    private Random _draw = new(0);
    private long _since;
    private int _number;

    /// <param name="older">The node that has the older build; null: none.</param>
    /// <param name="story">Takes a line for each step.</param>
    public SoakRun(int nodes, int seed, string? older, Action<string> story)
    {
        (_cluster, _seed, _story) = (new SoakCluster(nodes, older), seed, story);
        _wanted = new Wanted(_cluster.Hosts);
        _audit = new Audit(_cluster, _wanted);
    }

    private Host[] Hosts => _cluster.Hosts;

    /// <summary>Scenarios that stop a node, or take it away: only where the others can carry on without it.</summary>
    private bool Whole => _wanted.AllUp;

    private Scenario[] Scenarios =>
    [
        .. Stopping, .. Breaking, .. Failing, .. Changing,
    ];

    /// <summary>Forms the cluster, plays so many steps; what was seen, in one line.</summary>
    /// <param name="only">Names of scenarios to draw from; empty: all.</param>
    /// <exception cref="SoakViolation">Something was not as it must be; the story says after what.</exception>
    public string Play(int steps, params string[] only)
    {
        Form();
        var played = Stopwatch.StartNew();
        for (_number = 1; _number <= steps; _number++) Step(only);
        _story(Tally());
        return string.Create(CultureInfo.InvariantCulture, $"{steps} steps of seed {_seed} on {Hosts.Length} nodes in {played.Elapsed.TotalSeconds:0} s ({played.Elapsed.TotalSeconds / steps:0.0} s each), the largest process had {_audit.LargestMb:0} MB: no violation");
    }

    /// <summary>Forms the cluster and plays these, one after the other; a node that one of them left down is started before the next.</summary>
    /// <exception cref="SoakViolation">Something was not as it must be.</exception>
    public void PlayInOrder(params string[] names)
    {
        Form();
        foreach (var name in names)
        {
            _number++;
            if (!Scenarios.Single(s => s.Name == name).Fits()) Step(["start"]);
            Step([name]);
        }
    }

    /// <summary>How often each scenario was played, and how long the longest took.</summary>
    private string Tally() => string.Join(", ", _tally.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.Key} {t.Value.Count} ({t.Value.Longest:0} s)")));

    /// <summary>A line for the story.</summary>
    public void Tell(string line) => _story(line);

    public void Collect(string target) => _cluster.Collect(target);

    public void Dispose() => _cluster.Dispose();

    private void Form()
    {
        var time = Stopwatch.StartNew();
        (_since, _number) = (Stopwatch.GetTimestamp(), 0);
        foreach (var host in Hosts) _cluster.Start(host);
        Until(() => Hosts.All(h => _cluster.Try(h, "crm_node -p").Output.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length == Hosts.Length), 60, () => "all nodes are members");
        _cluster.Configure(Hosts[0]);
        Calm();
        foreach (var host in Hosts) Expect(_cluster.Fenced(host) == 0, $"{host.Name} was fenced while the cluster formed");
        _story(string.Create(CultureInfo.InvariantCulture, $"formed in {time.Elapsed.TotalSeconds:0.0} s"));
    }

    private void Step(string[] only)
    {
        // Each step draws for itself, so that one that draws more does not shift all that follow.
        _draw = new Random(unchecked((_seed * 1_000_003) + _number));
        var fitting = Scenarios.Where(s => s.Fits() && (only.Length == 0 || only.Contains(s.Name))).ToList();
        if (fitting.Count == 0) fitting = [.. Scenarios.Where(s => s.Fits() && s.Name == "start")];
        if (fitting.Count == 0) throw new SoakViolation("no scenario fits");
        var ticket = _draw.Next(fitting.Sum(s => s.Weight));
        var scenario = fitting.First(s => (ticket -= s.Weight) < 0);
        _power.Clear();
        _notes.Clear();
        _since = Stopwatch.GetTimestamp();
        var cuts = Hosts.ToDictionary(h => h, _cluster.Fenced);
        var time = Stopwatch.StartNew();
        string? wrong = null;
        try
        {
            scenario.Play();
            Calm();
            Expect(_audit.Undone(Hosts.First(_wanted.Up.Contains)));
            foreach (var host in Hosts)
            {
                var (expected, atMost) = _power.GetValueOrDefault(host, (Power.Stays, 1));
                var cut = _cluster.Fenced(host) - cuts[host];
                Expect(expected switch { Power.Stays => cut == 0, Power.Cut => cut >= 1 && cut <= atMost, _ => cut <= atMost }, $"the power of {host.Name} was taken {cut} times");
            }
        }
        catch (Exception e) when (e is SoakViolation or InvalidOperationException or TimeoutException) { wrong = e is SoakViolation ? e.Message : e.ToString(); }
        var seconds = time.Elapsed.TotalSeconds;
        var before = _tally.GetValueOrDefault(scenario.Name);
        _tally[scenario.Name] = (before.Count + 1, Math.Max(before.Longest, seconds));
        _story(string.Create(CultureInfo.InvariantCulture, $"step {_number}: {scenario.Name}{(_notes.Count > 0 ? " " + string.Join(", ", _notes) : "")} ({seconds:0.0} s){(_wanted.ToString() is { Length: > 0 } now ? " [" + now + "]" : "")}: {wrong ?? "ok"}"));
        if (wrong is not null) throw new SoakViolation($"seed {_seed}, step {_number}, {scenario.Name} {string.Join(", ", _notes)}: {wrong}");
    }

    // ---------------------------------------------------------------- what scenarios are made of

    /// <summary>For the story: whom it was done to.</summary>
    private void Note(string text) => _notes.Add(text);

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds) throw new SoakViolation(otherwise);
    }

    private static void Expect(IEnumerable<string> complaints)
    {
        var all = complaints.ToList();
        if (all.Count > 0) throw new SoakViolation(string.Join("; ", all));
    }

    private static void Until(Func<bool> condition, double seconds, Func<string> what)
    {
        var since = Stopwatch.StartNew();
        while (!condition())
        {
            if (since.Elapsed.TotalSeconds > seconds) throw new SoakViolation(string.Create(CultureInfo.InvariantCulture, $"not within {seconds} s: {what()}"));
            Thread.Sleep(100);
        }
    }

    /// <summary>Waits until nothing is under way and every audit holds.</summary>
    private void Calm(bool failures = false, double seconds = CalmWithin)
    {
        List<string> complaints = [];
        var time = Stopwatch.StartNew();
        var slow = false;
        Until(() =>
        {
            if (!slow && time.Elapsed.TotalSeconds > 12)
            {
                slow = true;
                Note($"(after 12 s: {string.Join("; ", complaints)})");
            }
            Expect(_audit.Doubles(_since));
            foreach (var host in Hosts.Where(h => _wanted.Up.Contains(h) && !h.Lives)) throw new SoakViolation($"{host.Name} has no power");
            return (complaints = _audit.Complaints(failures)).Count == 0;
        }, seconds, () => string.Join("; ", complaints));
    }

    private Host OneOf(IEnumerable<Host> some)
    {
        var all = some.ToList();
        return all[_draw.Next(all.Count)];
    }

    private T Any<T>(params T[] some) => some[_draw.Next(some.Length)];

    /// <summary>A machine that is up: often the one that decides.</summary>
    private Host Target()
    {
        var any = OneOf(Hosts.Where(_wanted.Up.Contains));
        var dc = _draw.Next(2) == 0;
        var target = dc ? _audit.Dc! : any;
        Note(target.Name + (target == _audit.Dc ? " (DC)" : ""));
        return target;
    }

    /// <summary>Where a resource ran when all was well; the promoted one of a promotable clone.</summary>
    private Host? OwnerOf(string resource) => Hosts.FirstOrDefault(h => _audit.Running.TryGetValue(h, out var own) && own.TryGetValue(resource, out var role) && role != "Unpromoted");

    /// <summary>It is cut by fencing, and by nothing else.</summary>
    private void MustBeFenced(Host host, int atMost = 1) => _power[host] = (Power.Cut, atMost);

    private void MayBeFenced(Host host) => _power[host] = (Power.MayGo, 1);

    /// <summary>Waits until fencing has taken a machine's power and given it back.</summary>
    private void Fenced(Host host, int before, double seconds = 40)
    {
        Until(() => _cluster.WasRebooted(host, before), seconds, () => $"{host.Name} is fenced");
        _cluster.PowerOff(host);
        _wanted.Up.Remove(host);
    }

    /// <summary>Starts a machine again now, or leaves that to a later step, and waits for calm before where it is told to.</summary>
    private void ComeBack(Host host)
    {
        switch (_draw.Next(4))
        {
            case 0:
                Note("stays off");
                return;
            case 1:
                Calm(failures: true);
                break;
        }
        _cluster.Start(host);
        _wanted.Up.Add(host);
    }

    private Host Teller => Hosts.First(_wanted.Up.Contains);

    private string Tool(string line) => _cluster.Tool(Teller, line);

    /// <summary>Forgets failures, and waits for calm.</summary>
    private void CleanUp() => Tool("crm_resource -C");

    /// <summary>The CIB counts a failure of a resource.</summary>
    private void Noticed(string resource, double seconds = 20) =>
        Until(() => _cluster.Try(Teller, "cibadmin -Q -o status").Output.Contains($"fail-count-{resource}#", StringComparison.Ordinal), seconds, () => $"a failure of {resource} is counted");

    /// <summary>Starts and stops of our agent, and addresses that came or went: what must not change while nothing may be restarted.</summary>
    private Dictionary<string, int> Moves() => Hosts.ToDictionary(h => h.Name, h =>
    {
        var file = Path.Combine(h.Logs, SoakedAgent.Log);
        return (File.Exists(file) ? File.ReadAllLines(file).Count(l => l.EndsWith(" start", StringComparison.Ordinal) || l.EndsWith(" stop", StringComparison.Ordinal)) : 0) + h.Addresses.History.Length;
    });

    /// <summary>Does something that disturbs nothing that runs.</summary>
    private void Quietly(Action action)
    {
        var before = Moves();
        action();
        Calm();
        Unmoved(before);
    }

    private void Unmoved(Dictionary<string, int> before)
    {
        var after = Moves();
        foreach (var (host, count) in before) Expect(after[host] == count, $"something was started or stopped on {host}");
    }

    private void Wait(int fromMs, int toMs)
    {
        var ms = _draw.Next(fromMs, toMs);
        Note($"{ms} ms");
        Thread.Sleep(ms);
    }
}
