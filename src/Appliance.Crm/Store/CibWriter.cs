using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Crm.Store;

/// <summary>Who asked for something: a client here (no node), or one at another node.</summary>
public readonly record struct CibRoute(string? Node, long Id);

/// <summary>Takes the answer to a request.</summary>
public delegate void CibAnswer(CibRoute route, CibError error, CibElement? output, string problem);

/// <summary>The DC's part: finds the document that counts, gives it to all, changes it, and answers when what is to be stored is stored everywhere.</summary>
/// <remarks>
/// Which document counts: the highest <c>admin_epoch</c> (an administrator's word), then the one that comes after the other, then the one of the better <see cref="CibStanding"/>, which tells apart what was changed together by version too, then the DC's own. The standing comes before the version because a DC that has lost its cluster may have counted on, while the others went on without it: what they were told is stored must not give way to that. The document that
/// wins gets a version higher than all that lose, so that no node's version ever goes back.
/// </remarks>
public sealed class CibWriter
{
    /// <summary>A member that follows and does not say in this time what it has, or does not give it, is not waited for any more (as Pacemaker's <c>join-integration-timeout</c>).</summary>
    public static readonly TimeSpan SaidWithin = TimeSpan.FromMinutes(3);

    /// <summary>How long after a document that came damaged its node is asked again.</summary>
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(5);

    /// <summary>A change that is not stored everywhere yet.</summary>
    /// <param name="ForAll">Those who made it might act for the cluster.</param>
    private sealed record Pending(CibRoute Route, long Number, CibElement? Output, bool ForAll);

    private readonly string _self;
    private readonly CibReplica _replica;
    private readonly List<CibEffect> _effects;
    private readonly SortedSet<string> _members = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, CibMessage.Hello> _hellos = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _left = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _served = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _stored = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> _reached = new(StringComparer.Ordinal);
    private readonly List<Pending> _pending = [];
    private readonly List<(CibRoute Route, CibRequest Request)> _queue = [];
    private readonly CibAnswer _answer;
    private readonly SortedSet<string> _silent = new(StringComparer.Ordinal);

    /// <summary>Members whose document, the best of all, could not be had.</summary>
    private readonly SortedSet<string> _useless = new(StringComparer.Ordinal);

    /// <summary>Until when a member has to say what it has, and until when one that was asked for its document has to give it.</summary>
    private readonly SortedDictionary<string, Instant> _sayUntil = new(StringComparer.Ordinal), _giveUntil = new(StringComparer.Ordinal);
    private (string Node, Instant At)? _askAgain;
    private string? _fetching;
    private (string From, CibMessage.Offer Offer)? _offered;
    private bool _established;

    public CibWriter(string self, CibReplica replica, List<CibEffect> effects, CibAnswer answer) => (_self, _replica, _effects, _answer) = (self, replica, effects, answer);

    /// <summary>Whether every member has the document that counts; requests wait until then.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Whether these members may act for the cluster: what they change counts for more than what others do meanwhile.</summary>
    public bool IsQuorate { get; set; } = true;

    /// <summary>Whether these nodes alone might act for the cluster.</summary>
    public required Predicate<ICollection<string>> Suffices { private get; init; }

    /// <summary>Requests that nothing was done about yet.</summary>
    public IReadOnlyList<(CibRoute Route, CibRequest Request)> Queue => _queue;

    /// <summary>When <see cref="Tick"/> is due.</summary>
    public Instant NextDeadline
    {
        get
        {
            var next = _askAgain?.At ?? Instant.Never;
            foreach (var until in _sayUntil.Values) next = Instant.Min(next, until);
            foreach (var until in _giveUntil.Values) next = Instant.Min(next, until);
            return next;
        }
    }

    /// <summary>Whether this node belongs to the cluster.</summary>
    public bool Has(string node) => _members.Contains(node);

