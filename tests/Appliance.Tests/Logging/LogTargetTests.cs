using Appliance.Configuration;

namespace Appliance.Logging.Tests;

public class The_log_of_an_ha_cf
{
    [Test]
    public void Goes_where_its_directives_say()
    {
        var cf = new HaCf { LogFile = "/var/log/ha-log", DebugFile = "/var/log/ha-debug", LogFacility = "local0" };
        Assert.That(LogTargets.From(cf, false, false), Is.EqualTo(new LogTargets("/var/log/ha-log", "/var/log/ha-debug", "local0", false, false)));
    }

    [Test]
    public void Goes_to_no_file_and_no_syslog_where_they_are_switched_off() =>
        Assert.That(LogTargets.From(new HaCf { LogFile = "/dev/null", LogFacility = "none" }, false, false), Is.EqualTo(new LogTargets(null, null, null, false, false)));

    [Test]
    public void Goes_to_syslog_where_3_0_6_would_hand_it_to_ha_logd()
    {
        Assert.That(LogTargets.From(new HaCf(), false, false).Facility, Is.EqualTo("daemon"));
        Assert.That(LogTargets.From(new HaCf { UseLogd = true, LogFile = "/x" }, false, false).Facility, Is.EqualTo("daemon"));
        Assert.That(LogTargets.From(new HaCf { LogFile = "/x" }, false, false).Facility, Is.Null);
    }

    [Test]
    public void Goes_to_the_terminal_too_in_the_foreground() => Assert.That(LogTargets.From(new HaCf(), true, true), Is.EqualTo(new LogTargets(null, null, "daemon", true, true)));
}
