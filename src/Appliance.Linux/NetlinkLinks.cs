using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>A network interface as the kernel describes it.</summary>
/// <param name="HardwareType"><c>ARPHRD_*</c>: 1 Ethernet, 32 InfiniBand, 772 loopback.</param>
/// <param name="Flags"><c>IFF_*</c>.</param>
public sealed record NetworkLink(int Index, string Name, ushort HardwareType, uint Flags, byte[] HardwareAddress)
{
    private const uint IFF_UP = 1, IFF_LOOPBACK = 8, IFF_RUNNING = 0x40, IFF_NOARP = 0x80, IFF_LOWER_UP = 0x10000;

    public bool IsUp => (Flags & IFF_UP) != 0;

    public bool HasCarrier => (Flags & IFF_LOWER_UP) != 0;

    /// <summary>Able to work: switched on, with a carrier, and not waiting for anything (RFC 2863's operational state).</summary>
    public bool IsRunning => (Flags & (IFF_UP | IFF_RUNNING)) == (IFF_UP | IFF_RUNNING);

    /// <summary>Packets received since it exists.</summary>
    public ulong ReceivedPackets { get; init; }

    public bool IsLoopback => (Flags & IFF_LOOPBACK) != 0;

    /// <summary>Neighbours are found by ARP or ND, with hardware addresses that fit a sockaddr_ll.</summary>
    public bool HasNeighbours => (Flags & (IFF_LOOPBACK | IFF_NOARP)) == 0 && HardwareAddress.Length is > 0 and <= 8;

    /// <summary><c>aa:bb:cc:dd:ee:ff</c></summary>
    public static string Text(ReadOnlySpan<byte> hardwareAddress) =>
        string.Join(':', Array.ConvertAll(hardwareAddress.ToArray(), b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
}

/// <summary>Links: RTM_GETLINK, RTM_SETLINK.</summary>
public static class NetlinkLinks
{
    private const ushort RTM_NEWLINK = 16, RTM_GETLINK = 18;
    private const ushort IFLA_ADDRESS = 1, IFLA_IFNAME = 3, IFLA_STATS64 = 23;

    /// <summary>All interfaces.</summary>
    public static List<NetworkLink> Links(this Netlink netlink)
    {
        var found = new List<NetworkLink>();
        var request = netlink.Request(RTM_GETLINK, Netlink.NLM_F_DUMP);
        Span<byte> header = stackalloc byte[16];
        header.Clear();
        request.Fixed(header);
        netlink.Dump(request.Finish(), "list interfaces", (type, payload) =>
        {
            if (type == RTM_NEWLINK && Parse(payload) is { } link) found.Add(link);
        });
        return found;
    }

    /// <summary>Switches an interface on.</summary>
    public static void SetUp(this Netlink netlink, NetworkLink link)
    {
        var request = netlink.Request(RTM_NEWLINK, Netlink.NLM_F_ACK);
        Span<byte> header = stackalloc byte[16];             // struct ifinfomsg: family, pad, type, index, flags, change mask
        header.Clear();
        MemoryMarshal.Write(header[4..], link.Index);
        MemoryMarshal.Write(header[8..], 1u);
        MemoryMarshal.Write(header[12..], 1u);
        request.Fixed(header);
        var errno = netlink.Change(request.Finish(), "set interface up");
        if (errno != 0) throw new NetlinkException($"set {link.Name} up", errno);
    }

    private static NetworkLink? Parse(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 16) return null;
        var name = "";
        byte[] hardware = [];
        var received = 0UL;
        var attributes = new NetlinkAttributes(payload[16..]);
        while (attributes.Next())
            switch (attributes.Type)
            {
                case IFLA_ADDRESS: hardware = attributes.Value.ToArray(); break;
                case IFLA_IFNAME: name = attributes.Text; break;
                case IFLA_STATS64 when attributes.Value.Length >= 8: received = MemoryMarshal.Read<ulong>(attributes.Value); break;       // rtnl_link_stats64 begins with it
                default: break;
            }
        return new(MemoryMarshal.Read<int>(payload[4..]), name, MemoryMarshal.Read<ushort>(payload[2..]), MemoryMarshal.Read<uint>(payload[8..]), hardware) { ReceivedPackets = received };
    }
}
