using System.Security.Cryptography;
using Appliance.Configuration;

namespace Appliance.Messaging.Signing;

/// <summary>One key, made ready: computes its tokens again and again. Not for two threads at once. Nothing is allocated per message.</summary>
/// <remarks>
/// The same as <see cref="Token.Compute"/>, which sets the key up anew each time: with OpenSSL 3 that looks the algorithm up by its name and hashes the key twice,
/// and costs more than the hash of a heartbeat.
/// </remarks>
internal sealed class KeyedHash(AuthKey key)
{
#pragma warning disable CA5350, CA5351 // md5 and sha1 are what the peer speaks; as HMACs they still authenticate
#pragma warning disable CA2213         // a keyring lives as long as its messaging core, or until keys are reloaded: then the finalizer has time
    private readonly IncrementalHash? _hmac = key.Method == AuthMethod.Crc ? null : IncrementalHash.CreateHMAC(key.Method switch
    {
        AuthMethod.Md5 => HashAlgorithmName.MD5,
        AuthMethod.Sha1 => HashAlgorithmName.SHA1,
        _ => HashAlgorithmName.SHA256,
    }, key.Secret.Reveal());
#pragma warning restore CA5350, CA5351, CA2213

    /// <summary>Writes the token as lower-case hexadecimal text.</summary>
    /// <returns>Bytes written.</returns>
    public int Compute(ReadOnlySpan<byte> data, Span<byte> token)
    {
        if (_hmac is null) return Token.Compute(key.Method, default, data, token);
        Span<byte> hash = stackalloc byte[32];
        _hmac.AppendData(data);
        return Token.WriteHex(hash[.._hmac.GetHashAndReset(hash)], token);
    }
}
