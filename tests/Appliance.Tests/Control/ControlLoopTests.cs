using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Messaging;

namespace Appliance.Control.Tests;

public class The_control_loop
{
    private static readonly Instant Now = new(TimeSpan.TicksPerHour);

    private string _directory = null!;
    private Deeds _deeds = null!;
    private ScriptedManager _manager = null!;
    private ControlLoop _loop = null!;
    private Func<ResourceManagerInput, IEnumerable<ResourceManagerEffect>> _script = _ => [];
    private List<string> Done => _deeds.Done;

    [SetUp]
    public void Make()
    {
        _directory = Directory.CreateTempSubdirectory("loop").FullName;
        File.WriteAllText(Haresources, "alpha one\n");
        _deeds = new Deeds();
        _script = _ => [];
        _manager = new ScriptedManager(input => _script(input));
        var effects = new EffectExecutor(_deeds, _deeds, _deeds, _deeds, _deeds, _deeds, _deeds.Log);
        var groups = new GroupsFile(Haresources, Parse, _deeds.Log);
        var reload = new Reload("same", () => "same", _ => [], () => ("keys", []), _deeds.Log);
        var desk = new RequestDesk(Samples.HaCf, _deeds, _deeds, _manager.Report, input => _loop.Decide(input, Now));
        _loop = new ControlLoop(new(_manager, _deeds, _deeds, effects, groups, reload, desk, _deeds.Log));
    }

    [TearDown]
    public void Close()
    {
        _deeds.Dispose();
        Directory.Delete(_directory, true);
    }

    private string Haresources => Path.Combine(_directory, "haresources");

    private static GroupsRead Parse(string text) => text.Contains("bad", StringComparison.Ordinal)
        ? new(null, [new(Severity.Error, "haresources", 1, 1, "Bad nodename", "a node of ha.cf")])
        : new([.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select((line, i) => new ResourceGroup(line.Split(' ')[0], [Samples.Resource(line.Split(' ')[1])], i + 1))], []);

    [Test]
    public void Reads_the_groups_before_it_lets_the_manager_begin()
    {
        _script = input => input is ResourceManagerInput.Tick ? [new ResourceManagerEffect.Command(new ClusterCommand.ManagerReady())] : [];
        _loop.Begin(Now);
        Assert.That(_manager.Inputs, Is.EqualTo(new[] { "GroupsRead", "Tick" }));
        Assert.That(Done, Is.EqualTo(new[] { "managerready" }));
    }

    /// <summary>The mailboxes on shared disks, as a test wants them.</summary>
    private sealed class Slots : ISlots
    {
        public Instant NextDeadline { get; set; } = Instant.Never;
        public bool IsReady { get; set; }
        public List<string> Told { get; } = [];
        public void Begin(Instant now) => Told.Add("begin");
        public void Tick(Instant now) => Told.Add("tick");
        public void WatchdogIs(int seconds, Instant now) => Told.Add($"watchdog {seconds}");
    }

    private Slots WithSlots()
    {
        var slots = new Slots();
        var effects = new EffectExecutor(_deeds, _deeds, _deeds, _deeds, _deeds, _deeds, _deeds.Log);
        var desk = new RequestDesk(Samples.HaCf, _deeds, _deeds, _manager.Report, input => _loop.Decide(input, Now));
        _loop = new ControlLoop(new(_manager, _deeds, _deeds, effects, new GroupsFile(Haresources, Parse, _deeds.Log), new Reload("same", () => "same", _ => [], () => ("keys", []), _deeds.Log), desk, _deeds.Log) { Slots = slots });
        return slots;
    }

    [Test]
    public void Lets_the_manager_begin_only_when_the_mailboxes_on_shared_disks_are_watched()
    {
        var slots = WithSlots();
        _manager.NextDeadline = new(1);
        _loop.Begin(Now);
        _loop.Happened(new ClusterEvent.CommunicationUp(), "alpha", Now);
        _loop.Happened(new ClusterEvent.WatchdogIs(5), "alpha", Now);
        _loop.Tick(Now);
        Assert.That(_manager.Inputs, Is.Empty);
        Assert.That(slots.Told, Is.EqualTo(new[] { "begin", "watchdog 5", "tick" }));
        Assert.That(_loop.NextDeadline, Is.EqualTo(Now + ControlLoop.ProgressEvery), "the manager's is not waited for: nobody would be served");
        Assert.That(Done, Is.EqualTo(new[] { "progress" }), "pulse hears of us all the while");
        slots.IsReady = true;
        _loop.Tick(Now);
        Assert.That(_manager.Inputs.Take(2), Is.EqualTo(new[] { "GroupsRead", "Tick" }));
    }

    [Test]
    public void Ends_without_a_decision_while_the_mailboxes_are_not_watched()
    {
        WithSlots();
        _loop.Begin(Now);
        _loop.Happened(new ClusterEvent.Asked(DaemonRequest.Shutdown), "alpha", Now);
        Assert.That((_manager.Inputs.Count, string.Join(' ', Done)), Is.EqualTo((0, "stop")));
    }

