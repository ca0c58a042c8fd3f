using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;

namespace Appliance.Crm.Quorum;

/// <summary>Says whether this node's partition may act: the word of the one who decides in it counts, for the CIB's <c>have-quorum</c>.</summary>
/// <remarks>
/// <para><b>More than two nodes, and a pair with two_node=no.</b> A partition may act with more than half of the configured nodes, or with one half and the tie breaker's node. Two such partitions always have a node in
/// common, and a node follows one DC at a time; but who followed another DC a moment ago may still be counted there, until that one notices that it is gone, at the latest a deadtime later. So a node counts only when it
/// has followed for that long (<c>settle</c>). Thus never are two partitions quorate at once, without fencing too, as long as clocks run at the same pace and deadtime is the same everywhere. With fencing nobody waits for that:
/// what a lost node ran is taken over after its proof. But a majority that loses a node waits until all would be missed that fell silent with it (<c>together</c>), so that it shoots nobody before it knows whether it is one. All nodes together need not wait, nor those of them that stay.</para>
/// <para><b>A pair with two_node.</b> Each of the two may go on alone, so both halves of a pair that is cut are quorate, and it is fencing that decides between them; without fencing nothing does (what is done then is the
/// policy engine's <c>no-quorum-policy</c> and <c>stonith-enabled</c>; <c>needs</c> makes the cut-off one stop where it sees that it is the one). <c>wait_for_all</c>, where ha.cf asks for it, keeps a node that starts alone from acting: it knows
/// nothing of what the other one does.</para>
/// <para>What is asked for besides (<see cref="QuorumNeeds"/>) never makes a partition quorate: two halves may both reach a ping node. It takes quorum from one that has no majority. A serial line that does not tell whether it
/// has a carrier is as if it were not there: it takes no quorum, nor does it keep quorum where no ping node answers.</para>
/// </remarks>
public sealed class QuorumCore
{
    private readonly QuorumSpec _spec;
    private readonly ImmutableArray<string> _nodes;
    private readonly string _self;
    private readonly string? _tieBreaker;
    private readonly bool _isPair, _waitsForAll;
    private readonly TimeSpan _settle, _together;
    private readonly SortedDictionary<string, Instant> _votes = new(StringComparer.Ordinal);     // since when they are counted
    private readonly SortedSet<string> _reached = new(StringComparer.Ordinal), _off = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, bool> _carriers = new(StringComparer.Ordinal);     // of the lines that tell
    private bool _hasFencing, _seenAll;
    private Instant _moreUntil = new(long.MinValue);

    /// <param name="spec">As in ha.cf.</param>
    /// <param name="nodes">All nodes of ha.cf.</param>
    /// <param name="settle">After which a node that is counted here is counted nowhere else: <see cref="SettleAfter"/>.</param>
    /// <param name="together">Within which all are missed that fell silent at once: <see cref="TogetherWithin"/>.</param>
    public QuorumCore(QuorumSpec spec, ImmutableArray<string> nodes, string self, TimeSpan settle, Instant now, TimeSpan together = default)
    {
        (_spec, _nodes, _self, _settle, _together) = (spec, nodes, self, settle, together);
        _isPair = nodes.Length == 2 && spec.TwoNode is not false;
        _waitsForAll = spec.WaitForAll ?? false;
        _tieBreaker = spec.TieBreaker == QuorumSpec.Lowest ? nodes.Min(StringComparer.Ordinal) : spec.TieBreaker;
        Verdict = new(false, false, now, "nobody decides yet");
    }

    /// <summary>Whoever followed another node is missed there after deadtime; two seconds are for what is under way.</summary>
    public static TimeSpan SettleAfter(TimeSpan deadTime) => deadTime + TimeSpan.FromSeconds(2);

    /// <summary>Nodes beat each in its own time, so that of two which are cut off at once one is missed up to a keepalive after the other; a quarter of a second is for the machine.</summary>
    public static TimeSpan TogetherWithin(TimeSpan keepAlive) => keepAlive + TimeSpan.FromMilliseconds(250);

    public QuorumVerdict Verdict { get; private set; }

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public Instant NextDeadline { get; private set; } = Instant.Never;

    /// <summary>Who is counted: <see cref="Membership.MembershipCore.Followers"/>, after every step of membership.</summary>
    public void Count(IEnumerable<string> followers, Instant now)
    {
        var counted = new SortedSet<string>(followers, StringComparer.Ordinal);
        foreach (var gone in new List<string>(_votes.Keys))
        {
            if (counted.Contains(gone)) continue;
            _votes.Remove(gone);
            _moreUntil = now + _together;
        }
        foreach (var node in counted)
            if (_nodes.Contains(node)) _votes.TryAdd(node, now);
        // When all follow, nobody is left who could count one of them.
        if (_votes.Count == _nodes.Length)
            foreach (var node in _nodes) _votes[node] = new(now.Ticks - _settle.Ticks);
        Judge(now);
    }

    /// <summary>A ping node, or group, answers or does so no more. Not told of: it does not.</summary>
    public void Pinged(string name, bool answers, Instant now) => Changed(_reached, name, answers, now);

