namespace Appliance.Configuration.Tests;

/// <summary>Configurations that are given to the real heartbeat 3.0.6 and to ours. Lines of ha.cf are added to a good file.</summary>
internal static class PeerCases
{
    public static IEnumerable<string> HaCfLines => Lines.Split('|');

    /// <summary>Where the verdicts differ on purpose, and why.</summary>
    public static readonly Dictionary<string, string> OursRefuses = new(StringComparer.Ordinal)
    {
        ["udpport 65536"] = "it wraps to port 0: the kernel chooses any port and no node hears another",
        ["udpport 131072"] = "as udpport 65536",
        ["stonith null /etc/ha.d/open-device"] = "whoever can read the file can reset the nodes",
    };

    public static readonly Dictionary<string, string> OursAccepts = new(StringComparer.Ordinal)
    {
        ["stonith_host alpha external/ipmi a"] = "which parameters a plug-in wants is known only to the plug-in, which we do not load to read a file",
        ["respawn hacluster /usr/lib/nowhere/ipfail"] = "its work is built in: the program may be gone after the switch",
        ["pacemaker on"] = BuiltInCrm,
        ["pacemaker respawn"] = BuiltInCrm,
        ["pacemaker manual"] = BuiltInCrm,
        ["crm yes"] = BuiltInCrm,
        ["crm minimal"] = BuiltInCrm,
    };

    private const string BuiltInCrm = "3.0.6 looks for Pacemaker 1's daemons, and the CRM is built in";

