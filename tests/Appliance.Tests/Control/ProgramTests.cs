using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Lrm;
using Appliance.Messaging;

namespace Appliance.Control.Tests;

public abstract class In_a_directory
{
    protected string Directory { get; private set; } = null!;
    internal Deeds Deeds { get; private set; } = null!;

    [SetUp]
    public void MakeDirectory() => (Directory, Deeds) = (System.IO.Directory.CreateTempSubdirectory("prog").FullName, new Deeds());

    [TearDown]
    public void RemoveDirectory()
    {
        Deeds.Dispose();
        System.IO.Directory.Delete(Directory, true);
    }

    protected string Script(string name, string body, bool executable = true)
    {
        var path = Path.Combine(Directory, name);
        File.WriteAllText(path, "#!/bin/sh\n" + body + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)(executable ? 0x1ED : 0x1A4));
        return path;
    }
}

public class Fencing_by_the_program_stonith : In_a_directory
{
    private static readonly StonithLine Line = new("*", "external/ipmi", Secret.Of("alpha 10.0.0.1 admin Geheim lan"), null, 7);

    private (FencingResult Result, string Reason) Fence(string body, params StonithLine[] lines)
    {
        using var inbox = new Inbox();
        using var fencer = new StonithProgram(Samples.HaCf with { Stonith = [.. lines] }, inbox, Deeds.Log, Script("stonith", body), Directory);
        return fencer.Fence("beta");
    }

    [TestCase(0, FencingResult.Confirmed)]
    [TestCase(4, FencingResult.BadHost)]
    [TestCase(5, FencingResult.Failed)]
    [TestCase(6, FencingResult.TimedOut)]
    [TestCase(127, FencingResult.Failed)]
    public void Is_confirmed_by_exit_status_0_alone(int exit, FencingResult expected) => Assert.That(Fence($"exit {exit}", Line).Result, Is.EqualTo(expected));

    [Test]
    public void Is_not_confirmed_by_a_program_that_was_killed() => Assert.That(Fence("kill -9 $$", Line).Result, Is.EqualTo(FencingResult.Failed));

    [Test]
    public void Without_a_device_for_us_is_no_device()
    {
        Assert.That(Fence("exit 0").Result, Is.EqualTo(FencingResult.NoDevice));
        Assert.That(Fence("exit 0", Line with { Host = "beta" }).Result, Is.EqualTo(FencingResult.NoDevice));
    }

    [Test]
    public void Without_the_program_is_no_device_and_says_so()
    {
        using var inbox = new Inbox();
        using var fencer = new StonithProgram(Samples.HaCf with { Stonith = [Line] }, inbox, Deeds.Log, Path.Combine(Directory, "none"), Directory);
        Assert.That(fencer.Fence("beta").Result, Is.EqualTo(FencingResult.NoDevice));
        Assert.That(Deeds.Logged().Single(), Does.Contain("cluster-glue").And.Contains("external/ipmi"));
    }

    [Test]
    public void Shows_its_secrets_neither_on_a_command_line_nor_in_a_log_nor_afterwards()
    {
        var seen = Path.Combine(Directory, "seen");
        Fence($"echo \"$@\" > {seen}; cat \"$4\" >> {seen}; stat -c %a \"$4\" >> {seen}; echo Geheim; exit 1", Line);
        var lines = File.ReadAllLines(seen);
        Assert.That(lines[0], Does.StartWith("-t external/ipmi -F ").And.EndsWith(" -T reset beta").And.Not.Contain("Geheim"));
        Assert.That(lines[1], Is.EqualTo("alpha 10.0.0.1 admin Geheim lan600"));
        Assert.That(System.IO.Directory.GetFiles(Directory, ".stonith*"), Is.Empty);
        Assert.That(string.Join('\n', Deeds.Logged()), Does.Not.Contain("Geheim"));
    }

    [Test]
    public void Uses_the_last_line_that_is_for_us_and_the_file_it_names()
    {
        var seen = Path.Combine(Directory, "seen");
        Fence($"echo \"$@\" > {seen}", Line, new StonithLine("alpha", "meatware", Secret.Of(""), "/etc/ha.d/meat", 8), Line with { Host = "beta" });
        Assert.That(File.ReadAllText(seen), Is.EqualTo("-t meatware -F /etc/ha.d/meat -T reset beta\n"));
    }
}

public class The_hooks_of_rc_d : In_a_directory
{
    private HookRunner Hooks() => new(Directory, ScriptEnvironment.Base(Samples.HaCf), () => "active", Deeds.Log);

    [Test]
    public void Run_in_order_with_the_message_in_the_environment()
    {
        var seen = Path.Combine(Directory, "seen");
        Script("mine", $"echo \"$1 $HA_t $HA_src $HA_rsc_hold $HA_OSTATUS $HA_CURHOST $HA_deadtime $HA_NICEFAILBACK\" >> {seen}");
        using var hooks = Hooks();
        hooks.Run("mine", Message.Of("mine", ("src", "beta"), ("rsc_hold", "all")));
        hooks.Run("MINE", Message.Of("mine", ("src", "gamma")));
        Assert.That(() => File.Exists(seen) ? File.ReadAllText(seen) : "", Is.EqualTo("mine mine beta all active alpha 2 yes\nmine mine gamma  active alpha 2 yes\n").After(5000, 20));
    }

