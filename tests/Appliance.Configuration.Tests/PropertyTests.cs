using System.Collections.Immutable;
using System.Text;
using Appliance.Configuration;
using Appliance.Core.Resources;
using FsCheck;
using FsCheck.Fluent;

namespace Appliance.Configuration.Tests;

public class The_readers
{
    private static readonly string[] Pieces = ["node ", "alpha", "beta", "bcast eth0", "keepalive ", "deadtime ", "auth ", "1 ", "sha1 ", "crc", "\n", "\\\n", "#", "::", "10.0.0.1", "/24", ",", " ", "\t", "\r\n", "\0", "\f", "=", "uid=", "ms", "999999999999", "-", "apiauth x ", "stonith_host * ", "null ", "monitor ", "quorum ", "two_node=", "needs=", "tiebreaker=", "restarts=", "within=", "mcast eth0 ", "ping_group g ", "\u00e4"];

    /// <summary>Bytes that nobody would write, and words of the language in an order that nobody would.</summary>
    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public void Survive_any_bytes(byte[] noise, int[] words)
    {
        byte[] text = [.. Encoding.UTF8.GetBytes(string.Concat(words.Select(w => Pieces[(w & 0x7FFFFFFF) % Pieces.Length]))), .. noise];
        var files = new ConfigurationFiles(new("ha.cf", text), new("authkeys", text), new("haresources", text), new("nodeinfo", noise));
        var result = ConfigurationReader.Read(files, new FakeFacts());
        Assert.That(result.Configuration is null, Is.EqualTo(result.HasErrors));
        foreach (var d in result.Diagnostics) Assert.That((d.Line >= 0, d.Column >= 0, d.Message.Length > 0, d.Remedy.Length > 0), Is.EqualTo((true, true, true, true)), d.ToString());
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Get_back_the_groups_that_are_printed(int[] choices)
    {
        var random = new Choices(choices);
        var groups = Enumerable.Range(0, random.Next(5)).Select(i => new ResourceGroup(random.Of("alpha", "beta"),
            [.. Enumerable.Range(0, 1 + random.Next(4)).Select(j => ResourceWord.Parse(random.Of("httpd", "Delay", $"10.0.{i}.{j}/24", "IPaddr2", "Filesystem") + random.Of("", "::a", "::a::b:c", "::/dev/x::/y") + (j == 0 ? $"::{i}" : "")))], i + 1)).ToList();
        var read = Given.Haresources(string.Concat(groups.Select(g => g + "\n"))).Value!.Groups;
        Assert.That(read.Select(g => (g.ToString(), g.Line, string.Join(' ', g.Resources.Select(r => r.Script + "|" + string.Join('|', r.Arguments))))),
            Is.EqualTo(groups.Select(g => (g.ToString(), g.Line, string.Join(' ', g.Resources.Select(r => r.Script + "|" + string.Join('|', r.Arguments)))))));
    }

    /// <summary>Print, read, print: the same text; and the values that the daemon lives by are the same.</summary>
    [FsCheck.NUnit.Property(MaxTest = 500)]
    public void Get_back_the_ha_cf_that_is_printed(int[] choices)
    {
        var random = new Choices(choices);
        string[] lines =
        [
            "keepalive 200ms", "keepalive 1.5", "deadtime 10", "deadtime 7500ms", "warntime 4", "initdead 60", "deadping 9", "udpport 800", "auto_failback off", "auto_failback legacy", "nice_failback on", "baud 115200", "crm no", "hopfudge 4", "debug 2",
            "compression bz2", "compression_threshold 9", "traditional_compression on", "logfacility local3", "realtime off", "rtprio 7", "hbgenmethod time", "uuidfrom nodename", "env A=B", "memreserve 100", "max_rexmit_delay 9", "log_badpack no",
            "respawn root /bin/true a b", "failfast hacluster /bin/true", "apiauth x uid=root,hacluster gid=haclient", "apiauth ipfail gid=haclient", "stonith null /etc/ha.d/device", "cluster other", "watchdog /dev/null", "coredumps no", "monitor 5s restarts=3 within=2h timeout=1500ms", "quorum wait_for_all=no tiebreaker=lowest needs=ping,carrier",
            "serial /dev/ttyS0", "bcast lo", "ucast eth0 10.0.0.2", "udpport 900", "ucast eth0 10.0.0.3", "mcast eth0 225.0.0.1 694 1 0", "ucast6 eth0 fe80::1", "mcast6 eth0 ff12::1 694 1 0", "ping 10.0.0.9", "ping6 2001:db8::1", "ping_group g 10.0.0.7 10.0.0.8",
        ];
        var chosen = Given.Body + string.Concat(lines.Where(_ => random.Next(3) == 0).Select(l => l + "\n"));
        if (Given.HaCf(chosen).Value is not { } cf) return;       // two lines that exclude each other
        var printed = HaCfPrinter.Print(cf);
        var read = Given.HaCf(printed);
        Assert.That(read.Errors(), Is.Empty, printed);
        Assert.That(HaCfPrinter.Print(read.Value!), Is.EqualTo(printed));
        Assert.That(Essence(read.Value!), Is.EqualTo(Essence(cf)), printed);
    }

    private static string Essence(HaCf cf) => string.Join('\n', (object[])
    [
        cf.LocalNode, string.Join(' ', cf.Nodes), string.Join('\n', cf.Media.Select(m => Flat(m with { Line = 0 }))), cf.KeepAlive, cf.DeadTime, cf.WarnTime, cf.InitDead, cf.DeadPing, cf.HopFudge, cf.AutoFailback, cf.Compression ?? "none", cf.CompressionThresholdKib,
        cf.TraditionalCompression, cf.MaxRexmitDelay, cf.LogFacility ?? "none", cf.LogFile ?? "", cf.RealTime, cf.RealTimePriority, cf.MemoryReserveKib, cf.GenerationMethod, cf.UuidFrom, cf.Watchdog ?? "", cf.Quorum?.ToString() ?? "", cf.CoreDumps, cf.Crm, cf.Cluster, cf.LogBadPackets, cf.Debug,
        string.Join('\n', cf.Clients.Select(c => $"{c.User} {c.Command} {string.Join(' ', c.Arguments)} {c.FailFast}")), string.Join('\n', cf.ApiAuth.Select(a => $"{a.Client} {string.Join(',', a.Users)} {string.Join(',', a.Groups)}")),
        string.Join(' ', cf.ChildEnvironment), string.Join('\n', cf.Stonith.Select(s => s with { Line = 0 })),
    ]);

    private static string Flat(MediumSpec medium) => medium is MediumSpec.PingGroup g ? $"{g.Name} {string.Join(' ', g.Addresses)}" : medium.ToString();

    /// <summary>Decisions drawn from what FsCheck generates; when it runs out, 0.</summary>
    private sealed class Choices(int[] drawn)
    {
        private int _at;

        public int Next(int below) => _at < drawn.Length ? (drawn[_at++] & 0x7FFFFFFF) % below : (_at++ * 7919) % below;

        public T Of<T>(params ReadOnlySpan<T> all) => all[Next(all.Length)];
    }
}