    private const string Lines =
        "keepalive|keepalive 0|keepalive abc|keepalive 3 sec|keepalive 3 5|keepalive -1|keepalive 1,2|keepalive 1s|keepalive 1.5|keepalive 1.5ms|keepalive 200ms|keepalive 200us|keepalive 200usec|"
        + "keepalive 2000usec|keepalive 200msec|keepalive 2m|keepalive 1h|keepalive 2sec|keepalive 0.4ms|keepalive 0.5ms|keepalive 500us|keepalive 900us|keepalive 1e1|keepalive 0x10|keepalive +2|"
        + "keepalive .5|keepalive .|keepalive 1.2.3|keepalive 5msfoo|keepalive 5ms ms|keepalive 5usx|keepalive 0.0005|keepalive 0.0004|keepalive 2 ,, 3|keepalive 1MS|keepalive 99999999999|KEEPALIVE 1|"
        + "deadtime|deadtime ,|deadtime 2|deadtime 2001ms|deadtime 0|deadtime x|deadtime -1|deadtime 5 10|warntime 0|warntime x|warntime -1|warntime 60|"
        + "initdead 5|initdead x|initdead 0|initdead -1|deadtime 4\ninitdead 6|deadtime 10\ninitdead 9|deadping 1|deadping x|deadping 0|keepalive 10\nwarntime 5|"
        + "hopfudge 256|hopfudge 255|hopfudge 0|hopfudge -1|hopfudge x|hopfudge 3x|udpport 0|udpport x|udpport 0x10|udpport 65536|udpport 131072|udpport 70000|udpport 53|udpport -1|udpport 694|udpport 694x|udpport 694,695|"
        + "baud 300|baud 9600|baud 9600x|baud +9600|baud x|baud 9600\nbaud 9600|baud 9600 9600|serial ttyS0|serial /dev/nosuch|serial /etc/passwd|serial /dev/null|serial /dev/null,/dev/zero|serial /dev/null /dev/null|serial|serial /dev/null\nbaud 9600|"
        + "bcast|bcast nosuch0|udp eth0|udp|bcast lo|bcast eth0|bcast eth0 eth0|bcast eth0p|bcast eth0\tlo|"
        + "ucast|ucast eth0|ucast eth0 10.99.0.2|ucast eth0,10.99.0.2|ucast eth0 no.such.host|ucast nosuch 10.0.0.1|ucast eth0 10.0.0.1 extra|ucast eth0 300.1.1.1|ucast eth0 10.1|ucast eth0 localhost|ucast\teth0\t10.0.0.1|"
        + "mcast|mcast eth0|mcast eth0 225.0.0.1|mcast eth0 225.0.0.1 694|mcast eth0 225.0.0.1 694 1|mcast eth0 225.0.0.1 694 1 0|mcast eth0 225.0.0.1 694 5 0|mcast eth0 225.0.0.1 694 0 0|mcast eth0 225.0.0.1 694 4 1|"
        + "mcast eth0 225.0.0.1 694 -1 0|mcast eth0 225.0.0.1 694 260 0|mcast eth0 225.0.0.1 694 1 2|mcast eth0 225.0.0.1 694 1 256|mcast eth0 10.0.0.1 694 1 0|mcast eth0 240.0.0.1 694 1 0|mcast eth0 224.0.0.1 694 1 0|mcast eth0 239.255.255.255 65536 1 0|"
        + "mcast eth0 225.0.0.1 0 1 0|mcast eth0 225.0.0.1 x 1 0|mcast eth0 225.0.0.1 70000 1 0|mcast eth0 225.0.0.1 694 x 0|mcast eth0 225.0.0.1 694 1 x|mcast eth0 225.0.0.1 694 1 0 extra|mcast eth0,225.0.0.1,694,1,0|mcast eth0 abc 694 1 0|mcast eth0 225.1 694 1 0|mcast lo 225.0.0.1 694 1 0|mcast eth0 localhost 694 1 0|"
        + "ucast6|ucast6 eth0|ucast6 eth0 fe80::1|ucast6 eth0 fe80::1%eth0|ucast6 eth0 fe80::1%eth0p|ucast6 eth0 2001:db8::1|ucast6 nosuch fe80::1|ucast6 eth0 10.0.0.1|ucast6 eth0 nohost|"
        + "mcast6|mcast6 eth0|mcast6 eth0 ff12::1:2:3:4|mcast6 eth0 ff12::1:2:3:4 694|mcast6 eth0 ff12::1:2:3:4 694 1|mcast6 eth0 ff12::1:2:3:4 694 1 0|mcast6 eth0 ff12::1:2:3:4 694 5 0|mcast6 eth0 ff12::1:2:3:4 694 1 2|mcast6 eth0 fe80::1 694 1 0|mcast6 nosuch ff12::1:2:3:4 694 1 0|"
        + "mcast6 eth0 ff12::1:2:3:4 x 1 0|mcast6 eth0 ff12::1:2:3:4 70000 1 0|mcast6 eth0 ff01::1:2 694 1 0|mcast6 eth0 ff02::1:2 694 1 0|mcast6 eth0 ff03::1:2 694 1 0|mcast6 eth0 ff04::1:2 694 1 0|mcast6 eth0 ff05::1:2 694 1 0|mcast6 eth0 ff08::1:2 694 1 0|mcast6 eth0 ff0a::1:2 694 1 0|mcast6 eth0 ff0e::1:2 694 1 0|mcast6 eth0 ff13::1:2 694 1 0|mcast6 eth0 ff15::1:2 694 1 0|mcast6 eth0 ff22::1:2 694 1 0|"
        + "ping|ping 10.0.0.1|ping nohost.x|ping localhost|ping 10.1|ping 10.0.0.1 10.0.0.1|ping6|ping6 ::1|ping6 2001:db8::1 ::1|ping6 10.0.0.1|ping6 nohost.x|ping6 localhost|ping6 fe80::1%eth0|"
        + "ping_group|ping_group g|ping_group g 10.0.0.1|ping_group g nohost.x|ping_group g 10.0.0.1 nohost.x|ping_group g,10.0.0.1|ping_group alpha 10.0.0.1|hbaping x y|tipc x|openais x|rds x|"
        + "auto_failback|auto_failback yes|auto_failback OFF|auto_failback 1|auto_failback Y|auto_failback TRUE|auto_failback onn|auto_failback legacy|auto_failback LEGACY|auto_failback maybe|auto_failback on off|nice_failback on|nice_failback off|nice_failback x|nice_failback|"
        + "stonith|stonith nosuch /x|stonith null|stonith null /nonexist|stonith null /etc/ha.d/device|stonith null /etc/ha.d/open-device|stonith_host|stonith_host alpha|stonith_host alpha null|stonith_host alpha null alpha beta|stonith_host * null alpha beta|stonith_host gamma nosuch a b|stonith_host alpha nosuch a b|stonith_host ALPHA nosuch a|stonith_host alpha external/ipmi a|stonith_host beta ipmilan a b|stonith_host alpha,null,beta|"
        + "watchdog|watchdog /dev/nosuch|watchdog relative|watchdog /dev/a /dev/b|watchdog /dev/a\nwatchdog /dev/b|"
        + "respawn|respawn root|respawn root /bin/true|respawn root /bin/true a b|respawn\troot\t/bin/true|respawn nobodyx /bin/true|respawn 0 /bin/true|respawn root true|respawn root /etc/passwd|respawn root /nonexist|respawn root /tmp|respawn root /bin/true,x|respawn hacluster /usr/lib/nowhere/ipfail|failfast root /bin/true|failfast nosuchu /bin/true|respawn root,/bin/true|"
        + "apiauth|apiauth x|apiauth x uid=root|apiauth x uid=root,hacluster gid=haclient|apiauth x uid=nosuchu|apiauth x gid=nosuchg|apiauth x uid=0|apiauth x uid=99999|apiauth x uid=1x|apiauth x uid=-1|apiauth x uid=,root|apiauth x foo=1|apiauth x uid=root\napiauth x uid=root|apiauth ipfail uid=root|apiauth ipfail uid=root\napiauth ipfail uid=root|apiauth ping gid=root|apiauth anon uid=root|apiauth x uid=root uid=root|apiauth x uid=|apiauth default uid=root|apiauth x uid=root extra|apiauth x gid=haclient uid=root|apiauth x,uid=root|apiauth x uid=root gid=nosuch|"
        + "msgfmt|msgfmt classic|msgfmt netstring|msgfmt NETSTRING|msgfmt foo|msgfmt classic netstring|compression|compression zlib|compression bz2|compression zlib\ncompression bz2|compression nosuch|compression_threshold 0|compression_threshold x|compression_threshold 5|compression_threshold 5x|compression_threshold -1|traditional_compression yes|traditional_compression no|traditional_compression x|"
        + "max_rexmit_delay 0|max_rexmit_delay x|max_rexmit_delay 100|max_rexmit_delay 100ms|max_rexmit_delay -5|logfile|logfile /tmp/none/x|logfile rel|logfile /dev/null extra|debugfile /dev/null|logfacility nosuch|logfacility local0|logfacility LOCAL0|logfacility none|logfacility NONE|logfacility 3|logfacility local0 none|use_logd yes|use_logd no|use_logd x|use_logd yes no|"
        + "conn_logd_time 0|conn_logd_time x|conn_logd_time 10|conn_logd_time 10ms|conn_logd_time 2m|conn_logd_time -1|syslogmsgfmt no|syslogmsgfmt x|log_badpack no|log_badpack x|debug 0|debug 255|debug 256|debug -1|debug x|realtime off|realtime x|realtime 2|realtime tRuE|"
        + "rtprio|rtprio 0|rtprio 1|rtprio 99|rtprio 100|rtprio x|rtprio 5x|rtprio -1|memreserve 0|memreserve -1|memreserve x|memreserve 100|memreserve 5x|hbgenmethod file|hbgenmethod time|hbgenmethod foo|hbgenmethod FILE|uuidfrom file|uuidfrom nodename|uuidfrom foo|uuidfrom FILE|autojoin none|autojoin any|autojoin other|autojoin x|"
        + "pacemaker|pacemaker off|pacemaker false|pacemaker no|pacemaker x|pacemaker on|pacemaker respawn|pacemaker manual|crm|crm no|crm off|crm yes|crm minimal|crm no\npacemaker no|cluster foo|cluster|cluster a,b|coredumps no|coredumps x|coreroot|coreroot /nonexist|coreroot /tmp|coreroot rel|use_apphbd no|use_apphbd yes|use_apphbd x|quorum_server x|"
        + "env|env A=B|env A|env A=|env =B|env A=B=C|env A=B C=D|normalpoll x|crm_daemon_dir|crm_daemon_dir /x|crmd_spawns_pengine yes|crmd_spawns_pengine x|record_config_changes on|record_config_changes x|record_pengine_inputs x|record_pengine_inputs off|enable_config_writes x|enable_config_writes off|cluster_layer heartbeat|"
        + "node|node alpha|node ALPHA|node a_b|node -x|node gamma,delta|node \"x y\"|\tkeepalive\t2|keepalive 2 # comment|keepalive 2#comment|# only|   |,keepalive 2|keepalive,2|keepalive=2|keepalive 2 \\|keepalive\r|keepalive 2\r|keepalive 2\f|\fkeepalive 2|keepalive 2\v|keepalive 2;|nosuch|nosuch 1|site foo|adminport 3|opt x|nodeinfo x|\uFEFFnode x";

