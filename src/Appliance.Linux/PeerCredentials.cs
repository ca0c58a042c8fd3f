using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Appliance.Linux;

/// <summary>Who is at the other end of a unix socket, in the kernel's words: they cannot be forged.</summary>
/// <param name="Groups">The primary and all supplementary groups at the time of connecting.</param>
public sealed partial record PeerCredentials(int ProcessId, uint User, ImmutableArray<uint> Groups)
{
    private const int SOL_SOCKET = 1, SO_PEERCRED = 17, SO_PEERGROUPS = 59;    // asm-generic/socket.h
    private const int MostGroups = 1024;                                       // NGROUPS_MAX is 65536; nobody's accounts come near

    /// <summary>Asks the kernel.</summary>
    /// <exception cref="LinuxException">Not a connected unix socket.</exception>
    public static PeerCredentials Of(Descriptor socket)
    {
        Span<byte> ids = stackalloc byte[12];       // struct ucred: pid, uid, gid
        var size = ids.Length;
        LinuxException.Check(GetSocketOption(socket, SOL_SOCKET, SO_PEERCRED, ids, ref size), "getsockopt", "SO_PEERCRED");
        var groups = ImmutableArray.CreateBuilder<uint>();
        groups.Add(BinaryPrimitives.ReadUInt32LittleEndian(ids[8..]));
        Span<byte> all = stackalloc byte[4 * MostGroups];
        size = all.Length;
        // Where it fails there are more groups than that, or a kernel before 4.13: the primary group alone counts, which can only refuse more.
        if (GetSocketOption(socket, SOL_SOCKET, SO_PEERGROUPS, all, ref size) == 0)
            for (var at = 0; at + 4 <= size; at += 4) groups.Add(BinaryPrimitives.ReadUInt32LittleEndian(all[at..]));
        return new(BinaryPrimitives.ReadInt32LittleEndian(ids), BinaryPrimitives.ReadUInt32LittleEndian(ids[4..]), groups.ToImmutable());
    }

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetSocketOption(Descriptor fd, int level, int option, Span<byte> value, ref int size);
}
