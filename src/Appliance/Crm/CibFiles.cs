using System.Globalization;
using System.Text;
using Appliance.Cib;
using Appliance.Crm.Store;
using Appliance.Linux;

namespace Appliance.Crm;

/// <summary>What was found on disk.</summary>
/// <param name="Document">The newest good document, with an empty status; null: none.</param>
/// <param name="Standing">Its <see cref="CibStanding"/>; where there is no document, of what was there last.</param>
/// <param name="HeardTerm">The latest term that this node followed in; 0: none.</param>
/// <param name="Known">Digests of the documents that were here before and are kept.</param>
/// <param name="Messages">What the administrator should know.</param>
internal sealed record CibLoaded(CibElement? Document, CibStanding Standing, long HeardTerm, IReadOnlyList<string> Known, IReadOnlyList<string> Messages);

/// <summary>The CIB's files: <c>cib.xml</c> and <c>cib.xml.sig</c> as Pacemaker has them, <see cref="Backups"/> older ones (<c>cib-N.raw</c>, the next N in <c>cib.last</c>), <c>cib.term</c>, and the latest term that was followed (<c>cib.heard</c>).</summary>
/// <remarks>
/// What is stored is whole in a file of <see cref="CibWaiting"/>, and in its place soon after (<see cref="Settle"/>): that takes several flushes, for which whoever asked for the change does not wait, nor does the change after it. A crash at any instant leaves the
/// document before or the one after, whole: both new files are on the disk under other names (<c>.new</c>) before either gets its own, and a
/// document whose digest has not arrived yet is recognised by the one that waits. What cannot be read, or was changed by hand, is kept (<c>cib-bad.N.raw</c>) and never deleted.
/// Every error is an <see cref="IOException"/>; nothing is told stored then.
/// </remarks>
internal sealed class CibFiles(ICibDirectory directory)
{
    /// <summary>As many as Pacemaker keeps (CIB_SERIES_MAX in lib/cib/cib_file.c).</summary>
    public const int Backups = 100;

    private const string Live = "cib.xml", Sig = "cib.xml.sig", LiveNew = "cib.xml.new", SigNew = "cib.xml.sig.new", Last = "cib.last", TermFile = "cib.term", TermNew = "cib.term.new", HeardFile = "cib.heard", HeardNew = "cib.heard.new";

    private readonly CibWaiting _waiting = new(directory);
    private CibNext? _next;
    private bool _halfWay;
    private InPlace? _inPlace;

    public CibFiles(string path) : this(new CibDirectory(new(path)))
    {
    }

    /// <summary>What was found in <c>cib.xml</c>, and how its files looked then: while they look the same it is not read again.</summary>
    private sealed record InPlace(CibElement? Document, string Digest, FileStamp? Live, FileStamp? Sig);

    /// <summary>Something is stored that is not in its place yet.</summary>
    public bool IsBehind => _next is not null;

    /// <summary>Reads what is there, and puts in order what a crash left half done.</summary>
    public CibLoaded Load()
    {
        var messages = new List<string>();
        var newest = _waiting.Read() is [var first, ..] ? first : null;
        if (newest is not null && Follows(newest)) PutInPlace(newest, null);
        var standings = ReadStandings();
        var known = new List<string>();
        var document = ReadLive(messages);
        if (document is null)
        {
            if (directory.Read(Live) is not null) messages.Add($"{Live} cannot be used; it is kept as {Keep(Live, "bad")}.");
            (document, var name) = NewestBackup();
            if (newest is not null && (document is null || CibVersion.Of(newest.Stored) > CibVersion.Of(document)))
            {
                PutInPlace(newest, null);
                (document, standings) = (newest.Stored, ReadStandings());
                messages.Add($"The document that was to take its place is used: version {CibVersion.Of(document)}.");
            }
            else if (document is not null) messages.Add($"The backup {name} is used: version {CibVersion.Of(document)}.");
        }
        _waiting.Clear();
        (_next, _halfWay) = (null, false);
        foreach (var file in directory.List())
            if (IsBackup(file) && Signature(file + ".sig") is { } digest) known.Add(digest);
        return new(document is null ? null : StoredCib.Loaded(document), document is null ? standings.Standing : standings.Of(document), HeardTerm(), known, messages);
    }

    /// <summary>Whether a document that waited comes after the one that is in place.</summary>
    private bool Follows(CibNext next)
    {
        var live = ReadLive([]);
        return live is null ? next.Before.Length == 0 && directory.Read(Live) is null : next.Before.Length > 0 && StoredCib.Matches(live, next.Before);
    }

