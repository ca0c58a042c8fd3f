using Appliance.Lab.Fencing;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>A pair with <c>crm yes</c> goes from an older build to this one, one node after the other, and back.</summary>
/// <remarks>
/// The older build is <see cref="Implementation.Older"/>: <c>bench/upgrade COMMIT</c> makes one from this repository's history and plays all that is here with it. Without one the pair goes from this build to itself, once in each way.
/// Each machine has a group of its own and a management controller, so that whatever is stopped, started or fenced is seen.
/// </remarks>
public sealed class UpgradeTests : LabTest
{
    public enum Way { InPlace, StopAndStart }

    private readonly List<Bmc> _bmcs = [];
    private readonly Dictionary<Host, int> _fenced = [];
    private Pair _pair = null!;
    private int _changes;

    private static bool HasOlder => Implementation.Older != Implementation.Ours;

    private static TestCaseData[] Orders => HasOlder
        ? [new("alpha", Way.InPlace), new("beta", Way.InPlace), new("alpha", Way.StopAndStart), new("beta", Way.StopAndStart)]
        : [new("alpha", Way.InPlace), new("beta", Way.StopAndStart)];

    [TearDown]
    public void PowerDown()
    {
        foreach (var bmc in _bmcs) bmc.Dispose();
    }

    /// <param name="first">The node that is upgraded first. Alpha decides in the beginning.</param>
    [TestCaseSource(nameof(Orders))]
    public void A_pair_is_upgraded_one_node_at_a_time_and_back(string first, Way way)
    {
        Form();
        var (one, other) = first == "alpha" ? (_pair.Alpha, _pair.Beta) : (_pair.Beta, _pair.Alpha);

        Replace(one, Implementation.Ours, way);
        AssertWhole("one is upgraded");
        LoseWhoDecides();
        LoseWhoDecides();
        AssertBothHadTheirTurn();

        Replace(other, Implementation.Ours, way);
        AssertWhole("both are upgraded");
        foreach (var host in _pair.Hosts)
            Assert.That(_pair.Alpha.Tool("cibadmin -Q -o status").Output, Does.Match($"<nvpair[^>]*id=\"[^\"]*\"[^>]*name=\"#feature-set\"").And.Contain(host.Name), "each says what it understands");
        LoseWhoDecides();
        ChangesOfALoneNodeCount(one, other);

        Replace(other, Implementation.Older, way);
        AssertWhole("one is back");
        LoseWhoDecides();
        LoseWhoDecides();
        Replace(one, Implementation.Older, way);
        AssertWhole("both are back");
        _pair.AssertNeverTwice(toleranceMs: 200);
    }

    private readonly List<string> _lost = [];

    private void AssertBothHadTheirTurn() => Assert.That(_lost.TakeLast(2).Distinct().Count(), Is.EqualTo(2), "the node of either build was lost while it decided, and the other took over");

    private void Form()
    {
        const string agent = "/usr/lib/ocf/resource.d/pacemaker/Dummy";
        if (!File.Exists(agent)) Assert.Ignore($"{agent} is missing (Debian package pacemaker-resource-agents)");
        if (Bmc.Missing() is { } reason) Assert.Ignore(reason);
        if (HasOlder && Implementation.Older.Missing() is { } missing) Assert.Fail(missing);
        _pair = Make(Pairing.OursOurs, new PairPlan
        {
            AutoFailback = "off",
            Haresources = $"alpha {PairPlan.WebKey} Track::web ocf:pacemaker:Dummy\nbeta {PairPlan.DataKey} Track::data\n",
            More = $"""
            crm yes
            stonith_host beta ipmi ip={Pair.ThirdAddress} ipport=9001 username={Bmc.User} password={Bmc.Password}
            stonith_host alpha ipmi ip={Pair.ThirdAddress} ipport=9002 username={Bmc.User} password={Bmc.Password} pcmk_delay_base=5

            """,
        });
        foreach (var host in _pair.Hosts)
        {
            host.Keep("ha.cf");
            Install(host, Implementation.Older);
            _bmcs.Add(Bmc.Of(_pair, host, 9001 + _bmcs.Count));
            _fenced[host] = 0;
        }
        _pair.Start();
        _pair.WaitOwner(PairPlan.WebAddress, _pair.Alpha, 60);
        _pair.WaitOwner(PairPlan.DataAddress, _pair.Beta, 60);
        AssertWhole("both are of the older build");
    }

