using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace Appliance.Messaging.Bridge;

/// <summary>Writes values into a bounded frame; what does not fit makes the whole frame invalid instead of throwing.</summary>
internal ref struct FrameWriter(Span<byte> frame)
{
    private readonly Span<byte> _frame = frame;
    private int _at;
    private bool _full;

    /// <summary>Bytes written; -1 when something did not fit.</summary>
    public readonly int Length => _full ? -1 : _at;

    public void Byte(byte value)
    {
        if (Room(1) is { IsEmpty: false } room) room[0] = value;
    }

    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Int(int value)
    {
        if (Room(4) is { IsEmpty: false } room) BinaryPrimitives.WriteInt32LittleEndian(room, value);
    }

    public void Long(long value)
    {
        if (Room(8) is { IsEmpty: false } room) BinaryPrimitives.WriteInt64LittleEndian(room, value);
    }

    public void Span(TimeSpan value) => Long(value.Ticks);

    public void Span(TimeSpan? value) => Long(value?.Ticks ?? long.MinValue);

    public void Bytes(ReadOnlySpan<byte> value)
    {
        Int(value.Length);
        if (value.Length > 0) value.CopyTo(Room(value.Length));
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetByteCount(value);
        Int(length);
        if (length > 0 && Room(length) is { IsEmpty: false } room) Encoding.UTF8.GetBytes(value, room);
    }

    public void Texts(ImmutableArray<string> values)
    {
        Int(values.Length);
        foreach (var value in values) Text(value);
    }

    public void Message(Message? message)
    {
        Int(message?.Fields.Length ?? -1);
        if (message is null) return;
        foreach (var field in message.Fields)
        {
            Text(field.Name);
            Byte((byte)field.Type);
            Bytes(field.Value.AsSpan());
        }
    }

    private Span<byte> Room(int bytes)
    {
        if (_full || _frame.Length - _at < bytes)
        {
            _full = true;
            return new byte[bytes];     // swallowed: the frame is invalid
        }
        _at += bytes;
        return _frame.Slice(_at - bytes, bytes);
    }
}

/// <summary>Reads values out of a frame; what is not there makes <see cref="Good"/> false instead of throwing.</summary>
internal ref struct FrameReader(ReadOnlySpan<byte> frame)
{
    private ReadOnlySpan<byte> _rest = frame;
    private bool _bad;

    /// <summary>Everything was there, and nothing is left.</summary>
    public readonly bool Good => !_bad && _rest.IsEmpty;

    public byte Byte() => Take(1) is { IsEmpty: false } bytes ? bytes[0] : (byte)0;
    /// <summary>One of an enumeration's values: 0 to <paramref name="last"/>.</summary>
    public byte Choice(byte last)
    {
        var value = Byte();
        if (value > last) _bad = true;
        return value > last ? (byte)0 : value;
    }

    public bool Bool() => Byte() != 0;
    public int Int() => Take(4) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadInt32LittleEndian(bytes) : 0;
    public long Long() => Take(8) is { IsEmpty: false } bytes ? BinaryPrimitives.ReadInt64LittleEndian(bytes) : 0;
    public TimeSpan Span() => new(Long());
    public TimeSpan? OptionalSpan() => Long() is var ticks && ticks != long.MinValue ? new(ticks) : null;
    public ReadOnlySpan<byte> Bytes() => Take(Int());
    public string Text() => Encoding.UTF8.GetString(Bytes());

    /// <summary>A count of things that take at least so many bytes each: checked before it is believed.</summary>
    public int Count(int atLeast)
    {
        var count = Int();
        if (count >= 0 && (long)count * atLeast <= _rest.Length) return count;
        _bad = true;
        return 0;
    }

    public ImmutableArray<string> Texts()
    {
        var count = Count(4);
        var values = ImmutableArray.CreateBuilder<string>(count);
        for (var i = 0; i < count; i++) values.Add(Text());
        return values.MoveToImmutable();
    }

    public Message? OptionalMessage()
    {
        if (_rest.Length >= 4 && BinaryPrimitives.ReadInt32LittleEndian(_rest) == -1)
        {
            Int();
            return null;
        }
        return Message();
    }

    public Message Message()
    {
        var count = Count(9);
        var fields = ImmutableArray.CreateBuilder<MessageField>(count);
        for (var i = 0; i < count; i++) fields.Add(new(Text(), (FieldType)Choice((byte)FieldType.Uncompressed), [.. Bytes()]));
        return new(fields.MoveToImmutable());
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes < 0 || _rest.Length < bytes)
        {
            _bad = true;
            _rest = default;
            return default;
        }
        var taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}
