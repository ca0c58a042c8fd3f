using System.Diagnostics;
using System.Text;
using Appliance.Configuration;

namespace Appliance.Configuration.Tests;

/// <summary>Every configuration of <see cref="PeerCases"/> is given to the real heartbeat 3.0.6, in namespaces of its own, and to ours: accepted by both, or refused by both.</summary>
[Category("peer")]
public sealed class Against_the_real_heartbeat
{
    private const string Peer = "/usr/libexec/heartbeat/heartbeat";

    // Validates a directory's files ("heartbeat -r" without a daemon does only that), or starts the daemon where haresources matters, and notes the exit status.
    private const string Script = """
        set -u
        work=$1; cd "$work"
        hostname alpha
        mount --make-rprivate /
        cp -a /var/lib/heartbeat "$work/lib" && mount --bind "$work/lib" /var/lib/heartbeat
        mount -t tmpfs none /run && mkdir -p /run/heartbeat
        mount -t tmpfs none /var/log
        ip link set lo up
        ip link add eth0 type veth peer name eth0p && ip link set eth0p up && ip addr add 10.99.0.1/24 brd + dev eth0 && ip link set eth0 up || exit 9
        for d in "$work"/case-*; do
          mount --bind "$d" /etc/ha.d || exit 9
          option=$(cat "$d/.option")
          timeout 30 /usr/libexec/heartbeat/heartbeat $option >"$d/.output" 2>&1 </dev/null
          echo $? >"$d/.exit"
          if [ -z "$option" ]; then
            for p in $(pgrep -x heartbeat); do kill -9 "$p" 2>/dev/null; done
            rm -f /run/heartbeat.pid
          fi
          umount /etc/ha.d || exit 9
        done
        """;

    private static readonly Dictionary<(string Kind, string Text), (int Exit, string Output)> Answers = [];
    private static string? s_missing;

    [OneTimeSetUp]
    public static void AskThePeer()
    {
        s_missing = !File.Exists(Peer) ? "the package heartbeat is not installed" : System.Environment.UserName != "root" ? "namespaces need root" : null;
        if (s_missing is not null) return;
        var work = Directory.CreateTempSubdirectory("appliance-peer-").FullName;
        try
        {
            var asked = new List<((string, string) Key, string Directory)>();
            foreach (var (kind, text) in Cases())
            {
                var directory = Path.Combine(work, $"case-{asked.Count:0000}");
                Write(directory, kind, text);
                asked.Add(((kind, text), directory));
            }
            Run(work);
            foreach (var (key, directory) in asked)
                Answers[key] = (int.Parse(File.ReadAllText(directory + "/.exit").Trim(), null), File.ReadAllText(directory + "/.output", Encoding.Latin1));
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static IEnumerable<(string Kind, string Text)> Cases() =>
    [
        .. PeerCases.HaCfLines.Select(t => ("line", t)), .. PeerCases.HaCfFiles.Select(t => ("ha.cf", t)), .. PeerCases.AuthKeys.Select(t => ("authkeys", t)), .. PeerCases.Haresources.Select(t => ("haresources", t)),
        .. new[] { "600", "400", "200", "640", "604", "620", "700", "601", "000" }.Select(t => ("mode", t)), .. new[] { "beta\n", "gamma\n", "", "beta gamma\n", " beta\n", "# c\nbeta\n", "BETA\n" }.Select(t => ("nodeinfo", t)),
    ];

    public static IEnumerable<TestCaseData> Rows() => Cases().Select((c, i) => new TestCaseData(c.Kind, c.Text).SetArgDisplayNames(
        $"{i:000} {c.Kind}: " + (c.Text.Length > 60 ? c.Text[..25] + "~" + c.Text[^25..] : c.Text).Replace("\n", "\\n", StringComparison.Ordinal).Replace("\r", "\\r", StringComparison.Ordinal)
            .Replace("\0", "\\0", StringComparison.Ordinal).Replace("\f", "\\f", StringComparison.Ordinal).Replace("\v", "\\v", StringComparison.Ordinal)));

    [TestCaseSource(nameof(Rows))]
    public void A_configuration_has_the_same_verdict(string kind, string text)
    {
        if (s_missing is not null)
        {
            if (System.Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail("cannot run: " + s_missing);
            Assert.Ignore(s_missing);
        }
        var ours = Ours(kind, text);
        var (exit, output) = Answers[(kind, text)];
        var expected = PeerCases.OursRefuses.ContainsKey(text) ? (true, false) : PeerCases.OursAccepts.ContainsKey(text) ? (false, true) : (exit == 0, exit == 0);
        Assert.That((exit == 0, ours.Configuration is not null), Is.EqualTo(expected),
            $"3.0.6: exit {exit}\n{output}\nours:\n{string.Join('\n', ours.Diagnostics)}");
    }

    private static ConfigurationResult Ours(string kind, string text)
    {
        var mode = kind == "mode" ? Convert.ToInt32(text, 8) : 0x180;
        return ConfigurationReader.Read(new(
            SourceFile.Of(Given.Dir + "ha.cf", kind == "line" ? Given.Body + text + "\n" : kind == "ha.cf" ? text : Given.Body),
            SourceFile.Of(Given.Dir + "authkeys", kind == "authkeys" ? text : Given.Keys, mode),
            SourceFile.Of(Given.Dir + "haresources", kind == "haresources" ? text : Given.Groups),
            kind == "nodeinfo" ? SourceFile.Of(Given.Dir + "nodeinfo", text) : null), new FakeFacts());
    }

    private static void Write(string directory, string kind, string text)
    {
        Directory.CreateDirectory(directory);
        foreach (var name in new[] { "rc.d", "resource.d" }) Directory.CreateDirectory(Path.Combine(directory, name));
        Put("harc", "#!/bin/sh\nexit 0\n", "755");
        Put("device", "alpha beta\n", "600");
        Put("open-device", "alpha beta\n", "644");
        Put("ha.cf", kind == "line" ? Given.Body + text + "\n" : kind == "ha.cf" ? text : Given.Body, "600");
        Put("authkeys", kind == "authkeys" ? text : Given.Keys, kind == "mode" ? text : "600");
        Put("haresources", kind == "haresources" ? text : Given.Groups, "644");
        if (kind == "nodeinfo") Put("nodeinfo", text, "644");
        Put(".option", kind == "haresources" ? "" : "-r", "644");

        void Put(string name, string content, string mode)
        {
            var path = Path.Combine(directory, name);
            File.WriteAllText(path, content);
            File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
        }
    }

    private static void Run(string work)
    {
        File.WriteAllText(work + "/script", Script);
        var start = new ProcessStartInfo("unshare", ["-m", "-n", "-u", "-p", "-i", "--fork", "--kill-child", "--mount-proc", "bash", work + "/script", work]) { RedirectStandardError = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, output.Result + errors);
    }
}
