using System.Runtime.InteropServices;

namespace Appliance.Linux.Tests;

/// <summary>In a network namespace of its own: interfaces go down, away, and come back.</summary>
[NonParallelizable]
public partial class A_network_interface
{
    private static readonly string Name = $"lnx{Environment.ProcessId % 100000}";

    [SetUp]
    public void Make()
    {
        World.NeedsRoot();
        World.Run("ip", "netns", "add", Name);
    }

    [TearDown]
    public void Remove()
    {
        if (File.Exists("/run/netns/" + Name)) World.Run("ip", "netns", "del", Name);
    }

    [Test]
    public void Is_seen_to_come_go_down_be_renamed_and_vanish() => Inside(() =>
    {
        using var watch = new LinkWatch();
        Assert.That(NetworkDevice.Find("hb0"), Is.Null);

        Change(watch, "link", "add", "hb0", "type", "veth", "peer", "name", "hb1");
        Assert.That(NetworkDevice.Find("hb0"), Is.Not.Null.And.Property("IsUp").False);

        Change(watch, "addr", "add", "10.99.0.1/24", "broadcast", "10.99.0.255", "dev", "hb0");
        Change(watch, "link", "set", "hb0", "up");
        var alone = NetworkDevice.Find("hb0")!;
        Assert.That(alone.IsUp && !alone.HasCarrier, "the other end is down");
        Assert.That(alone.BroadcastAddress?.ToString(), Is.EqualTo("10.99.0.255"));

        Change(watch, "link", "set", "hb1", "up");
        World.Until(() => NetworkDevice.Find("hb0")!.HasCarrier, "carrier");

        Change(watch, "link", "set", "hb0", "down");
        Change(watch, "link", "set", "hb0", "name", "other0");
        Assert.That(NetworkDevice.Find("hb0"), Is.Null);
        Assert.That(NetworkDevice.Find("other0")!.Index, Is.EqualTo(alone.Index));

        Change(watch, "link", "del", "other0");
        Assert.That(NetworkDevice.Find("other0"), Is.Null);
    });

    private static void Change(LinkWatch watch, params string[] command)
    {
        watch.Drain();
        World.Run("ip", ["-n", Name, .. command]);
        World.AwaitReadable(watch.Descriptor);
        Assert.That(watch.Drain(), Is.True);
    }

    /// <summary>Runs on a thread that has entered the namespace; the thread ends with it.</summary>
    private static void Inside(Action test)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                using var target = Descriptor.OpenForReading("/run/netns/" + Name);
                Assert.That(SetNs(target, 0x4000_0000), Is.Zero);
                test();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    [LibraryImport("libc", EntryPoint = "setns")]
    private static partial int SetNs(Descriptor fd, int kind);
}
