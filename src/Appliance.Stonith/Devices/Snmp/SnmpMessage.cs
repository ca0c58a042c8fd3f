using System.Formats.Asn1;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>The messages of versions 1 and 2c (RFC 1157, RFC 3416): version, community, PDU.</summary>
internal static class SnmpMessage
{
    public static byte[] Write(int version, ReadOnlySpan<byte> community, SnmpPdu pdu)
    {
        var writer = new AsnWriter(AsnEncodingRules.BER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(version);
            writer.WriteOctetString(community);
            pdu.Write(writer);
        }
        return writer.Encode();
    }

    /// <summary>The PDU of a message of this version; <c>null</c> for anything else, whatever it is.</summary>
    public static SnmpPdu? Read(int version, ReadOnlyMemory<byte> message)
    {
        try
        {
            var reader = new AsnReader(message, AsnEncodingRules.BER).ReadSequence();
            if (BerNumber.Int32(reader) != version) return null;
            reader.ReadOctetString();
            return SnmpPdu.Read(reader);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
