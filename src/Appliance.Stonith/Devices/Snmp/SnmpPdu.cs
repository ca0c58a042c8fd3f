using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Globalization;
using System.Numerics;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>Kinds of PDU: the context tags of RFC 3416.</summary>
public enum PduKind { Get = 0, GetNext = 1, Response = 2, Set = 3, GetBulk = 5, Report = 8 }

/// <summary>Error status of a response (RFC 3416).</summary>
public enum SnmpError
{
    None = 0, TooBig = 1, NoSuchName = 2, BadValue = 3, ReadOnly = 4, General = 5, NoAccess = 6, WrongType = 7, WrongLength = 8, WrongEncoding = 9, WrongValue = 10, NoCreation = 11,
    InconsistentValue = 12, ResourceUnavailable = 13, CommitFailed = 14, UndoFailed = 15, Authorization = 16, NotWritable = 17, InconsistentName = 18,
}

/// <summary>A request or an answer.</summary>
/// <param name="RequestId">Comes back in the answer.</param>
/// <param name="Status">In a GetBulk: names that are not repeated.</param>
/// <param name="Index">1-based place of the name that the error is about; in a GetBulk: repetitions.</param>
public sealed record SnmpPdu(PduKind Kind, int RequestId, int Status, int Index, ImmutableArray<VarBind> Binds)
{
    /// <summary>More than any device here answers with.</summary>
    private const int MostBinds = 1000;

    public SnmpError Error => (SnmpError)Status;

    public void Write(AsnWriter writer)
    {
        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, (int)Kind)))
        {
            writer.WriteInteger(RequestId);
            writer.WriteInteger(Status);
            writer.WriteInteger(Index);
            using (writer.PushSequence())
                foreach (var bind in Binds)
                    using (writer.PushSequence())
                    {
                        Write(writer, bind.Name);
                        Write(writer, bind.Value);
                    }
        }
    }

    /// <exception cref="AsnContentException">It is none.</exception>
    public static SnmpPdu Read(AsnReader reader)
    {
        var tag = reader.PeekTag();
        if (tag.TagClass != TagClass.ContextSpecific || !Enum.IsDefined((PduKind)tag.TagValue)) throw new AsnContentException("no PDU");
        var body = reader.ReadSequence(tag);
        var (id, status, index) = (BerNumber.Int32(body), BerNumber.Int32(body), BerNumber.Int32(body));
        var list = body.ReadSequence();
        var binds = ImmutableArray.CreateBuilder<VarBind>();
        while (list.HasData && binds.Count < MostBinds)
        {
            var bind = list.ReadSequence();
            var name = ReadOid(bind);
            binds.Add(new(name, ReadAny(bind.ReadEncodedValue())));
        }
        return new((PduKind)tag.TagValue, id, status, index, binds.ToImmutable());
    }

    private static void Write(AsnWriter writer, SnmpValue value)
    {
        switch (value)
        {
            case SnmpValue.Integer integer: writer.WriteInteger(integer.Value); break;
            case SnmpValue.Octets octets: writer.WriteOctetString(octets.Bytes.AsSpan()); break;
            case SnmpValue.ObjectId id: Write(writer, id.Value); break;
            case SnmpValue.Unsigned { Tag: 0 } address: writer.WriteOctetString(BitConverter.GetBytes((uint)address.Value).AsSpan(), new Asn1Tag(TagClass.Application, 0)); break;
            case SnmpValue.Unsigned number: writer.WriteInteger(new BigInteger(number.Value), new Asn1Tag(TagClass.Application, number.Tag)); break;
            case SnmpValue.Missing missing: writer.WriteNull(new Asn1Tag(TagClass.ContextSpecific, missing.Tag)); break;
            default: writer.WriteNull(); break;
        }
    }

    /// <summary>A value that is none spoils nothing but itself: agents send numbers without bytes in columns that we only pass by.</summary>
    private static SnmpValue ReadAny(ReadOnlyMemory<byte> value)
    {
        try
        {
            return ReadValue(new AsnReader(value, AsnEncodingRules.BER));
        }
        catch (AsnContentException)
        {
            return new SnmpValue.Unreadable();
        }
    }

    private static SnmpValue ReadValue(AsnReader reader)
    {
        var tag = reader.PeekTag();
        switch (tag.TagClass, tag.TagValue)
        {
            case (TagClass.Universal, (int)UniversalTagNumber.Integer): return new SnmpValue.Integer(BerNumber.Signed(reader));
            case (TagClass.Universal, (int)UniversalTagNumber.OctetString): return new SnmpValue.Octets([.. reader.ReadOctetString()]);
            case (TagClass.Universal, (int)UniversalTagNumber.ObjectIdentifier): return new SnmpValue.ObjectId(ReadOid(reader));
            case (TagClass.Universal, (int)UniversalTagNumber.Null):
                reader.ReadNull();
                return new SnmpValue.Null();
            case (TagClass.Application, 0):
                var address = reader.ReadOctetString(tag);
                return new SnmpValue.Unsigned(address.Length == 4 ? BitConverter.ToUInt32(address) : 0, 0);
            case (TagClass.Application, >= 1 and <= 6 and not 4): return new SnmpValue.Unsigned(BerNumber.Unsigned(reader), tag.TagValue);
            case (TagClass.ContextSpecific, >= 0 and <= 2):
                reader.ReadNull(tag);
                return new SnmpValue.Missing(tag.TagValue);
            default: throw new AsnContentException("no value");
        }
    }

    /// <summary>Written here: the library takes only text, and refuses some that devices send.</summary>
    private static void Write(AsnWriter writer, Oid oid)
    {
        var bytes = new List<byte> { 0x06, 0 };
        Base128(bytes, oid.Parts[0] * 40 + oid.Parts[1]);
        foreach (var part in oid.Parts.AsSpan()[2..]) Base128(bytes, part);
        // At most 128 parts of five bytes in the standard; ours are far shorter than a one-byte length.
        if (bytes.Count - 2 < 0x80) bytes[1] = (byte)(bytes.Count - 2);
        else throw new ArgumentException($"{oid} is too long");
        writer.WriteEncodedValue(bytes.ToArray());
    }

    private static void Base128(List<byte> bytes, uint number)
    {
        for (var shift = 28; shift > 0; shift -= 7)
            if (number >> shift != 0) bytes.Add((byte)(0x80 | (number >> shift & 0x7F)));
        bytes.Add((byte)(number & 0x7F));
    }

    /// <summary>Read here, too: agents put bytes without meaning (80) before a part, which the library refuses.</summary>
    private static Oid ReadOid(AsnReader reader)
    {
        var parts = ImmutableArray.CreateBuilder<uint>();
        ulong part = 0;
        var isWhole = false;
        foreach (var b in BerNumber.Contents(reader, Asn1Tag.ObjectIdentifier))
        {
            part = part << 7 | (uint)(b & 0x7F);
            if (part > uint.MaxValue) throw new AsnContentException("an object identifier out of range");
            isWhole = (b & 0x80) == 0;
            if (!isWhole) continue;
            if (parts.Count == 0) parts.AddRange(Math.Min((uint)part / 40, 2), (uint)part - 40 * Math.Min((uint)part / 40, 2));
            else parts.Add((uint)part);
            part = 0;
        }
        return isWhole ? Oid.Of(parts.ToImmutable()) : throw new AsnContentException("an object identifier that does not end");
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind} {RequestId} {Error} {string.Join(", ", Binds)}");
}