    /// <summary>A serial line has a carrier or has none; null: it does not tell. Not told of: it does not tell.</summary>
    public void Carried(string line, bool? seen, Instant now)
    {
        if (seen is { } carrier) _carriers[line] = carrier;
        else _carriers.Remove(line);
        Judge(now);
    }

    /// <summary>A node is proven off, or was said to be by a person: nobody waits for it.</summary>
    public void ProvenOff(string node, Instant now)
    {
        _off.Add(node);
        Judge(now);
    }

    /// <summary>The node that this one follows may act, so all were there together once; or an operator says that none is to be waited for.</summary>
    public void NeedNotWait(Instant now)
    {
        _seenAll = true;
        Judge(now);
    }

    /// <summary>Whether the cluster fences (<c>stonith-enabled</c>, and there are devices).</summary>
    public void Fences(bool fences, Instant now)
    {
        _hasFencing = fences;
        Judge(now);
    }

    /// <summary>Time has passed; harmless when called early or late.</summary>
    public void Tick(Instant now) => Judge(now);

    private void Changed(SortedSet<string> set, string name, bool isThere, Instant now)
    {
        if (isThere ? set.Add(name) : set.Remove(name)) Judge(now);
    }

    private void Judge(Instant now)
    {
        if (_votes.Count == _nodes.Length) _seenAll = true;
        NextDeadline = Instant.Never;
        var (quorate, settling, reason) = Judgement(now);
        // A sentence that only counts otherwise is no other verdict.
        var since = (quorate, settling) == (Verdict.IsQuorate, Verdict.IsSettling) ? Verdict.Since : now;
        if (since != Verdict.Since || reason != Verdict.Reason) Verdict = new(quorate, settling, since, reason);
    }

    private (bool Quorate, bool Settling, string Reason) Judgement(Instant now)
    {
        if (_votes.Count == 0) return (false, false, "this node does not decide");
        var (count, all) = (_votes.Count, _nodes.Length);
        var of = $"{count} of {all} {(all == 1 ? "node" : "nodes")}";
        if (!Enough(_votes.Keys)) return (false, false, TieOf(_votes.Keys) ? $"{of}: a half, without {_tieBreaker ?? "a tie breaker"}" : $"{of}: no majority");
        if (_waitsForAll && !_seenAll && Missing() is { } missing) return (false, false, $"{of}: {missing} was not there since this node started (wait_for_all)");
        var isAlone = 2 * count <= all;
        if (isAlone && !HasSign()) return (false, false, $"{of}: {Signs()}, so this may be the part that is cut off");
        if (count == all) return (true, false, all == 1 ? "the only node" : $"all {all} nodes");
        if (_isPair) return (true, false, $"{of}: a node of a pair may go on alone (two_node)");
        // A majority that is just losing its members must not shoot the first of them, and have none left with the second.
        if (_moreUntil > now)
        {
            NextDeadline = _moreUntil;
            return (false, true, $"{of}, and more of them may be about to be missed");
        }
        if (!_hasFencing)
        {
            var settled = new List<string>();
            foreach (var (node, since) in _votes)
                if (since + _settle <= now) settled.Add(node);
            if (!Enough(settled))
            {
                foreach (var since in _votes.Values)
                    if (since + _settle > now) NextDeadline = Instant.Min(NextDeadline, since + _settle);
                return (false, true, $"{of}, some of which may still be counted elsewhere");
            }
        }
        return (true, false, isAlone ? $"{of}: a half, with {_tieBreaker}" : $"{of}: a majority");
    }

    /// <summary>Whether so many nodes can have quorum, if these are they.</summary>
    public bool Enough(ICollection<string> nodes) => 2 * nodes.Count > _nodes.Length || _isPair && nodes.Count > 0 || TieOf(nodes) && _tieBreaker is { } node && nodes.Contains(node);

    private bool TieOf(ICollection<string> nodes) => 2 * nodes.Count == _nodes.Length;

    /// <summary>Who has to be waited for; null: nobody.</summary>
    private string? Missing()
    {
        foreach (var node in _nodes)
            if (!_votes.ContainsKey(node) && !_off.Contains(node)) return node;
        return null;
    }

    /// <summary>No line that tells is no sign, and no lack of one.</summary>
    private QuorumNeeds Asked => _carriers.Count > 0 ? _spec.Needs : _spec.Needs & ~QuorumNeeds.Carrier;

    private bool HasSign() => Asked == QuorumNeeds.None || Asks(QuorumNeeds.Ping) && _reached.Count > 0 || Asks(QuorumNeeds.Carrier) && _carriers.ContainsValue(true);

    private string Signs() => Asked switch { QuorumNeeds.Carrier => "no serial line has a carrier", QuorumNeeds.Ping when Asked == _spec.Needs => "no ping node answers", QuorumNeeds.Ping => "no ping node answers and no serial line tells of a carrier", _ => "no ping node answers and no serial line has a carrier" };

    private bool Asks(QuorumNeeds need) => (Asked & need) != 0;
}
