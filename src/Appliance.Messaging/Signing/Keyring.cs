using System.Buffers.Text;
using System.Security.Cryptography;
using Appliance.Configuration;

namespace Appliance.Messaging.Signing;

/// <summary>The keys of authkeys: signs with one, checks with all. Allocates only for messages larger than a heartbeat.</summary>
/// <remarks>A heartbeat comes over every medium, and a broadcast comes back besides: what is the same to the byte as one that was signed or checked just now, with the same keys, is not hashed again.</remarks>
public sealed class Keyring(AuthKeys keys)
{
    /// <summary><c>IDX TOKEN</c> at its longest.</summary>
    public const int MaxSignature = 3 + Token.MaxLength;

    private readonly AuthKey?[] _byIndex = Index(keys);
    private readonly KeyedHash?[] _hashes = new KeyedHash?[16];     // made when a key is used first: of several keys most are never heard
    private readonly Genuine _genuine = new();
    private KeyedHash? _signing;

    public AuthKey Signing { get; } = keys.Signing;

    /// <summary>There is a key of this number.</summary>
    public bool Has(int index) => index is >= 0 and < 16 && _byIndex[index] is not null;

    /// <summary>Writes <c>IDX TOKEN</c> for some bytes.</summary>
    public int Sign(ReadOnlySpan<byte> data, Span<byte> signature)
    {
        Utf8Formatter.TryFormat(Signing.Index, signature, out var at);
        signature[at++] = (byte)' ';
        at += (_signing ??= new KeyedHash(Signing)).Compute(data, signature[at..]);
        _genuine.Keep(signature[..at], data);
        return at;
    }

    /// <summary>Checks <c>IDX TOKEN</c> against some bytes, in constant time for the token.</summary>
    /// <param name="index">The key it was signed with; -1 when it does not check.</param>
    public bool Check(ReadOnlySpan<byte> signature, ReadOnlySpan<byte> data, out int index)
    {
        index = -1;
        if (!Utf8Parser.TryParse(signature, out int claimed, out var digits) || claimed is < 0 or > 15 || signature.Length <= digits || signature[digits] != ' ') return false;
        if (_byIndex[claimed] is not { } key) return false;
        if (_genuine.Has(signature, data))
        {
            index = claimed;
            return true;
        }
        Span<byte> token = stackalloc byte[Token.MaxLength];
        var length = (_hashes[claimed] ??= new KeyedHash(key)).Compute(data, token);
        if (!CryptographicOperations.FixedTimeEquals(token[..length], signature[(digits + 1)..])) return false;
        index = claimed;
        _genuine.Keep(signature, data);
        return true;
    }

    private static AuthKey?[] Index(AuthKeys keys)
    {
        var table = new AuthKey?[16];
        foreach (var key in keys.Keys) table[key.Index] = key;      // the same number twice: the last line wins
        return table;
    }
}
