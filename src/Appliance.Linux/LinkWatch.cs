using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Becomes readable when any network interface came, went, changed its name, state or addresses. Says that, not what: look again with <see cref="NetworkDevice"/>.</summary>
/// <remarks>A route netlink socket (rtnetlink(7)); lost messages also count as a change, so that nothing is missed.</remarks>
public sealed unsafe partial class LinkWatch : IDisposable
{
    private const int AF_NETLINK = 16, SOCK_RAW = 3, NETLINK_ROUTE = 0, SOCK_NONBLOCK = 0x800, SOCK_CLOEXEC = 0x80000;
    private const uint RTMGRP_LINK = 1, RTMGRP_IPV4_IFADDR = 0x10, RTMGRP_IPV6_IFADDR = 0x100;

    /// <summary>Messages taken in one go: a storm of link changes must not hold up heartbeats.</summary>
    private const int MostAtOnce = 64;

    private readonly byte[] _buffer = GC.AllocateArray<byte>(16384, pinned: true);

    public LinkWatch()
    {
        Descriptor = Descriptor.Opened(Socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE), "socket", "NETLINK_ROUTE");
        var address = new NetlinkAddress { Family = AF_NETLINK, Groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR };
        LinuxException.Check(Bind(Descriptor, &address, (uint)sizeof(NetlinkAddress)), "bind", "NETLINK_ROUTE");
    }

    public Descriptor Descriptor { get; }

    /// <summary>Takes what is there; true when something changed.</summary>
    public bool Drain()
    {
        var changed = false;
        for (var i = 0; i < MostAtOnce; i++)
        {
            var n = Descriptor.Read(_buffer);
            if (n == -Errno.ENOBUFS) return true;       // the kernel had more to say than fits: look at everything
            if (n <= 0) break;
            changed = true;
        }
        return changed;
    }

    public void Dispose() => Descriptor.Dispose();

    [StructLayout(LayoutKind.Sequential)]
    private struct NetlinkAddress
    {
        public ushort Family;
        public ushort Padding;
        public uint Pid;
        public uint Groups;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(Descriptor fd, NetlinkAddress* address, uint size);
}
