using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Haresources;

namespace Appliance.Control.Tests;

public class What_the_monitor_remembers
{
    private static readonly MonitorMemory Memory = new(true, ImmutableSortedDictionary<string, GroupMemory>.Empty
        .Add("IPaddr2::10.9.0.100/24/eth0", new(false, [11, 22], new(33), new Instant(44)))
        .Add("ip2", new(true, [], default, null)));

    private const string Text = "# what the monitor of resources remembers; written by the daemon\n# boot b1\noff\nIPaddr2::10.9.0.100/24/eth0\ton\t11,22\t33\t44\nip2\toff\t\t0\t-\n";

    [Test]
    public void Is_written_like_this() => Assert.That(MonitorStore.Text(Memory, "b1"), Is.EqualTo(Text));

    [Test]
    public void Is_read_back()
    {
        var read = MonitorStore.Parse(Text, "b1")!;
        Assert.That(MonitorStore.Text(read, "b1"), Is.EqualTo(Text));
        Assert.That((read.Off, read.Groups["ip2"].Off, read.Groups["ip2"].HandedOverAt), Is.EqualTo((true, true, (Instant?)null)));
    }

    [Test]
    public void Of_another_boot_is_not_believed() => Assert.That(MonitorStore.Parse(Text, "b2"), Is.Null);

    [TestCase("ip2\ton\t1\t")]
    [TestCase("ip2\tmaybe\t1\t2\t3")]
    [TestCase("ip2\ton\t1\tx\t3")]
    public void Leaves_out_lines_that_do_not_read(string line) => Assert.That(MonitorStore.Parse($"# boot b1\n{line}\n", "b1")!.Groups, Is.Empty);

    [Test]
    public void Is_in_a_file_of_the_daemon_alone()
    {
        var path = Path.Combine(Path.GetTempPath(), $"monitor-{Guid.NewGuid():N}");
        try
        {
            var store = new MonitorStore(path, "b1");
            Assert.That(store.Load(), Is.Null);
            store.Store(Memory);
            store.Store(Memory with { Off = false });
            Assert.That(store.Load()!.Off, Is.False);
            Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void That_cannot_be_stored_is_an_error_the_caller_can_log() =>
        Assert.That(() => new MonitorStore("/nonexistent/monitor", "b1").Store(Memory), Throws.InstanceOf<IOException>());
}
