using System.Globalization;
using System.Text;
using Appliance.Cib;
using Appliance.Crm.Store;

namespace Appliance.Crm;

/// <summary>What was found on disk.</summary>
/// <param name="Document">The newest good document, with an empty status; null: none.</param>
/// <param name="Term">Of the DC it is from.</param>
/// <param name="Known">Digests of the documents that were here before and are kept.</param>
/// <param name="Messages">What the administrator should know.</param>
internal sealed record CibLoaded(CibElement? Document, long Term, IReadOnlyList<string> Known, IReadOnlyList<string> Messages);

/// <summary>The CIB's files: <c>cib.xml</c> and <c>cib.xml.sig</c> as Pacemaker has them, <see cref="Backups"/> older ones (<c>cib-N.raw</c>, the next N in <c>cib.last</c>), and <c>cib.term</c>.</summary>
/// <remarks>
/// What is told stored is whole in <c>cib.next</c> (<see cref="CibNext"/>), and in its place soon after. A crash at any instant leaves the document before or the one after, whole: both new files are on the disk under other names (<c>.new</c>) before either gets its own, and a
/// document whose digest has not arrived yet is recognised by the one that waits. What cannot be read, or was changed by hand, is kept (<c>cib-bad.N.raw</c>) and never deleted.
/// Every error is an <see cref="IOException"/>; nothing is told stored then.
/// </remarks>
internal sealed class CibFiles(ICibDirectory directory)
{
    /// <summary>As many as Pacemaker keeps (CIB_SERIES_MAX in lib/cib/cib_file.c).</summary>
    public const int Backups = 100;

    private const string Live = "cib.xml", Sig = "cib.xml.sig", LiveNew = "cib.xml.new", SigNew = "cib.xml.sig.new", Last = "cib.last", TermFile = "cib.term", TermNew = "cib.term.new";

    private CibNext? _next;
    private bool _named;

    public CibFiles(string path) : this(new CibDirectory(new(path)))
    {
    }

    /// <summary>Reads what is there, and puts in order what a crash left half done.</summary>
    public CibLoaded Load()
    {
        var messages = new List<string>();
        Finish();
        var term = ReadTerm();
        var known = new List<string>();
        var document = ReadLive(messages);
        if (document is null)
        {
            if (directory.Read(Live) is not null) messages.Add($"{Live} cannot be used; it is kept as {Keep(Live, "bad")}.");
            (document, var name) = NewestBackup();
            if (document is not null) messages.Add($"The backup {name} is used: version {CibVersion.Of(document)}.");
        }
        foreach (var file in directory.List())
            if (IsBackup(file) && Signature(file + ".sig") is { } digest) known.Add(digest);
        return new(document is null ? null : StoredCib.Loaded(document), document is null ? 0 : term.Of(document), known, messages);
    }

    /// <summary>Stores a document. It is on the disk when this returns, and before: when <paramref name="told"/> is called, if it is.</summary>
    /// <param name="term">Of the DC it is from.</param>
    /// <param name="told">The document survives a crash from now on; what remains is to put it where other programs look for it.</param>
    /// <returns>What the administrator should know; null for nothing.</returns>
    public string? Store(CibElement document, long term, Action? told = null)
    {
        // What was told stored and could not be put in its place is nowhere else: it is not overwritten before it is.
        if (_next is not null) PutInPlace(_next);
        var stored = StoredCib.Of(document);
        string? message = null;
        var before = ReadGood(Live, Sig);
        if (before is null && directory.Read(Live) is not null)
        {
            message = $"{Live} was changed while the cluster was running; it is kept as {Keep(Live, "bad")} and replaced.";
        }
        if (before is not null && before.SameAs(stored) && StoredCib.Digest(before) == StoredCib.Digest(stored))
        {
            StoreTerm(term, stored, before);
            return message;
        }
        var next = new CibNext(stored, term, before is null ? "" : StoredCib.Digest(before));
        directory.Overwrite(CibNext.File, next.Text());
        if (!_named) directory.SyncDirectory();
        (_named, _next) = (true, next);
        told?.Invoke();
        PutInPlace(next);
        return message;
    }

    /// <summary>Makes a document that is on the disk the live one. It may have been begun before.</summary>
    private void PutInPlace(CibNext next)
    {
        var before = ReadGood(Live, Sig);
        StoreTerm(next.Term, next.Stored, before);
        if (before is null || !before.SameAs(next.Stored))
        {
            if (before is not null) BackUp();
            directory.Write(LiveNew, StoredCib.Text(next.Stored));
            directory.Sync(LiveNew);
            directory.Write(SigNew, Encoding.ASCII.GetBytes(StoredCib.Digest(next.Stored)));
            directory.Sync(SigNew);
            directory.SyncDirectory();              // whichever of the renames a crash spares, its counterpart is found
            directory.Rename(LiveNew, Live);
            directory.Rename(SigNew, Sig);
            directory.SyncDirectory();
        }
        // An administrator may put the document before back, and shall find that.
        directory.Overwrite(CibNext.File, CibNext.Nothing);
        _next = null;
    }

    /// <summary>Finishes what a crash interrupted after it was told stored.</summary>
    private void Finish()
    {
        if (directory.Read(CibNext.File) is not { } bytes || CibNext.Read(bytes) is not { } next) return;
        var live = ReadLive([]);
        if (live is null ? next.Before.Length > 0 || directory.Read(Live) is not null : next.Before.Length == 0 || !StoredCib.Matches(live, next.Before)) return;
        PutInPlace(next);
    }

