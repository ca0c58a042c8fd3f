using System.Collections.Immutable;
using Appliance.Core.Resources;
using Appliance.Linux;

namespace Appliance.Lrm.Tests.Scripts;

/// <summary>Real scripts, run by the real kernel.</summary>
public class A_resource_script
{
    private Scratch _scratch = null!;
    private Log _log = null!;

    [SetUp]
    public void Prepare() => (_scratch, _log) = (new Scratch(), new Log());

    [TearDown]
    public void CleanUp() => _scratch.Dispose();

    [Test]
    public void Gets_its_arguments_first_and_the_action_last()
    {
        Run("echo \"$#:$1:$2:$3\"", ResourceAction.Start, arguments: ["one", "t w o"]);
        Assert.That(_log.Lines, Has.Member("Info script: 3:one:t w o:start"));
        Assert.That(_log.Lines[0], Is.EqualTo($"Info ResourceManager: Running {_scratch.Path}/script one t w o start"));
    }

    [Test]
    public void Without_arguments_gets_only_the_action()
    {
        Run("echo \"$#:$1\"", ResourceAction.Stop);
        Assert.That(_log.Lines, Has.Member("Info script: 1:stop"));
    }

    [TestCase("echo running; exit 1", OperationOutcome.Ok, 1)]
    [TestCase("echo stopped; exit 0", OperationOutcome.NotRunning, 0)]
    [TestCase("echo running >&2; exit 0", OperationOutcome.NotRunning, 0)]
    [TestCase("echo OK; kill -9 $$", OperationOutcome.Ok, 137)]
    public void Is_judged_at_status_by_its_standard_output_alone(string body, OperationOutcome outcome, int code)
    {
        var result = Run(body, ResourceAction.Status);
        Assert.That((result.Outcome, result.ExitCode), Is.EqualTo((outcome, code)));
    }

    [Test]
    public void Is_judged_at_start_and_stop_by_its_exit_status_alone()
    {
        Assert.That(Run("echo not running", ResourceAction.Start).Outcome, Is.EqualTo(OperationOutcome.Ok));
        var failed = Run("echo running; echo no disk >&2; exit 5", ResourceAction.Stop);
        Assert.That(failed, Is.EqualTo(new OperationResult(OperationOutcome.Failed, 5, $"{_scratch.Path}/script stop returned 5: no disk")));
        Assert.That(_log.Lines, Has.Member($"Error ResourceManager: Return code 5 from {_scratch.Path}/script"));
    }

    [Test]
    public void Sees_the_environment_it_is_given_and_nothing_of_ours()
    {
        Environment.SetEnvironmentVariable("LRM_TEST_SECRET", "x");
        Run("echo \"[$HA_CURHOST][$LRM_TEST_SECRET]\"; pwd; readlink /proc/self/fd/0", ResourceAction.Start,
            environment: new() { ["HA_CURHOST"] = "alpha", ["PATH"] = "/usr/bin:/bin" });
        Assert.That(_log.Lines[1..], Is.EqualTo((string[])["Info script: [alpha][]", "Info script: /", "Info script: /dev/null"]));
    }

    [Test]
    public void Leads_a_process_group_with_default_signals_ordinary_scheduling_and_no_descriptors_of_ours()
    {
        using var leak = File.OpenHandle("/dev/zero");
        Run("echo $(ps -o pgid= -p $$) $$ | awk '{print ($1==$2)}'; grep -E 'SigBlk|SigIgn' /proc/$$/status | tr -d '\\n\\t'; echo; cut -d' ' -f41 /proc/$$/stat; ls /proc/$$/fd | tr '\\n' ' '",
            ResourceAction.Start, environment: new() { ["PATH"] = "/usr/bin:/bin" });
        Assert.That(_log.Lines[1], Is.EqualTo("Info script: 1"));
        Assert.That(_log.Lines[2], Is.EqualTo("Info script: SigBlk:0000000000000000SigIgn:0000000180000000")
            .Or.EqualTo("Info script: SigBlk:0000000000000000SigIgn:0000000000000000"), "but for the two that the C library keeps to itself");
        Assert.That(_log.Lines[3], Is.EqualTo("Info script: 0"));
        // What the test runner itself was started with may come along; nothing of ours does.
        Assert.That(_log.Lines[4], Does.Match("^Info script: 0 1( 10)? 2( 255)?( 3)?$"));
    }

    [Test]
    public void That_hangs_is_ended_and_counts_as_timed_out()
    {
        var result = Run("echo half way; sleep 1000", ResourceAction.Start, timeout: TimeSpan.FromSeconds(2));
        Assert.That(result.Outcome, Is.EqualTo(OperationOutcome.TimedOut));
        Assert.That(result.Reason, Is.EqualTo($"{_scratch.Path}/script start: no answer within 2 s, killed: half way"));
    }

