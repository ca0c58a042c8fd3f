using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Lrm.Agents;

/// <summary>An address as haresources writes it: <c>A.B.C.D[/MASK[/IF[:label][/BCAST]]]</c> or <c>A.B.C.D/MASK/BCAST</c>.</summary>
/// <remarks>Cut exactly as the wrappers of 3.0.6 cut it: slashes at the start of a rest vanish, a third part that begins with a digit is the broadcast
/// address, further parts are ignored. Nothing is checked here: the parts are parameters, and are checked as such.</remarks>
public sealed record AddressForm(string Address, string Mask, string Interface, string Broadcast)
{
    public static AddressForm Parse(string text)
    {
        var (address, rest) = Cut(text);
        var (mask, afterMask) = Cut(rest);
        var (third, afterThird) = Cut(afterMask);
        return third.Length > 0 && char.IsAsciiDigit(third[0])
            ? new(address, mask, "", third)
            : new(address, mask, third, Cut(afterThird).Head);
    }

    /// <summary>As the OCF parameters the wrappers set.</summary>
    public ImmutableDictionary<string, string> Parameters(string addressName)
    {
        var given = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in new Dictionary<string, string> { [addressName] = Address, ["cidr_netmask"] = Mask, ["nic"] = Interface, ["broadcast"] = Broadcast })
            if (value.Length > 0) given[name] = value;
        return given.ToImmutable();
    }

    /// <summary>The only forms of addresses taken: four decimal numbers without leading zeros, or IPv6 without a zone.</summary>
    internal static bool TryParseAddress(string text, out IPAddress address)
    {
        address = IPAddress.None;
        if (text.Contains(':', StringComparison.Ordinal))
            return !text.Contains('%', StringComparison.Ordinal) && !text.Contains('[', StringComparison.Ordinal)
                && IPAddress.TryParse(text, out address!) && address.AddressFamily == AddressFamily.InterNetworkV6;
        var parts = text.Split('.');
        if (parts.Length != 4) return false;
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < 4; i++)
        {
            if (parts[i].Length is 0 or > 3 || (parts[i].Length > 1 && parts[i][0] == '0')) return false;
            if (!byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out bytes[i])) return false;
        }
        address = new IPAddress(bytes);
        return true;
    }

    /// <summary>A prefix length, or for IPv4 a dotted netmask without holes.</summary>
    internal static bool TryParseMask(string text, AddressFamily family, out int prefixLength)
    {
        prefixLength = 0;
        if (family == AddressFamily.InterNetwork && text.Contains('.', StringComparison.Ordinal))
        {
            if (!TryParseAddress(text, out var mask)) return false;
            Span<byte> bytes = stackalloc byte[4];
            mask.TryWriteBytes(bytes, out _);
            var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes);
            prefixLength = System.Numerics.BitOperations.LeadingZeroCount(~bits);
            return prefixLength == 32 || bits << prefixLength == 0;
        }
        return text.Length is > 0 and <= 3 && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out prefixLength)
            && prefixLength >= 1 && prefixLength <= (family == AddressFamily.InterNetwork ? 32 : 128);
    }

    private static (string Head, string Tail) Cut(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (text, "") : (text[..slash], text[slash..].TrimStart('/'));
    }
}