    [Test]
    public void Decides_on_groups_as_the_file_says_now()
    {
        _loop.Begin(Now);
        _loop.Happened(new ClusterEvent.NodeReturned("beta"), "alpha", Now);
        File.WriteAllText(Haresources, "alpha one\nbeta two\n");
        _loop.Happened(new ClusterEvent.NodeReturned("beta"), "alpha", Now);
        Assert.That(_manager.Inputs, Is.EqualTo(new[] { "GroupsRead", "Tick", "Cluster", "GroupsRead", "Cluster" }));
    }

    [Test]
    public void Keeps_the_groups_it_has_while_the_file_is_wrong_or_gone()
    {
        _loop.Begin(Now);
        File.WriteAllText(Haresources, "bad line\n");
        _loop.Happened(new ClusterEvent.NodeReturned("beta"), "alpha", Now);
        File.Delete(Haresources);
        _loop.Happened(new ClusterEvent.NodeReturned("beta"), "alpha", Now);
        Assert.That(_manager.Inputs, Is.EqualTo(new[] { "GroupsRead", "Tick", "Cluster", "Cluster" }));
        Assert.That(_deeds.Logged(), Has.Some.Contains("Bad nodename").And.Some.Contains("the groups stay as they were"));
    }

    [Test]
    public void Tells_pulse_every_100_ms_that_it_goes_on_and_how_late_it_ran()
    {
        _loop.Begin(Now);
        _loop.Tick(Now);
        _loop.Tick(Now + TimeSpan.FromMilliseconds(50));
        _loop.Tick(Now + TimeSpan.FromMilliseconds(100));
        Assert.That(Done, Is.EqualTo(new[] { "progress", "progress" }));
        Assert.That(_loop.NextDeadline, Is.EqualTo(Now + TimeSpan.FromMilliseconds(200)));
    }

    [Test]
    public void Steps_the_manager_at_its_deadline_and_not_before()
    {
        _loop.Begin(Now);
        _manager.Inputs.Clear();
        _manager.NextDeadline = Now + TimeSpan.FromMilliseconds(5);
        Assert.That(_loop.NextDeadline, Is.EqualTo(Now));
        _loop.Tick(Now + TimeSpan.FromMilliseconds(4));
        Assert.That(_manager.Inputs, Has.No.Member("Tick"));
        _loop.Tick(Now + TimeSpan.FromMilliseconds(5));
        Assert.That(_manager.Inputs, Has.Member("Tick"));
    }

    [TestCase(DaemonRequest.Shutdown, "ShutdownRequested")]
    public void Passes_signals_on(DaemonRequest request, string input)
    {
        _loop.Happened(new ClusterEvent.Asked(request), "alpha", Now);
        Assert.That(_manager.Inputs, Is.EqualTo(new[] { "GroupsRead", input }));
    }

    [Test]
    public void Answers_what_another_node_asks_about_clients()
    {
        _deeds.Online.Add("dopd");
        _loop.Happened(Query("dopd"), "alpha", Now);
        _loop.Happened(Query("other"), "alpha", Now);
        Assert.That(Done, Is.EqualTo(new[]
        {
            "send t=respond-cstatus dest=beta result=OK cn=dopd to_id=77 cs=online", "send t=respond-cstatus dest=beta result=OK cn=other to_id=77 cs=offline",
        }));

        static ClusterEvent.Received Query(string client) =>
            new("beta", Message.Of("query-cstatus", ("dest", "alpha"), ("cn", client), ("from_id", "77"), ("src", "beta")), false);
    }

    [Test]
    public void Gives_the_answer_of_another_node_to_the_tool_that_asked_or_says_that_none_came()
    {
        var answers = new List<string>();
        _loop.Told(new ControlInput.Asked(new("clientstatus", Name: "dopd", Node: "BETA"), a => answers.Add(a.Text ?? a.Error!)), Now);
        Assert.That(Done, Is.EqualTo(new[] { "send t=query-cstatus dest=beta cn=dopd from_id=1" }));
        _loop.Happened(new ClusterEvent.Received("beta", Message.Of("respond-cstatus", ("dest", "alpha"), ("cn", "dopd"), ("to_id", "1"), ("cs", "online")), false), "alpha", Now);
        _loop.Told(new ControlInput.Asked(new("clientstatus", Name: "dopd", Node: "gamma", TimeoutMs: 500), a => answers.Add(a.Text ?? a.Error!)), Now);
        _loop.Tick(Now + TimeSpan.FromMilliseconds(499));
        Assert.That(answers, Is.EqualTo(new[] { "online" }));
        _loop.Tick(Now + TimeSpan.FromMilliseconds(500));
        Assert.That(answers, Is.EqualTo(new[] { "online", "No timely response." }));
    }