    [Test]
    public void Are_the_administrators_own_and_never_what_3_0_6_shipped()
    {
        Script("status", ". $HA_DIR/shellfuncs\ncase $HA_st in dead) mach_down $HA_src;; esac");
        Script("ip-request", "logger asked");
        Script("notmine", "true", executable: false);
        using var hooks = Hooks();
        Assert.That(hooks.Script("status"), Is.Null);
        Assert.That(hooks.Script("ip-request"), Is.Not.Null);
        Assert.That(hooks.Script("notmine"), Is.Null);
        Assert.That(hooks.Script("../stonith"), Is.Null);
        Assert.That(hooks.Script(""), Is.Null);
    }
}

public class An_emergency_release : In_a_directory
{
    /// <summary>Resources that run, and those that will not stop.</summary>
    private sealed class Machine(HashSet<string> running, HashSet<string> stuck) : IResourceExecutor
    {
        public event Action<AgentSpec, string>? Lost
        {
            add { }
            remove { }
        }

        public List<string> Calls { get; } = [];

        public Task<OperationResult> ExecuteAsync(
            string groupKey, ResourceSpec resource, ResourceAction action, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
        {
            lock (Calls) Calls.Add($"{resource} {action}");
            if (action == ResourceAction.Status) return Task.FromResult(new OperationResult(running.Contains(resource.Text) ? OperationOutcome.Ok : OperationOutcome.NotRunning, 0, ""));
            if (stuck.Contains(resource.Text)) return Task.FromResult(new OperationResult(OperationOutcome.Failed, 1, "busy"));
            running.Remove(resource.Text);
            return Task.FromResult(new OperationResult(OperationOutcome.Ok, 0, ""));
        }

        public void Announce(ResourceSpec resource, ImmutableSortedDictionary<string, string> environment) => Calls.Add($"announce {resource}");
    }

    private static readonly ImmutableArray<ResourceGroup> Groups =
        [new("alpha", [Samples.Resource("one"), Samples.Resource("two")], 1), new("beta", [Samples.Resource("three")], 2)];

    private bool Release(Machine machine) =>
        EmergencyRelease.StopAll(Groups, machine, ImmutableSortedDictionary<string, string>.Empty, TimeSpan.Zero, Deeds.Log);

    [Test]
    public void Stops_right_to_left_what_runs_and_leaves_alone_what_does_not()
    {
        var machine = new Machine(["one", "two"], []);
        Assert.That(Release(machine), Is.True);
        Assert.That(machine.Calls.Where(c => !c.StartsWith("three", StringComparison.Ordinal)), Is.EqualTo(new[] { "two Status", "two Stop", "one Status", "one Stop" }));
        Assert.That(machine.Calls, Has.No.Member("three Stop"));
    }

    [Test]
    public void Fails_when_one_resource_does_not_stop_and_stops_nothing_that_it_depends_on()
    {
        var machine = new Machine(["one", "two", "three"], ["two"]);
        Assert.That(Release(machine), Is.False);
        Assert.That(machine.Calls.Count(c => c == "two Stop"), Is.EqualTo(10));
        Assert.That(machine.Calls, Has.No.Member("one Stop"));
        Assert.That(machine.Calls, Has.Member("three Stop"));
    }
}

public class The_command_hb_standby : In_a_directory
{
    [TestCase(new[] { "foo" }, "hb_standby: wrong resources(foo).\nusage:\n")]
    [TestCase(new[] { "a", "b" }, "hb_standby: too many arguments\nusage:\n")]
    [TestCase(new[] { "--help" }, "usage:\n")]
    public void Complains_as_3_0_6_does(string[] args, string output)
    {
        var (o, e) = (new StringWriter(), new StringWriter());
        Assert.That(Commands.WhichResources.Parse("hb_standby", args, o, e), Is.Null);
        Assert.That(o.ToString(), Is.EqualTo(output));
        Assert.That(e.ToString(), Is.EqualTo("hb_standby [all|foreign|local|failback]\n"));
    }

    [Test]
    public void Says_that_nothing_runs_where_3_0_6_waits_for_ever()
    {
        var e = new StringWriter();
        var fifo = Path.Combine(Directory, "fifo");
        Assert.That(Commands.FifoMessage.SendTo(fifo, "hb_standby", e, ">>>\nt=x\n<<<\n"), Is.EqualTo(1));
        using (Linux.Fifo.OpenForReading(fifo, 0x180)) { }
        Assert.That(Commands.FifoMessage.SendTo(fifo, "hb_standby", e, ">>>\nt=x\n<<<\n"), Is.EqualTo(1));
        Assert.That(e.ToString(), Does.Match("(hb_standby: heartbeat is not running on this machine.*\n){2}"));
    }

    [Test]
    public void Reaches_the_daemon_through_the_fifo_even_where_a_script_left_a_plain_file()
    {
        var path = Path.Combine(Directory, "fifo");
        File.WriteAllText(path, "left behind");
        using var reader = new FifoReader(path, Deeds.Log);
        reader.Open();
        Assert.That(Commands.FifoMessage.SendTo(path, "hb_standby", TextWriter.Null, Commands.FifoMessage.Text(("t", "ask_resources"), ("rsc_hold", "all"))), Is.Zero);
        Message? got = null;
        reader.Read(new Instant(0), m => got = m);
        Assert.That(got!.ToString(), Is.EqualTo("t=ask_resources rsc_hold=all"));
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }
}
