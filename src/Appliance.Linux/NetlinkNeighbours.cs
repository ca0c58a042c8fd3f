using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>A host on a network, as the kernel remembers it.</summary>
/// <param name="State"><c>NUD_*</c>.</param>
/// <param name="Confirmed">Time since it last answered.</param>
public sealed record NetworkNeighbour(int Index, IPAddress Address, ushort State, TimeSpan Confirmed)
{
    private const ushort NUD_NOARP = 0x40;

    /// <summary>A group or everybody, at which nobody in particular can be asked.</summary>
    public bool IsFixed => (State & NUD_NOARP) != 0;
}

/// <summary>Neighbours: RTM_GETNEIGH.</summary>
public static class NetlinkNeighbours
{
    private const ushort RTM_NEWNEIGH = 28, RTM_GETNEIGH = 30;
    private const ushort NDA_DST = 1, NDA_CACHEINFO = 3;
    private const int HeaderSize = 12;        // struct ndmsg: family, padding, index, state, flags, type

    /// <summary>All of one family on one interface, in the kernel's order.</summary>
    public static List<NetworkNeighbour> Neighbours(this Netlink netlink, AddressFamily family, int index)
    {
        var found = new List<NetworkNeighbour>();
        var request = netlink.Request(RTM_GETNEIGH, Netlink.NLM_F_DUMP);
        Span<byte> header = stackalloc byte[HeaderSize];
        header.Clear();
        header[0] = NetlinkAddresses.FamilyNumber(family);
        request.Fixed(header);
        netlink.Dump(request.Finish(), "list neighbours", (type, payload) =>
        {
            if (type == RTM_NEWNEIGH && Parse(payload) is { } neighbour && neighbour.Index == index) found.Add(neighbour);
        });
        return found;
    }

    private static NetworkNeighbour? Parse(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < HeaderSize) return null;
        IPAddress? address = null;
        var confirmed = TimeSpan.MaxValue;
        var attributes = new NetlinkAttributes(payload[HeaderSize..]);
        while (attributes.Next())
            switch (attributes.Type)
            {
                case NDA_DST: address = NetlinkAddresses.Address(attributes.Value); break;
                case NDA_CACHEINFO: confirmed = TimeSpan.FromMilliseconds(attributes.Number * 10.0); break;      // struct nda_cacheinfo, in USER_HZ: 100 a second
                default: break;
            }
        return address is null ? null : new(MemoryMarshal.Read<int>(payload[4..]), address, MemoryMarshal.Read<ushort>(payload[8..]), confirmed);
    }
}