    private void StoreTerm(long term, CibElement stored, CibElement? before)
    {
        var terms = ReadTerm();
        if (terms.With(term, stored, before) is var next && next != terms) Replace(TermFile, TermNew, Encoding.ASCII.GetBytes(next.Text()));
    }

    /// <summary>Copies of documents that gave way: each is one of a change that somebody made and lost; who has not looked after so many does not.</summary>
    public const int LostCopies = 20;

    /// <summary>Keeps a document that gives way to another at a join; the oldest of too many goes.</summary>
    /// <param name="gone">Its name; null: there was room.</param>
    /// <returns>The file's name.</returns>
    public string KeepLost(CibElement document, out string? gone)
    {
        var stored = StoredCib.Of(document);
        var (first, last, count) = (int.MaxValue, -1, 0);
        foreach (var file in directory.List())
        {
            if (!file.StartsWith("cib-lost.", StringComparison.Ordinal) || !file.EndsWith(".raw", StringComparison.Ordinal) || !int.TryParse(file.AsSpan(9, Math.Max(0, file.Length - 13)), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) continue;
            (first, last, count) = (Math.Min(first, number), Math.Max(last, number), count + 1);
        }
        var name = Lost(last + 1);
        directory.Write(name, StoredCib.Text(stored));
        directory.Sync(name);
        directory.Write(name + ".sig", Encoding.ASCII.GetBytes(StoredCib.Digest(stored)));
        directory.Sync(name + ".sig");
        gone = count < LostCopies ? null : Lost(first);
        if (gone is not null)
        {
            directory.Delete(gone);
            directory.Delete(gone + ".sig");
        }
        directory.SyncDirectory();
        return name;

        static string Lost(int number) => $"cib-lost.{number.ToString(CultureInfo.InvariantCulture)}.raw";
    }

    /// <summary>The live document, by its own digest or by what an interrupted replacement left.</summary>
    private CibElement? ReadLive(List<string> messages)
    {
        if (ReadGood(Live, Sig) is { } whole) return whole;
        if (ReadGood(Live, SigNew) is { } waiting)
        {
            directory.Rename(SigNew, Sig);
            directory.SyncDirectory();
            return waiting;
        }
        if (ReadGood(LiveNew, Sig) is { } renamed)
        {
            directory.Rename(LiveNew, Live);
            directory.SyncDirectory();
            return renamed;
        }
        // An administrator who puts a file there has no digest for it: Pacemaker takes it too.
        if (directory.Read(Sig) is not null || directory.Read(Live) is not { } bytes || Parse(bytes) is not { } bare) return null;
        messages.Add($"{Live} has no digest beside it ({Sig}); it is used.");
        return bare;
    }

    private (CibElement? Document, string Name) NewestBackup()
    {
        CibElement? best = null;
        var name = "";
        foreach (var file in directory.List())
        {
            if (!IsBackup(file) || ReadGood(file, file + ".sig") is not { } document) continue;
            if (best is not null && CibVersion.Of(document) <= CibVersion.Of(best)) continue;
            (best, name) = (document, file);
        }
        return (best, name);
    }

    private void BackUp()
    {
        var number = int.TryParse(Line(Last), NumberStyles.None, CultureInfo.InvariantCulture, out var next) && next < Backups ? next : 0;
        var name = $"cib-{number.ToString(CultureInfo.InvariantCulture)}.raw";
        directory.Delete(name);
        directory.Delete(name + ".sig");
        directory.Link(Live, name);
        directory.Link(Sig, name + ".sig");
        directory.Write(Last, Encoding.ASCII.GetBytes(((number + 1) % Backups).ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Moves what cannot be used out of the way, with what stood beside it.</summary>
    private string Keep(string name, string kind)
    {
        var free = Free(kind);
        directory.Rename(name, free);
        if (directory.Read(Sig) is not null) directory.Rename(Sig, free + ".sig");
        directory.SyncDirectory();
        return free;
    }

    private string Free(string kind)
    {
        for (var number = 0; ; number++)
        {
            var name = $"cib-{kind}.{number.ToString(CultureInfo.InvariantCulture)}.raw";
            if (directory.Read(name) is null) return name;
        }
    }

    private void Replace(string name, string aside, byte[] content)
    {
        directory.Write(aside, content);
        directory.Sync(aside);
        directory.Rename(aside, name);
        directory.SyncDirectory();
    }

    private CibTerm ReadTerm() => CibTerm.Read(directory.Read(TermFile) is { } bytes ? Encoding.ASCII.GetString(bytes) : null) ?? CibTerm.None;

    private CibElement? ReadGood(string name, string sig) =>
        directory.Read(name) is { } bytes && Signature(sig) is { } digest && Parse(bytes) is { } document && StoredCib.Matches(document, digest) ? document : null;

    private static CibElement? Parse(byte[] bytes) => CibElement.TryParse(bytes, Live, out var root, out _) && root!.Name == "cib" ? root : null;

    private string? Signature(string name) => Line(name) is { Length: > 0 } digest ? digest : null;

    private string? Line(string name) => directory.Read(name) is { } bytes ? Encoding.ASCII.GetString(bytes).Trim() : null;

    private static bool IsBackup(string file) => file.StartsWith("cib-", StringComparison.Ordinal) && file.EndsWith(".raw", StringComparison.Ordinal) && char.IsAsciiDigit(file[4]);
}