    private static void Install(Host host, Implementation what) => host.Implementation = what.InstalledAs(Path.Combine(host.Work, "appliance"));

    private int Cut(Host host) => _bmcs[Array.IndexOf(_pair.Hosts, host)].Calls.Count(c => c == "set power 0");

    /// <summary>One node gets another build. Nothing that ran on the other is touched, and in place nothing at all.</summary>
    private void Replace(Host host, Implementation what, Way way)
    {
        TestContext.Out.WriteLine($"{DateTime.Now:HH:mm:ss.fff} {host.Name} gets {what.Name}, {way}");
        var other = _pair.Other(host);
        Idle();
        var before = Untouched(_pair.Hosts);
        var stays = Services.Where(s => Runs(other, s)).ToList();
        if (way == Way.InPlace)
        {
            var log = host.Log.Mark();
            Install(host, what);
            host.Operate("upgrade");
            host.Log.WaitFor("The CIB of this node is", 40, log);
            Assert.That(host.Try($"cmp /proc/{host.MainPid}/exe {host.Implementation.Program}").Output, Is.Empty, "it is the installed program that runs");
            Joined();
            Idle();
            Assert.That(Untouched(_pair.Hosts), Is.EqualTo(before), "nothing was started, stopped or moved");
        }
        else
        {
            var tracked = other.Track.Mark();
            host.Stop(60);
            Install(host, what);
            foreach (var service in Services) Until.True($"{service} runs on {other.Name}", () => Runs(other, service), 30);
            host.Start();
            Joined();
            Idle();
            Assert.That(stays.Where(s => other.Track.Says($"start {s}", tracked) || other.Track.Says($"stop {s}", tracked)), Is.Empty, "what ran on the other node runs on");
        }
    }

    private static readonly string[] Services = ["web", "data"];

    private static bool Runs(Host host, string service) => host.Powered && host.Holds(service == "web" ? PairPlan.WebAddress : PairPlan.DataAddress) && host.Try($"test -e /run/track-{service}").Status == 0;

    /// <summary>Everything that was done to services so far, for comparison.</summary>
    private static string Untouched(IEnumerable<Host> hosts) =>
        string.Join("; ", hosts.Select(h => $"{h.Name}: {h.Track.Text.Replace('\n', ',')} {h.Addresses.History.Length} changes of addresses, Dummy {h.Try("sh -c 'stat -c %i.%Y /run/Dummy-*.state 2>/dev/null'").Output}"));

    private void Joined()
    {
        foreach (var host in _pair.Hosts)
            Until.True($"{host.Name} sees both", () => host.Try($"{host.Implementation.Tools}crm_mon -1").Output.Contains("Online: [ alpha beta ]", StringComparison.Ordinal), 60, everyMs: 200,
                () => host.Try($"{host.Implementation.Tools}crm_mon -1").Output);
    }

    private void Idle()
    {
        foreach (var host in _pair.Hosts.Where(h => h.MainPid is not null)) host.Operate("crm_resource --wait -T 50");
    }

    /// <summary>Both nodes are members and have the same CIB, in memory and on the disk; what either is told to change is on both; everything runs once, and nobody was fenced who should not be.</summary>
    private void AssertWhole(string when)
    {
        Joined();
        Idle();
        Change(_pair.Hosts);
        AssertSame(when);
        foreach (var service in Services) Assert.That(_pair.Hosts.Count(h => Runs(h, service)), Is.EqualTo(1), $"{service} runs once ({when})");
        foreach (var host in _pair.Hosts)
        {
            Assert.That(Cut(host), Is.EqualTo(_fenced[host]), $"fencings of {host.Name} ({when})");
            Assert.That(host.Try($"{host.Implementation.Tools}status").Output, Does.Contain("feature set 3."), $"{host.Name} ({when})");
            var mon = host.Try($"{host.Implementation.Tools}crm_mon -1").Output;
            Assert.That(mon, Does.Not.Contain("Failed").And.Not.Contain("UNCLEAN").And.Not.Contain("pending"), $"{host.Name} ({when})");
        }
    }

