using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>An IP address on an interface, as the kernel keeps it.</summary>
/// <param name="Index">The interface's number.</param>
/// <param name="Label">IPv4 only: the interface's name, or <c>name:label</c>; empty: the interface's name.</param>
/// <param name="Flags"><c>IFA_F_*</c> of linux/if_addr.h.</param>
public sealed record InterfaceAddress(int Index, IPAddress Address, int PrefixLength, IPAddress? Broadcast, string Label, uint Flags)
{
    /// <summary>IFA_F_NODAD: the kernel looks for no duplicate, the address is usable at once.</summary>
    public const uint NoDad = 0x02;
    /// <summary>IFA_F_NOPREFIXROUTE: no route to the network comes with the address.</summary>
    public const uint NoPrefixRoute = 0x200;

    /// <summary>IPv6: seconds for which it is preferred as a source; <c>null</c>: for ever.</summary>
    public uint? PreferredSeconds { get; init; }

    public byte Scope { get; init; }
}

/// <summary>Addresses: RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR.</summary>
public static class NetlinkAddresses
{
    private const ushort RTM_NEWADDR = 20, RTM_DELADDR = 21, RTM_GETADDR = 22;
    private const ushort IFA_ADDRESS = 1, IFA_LOCAL = 2, IFA_LABEL = 3, IFA_BROADCAST = 4, IFA_CACHEINFO = 6, IFA_FLAGS = 8;

    /// <summary>All addresses of one family, in the kernel's order.</summary>
    public static List<InterfaceAddress> Addresses(this Netlink netlink, AddressFamily family)
    {
        var found = new List<InterfaceAddress>();
        var request = netlink.Request(RTM_GETADDR, Netlink.NLM_F_DUMP);
        request.Fixed([FamilyNumber(family), 0, 0, 0, 0, 0, 0, 0]);
        netlink.Dump(request.Finish(), "list addresses", (type, payload) =>
        {
            if (type == RTM_NEWADDR && Parse(payload) is { } address) found.Add(address);
        });
        return found;
    }

    /// <summary>Adds an address.</summary>
    /// <returns><c>false</c>: it was there already.</returns>
    public static bool Add(this Netlink netlink, InterfaceAddress address)
    {
        var request = netlink.Request(RTM_NEWADDR, Netlink.NLM_F_ACK | Netlink.NLM_F_CREATE | Netlink.NLM_F_EXCL);
        Write(ref request, address);
        var errno = netlink.Change(request.Finish(), "add address");
        return errno switch
        {
            0 => true,
            Netlink.EEXIST => false,
            _ => throw new NetlinkException($"add address {address.Address}/{address.PrefixLength}", errno),
        };
    }

    /// <summary>Takes an address away.</summary>
    /// <returns><c>false</c>: it was not there.</returns>
    public static bool Remove(this Netlink netlink, InterfaceAddress address)
    {
        var request = netlink.Request(RTM_DELADDR, Netlink.NLM_F_ACK);
        Write(ref request, address with { Broadcast = null, Label = "", Flags = 0, PreferredSeconds = null });
        var errno = netlink.Change(request.Finish(), "remove address");
        return errno switch
        {
            0 => true,
            Netlink.EADDRNOTAVAIL => false,
            _ => throw new NetlinkException($"remove address {address.Address}/{address.PrefixLength}", errno),
        };
    }

    private static void Write(ref NetlinkWriter request, InterfaceAddress address)
    {
        Span<byte> header = stackalloc byte[8];              // struct ifaddrmsg
        header[0] = FamilyNumber(address.Address.AddressFamily);
        header[1] = (byte)address.PrefixLength;
        header[2] = (byte)address.Flags;
        header[3] = address.Scope;
        MemoryMarshal.Write(header[4..], address.Index);
        request.Fixed(header);
        Span<byte> bytes = stackalloc byte[16];
        address.Address.TryWriteBytes(bytes, out var size);
        request.Attribute(IFA_LOCAL, bytes[..size]);
        request.Attribute(IFA_ADDRESS, bytes[..size]);
        if (address.Broadcast is { } broadcast && broadcast.TryWriteBytes(bytes, out size)) request.Attribute(IFA_BROADCAST, bytes[..size]);
        if (address.Label.Length > 0) request.Attribute(IFA_LABEL, address.Label);
        if (address.Flags > 0xff) request.Attribute(IFA_FLAGS, address.Flags);
        if (address.PreferredSeconds is not { } preferred) return;
        Span<byte> lifetimes = stackalloc byte[16];          // struct ifa_cacheinfo: preferred, valid, created, updated
        lifetimes.Clear();
        MemoryMarshal.Write(lifetimes, preferred);
        MemoryMarshal.Write(lifetimes[4..], uint.MaxValue);
        request.Attribute(IFA_CACHEINFO, lifetimes);
    }

    private static InterfaceAddress? Parse(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 8) return null;
        IPAddress? local = null, peer = null, broadcast = null;
        var label = "";
        uint flags = payload[2];
        var attributes = new NetlinkAttributes(payload[8..]);
        while (attributes.Next())
            switch (attributes.Type)
            {
                case IFA_LOCAL: local = Address(attributes.Value); break;
                case IFA_ADDRESS: peer = Address(attributes.Value); break;
                case IFA_BROADCAST: broadcast = Address(attributes.Value); break;
                case IFA_LABEL: label = attributes.Text; break;
                case IFA_FLAGS: flags = attributes.Number; break;
                default: break;
            }
        return (local ?? peer) is { } address
            ? new(MemoryMarshal.Read<int>(payload[4..]), address, payload[1], broadcast, label, flags) { Scope = payload[3] }
            : null;
    }

    internal static IPAddress? Address(ReadOnlySpan<byte> bytes) => bytes.Length is 4 or 16 ? new IPAddress(bytes) : null;

    internal static byte FamilyNumber(AddressFamily family) => family == AddressFamily.InterNetworkV6 ? (byte)10 : (byte)2;
}
