using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Configuration.Tests;

/// <summary>The rows of the configuration reference, section 2, in the words that operators search their logs for.</summary>
public class A_directive_of_ha_cf
{
    [TestCase("keepalive 0", "keepalive [0] is not a time above zero")]
    [TestCase("keepalive 3 sec", "keepalive [sec] is not a time above zero")]
    [TestCase("deadtime -1", "deadtime [-1] is not a time")]
    [TestCase("deadtime 2", "Dead time [2000] is too small compared to keeplive [1000]")]
    [TestCase("warntime 0", "Warn time [0] is invalid.")]
    [TestCase("deadtime 10\ninitdead 5", "Initial dead time [5000] is smaller than deadtime [10000]")]
    [TestCase("deadping 1", "Ping dead time [1000] is too small compared to keeplive [1000]")]
    [TestCase("hopfudge 256", "hopfudge [256] is out of range")]
    [TestCase("udpport 0", "heartbeat: invalid port [0] specified.")]
    [TestCase("udpport x", "heartbeat: invalid port [x] specified.")]
    [TestCase("baud 300", "heartbeat: invalid baudrate [300] specified.")]
    [TestCase("baud 9600\nbaud 9600", "heartbeat: Baudrate multiply specified.")]
    [TestCase("serial ttyS0", "Illegal serial [serial ring] in config file [ttyS0]: Serial port not full pathname [ttyS0] in config file")]
    [TestCase("serial /dev/none", "Illegal serial [serial ring] in config file [/dev/none]: Nonexistent serial port [/dev/none] in config file")]
    [TestCase("serial /etc/passwd", "Illegal serial [serial ring] in config file [/etc/passwd]: Serial port [/etc/passwd] not a char device in config file")]
    [TestCase("bcast nosuch0", "Illegal bcast [UDP/IP broadcast] in config file [nosuch0]: IP interface [nosuch0] does not exist: Get broadcast for interface nosuch0 failed: No such device")]
    [TestCase("ucast eth0", "ucast: [eth0] missing target IP address/hostname")]
    [TestCase("ucast eth0 no.such", "ucast: cannot resolve hostname [no.such]")]
    [TestCase("mcast eth0 225.0.0.1", "mcast [eth0] missing port")]
    [TestCase("mcast eth0 10.0.0.1 694 1 0", "mcast [eth0] bad addr [10.0.0.1]")]
    [TestCase("mcast eth0 225.0.0.1 694 5 0", " mcast [eth0] bad ttl [5]")]
    [TestCase("mcast eth0 225.0.0.1 694 1 2", " mcast [eth0] bad loop [2]")]
    [TestCase("mcast nosuch 225.0.0.1 694 1 0", "mcast device [nosuch] is invalid or not set up properly")]
    [TestCase("mcast6 eth0 fe80::1 694 1 0", "mcast6 [eth0] bad addr [fe80::1]")]
    [TestCase("ucast6 eth0 10.0.0.1", "ucast6 [eth0] bad addr [10.0.0.1]")]
    [TestCase("ping no.such", "Illegal ping [ping membership] in config file [no.such]: unknown host: no.such")]
    [TestCase("ping6 10.0.0.1", "Illegal ping6 [ping6 membership] in config file [10.0.0.1]")]
    [TestCase("ping_group g", "ping_group [g] has no host")]
    [TestCase("auto_failback maybe", "auto_failback [maybe] is not known")]
    [TestCase("stonith", "No Stonith type given")]
    [TestCase("stonith nosuch /x", "Invalid Stonith type [nosuch]")]
    [TestCase("stonith null /x", "Invalid Stonith config file [/x]")]
    [TestCase("stonith_host", "No Stonith hostname argument given")]
    [TestCase("stonith_host alpha", "No Stonith type given")]
    [TestCase("watchdog /dev/a\nwatchdog /dev/b", "heartbeat: Watchdog device multiply specified.")]
    [TestCase("respawn nobody /bin/true", "Invalid uid [nobody] specified for client child")]
    [TestCase("respawn root true", "Client child command [true] is not full pathname")]
    [TestCase("failfast root /etc/passwd", "Client child command [/etc/passwd] is not executable")]
    [TestCase("apiauth x", "Invalid apiauth directive [x]")]
    [TestCase("apiauth x uid=nosuch", "Invalid apiauth directive [x uid=nosuch]: Invalid user id name [nosuch]: Bad uid list [nosuch]")]
    [TestCase("apiauth x gid=nosuch", "Invalid apiauth directive [x gid=nosuch]: Invalid group name [nosuch]: Bad gid list [nosuch]")]
    [TestCase("apiauth x uid=root\napiauth x uid=root", "Invalid apiauth directive [x uid=root]: Duplicate apiauth directive for API client x: [x uid=root]")]
    [TestCase("msgfmt NETSTRING", "msgfmt [NETSTRING] is not known")]
    [TestCase("compression nosuch", "Compression module(nosuch) not found")]
    [TestCase("compression_threshold 0", "set_compression_threshold: compress_threshhold(0) invalid")]
    [TestCase("traditional_compression x", "set_traditional_compression:Invalid directive value x")]
    [TestCase("max_rexmit_delay 0", "Invalid max_rexmit_delay time(0)")]
    [TestCase("logfacility LOCAL0", "Log facility(LOCAL0) not valid")]
    [TestCase("conn_logd_time 0", "conn_logd_time [0] is not a time above zero")]
    [TestCase("debug 256", "debug [256] is out of range")]
    [TestCase("realtime perhaps", "realtime [perhaps] is neither true nor false")]
    [TestCase("rtprio 500", "Illegal realtime priority [500]")]
    [TestCase("memreserve 0", "memreserve [0] is not a size")]
    [TestCase("hbgenmethod foo", "Illegal hb generation method [foo]")]
    [TestCase("uuidfrom foo", "Invalid uuidfrom directive [foo]")]
    [TestCase("autojoin any", "R1 style resource management conflicts with  autojoin set")]
    [TestCase("autojoin x", "Invalid autojoin directive [x]")]
    [TestCase("crm no\npacemaker no", "pacemaker/crm directive used multiple times!")]
    [TestCase("env =B", "set_env: invalid nvpair(=B)")]
    [TestCase("coreroot here", "Invalid core directory [here]: Invalid argument")]
    [TestCase("record_config_changes x", "ha_config_check_boolean:Invalid directive value x")]
    [TestCase("KEEPALIVE 1", "Illegal directive [KEEPALIVE] in /etc/ha.d//ha.cf")]
    [TestCase("foo", "Illegal directive [foo] in /etc/ha.d//ha.cf")]
    public void Is_refused_in_these_words(string lines, string message) => Assert.That(Given.With(lines).Errors(), Is.EqualTo(new[] { message }));

