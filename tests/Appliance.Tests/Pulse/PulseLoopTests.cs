using System.Net;
using System.Net.Sockets;
using Appliance.Configuration;
using Appliance.Linux;
using Appliance.Linux.Tests;

namespace Appliance.Pulse.Tests;

/// <summary>Pulse over the real kernel: loopback sockets and pseudo terminals.</summary>
[NonParallelizable]
public class Pulse
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    private static MediumSpec.Ucast Udp(int port) => new("lo", "127.0.0.1", port, 1);

    [Test]
    public void Allocates_nothing_per_heartbeat_sent_and_received()
    {
        World.NeedsRoot();
        using var pulse = new Loopback("alpha", TimeSpan.FromMilliseconds(2), null, Udp(47701), new MediumSpec.Ucast6("lo", "::1", 47702, 2), new MediumSpec.Ping("127.0.0.1", "127.0.0.1", 3));
        pulse.Begin();
        pulse.RunUntil(() => pulse.Core.Ticks > 300 && pulse.Core.Packets[0] > 200 && pulse.Core.Packets[1] > 200 && pulse.Core.Packets[2] > 200, "beats heard over every medium");
        // What a heartbeat allocates shows in every one of these; a busy machine's rare event (a late round told to control) does not.
        var allocated = Enumerable.Range(0, 8).Select(_ =>
        {
            var (ticks, before) = (pulse.Core.Ticks, GC.GetAllocatedBytesForCurrentThread());
            while (pulse.Core.Ticks < ticks + 50) pulse.Loop.Round();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }).ToArray();
        Assert.That(allocated.Min(), Is.Zero, string.Join(' ', allocated));
    }

    [Test]
    public void Talks_over_a_serial_line_and_survives_its_unplugging()
    {
        var link = Path.Combine(Path.GetTempPath(), $"pulse-tty-{Environment.ProcessId}");
        File.Delete(link);
        var first = new Pty();
        File.CreateSymbolicLink(link, first.Path);
        try
        {
            using var pulse = new Loopback("alpha", Beat, null, new MediumSpec.Serial(link, 115200, 1), Udp(47703));
            pulse.Begin();
            pulse.RunUntil(() => Reads(first, "t=status"), "a status on the line");

            first.Dispose();
            pulse.RunUntil(() => pulse.Core.Faults[0] is not null, "unplugged is noticed");
            var beats = pulse.Core.Packets[1];
            pulse.RunUntil(() => pulse.Core.Packets[1] > beats + 20, "the other medium goes on");

            using var second = new Pty();
            File.Delete(link);
            File.CreateSymbolicLink(link, second.Path);
            pulse.RunUntil(() => pulse.Core.Faults[0] is null && Reads(second, "t=status"), "back without restart, on another node");
        }
        finally
        {
            File.Delete(link);
            first.Dispose();
        }
    }

    [Test]
    public void Reads_the_modem_status_of_each_serial_line_once_with_each_heartbeat()
    {
        using Pty first = new(), second = new();
        using var pulse = new Loopback("alpha", TimeSpan.FromMilliseconds(20), null, Udp(47707), new MediumSpec.Serial(first.Path, 460800, 1), new MediumSpec.Serial(second.Path, 460800, 1));
        pulse.Begin();
        pulse.RunUntil(() => pulse.Core.Packets[0] > 40, "beats");
        var (beats, readings) = (pulse.Core.Packets[0], pulse.Core.Carriers);
        Assert.That(readings.Select(r => (r.Medium, r.Shown)).Distinct(), Is.EquivalentTo(new (int, bool?)[] { (1, null), (2, null) }), "a pseudo terminal has no modem signals");
        Assert.That(readings.Count(r => r.Medium == 1), Is.InRange(beats / 2, beats + 2), $"{beats} heartbeats");
        Assert.That(readings.Count(r => r.Medium == 2), Is.EqualTo(readings.Count(r => r.Medium == 1)));
        first.Dispose();
        pulse.RunUntil(() => pulse.Core.Faults[1] is not null && pulse.Core.Packets[0] > beats + 10, "the line is gone");
        Assert.That(readings.Count, Is.GreaterThan(2 * beats / 2), "and is read on as one that does not tell");
    }

    [Test]
    public void Is_not_delayed_by_a_line_that_nobody_reads_or_by_a_flood()
    {
        World.NeedsRoot();
        using var pty = new Pty();
        using var pulse = new Loopback("alpha", Beat, null, new MediumSpec.Serial(pty.Path, 460800, 1), Udp(47704), Udp(47705));
        pulse.Begin();
        pulse.RunUntil(() => pulse.Core.Packets[1] > 10, "beats");
        var stop = false;
        var flood = new Thread(() =>
        {
            using var sender = DatagramSocket.Udp(AddressFamily.InterNetwork);
            var to = new SocketAddressBytes(IPAddress.Loopback, 47705);
            var junk = new byte[200];
            while (!Volatile.Read(ref stop)) sender.Send(junk, to);
        });
        flood.Start();
        try
        {
            pulse.RunUntil(() => pulse.Core.Packets[2] > 1000, "the flood");
            using var witness = new Witness(Beat);       // real-time, as pulse runs: otherwise the machine's other work is measured
            var settled = pulse.Core.Ticks + 2;
            pulse.RunUntil(() => pulse.Core.Ticks > settled, "what was due before it moved");
            pulse.Core.Latest = default;
            var (ticks, heard, end) = (pulse.Core.Ticks, pulse.Core.Packets[1], Clock.Now() + TimeSpan.FromSeconds(2));
            pulse.RunUntil(() => Clock.Now() > end, "2 s");
            var (beats, given, delayed) = (pulse.Core.Packets[1] - heard, witness.Beats, witness.Latest);
            TestContext.Out.WriteLine($"ticks {pulse.Core.Ticks - ticks}, beats on the quiet medium {beats} of {given}, flood {pulse.Core.Packets[2]}, latest {pulse.Core.Latest.TotalMilliseconds} ms, the machine's {delayed.TotalMilliseconds} ms");
            Assert.That(given, Is.GreaterThan(50), "the machine gave too little to tell anything");
            Assert.That(beats, Is.GreaterThan(given * 9 / 10), $"of {given}");
            Assert.That(pulse.Core.Latest, Is.LessThan(TimeSpan.FromMilliseconds(100) + delayed));
        }
        finally
        {
            Volatile.Write(ref stop, true);
            flood.Join();
        }
    }

    [Test]
    public void Starts_control_again_when_it_dies_and_beats_meanwhile()
    {
        World.NeedsRoot();
        using var pulse = new Loopback("alpha", Beat, "exit 3", Udp(47706));
        pulse.Begin();
        pulse.RunUntil(() => pulse.Core.TimesAway >= 3, "three deaths");
        Assert.That(pulse.Core.Packets[0], Is.GreaterThan(20));
    }

    private static bool Reads(Pty pty, string text)
    {
        var buffer = new byte[65536];
        var n = pty.Master.Read(buffer);
        return n > 0 && System.Text.Encoding.ASCII.GetString(buffer, 0, n).Contains(text, StringComparison.Ordinal);
    }
}
