using System.Buffers.Text;

namespace Appliance.Messaging.Wire;

/// <summary>The netstring form: <c>###\n</c>, <c>LEN:(T)name=value,</c> for each field, <c>%%%\n</c>, and a trailing signature <c>LEN:IDX TOKEN,</c>.</summary>
/// <remarks>3.0.6 sends it on every UDP medium and inside ICMP, whatever <c>msgfmt</c> says.</remarks>
public static class Netstring
{
    private static ReadOnlySpan<byte> Open => "###\n"u8;
    private static ReadOnlySpan<byte> Close => "%%%\n"u8;

    public static bool IsOne(ReadOnlySpan<byte> packet) => packet.StartsWith(Open);

    /// <summary>Reads a datagram; on success <paramref name="signed"/> is what the trailer signs and <paramref name="trailer"/> its <c>IDX TOKEN</c> (empty if there is none).</summary>
    public static WireError Parse(ReadOnlySpan<byte> packet, WireMessage into, out ReadOnlySpan<byte> signed, out ReadOnlySpan<byte> trailer)
    {
        into.Clear();
        signed = trailer = default;
        if (!IsOne(packet)) return WireError.NoStart;
        var at = Open.Length;
        while (true)
        {
            var rest = packet[at..];
            if (rest.StartsWith(Close)) break;
            var error = Element(rest, out var element, out var length);
            if (error != WireError.None) return rest.IsEmpty ? WireError.NoEnd : error;
            error = Field(element, into);
            if (error != WireError.None) return error;
            at += length;
        }
        at += Close.Length;
        signed = packet[..at];
        if (at == packet.Length || packet[at] == 0) return WireError.None;
        return Element(packet[at..], out trailer, out _);
    }

    /// <summary>Writes the message with <c>###</c> and <c>%%%</c>, without trailer.</summary>
    /// <returns>Bytes written; -1 when they do not fit.</returns>
    public static int Write(WireMessage message, Span<byte> output)
    {
        if (!Open.TryCopyTo(output)) return -1;
        var at = Open.Length;
        for (var i = 0; i < message.Count; i++)
        {
            ReadOnlySpan<byte> name = message.NameAt(i), value = message.ValueAt(i);
            var length = 3 + name.Length + 1 + value.Length;
            if (output.Length - at < length + 12 || !Utf8Formatter.TryFormat(length, output[at..], out var digits)) return -1;
            at += digits;
            output[at++] = (byte)':';
            output[at++] = (byte)'(';
            output[at++] = (byte)('0' + (int)message.TypeAt(i));
            output[at++] = (byte)')';
            name.CopyTo(output[at..]);
            at += name.Length;
            output[at++] = (byte)'=';
            value.CopyTo(output[at..]);
            at += value.Length;
            output[at++] = (byte)',';
        }
        return Close.TryCopyTo(output[at..]) ? at + Close.Length : -1;
    }

    /// <summary>Appends a trailer after <see cref="Write"/>'s bytes.</summary>
    /// <returns>Bytes written; -1 when they do not fit.</returns>
    public static int WriteTrailer(ReadOnlySpan<byte> indexAndToken, Span<byte> output)
    {
        if (!Utf8Formatter.TryFormat(indexAndToken.Length, output, out var at) || output.Length < at + indexAndToken.Length + 2) return -1;
        output[at++] = (byte)':';
        indexAndToken.CopyTo(output[at..]);
        output[at + indexAndToken.Length] = (byte)',';
        return at + indexAndToken.Length + 1;
    }

    /// <summary>One <c>LEN:bytes,</c>.</summary>
    internal static WireError Element(ReadOnlySpan<byte> from, out ReadOnlySpan<byte> content, out int length)
    {
        content = default;
        length = 0;
        if (!Utf8Parser.TryParse(from, out uint size, out var digits) || digits > 7 || size > WireMessage.MaxBytes) return WireError.BadLength;
        var end = digits + 1 + (int)size;
        if (from.Length <= end || from[digits] != ':' || from[end] != ',') return WireError.BadLength;
        content = from[(digits + 1)..end];
        length = end + 1;
        return WireError.None;
    }

    private static WireError Field(ReadOnlySpan<byte> element, WireMessage into)
    {
        if (element.Length < 5 || element[0] != '(' || element[2] != ')' || element[1] is < (byte)'0' or > (byte)'5') return WireError.BadField;
        var body = element[3..];
        var equals = body.IndexOf((byte)'=');
        if (equals <= 0) return WireError.BadField;
        var type = (FieldType)(element[1] - '0');
        if (type == FieldType.String && body[(equals + 1)..].Contains((byte)0)) return WireError.BadValue;
        return into.Add(body[..equals], type, body[(equals + 1)..]) ? WireError.None : WireError.TooLarge;
    }
}