    [Test]
    public void Asks_pulse_for_a_status_and_answers_when_it_came()
    {
        ControlAnswer? answer = null;
        _loop.Told(new ControlInput.Asked(new("status"), a => answer = a), Now);
        Assert.That(Done, Is.EqualTo(new[] { "report 1" }));
        _loop.Happened(new ClusterEvent.Reported(1, new ClusterReport("alpha", 5, true, [], [])), "alpha", Now);
        Assert.That(answer!.Status!.RscStatus, Is.EqualTo("local"));
    }

    [Test]
    public void Cleans_up_only_what_is_blocked_or_failed()
    {
        var answers = new List<string>();
        _manager.Groups = [new("one", "alpha", ["one"], "alpha", GroupState.Running, null, "why"), new("two", "alpha", ["two"], null, GroupState.Blocked, null, "why")];
        foreach (var key in new[] { "one", "two", "three" }) _loop.Told(new ControlInput.Asked(new("cleanup", Key: key), a => answers.Add($"{a.Ok} {a.Text}{a.Error}")), Now);
        Assert.That(answers, Is.EqualTo(new[]
        {
            "False one is neither blocked nor failed: nothing to clean up", "True two is released; its status is asked anew", "False there is no resource group three",
        }));
        Assert.That(_manager.Inputs.Count(i => i == "Cleanup"), Is.EqualTo(1));
    }

    [Test]
    public void Hands_answers_and_losses_to_the_manager()
    {
        _loop.Told(new ControlInput.Answered(1, new(OperationOutcome.Ok, 0, "")), Now);
        _loop.Told(new ControlInput.ResourceLost(AgentSpec.Parse("systemd:one")!, "its process was killed"), Now);
        Assert.That(_manager.Inputs.TakeLast(2), Is.EqualTo(new[] { "OperationEnded", "ResourceLost" }));
    }

    [Test]
    public void Switches_the_monitor_only_where_there_is_one()
    {
        var answers = new List<string>();
        _manager.Groups = [new("one", "alpha", ["one"], "alpha", GroupState.Running, null, "why")];
        var desk = new RequestDesk(Samples.HaCf with { Monitor = Configuration.MonitorSpec.Usual }, _deeds, _deeds, _manager.Report, input => _loop.Decide(input, Now));
        void Ask(RequestDesk at, string state, string? key) => at.Ask(new("monitor", Name: state, Key: key), a => answers.Add($"{a.Ok} {a.Text}{a.Error}"), Now);
        _loop.Told(new ControlInput.Asked(new("monitor", Name: "off"), a => answers.Add($"{a.Ok} {a.Text}{a.Error}")), Now);
        Ask(desk, "off", null);
        Ask(desk, "off", "one");
        Ask(desk, "on", "two");
        Ask(desk, "maybe", null);
        Assert.That(answers, Is.EqualTo(new[]
        {
            "False nothing is monitored: ha.cf has no monitor line",
            "True all groups: not monitored on this node, until it is switched on again or the machine boots",
            "True one: not monitored on this node, until it is switched on again or the machine boots",
            "False there is no resource group two", "False monitor on or monitor off",
        }));
        Assert.That(_manager.Inputs.Count(i => i == "SwitchMonitor"), Is.EqualTo(2));
    }

    [Test]
    public void Forgets_failures_of_a_group_that_runs()
    {
        var answers = new List<string>();
        _manager.Groups =
        [
            new("one", "alpha", ["one"], "alpha", GroupState.Running, null, "why") { Monitor = new(false, "", null, 1, 0, false, null) },
            new("two", "alpha", ["two"], "alpha", GroupState.Running, null, "why") { Monitor = new(false, "", null, 0, 1, false, null) },
            new("three", "alpha", ["three"], "alpha", GroupState.Failed, null, "why") { Monitor = new(false, "", null, 2, 0, true, TimeSpan.FromSeconds(9)) },
        ];
        foreach (var key in new[] { "one", "two", "three" }) _loop.Told(new ControlInput.Asked(new("cleanup", Key: key), a => answers.Add($"{a.Ok} {a.Text}{a.Error}")), Now);
        Assert.That(answers, Is.EqualTo(new[]
        {
            "True one: its failures count no longer", "False two is neither blocked nor failed: nothing to clean up", "True three: its failures count no longer, and it is tried again now",
        }));
    }

    [Test]
    public void Hands_a_message_of_the_FIFO_and_each_result_to_the_manager()
    {
        _loop.Injected(Message.Of("ask_resources"), Now);
        _loop.Told(new ControlInput.OperationEnded(1, new(OperationOutcome.Ok, 0, "")), Now);
        _loop.Decide(new ResourceManagerInput.FencingEnded(1, FencingResult.Confirmed, ""), Now);
        Assert.That(_manager.Inputs, Is.EqualTo(new[] { "GroupsRead", "Inject", "OperationEnded", "FencingEnded" }));
    }
}