    private void Change(params Host[] asked)
    {
        foreach (var host in asked)
        {
            host.Operate($"crm_attribute -t crm_config -n change-{++_changes} -v {host.Name}");
            host.Operate($"crm_attribute -N {host.Name} -l reboot -n passing-{_changes} -v {host.Name}");
        }
    }

    /// <summary>All that was ever changed is there, on all nodes, in memory and in the file.</summary>
    private void AssertSame(string when)
    {
        Until.True($"both have the same CIB ({when})", () => Cib(_pair.Alpha) is var cib && cib == Cib(_pair.Beta), 10, everyMs: 200, () => $"{Cib(_pair.Alpha)}\n{Cib(_pair.Beta)}");
        foreach (var host in _pair.Hosts)
        {
            var cib = Cib(host);
            for (var change = 1; change <= _changes; change++) Assert.That(cib, Does.Contain($"name=\"change-{change}\""), $"{host.Name} ({when})");
            var file = Path.Combine(host.Crm, "cib", "cib.xml");
            Until.True($"change {_changes} is in {host.Name}'s file ({when})", () => File.Exists(file) && File.ReadAllText(file).Contains($"name=\"change-{_changes}\"", StringComparison.Ordinal), 5);
        }

        static string Cib(Host host) => host.Try($"{host.Implementation.Tools}cibadmin -Q").Output;
    }

    private Host WhoDecides()
    {
        Host? dc = null;
        Until.True("one node decides", () =>
        {
            var said = _pair.Hosts.Where(h => h.Try($"{h.Implementation.Tools}status").Output.Contains("this node decides", StringComparison.Ordinal)).ToList();
            dc = said.Count == 1 ? said[0] : null;
            return dc is not null;
        }, 30, everyMs: 200);
        return dc!;
    }

    /// <summary>The node that decides loses its power: the other has it fenced once, runs everything, and it comes back.</summary>
    private void LoseWhoDecides()
    {
        var lost = WhoDecides();
        var other = _pair.Other(lost);
        TestContext.Out.WriteLine($"{DateTime.Now:HH:mm:ss.fff} {lost.Name} ({lost.Implementation}), which decides, loses its power");
        _lost.Add(lost.Name);
        var tracked = other.Track.Mark();
        var stays = Services.Where(s => Runs(other, s)).ToList();
        var bmc = _bmcs[Array.IndexOf(_pair.Hosts, lost)];
        var switched = bmc.Calls.Length;
        lost.Crash();
        foreach (var service in Services) Until.True($"{service} runs on {other.Name}", () => Runs(other, service), 60);
        Until.True($"{lost.Name} was rebooted", () => bmc.Calls.Length == switched + 2, 20, instead: () => string.Join(", ", bmc.Calls));
        _fenced[lost]++;
        Idle();
        Change(other);
        Assert.That(stays.Where(s => other.Track.Says($"start {s}", tracked) || other.Track.Says($"stop {s}", tracked)), Is.Empty, "what ran on the other node runs on");
        lost.Start();
        AssertWhole($"{lost.Name} was lost, and is back");
    }

    /// <summary>What a node changed while the other was down is the cluster's, whichever starts first afterwards.</summary>
    private void ChangesOfALoneNodeCount(Host alone, Host down)
    {
        down.Stop(60);
        Idle();
        Change(alone);
        alone.Stop(60);
        down.Start();
        foreach (var service in Services) Until.True($"{service} runs on {down.Name}", () => Runs(down, service), 90);
        // Nobody there knows that the other has left: it was fenced before anything was started.
        Until.True($"{alone.Name} was rebooted", () => !alone.Lives && _bmcs[Array.IndexOf(_pair.Hosts, alone)].IsOn, 20);
        _fenced[alone]++;
        alone.Crash();
        alone.Start();
        AssertWhole("one started after the other");
    }
}
