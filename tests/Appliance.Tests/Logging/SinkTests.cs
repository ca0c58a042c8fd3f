using System.Net.Sockets;
using System.Text;
using Appliance.Core.Diagnostics;
using Serilog.Events;

namespace Appliance.Logging.Tests;

public class A_log_file
{
    private string _directory = null!;
    private TimeSpan _now;
    private static readonly HeartbeatFormat Format = new("alpha", true);

    [SetUp]
    public void Make() => _directory = Directory.CreateTempSubdirectory("log").FullName;

    [TearDown]
    public void Remove() => Directory.Delete(_directory, true);

    private FileSink Sink(string name, bool withDebug = false) => new(Path.Combine(_directory, name), Format, withDebug, () => _now);

    private static LogEvent Event(string text, LogPriority priority = LogPriority.Info) => new LogLine(DateTimeOffset.UnixEpoch, priority, "heartbeat", 1, null, text).ToEvent();

    private static void Burst(FileSink sink, params string[] texts)
    {
        foreach (var text in texts) sink.Emit(Event(text));
        sink.BurstEnded();
    }

    private string[] Lines(string name) => File.ReadAllLines(Path.Combine(_directory, name));

    [Test]
    public void Holds_all_but_debug_and_the_debug_file_everything()
    {
        using var log = Sink("log");
        using var debug = Sink("debug", true);
        foreach (var sink in new[] { log, debug })
        {
            sink.Emit(Event("one"));
            sink.Emit(Event("two", LogPriority.Debug));
            sink.BurstEnded();
        }
        Assert.That(Lines("log"), Has.Length.EqualTo(1));
        Assert.That(Lines("debug"), Has.Length.EqualTo(2));
    }

    [Test]
    public void Is_made_anew_after_logrotate_moved_it_without_a_signal()
    {
        using var sink = Sink("log");
        Burst(sink, "before");
        File.Move(Path.Combine(_directory, "log"), Path.Combine(_directory, "log.1"));
        _now += TimeSpan.FromSeconds(1);
        Burst(sink, "after");
        Assert.That(Lines("log.1").Single(), Does.EndWith("before"));
        Assert.That(Lines("log").Single(), Does.EndWith("after"));
    }

    [Test]
    public void Is_appended_to_beside_another_writer()
    {
        using var sink = Sink("log");
        Burst(sink, "ours");
        File.AppendAllText(Path.Combine(_directory, "log"), "a script's\n");
        Burst(sink, "ours again");
        Assert.That(Lines("log"), Has.Length.EqualTo(3));
        Assert.That(Lines("log")[1], Is.EqualTo("a script's"));
    }

    [Test]
    public void That_cannot_be_written_costs_its_lines_and_says_how_many_when_it_works_again()
    {
        using var sink = Sink("missing/log");
        Burst(sink, "lost", "lost");
        Burst(sink, "lost");
        Assert.That(sink.Lost, Is.EqualTo(3));
        Directory.CreateDirectory(Path.Combine(_directory, "missing"));
        _now += TimeSpan.FromSeconds(1);
        Burst(sink, "kept");
        var lines = Lines("missing/log");
        Assert.That(lines, Has.Length.EqualTo(2));
        Assert.That(lines[0], Does.Contain("WARN: 3 log lines lost: open ").And.Contain("No such file or directory"));
        Assert.That(lines[1], Does.EndWith("kept"));
        Assert.That(sink.Lost, Is.Zero);
    }

    [Test]
    public void On_a_full_disk_hurts_nobody()
    {
        if (!File.Exists("/dev/full")) Assert.Ignore("no /dev/full");
        using var sink = new FileSink("/dev/full", Format, false, () => _now);
        Assert.DoesNotThrow(() => Burst(sink, "lost"));
        Assert.That(sink.Lost, Is.EqualTo(1));
    }
}

public class The_log
{
    private sealed class Stuck : IBurstSink
    {
        public ManualResetEventSlim Go { get; } = new();
        public List<string> Seen { get; } = [];
        public void Emit(LogEvent logEvent)
        {
            Go.Wait();
            Seen.Add(LogLine.Of(logEvent).Text);
        }

        public void BurstEnded() { }
    }

    [Test]
    public void Never_waits_for_a_slow_disk_and_counts_what_it_drops()
    {
        var sink = new Stuck();
        using (var log = new ApplianceLog([sink], TimeProvider.System, 1, 0))
        {
            for (var i = 0; i < SinkQueue.Room + 500; i++) log.Info("x");
            sink.Go.Set();
        }
        var report = sink.Seen.Single(s => s.EndsWith("they came faster than they could be written", StringComparison.Ordinal));
        Assert.That(int.Parse(report.Split(' ')[0], null), Is.InRange(498, 500));       // one or two were on their way to the disk
        Assert.That(sink.Seen, Has.Count.InRange(SinkQueue.Room + 1, SinkQueue.Room + 3));
    }

    [Test]
    public void Keeps_debug_lines_only_from_level_one_on()
    {
        var sink = new Stuck();
        sink.Go.Set();
        using (var log = new ApplianceLog([sink], TimeProvider.System, 1, 0))
        {
            log.Debug("no");
            log.DebugLevel++;
            log.Debug("yes");
        }
        Assert.That(sink.Seen, Is.EqualTo(new[] { "yes" }));
    }

    [Test]
    public void Reaches_a_syslog_socket_that_appears_later()
    {
        var path = Path.Combine(Path.GetTempPath(), $"syslog-{Guid.NewGuid():N}");
        var now = TimeSpan.Zero;
        using var sink = new SyslogSink("daemon", () => now, path);
        var line = new LogLine(DateTimeOffset.UnixEpoch, LogPriority.Info, "heartbeat", 1, null, "x").ToEvent();
        sink.Emit(line);
        Assert.That(sink.Lost, Is.EqualTo(1));
        using var daemon = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 5000 };
        daemon.Bind(new UnixDomainSocketEndPoint(path));
        now += TimeSpan.FromSeconds(2);
        sink.Emit(line);
        var buffer = new byte[1000];
        Assert.That(Encoding.UTF8.GetString(buffer, 0, daemon.Receive(buffer)), Does.EndWith("heartbeat: [1]: info: x"));
        File.Delete(path);
    }

    /// <summary>Destructured objects lose their members under Native AOT, and their secrets into the log elsewhere.</summary>
    [Test]
    public void Is_given_no_objects_anywhere_in_the_source()
    {
        var root = TestContext.CurrentContext.TestDirectory;
        while (root is not null && !File.Exists(Path.Combine(root, "Appliance.sln"))) root = Path.GetDirectoryName(root);
        if (root is null) Assert.Ignore("the source is not here");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(root!, "src"), "*.cs", SearchOption.AllDirectories))
        {
            if (file.Contains("/obj/", StringComparison.Ordinal)) continue;
            var text = File.ReadAllText(file);
            Assert.That(text, Does.Not.Contain("{" + "@"), file);
            foreach (var line in text.Split('\n').Where(l => l.Contains("Reveal()", StringComparison.Ordinal)))
                Assert.That(line, Does.Not.Match(@"\b[Ll]og(ger)?\.|Write\(Log"), file);
        }
    }
}
