using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>One unicast route.</summary>
/// <param name="Destination">Network's first address; <c>0.0.0.0</c> or <c>::</c> with length 0 is the default route.</param>
/// <param name="Index">Interface; 0: the kernel finds it from the gateway.</param>
/// <param name="Source">Preferred source address.</param>
public sealed record NetworkRoute(IPAddress Destination, int PrefixLength, int Index, IPAddress? Gateway, IPAddress? Source, uint Table = NetworkRoute.MainTable)
{
    public const uint MainTable = 254, LocalTable = 255;
    public const byte ScopeUniverse = 0, ScopeLink = 253, ScopeHost = 254;

    public byte Scope { get; init; }

    public uint Metric { get; init; }

    /// <summary><c>RTN_*</c>: 1 unicast, 2 local.</summary>
    public byte Type { get; init; } = 1;

    /// <summary><c>RTPROT_*</c>, who put it there: 2 the kernel, 3 ip(8) by hand, 4 the administrator; what the kernel told, not what is asked of it.</summary>
    public byte Protocol { get; init; }

    /// <summary>Whether an address, or a whole network of a given length, lies inside this route's destination.</summary>
    public bool Covers(IPAddress address, int prefixLength)
    {
        if (address.AddressFamily != Destination.AddressFamily || prefixLength < PrefixLength) return false;
        Span<byte> a = stackalloc byte[16], b = stackalloc byte[16];
        address.TryWriteBytes(a, out _);
        Destination.TryWriteBytes(b, out _);
        var whole = PrefixLength / 8;
        var bits = PrefixLength % 8;
        return a[..whole].SequenceEqual(b[..whole]) && (bits == 0 || a[whole] >> (8 - bits) == b[whole] >> (8 - bits));
    }
}

/// <summary>Routes: RTM_NEWROUTE, RTM_DELROUTE, RTM_GETROUTE.</summary>
public static class NetlinkRoutes
{
    private const ushort RTM_NEWROUTE = 24, RTM_DELROUTE = 25, RTM_GETROUTE = 26;
    private const ushort RTA_DST = 1, RTA_OIF = 4, RTA_GATEWAY = 5, RTA_PRIORITY = 6, RTA_PREFSRC = 7, RTA_CACHEINFO = 12, RTA_TABLE = 15;
    private const byte RT_TABLE_UNSPEC = 0, RTPROT_BOOT = 3, RTN_UNICAST = 1, RTN_LOCAL = 2;
    private const uint RTM_F_CLONED = 0x200, RTNH_F_ONLINK = 4;
    private const int HeaderSize = 12;            // struct rtmsg
    private const int LargestRoute = 900;         // of the request buffer; a route without many next hops has about 60 bytes