    /// <summary>Whole ha.cf files.</summary>
    public static readonly string[] HaCfFiles =
    [
        "", "garbage", Given.Base + "bcast eth0\n", Given.Base + "node alpha beta\n", Given.Base + "bcast eth0\nnode beta gamma\n", Given.Base + "bcast eth0\nnode Alpha\n", Given.Base + "bcast eth0\nnode alpha\n",
        Given.Base + "bcast eth0\nnode alpha " + string.Join(' ', Enumerable.Range(0, 99).Select(i => "n" + i)) + "\n", Given.Base + "bcast eth0\nnode alpha " + string.Join(' ', Enumerable.Range(0, 100).Select(i => "n" + i)) + "\n",
        Given.Base + "bcast eth0\nnode alpha " + new string('x', 100) + "\n",
        Given.Base + "node alpha beta\nbcast eth0\n" + string.Concat(Enumerable.Range(1, 63).Select(i => $"ping 10.0.0.{i}\n")), Given.Base + "node alpha beta\nbcast eth0\n" + string.Concat(Enumerable.Range(1, 64).Select(i => $"ping 10.0.0.{i}\n")),
        Given.Base + "node alpha beta\nping 10.0.0.1\n", "bcast eth0\nnode alpha beta\nauto_failback on\n", "use_logd no\nbcast eth0\nnode alpha beta\nauto_failback on\n", "logfacility local0\nbcast eth0\nnode alpha beta\n",
        Given.Base + "node alpha beta\nudpport 800\nbcast eth0\nudpport 900\n", Given.Body + "#" + new string('x', 5200) + "\n", Given.Body + "#" + new string('x', 5117) + "\n", Given.Body + "#" + new string('x', 5118) + "\n", Given.Body + "keepalive 2\0 foo\n",
        Given.Base + "bcast eth0\nping 10.0.0.1\nnode alpha 10.0.0.1\n", "\uFEFF" + Given.Body,
    ];