    [TestCase("crm yes", true)]
    [TestCase("crm 1", true)]
    [TestCase("pacemaker respawn", true)]
    [TestCase("crm no", false)]
    [TestCase("", false)]
    public void The_engine_is_chosen_by_crm(string line, bool crm) => Assert.That(Given.With(line).Value!.Crm, Is.EqualTo(crm));

    [TestCase("keepalive 5msfoo", "keepalive [5msfoo] is read as 5ms")]
    [TestCase("keepalive 1 2", "keepalive takes one value: the last one, [2], counts")]
    [TestCase("keepalive", "keepalive has no value: the line means nothing")]
    [TestCase("deadtime 4\ninitdead 6", "Initial dead time [6000 ms] may be too small!")]
    [TestCase("warntime 60", "warntime [60000 ms] is not below deadtime [30000 ms]: no late heartbeat is ever reported")]
    [TestCase("udpport 53", "heartbeat: udp port 53 reserved for service \"domain\".", "heartbeat: udpport setting must precede media statements")]
    [TestCase("serial /dev/ttyS0\nbaud 9600", "heartbeat: baudrate setting must precede media statements")]
    [TestCase("udp lo", "directive 'udp' replaced by 'bcast'")]
    [TestCase("bcast down0", "interface [down0] is down")]
    [TestCase("bcast eth0", "this bcast medium is already there")]
    [TestCase("mcast eth0 225.0.0.1 694 260 0", "ttl [260] is taken as 4")]
    [TestCase("mcast eth0 225.0.0.1 70000 1 0", "port [70000] is taken as 4464")]
    [TestCase("ping_group g no.such 10.0.0.1", "unknown host: no.such: the group goes without it")]
    [TestCase("ping 10.0.0.1\nnode 10.0.0.1", "[10.0.0.1] is a node and a ping node")]
    [TestCase("node Beta", "node name [Beta] is taken as [beta]", "node [beta] is named twice")]
    [TestCase("node beta", "node [beta] is named twice")]
    [TestCase("msgfmt netstring", "msgfmt does not change what UDP media carry")]
    [TestCase("watchdog /dev/watchdog", "Cannot open watchdog device [/dev/watchdog]: it does not exist now")]
    [TestCase("nice_failback on", "nice_failback flag is obsolete.. Use auto_failback {on, off, legacy} instead. 'nice_failback on' has been changed to 'auto_failback off'")]
    [TestCase("auto_failback legacy", "Deprecated 'legacy' auto_failback option selected.")]
    [TestCase("compression zlib\ntraditional_compression on", "Traditional compression selected. Realtime behavior will likely be impacted(!)")]
    [TestCase("use_logd on", "logd is enabled but logfile/debugfile is still configured in ha.cf")]
    [TestCase("keepalive 2\0 more", "a NUL byte: the rest of the line is not read")]
    public void Is_warned_of_in_these_words(string lines, params string[] messages)
    {
        var read = Given.With(lines);
        Assert.That(read.Errors(), Is.Empty);
        Assert.That(read.Warnings(), Is.EquivalentTo(messages));
    }