    [Test]
    public void That_ignores_SIGTERM_is_killed_with_its_whole_group()
    {
        var pids = _scratch.Path + "/pids";
        var result = Run($"trap '' TERM; (trap '' TERM; sleep 1000) & echo $! >{pids}; echo $$ >>{pids}; while :; do sleep 1000; done", ResourceAction.Stop, timeout: TimeSpan.FromSeconds(2));
        Assert.That(result.Outcome, Is.EqualTo(OperationOutcome.TimedOut));
        foreach (var pid in File.ReadAllLines(pids)) Assert.That(Machine.Eventually(() => IsGone(pid)), pid);
    }

    [Test]
    public void Whose_daemon_keeps_the_output_open_ends_when_the_script_ends()
    {
        var pid = _scratch.Path + "/pid";
        var result = Run($"(echo $$; exec sleep 1000) & echo $! >{pid}; echo started", ResourceAction.Start);
        Assert.That(result.Outcome, Is.EqualTo(OperationOutcome.Ok));
        Assert.That(IsGone(File.ReadAllText(pid).Trim()), Is.False, "a service must survive its start script");
        Machine.Shell($"kill -9 {File.ReadAllText(pid)}");
    }

    [Test]
    public void Whose_daemon_writes_later_harms_it_with_neither_a_signal_nor_a_full_pipe()
    {
        var done = _scratch.Path + "/done";
        Run($"(sleep 0.3; i=0; while [ $i -lt 300 ]; do printf %01000d 1 || exit 1; i=$((i+1)); done; echo ok >{done}) & exit 0", ResourceAction.Start);
        Assert.That(Machine.Eventually(() => File.Exists(done)), Is.True);
    }

    [Test]
    public void That_floods_its_output_is_neither_stopped_nor_logged_without_end()
    {
        var result = Run("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done; head -c 3000000 /dev/zero | tr '\\0' x; echo; exit 3", ResourceAction.Start);
        Assert.That(result.ExitCode, Is.EqualTo(3));
        Assert.That(_log.Lines, Has.Length.LessThan(OutputLines.MaxLines + 10));
        Assert.That(_log.Lines, Has.Some.EndsWith("... 19801 more lines not logged"));
        Assert.That(_log.Lines.Max(l => l.Length), Is.LessThan(OutputLines.MaxLine + 100));
    }

    [Test]
    public void That_cannot_be_executed_fails_with_the_kernels_reason()
    {
        var path = _scratch.Script("broken", "#!/no/such/interpreter\n");
        var result = ScriptRunner.Run(path, Spec("broken"), ResourceAction.Start, new Dictionary<string, string>(), "/", TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1), _log.Write, default);
        Assert.That(result, Is.EqualTo(new OperationResult(OperationOutcome.Failed, -1, $"posix_spawn {path}: No such file or directory")));
    }

    [Test]
    public void Is_ended_when_it_is_no_longer_wanted()
    {
        using var cancel = new CancellationTokenSource(200);
        Assert.That(() => Run("sleep 1000", ResourceAction.Start, cancel: cancel.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Of_another_user_has_that_users_rights_and_leaves_ours_alone()
    {
        Machine.NeedsRoot();
        var text = "";
        var spec = new ProcessSpec("/bin/sh", ["-c", "id -u; id -g; id -G"], new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" }) { User = new(65534, 65533, [65533, 65532]) };
        ProcessRunner.Run(spec, new(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(1)), (_, b) => text += System.Text.Encoding.UTF8.GetString(b), default);
        Assert.That(text, Is.EqualTo("65534\n65533\n65533 65532\n"));
        Assert.That(Machine.Shell("id -u"), Is.EqualTo("0\n"));
        Assert.That(File.ReadLines("/proc/self/status").First(l => l.StartsWith("Uid", StringComparison.Ordinal)), Is.EqualTo("Uid:\t0\t0\t0\t0"));
    }

    private OperationResult Run(
        string body, ResourceAction action, string[]? arguments = null, Dictionary<string, string>? environment = null, TimeSpan? timeout = null, CancellationToken cancel = default) =>
        ScriptRunner.Run(_scratch.Script("script", body), Spec("script", arguments ?? []), action, environment ?? new() { ["PATH"] = "/usr/bin:/bin" }, "/",
            timeout ?? TimeSpan.FromSeconds(60), TimeSpan.FromMilliseconds(200), _log.Write, cancel);

    private static ResourceSpec Spec(string script, params string[] arguments) => new(script, script, [.. arguments]);

    private static bool IsGone(string pid) =>
        !File.Exists($"/proc/{pid}/stat") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z ", StringComparison.Ordinal);
}