    public static readonly string[] AuthKeys =
    [
        "", "auth 1\n", "1 sha1 k\nauth 1\n", "auth 1\n1 crc\n", "auth 1\n1 crc k\n", "auth 1\n1 md5\n", "auth 1\n1 md5 k\n", "auth 1\n1 sha1\n", "auth 1\n1 foo k\n", "auth 16\n16 sha1 k\n", "auth 15\n15 sha1 k\n", "auth 0\n0 sha1 k\n", "auth 1\n20 sha1 k\n", "auth x\n", "abc\n",
        "auth 1\nfoo\n", "auth 1\n1 sha1 a\n1 sha1 b\n", "auth 1\n1 sha1 a\nauth 2\n2 sha1 b\n", "auth 1\n1 sha1 a\nauth 2\n", "auth 2\n1 sha1 a\n", "auth 1 2\n1 sha1 k\n", "auth 1\n1 sha1 k # c\n", "auth 1\n 1 sha1 k\n", " auth 1\n1 sha1 k\n", "auth 1\n1 sha1 k\n # x\n", "auth 1\n\t\n1\tsha1\tk\n",
        "auth 1\n-1 sha1 k\n", "auth -1\n-1 sha1 k\n", "auth 1\n1 SHA1 k\n", "auth 1\n1x sha1 k\n", "auth1\n1 sha1 k\n", "auth 1x\n1 sha1 k\n", "author 1\n1 sha1 k\n", "auth 1\n1\n", "auth 1\n01 sha1 k\n", "auth 1\n1 sha1 k\n2 md5 j\n3 crc\n", "auth 1\r\n1 sha1 k\r\n", "auth 1\n1 sha1 k\n1 # sha1 k\n",
        "auth\n1 sha1 k\n", "auth 1\n1 sha1 " + new string('k', 300) + "\n", "auth 1\n1 sha1 " + new string('k', 5200) + "\n", "1 sha1 k\n", "auth 1\n1 crc # x\n", "auth 1\n1,sha1,k\n", "auth 1\n1 sha1 k\n2 crc\n2 sha1 z\n", "auth 1\n1 ../sha1 k\n", "auth 1\n1 sha1 \"a b\"\n", "auth  1\n1  sha1  k\n", "auth 1\n1 sha1 k\n\n;c\n", "auth +1\n+1 sha1 k\n",
        "auth 1\n1 sha1 k\nauth 1\n", "auth 1\n1 sha1 k\nauth x\n",
    ];

    public static readonly string[] Haresources =
    [
        "", "\n", "# c\n", "alpha\n", "alpha 10.0.0.1\n", "ALPHA 10.0.0.1\n", "gamma 10.0.0.1\n", "alpha 10.0.0.1 \\\n  x\n", "alpha 10.0.0.1 \\\ngamma x\n", "  alpha 10.0.0.1\n", "\talpha\t10.0.0.1\n", "alpha 10.0.0.1 # c\n", "alpha # 10.0.0.1\n", "alpha 10.0.0.1 # c \\\n gamma\n", "alpha 10.0.0.1\nalpha 10.0.0.1\n",
        "alpha x\\", "alpha x\\\n", "alpha 10.0.0.1\r\n", "#c \\\ngamma x\n", "alpha x\\ \ngamma y\n", "\\\nalpha x\n", "alpha x\n  \\\n gamma\n", "alpha,x\n", "al#pha x\n", "alpha x \\\n\ngamma y\n", "alpha x \\\n# c\n y\n", "alpha x\\\n\\\ngamma\n", "beta x\nalpha y\n", "alpha\fx\n", "\falpha x\n", "\valpha x\n",
    ];
}
