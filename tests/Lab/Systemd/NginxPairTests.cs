using System.Globalization;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Systemd;

/// <summary>A pair serves nginx by its unit and an address, and goes on doing so whatever happens to one of them.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class NginxPairTests : IDisposable
{
    private ServicePair? _pair;

    private ServicePair Pair => _pair!;

    private void Begin(string haCf = "")
    {
        if (!File.Exists("/lib/systemd/system/nginx.service")) Assert.Ignore("nginx is missing (Debian package nginx-light)");
        _pair = new ServicePair($"@1 {ServicePair.Address}/24/eth0 systemd:nginx", haCf);
        foreach (var host in Pair.Both)
            host.Write("/etc/nginx/nginx.conf", $"user www-data;\npid /run/nginx.pid;\nevents {{ }}\nhttp {{\n  include /etc/nginx/conf.d/*.conf;\n  server {{ listen 80; location / {{ return 200 'this is {host.Name}\\n'; }} }}\n}}\n");
        Pair.Start();
        Pair.UntilServes(Pair.First, "nginx", 60);
    }

    /// <summary>What the address answers to somebody on the cable.</summary>
    private static string Page(SystemdHost from) => from.Try($"timeout 3 bash -c 'exec 3<>/dev/tcp/{ServicePair.Address}/80; printf \"GET / HTTP/1.0\\r\\n\\r\\n\" >&3; tail -n 1 <&3'").Output.Trim();

    [Test]
    public void It_is_served_handed_over_and_taken_over()
    {
        Begin();
        Assert.That(Page(Pair.Second), Is.EqualTo($"this is {Pair.First.Name}"));
        Assert.That(Pair.First.Property("nginx", "DropInPaths"), Does.Contain("50-appliance.conf"));
        Assert.That(Pair.Second.Property("nginx", "ActiveState"), Is.EqualTo("inactive"));

        Pair.First.Run("hb_standby all");
        var standby = Pair.UntilServes(Pair.Second, "nginx", 30);
        Assert.That(Page(Pair.First), Is.EqualTo($"this is {Pair.Second.Name}"));

        Pair.Second.Crash();
        var crash = Pair.UntilServes(Pair.First, "nginx", 30);
        TestContext.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"hand-over {standby.TotalSeconds:0.00} s, crash to service {crash.TotalSeconds:0.00} s (deadtime 1 s)"));
    }

    [Test]
    public void A_service_that_dies_is_restarted_in_place_and_then_handed_over()
    {
        Begin("monitor 1s restarts=1 within=600");
        var before = Pair.First.Property("nginx", "MainPID");
        Pair.First.Run($"kill -9 {before}");
        Until.True("it is restarted here", () => ServicePair.Serves(Pair.First, "nginx") && Pair.First.Property("nginx", "MainPID") is var now && now != "0" && now != before, 20);
        Assert.That(Pair.First.Try("appliance operations").Output, Does.Contain("systemd:nginx"));
        Pair.First.Run($"kill -9 {Pair.First.Property("nginx", "MainPID")}");
        Pair.UntilServes(Pair.Second, "nginx", 30);
        Assert.That(Page(Pair.First), Is.EqualTo($"this is {Pair.Second.Name}"));
    }

    [Test]
    public void A_unit_that_does_not_start_stays_nobodys_burden()
    {
        Begin();
        Pair.First.Write("/etc/nginx/conf.d/broken.conf", "this is no directive;\n");
        Pair.First.Run("hb_standby all");
        Pair.UntilServes(Pair.Second, "nginx", 30);
        Pair.First.Try("hb_takeover all");
        // It moves, and its start fails here: only then does it count that it is served again elsewhere.
        Until.True("the unit fails to start here", () => Pair.First.Run("cat /var/log/ha.log").Contains("systemd:nginx start (nginx): ", StringComparison.Ordinal), 30, instead: Pair.Story);
        Pair.UntilServes(Pair.Second, "nginx", 60);
    }

    [Test]
    public void A_stopped_machine_stops_the_service_before_it_goes()
    {
        Begin();
        Pair.First.Run("systemctl stop heartbeat");
        Pair.UntilServes(Pair.Second, "nginx", 30);
        Assert.That(Pair.First.Property("nginx", "ActiveState"), Is.EqualTo("inactive"));
    }

    [Test]
    public void Under_the_CRM_it_is_served_restarted_handed_over_and_released()
    {
        Begin("crm yes");
        Assert.That(Pair.First.Property("nginx", "DropInPaths"), Does.Contain("50-appliance.conf"));
        var before = Pair.First.Property("nginx", "MainPID");
        Pair.First.Run($"kill -9 {before}");
        // systemd tells it at once, and a failure is recovered in place.
        Until.True("it is restarted here", () => ServicePair.Serves(Pair.First, "nginx") && Pair.First.Property("nginx", "MainPID") is var now && now != "0" && now != before, 8, instead: Pair.Story);
        Pair.First.Run("systemctl stop heartbeat");
        Pair.UntilServes(Pair.Second, "nginx", 30);
        Assert.That(Page(Pair.First), Is.EqualTo($"this is {Pair.Second.Name}"));

        // Nobody is left who could manage: what runs is stopped by what the CIB says.
        Pair.Second.Run("sh -c 'mkdir -p /run/systemd/system/heartbeat.service.d && printf \"[Service]\\nRestart=no\\nExecStopPost=\\n\" >/run/systemd/system/heartbeat.service.d/lab.conf && systemctl daemon-reload && systemctl kill -s KILL heartbeat'");
        Until.True("the daemon is dead", () => Pair.Second.Property("heartbeat", "ActiveState") == "failed", 20, instead: Pair.Story);
        Assert.That(ServicePair.Serves(Pair.Second, "nginx"), Is.True, "services run on without their daemon");
        Pair.Second.Run("appliance control --release");
        Assert.That((Pair.Second.Property("nginx", "ActiveState"), ServicePair.Serves(Pair.Second, "nginx")), Is.EqualTo(("inactive", false)));
        Assert.That(Pair.Second.Run("ip -4 addr show dev eth0"), Does.Not.Contain(ServicePair.Address));
    }

    public void Dispose() => _pair?.Dispose();
}
