using System.Runtime.InteropServices;
using System.Text;

namespace Appliance.Linux;

/// <summary>Writes one rtnetlink request into the caller's buffer. Host byte order, everything padded to 4 bytes (netlink(7), rtnetlink(7)).</summary>
public ref struct NetlinkWriter
{
    /// <summary>struct nlmsghdr: length, type, flags, sequence, port.</summary>
    public const int HeaderSize = 16;

    private readonly Span<byte> _buffer;
    private int _length;

    public NetlinkWriter(Span<byte> buffer, ushort type, ushort flags, uint sequence)
    {
        _buffer = buffer;
        buffer[..HeaderSize].Clear();
        MemoryMarshal.Write(buffer[4..], type);
        MemoryMarshal.Write(buffer[6..], flags);
        MemoryMarshal.Write(buffer[8..], sequence);
        _length = HeaderSize;
    }

    /// <summary>Appends the family's fixed header (ifaddrmsg, rtmsg, ifinfomsg).</summary>
    public void Fixed(scoped ReadOnlySpan<byte> header)
    {
        header.CopyTo(_buffer[_length..]);
        _length += Align(header.Length);
    }

    /// <summary>Appends an attribute: length, type, value, padding.</summary>
    public void Attribute(ushort type, scoped ReadOnlySpan<byte> value)
    {
        var to = _buffer[_length..];
        MemoryMarshal.Write(to, checked((ushort)(4 + value.Length)));
        MemoryMarshal.Write(to[2..], type);
        value.CopyTo(to[4..]);
        to[(4 + value.Length)..(4 + Align(value.Length))].Clear();
        _length += 4 + Align(value.Length);
    }

    public void Attribute(ushort type, uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        MemoryMarshal.Write(bytes, value);
        Attribute(type, bytes);
    }

    /// <summary>A string attribute, zero-terminated.</summary>
    public void Attribute(ushort type, string value)
    {
        Span<byte> bytes = stackalloc byte[64];
        var n = Encoding.UTF8.GetBytes(value, bytes[..63]);
        bytes[n] = 0;
        Attribute(type, bytes[..(n + 1)]);
    }

    /// <summary>The finished request.</summary>
    public readonly ReadOnlySpan<byte> Finish()
    {
        MemoryMarshal.Write(_buffer, (uint)_length);
        return _buffer[.._length];
    }

    internal static int Align(int length) => (length + 3) & ~3;
}

/// <summary>Walks the messages of one datagram from the kernel, in place. Lengths are checked before they are believed.</summary>
public ref struct NetlinkReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    public ushort Type { get; private set; }

    public uint Sequence { get; private set; }

    /// <summary>What follows the netlink header.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    public bool Next()
    {
        if (_rest.Length < NetlinkWriter.HeaderSize) return false;
        var length = MemoryMarshal.Read<uint>(_rest);
        if (length < NetlinkWriter.HeaderSize || length > (uint)_rest.Length) return false;
        Type = MemoryMarshal.Read<ushort>(_rest[4..]);
        Sequence = MemoryMarshal.Read<uint>(_rest[8..]);
        Payload = _rest[NetlinkWriter.HeaderSize..(int)length];
        _rest = _rest[Math.Min(NetlinkWriter.Align((int)length), _rest.Length)..];
        return true;
    }
}

/// <summary>Walks the attributes after a fixed header, in place.</summary>
public ref struct NetlinkAttributes(ReadOnlySpan<byte> attributes)
{
    private ReadOnlySpan<byte> _rest = attributes;

    public ushort Type { get; private set; }

    /// <summary>The type with the bits that say how the value is made, for sending it back.</summary>
    public ushort FullType { get; private set; }

    public ReadOnlySpan<byte> Value { get; private set; }

    /// <summary>The value as a number; 0 when it is too short for one.</summary>
    public readonly uint Number => Value.Length >= 4 ? MemoryMarshal.Read<uint>(Value) : 0;

    /// <summary>The value as text up to its terminating zero.</summary>
    public readonly string Text
    {
        get
        {
            var end = Value.IndexOf((byte)0);
            return Encoding.UTF8.GetString(end < 0 ? Value : Value[..end]);
        }
    }

    public bool Next()
    {
        if (_rest.Length < 4) return false;
        var length = MemoryMarshal.Read<ushort>(_rest);
        if (length < 4 || length > _rest.Length) return false;
        FullType = MemoryMarshal.Read<ushort>(_rest[2..]);
        Type = (ushort)(FullType & 0x3fff);       // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
        Value = _rest[4..length];
        _rest = _rest[Math.Min(NetlinkWriter.Align(length), _rest.Length)..];
        return true;
    }
}
