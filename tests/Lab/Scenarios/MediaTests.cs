using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>Media and forms of messages that a usual pair does not have.</summary>
public sealed class MediaTests : LabTest
{
    private const string SixAddress = "fd09::9";

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void Ping_nodes_of_all_three_kinds_are_seen_lost_and_seen_again(Pairing pairing)
    {
        var pair = Make(pairing, new PairPlan { More = $"ping {Pair.ThirdAddress}\nping6 {SixAddress}\nping_group routers 10.9.0.77 {Pair.ThirdAddress}\n" });
        foreach (var (host, number) in new[] { (pair.Alpha.Name, 1), (pair.Beta.Name, 2), (Pair.Third, 9) })
        {
            if (number < 9) pair.Hosts[number - 1].Boot();
            var ns = pair.Network.NamespaceOf(host);
            Shell.Run($"ip netns exec {ns} sysctl -qw net.ipv6.conf.eth0.disable_ipv6=0 net.ipv6.conf.eth0.accept_dad=0 && ip -n {ns} addr add fd09::{number}/64 dev eth0 nodad");
        }
        pair.Settled();
        string[] nodes = [Pair.ThirdAddress, SixAddress, "routers"];
        foreach (var host in pair.Hosts)
            foreach (var node in nodes) Expect(host, node, "ping");

        pair.Network.LoseBoth("alpha", Pair.Third, 0, 1);
        foreach (var node in nodes) Expect(pair.Alpha, node, "dead");
        foreach (var node in nodes) Expect(pair.Beta, node, "ping");

        pair.Network.LoseBoth("alpha", Pair.Third, 0, 0);
        foreach (var node in nodes) Expect(pair.Alpha, node, "ping");
        pair.WaitSettled(pair.Alpha, pair.Beta);
        pair.AssertNeverTwice();
    }

    private static void Expect(Host host, string node, string status) =>
        Until.True($"{host.Name} calls {node} {status}", () => host.ClStatus($"nodestatus {node}") == status, 20, everyMs: 100, () => $"it says {host.ClStatus($"nodestatus {node}")}");

    [Test]
    public void A_long_message_arrives_compressed(
        [ValueSource(typeof(Pairing), nameof(Pairing.All))] Pairing pairing, [Values("bz2", "zlib")] string algorithm, [Values("alpha", "beta")] string from)
    {
        var pair = Make(pairing, new PairPlan { Media = Media.Ucast | Media.Bcast, More = $"compression {algorithm}\ncompression_threshold 1\ntraditional_compression on\n" });
        foreach (var host in pair.Hosts)
        {
            host.Boot();
            Directory.CreateDirectory(Path.Combine(host.Etc, "rc.d"));
            host.WriteScript("rc.d/labtest", "#!/bin/sh\nprintf '%s' \"$HA_b1$HA_b2$HA_b3$HA_b4$HA_b5$HA_b6\" | wc -c >/var/log/body.$HA_src\n");
        }
        pair.Settled();
        pair.WaitActive();
        var (sender, receiver) = from == "alpha" ? (pair.Alpha, pair.Beta) : (pair.Beta, pair.Alpha);
        var capture = Path.Combine(receiver.Logs, "capture");
        using var sniffer = Shell.Start($"ip netns exec {pair.Network.NamespaceOf(receiver.Name)} tcpdump -i eth1 -U -s 0 -w {capture} udp port 694 2>{capture}.err");
        Until.True("the wire is listened to", () => File.Exists(capture + ".err") && File.ReadAllText(capture + ".err").Contains("listening", StringComparison.Ordinal), 10);

        var message = Path.Combine(sender.Logs, "message");
        // 3.0.6 takes lines of about a thousand bytes from its FIFO.
        File.WriteAllText(message, $">>>\nt=labtest\n{string.Concat(Enumerable.Range(1, 6).Select(i => $"b{i}={new string('x', 500)}\n"))}<<<\n");
        Shell.Run(sender.Inside("sh -c 'cat /var/log/message >/var/lib/heartbeat/fifo'"));

        var body = Path.Combine(receiver.Logs, $"body.{sender.Name}");
        Until.True("the message arrives whole", () => File.Exists(body) && File.ReadAllText(body).Trim() == "3000", 10);
        Until.True("and was compressed", () => File.ReadAllText(capture, System.Text.Encoding.Latin1).Contains($"_compression_algorithm={algorithm}", StringComparison.Ordinal), 10);
        sniffer.Kill(entireProcessTree: true);
        pair.AssertNeverTwice();
    }
}