    [TestCase("keepalvie 1", "did you mean keepalive?")]
    [TestCase("dead_time 1", "did you mean deadtime?")]
    [TestCase("KEEPALIVE 1", "directives are written in lower case: keepalive")]
    [TestCase("keepalive=2", "a blank must follow the directive keepalive")]
    [TestCase("xyzzy 1", "see ha.cf(5) for the directives")]
    [TestCase("hbaping x", "pinging Fibre Channel devices is not available, nor is it in heartbeat 3.0.6 as packaged; use ping")]
    [TestCase("tipc x", "the medium TIPC is not available, nor is it in heartbeat 3.0.6 as packaged; use ucast, mcast or bcast")]
    public void That_is_unknown_comes_with_the_nearest_known_one(string line, string remedy) =>
        Assert.That(Given.With(line).Diagnostics.Single(d => d.Severity == Severity.Error).Remedy, Is.EqualTo(remedy));

    [Test]
    public void Is_reported_with_its_file_line_and_column()
    {
        var read = Given.HaCf(Given.Body + "\n  keepalive  0\n\tfoo 1\n");
        Assert.That(read.Diagnostics.Select(d => $"{d.File}:{d.Line}:{d.Column}"), Is.EqualTo(new[] { "/etc/ha.d/ha.cf:7:14", "/etc/ha.d/ha.cf:8:2" }));
    }

    [Test]
    public void Does_not_hide_the_problems_of_others() =>
        Assert.That(Given.HaCf("foo\nbar\nkeepalive x\n").Errors(), Is.SupersetOf(new[]
        {
            "Illegal directive [foo] in /etc/ha.d//ha.cf", "Illegal directive [bar] in /etc/ha.d//ha.cf", "keepalive [x] is not a time above zero", "no nodes defined", "No heartbeat media defined",
        }));

    [TestCase("bcast eth0\nnode beta gamma\n", null, "Current node [alpha] not in configuration!")]
    [TestCase("bcast eth0\n", null, "no nodes defined")]
    [TestCase("node alpha\n", null, "No heartbeat media defined")]
    [TestCase("bcast eth0\nnode alpha beta\n", "beta gamma\n", "Current node [beta gamma] not in configuration!")]
    public void Must_not_be_missing(string lines, string? nodeInfo, string message) => Assert.That(Given.HaCf(Given.Base + lines, nodeInfo: nodeInfo).Errors(), Is.EqualTo(new[] { message }));

    [Test]
    public void Cannot_be_read_from_a_file_that_is_not_there() =>
        Assert.That(ConfigurationReader.ReadHaCf(new("/etc/ha.d/ha.cf", null), null, new FakeFacts()).Errors(), Is.EqualTo(new[] { "Cannot open config file [/etc/ha.d//ha.cf]" }));
}

