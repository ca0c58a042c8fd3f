namespace Appliance.Linux.Tests;

/// <summary>In a network namespace of its own: interfaces go down, away, and come back.</summary>
[NonParallelizable]
public class A_network_interface
{
    [Test]
    public void Is_seen_to_come_go_down_be_renamed_and_vanish()
    {
        using var world = new NetworkNamespace("lnx");
        world.Inside(() =>
        {
            using var watch = new LinkWatch();
            Assert.That(NetworkDevice.Find("hb0"), Is.Null);

            Change("link", "add", "hb0", "type", "veth", "peer", "name", "hb1");
            Assert.That(NetworkDevice.Find("hb0"), Is.Not.Null.And.Property("IsUp").False);

            Change("addr", "add", "10.99.0.1/24", "broadcast", "10.99.0.255", "dev", "hb0");
            Change("link", "set", "hb0", "up");
            var alone = NetworkDevice.Find("hb0")!;
            Assert.That(alone.IsUp && !alone.HasCarrier, "the other end is down");
            Assert.That(alone.BroadcastAddress?.ToString(), Is.EqualTo("10.99.0.255"));

            Change("link", "set", "hb1", "up");
            World.Until(() => NetworkDevice.Find("hb0")!.HasCarrier, "carrier");

            Change("link", "set", "hb0", "down");
            Change("link", "set", "hb0", "name", "other0");
            Assert.That(NetworkDevice.Find("hb0"), Is.Null);
            Assert.That(NetworkDevice.Find("other0")!.Index, Is.EqualTo(alone.Index));

            Change("link", "del", "other0");
            Assert.That(NetworkDevice.Find("other0"), Is.Null);

            void Change(params string[] command)
            {
                watch.Drain();
                world.Ip(command);
                World.AwaitReadable(watch.Descriptor);
                Assert.That(watch.Drain(), Is.True);
            }
        });
    }
}
