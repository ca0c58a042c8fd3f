namespace Appliance.Crm.Store;

/// <summary>What a document is worth beside another one that has gone another way: a number, and the higher one wins.</summary>
/// <remarks>
/// Twice the term of the DC that changed its configuration last, in a part of the cluster that might act. One less once a part that might not has changed it since: that gives way to what the others went on to change,
/// though not to what they only had. Being elected changes nothing, so that a node which decided for itself alone, while it was cut off, has no better document for it.
/// </remarks>
public static class CibStanding
{
    private const int ShortLength = 8;

    /// <summary>After a change of the configuration.</summary>
    /// <param name="before">The standing before it.</param>
    /// <param name="term">Of the DC that made it.</param>
    public static long Changed(long before, long term, bool quorate) => quorate ? 2 * term : before % 2 == 0 && before > 0 ? before - 1 : before;

    /// <summary>The term that it tells of.</summary>
    public static long TermOf(long standing) => (standing + 1) / 2;

    /// <summary>A digest as hellos name it; there are a hundred of them.</summary>
    public static string Short(string digest) => digest.Length > ShortLength ? digest[..ShortLength] : digest;
}
