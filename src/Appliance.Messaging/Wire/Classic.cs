using System.Buffers;
using System.Buffers.Text;

namespace Appliance.Messaging.Wire;

/// <summary>The classic form: <c>&gt;&gt;&gt;\n</c>, <c>name=value\n</c> for each field (<c>(T)name=value</c> unless a string), <c>&lt;&lt;&lt;\n</c>.</summary>
/// <remarks>Serial lines carry nothing else; what the field <c>auth</c> signs is always this text without its first and last line.</remarks>
public static class Classic
{
    private const byte NewlineInString = 0x13;
    private static ReadOnlySpan<byte> Open => ">>>\n"u8;
    private static ReadOnlySpan<byte> Close => "<<<\n"u8;
    private static ReadOnlySpan<byte> Auth => "auth"u8;

    /// <summary>The byte that stands for a newline of a struct nested so deep (0 is the outermost).</summary>
    private static ReadOnlySpan<byte> NestedNewline => [20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 15, 16, 17, 18];

    public static bool IsOne(ReadOnlySpan<byte> packet) => packet.StartsWith(Open);

    /// <summary>Reads a classic message, from a serial line or a datagram (there, old releases append a NUL).</summary>
    public static WireError Parse(ReadOnlySpan<byte> packet, WireMessage into) => Parse(packet.TrimEnd((byte)0), into, (byte)'\n', 0);

    /// <summary>Finds what the field <c>auth</c> signs, exactly as it came: every line but the first, the last and <c>auth</c> itself. Interprets nothing and allocates nothing.</summary>
    /// <param name="signed">Receives the signed text; <paramref name="length"/> bytes of it.</param>
    /// <param name="auth">The last field <c>auth</c>, which is the one that counts.</param>
    public static WireError Extract(ReadOnlySpan<byte> packet, Span<byte> signed, out int length, out ReadOnlySpan<byte> auth)
    {
        length = 0;
        auth = default;
        packet = packet.TrimEnd((byte)0);
        if (!IsOne(packet)) return WireError.NoStart;
        if (packet.Length < 9 || !packet.EndsWith("\n<<<\n"u8)) return WireError.NoEnd;
        if (packet.Length > signed.Length) return WireError.TooLarge;
        for (var rest = packet[4..^4]; !rest.IsEmpty;)
        {
            var line = rest[..(rest.IndexOf((byte)'\n') + 1)];
            if (line.StartsWith("auth="u8)) auth = line[5..^1];
            else
            {
                line.CopyTo(signed[length..]);
                length += line.Length;
            }
            rest = rest[line.Length..];
        }
        return auth.IsEmpty ? WireError.NoSignature : WireError.None;
    }

    /// <summary>A string field of a packet that is not to be believed, for a log line; empty when there is none.</summary>
    internal static ReadOnlySpan<byte> Peek(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> name)
    {
        foreach (var range in packet.Split((byte)'\n'))
            if (packet[range] is var line && line.Length > name.Length && line.StartsWith(name) && line[name.Length] == '=') return line[(name.Length + 1)..];
        return default;
    }

    private static WireError Parse(ReadOnlySpan<byte> text, WireMessage into, byte newline, int depth)
    {
        into.Clear();
        if (text.Length < 4 || !text.StartsWith(">>>"u8) || text[3] != newline) return WireError.NoStart;
        if (text.Length < 9 || text[^1] != newline || !text[^4..^1].SequenceEqual("<<<"u8) || text[^5] != newline) return WireError.NoEnd;
        for (var rest = text[4..^4]; !rest.IsEmpty;)
        {
            var end = rest.IndexOf(newline);
            var error = Field(rest[..end], into, depth);
            if (error != WireError.None) return error;
            rest = rest[(end + 1)..];
        }
        return WireError.None;
    }

