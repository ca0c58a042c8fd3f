using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>IPaddr and IPaddr2: an IPv4 (or IPv6) address on an interface, by netlink; neighbours are asked before and told after.</summary>
/// <remarks>
/// Address forms of haresources: <c>A.B.C.D[/BITS[/NIC[:LABEL][/BROADCAST]]]</c> and <c>A.B.C.D/BITS/BROADCAST</c>; what is missing comes from the route to the
/// address, as findif of resource-agents does. Before a start one probe (RFC 5227) is answered within milliseconds by whoever has the address: then the start fails.
/// </remarks>
public sealed class IPaddr(string name) : BuiltInAgent
{
    public override AgentDescription Description { get; } = new(name, "Manages a virtual IP address.", "ADDRESS[/BITS[/NIC[:LABEL][/BROADCAST]]]",
    [
        new("ip", "string", true, "", "The address."),
        new("cidr_netmask", "string", false, "", "Bits of the network mask, or the mask in dots; from the route to the address if not given."),
        new("nic", "string", false, "", "Interface, with :LABEL for a label; from the route to the address if not given."),
        new("broadcast", "string", false, "", "Broadcast address; from address and mask if not given."),
        new("iflabel", "string", false, "", "Label behind the interface's name."),
        new("arp_count", "integer", false, "5", "How often the address is announced."),
        new("arp_interval", "integer", false, "200", "Milliseconds between two announcements."),
        new("collision_detection", "boolean", false, "true", "Ask whether somebody has the address before it is added."),
        new("probe_ms", "integer", false, "3", "Milliseconds to wait for the answer."),
    ]);

    private static readonly char[] Slash = ['/'];

