using System.Collections.Immutable;
using System.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Linux;

namespace Appliance.Lrm.Tests.Scripts;

/// <summary>Programs that a daemon left behind, and the daemon that comes after it.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class AgentMarksTests : IDisposable
{
    private static readonly ImmutableSortedDictionary<string, string> Bare = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("PATH", "/usr/bin:/bin");
    private readonly string _root = Directory.CreateTempSubdirectory("appliance-marks-").FullName;
    private readonly LrmPaths _paths;
    private readonly List<string> _log = [];

    public AgentMarksTests()
    {
        _paths = new() { HaDirectory = _root, StateDirectory = _root + "/state", WorkingDirectory = "/" };
        Directory.CreateDirectory(_root + "/resource.d");
        File.WriteAllText(_root + "/resource.d/Slow", $"#!/bin/sh\ncase $1 in start) sleep ${{SLOW:-1}}; touch {_root}/up ;; stop) rm -f {_root}/up ;; status) [ -e {_root}/up ] && echo running || echo stopped ;; esac\n");
        File.SetUnixFileMode(_root + "/resource.d/Slow", (UnixFileMode)0b111_101_101);
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private ResourceExecutor Daemon() => new(_paths, (_, source, text) =>
    {
        lock (_log) _log.Add($"{source}: {text}");
    }) { Grace = TimeSpan.FromMilliseconds(200) };

    private static OperationResult Do(ResourceExecutor daemon, ResourceAction action) => daemon.ExecuteAsync("Slow", new("Slow", "Slow", []), action, Bare, CancellationToken.None).GetAwaiter().GetResult();

    /// <summary>As a daemon that is killed leaves it: the program runs, the mark is there, nobody waits.</summary>
    private RunningProcess LeftBehind(string action, double seconds, double allowed)
    {
        var process = RunningProcess.Start(new(_root + "/resource.d/Slow", [action], Bare.Add("SLOW", seconds.ToString(System.Globalization.CultureInfo.InvariantCulture))));
        new AgentMarks(_paths.RunningDirectory, (_, _, _) => { }).Begin(process.Pid, "Slow", action, TimeSpan.FromSeconds(allowed));
        return process;
    }

    [Test]
    public void Nothing_is_asked_before_a_start_of_the_daemon_before_has_ended()
    {
        using var left = LeftBehind("start", 1, 60);
        using var daemon = Daemon();
        Assert.That(Do(daemon, ResourceAction.Status).Outcome, Is.EqualTo(OperationOutcome.Ok), "asked beside the start it would have said stopped");
        Assert.That(_log, Has.One.Contains("still runs"));
        Assert.That(Directory.GetFiles(_paths.RunningDirectory), Is.Empty);
    }

    [Test]
    public void A_program_whose_time_is_over_is_ended()
    {
        using var left = LeftBehind("start", 600, 1);
        using var daemon = Daemon();
        var clock = Stopwatch.StartNew();
        Assert.That(Do(daemon, ResourceAction.Status).Outcome, Is.EqualTo(OperationOutcome.NotRunning));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(20)));
        Assert.That(_log, Has.One.Contains("its time is over"));
        Assert.That(Machine.Eventually(() => left.TryReap() is { Kind: ProcessEndKind.Signaled }));
    }

    [Test]
    public void A_program_whose_time_is_over_is_ended_with_all_that_it_started()
    {
        // What it started does not heed a SIGTERM, of which the program itself dies: it would go on beside what the new daemon starts.
        File.WriteAllText(_root + "/resource.d/Slow", $"#!/bin/sh\n[ $1 = start ] || exec echo stopped\n(trap '' TERM; echo $$ >/dev/null; exec sleep 600) & echo $! >{_root}/child\nwait\n");
        using var left = LeftBehind("start", 600, 1);
        Assert.That(Machine.Eventually(() => File.Exists(_root + "/child") && new FileInfo(_root + "/child").Length > 0));
        var child = File.ReadAllText(_root + "/child").Trim();
        using var daemon = Daemon();
        Do(daemon, ResourceAction.Status);
        Assert.That(Machine.Eventually(() => !File.Exists($"/proc/{child}/stat") || File.ReadAllText($"/proc/{child}/stat").Contains(") Z ", StringComparison.Ordinal)), "the child works on");
    }

    [Test]
    public void A_question_left_over_is_ended_at_once()
    {
        File.WriteAllText(_root + "/resource.d/Slow", "#!/bin/sh\nsleep 600\n");
        using var left = LeftBehind("status", 600, 600);
        File.WriteAllText(_root + "/resource.d/Slow", "#!/bin/sh\necho running\n");
        using var daemon = Daemon();
        Assert.That(Do(daemon, ResourceAction.Status).Outcome, Is.EqualTo(OperationOutcome.Ok));
        Assert.That(Machine.Eventually(() => left.TryReap() is not null));
    }

    /// <summary>Where everything is given up, nobody wants any more what is being started; what is being stopped is.</summary>
    [TestCase("start", 600, true)]
    [TestCase("status", 600, true)]
    [TestCase("stop", 1, false)]
    public void What_stops_something_is_waited_for_when_all_is_given_up_and_nothing_else_is(string action, double seconds, bool ended)
    {
        File.WriteAllText(_root + "/resource.d/Slow", "#!/bin/sh\nsleep $SLOW\n");
        using var left = LeftBehind(action, seconds, 600);
        new AgentMarks(_paths.RunningDirectory, (_, source, text) => _log.Add($"{source}: {text}")).EndEarlier(TimeSpan.FromMilliseconds(200));
        Assert.That(_log, Has.One.Contains(ended ? "it is ended" : "nothing is asked or started before its end"));
        Assert.That(left.TryReap()?.Kind, Is.EqualTo(ended ? ProcessEndKind.Signaled : ProcessEndKind.Exited));
        Assert.That(Directory.GetFiles(_paths.RunningDirectory), Is.Empty);
    }

    [Test]
    public void A_number_that_another_process_has_by_now_is_nobodys()
    {
        Directory.CreateDirectory(_paths.RunningDirectory);
        File.WriteAllText($"{_paths.RunningDirectory}/{Environment.ProcessId}", "1\n99999999\nstart\nSlow\n");
        File.WriteAllText($"{_paths.RunningDirectory}/12", "no mark at all\n");
        using var daemon = Daemon();
        Assert.That(Do(daemon, ResourceAction.Status).Outcome, Is.EqualTo(OperationOutcome.NotRunning));
        Assert.That(Directory.GetFiles(_paths.RunningDirectory), Is.Empty);
    }

    [Test]
    public void What_runs_is_marked_and_what_ended_is_not()
    {
        using var daemon = Daemon();
        var start = Task.Run(() => Do(daemon, ResourceAction.Start));
        Assert.That(Machine.Eventually(() => Directory.Exists(_paths.RunningDirectory) && Directory.GetFiles(_paths.RunningDirectory) is [var mark] && File.ReadAllText(mark).Contains("start\nSlow", StringComparison.Ordinal)));
        Assert.That(start.Result.Outcome, Is.EqualTo(OperationOutcome.Ok));
        Assert.That(Directory.GetFiles(_paths.RunningDirectory), Is.Empty);
    }
}