    private static WireError Field(ReadOnlySpan<byte> line, WireMessage into, int depth)
    {
        var type = FieldType.String;
        if (line.Length >= 4 && line[0] == '(' && line[2] == ')' && line[1] is >= (byte)'0' and <= (byte)'3')
        {
            type = (FieldType)(line[1] - '0');
            line = line[3..];
        }
        var equals = line.IndexOf((byte)'=');
        if (equals <= 0) return WireError.BadField;
        ReadOnlySpan<byte> name = line[..equals], value = line[(equals + 1)..];
        switch (type)
        {
            case FieldType.Binary:
                if (!into.HasRoom(name.Length + value.Length)) return WireError.TooLarge;
                var room = into.Reserve(name.Length + Base64.GetMaxDecodedFromUtf8Length(value.Length));
                name.CopyTo(room);
                if (Base64.DecodeFromUtf8(value, room[name.Length..], out var used, out var written) != OperationStatus.Done || used != value.Length) return WireError.BadValue;
                into.Commit(name.Length, type, written);
                return WireError.None;
            case FieldType.Struct:
                if (depth == NestedNewline.Length) return WireError.BadValue;
                var nested = new WireMessage();     // off the heartbeat path: haresources traffic holds no structs
                var error = Parse(value, nested, NestedNewline[depth], depth + 1);
                if (error != WireError.None) return error;
                var packed = new byte[value.Length + nested.Count * 12 + 16];
                var length = Netstring.Write(nested, packed);
                return length >= 0 && into.Add(name, type, packed.AsSpan(0, length)) ? WireError.None : WireError.TooLarge;
            default:
                if (!into.HasRoom(name.Length + value.Length)) return WireError.TooLarge;
                var text = into.Reserve(name.Length + value.Length);
                name.CopyTo(text);
                value.Replace(text[name.Length..], NewlineInString, (byte)'\n');
                into.Commit(name.Length, type, value.Length);
                return WireError.None;
        }
    }

    /// <summary>Writes the whole message, <c>auth</c> included if it has one.</summary>
    /// <returns>Bytes written; -1 when they do not fit or a field cannot be written so (compressed ones).</returns>
    public static int Write(WireMessage message, Span<byte> output) => Write(message, output, frame: true, withAuth: true, (byte)'\n', 0);

    /// <summary>Writes the text that the field <c>auth</c> signs.</summary>
    public static int WriteSigned(WireMessage message, Span<byte> output) => Write(message, output, frame: false, withAuth: false, (byte)'\n', 0);

    private static int Write(WireMessage message, Span<byte> output, bool frame, bool withAuth, byte newline, int depth)
    {
        var at = 0;
        if (frame)
        {
            if (output.Length < 8) return -1;
            Open.CopyTo(output);
            output[3] = newline;
            at = 4;
        }
        for (var i = 0; i < message.Count; i++)
        {
            ReadOnlySpan<byte> name = message.NameAt(i), value = message.ValueAt(i);
            var type = message.TypeAt(i);
            if (!withAuth && name.SequenceEqual(Auth)) continue;
            if (output.Length - at < name.Length + value.Length + 8) return -1;
            if (type != FieldType.String)
            {
                output[at++] = (byte)'(';
                output[at++] = (byte)('0' + (int)type);
                output[at++] = (byte)')';
            }
            name.CopyTo(output[at..]);
            at += name.Length;
            output[at++] = (byte)'=';
            var length = Value(type, value, output[at..], depth);
            if (length < 0 || output.Length - at - length < 1) return -1;
            at += length;
            output[at++] = newline;
        }
        if (!frame) return at;
        if (output.Length - at < 4) return -1;
        Close.CopyTo(output[at..]);
        output[at + 3] = newline;
        return at + 4;
    }

    private static int Value(FieldType type, ReadOnlySpan<byte> value, Span<byte> output, int depth)
    {
        switch (type)
        {
            case FieldType.String or FieldType.List:
                value.Replace(output, (byte)'\n', NewlineInString);
                return value.Length;
            case FieldType.Binary:
                return Base64.EncodeToUtf8(value, output, out _, out var written) == OperationStatus.Done ? written : -1;
            case FieldType.Struct when depth < NestedNewline.Length:
                var nested = new WireMessage();
                return Netstring.Parse(value, nested, out _, out _) != WireError.None ? -1
                    : Write(nested, output, frame: true, withAuth: false, NestedNewline[depth], depth + 1);
            default:
                return -1;
        }
    }
}
