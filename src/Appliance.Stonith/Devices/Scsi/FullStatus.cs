using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>One registration: a key, and the way between a machine and the disk that it belongs to.</summary>
/// <param name="Port">Relative port of the disk.</param>
/// <param name="Initiator">The machine's port, as its protocol names it: an iSCSI name, a worldwide name in hexadecimal digits.</param>
public sealed record Registration(ulong Key, bool IsHolder, byte Type, int Port, string Initiator);

/// <summary>The answer to READ FULL STATUS (SPC-4, 6.15.5).</summary>
public static class FullStatus
{
    private const int Header = 8, Fixed = 24, ISCSI = 5;

    /// <summary>Length and worldwide name of a TransportID by its protocol (SPC-4, 7.6.4): Fibre Channel, FireWire, InfiniBand, SAS.</summary>
    private static (int At, int Length)? NameOf(int protocol) => protocol switch { 0 => (8, 8), 3 => (8, 8), 4 => (8, 16), 6 => (4, 8), _ => null };

    /// <summary>All registrations; <c>null</c> when the answer is damaged, or does not hold them all.</summary>
    public static ImmutableArray<Registration>? Read(ReadOnlySpan<byte> answer)
    {
        if (answer.Length < Header) return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(answer[4..]);
        if (length > (uint)(answer.Length - Header)) return null;
        var registrations = ImmutableArray.CreateBuilder<Registration>();
        for (var rest = answer.Slice(Header, (int)length); !rest.IsEmpty;)
        {
            if (rest.Length < Fixed) return null;
            var more = BinaryPrimitives.ReadUInt32BigEndian(rest[20..]);
            if (more > (uint)(rest.Length - Fixed)) return null;
            var holds = (rest[12] & 1) != 0;
            registrations.Add(new(BinaryPrimitives.ReadUInt64BigEndian(rest), holds, holds ? (byte)(rest[13] & 0x0F) : (byte)0, BinaryPrimitives.ReadUInt16BigEndian(rest[18..]), Initiator(rest.Slice(Fixed, (int)more))));
            rest = rest[(Fixed + (int)more)..];
        }
        return registrations.ToImmutable();
    }

    private static string Initiator(ReadOnlySpan<byte> id)
    {
        if (id.Length < 4) return "";
        if ((id[0] & 0x0F) == ISCSI)
        {
            var name = id.Slice(4, Math.Min(id.Length - 4, BinaryPrimitives.ReadUInt16BigEndian(id[2..])));
            var end = name.IndexOf((byte)0);
            var text = new StringBuilder();
            // What a machine calls itself goes to a terminal: printable characters only.
            foreach (var b in end < 0 ? name : name[..end]) text.Append(b is > 0x20 and < 0x7F ? (char)b : '?');
            return text.ToString();
        }
        return Convert.ToHexStringLower(NameOf(id[0] & 0x0F) is { } place && id.Length >= place.At + place.Length ? id.Slice(place.At, place.Length) : id);
    }
}
