using System.Formats.Asn1;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>Whole numbers as agents write them, which is not always the shortest form that X.690 (8.3.2) asks for.</summary>
/// <remarks>The library refuses a number with a byte too many in front. An agent that writes all its numbers in four bytes would be silent to us.</remarks>
internal static class BerNumber
{
    /// <exception cref="AsnContentException">It is no INTEGER, or does not fit.</exception>
    public static int Int32(AsnReader reader) => Signed(reader) is >= int.MinValue and <= int.MaxValue and var number ? (int)number : throw new AsnContentException("number out of range");

    /// <exception cref="AsnContentException">It is no INTEGER, or does not fit.</exception>
    public static long Signed(AsnReader reader)
    {
        var bytes = Contents(reader, Asn1Tag.Integer);
        var sign = (sbyte)bytes[0] >> 7;
        while (bytes.Length > 8 && bytes[0] == (byte)sign) bytes = bytes[1..];
        // What is cut off said the sign; the first byte that is left must say the same.
        if (bytes.Length > 8 || (sbyte)bytes[0] >> 7 != sign && bytes.Length == 8) throw new AsnContentException("number out of range");
        long number = sign;
        foreach (var b in bytes) number = number << 8 | b;
        return number;
    }

    /// <summary>A number of the application class (counters, gauges, ticks), with or without the zero in front that keeps it from being negative.</summary>
    /// <exception cref="AsnContentException">It does not fit.</exception>
    public static ulong Unsigned(AsnReader reader)
    {
        var bytes = Contents(reader, new Asn1Tag(TagClass.Application, reader.PeekTag().TagValue)).TrimStart((byte)0);
        if (bytes.Length > 8) throw new AsnContentException("number out of range");
        ulong number = 0;
        foreach (var b in bytes) number = number << 8 | b;
        return number;
    }

    /// <summary>What is in it, as it stands; at least a byte.</summary>
    public static ReadOnlySpan<byte> Contents(AsnReader reader, Asn1Tag tag)
    {
        if (reader.PeekTag() != tag) throw new AsnContentException("another kind");
        var whole = reader.ReadEncodedValue().Span;
        AsnDecoder.ReadEncodedValue(whole, AsnEncodingRules.BER, out var offset, out var length, out _);
        return length > 0 ? whole.Slice(offset, length) : throw new AsnContentException("empty");
    }
}
