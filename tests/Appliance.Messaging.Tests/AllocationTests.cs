using System.Collections.Immutable;
using Appliance.Configuration;

namespace Appliance.Messaging.Tests;

public class Ten_thousand_heartbeats
{
    /// <summary>Both signatures, both forms, every method; duplicates by a second link and acknowledgements included.</summary>
    [TestCase("1 sha1 TestKey", MessageFormat.Classic, false)]
    [TestCase("1 sha1 TestKey", MessageFormat.Netstring, false)]
    [TestCase("1 sha1 TestKey", MessageFormat.Classic, true)]
    [TestCase("1 md5 TestKey", MessageFormat.Classic, false)]
    [TestCase("1 crc", MessageFormat.Classic, true)]
    [TestCase("1 sha256 TestKey", MessageFormat.Classic, false)]
    public void Sent_and_received_allocate_nothing(string key, MessageFormat format, bool classicDatagrams)
    {
        const int warmUp = 1000, beats = 10_000;
        var solo = new Solo(Pair.Keys(key), cf => cf with { MessageFormat = format, DeadTime = TimeSpan.FromSeconds(5000) }, extensions: 1);
        var quiet = new Quiet();
        var cf = solo.Cf with { Media = [new MediumSpec.Bcast("eth0", 694, 1), new MediumSpec.Serial("/dev/ttyS0", 19200, 2)] };
        var core = new MessagingCore(new(cf, solo.Keys, 1, [.. Solo.AlphaUuid], 3, [], ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty), solo.Now, quiet);
        core.Start(solo.Now, solo.Wall);
        var packets = new List<byte[]>();
        for (var i = 1; i <= warmUp + beats; i++) packets.Add(solo.Packet("t=status st=up dt=1312d00 protocol=1 xv=1", i, classic: classicDatagrams));
        core.Received(0, packets[0], solo.Now, solo.Wall);
        core.Execute(new ClusterCommand.ManagerReady(), solo.Now, solo.Wall);
        var (now, before) = (solo.Now, 0L);
        for (var i = 1; i < packets.Count; i++)
        {
            if (i == warmUp) before = GC.GetAllocatedBytesForCurrentThread();
            now += TimeSpan.FromMilliseconds(200);
            core.Received(0, packets[i], now, solo.Wall);
            core.Received(1, packets[i], now, solo.Wall);
            core.CarrierRead(1, true, now);
            core.Tick(now, solo.Wall);
        }
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.That(allocated, Is.Zero);
        Assert.That(quiet.Transmitted, Is.GreaterThan(beats));
    }

    private sealed class Quiet : IMessagingEffects
    {
        public int Transmitted { get; private set; }
        public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line) => Transmitted++;
        public void Ping(int medium, ReadOnlySpan<byte> data) { }
        public void Forward(int fromMedium, ReadOnlySpan<byte> line) { }
        public void Tell(ClusterEvent happened) { }
    }
}