    /// <summary>Unicast and local routes of one table, in the kernel's order.</summary>
    public static List<NetworkRoute> Routes(this Netlink netlink, AddressFamily family, uint table = NetworkRoute.MainTable)
    {
        var found = new List<NetworkRoute>();
        var request = netlink.Request(RTM_GETROUTE, Netlink.NLM_F_DUMP);
        request.Fixed([NetlinkAddresses.FamilyNumber(family), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        netlink.Dump(request.Finish(), "list routes", (type, payload) =>
        {
            if (type == RTM_NEWROUTE && Parse(family, payload) is { } route && route.Table == table) found.Add(route);
        });
        return found;
    }

    /// <summary>Adds a route, as <c>ip route add</c>.</summary>
    /// <returns><c>false</c>: there is one to this destination already.</returns>
    public static bool Add(this Netlink netlink, NetworkRoute route)
    {
        var request = netlink.Request(RTM_NEWROUTE, Netlink.NLM_F_ACK | Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL);
        Write(ref request, route, RTPROT_BOOT, RTN_UNICAST);
        var errno = netlink.Change(request.Finish(), "add route");
        return errno switch
        {
            0 => true,
            Netlink.EEXIST => false,
            _ => throw new NetlinkException($"add route {route.Destination}/{route.PrefixLength}", errno),
        };
    }

    /// <summary>Gives a route that is there another preferred source address, and leaves everything else of it as it is, also what we know nothing of (metrics, encapsulations).</summary>
    /// <returns><c>false</c>: that route is not there any more.</returns>
    public static bool ChangeSource(this Netlink netlink, NetworkRoute route, IPAddress source)
    {
        byte[]? present = null;
        var family = route.Destination.AddressFamily;
        var request = netlink.Request(RTM_GETROUTE, Netlink.NLM_F_DUMP);
        request.Fixed([NetlinkAddresses.FamilyNumber(family), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        netlink.Dump(request.Finish(), "list routes", (type, payload) =>
        {
            if (type == RTM_NEWROUTE && present is null && route.Equals(Parse(family, payload))) present = payload.ToArray();
        });
        if (present is null) return false;
        if (present.Length > LargestRoute) throw new NetlinkException($"change source of {route.Destination}/{route.PrefixLength}", Errno.EMSGSIZE);

        request = netlink.Request(RTM_NEWROUTE, Netlink.NLM_F_ACK | Netlink.NLM_F_CREATE | Netlink.NLM_F_REPLACE);
        MemoryMarshal.Write(present.AsSpan(8), MemoryMarshal.Read<uint>(present.AsSpan(8)) & RTNH_F_ONLINK);     // the other flags are the kernel's to set
        request.Fixed(present.AsSpan(0, HeaderSize));
        var attributes = new NetlinkAttributes(present.AsSpan(HeaderSize));
        while (attributes.Next())
            if (attributes.Type is not (RTA_PREFSRC or RTA_CACHEINFO)) request.Attribute(attributes.FullType, attributes.Value);
        Span<byte> bytes = stackalloc byte[16];
        source.TryWriteBytes(bytes, out var size);
        request.Attribute(RTA_PREFSRC, bytes[..size]);
        var errno = netlink.Change(request.Finish(), "change route");
        return errno == 0 ? true : throw new NetlinkException($"change source of {route.Destination}/{route.PrefixLength} to {source}", errno);
    }

    /// <summary>Takes a route away, as <c>ip route del</c>.</summary>
    /// <returns><c>false</c>: it was not there.</returns>
    public static bool Remove(this Netlink netlink, NetworkRoute route)
    {
        var request = netlink.Request(RTM_DELROUTE, Netlink.NLM_F_ACK);
        Write(ref request, route, 0, 0);
        var errno = netlink.Change(request.Finish(), "remove route");
        return errno switch
        {
            0 => true,
            Netlink.ESRCH => false,
            _ => throw new NetlinkException($"remove route {route.Destination}/{route.PrefixLength}", errno),
        };
    }

    private static void Write(ref NetlinkWriter request, NetworkRoute route, byte protocol, byte type)
    {
        Span<byte> header = stackalloc byte[12];             // struct rtmsg
        header.Clear();
        header[0] = NetlinkAddresses.FamilyNumber(route.Destination.AddressFamily);
        header[1] = (byte)route.PrefixLength;
        header[4] = route.Table <= 255 ? (byte)route.Table : RT_TABLE_UNSPEC;
        header[5] = protocol;
        header[6] = route.Scope;
        header[7] = type;
        request.Fixed(header);
        Span<byte> bytes = stackalloc byte[16];
        route.Destination.TryWriteBytes(bytes, out var size);
        if (route.PrefixLength > 0) request.Attribute(RTA_DST, bytes[..size]);
        if (route.Gateway is { } gateway && gateway.TryWriteBytes(bytes, out size)) request.Attribute(RTA_GATEWAY, bytes[..size]);
        if (route.Source is { } source && source.TryWriteBytes(bytes, out size)) request.Attribute(RTA_PREFSRC, bytes[..size]);
        if (route.Index != 0) request.Attribute(RTA_OIF, (uint)route.Index);
        if (route.Metric != 0) request.Attribute(RTA_PRIORITY, route.Metric);
        if (route.Table > 255) request.Attribute(RTA_TABLE, route.Table);
    }

    private static NetworkRoute? Parse(AddressFamily family, ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 12 || payload[7] is not (RTN_UNICAST or RTN_LOCAL)) return null;
        if ((MemoryMarshal.Read<uint>(payload[8..]) & RTM_F_CLONED) != 0) return null;      // a cached exception, not a route
        IPAddress? destination = null, gateway = null, source = null;
        uint table = payload[4], metric = 0;
        var index = 0;
        var attributes = new NetlinkAttributes(payload[12..]);
        while (attributes.Next())
            switch (attributes.Type)
            {
                case RTA_DST: destination = NetlinkAddresses.Address(attributes.Value); break;
                case RTA_GATEWAY: gateway = NetlinkAddresses.Address(attributes.Value); break;
                case RTA_PREFSRC: source = NetlinkAddresses.Address(attributes.Value); break;
                case RTA_OIF: index = (int)attributes.Number; break;
                case RTA_PRIORITY: metric = attributes.Number; break;
                case RTA_TABLE: table = attributes.Number; break;
                default: break;
            }
        destination ??= family == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any;
        return new(destination, payload[1], index, gateway, source, table) { Scope = payload[6], Metric = metric, Type = payload[7], Protocol = payload[5] };
    }
}
