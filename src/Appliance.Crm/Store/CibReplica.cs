using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Crm.Store;

/// <summary>One node's copy of the document, and what of it is on the node's disk.</summary>
/// <remarks>Documents that have been handed out are never changed: every change makes another.</remarks>
public sealed class CibReplica
{
    /// <summary>Documents that are remembered by their digests; as many as there are backups.</summary>
    private const int Remembered = 100;

    /// <summary>How long after a failure the disk is tried again.</summary>
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly List<CibEffect> _effects;
    private readonly List<string> _known;
    private long _ticket;
    private bool _writing, _unwritten;
    private (long Term, long Number) _inFlight;
    private Instant _retryAt = Instant.Never;

    /// <param name="document">What was on the disk; null: nothing.</param>
    /// <param name="standing">Its <see cref="CibStanding"/>.</param>
    /// <param name="known">Digests of the backups.</param>
    public CibReplica(CibElement? document, CibStanding standing, IReadOnlyList<string> known, List<CibEffect> effects)
    {
        (Document, Standing, _known, _effects) = (document ?? CibRequests.Empty(), document is null ? default : standing, [.. known], effects);
        StoredDigest = StoredCib.Digest(StoredCib.Of(Document));
    }

    public CibElement Document { get; private set; }

    /// <summary>The document's <see cref="CibStanding"/>.</summary>
    public CibStanding Standing { get; private set; }

    /// <summary>Of the part that belongs on the disk.</summary>
    public string StoredDigest { get; private set; }

    /// <summary>The DC's time that is now; messages of others mean nothing.</summary>
    public long Term { get; private set; }

    /// <summary>Whether this copy is the DC's, as of <see cref="Number"/>.</summary>
    public bool IsBased { get; private set; }

    /// <summary>Of the last patch in this copy.</summary>
    public long Number { get; private set; }

    /// <summary>Everything of this term up to this number is on the disk; -1: nothing.</summary>
    public long StoredNumber { get; private set; } = -1;

    public Instant NextDeadline => _retryAt;

    public IReadOnlyList<string> Known => _known;

    public CibMessage.Hello Hello => new(Term, Standing, CibVersion.Of(Document), Digests.OfDocument(Document), StoredDigest, _known.ConvertAll(CibStanding.Short));

    /// <summary>Another DC, or the same anew.</summary>
    public void Enter(long term) => (Term, IsBased, Number, StoredNumber) = (term, false, 0, -1);

    /// <summary>Whether this is a document that one with such a past comes after.</summary>
    public bool IsKnownTo(string storedDigest, IReadOnlyList<string> known) => storedDigest == StoredDigest || known.Contains(StoredDigest);

    /// <summary>Takes a document in the place of this one, which is kept aside if the other knows nothing of it.</summary>
    public void Adopt(CibElement document, CibStanding standing, IReadOnlyList<string> known)
    {
        var digest = StoredCib.Digest(StoredCib.Of(document));
        if (!IsKnownTo(digest, known) && CibVersion.Of(Document) with { Updates = 0 } != default)
        {
            _effects.Add(new CibEffect.KeepLost(Document));
            _effects.Add(new CibEffect.Log(LogPriority.Warn,
                $"This node's CIB {CibVersion.Of(Document)} has changes that the cluster's {CibVersion.Of(document)} does not have; it gives way and is kept aside."));
        }
        _known.Clear();
        _known.AddRange(known);
        (Document, Standing, StoredDigest) = (document, standing, digest);
        Remember(digest);
        _effects.Add(new CibEffect.Changed(document, null, true));
    }

    /// <summary>From here on patches are counted: this copy is the DC's.</summary>
    public void Base(long number, Instant now)
    {
        (Number, IsBased) = (number, true);
        Store(now);
    }

    /// <summary>The DC's word what the document is.</summary>
    /// <returns>False: it does not fit, and the whole document is needed.</returns>
    public bool Rebase(CibMessage.Base message, Instant now)
    {
        IsBased = false;
        if ((message.Document is null ? Hello.Digest : Digests.OfDocument(message.Document)) != message.Digest) return false;
        if (message.Document is not null) Adopt(message.Document, message.Standing, message.Known);
        Standing = message.Standing;
        Base(message.Number, now);
        return true;
    }

    /// <summary>The DC's word what changed.</summary>
    /// <returns>False: it does not fit, and the whole document is needed.</returns>
    public bool Apply(CibMessage.Patch patch, Instant now)
    {
        if (!IsBased || patch.Number <= Number) return true;        // the whole document is on its way, or had this already
        if (patch.Number != Number + 1 || CibPatch.Apply(Document, patch.Content, checkVersion: true, out var result, out var problem) is not PatchOutcome.Applied)
        {
            IsBased = false;
            return false;
        }
        Take(result!, patch.Content, patch.Number, patch.Configuration, patch.Standing, now);
        return true;
    }

    /// <summary>The next document.</summary>
    public void Take(CibElement document, CibElement patch, long number, bool configuration, CibStanding standing, Instant now)
    {
        // What is said of the cluster as a whole (have-quorum, dc-uuid) is no change of the configuration, and part of what has the digest.
        var otherDigest = configuration || !StoredCib.SameHead(Document, document);
        (Document, Number, Standing) = (document, number, standing);
        _effects.Add(new CibEffect.Changed(document, patch, configuration));
        if (otherDigest) Remember(StoredDigest = StoredCib.Digest(StoredCib.Of(document)));
        if (configuration) Store(now);
    }

    /// <summary>The disk is done with what it was given.</summary>
    /// <returns>Whether more of this term is stored than before.</returns>
    public bool Written(long ticket, string? error, Instant now)
    {
        if (!_writing || ticket != _ticket) return false;
        _writing = false;
        if (error is not null)
        {
            _effects.Add(new CibEffect.Log(LogPriority.Error, $"The CIB cannot be stored: {error}. What is changed is not told stored until it can."));
            (_unwritten, _retryAt) = (true, now + RetryAfter);
            return false;
        }
        var more = _inFlight.Term == Term && _inFlight.Number > StoredNumber;
        if (more) StoredNumber = _inFlight.Number;
        if (_unwritten) Store(now);
        return more;
    }

    public void Tick(Instant now)
    {
        if (now >= _retryAt) Store(now);
    }

    private void Store(Instant now)
    {
        _unwritten = true;
        if (_writing || now < _retryAt && _retryAt != Instant.Never) return;
        (_writing, _unwritten, _retryAt, _inFlight) = (true, false, Instant.Never, (IsBased ? Term : -1, Number));
        _effects.Add(new CibEffect.Write(++_ticket, Document, Standing));
    }

    private void Remember(string digest)
    {
        _known.Remove(digest);
        _known.Add(digest);
        if (_known.Count > Remembered) _known.RemoveAt(0);
    }
}
