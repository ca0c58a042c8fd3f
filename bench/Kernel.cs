using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Appliance.Bench;

/// <summary>The few kernel calls the framework has no door to: entering a network namespace, and hearing of addresses as the kernel gets them.</summary>
internal static partial class Kernel
{
    private const int CLONE_NEWNET = 0x40000000;
    private const int AF_NETLINK = 16, SOCK_RAW = 3, NETLINK_ROUTE = 0;
    private const int SCHED_FIFO = 1;
    private const ushort RTM_NEWADDR = 20, IFA_LOCAL = 2;
    private const uint RTMGRP_IPV4_IFADDR = 0x10;

    /// <summary>Moves the calling thread (and no other) into a named network namespace: sockets it makes from now on live there.</summary>
    public static void Enter(string networkNamespace)
    {
        using var file = File.OpenHandle("/run/netns/" + networkNamespace);
        Check(SetNs(file, CLONE_NEWNET), "setns");
    }

    /// <summary>The measuring threads must not wait behind what they measure.</summary>
    public static void RunFirst()
    {
        var priority = 60;
        if (SetScheduler(0, SCHED_FIFO, ref priority) != 0) Console.Error.WriteLine("bench: no real-time priority for the probes; figures will be noisier");
    }

    /// <summary>A socket of the calling thread's namespace that hears of every IPv4 address added.</summary>
    public static int AddressSocket()
    {
        var fd = Socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
        Check(fd, "socket(AF_NETLINK)");
        Span<byte> address = stackalloc byte[12];
        address.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(address, AF_NETLINK);
        BinaryPrimitives.WriteUInt32LittleEndian(address[8..], RTMGRP_IPV4_IFADDR);
        Check(Bind(fd, address, 12), "bind(AF_NETLINK)");
        return fd;
    }

    /// <summary>Waits for the next news on the socket and says whether it is that this address was added.</summary>
    public static bool HeardOf(int socket, IPAddress wanted, Span<byte> buffer)
    {
        var length = Receive(socket, buffer, (nuint)buffer.Length, 0);
        Check((int)length, "recv(AF_NETLINK)");
        for (var rest = buffer[..(int)length]; rest.Length >= 24;)
        {
            var size = (int)BinaryPrimitives.ReadUInt32LittleEndian(rest);
            if (size < 24 || size > rest.Length) return false;
            if (BinaryPrimitives.ReadUInt16LittleEndian(rest[4..]) == RTM_NEWADDR)
                for (var attributes = rest[24..size]; attributes.Length >= 8;)
                {
                    var attribute = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
                    if (BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) == IFA_LOCAL && new IPAddress(attributes.Slice(4, 4)).Equals(wanted)) return true;
                    attributes = attributes[Math.Min(attributes.Length, (Math.Max((int)attribute, 4) + 3) & ~3)..];
                }
            rest = rest[Math.Min(rest.Length, (size + 3) & ~3)..];
        }
        return false;
    }

    /// <summary>Waits until a descriptor can be read, at most so long.</summary>
    public static bool Readable(int descriptor, TimeSpan atMost)
    {
        var slot = (uint)descriptor | 1L << 32;          // struct pollfd: fd, POLLIN, nothing returned yet
        Span<long> time = [0, Math.Max(0, atMost.Ticks) * 100];
        return Poll(ref slot, 1, time, 0) > 0;
    }

    /// <summary>SIGKILL: the power cut of a namespace's first process takes every process in it along.</summary>
    public static void CutPower(int pid) => Check(Kill(pid, 9), "kill");

    private static void Check(int result, string call)
    {
        if (result < 0) throw new IOException($"{call}: errno {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    private static partial int SetNs(SafeFileHandle fd, int type);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler", SetLastError = true)]
    private static partial int SetScheduler(int pid, int policy, ref int priority);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static partial int Bind(int fd, ReadOnlySpan<byte> address, uint length);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static partial nint Receive(int fd, Span<byte> buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "ppoll")]
    private static partial int Poll(ref long slot, nuint count, Span<long> time, nint mask);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
