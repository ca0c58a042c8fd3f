using System.Net;
using Appliance.Linux;

namespace Appliance.Lrm.Tests.Agents;

/// <summary>Bytes on the wire, written out from the RFCs.</summary>
public class A_packet_to_neighbours
{
    private static readonly byte[] Mac = [0x02, 0, 0, 0, 0, 0x0a];

    [Test]
    public void That_announces_an_IPv4_address_names_it_as_sender_and_target()
    {
        Span<byte> bytes = stackalloc byte[64];
        var n = ArpPacket.Write(bytes, ArpPacket.Reply, Mac, IPAddress.Parse("10.0.0.1"), Mac, IPAddress.Parse("10.0.0.1"));
        Assert.That(Convert.ToHexString(bytes[..n]), Is.EqualTo("0001080006040002" + "02000000000A0A000001" + "02000000000A0A000001"));
    }

    [Test]
    public void That_probes_an_IPv4_address_comes_from_nobody()
    {
        Span<byte> bytes = stackalloc byte[64];
        var n = ArpPacket.Write(bytes, ArpPacket.Request, Mac, IPAddress.Any, [], IPAddress.Parse("10.0.0.1"));
        Assert.That(Convert.ToHexString(bytes[..n]), Is.EqualTo("0001080006040001" + "02000000000A00000000" + "0000000000000A000001"));
    }

    [FsCheck.NUnit.Property]
    public void Of_any_bytes_is_read_without_harm(byte[] bytes)
    {
        if (ArpPacket.TryParse(bytes, out var packet))
        {
            _ = packet.Operation;
            Assert.That(packet.SenderAddress.Length + packet.TargetAddress.Length, Is.EqualTo(8));
        }
        NdpPacket.IsAdvertisementOf(bytes, IPAddress.IPv6Loopback, out _);
        var reader = new NetlinkReader(bytes);
        for (var i = 0; reader.Next(); i++) Assert.That(i, Is.LessThan(bytes.Length));
        var attributes = new NetlinkAttributes(bytes);
        for (var i = 0; attributes.Next(); i++) Assert.That(i, Is.LessThan(bytes.Length));
    }

    [Test]
    public void That_announces_an_IPv6_address_is_an_advertisement_with_override_to_all_nodes()
    {
        Span<byte> bytes = stackalloc byte[NdpPacket.MaxSize];
        var n = NdpPacket.WriteAdvertisement(bytes, IPAddress.Parse("2001:db8::1"), Mac);
        var address = "20010DB8000000000000000000000001";
        Assert.That(Convert.ToHexString(bytes[..40]), Is.EqualTo("6000000000203AFF" + address + "FF020000000000000000000000000001"));
        Assert.That(Convert.ToHexString(bytes[40..42]) + Convert.ToHexString(bytes[44..n]), Is.EqualTo("8800" + "20000000" + address + "0201" + "02000000000A"));
        Assert.That(Sum(bytes[8..40], bytes[40..n]), Is.EqualTo(0xffff), "with its checksum a packet adds up to all ones");
        Assert.That(NdpPacket.IsAdvertisementOf(bytes[..n], IPAddress.Parse("2001:db8::1"), out var mac) && mac.SequenceEqual(Mac), Is.True);
        Assert.That(NdpPacket.IsAdvertisementOf(bytes[..n], IPAddress.Parse("2001:db8::2"), out _), Is.False);
    }

    [Test]
    public void That_probes_an_IPv6_address_goes_to_its_solicited_node_group()
    {
        Assert.That(NdpPacket.SolicitedNode(IPAddress.Parse("2001:db8::12:3456")), Is.EqualTo(IPAddress.Parse("ff02::1:ff12:3456")));
        Assert.That(Convert.ToHexString(NdpPacket.GroupHardware(IPAddress.Parse("ff02::1:ff12:3456"))), Is.EqualTo("3333FF123456"));
    }

    [Test]
    public void Of_netlink_is_padded_to_four_bytes_and_names_its_length()
    {
        Span<byte> buffer = stackalloc byte[64];
        buffer.Fill(0xff);
        var writer = new NetlinkWriter(buffer, 20, 5, 7);
        writer.Fixed([2, 24, 0, 0, 3, 0, 0, 0]);
        writer.Attribute(3, "eth0");
        Assert.That(Convert.ToHexString(writer.Finish()), Is.EqualTo("2400000014000500" + "0700000000000000" + "0218000003000000" + "09000300" + "6574683000000000"));
    }

    private static int Sum(ReadOnlySpan<byte> addresses, ReadOnlySpan<byte> message)
    {
        var sum = message.Length + 58;
        for (var i = 0; i < addresses.Length; i += 2) sum += addresses[i] << 8 | addresses[i + 1];
        for (var i = 0; i < message.Length; i += 2) sum += message[i] << 8 | message[i + 1];
        while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
        return sum;
    }
}