public class The_configuration_that_is_read
{
    [Test]
    public void Has_the_defaults_of_3_0_6()
    {
        var cf = Given.With("").Value!;
        Assert.Multiple(() =>
        {
            Assert.That(cf.Nodes, Is.EqualTo(new[] { "alpha", "beta" }));
            Assert.That((cf.KeepAlive, cf.DeadTime, cf.WarnTime, cf.InitDead, cf.DeadPing), Is.EqualTo((Seconds(1), Seconds(30), Seconds(15), Seconds(30), Seconds(30))));
            Assert.That((cf.HopFudge, cf.MaxRexmitDelay.TotalMilliseconds, cf.MemoryReserveKib, cf.RealTime, cf.RealTimePriority), Is.EqualTo((1, 250.0, 6500, true, 0)));
            Assert.That((cf.Compression, cf.CompressionThresholdKib, cf.LogFacility, cf.LogFile, cf.UseLogd), Is.EqualTo(((string?)null, 2, (string?)null, "/dev/null", false)));
            Assert.That(cf.Media, Is.EqualTo(new[] { new MediumSpec.Bcast("eth0", 694, 4) }));
            Assert.That(cf.ApiAuth.Select(a => a.Client), Is.EqualTo(new[] { "ipfail", "ccm", "ping", "lha-snmpagent", "anon" }));
        });
    }

    [TestCase("deadtime 3", 12_000)]
    [TestCase("deadtime 5999ms", 12_000)]
    [TestCase("deadtime 6", 12_000)]
    [TestCase("deadtime 8", 16_000)]
    [TestCase("deadtime 10", 20_000)]
    [TestCase("deadtime 10001ms", 10_001)]
    public void Takes_initdead_from_deadtime(string line, int milliseconds) => Assert.That(Given.With(line).Value!.InitDead.TotalMilliseconds, Is.EqualTo(milliseconds));

    [TestCase("1.5", 1500)]
    [TestCase("200ms", 200)]
    [TestCase("1MS", 1)]
    [TestCase("900us", 1)]
    [TestCase("2000usec", 2)]
    [TestCase("1.0005", 1001)]
    public void Rounds_times_to_milliseconds(string text, int milliseconds) => Assert.That(Given.With("keepalive " + text).Value!.KeepAlive.TotalMilliseconds, Is.EqualTo(milliseconds));

    [Test]
    public void Gives_each_kind_of_medium_the_port_that_held_when_the_first_of_its_kind_was_read()
    {
        var media = Given.HaCf(Given.Base + "node alpha\nudpport 800\nbcast eth0\nudpport 900\nbcast lo\nucast eth0 10.0.0.1\n").Value!.Media;
        Assert.That(media, Is.EqualTo(new MediumSpec[] { new MediumSpec.Bcast("eth0", 800, 6), new MediumSpec.Bcast("lo", 800, 8), new MediumSpec.Ucast("eth0", "10.0.0.1", 900, 9) }));
    }

    [Test]
    public void Takes_words_between_commas_and_blanks_as_values() => Assert.That(Given.With("bcast lo, down0\nnode c,d").Value!.Media.Select(m => m.Link), Is.EqualTo(new[] { "eth0", "lo", "down0" }));

    [TestCase("auto_failback on", AutoFailback.On)]
    [TestCase("auto_failback No", AutoFailback.Off)]
    [TestCase("auto_failback LEGACY", AutoFailback.Legacy)]
    [TestCase("nice_failback off", AutoFailback.Off)]
    [TestCase("auto_failback legacy\nnice_failback on", AutoFailback.Legacy)]
    public void Knows_when_resources_go_home(string lines, AutoFailback expected) => Assert.That(Given.With(lines).Value!.AutoFailback, Is.EqualTo(expected));

    [Test]
    public void Keeps_parameters_as_written_and_defaults_as_heartbeat_prints_them()
    {
        var parameters = Given.With("deadtime 3\nkeepalive 200ms").Value!.Parameters;
        Assert.That(new[] { "deadtime", "keepalive", "initdead", "warntime", "udpport", "debug", "compression" }.Select(p => parameters[p]), Is.EqualTo(new[] { "3", "200ms", "12000ms", "1500ms", "694", "0", "zlib" }));
    }

    [Test]
    public void Names_this_node_as_nodeinfo_says() => Assert.That(Given.HaCf(Given.Body, nodeInfo: "BETA\n").Value!.LocalNode, Is.EqualTo("beta"));

    [Test]
    public void Takes_ipfail_as_built_in() => Assert.That(Given.With("respawn hacluster /usr/lib/heartbeat/ipfail").Value!.Clients.Single().Command, Is.EqualTo("/usr/lib/heartbeat/ipfail"));

    private static TimeSpan Seconds(int seconds) => TimeSpan.FromSeconds(seconds);
}
