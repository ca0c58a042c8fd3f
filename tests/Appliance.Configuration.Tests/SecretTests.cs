using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Configuration.Tests;

public class A_secret
{
    private const string Mark = "Xyzzy-Plugh-42";

    [TestCase(0x1A0)]
    [TestCase(0x184)]
    public void In_authkeys_is_refused_when_others_can_read_it(int mode) =>
        Assert.That(Given.AuthKeys(Given.Keys, mode).Errors(), Is.EqualTo(new[] { "Bad permissions on keyfile [/etc/ha.d//authkeys], 600 recommended." }));

    [Test]
    public void In_a_stonith_host_line_is_refused_when_others_can_read_ha_cf()
    {
        var read = Given.HaCf(Given.Body + "stonith_host * external/ipmi beta 10.0.0.9 admin " + Mark + "\n", mode: 0x1A4);
        Assert.That(read.Diagnostics.Single().Message, Is.EqualTo("Bad permissions on config file [/etc/ha.d//ha.cf] with stonith_host lines, 600 recommended."));
        Assert.That(read.Diagnostics.Single().Remedy, Does.StartWith("chmod 600 /etc/ha.d/ha.cf"));
    }

    [Test]
    public void In_a_stonith_file_is_refused_when_others_can_read_the_file()
    {
        Assert.That(Given.With("stonith null /etc/ha.d/open-device").Errors(), Is.EqualTo(new[] { "Bad permissions on Stonith config file [/etc/ha.d/open-device], 600 recommended." }));
        Assert.That(Given.With("stonith null /etc/ha.d/device").Errors(), Is.Empty);
    }

    [Test]
    public void Is_not_looked_for_in_an_ha_cf_that_holds_none() => Assert.That(Given.HaCf(Given.Body, mode: 0x1A4).Diagnostics, Is.Empty);

    [TestCase("auth 1\n" + Mark + "\n")]
    [TestCase("auth 1\n1 " + Mark + "\n")]
    [TestCase("auth 1\n1 sha1 " + Mark + "\nauth a" + Mark + "\n")]
    [TestCase("auth 1\na" + Mark + "\n")]
    [TestCase("auth 1\n1 crc " + Mark + "\n")]
    [TestCase("auth 1\n1 sha1 k " + Mark + "\n")]
    [TestCase("auth 1\n" + Mark + " sha1 k\n")]
    [TestCase("auth 1\n1 " + Mark + " sha1\n")]
    public void Of_a_broken_key_line_is_in_no_diagnostic(string text)
    {
        var read = Given.AuthKeys(text);
        Assert.That(read.Diagnostics, Is.Not.Empty);
        Assert.That(string.Join('\n', read.Diagnostics), Does.Not.Contain("Xyzzy"));
    }

    [TestCase("stonith_host alpha null " + Mark)]
    [TestCase("stonith_host alpha nosuch a " + Mark)]
    [TestCase("stonith_host beta external/ipmi " + Mark)]
    public void Of_a_stonith_line_is_in_no_diagnostic_no_text_and_no_print(string line)
    {
        var read = Given.With(line);
        Assert.That(string.Join('\n', read.Diagnostics) + read + read.Value + (read.Value is { } cf ? HaCfPrinter.Print(cf) + string.Join(' ', cf.Stonith) + string.Join(' ', cf.Parameters) : ""), Does.Not.Contain("Xyzzy"));
    }

    [Test]
    public void Reaches_the_one_who_signs_byte_for_byte()
    {
        byte[] text = [.. "auth 1\n1 md5 "u8, 0xE4, 0xFF, (byte)'\n'];
        var keys = ConfigurationReader.ReadAuthKeys(new("/etc/ha.d/authkeys", text)).Value!;
        Assert.That(keys.Signing.Secret.Reveal().ToArray(), Is.EqualTo(new byte[] { 0xE4, 0xFF }));
        Assert.That($"{keys} {keys.Signing}", Does.Not.Contain("ä"));
    }
}
