using System.Net;
using System.Runtime.InteropServices;
using System.Text;

namespace Appliance.Linux;

/// <summary>What the kernel knows of a network interface by its present name.</summary>
/// <param name="Index">The kernel's number: another one after the interface was removed and came back.</param>
/// <param name="IsUp">The administrator switched it on.</param>
/// <param name="HasCarrier">A cable is in and the other end is alive.</param>
/// <param name="BroadcastAddress">Of its first IPv4 address; <c>null</c> when it has none.</param>
public sealed record NetworkDevice(int Index, bool IsUp, bool HasCarrier, IPAddress? BroadcastAddress)
{
    /// <summary>Looks a name up; <c>null</c> when there is no interface of that name now.</summary>
    public static NetworkDevice? Find(string name) => DeviceQuery.Find(name);
}

/// <summary>The ioctls of netdevice(7) behind <see cref="NetworkDevice.Find"/>.</summary>
internal static unsafe partial class DeviceQuery
{
    private const uint SIOCGIFFLAGS = 0x8913, SIOCGIFBRDADDR = 0x8919, SIOCGIFINDEX = 0x8933;
    private const int IFF_UP = 1, IFF_BROADCAST = 2, IFF_RUNNING = 0x40;
    private const int RequestSize = 40, NameSize = 16;      // struct ifreq, IFNAMSIZ

    public static NetworkDevice? Find(string name)
    {
        if (name.Length is 0 or >= NameSize) return null;
        using var any = DatagramSocket.Udp(System.Net.Sockets.AddressFamily.InterNetwork);
        var request = stackalloc byte[RequestSize];
        if (!Ask(any, SIOCGIFINDEX, name, request)) return null;
        var index = *(int*)(request + NameSize);
        if (!Ask(any, SIOCGIFFLAGS, name, request)) return null;
        var flags = *(short*)(request + NameSize);
        IPAddress? broadcast = null;
        if ((flags & IFF_BROADCAST) != 0 && Ask(any, SIOCGIFBRDADDR, name, request) && *(ushort*)(request + NameSize) == SocketAddressBytes.AF_INET)
            broadcast = new IPAddress(new ReadOnlySpan<byte>(request + NameSize + 4, 4));
        if (IPAddress.Any.Equals(broadcast)) broadcast = null;
        return new(index, (flags & IFF_UP) != 0, (flags & IFF_RUNNING) != 0, broadcast);
    }

    private static bool Ask(DatagramSocket socket, uint what, string name, byte* request)
    {
        var bytes = new Span<byte>(request, RequestSize);
        bytes.Clear();
        return Encoding.UTF8.TryGetBytes(name, bytes[..(NameSize - 1)], out _) && Ioctl(socket.Descriptor, what, request) >= 0;
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, byte* argument);
}
