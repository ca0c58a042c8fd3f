using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Messaging;

namespace Appliance.Control.Tests;

public class The_effects_of_a_step
{
    private Deeds _deeds = null!;
    private EffectExecutor _executor = null!;

    [SetUp]
    public void Make()
    {
        _deeds = new Deeds();
        _executor = new EffectExecutor(_deeds, _deeds, _deeds, _deeds, _deeds, _deeds, _deeds.Log, _deeds, _deeds);
    }

    [TearDown]
    public void Close() => _deeds.Dispose();

    private static ResourceManagerEffect.Remember Remember(string key) =>
        new(new HeldGroups(ImmutableSortedDictionary<string, DateTimeOffset>.Empty.Add(key, DateTimeOffset.UnixEpoch)));

    [Test]
    public void Begin_and_end_the_monitor_s_questions_after_its_memory_is_stored()
    {
        _executor.Execute(
        [
            new ResourceManagerEffect.RememberMonitor(new(false, ImmutableSortedDictionary<string, GroupMemory>.Empty.Add("one", new(true, [], default, null)))),
            new ResourceManagerEffect.Run(1, "one", Samples.Resource("one"), ResourceAction.Status) { Within = TimeSpan.FromSeconds(2) },
            new ResourceManagerEffect.Cancel(1),
        ]);
        Assert.That(_deeds.Done, Is.EqualTo(new[] { "store monitor one", "ask 1 one one within 2 s", "cancel 1" }));
    }

    [Test]
    public void Are_done_in_their_order_and_what_must_be_remembered_is_stored_before_what_follows()
    {
        _executor.Execute(
        [
            new ResourceManagerEffect.Command(new ClusterCommand.Send(Message.Of("resource", ("rsc_hold", "all")))),
            Remember("KEY"),
            new ResourceManagerEffect.Run(7, "KEY", Samples.Resource("IPaddr::10.0.0.1"), ResourceAction.Start),
            new ResourceManagerEffect.Hook("status", Message.Of("status")),
            new ResourceManagerEffect.Fence(3, "beta", "dead"),
            new ResourceManagerEffect.Run(8, "KEY", Samples.Resource("IPaddr::10.0.0.1"), ResourceAction.Start) { TakenFrom = "beta" },
            new ResourceManagerEffect.Announce("KEY", [Samples.Resource("IPaddr::10.0.0.1")]),
            new ResourceManagerEffect.Clients(true),
        ]);
        Assert.That(_deeds.Done, Is.EqualTo(new[]
        {
            "send t=resource rsc_hold=all", "store KEY", "run 7 KEY IPaddr::10.0.0.1 Start", "hook status", "fence 3 beta",
            "run 8 KEY IPaddr::10.0.0.1 Start from beta", "announce KEY IPaddr::10.0.0.1", "clients True",
        }));
    }

    [Test]
    public void Go_on_when_the_disk_is_full_and_say_so()
    {
        _deeds.DiskIsFull = true;
        _executor.Execute([Remember("KEY"), new ResourceManagerEffect.Run(1, "KEY", Samples.Resource("x"), ResourceAction.Start)]);
        Assert.That(_deeds.Done, Is.EqualTo(new[] { "run 1 KEY x Start" }));
        Assert.That(_deeds.Logged().Single(), Is.EqualTo("ERROR: what this node holds could not be stored: No space left on device"));
    }

    [Test]
    public void Tell_pulse_once_when_this_node_must_not_go_on()
    {
        _executor.Execute([new ResourceManagerEffect.SelfFence("a stop failed"), new ResourceManagerEffect.SelfFence("a stop failed")]);
        Assert.That(_deeds.Done, Is.EqualTo(new[] { "selffence" }));
        Assert.That(_executor.SelfFenced, Is.True);
        Assert.That(_deeds.Logged().Single(), Does.StartWith("EMERG: this node must not go on: a stop failed"));
    }

    [Test]
    public void Log_in_the_words_given()
    {
        _executor.Execute([new ResourceManagerEffect.Log(LogPriority.Warn, "No STONITH device configured.")]);
        Assert.That(_deeds.Logged().Single(), Is.EqualTo("WARN: No STONITH device configured."));
    }
}

public class The_file_of_groups_held
{
    private string _directory = null!;

    [SetUp]
    public void Make() => _directory = Directory.CreateTempSubdirectory("held").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_directory, true);

    private static readonly HeldGroups Held = new(ImmutableSortedDictionary<string, DateTimeOffset>.Empty
        .Add("IPaddr2::10.9.0.100/24/eth0", new(2026, 11, 20, 20, 17, 35, 123, TimeSpan.Zero)).Add("Filesystem::/dev/sdb1::/srv", new(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2))));

    private string File => Path.Combine(_directory, "held");

    [Test]
    public void Gives_back_what_was_stored()
    {
        new HeldStore(File, "boot-1").Store(Held);
        Assert.That(new HeldStore(File, "boot-1").Load()!.SinceByKey, Is.EqualTo(Held.SinceByKey));
        Assert.That(System.IO.File.GetUnixFileMode(File), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Directory.GetFiles(_directory), Has.Length.EqualTo(1), "nothing is left beside it");
    }

    [Test]
    public void Says_nothing_after_a_boot()
    {
        new HeldStore(File, "boot-1").Store(Held);
        Assert.That(new HeldStore(File, "boot-2").Load(), Is.Null);
    }

    [Test]
    public void Says_nothing_when_it_is_missing() => Assert.That(new HeldStore(File, "boot-1").Load(), Is.Null);

    [TestCase("")]
    [TestCase("\0\0\0\0")]
    [TestCase("# boot boot-1\nKEY\tyesterday\nKEY2\n\t2026-11-20T20:17:35.0000000+00:00\n")]
    public void Leaves_out_what_does_not_read(string content)
    {
        System.IO.File.WriteAllText(File, content);
        Assert.That(new HeldStore(File, "boot-1").Load()?.SinceByKey ?? ImmutableSortedDictionary<string, DateTimeOffset>.Empty, Is.Empty);
    }
}
