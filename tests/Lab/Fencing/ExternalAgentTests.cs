using System.Diagnostics;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>Programs that speak the fence-agents API, run by the published binary: Debian's, and hostile ones.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class ExternalAgentTests
{
    private readonly string _directory = Directory.CreateTempSubdirectory("appliance-agents-").FullName;

    [OneTimeTearDown]
    public void Remove() => Directory.Delete(_directory, true);

    private static (int Status, string Output) Fence(string arguments, string prefix = "")
    {
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        return Shell.Try($"{prefix}{Implementation.Ours.Tools}fence {arguments}");
    }

    [Test]
    public void Fence_dummy_switches_its_file()
    {
        if (!File.Exists("/usr/sbin/fence_dummy")) Assert.Ignore("fence_dummy is missing (Debian package fence-agents)");
        var state = Path.Combine(_directory, "state");
        foreach (var (action, status) in new[] { ("on", 0), ("status", 0), ("off", 0), ("status", 2), ("reboot", 0), ("status", 0) })
            Assert.That(Fence($"fence_dummy --status_file {state} --action {action}").Status, Is.EqualTo(status), action);
    }

    /// <summary>An agent of our own making, installed where agents are, for the time of one test.</summary>
    private (int Status, string Output, TimeSpan Took) Hostile(string name, string body, string action = "off", string prefix = "")
    {
        if (Environment.UserName != "root") Assert.Ignore("agents are looked for where only root writes");
        var path = $"/usr/local/sbin/fence_{name}_{Environment.ProcessId}";
        File.WriteAllText(path, $$"""
            #!/bin/sh
            action=; while read -r line; do case $line in action=*) action=${line#action=} ;; esac; done
            if [ "$action" = metadata ]; then
              echo '<resource-agent name="{{Path.GetFileName(path)}}"><parameters><parameter name="plug"><content type="string"/></parameter><parameter name="password"><content type="string"/></parameter></parameters><actions><action name="off"/><action name="on"/><action name="status"/></actions></resource-agent>'
              exit 0
            fi
            {{body}}
            """);
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        try
        {
            var clock = Stopwatch.StartNew();
            var (status, output) = Fence($"{Path.GetFileName(path)} --plug 1 --password hush --action {action}", prefix);
            return (status, output, clock.Elapsed);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void One_that_answers_yes_and_stays_on_is_found_out() => Assert.That(Hostile("yes", "exit 0").Output, Does.StartWith("StillOn: "));

    [Test]
    public void One_that_dies_by_a_signal_proves_nothing() => Assert.That(Hostile("dies", "kill -SEGV $$").Output, Does.StartWith("Garbled: ").Or.StartsWith("StillOn: "));

    [Test]
    public void One_that_says_off_at_once_and_garbage_when_asked_is_not_believed() =>
        Assert.That(Hostile("garbage", "[ $action = off ] && exit 0; head -c 4096 /dev/urandom; exit 77").Output, Does.StartWith("StillOn: "));

    [Test]
    public void One_that_hangs_and_ignores_its_end_is_ended()
    {
        // The interrupt stands for the end of the order's time, two minutes here: both end the program's whole group.
        var (_, output, took) = Hostile("hangs", "trap '' TERM; sleep 1000 & while :; do wait; sleep 1; done", prefix: "timeout -s INT 2 ");
        Assert.That(output, Does.StartWith("TimedOut: "));
        Assert.That(took, Is.LessThan(TimeSpan.FromSeconds(15)));
    }

    [Test]
    public void One_that_others_may_write_is_not_run()
    {
        if (Environment.UserName != "root") Assert.Ignore("agents are looked for where only root writes");
        var path = $"/usr/local/sbin/fence_open_{Environment.ProcessId}";
        File.WriteAllText(path, "#!/bin/sh\necho '<resource-agent name=\"x\"></resource-agent>'\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        try
        {
            Assert.That(Fence($"{Path.GetFileName(path)} --action status").Status, Is.EqualTo(64));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestCase("ssh", "--hostlist 'alpha beta' --action list", 0, "alpha,")]
    [TestCase("ssh", "--hostlist 'alpha beta' --action monitor", 0, "Proven: ")]
    [TestCase("ssh", "--hostlist 'alpha beta' --plug gamma --action off", 1, "NoSuchPlug: ")]
    [TestCase("external/ssh", "--hostlist 'alpha beta' --action list", 0, "beta,")]
    [TestCase("external/ssh", "--hostlist 'alpha beta' --plug gamma --action reboot", 1, "NoSuchPlug: ")]
    public void Plugins_of_cluster_glue_are_devices(string type, string arguments, int status, string says)
    {
        if (!File.Exists("/usr/sbin/stonith")) Assert.Ignore("stonith is missing (Debian package cluster-glue)");
        var (ended, output) = Fence($"{type} {arguments}");
        Assert.That((ended, output.Contains(says, StringComparison.Ordinal)), Is.EqualTo((status, true)), output);
    }

    [Test]
    public void One_that_floods_is_read_to_its_end_and_kept_short()
    {
        var (status, output, _) = Hostile("floods", "head -c 100000000 /dev/zero | tr '\\0' 'x' >&2; exit 1");
        Assert.That((status, output.Length), Is.EqualTo((1, output.Length)));
        Assert.That(output.Length, Is.LessThan(1000));
    }

    [Test]
    public void One_that_repeats_its_password_does_not_give_it_away() => Assert.That(Hostile("tells", "echo 'bad password: hush' >&2; exit 1").Output, Does.Not.Contain("hush").And.Contains("***"));
}
