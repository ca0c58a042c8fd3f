using System.Globalization;
using System.Text;

namespace Appliance.Simulation.Network;

/// <summary>Looks into packets without the code under test: enough to tell a status from the rest and to print a line.</summary>
internal static class PacketText
{
    /// <summary>What follows <c>)name=</c> (netstring) or a line's <c>name=</c> (classic), up to the field's end; empty when it is not there.</summary>
    public static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> nameAndEquals)
    {
        var netstring = packet.StartsWith("###"u8);
        for (var at = 0; ;)
        {
            var next = packet[at..].IndexOf(nameAndEquals);
            if (next < 0) return default;
            at += next + nameAndEquals.Length;
            var before = at - nameAndEquals.Length - 1;
            if (before < 0 || (packet[before] != (byte)')' && packet[before] != (byte)'\n')) continue;
            var end = packet[at..].IndexOf(netstring ? (byte)',' : (byte)'\n');
            return end < 0 ? packet[at..] : packet.Slice(at, end);
        }
    }

    public static long Hex(ReadOnlySpan<byte> digits) =>
        long.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) ? value : 0;

    /// <summary>Index of the key a packet says it is signed with; 0 when it says none.</summary>
    public static int KeyIndex(ReadOnlySpan<byte> packet)
    {
        ReadOnlySpan<byte> token;
        if (packet.StartsWith("###"u8))
        {
            token = packet[(packet.LastIndexOf("%%%\n"u8) + 4)..];
            token = token[(token.IndexOf((byte)':') + 1)..];
        }
        else token = Field(packet, "auth="u8);
        return token.IndexOf((byte)' ') is > 0 and var blank && int.TryParse(token[..blank], CultureInfo.InvariantCulture, out var index) ? index : 0;
    }

    /// <summary>Type, number and the fields a reader of a trace wants.</summary>
    public static string Describe(ReadOnlySpan<byte> packet)
    {
        var text = new StringBuilder(Latin(Field(packet, "t="u8)));
        foreach (var name in (ReadOnlySpan<string>)["seq=", "st=", "dest=", "firstseq=", "ackseq=", "rsc_hold=", "rtype=", "isstable=", "info=", "xg=", "ipaddr=", "node=", "result="])
            if (Field(packet, Encoding.Latin1.GetBytes(name)) is { IsEmpty: false } value) text.Append(' ').Append(name).Append(Latin(value));
        return text.ToString();
    }

    private static string Latin(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}
