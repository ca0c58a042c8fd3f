using System.Globalization;

namespace Appliance.Cib;

/// <summary>The version of the rules a document follows: the attribute <c>validate-with</c>, <c>pacemaker-MAJOR.MINOR</c>.</summary>
public readonly record struct SchemaVersion(int Major, int Minor) : IComparable<SchemaVersion>
{
    /// <summary>What every document is brought to before its meaning is looked at.</summary>
    public static readonly SchemaVersion Latest = new(4, 0);

    /// <summary>What a document that is kept is brought to: the newest that Pacemaker 2.1.5 has, and whatever reads the cluster's document with its schemas (crmsh, pcs).</summary>
    public static readonly SchemaVersion Newest = new(3, 9);

    /// <summary>The value that says the document follows no schema: it is taken as it is.</summary>
    public const string None = "none";

    private const string Prefix = "pacemaker-";

    /// <summary>Reads <c>pacemaker-3.9</c>; false for what no Pacemaker from 1.0 to 4.0 has had.</summary>
    public static bool TryParse(string? text, out SchemaVersion version)
    {
        version = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        var number = text.AsSpan(Prefix.Length);
        var dot = number.IndexOf('.');
        if (dot < 0 || !int.TryParse(number[..dot], NumberStyles.None, CultureInfo.InvariantCulture, out var major)
            || !int.TryParse(number[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var minor)) return false;
        version = new(major, minor);
        // 1.1 was a development version, whose documents 1.2 takes.
        return major switch { 1 => minor <= 3, 2 or 3 => minor <= 10, 4 => minor == 0, _ => false };
    }

    public int CompareTo(SchemaVersion other) => Major != other.Major ? Major.CompareTo(other.Major) : Minor.CompareTo(other.Minor);
    public static bool operator <(SchemaVersion a, SchemaVersion b) => a.CompareTo(b) < 0;
    public static bool operator >(SchemaVersion a, SchemaVersion b) => a.CompareTo(b) > 0;
    public static bool operator <=(SchemaVersion a, SchemaVersion b) => a.CompareTo(b) <= 0;
    public static bool operator >=(SchemaVersion a, SchemaVersion b) => a.CompareTo(b) >= 0;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Major}.{Minor}");
}
