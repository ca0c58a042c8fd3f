using System.Collections.Immutable;
using Appliance.Core;

namespace Appliance.Configuration;

/// <summary>How messages are signed. <see cref="Sha256"/> is ours alone: both ends must be.</summary>
public enum AuthMethod { Crc, Md5, Sha1, Sha256 }

/// <summary>One key of authkeys. <see cref="Secret"/> is empty for crc.</summary>
public sealed record AuthKey(int Index, AuthMethod Method, Secret Secret);

/// <summary>The file authkeys: all keys, and the one we sign with.</summary>
public sealed record AuthKeys(int SigningIndex, ImmutableArray<AuthKey> Keys)
{
    public AuthKey Signing => Keys.First(k => k.Index == SigningIndex);
}
