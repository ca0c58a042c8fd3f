using System.Buffers;
using System.Buffers.Text;
using System.Collections.Immutable;
using System.Text;

namespace Appliance.Messaging.Wire;

/// <summary>One message on the heartbeat path: ordered fields in one reused buffer. Clearing, filling and reading allocate nothing.</summary>
/// <remarks>Values are held as they mean, not as they are written: binary raw, newlines as newlines, a struct as its nested netstring.</remarks>
public sealed class WireMessage
{
    /// <summary>Far more than any message of heartbeat has; what exceeds it is refused.</summary>
    public const int MaxFields = 256;

    /// <summary>A packet buffer of 3.0.6 (MAXMSG).</summary>
    public const int MaxBytes = 256 * 1024;

    private readonly record struct Slot(int Name, int NameLength, FieldType Type, int Value, int ValueLength);

    private readonly Slot[] _slots = new Slot[MaxFields];
    private byte[] _bytes = GC.AllocateUninitializedArray<byte>(4096);
    private int _used;

    /// <summary>Number of fields.</summary>
    public int Count { get; private set; }

    public void Clear() => (Count, _used) = (0, 0);

    /// <summary>Appends a field; <c>false</c> when the message is full. Grows its buffer (allocating) only beyond 4 KiB.</summary>
    public bool Add(ReadOnlySpan<byte> name, FieldType type, ReadOnlySpan<byte> value)
    {
        if (!HasRoom(name.Length + value.Length)) return false;
        var room = Reserve(name.Length + value.Length);
        name.CopyTo(room);
        value.CopyTo(room[name.Length..]);
        Commit(name.Length, type, value.Length);
        return true;
    }

    public bool Add(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value) => Add(name, FieldType.String, value);

    /// <summary>Appends a number in decimal.</summary>
    public bool AddDecimal(ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[24];
        Utf8Formatter.TryFormat(value, digits, out var length);
        return Add(name, FieldType.String, digits[..length]);
    }

    /// <summary>Appends a number in lower-case hexadecimal without padding.</summary>
    public bool AddHex(ReadOnlySpan<byte> name, long value)
    {
        Span<byte> digits = stackalloc byte[24];
        Utf8Formatter.TryFormat((ulong)value, digits, out var length, new StandardFormat('x'));
        return Add(name, FieldType.String, digits[..length]);
    }

    internal bool HasRoom(int bytes) => Count < MaxFields && _used + bytes <= MaxBytes;

    /// <summary>Room for a field that is decoded in place: fill it with name and value, then <see cref="Commit"/>.</summary>
    internal Span<byte> Reserve(int bytes)
    {
        if (_used + bytes > _bytes.Length)
        {
            var larger = GC.AllocateUninitializedArray<byte>(Math.Max(_bytes.Length * 2, _used + bytes));
            _bytes.AsSpan(0, _used).CopyTo(larger);
            _bytes = larger;
        }
        return _bytes.AsSpan(_used, bytes);
    }

    internal void Commit(int nameLength, FieldType type, int valueLength)
    {
        _slots[Count++] = new(_used, nameLength, type, _used + nameLength, valueLength);
        _used += nameLength + valueLength;
    }

    public ReadOnlySpan<byte> NameAt(int index) => _bytes.AsSpan(_slots[index].Name, _slots[index].NameLength);
    public ReadOnlySpan<byte> ValueAt(int index) => _bytes.AsSpan(_slots[index].Value, _slots[index].ValueLength);
    public FieldType TypeAt(int index) => _slots[index].Type;

    /// <summary>Index of the first field of that name; -1 when there is none.</summary>
    public int Find(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < Count; i++)
            if (NameAt(i).SequenceEqual(name)) return i;
        return -1;
    }

    /// <summary>A field's value; empty when there is no such field.</summary>
    public ReadOnlySpan<byte> this[ReadOnlySpan<byte> name] => Find(name) is >= 0 and var i ? ValueAt(i) : default;

    /// <summary>Reads a hexadecimal number (<c>seq hg ts dt ackseq</c>); <c>false</c> when the field is missing or not one.</summary>
    public bool TryHex(ReadOnlySpan<byte> name, out long value)
    {
        value = 0;
        var text = this[name];
        return text.Length is > 0 and <= 15 && Utf8Parser.TryParse(text, out value, out var used, 'x') && used == text.Length;
    }

    /// <summary>Reads a decimal number (<c>firstseq lastseq ttl protocol</c>).</summary>
    public bool TryDecimal(ReadOnlySpan<byte> name, out long value)
    {
        value = 0;
        var text = this[name];
        return text.Length is > 0 and <= 18 && Utf8Parser.TryParse(text, out value, out var used) && used == text.Length;
    }

    /// <summary>The same message for the layers above (allocates).</summary>
    public Message ToMessage()
    {
        var fields = ImmutableArray.CreateBuilder<MessageField>(Count);
        for (var i = 0; i < Count; i++) fields.Add(new(Encoding.Latin1.GetString(NameAt(i)), TypeAt(i), [.. ValueAt(i)]));
        return new(fields.MoveToImmutable());
    }

    /// <summary>Fills this message from one of the layers above; <c>false</c> when it is too large.</summary>
    public bool Load(Message message)
    {
        Clear();
        foreach (var field in message.Fields)
            if (!Add(Encoding.Latin1.GetBytes(field.Name), field.Type, field.Value.AsSpan())) return false;
        return true;
    }
}
