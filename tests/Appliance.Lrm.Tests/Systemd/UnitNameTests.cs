using Appliance.Lrm.Systemd;

namespace Appliance.Lrm.Tests.Systemd;

public class A_unit_name
{
    [TestCase("nginx", "nginx.service")]
    [TestCase("nginx.service", "nginx.service")]
    [TestCase("dbus.socket", "dbus.socket")]
    [TestCase("srv-data.mount", "srv-data.mount")]
    [TestCase("php8.2-fpm", "php8.2-fpm.service")]         // a dot is no suffix
    [TestCase("openvpn@office", "openvpn@office.service")]
    [TestCase(".service", ".service.service")]
    public void Is_a_service_unless_it_says_otherwise(string written, string full) => Assert.That(UnitName.Full(written), Is.EqualTo(full));

    // The right-hand sides are what `busctl tree org.freedesktop.systemd1` shows for such units.
    [TestCase("nginx.service", "/org/freedesktop/systemd1/unit/nginx_2eservice")]
    [TestCase("getty@tty1.service", "/org/freedesktop/systemd1/unit/getty_40tty1_2eservice")]
    [TestCase("a-b_c.service", "/org/freedesktop/systemd1/unit/a_2db_5fc_2eservice")]
    [TestCase("9lives.service", "/org/freedesktop/systemd1/unit/_39lives_2eservice")]
    [TestCase("x\\x2dy.service", "/org/freedesktop/systemd1/unit/x_5cx2dy_2eservice")]
    public void Is_escaped_in_its_path(string full, string path) => Assert.That(UnitName.Path(full), Is.EqualTo(path));

    [TestCase("openvpn@.service", "template")]
    [TestCase("a b.service", "' '")]
    [TestCase("../x.service", "'/'")]
    [TestCase("@x.service", "no name")]
    public void That_cannot_be_started_is_refused_with_the_reason(string full, string reason) => Assert.That(UnitName.Problem(full), Does.Contain(reason));

    [TestCase("openvpn@office.service")]
    [TestCase("dev-disk-by\\x2dlabel-x.mount")]
    public void That_systemd_takes_is_taken(string full) => Assert.That(UnitName.Problem(full), Is.Null);

    [Test]
    public void Is_at_most_255_characters_long()
    {
        Assert.That(UnitName.Problem(new string('a', 247) + ".service"), Is.Null);
        Assert.That(UnitName.Problem(new string('a', 248) + ".service"), Does.Contain("255"));
    }

    [TestCase("/lib/systemd/system/nginx.service", "nginx")]
    [TestCase("/lib/systemd/system/openvpn@.service", "openvpn@")]
    [TestCase("/etc/systemd/system/backup.timer", "backup.timer")]
    [TestCase("/lib/systemd/system/multi-user.target", null)]
    [TestCase("/lib/systemd/system/system.slice", null)]
    public void Of_a_unit_file_is_a_resource_agents_name(string file, string? agent) => Assert.That(UnitName.Agent(file), Is.EqualTo(agent));

    [TestCase("openvpn@.service", "openvpn@appliance.service")]
    [TestCase("nginx.service", "nginx.service")]
    public void Of_a_template_has_an_example(string full, string example) => Assert.That(UnitName.Example(full), Is.EqualTo(example));
}
