using System.Collections.Immutable;
using System.Security.Cryptography;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>How an RMCP+ session is authenticated, sealed and encrypted (IPMI 2.0, table 22-20; suites 15 to 17 from its errata).</summary>
/// <param name="Authentication">0 none, 1 HMAC-SHA1, 3 HMAC-SHA256.</param>
/// <param name="Integrity">0 none, 1 HMAC-SHA1-96, 4 HMAC-SHA256-128.</param>
/// <param name="Confidentiality">0 none, 1 AES-CBC-128.</param>
internal sealed record CipherSuite(int Number, byte Authentication, byte Integrity, byte Confidentiality)
{
    public static readonly ImmutableArray<CipherSuite> All =
    [
        new(0, 0, 0, 0), new(1, 1, 0, 0), new(2, 1, 1, 0), new(3, 1, 1, 1), new(15, 3, 0, 0), new(16, 3, 4, 0), new(17, 3, 4, 1),
    ];

    /// <summary>Tried in this order when the configuration names none: the strongest first, and none that leaves the session open.</summary>
    public static readonly ImmutableArray<CipherSuite> Usual = [Of(17)!, Of(3)!];

    public static CipherSuite? Of(int number) => All.FirstOrDefault(s => s.Number == number);

    /// <summary>Bytes of the code at a packet's end.</summary>
    public int TrailerCode => Integrity switch { 1 => 12, 4 => 16, _ => 0 };

    /// <summary>Bytes of the code of the last handshake message.</summary>
    public int FinalCode => Authentication switch { 1 => 12, 3 => 16, _ => 0 };

    /// <summary>The keyed hash of the handshake, whole; empty without authentication.</summary>
    public byte[] Hash(ReadOnlySpan<byte> key, ReadOnlySpan<byte> bytes) => Authentication switch
    {
#pragma warning disable CA5350 // SHA-1 is what suites 1 to 3 are made of
        1 => HMACSHA1.HashData(key, bytes),
#pragma warning restore CA5350
        3 => HMACSHA256.HashData(key, bytes),
        _ => [],
    };
}
