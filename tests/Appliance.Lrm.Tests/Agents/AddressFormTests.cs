using System.Net.Sockets;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Agents;

/// <summary>The forms of ha-config reference, section 5, as the wrappers of 3.0.6 cut them.</summary>
public class An_address_in_haresources
{
    [TestCase("10.0.0.1", "10.0.0.1", "", "", "")]
    [TestCase("10.0.0.1/24", "10.0.0.1", "24", "", "")]
    [TestCase("10.0.0.1/24/eth0", "10.0.0.1", "24", "eth0", "")]
    [TestCase("10.0.0.1/24/eth0:web", "10.0.0.1", "24", "eth0:web", "")]
    [TestCase("10.0.0.1/24/eth0/10.0.0.255", "10.0.0.1", "24", "eth0", "10.0.0.255")]
    [TestCase("10.0.0.1/24/eth0:web/10.0.0.255", "10.0.0.1", "24", "eth0:web", "10.0.0.255")]
    [TestCase("10.0.0.1/24/10.0.0.255", "10.0.0.1", "24", "", "10.0.0.255")]
    [TestCase("10.0.0.1/24/10.0.0.255/eth0", "10.0.0.1", "24", "", "10.0.0.255")]
    [TestCase("10.0.0.1/24//10.0.0.255", "10.0.0.1", "24", "", "10.0.0.255")]
    [TestCase("10.0.0.1//24", "10.0.0.1", "24", "", "")]
    [TestCase("10.0.0.1/255.255.255.0/eth0", "10.0.0.1", "255.255.255.0", "eth0", "")]
    [TestCase("2001:db8::1/64/eth1", "2001:db8::1", "64", "eth1", "")]
    [TestCase("", "", "", "", "")]
    public void Has_these_parts(string text, string address, string mask, string nic, string broadcast) =>
        Assert.That(AddressForm.Parse(text), Is.EqualTo(new AddressForm(address, mask, nic, broadcast)));

    [FsCheck.NUnit.Property]
    public void Never_throws(string? text) => AddressForm.Parse(text ?? "");

    [TestCase("1.2.3.4"), TestCase("255.255.255.255"), TestCase("0.0.0.0"), TestCase("::1"), TestCase("2001:db8::1"), TestCase("::ffff:1.2.3.4")]
    public void Is_an_address(string text) => Assert.That(AddressForm.TryParseAddress(text, out _), Is.True);

    [TestCase(""), TestCase("1.2.3"), TestCase("1.2.3.4.5"), TestCase("1.2.3.256"), TestCase("1.2.3.04"), TestCase("0x1.2.3.4"), TestCase("1.2.3.4 "), TestCase("16909060"),
     TestCase("fe80::1%eth0"), TestCase("[::1]"), TestCase(":::"), TestCase("1.2.3.-4"), TestCase("eth0")]
    public void Is_no_address(string text) => Assert.That(AddressForm.TryParseAddress(text, out _), Is.False);

    [TestCase("24", 24), TestCase("1", 1), TestCase("32", 32), TestCase("255.255.255.0", 24), TestCase("255.255.255.255", 32), TestCase("0.0.0.0", 0), TestCase("255.255.254.0", 23)]
    public void Takes_these_netmasks(string text, int length)
    {
        Assert.That(AddressForm.TryParseMask(text, AddressFamily.InterNetwork, out var found), Is.True);
        Assert.That(found, Is.EqualTo(length));
    }

    [TestCase(""), TestCase("0"), TestCase("33"), TestCase("-1"), TestCase("255.0.255.0"), TestCase("2 4"), TestCase("eth0"), TestCase("0255")]
    public void Refuses_these_netmasks(string text) => Assert.That(AddressForm.TryParseMask(text, AddressFamily.InterNetwork, out _), Is.False);
}
