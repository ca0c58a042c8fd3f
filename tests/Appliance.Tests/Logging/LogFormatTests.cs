using Appliance.Core.Diagnostics;
using Serilog.Events;

namespace Appliance.Logging.Tests;

public class A_log_line
{
    private static readonly DateTimeOffset At = new(2026, 11, 5, 20, 17, 35, TimeSpan.Zero);

    private static LogLine Line(LogPriority priority, string text, string? resource = null) => new(At, priority, "heartbeat", 17, resource, text);

    // Lines of real logs of 3.0.6: configuration reference, section 3; the node, the day and the pid are ours.
    [TestCase(LogPriority.Info, "Local status now set to: 'up'", "Nov 05 20:17:35 alpha heartbeat: [17]: info: Local status now set to: 'up'")]
    [TestCase(LogPriority.Debug, "x", "Nov 05 20:17:35 alpha heartbeat: [17]: debug: x")]
    [TestCase(LogPriority.Notice, "x", "Nov 05 20:17:35 alpha heartbeat: [17]: notice: x")]
    [TestCase(LogPriority.Warn, "node beta: is dead", "Nov 05 20:17:35 alpha heartbeat: [17]: WARN: node beta: is dead")]
    [TestCase(LogPriority.Error, "x", "Nov 05 20:17:35 alpha heartbeat: [17]: ERROR: x")]
    [TestCase(LogPriority.Crit, "x", "Nov 05 20:17:35 alpha heartbeat: [17]: CRIT: x")]
    [TestCase(LogPriority.Emerg, "x", "Nov 05 20:17:35 alpha heartbeat: [17]: EMERG: x")]
    public void Has_the_columns_of_3_0_6_with_syslogmsgfmt_true(LogPriority priority, string text, string expected) =>
        Assert.That(new HeartbeatFormat("alpha", syslogForm: true).Line(Line(priority, text)), Is.EqualTo(expected));

    [TestCase(LogPriority.Info, "x y", "heartbeat[17]: 2026/11/05_20:17:35 info: x y")]
    [TestCase(LogPriority.Warn, "x y", "heartbeat[17]: 2026/11/05_20:17:35 WARN: x y")]
    public void Has_the_columns_of_3_0_6_with_syslogmsgfmt_false(LogPriority priority, string text, string expected) =>
        Assert.That(new HeartbeatFormat("alpha", syslogForm: false).Line(Line(priority, text)), Is.EqualTo(expected));

    [Test]
    public void Names_the_resource_it_is_about_once()
    {
        var format = new HeartbeatFormat("alpha", true);
        Assert.That(format.Line(Line(LogPriority.Info, "started", "IPaddr::10.0.0.1")), Does.EndWith(": info: IPaddr::10.0.0.1: started"));
        Assert.That(format.Line(Line(LogPriority.Info, "Running IPaddr::10.0.0.1 start", "IPaddr::10.0.0.1")), Does.EndWith(": info: Running IPaddr::10.0.0.1 start"));
    }

    [Test]
    public void Stays_one_line_whatever_an_agent_prints()
    {
        var logged = Line(LogPriority.Info, "a\nNov 05 20:17:35 alpha heartbeat: [17]: info: forged\u001b[2J\n").ToEvent();
        var line = new HeartbeatFormat("alpha", true).Line(LogLine.Of(logged));
        Assert.That(line, Does.Not.Contain('\n').And.Not.Contain('\u001b'));
        Assert.That(line, Does.EndWith("forged?[2J"));
    }

    [Test]
    public void Is_cut_when_it_is_far_too_long() =>
        Assert.That(LogLine.Of(Line(LogPriority.Info, new string('x', 100_000)).ToEvent()).Text, Has.Length.EqualTo(LogLine.LongestText + 3));

    [Test]
    public void Survives_the_way_through_Serilog()
    {
        var line = new LogLine(At, LogPriority.Notice, "harc", 4711, "KEY", "text");
        Assert.That(LogLine.Of(line.ToEvent()), Is.EqualTo(line));
        Assert.That(line.ToEvent().Level, Is.EqualTo(LogEventLevel.Information));
    }

    [TestCase("daemon", LogPriority.Info, "<30>Nov  5 20:17:35 heartbeat: [17]: info: x")]
    [TestCase("local0", LogPriority.Error, "<131>Nov  5 20:17:35 heartbeat: [17]: ERROR: x")]
    [TestCase("local7", LogPriority.Debug, "<191>Nov  5 20:17:35 heartbeat: [17]: debug: x")]
    [TestCase("kern", LogPriority.Emerg, "<0>Nov  5 20:17:35 heartbeat: [17]: EMERG: x")]
    public void Goes_to_syslog_as_RFC_3164_says(string facility, LogPriority priority, string expected) =>
        Assert.That(new SyslogSink(facility, () => TimeSpan.Zero).Datagram(Line(priority, "x")), Is.EqualTo(expected));

    [Test]
    public void Goes_to_the_journal_with_fields_to_select_by() =>
        Assert.That(new JournalSink("alpha", "daemon", () => TimeSpan.Zero).Datagram(Line(LogPriority.Warn, "x", "KEY")), Is.EqualTo(
            "MESSAGE=WARN: KEY: x\nPRIORITY=4\nSYSLOG_IDENTIFIER=heartbeat\nSYSLOG_PID=17\nSYSLOG_FACILITY=3\nAPPLIANCE_NODE=alpha\nAPPLIANCE_RESOURCE=KEY\n"));
}
