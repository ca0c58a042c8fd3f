using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>Keys, forgeries and noise.</summary>
public sealed class KeyTests : LabTest
{
    public static Pairing[] WithOneOfOurs => [.. Pairing.All.Where(p => p.AnyOurs)];   // two of 3.0.6 do split over it

    [TestCaseSource(nameof(WithOneOfOurs))]
    public void A_rolling_change_of_the_signing_key_goes_unnoticed(Pairing pairing)
    {
        const string Both = "1 sha1 OldSecret\n2 md5 NewSecret\n";
        var pair = Make(pairing, new PairPlan { Authkeys = "auth 1\n" + Both }).Settled();
        var before = Stopwatch.GetTimestamp();
        var marks = pair.Hosts.Select(h => h.Log.Mark()).ToArray();
        foreach (var host in pair.Hosts)
        {
            var mark = host.Log.Mark();
            host.Write("authkeys", "auth 2\n" + Both, secret: true);
            host.Touch("authkeys");
            host.Signal("HUP");
            host.Log.WaitFor("Rereading authentication file", 10, mark);
            Until.Stays("nobody is declared dead", () => !pair.Hosts.Where((h, i) => h.Log.Says("is dead", marks[i])).Any(), 3, everyMs: 200);
        }
        foreach (var host in pair.Hosts)
            Assert.That(host.Addresses.History.Where(h => h.At > before), Is.Empty, $"{host.Name}: no address came or went");
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_node_with_another_secret_is_not_heard(Pairing pairing)
    {
        var pair = Make(pairing);
        pair.Beta.Write("authkeys", "auth 1\n1 sha1 AnotherKey\n", secret: true);
        pair.Start();
        foreach (var host in pair.Hosts)
            Until.True($"{host.Name} is active and has not heard its peer",
                () => host.ClStatus($"nodestatus {host.Name}") == "active" && host.ClStatus($"nodestatus {pair.Other(host).Name}") == "dead", 25, everyMs: 200);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void Recorded_heartbeats_do_not_keep_a_dead_node_alive(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { Media = Media.Bcast }).Settled();
        using var ear = pair.Network.Inside(Pair.Third, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
            socket.Bind(new IPEndPoint(IPAddress.Any, 694));
            return socket;
        });
        var recorded = new List<byte[]>();
        var buffer = new byte[65536];
        EndPoint from = new IPEndPoint(IPAddress.Any, 0);
        while (recorded.Count < 30)
        {
            var count = ear.ReceiveFrom(buffer, ref from);
            if (((IPEndPoint)from).Address.ToString() == "10.9.0.1") recorded.Add(buffer[..count]);
        }

        pair.Alpha.Crash();
        var target = new IPEndPoint(IPAddress.Parse("10.9.0.2"), 694);
        Until.True("beta takes over although alpha's old heartbeats are played to it", () =>
        {
            foreach (var datagram in recorded) ear.SendTo(datagram, target);
            return pair.Beta.Holds(PairPlan.WebAddress);
        }, 20);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void Noise_on_every_medium_changes_nothing(Pairing pairing)
    {
        var pair = Make(pairing).Settled();
        var before = Stopwatch.GetTimestamp();
        var random = new Random(7);
        using var mouth = pair.Network.Inside(Pair.Third, () => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        string[] beginnings = ["", "###\n", ">>>\n", "###\n11:(0)t=status,", ">>>\nt=status\nst=dead\nsrc=beta\n", "###\n99999999999:(0)t=", "###\n%%%\n"];
        for (var i = 0; i < 4000; i++)
        {
            var bytes = new byte[random.Next(1, 1400)];
            random.NextBytes(bytes);
            var beginning = System.Text.Encoding.ASCII.GetBytes(beginnings[i % beginnings.Length]);
            beginning.AsSpan(0, Math.Min(beginning.Length, bytes.Length)).CopyTo(bytes);
            mouth.SendTo(bytes, new IPEndPoint(IPAddress.Parse($"10.9.0.{1 + (i & 1)}"), 694));
            if (i % 20 == 0) pair.Serial.Inject(i / 20 % 2, bytes.AsSpan(0, Math.Min(bytes.Length, 200)));
            if (i % 100 == 0) Thread.Sleep(20);   // a rate, not a wait: 5,000 datagrams a second
        }
        pair.WaitSettled(pair.Alpha, pair.Beta, 10);
        pair.WaitActive();
        foreach (var host in pair.Hosts)
        {
            Assert.That(host.Addresses.History.Where(h => h.At > before), Is.Empty, $"{host.Name}: no address came or went");
            Assert.That(host.Log.Says("is dead"), Is.False);
            Assert.That(new FileInfo(Path.Combine(host.Logs, "ha-log")).Length, Is.LessThan(host.Implementation == Implementation.Ours ? 200_000 : 20_000_000), "bytes of log");
        }
    }
}