    /// <summary>Goes on without who says nothing, and without a document that does not come: whoever it is gets the cluster's when it says what it has.</summary>
    public void Tick(Instant now, CibMoment moment)
    {
        if (NextDeadline > now) return;
        if (_askAgain is var (node, at) && at <= now)
        {
            _askAgain = null;
            _effects.Add(new CibEffect.Send(node, new CibMessage.Want(_replica.Term)));
        }
        foreach (var (member, until) in _sayUntil.ToArray())
        {
            if (until > now) continue;
            _sayUntil.Remove(member);
            _silent.Add(member);
            _effects.Add(new CibEffect.Log(LogPriority.Error, $"{member} follows, and has not said within {SaidWithin.TotalMinutes:0} minutes what CIB it has: the cluster goes on without its copy, and counts nothing as stored there. Restart its daemon if it does not come by itself"));
            _effects.Add(new CibEffect.Send(member, new CibMessage.Want(_replica.Term)));
        }
        foreach (var (member, until) in _giveUntil.ToArray())
        {
            if (until > now) continue;
            _giveUntil.Remove(member);
            _useless.Add(member);
            if (_fetching == member) _fetching = null;
            _effects.Add(new CibEffect.Log(LogPriority.Error, $"{member} has the CIB that counts, and has not given it whole within {SaidWithin.TotalMinutes:0} minutes: the cluster goes on with another one, and {member} keeps its own aside"));
        }
        Proceed(now, moment);
        AnswerStored();
    }

    /// <summary>Who belongs to the cluster, this node among them.</summary>
    public void SetMembers(IEnumerable<string> members, Instant now, CibMoment moment)
    {
        var next = new SortedSet<string>(members, StringComparer.Ordinal);
        foreach (var gone in _members.Except(next, StringComparer.Ordinal).ToArray())
        {
            _members.Remove(gone);
            _left.Add(gone);
            _hellos.Remove(gone);
            _served.Remove(gone);
            _stored.Remove(gone);
            _reached.Remove(gone);
            _silent.Remove(gone);
            _useless.Remove(gone);
            _sayUntil.Remove(gone);
            _giveUntil.Remove(gone);
            if (_askAgain?.Node == gone) _askAgain = null;
            if (_fetching == gone) _fetching = null;
            if (_offered?.From == gone) _offered = null;
        }
        foreach (var member in next)
        {
            // One that does not know that it was away says hello only when asked.
            if (_members.Add(member) && _left.Remove(member) && !_hellos.ContainsKey(member)) _effects.Add(new CibEffect.Send(member, new CibMessage.Want(_replica.Term)));
        }
        Proceed(now, moment);
        AnswerStored();
    }

    public void Received(string from, CibMessage.Hello hello, Instant now, CibMoment moment)
    {
        _hellos[from] = hello;
        _served.Remove(from);
        _silent.Remove(from);
        _sayUntil.Remove(from);
        if (_askAgain?.Node == from) _askAgain = null;
        if (_fetching == from) _fetching = null;
        if (_offered?.From == from) _offered = null;
        Proceed(now, moment);
    }

    public void Received(string from, CibMessage.Offer offer, Instant now, CibMoment moment)
    {
        if (_fetching != from || !_hellos.TryGetValue(from, out var hello)) return;
        _fetching = null;
        if (Digests.OfDocument(offer.Document) != hello.Digest)
        {
            // It is not what was said, and the node says anew what it has. Asked at once it would say the same, and give the same.
            _hellos.Remove(from);
            _askAgain = (from, now + AskAgainAfter);
            _effects.Add(new CibEffect.Log(LogPriority.Error, $"The CIB that {from} sent does not have the digest that it says; it is not used."));
            Proceed(now, moment);
            return;
        }
        _giveUntil.Remove(from);
        // Whoever joins meanwhile may have a better one.
        _offered = (from, offer);
        Proceed(now, moment);
    }

    public void Received(string from, CibMessage.Stored stored)
    {
        if (!_members.Contains(from) || _stored.TryGetValue(from, out var before) && before >= stored.Number) return;
        _stored[from] = stored.Number;
        AnswerStored();
    }

    public void Received(string from, CibMessage.Reached reached)
    {
        if (_members.Contains(from)) _reached[from] = reached.Number;
    }

    /// <summary>Whether a member said that it has all up to this number.</summary>
    public bool HasReached(string member, long number) => _reached.TryGetValue(member, out var has) && has >= number;

    public void Received(string from, CibMessage.Want _)
    {
        if (_established && _members.Contains(from)) Give(from, whole: true);
    }