    public override ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments) => Parse(arguments[0]);

    /// <summary>Splits haresources' form into OCF parameters.</summary>
    /// <exception cref="FormatException">It is not an address.</exception>
    public static ImmutableDictionary<string, string> Parse(string text)
    {
        var parts = text.Split(Slash);
        if (!IPAddress.TryParse(parts[0], out _)) throw new FormatException($"{parts[0]} is not an IP address");
        var given = ImmutableDictionary<string, string>.Empty.Add("ip", parts[0]);
        if (parts.Length > 1) given = given.Add("cidr_netmask", parts[1]);
        if (parts.Length > 2) given = parts[2].Length > 0 && char.IsAsciiDigit(parts[2][0]) ? given.Add("broadcast", parts[2]) : given.Add("nic", parts[2]);
        if (parts.Length > 3) given = given.Add("broadcast", parts[3]);
        return given;
    }

    public override string? Check(AgentCall call) =>
        !IPAddress.TryParse(call["ip"], out var address) ? $"ip={call["ip"]} is not an address"
        : call["cidr_netmask"].Length > 0 && Bits(call["cidr_netmask"], address) is null ? $"cidr_netmask={call["cidr_netmask"]} is not a mask"
        : call["broadcast"].Length > 0 && !IPAddress.TryParse(call["broadcast"], out _) ? $"broadcast={call["broadcast"]} is not an address" : null;

    public override AgentResult Start(AgentCall call)
    {
        var address = IPAddress.Parse(call["ip"]);
        using var netlink = Netlink.Open();
        if (Present(netlink, call, address) is not null) return AgentResult.Ok($"{address} is on this machine already");
        var links = netlink.Links();
        if (Place(netlink, links, call, address) is not { } place) return AgentResult.Failed($"no interface for {address}: {(call["nic"].Length > 0 ? $"there is no {call["nic"]}" : "no route leads to it; give the interface")}");
        var (link, wanted) = place;
        if (!link.IsUp) netlink.SetUp(link);
        if (call.Flag("collision_detection") && link.HasNeighbours && link.IsUp)
        {
            using var arp = ArpSocket.Open(link, address.AddressFamily);
            if (arp.Probe(address, TimeSpan.FromMilliseconds(call.Number("probe_ms")), [.. links.Select(l => l.HardwareAddress)]) is { } owner)
                return AgentResult.Failed($"{address} is in use by {NetworkLink.Text(owner)} on {link.Name}: not added");
        }
        netlink.Add(wanted);
        Announcer.Announce(call, link, address, call.Number("arp_count"), TimeSpan.FromMilliseconds(call.Number("arp_interval")));
        return AgentResult.Ok($"{address}/{wanted.PrefixLength} added to {link.Name}");
    }

    public override AgentResult Stop(AgentCall call)
    {
        call.Request.Background.Stop(call.Request.Instance);
        using var netlink = Netlink.Open();
        var address = IPAddress.Parse(call["ip"]);
        var removed = 0;
        while (Present(netlink, call, address) is { } present && removed++ < 16) netlink.Remove(present);
        return AgentResult.Ok(removed == 0 ? $"{address} was not here" : $"{address} removed");
    }

    public override AgentResult Monitor(AgentCall call)
    {
        using var netlink = Netlink.Open();
        return Present(netlink, call, IPAddress.Parse(call["ip"])) is null ? AgentResult.NotRunning() : AgentResult.Ok();
    }

    private static InterfaceAddress? Present(Netlink netlink, AgentCall call, IPAddress address)
    {
        var nic = call["nic"].Split(':')[0];
        var index = nic.Length == 0 ? 0 : netlink.Links().FirstOrDefault(l => l.Name == nic)?.Index ?? -1;
        return netlink.Addresses(address.AddressFamily).FirstOrDefault(a => a.Address.Equals(address) && (index == 0 || a.Index == index));
    }

    private static (NetworkLink Link, InterfaceAddress Address)? Place(Netlink netlink, List<NetworkLink> links, AgentCall call, IPAddress address)
    {
        var words = call["nic"].Split(':', 2);
        var bits = Bits(call["cidr_netmask"], address);
        NetworkLink? link;
        if (words[0].Length > 0) link = links.Find(l => l.Name == words[0]);
        else
        {
            var route = netlink.Routes(address.AddressFamily).Where(r => r.Covers(address, 32) && r.Index != 0).OrderByDescending(r => r.PrefixLength).ThenBy(r => r.Metric).FirstOrDefault();
            link = route is null ? null : links.Find(l => l.Index == route.Index);
            if (route is { PrefixLength: > 0, Gateway: null }) bits ??= route.PrefixLength;
        }
        if (link is null) return null;
        var whole = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        bits ??= netlink.Routes(address.AddressFamily).Where(r => r.Index == link.Index && r.PrefixLength > 0 && r.Gateway is null && r.Covers(address, whole)).Select(r => (int?)r.PrefixLength).Max() ?? whole;
        var label = words.Length > 1 ? $"{link.Name}:{words[1]}" : call["iflabel"].Length > 0 ? $"{link.Name}:{call["iflabel"]}" : "";
        var broadcast = address.AddressFamily != AddressFamily.InterNetwork ? null : call["broadcast"].Length > 0 ? IPAddress.Parse(call["broadcast"]) : bits < 31 ? Broadcast(address, bits.Value) : null;
        return (link, new(link.Index, address, bits.Value, broadcast, label, address.AddressFamily == AddressFamily.InterNetworkV6 ? InterfaceAddress.NoDad : 0));
    }

    /// <summary>Bits of a mask given as a number or in dots.</summary>
    internal static int? Bits(string mask, IPAddress address)
    {
        var whole = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (mask.Length == 0) return null;
        if (int.TryParse(mask, NumberStyles.None, CultureInfo.InvariantCulture, out var bits)) return bits <= whole ? bits : null;
        if (!IPAddress.TryParse(mask, out var dotted) || dotted.AddressFamily != AddressFamily.InterNetwork) return null;
        var value = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(dotted.GetAddressBytes());
        var ones = System.Numerics.BitOperations.LeadingZeroCount(~value);
        return ones == 32 || value << ones == 0 ? ones : null;
    }

    private static IPAddress Broadcast(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (var bit = bits; bit < 32; bit++) bytes[bit / 8] |= (byte)(0x80 >> bit % 8);
        return new IPAddress(bytes);
    }
}

/// <summary>Tells the neighbours where an address is now: at once, and a few times more, as packets get lost.</summary>
internal static class Announcer
{
    public static void Announce(AgentCall call, NetworkLink link, IPAddress address, int count, TimeSpan interval)
    {
        if (!link.HasNeighbours || count <= 0) return;
        using (var socket = ArpSocket.Open(link, address.AddressFamily)) socket.Announce(address);
        if (count == 1) return;
        call.Request.Background.Start(call.Request.Instance, cancel =>
        {
            using var again = ArpSocket.Open(link, address.AddressFamily);
            for (var i = 1; i < count && !cancel.WaitHandle.WaitOne(interval); i++) again.Announce(address);
        });
        call.Log(LogPriority.Debug, $"{address} is announced {count} times on {link.Name}");
    }
}
