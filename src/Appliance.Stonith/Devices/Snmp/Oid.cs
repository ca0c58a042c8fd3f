using System.Collections.Immutable;
using System.Globalization;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>An object identifier: numbers from the root of the MIB tree.</summary>
public sealed class Oid : IEquatable<Oid>
{
    private readonly ImmutableArray<uint> _parts;

    private Oid(ImmutableArray<uint> parts) => _parts = parts;

    public ImmutableArray<uint> Parts => _parts;
    public int Length => _parts.Length;

    /// <summary><c>1.3.6.1</c> or <c>.1.3.6.1</c>.</summary>
    /// <exception cref="FormatException">It is not.</exception>
    public static Oid Parse(string text) => TryParse(text) ?? throw new FormatException($"\"{text}\" is no object identifier");

    public static Oid? TryParse(string text)
    {
        var words = text.Trim().TrimStart('.').Split('.');
        var parts = ImmutableArray.CreateBuilder<uint>(words.Length);
        foreach (var word in words)
        {
            if (!uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var part)) return null;
            parts.Add(part);
        }
        // The first two share one number on the wire: 0 to 2, and below 40 under 0 and 1.
        return parts.Count >= 2 && parts[0] <= 2 && (parts[0] == 2 || parts[1] < 40) ? new(parts.ToImmutable()) : null;
    }

    /// <summary>From the wire, where the first two parts cannot be wrong.</summary>
    internal static Oid Of(ImmutableArray<uint> parts) => new(parts);

    public Oid Append(params ReadOnlySpan<uint> parts) => new([.. _parts, .. parts]);

    public bool StartsWith(Oid prefix) => _parts.AsSpan().StartsWith(prefix._parts.AsSpan());

    public bool Equals(Oid? other) => other is not null && _parts.AsSpan().SequenceEqual(other._parts.AsSpan());

    public override bool Equals(object? other) => Equals(other as Oid);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (var part in _parts) hash.Add(part);
        return hash.ToHashCode();
    }

    public override string ToString() => string.Join('.', _parts);
}
