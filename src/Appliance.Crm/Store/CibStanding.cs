using System.Globalization;
using Appliance.Cib;

namespace Appliance.Crm.Store;

/// <summary>What a document is worth beside another one that has gone another way.</summary>
/// <param name="Term">Of the DC that changed its configuration last, in a part of the cluster that might act; 0: none has.</param>
/// <param name="IsAlone">A part that might not act has changed it since. That gives way to what the others went on to change, though not to what they only had.</param>
/// <param name="Since">The version of the first such change: what the others have below it they only had, since the changes of one term follow one another.</param>
/// <remarks>Being elected changes nothing, so that a node which decided for itself alone, while it was cut off, has no better document for it.</remarks>
public readonly record struct CibStanding(long Term, bool IsAlone = false, CibVersion Since = default)
{
    private const int ShortLength = 8;

    /// <summary>After a change of the configuration.</summary>
    /// <param name="term">Of the DC that made it. It is none before that which the document is from; were it one all the same (a DC of an older version), the change is worth no less than what it was made to.</param>
    /// <param name="version">That it has.</param>
    public CibStanding Changed(long term, bool quorate, CibVersion version)
    {
        if (quorate) return new(Math.Max(term, Term));
        return Term == 0 || IsAlone ? this : new(Term, true, version with { Updates = 0 });
    }

    /// <summary>Positive: the first is worth more.</summary>
    public static int Compare(CibStanding a, CibVersion versionOfA, CibStanding b, CibVersion versionOfB)
    {
        if (a.Term != b.Term) return a.Term.CompareTo(b.Term);
        var (sharedByA, sharedByB) = (a.IsAlone ? a.Since : versionOfA with { Updates = 0 }, b.IsAlone ? b.Since : versionOfB with { Updates = 0 });
        if (sharedByA != sharedByB) return sharedByA.CompareTo(sharedByB);
        return a.IsAlone != b.IsAlone ? b.IsAlone.CompareTo(a.IsAlone) : versionOfA.CompareTo(versionOfB);
    }

    /// <summary>A word: <c>7</c>, or <c>7-0.120</c> where it was changed alone from version 0.120 on.</summary>
    public override string ToString() =>
        IsAlone ? string.Create(CultureInfo.InvariantCulture, $"{Term}-{Since.AdminEpoch}.{Since.Epoch}") : Term.ToString(CultureInfo.InvariantCulture);

    /// <summary>Null for what does not read.</summary>
    public static CibStanding? Read(string? word)
    {
        if (word?.Split('-', '.') is not { } parts || Number(parts[0]) is not { } term) return null;
        if (parts.Length == 1) return new(term);
        return word.Contains('-') && parts.Length == 3 && Number(parts[1]) is { } admin and <= int.MaxValue && Number(parts[2]) is { } epoch and <= int.MaxValue ? new(term, true, new((int)admin, (int)epoch, 0)) : null;

        static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    }

    /// <summary>A digest as hellos name it; there are a hundred of them.</summary>
    public static string Short(string digest) => digest.Length > ShortLength ? digest[..ShortLength] : digest;
}