    /// <summary>This node's own disk has more.</summary>
    public void StoredHere() => AnswerStored();

    public void Request(CibRoute route, CibRequest request, Instant now, CibMoment moment)
    {
        if (!IsReady)
        {
            _queue.Add((route, request));
            return;
        }
        var outcome = CibRequests.Perform(_replica.Document, request, moment);
        if (outcome.Problem.Length > 0) _effects.Add(new CibEffect.Log(LogPriority.Notice, $"{request.Operation} of {request.Client ?? "a client"}: {outcome.Problem}"));
        if (outcome.Error != CibError.None || outcome.Patch is null)
        {
            _answer(route, outcome.Error, outcome.Output, outcome.Problem);
            return;
        }
        var number = _replica.Number + 1;
        var standing = outcome.ConfigurationChanged ? _replica.Standing.Changed(_replica.Term, IsQuorate, CibVersion.Of(outcome.Document)) : _replica.Standing;
        _effects.Add(new CibEffect.Send(null, new CibMessage.Patch(_replica.Term, number, standing, outcome.Patch, outcome.ConfigurationChanged)));
        _replica.Take(outcome.Document, outcome.Patch, number, outcome.ConfigurationChanged, standing, now);
        if (outcome.ConfigurationChanged) _pending.Add(new(route, number, outcome.Output, IsQuorate));
        else _answer(route, CibError.None, outcome.Output, "");
    }

    /// <summary>This node is DC no longer: what was not stored everywhere may survive or not.</summary>
    public void StepDown()
    {
        foreach (var pending in _pending) _answer(pending.Route, CibError.NotKnown, null, "the DC changed before every node had stored it");
        _pending.Clear();
    }

    /// <summary>Once every member has said what it has: takes the best, and gives it to who has another.</summary>
    private void Proceed(Instant now, CibMoment moment)
    {
        foreach (var member in _members)
        {
            if (member == _self || _served.Contains(member) || _silent.Contains(member)) continue;
            IsReady = false;
            if (!_hellos.ContainsKey(member)) _sayUntil.TryAdd(member, now + SaidWithin);
        }
        if (_sayUntil.Count > 0) return;
        if (_fetching is not null || IsReady || !_members.Contains(_self)) return;
        var own = _replica.Hello;
        var (best, bestHello) = Best(own);
        var losers = Losers();
        if (best == _self || bestHello.Digest == own.Digest) Establish(_replica.Document, own, _replica.Known, losers, now);
        else if (_offered is var (from, offer) && from == best)
        {
            foreach (var pending in _pending) _answer(pending.Route, CibError.NotKnown, null, "the document gave way to another node's at a join");
            _pending.Clear();
            losers.Add(own);
            Establish(offer.Document, bestHello, offer.Known, losers, now);
        }
        else
        {
            _fetching = best;
            _giveUntil.TryAdd(best, now + SaidWithin);
            _effects.Add(new CibEffect.Send(best, new CibMessage.Fetch(_replica.Term)));
            return;
        }
        _offered = null;
        Drain(now, moment);
    }

    private (string Node, CibMessage.Hello Hello) Best(CibMessage.Hello own)
    {
        var best = (_self, own);
        foreach (var (member, hello) in _hellos)
            if (Competes(member) && IsBetter(hello, best.own)) best = (member, hello);
        // A document that a third one made lose must not be forgotten for it where it comes after the winner.
        for (var again = 0; again < _hellos.Count; again++)
            foreach (var (member, hello) in _hellos)
                if (Competes(member) && hello.Version.AdminEpoch == best.own.Version.AdminEpoch && ComesAfter(hello, best.own) && !ComesAfter(best.own, hello)) best = (member, hello);
        return best;
    }

    private bool Competes(string member) => _members.Contains(member) && !_served.Contains(member) && !_useless.Contains(member);

    private static bool IsBetter(CibMessage.Hello a, CibMessage.Hello b)
    {
        if (a.Version.AdminEpoch != b.Version.AdminEpoch) return a.Version.AdminEpoch > b.Version.AdminEpoch;
        if (ComesAfter(a, b) is var later && later != ComesAfter(b, a)) return later;
        return CibStanding.Compare(a.Standing, a.Version, b.Standing, b.Version) > 0;
    }