    /// <summary>Stores a document: it survives a crash when this returns. It is where other programs look for it after <see cref="Settle"/>.</summary>
    /// <param name="standing">What it is worth.</param>
    /// <returns>What the administrator should know; null for nothing.</returns>
    public string? Store(CibElement document, CibStanding standing)
    {
        // What an error left half way is neither the one document nor the other.
        if (_halfWay) Settle();
        var stored = StoredCib.Of(document);
        string? message = null;
        var before = Look();
        if (before.Document is null && before.Live is not null)
        {
            message = $"{Live} was changed while the cluster was running; it is kept as {Keep(Live, "bad")} and replaced.";
            before = Look();
        }
        var newest = _next?.Stored ?? before.Document;
        if (newest is not null && newest.SameAs(stored) && StoredCib.Digest(newest) == StoredCib.Digest(stored))
        {
            if (_next is null) StoreStanding(standing, stored, before.Document);
            if (_next is null || _next.Standing == standing) return message;
        }
        _next = _waiting.Write(stored, standing, before.Digest);
        return message;
    }

    /// <summary>Puts what was stored last in its place.</summary>
    /// <param name="interrupted">Asked between two flushes: what is more urgent goes first, and this is tried again later.</param>
    /// <returns>Whether everything is in place.</returns>
    public bool Settle(Func<bool>? interrupted = null)
    {
        if (_next is not { } next) return true;
        if (!PutInPlace(next, interrupted)) return false;
        // An administrator may put the document before back, and shall find that.
        _waiting.Clear();
        _next = null;
        return true;
    }

    /// <summary>Makes a document that is on the disk the live one. It may have been begun before.</summary>
    private bool PutInPlace(CibNext next, Func<bool>? interrupted)
    {
        var before = Look();
        StoreStanding(next.Standing, next.Stored, before.Document);
        if (before.Document is null || !before.Document.SameAs(next.Stored))
        {
            if (interrupted?.Invoke() == true) return false;
            directory.Write(LiveNew, next.Text);
            directory.Sync(LiveNew);
            if (interrupted?.Invoke() == true) return false;
            directory.Write(SigNew, Encoding.ASCII.GetBytes(StoredCib.Digest(next.Stored)));
            directory.Sync(SigNew);
            if (interrupted?.Invoke() == true) return false;
            _halfWay = true;
            if (before.Document is not null) BackUp();
            directory.SyncDirectory();              // whichever of the renames a crash spares, its counterpart is found
            directory.Rename(LiveNew, Live);
            directory.Rename(SigNew, Sig);
            directory.SyncDirectory();
            _inPlace = new(next.Stored, StoredCib.Digest(next.Stored), directory.Stamp(Live), directory.Stamp(Sig));
        }
        _halfWay = false;
        return true;
    }

    /// <summary>Stores that a term was heard of: it survives a crash when this returns. Terms only grow.</summary>
    public void StoreTerm(long term)
    {
        if (term > HeardTerm()) Replace(HeardFile, HeardNew, Encoding.ASCII.GetBytes(term.ToString(CultureInfo.InvariantCulture) + "\n"));
    }

    private long HeardTerm() => long.TryParse(Line(HeardFile), NumberStyles.None, CultureInfo.InvariantCulture, out var term) ? term : 0;

    private InPlace Look()
    {
        var (live, sig) = (directory.Stamp(Live), directory.Stamp(Sig));
        if (_inPlace is { } known && known.Live == live && known.Sig == sig) return known;
        var document = ReadGood(Live, Sig);
        return _inPlace = new(document, document is null ? "" : StoredCib.Digest(document), live, sig);
    }

    private void StoreStanding(CibStanding standing, CibElement stored, CibElement? before)
    {
        var standings = ReadStandings();
        if (standings.With(standing, stored, before) is var next && next != standings) Replace(TermFile, TermNew, Encoding.ASCII.GetBytes(next.Text()));
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

    private StoredStanding ReadStandings() => StoredStanding.Read(directory.Read(TermFile) is { } bytes ? Encoding.ASCII.GetString(bytes) : null) ?? StoredStanding.None;

    private CibElement? ReadGood(string name, string sig) =>
        directory.Read(name) is { } bytes && Signature(sig) is { } digest && Parse(bytes) is { } document && StoredCib.Matches(document, digest) ? document : null;

    private static CibElement? Parse(byte[] bytes) => CibElement.TryParse(bytes, Live, out var root, out _) && root!.Name == "cib" ? root : null;

    private string? Signature(string name) => Line(name) is { Length: > 0 } digest ? digest : null;

    private string? Line(string name) => directory.Read(name) is { } bytes ? Encoding.ASCII.GetString(bytes).Trim() : null;

    private static bool IsBackup(string file) => file.StartsWith("cib-", StringComparison.Ordinal) && file.EndsWith(".raw", StringComparison.Ordinal) && char.IsAsciiDigit(file[4]);
}
