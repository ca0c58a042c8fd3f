using System.Globalization;
using System.Text;
using Appliance.Cib;

namespace Appliance.Crm.Store;

/// <summary>The document as it is on disk: Pacemaker's file (cib.xml) and its digest beside it (cib.xml.sig). The status is not in it, nor how often that changed.</summary>
public static class StoredCib
{
    /// <summary>The part that is stored.</summary>
    public static CibElement Of(CibElement document)
    {
        var stored = document.CloneShallow().Set("num_updates", "0");
        foreach (var node in document.Nodes)
            if (node.Name != "status") stored.Add(node.Clone());
        return stored;
    }

    public static byte[] Text(CibElement stored) => Encoding.UTF8.GetBytes(stored.ToString());

    /// <summary>What stands beside it. Pacemaker up to 2.1 calculates another sum where values have quotes, apostrophes or tabs.</summary>
    public static string Digest(CibElement stored) => Digests.OnDisk(stored);

    /// <summary>Whether a digest is the document's, as ours or an older Pacemaker's.</summary>
    public static bool Matches(CibElement stored, string digest) => Values.Same(digest, Digests.OnDisk(stored)) || Values.Same(digest, Digests.OnDisk(stored, old: true));

    /// <summary>A document as it is used, from one that was stored.</summary>
    public static CibElement Loaded(CibElement stored)
    {
        var document = stored.Clone();
        if (document.Element("status") is null) document.Add("status");
        return document;
    }
}

/// <summary>The <see cref="CibStanding"/> of the documents of a disk.</summary>
/// <param name="Term">That of every document from <paramref name="From"/> on.</param>
/// <param name="Before">That of those before.</param>
/// <remarks>It is stored before the first document that has it, so that after a crash between the two the old document still counts as what it is.</remarks>
public sealed record CibTerm(long Term, CibVersion From, long Before)
{
    public static readonly CibTerm None = new(0, default, 0);

    public long Of(CibElement stored) => CibVersion.Of(stored) with { Updates = 0 } is var version && version >= From ? Term : Before;

    /// <summary>What is to be known before a document of a term is stored.</summary>
    /// <param name="before">The document that is stored now; null: none.</param>
    public CibTerm With(long term, CibElement document, CibElement? before) =>
        term == Term && CibVersion.Of(document) with { Updates = 0 } >= From ? this : new(term, CibVersion.Of(document) with { Updates = 0 }, before is null ? 0 : Of(before));

    public string Text() => string.Create(CultureInfo.InvariantCulture, $"{Term} {From.AdminEpoch} {From.Epoch} {Before}\n");

    /// <summary>Null for what does not read.</summary>
    public static CibTerm? Read(string? text) =>
        text?.TrimEnd('\n').Split(' ') is [var term, var admin, var epoch, var before]
        && long.TryParse(term, NumberStyles.None, CultureInfo.InvariantCulture, out var t) && int.TryParse(admin, NumberStyles.None, CultureInfo.InvariantCulture, out var a)
        && int.TryParse(epoch, NumberStyles.None, CultureInfo.InvariantCulture, out var e) && long.TryParse(before, NumberStyles.None, CultureInfo.InvariantCulture, out var b)
            ? new(t, new(a, e, 0), b) : null;
}