    private static bool ComesAfter(CibMessage.Hello a, CibMessage.Hello b) => a.StoredDigest != b.StoredDigest && a.Known.Contains(CibStanding.Short(b.StoredDigest));

    private List<CibMessage.Hello> Losers()
    {
        var losers = new List<CibMessage.Hello>();
        foreach (var (member, hello) in _hellos)
            if (_members.Contains(member) && !_served.Contains(member)) losers.Add(hello);
        return losers;
    }

    /// <summary>A document is the cluster's from now on.</summary>
    /// <param name="hello">What its node said of it.</param>
    /// <param name="known">What it comes after.</param>
    /// <param name="others">What other nodes have.</param>
    private void Establish(CibElement document, CibMessage.Hello hello, IReadOnlyList<string> known, List<CibMessage.Hello> others, Instant now)
    {
        var version = Above(hello, others);
        if (version != hello.Version)
        {
            document = document.Clone();
            version.WriteTo(document);
        }
        var another = !_established || document != _replica.Document;
        if (document != _replica.Document) _replica.Adopt(document, hello.Standing, [.. known, hello.StoredDigest]);
        _established = true;
        if (another)
        {
            _served.Clear();
            _replica.Base(_replica.Number + 1, now);
        }
        foreach (var member in _members)
            if (member != _self && !_served.Contains(member) && !_silent.Contains(member)) Give(member, whole: !_hellos.TryGetValue(member, out var theirs) || theirs.Digest != _replica.Hello.Digest);
        // Who says hello before this node is told that it belongs to the cluster is remembered.
        foreach (var member in _members) _hellos.Remove(member);
        IsReady = true;
    }

    /// <summary>A version higher than that of every other document.</summary>
    private static CibVersion Above(CibMessage.Hello own, List<CibMessage.Hello> others)
    {
        var version = own.Version;
        foreach (var other in others)
        {
            if (other.Digest == own.Digest || other.Version < version || other.Version.AdminEpoch != version.AdminEpoch) continue;
            // Where only the status differs the epoch, which an administrator sees, can stay.
            version = other.StoredDigest == own.StoredDigest ? other.Version.NextUpdate() : other.Version.NextEpoch();
        }
        return version;
    }

    private void Give(string member, bool whole)
    {
        _served.Add(member);
        _useless.Remove(member);
        _giveUntil.Remove(member);
        _effects.Add(new CibEffect.Send(member, new CibMessage.Base(_replica.Term, _replica.Number, _replica.Standing, _replica.Hello.Digest, whole ? _replica.Document : null, [.. _replica.Known])));
    }

    private void Drain(Instant now, CibMoment moment)
    {
        if (!IsReady) return;
        var waiting = _queue.ToArray();
        _queue.Clear();
        foreach (var (route, request) in waiting) Request(route, request, now, moment);
    }

    private void AnswerStored()
    {
        // In their order: what comes later is stored later.
        while (_pending is [var first, ..] && IsStored(first))
        {
            _pending.RemoveAt(0);
            if (!first.ForAll || AreEnough) _answer(first.Route, CibError.None, first.Output, "");
            else _answer(first.Route, CibError.NotKnown, null, "it is not stored by so many nodes that the others would not go on without it");
        }
    }

    /// <summary>Whether every member has it on its disk of which this node knows what is there; who has left is not waited for, and who has come since must have it too.</summary>
    private bool IsStored(Pending pending)
    {
        foreach (var node in _members)
            if (!_silent.Contains(node) && (node == _self ? _replica.StoredNumber : _stored.GetValueOrDefault(node, -1)) < pending.Number) return false;
        return true;
    }

    /// <summary>Whether those on whose disks it is may act by themselves. If not, the others may go on from what they have: those who have left, and those who say nothing when this node is gone.</summary>
    private bool AreEnough
    {
        get
        {
            if (!IsQuorate || _silent.Count == 0) return IsQuorate;
            var storing = new List<string>();
            foreach (var node in _members)
                if (!_silent.Contains(node)) storing.Add(node);
            return Suffices(storing);
        }
    }
}
