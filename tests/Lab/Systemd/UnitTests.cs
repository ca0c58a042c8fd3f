using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Systemd;

/// <summary>Units of the real systemd, run as the resource manager runs them.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class UnitTests : IDisposable
{
    private const string Sleeps = "[Service]\nExecStart=/bin/sleep 1000000\nRestart=always\nRestartSec=100ms\n";

    private SystemdHost? _host;

    private SystemdHost Host => _host!;

    private void Boot(params (string Name, string Text)[] units)
    {
        _host = new SystemdHost();
        Host.Units(units);
    }

    private string Good(string arguments) => Ends(0, arguments);

    private string Ends(int status, string arguments)
    {
        var end = Host.Ours(arguments);
        Assert.That(end.Status, Is.EqualTo(status), $"{arguments}: {end.Output}");
        return end.Output;
    }

    [Test]
    public void A_service_is_started_monitored_and_stopped()
    {
        Boot(("ok.service", Sleeps));
        Ends(7, "ok monitor");
        Good("ok start");
        Assert.That(Host.Property("ok", "ActiveState"), Is.EqualTo("active"));
        Good("ok monitor");
        Assert.That(Good("ok.service status"), Is.EqualTo("ok.service: active (running), loaded, static, managed by the cluster"));
        Good("ok start");
        var before = Host.Property("ok", "MainPID");
        Good("ok restart");
        Assert.That(Host.Property("ok", "MainPID"), Is.Not.EqualTo(before));
        Ends(3, "ok reload");
        Good("ok stop");
        Assert.That(Host.Property("ok", "ActiveState"), Is.EqualTo("inactive"));
        Ends(7, "ok monitor");
        Good("ok stop");
    }

    [Test]
    public void A_look_from_the_command_line_changes_nothing()
    {
        Boot(("ok.service", Sleeps));
        Host.Run("systemctl start ok");
        foreach (var action in new[] { "monitor", "status" })
        {
            var (status, output) = Host.Try($"appliance agents run systemd:ok {action} --count 20");
            Assert.That(status, Is.Zero, output);
        }
        Assert.That(Host.Property("ok", "Restart"), Is.EqualTo("always"), "only who manages a unit decides about it");
        Assert.That(Host.Try("ls /run/systemd/system/ok.service.d").Status, Is.Not.Zero);
    }

    [Test]
    public void Systemd_does_not_restart_what_is_managed_and_does_again_once_it_is_not()
    {
        Boot(("ok.service", Sleeps));
        Good("ok start");
        Assert.That(Host.Property("ok", "Restart"), Is.EqualTo("no"));
        Assert.That(Host.Property("ok", "Before").Split(' '), Does.Contain("heartbeat.service"));
        Assert.That(Host.Property("ok", "NeedDaemonReload"), Is.EqualTo("no"));
        Host.Run("systemctl kill -s KILL ok");
        Until.True("it has failed", () => Host.Property("ok", "ActiveState") == "failed", 10);
        Until.Stays("it is not started again", () => Host.Property("ok", "ActiveState") == "failed", 1);
        Ends(7, "ok monitor");
        Good("ok release");
        Assert.That(Host.Property("ok", "Restart"), Is.EqualTo("always"));
        Assert.That(Host.Try("ls /run/systemd/system/ok.service.d").Status, Is.Not.Zero, "nothing is left of it");
    }

    [Test]
    public void A_failed_unit_is_started_however_often_it_failed_before()
    {
        Boot(("ok.service", Sleeps + "[Unit]\nStartLimitBurst=2\nStartLimitIntervalSec=1h\n"));
        for (var i = 0; i < 5; i++)
        {
            Good("ok start");
            Host.Run("systemctl kill -s KILL ok");
            Until.True("it has failed", () => Host.Property("ok", "ActiveState") == "failed", 10);
        }
    }

    [Test]
    public void A_slow_start_is_waited_for()
    {
        Boot(("slow.service", "[Service]\nType=notify\nNotifyAccess=all\nExecStart=/bin/sh -c 'sleep 3; systemd-notify --ready; sleep 1000000'\n"));
        var since = Stopwatch.StartNew();
        Assert.That(Ends(124, "slow start --timeout 1"), Does.Contain("still activating (start)"));
        Assert.That(since.Elapsed.TotalSeconds, Is.LessThan(3));
        Assert.That(Ends(124, "slow monitor --timeout 0.5"), Does.Contain("still activating"), "pending is neither running nor stopped");
        Good("slow monitor --timeout 30");
        Good("slow stop");
        Good("slow start --timeout 30");
    }

    [Test]
    public void A_start_that_fails_has_failed_with_the_reason()
    {
        Boot(("bad.service", "[Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart=/bin/false\n"),
            ("needs.service", "[Unit]\nRequires=bad.service\nAfter=bad.service\n[Service]\nExecStart=/bin/sleep 100000\n"),
            ("once.service", "[Service]\nType=oneshot\nExecStart=/bin/true\n"),
            ("unless.service", "[Unit]\nConditionPathExists=/nowhere\n[Service]\nExecStart=/bin/sleep 100000\n"),
            ("tired.service", "[Service]\nType=notify\nExecStart=/bin/sleep 100000\nTimeoutStartSec=1\n"),
            ("wrong.service", "[Service]\nExecStart=\n"));
        Assert.That(Ends(1, "bad start"), Does.Contain("bad.service is failed (failed, exit-code)"));
        Assert.That(Ends(7, "bad monitor"), Does.Contain("has failed"));
        Assert.That(Ends(1, "needs start"), Does.Contain("a unit that it needs could not be started"));
        Assert.That(Ends(1, "once start"), Does.Contain("ended as soon as it had started"));
        Assert.That(Ends(1, "unless start"), Does.Contain("Condition"));
        Assert.That(Ends(1, "tired start"), Does.Contain("failed (failed, timeout)"));
        Assert.That(Ends(5, "wrong start"), Does.Contain("bad-setting"));
    }

    [Test]
    public void A_unit_that_is_masked_or_missing_is_not_installed()
    {
        Boot(("ok.service", Sleeps));
        Host.Run("ln -s /dev/null /etc/systemd/system/masked.service");
        Host.Run("systemctl daemon-reload");
        foreach (var action in new[] { "start", "monitor", "status", "restart" })
        {
            Assert.That(Ends(5, $"masked {action}"), Does.Contain("masked"));
            Ends(5, $"nowhere {action}");
        }
        Good("masked stop");
        Good("nowhere stop");
        Good("ok start");
        Host.Run("ln -sf /dev/null /etc/systemd/system/ok.service");
        Host.Run("systemctl daemon-reload");
        Good("ok monitor");
        Good("ok stop");
        Ends(5, "ok start");
    }

    [Test]
    public void A_template_has_instances()
    {
        Boot(("inst@.service", "[Service]\nExecStart=/bin/sleep 10000%i\n"));
        Good("inst@3 start");
        Good("inst@4.service start");
        Assert.That(Host.Property("inst@3", "ActiveState"), Is.EqualTo("active"));
        Good("inst@3 stop");
        Ends(7, "inst@3 monitor");
        Good("inst@4 monitor");
        Ends(6, "inst@ start");
        Assert.That(Good("inst@ meta-data"), Does.Contain("<special tag=\"systemd\"/>"));
    }

    [Test]
    public void A_stop_that_hangs_is_pending_until_its_time_is_over()
    {
        Boot(("hang.service", "[Service]\nExecStart=/bin/sh -c 'trap : TERM; while :; do sleep 1; done'\nTimeoutStopSec=300\nKillMode=mixed\n"));
        Good("hang start");
        Assert.That(Ends(124, "hang stop --timeout 2"), Does.Contain("still deactivating"));
        Ends(124, "hang monitor --timeout 0.5");
        Host.Run("systemctl kill -s KILL hang");
        Good("hang stop --timeout 20");
    }

    /// <summary>From the moment before the kill to the line on the tool's output.</summary>
    [Test]
    public void A_service_that_fails_later_is_noticed_at_once()
    {
        Boot(("ok.service", Sleeps));
        Good("ok start");
        using var watch = Shell.Start(Host.Inside("appliance systemd ok watch"));
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("answers 0"));
        var took = double.MaxValue;
        for (var i = 0; i < 10; i++)
        {
            // The script's clock is read just before kill(2), by the same shell: no program is started between.
            var killed = Parse(Host.Run($"bash -c 'printf \"%s\" $EPOCHREALTIME; kill -KILL {Host.Property("ok", "MainPID")}'"));
            var line = watch.StandardOutput.ReadLine()!;
            Assert.That(line, Does.Contain("ok.service stopped: failed (failed, signal)"));
            took = Math.Min(took, Moment(line) - killed);
            Good("ok start");
            Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("ok.service started"));
        }
        watch.Kill(entireProcessTree: true);
        TestContext.Out.WriteLine($"noticed within {took * 1000:0.0} ms (best of 10)");
        Assert.That(took, Is.LessThan(0.1));
    }

    private static double Parse(string epoch) => double.Parse(epoch, CultureInfo.InvariantCulture) % 86400;

    /// <summary>The seconds of the day of a line of watch.</summary>
    private static double Moment(string line) => TimeSpan.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture).TotalSeconds;

    [TestCase("systemctl daemon-reload")]
    [TestCase("systemctl daemon-reexec")]
    [TestCase("systemctl restart dbus.service")]
    [TestCase("systemctl stop dbus.socket dbus.service; sleep 1; systemctl start dbus.socket dbus.service")]
    public void Nothing_fails_while_systemd_or_the_bus_is_away(string disturbance)
    {
        Boot(("ok.service", Sleeps), ("other.service", Sleeps));
        Good("ok start");
        using var watch = Shell.Start(Host.Inside("appliance systemd ok watch"));
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("answers 0"));
        using var monitors = Shell.Start(Host.Inside("appliance systemd ok monitor --count 1000 --interval 0.01 --timeout 20"));
        using var disturb = Shell.Start(Host.Inside($"sh -c 'while [ ! -e /run/enough ]; do {disturbance}; sleep 0.1; done'"));
        try
        {
            var since = Stopwatch.StartNew();
            var rounds = 0;
            for (; since.Elapsed.TotalSeconds < 12 || rounds < 3; rounds++)
            {
                Good("ok monitor --timeout 20");
                Good("other start --timeout 20");
                Good("other monitor --timeout 20");
                Good("other stop --timeout 20");
                Ends(7, "other monitor --timeout 20");
            }
            TestContext.Out.WriteLine($"{rounds} rounds");
        }
        finally
        {
            Host.Run("touch /run/enough");
            disturb.WaitForExit(20_000);
        }
        // One that monitors a hundred times a second got no other answer than "runs" ...
        var said = monitors.StandardOutput.ReadToEnd();
        TestContext.Out.WriteLine(said);
        Assert.That(said, Does.StartWith("1000 monitors"));
        Assert.That(monitors.WaitForExit(10_000) ? monitors.ExitCode : -1, Is.Zero);
        // ... and one that watches still does, and what it says first is this: there was nothing before.
        Host.Run("systemctl kill -s KILL ok");
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("ok.service stopped: failed"));
        watch.Kill(entireProcessTree: true);
    }

    /// <summary>While both are stopped together, as at shutdown, the manager comes first and stops the unit when its turn has come; without the drop-in systemd stops it at once.</summary>
    [TestCase(true, "manager orders, unit stops, manager ends")]
    [TestCase(false, "unit stops, manager orders, manager ends")]
    public void At_shutdown_the_manager_stops_the_unit(bool managed, string expected)
    {
        Boot(("unit.service", "[Service]\nExecStart=/bin/sleep 1000000\nExecStop=/bin/sh -c 'echo unit stops >>/run/order'\n"),
            ("heartbeat.service", "[Service]\nExecStart=/bin/sleep 1000000\nExecStop=/bin/sh -c 'sleep 1; echo manager orders >>/run/order; appliance systemd unit stop --timeout 20; echo manager ends >>/run/order'\n"));
        Host.Run("systemctl start heartbeat unit");
        if (managed) Good("unit manage");
        var since = Stopwatch.StartNew();
        Host.Run("systemctl stop heartbeat unit");
        Assert.That(since.Elapsed.TotalSeconds, Is.LessThan(15), "nobody waits for the other");
        Assert.That(Host.Run("cat /run/order").Replace("\n", ", ", StringComparison.Ordinal), Is.EqualTo(expected));
        Ends(7, "unit monitor");
    }

    /// <summary>The whole machine goes down: every unit has its stop ordered from the first moment, and still the manager's order holds.</summary>
    [Test]
    public void At_poweroff_the_manager_stops_the_unit_in_its_turn()
    {
        Boot(("unit.service", "[Service]\nExecStart=/bin/sleep 1000000\nExecStop=/bin/sh -c 'echo unit stops >>/run/order'\n"),
            ("heartbeat.service", "[Service]\nExecStart=/bin/sleep 1000000\nExecStop=/bin/sh -c 'sleep 1; echo manager orders >>/run/order; appliance systemd unit stop --timeout 20; echo manager ends $? >>/run/order'\n"));
        Host.Run("systemctl start heartbeat");
        Good("unit start");
        Host.Run("touch /run/order");
        using var order = Shell.Start(Host.Inside("tail -f /run/order"));
        Host.Try("systemctl poweroff --no-block");
        var since = Stopwatch.StartNew();
        Assert.That(new[] { order.StandardOutput.ReadLine(), order.StandardOutput.ReadLine(), order.StandardOutput.ReadLine() },
            Is.EqualTo(new[] { "manager orders", "unit stops", "manager ends 0" }));
        Assert.That(since.Elapsed.TotalSeconds, Is.LessThan(15));
        order.Kill(entireProcessTree: true);
    }

    /// <summary>The bus hands a signal with a destination to whoever it names: only systemd's own count.</summary>
    [Test]
    public void What_others_on_the_bus_pretend_is_not_believed()
    {
        Boot(("ok.service", Sleeps));
        Good("ok start");
        using var watch = Shell.Start(Host.Inside("appliance systemd ok watch"));
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("answers 0"));
        var name = Host.Run("busctl --no-legend list").Split('\n').Single(l => l.Contains(" appliance ", StringComparison.Ordinal)).Split(' ')[0];
        Host.Run($"busctl emit --destination={name} /org/freedesktop/systemd1/unit/ok_2eservice org.freedesktop.DBus.Properties PropertiesChanged 'sa{{sv}}as' org.freedesktop.systemd1.Unit 1 ActiveState s failed 0");
        Host.Run($"busctl emit --destination={name} /org/freedesktop/DBus org.freedesktop.DBus NameOwnerChanged sss org.freedesktop.systemd1 :1.0 :9.9");
        Host.Run("systemctl kill -s KILL ok");
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("ok.service stopped: failed (failed, signal)"), "the true signal is the first that is heard");
        watch.Kill(entireProcessTree: true);
    }

    [Test]
    public void A_monitor_costs_less_than_a_fifth_of_a_millisecond()
    {
        Boot(("ok.service", Sleeps));
        Good("ok start");
        var said = Good("ok monitor --count 200000");
        var cost = double.Parse(Cost().Match(said).Groups[1].Value, CultureInfo.InvariantCulture);
        Assert.That(cost, Is.LessThan(200), said);
    }

    [GeneratedRegex(@": ([0-9.]+) µs of processor time each")]
    private static partial Regex Cost();

    [Test]
    public void The_list_is_systemds_own()
    {
        Boot(("inst@.service", "[Service]\nExecStart=/bin/true\n"));
        var theirs = Host.Run("systemctl list-unit-files --no-legend --plain --type=service,socket,mount,timer,path").Split('\n')
            .Select(l => l.Split(' ')[0]).Select(n => n.EndsWith(".service", StringComparison.Ordinal) ? n[..^8] : n).Order(StringComparer.Ordinal).Distinct();
        var ours = Good("list").Split('\n');
        Assert.That(ours, Does.Contain("inst@").And.Contain("dbus").And.Contain("dbus.socket"));
        Assert.That(ours, Is.EqualTo(theirs));
    }

    [Test]
    public void Pacemaker_lists_the_same_agents_and_describes_them_so()
    {
        if (!File.Exists("/usr/sbin/crm_resource")) Assert.Ignore("crm_resource is missing (Debian package pacemaker-cli-utils)");
        Boot(("inst@.service", "[Unit]\nDescription=One of <many> & more\n[Service]\nExecStart=/bin/true\n"));
        Assert.That(Good("list").Split('\n'), Is.EqualTo(Host.Run("crm_resource --list-agents systemd").Split('\n').Order(StringComparer.Ordinal).Distinct()));
        foreach (var agent in new[] { "dbus", "inst@", "getty@", "dbus.socket" })
            Assert.That(Shape(Good($"{agent} meta-data")), Is.EqualTo(Shape(Host.Run($"crm_resource --show-metadata systemd:{agent}"))), agent);
    }

    /// <summary>What a tool reads out of an agent's metadata: names, numbers, and the description.</summary>
    private static string Shape(string xml)
    {
        var root = XElement.Parse(xml[xml.IndexOf("<resource-agent", StringComparison.Ordinal)..]);
        var actions = root.Element("actions")!.Elements().Select(a => string.Join(' ', a.Attributes().OrderBy(b => b.Name.LocalName).Select(b => $"{b.Name}={b.Value}")));
        // An instance of a template that is only looked at bears the manager's name.
        var text = root.Element("longdesc")!.Value.Trim().Replace("pacemaker", "appliance", StringComparison.Ordinal);
        return $"{root.Attribute("name")!.Value}|{root.Element("version")!.Value}|{text}|{root.Element("parameters")!.HasElements}|{string.Join(", ", actions)}|{root.Element("special")!.Attribute("tag")!.Value}";
    }

    [Test]
    public void What_another_hand_does_is_noticed()
    {
        Boot(("ok.service", "[Service]\nExecStart=/bin/sleep 1000000\nExecStop=/bin/sleep 1\n"));
        Good("ok start");
        using var watch = Shell.Start(Host.Inside("appliance systemd ok watch"));
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("answers 0"));
        Host.Run("systemctl stop ok");
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("ok.service is stopping: deactivating (stop)"));
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("ok.service stopped: inactive (dead)"));
        Host.Run("systemctl start ok");
        Assert.That(watch.StandardOutput.ReadLine(), Does.Contain("ok.service started: active (running)"));
        watch.Kill(entireProcessTree: true);
    }

    [Test]
    public void Without_the_library_it_says_so()
    {
        Boot();
        var (status, output) = Host.Script("mount --bind /dev/null \"$(readlink -f \"$(ldconfig -p | sed -n 's/.*libsystemd.so.0 .* => //p')\")\"; appliance systemd dbus status");
        Assert.That(output, Does.Contain("libsystemd.so.0 is missing"));
        Assert.That(status, Is.EqualTo(1));
    }

    public void Dispose() => _host?.Dispose();
}
