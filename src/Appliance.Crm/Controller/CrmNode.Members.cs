using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Cib;
using Appliance.Crm.Membership;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Messaging;

namespace Appliance.Crm.Controller;

public sealed partial class CrmNode
{
    /// <summary>How long a node that beats may be without a CRM before it counts as one that has lost it (Pacemaker's <c>dc-deadtime</c>): a daemon that is restarted is back by then.</summary>
    private static readonly TimeSpan ControllerWithin = TimeSpan.FromSeconds(20);

    /// <summary>How long after an attempt that had no answer a node tells again what runs there.</summary>
    private static readonly TimeSpan TellAgainAfter = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<string, Neighbour> _others = new(StringComparer.Ordinal);
    private MembershipCore? _membership;
    private readonly HashSet<string> _members = new(StringComparer.Ordinal);
    private string? _followed;
    private long _followedTerm;
    private Instant _tellAt = Instant.Never;
    private bool _mustTell;
    private string? _toldAs;
    private Instant _electedAt;

    /// <summary>Another node, as far as messaging knows it.</summary>
    private sealed class Neighbour
    {
        public bool IsAlive { get; set; }
        public Instant AliveSince { get; set; }

        /// <summary>It beats, and its CRM may be about to begin: since when.</summary>
        public Instant? UpSince { get; set; }

        /// <summary>It left with nothing running.</summary>
        public bool LeftClean { get; set; }

        /// <summary>Its last life as a member.</summary>
        public string? Life { get; set; }

        /// <summary>The life of it that was over with a proven fencing, by whoever's order: when silence tells the same, then or later, that is no news.</summary>
        public string? ShotLife { get; set; }

        /// <summary>When this node was told of that.</summary>
        public Instant ShotAt { get; set; }

        /// <summary>It said that it was proven off and runs: what it has may run there until it has ended.</summary>
        public bool LivesOn { get; set; }

        /// <summary>It is off since its last life, whoever has decided meanwhile.</summary>
        public bool IsProvenOff => Life is not null && ShotLife == Life;

        /// <summary>What its CRM said before ours began.</summary>
        public ClusterEvent.Received? Early { get; set; }
    }

    private Neighbour Peer(string name)
    {
        if (!_others.TryGetValue(name, out var other)) _others[name] = other = new();
        return other;
    }

    private void MembersHappened(ClusterEvent happened)
    {
        switch (happened)
        {
            case ClusterEvent.NodeStatusChanged change when !_start.Nodes.Contains(change.Node):
                _quorum.Pinged(change.Node, change.Now == NodeStatus.Ping, _now);        // no node of the cluster
                return;
            case ClusterEvent.CarrierChanged change:
                _quorum.Carried(change.Line, change.Carrier, _now);
                return;
            case ClusterEvent.NodeStatusChanged change when change.Node != _me:
                var other = Peer(change.Node);
                var alive = change.Now == NodeStatus.Active;
                // A daemon that was restarted beats before it says anything of itself.
                if (change.Now is NodeStatus.Up or NodeStatus.Active) other.UpSince ??= _now;
                else if (change.Now != NodeStatus.Init) other.UpSince = null;
                if (alive && !other.IsAlive) (other.AliveSince, other.LeftClean) = (_now, false);
                other.IsAlive = alive;
                if (change.Now == NodeStatus.Dead) HasEnded(change.Node);
                break;
            case ClusterEvent.NodeRestarted restarted when restarted.Node != _me:
                (Peer(restarted.Node).AliveSince, Peer(restarted.Node).UpSince) = (_now, _now);
                HasEnded(restarted.Node);
                break;
            case ClusterEvent.CommunicationUp when _membership is null:
                BeginMembership();
                return;
        }
        if (_membership is not null) Members(effects => _membership.Happened(happened, _now, effects));
    }

    /// <summary>Everybody was heard, or is dead: only now is it known for whom one decides.</summary>
    private void BeginMembership()
    {
        _membership = new(_start.Self, _now, Math.Max(_start.Standing.Term, _start.HeardTerm), _start.DeadTime + _start.KeepAlive);
        _members.Add(_me);
        foreach (var (name, other) in _others)
        {
            if (!other.IsAlive) continue;
            other.AliveSince = _now;
            Members(effects => _membership.Happened(new ClusterEvent.NodeStatusChanged(name, NodeStatus.Init, NodeStatus.Active, null), _now, effects));
            if (other.Early is { } early) Members(effects => _membership.Happened(early, _now, effects));
            other.Early = null;
        }
        // What is on the disk may be the cluster's as it is, and then nobody ever tells that it has changed.
        if (_fencingBefore is null) ConfigurationChanged(Document);
    }

    private void Members(Action<List<MembershipEffect>> step)
    {
        var effects = new List<MembershipEffect>();
        step(effects);
        foreach (var effect in effects) Carry(effect);
    }

    private void Carry(MembershipEffect effect)
    {
        switch (effect)
        {
            case MembershipEffect.Say when _left: break;      // whoever hears it after the farewell takes this node for one that is there
            case MembershipEffect.Say say: _effects.Add(new CrmEffect.Send(say.Word.ToMessage(say.To))); break;
            case MembershipEffect.Log line: Log(line.Priority, line.Text); break;
            case MembershipEffect.Gained gained:
                Log(LogPriority.Notice, $"{gained.Member.Node} is there (its CRM understands feature set {gained.Member.FeatureSet})");
                _members.Add(gained.Member.Node);
                _removed.Remove(gained.Member.Node);
                (Peer(gained.Member.Node).LeftClean, Peer(gained.Member.Node).Life) = (false, gained.Member.Life);
                // While it was cut off a device proved it off: it does not know that yet, and others have what it runs.
                if (Peer(gained.Member.Node).IsProvenOff) Say(new CrmWord.IsOff(gained.Member.Node, gained.Member.Life), gained.Member.Node);
                NodeAlert(gained.Member.Node, "member");
                MembersChanged();
                break;
            case MembershipEffect.Lost lost: Lost(lost.Member, lost.Clean); break;
            case MembershipEffect.Elected elected: Elected(elected.Term); break;
            case MembershipEffect.Followed followed: Followed(followed.Member.Node); break;
            case MembershipEffect.SteppedDown down:
                Log(LogPriority.Notice, $"This node decides no longer: {down.Reason}");
                StepDown();
                Follow(null, _membership!.Term);
                break;
            case MembershipEffect.Follows follows:
                if (follows.Dc is { } dc) Log(LogPriority.Notice, $"{dc} decides (term {follows.Term})");
                StepDown();
                Follow(follows.Dc, follows.Term);
                break;
        }
    }

    private void Elected(long term)
    {
        Log(LogPriority.Notice, $"This node decides from now on (term {term})");
        _electedAt = _now;
        // Before what the members say of themselves, which may be here already.
        foreach (var member in MemberList())
            if (member != _me) Request(NodeStates.Say(IdOf(member), member, NodeLife.Pending, "elected"), Internal.Nothing);
        Follow(_me, term);
        Transit(new TransitionInput.TakeOver());
        _needPolicy = "a DC was elected";
    }

    /// <summary>Somebody follows this node, which decides. What it tells may be nothing at all, and even so there is a node more.</summary>
    private void Followed(string node)
    {
        MembersChanged();
        Request(NodeStates.Say(IdOf(node), node, NodeLife.Pending, "followed"), Internal.Nothing);
        Transit(new TransitionInput.NodeFollows(node, IdOf(node)));
        _needPolicy ??= $"{node} has come";
    }

    private void Lost(Member member, bool clean)
    {
        var node = member.Node;
        Log(clean ? LogPriority.Notice : LogPriority.Warn, clean ? $"{node} has left" : $"{node} is lost");
        _members.Remove(node);
        _cibPieces.Forget(node);
        _wordPieces.Forget(node);
        NobodySays(node);
        Peer(node).LeftClean = clean;
        Attributes(effects => _attributes.Lost(node, effects));
        NodeAlert(node, "lost");
        MembersChanged();
        if (!IsDc) return;
        Say(node, clean);
        Transit(new TransitionInput.NodeLost(node, IdOf(node)));
    }

    /// <summary>Writes that a node is gone: one that left has nothing running, and one that was proven off neither; of another nobody knows.</summary>
    private void Say(string node, bool clean)
    {
        var id = IdOf(node);
        var off = Peer(node) is { IsProvenOff: true, IsAlive: false };
        var life = clean || off ? NodeLife.Down : Peer(node).IsAlive ? NodeLife.Headless : NodeLife.Lost;
        Request(Gone(NodeStates.Say(id, node, life, clean ? "left" : "lost"), id, off), Internal.Nothing);
    }

    /// <summary>What ran on a node that is off goes with it: what is known of it is of yesterday.</summary>
    private static CibRequest Gone(CibRequest state, string id, bool off) =>
        off ? NodeStates.Together(state, NodeStates.Delete(id, "lrm"), NodeStates.Delete(id, "transient_attributes")) : NodeStates.Together(state, NodeStates.Delete(id, "transient_attributes"));

    /// <summary>Whom this node follows now, in every part of it.</summary>
    private void Follow(string? dc, long term)
    {
        (_followed, _followedTerm) = (dc, term);
        CountVotes();
        _cib.SetMembers(term, dc, MemberList(), _now, Moment);
        Attributes(effects => _attributes.Follow(dc, term, _now, effects));
        (_tellAt, _toldAs) = (Instant.Never, null);
        if (dc is not null) TellFeatures();
    }

    /// <summary>Tells what runs here as soon as it is known by what id the cluster's document has this node: by the id in another document it might be another's history.</summary>
    private void TellWhereKnown()
    {
        if (_toldAs is null && _followed is not null && _cib.Replica.IsBased) TellOwnPart();
    }

    private void MembersChanged()
    {
        Transit(new TransitionInput.Members(_members.Count));
        CountVotes();
        _cib.SetMembers(_followedTerm, _followed, MemberList(), _now, Moment);
    }

    private List<string> MemberList()
    {
        List<string> members = [.. _members];
        members.Sort(StringComparer.Ordinal);
        return members;
    }

    /// <summary>Tells the DC what runs here: with that this node is a member that can be reckoned with.</summary>
    private void TellOwnPart()
    {
        (_tellAt, _mustTell) = (Instant.Never, false);
        var id = IdOf(_me);
        _history.NodeId = _toldAs = id;
        var told = _history.Join(HistoryNow);
        Request(NodeStates.Together([.. told.Steps, NodeStates.Status(NodeStates.Element(id, _me, NodeLife.Member, "join"))]), Internal.OwnPart(_followedTerm));
    }

    private void OwnPartAnswered(long term, CibError error, string problem)
    {
        if (term != _followedTerm || _followed is null || error == CibError.None) return;
        Log(LogPriority.Warn, $"What runs here could not be told to {_followed} ({error.Text()}{(problem.Length > 0 ? ": " + problem : "")}); it is told again");
        (_tellAt, _mustTell) = (_now + TellAgainAfter, true);
    }

    private void TickMembers()
    {
        if (_tellAt <= _now && _followed is not null)
        {
            // What was under way when it was found otherwise may have arrived since.
            if (!_mustTell && _cib.Replica.IsBased && NodeStates.Of(Document, IdOf(_me))?["join"] == "member") _tellAt = Instant.Never;
            else
            {
                TellOwnPart();
                Attributes(_attributes.TellAgain);
            }
        }
        if (_stopAt > _now || _left) return;
        Log(LogPriority.Error, "Stopping took too long: this node leaves with what still runs here, and is lost for the others");
        Depart();
    }

    /// <summary>What the CIB says of this node is what it told; where it is not, it was written before the DC knew, or by hand.</summary>
    private void CheckOwnPart()
    {
        if (_followed is null || _tellAt != Instant.Never || !_cib.Replica.IsBased) return;
        var id = IdOf(_me);
        if (_toldAs is { } told && told != id)
        {
            // What stands there may be another's, which it does not replace.
            if (IsDc) PutStatesRight();
            TellOwnPart();
        }
        else if (NodeStates.Of(Document, id)?["join"] != "member") _tellAt = _now + TellAgainAfter;
    }

    /// <summary>A state that is not under its node's id was written before the nodes had theirs, or by hand. A member has said the same under its own, or does when it is gone.</summary>
    private void PutStatesRight()
    {
        var strays = NodeStates.Strays(Document);
        var (gone, moved) = (new List<CibRequest>(), new List<CibRequest>());
        foreach (var state in strays)
        {
            if (state.Id is not { } id || !Once("stray " + id)) continue;
            gone.Add(new(CibOperation.Delete, $"/cib/status/node_state[@id={CibPath.Literal(id)}]", Options: CibOptions.XPath | CibOptions.Multiple));
            // Of whoever cannot say it again nothing is forgotten, whoever has its old id now, and whose old id it has.
            if ((state["uname"] ?? id) is var name && !_members.Contains(name) && NodeStates.Configured(Document, name) is { } its && (NodeStates.Of(Document, its) is not { } there || strays.Contains(there)))
                moved.Add(NodeStates.Status(NodeStates.Moved(state, its)));
        }
        if (gone.Count == 0) return;
        Request(NodeStates.Together([.. gone, .. moved]), Internal.Nothing);
        _attributesUnwritten = true;
    }

    /// <summary>What is said of those who are no members is what is known of them.</summary>
    /// <remarks>Whoever is dead and was never heard of has no state: that is how the policy engine knows it as one that was not seen since the cluster began.</remarks>
    private void WriteAbsent()
    {
        var names = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in _others.Keys) names[name] = IdOf(name);
        foreach (var state in Document.Element("status")?.Elements("node_state") ?? [])
            if (state["remote_node"] != "true" && state["uname"] is { } name && name != _me && state.Id is { } id) names.TryAdd(name, id);
        foreach (var (name, id) in names)
        {
            if (_members.Contains(name)) continue;
            var other = _others.GetValueOrDefault(name);
            var state = NodeStates.Of(Document, id);
            if (state is null && other is not { IsAlive: true }) continue;
            // One that beats has its time to say hello; until then it stays what it was.
            if (other is { IsAlive: true, LeftClean: false } && state is not null && other.AliveSince + ControllerWithin > _now && state["join"] != "member") continue;
            // What was proven off, or left, has not begun anything since, as long as it has not joined.
            var off = other is { IsProvenOff: true, IsAlive: false };
            var life = off || other is { LeftClean: true } ? NodeLife.Down : other is { IsAlive: true } ? NodeLife.Headless : NodeLife.Lost;
            if (state?["expected"] == "down") life = life with { Expected = "down" };
            if (!NodeStates.Says(state, life) && Once("absent " + name)) Request(off ? Gone(NodeStates.Say(id, name, life, "absent"), id, off) : NodeStates.Say(id, name, life, "absent"), Internal.Nothing);
        }
    }

    private string IdOf(string node) => NodeStates.IdOf(Document, node);

    /// <summary>Nodes that beat and whose CRM may still come: nothing is decided before they have said what they are, or have had their time.</summary>
    private Instant AwaitedUntil
    {
        get
        {
            var until = new Instant(long.MinValue);
            foreach (var (name, other) in _others)
            {
                if (_members.Contains(name) || other.LeftClean) continue;
                if (other.IsAlive && other.AliveSince + ControllerWithin is var end && end > until) until = end;
                if (!other.IsAlive && other.UpSince is { } up && up + ControllerWithin is var begun && begun > until) until = begun;
            }
            return until;
        }
    }

    /// <summary>Every member has told what runs there.</summary>
    private bool AllHaveTold
    {
        get
        {
            foreach (var member in _members)
                if (NodeStates.Of(Document, IdOf(member))?["join"] != "member") return false;
            return true;
        }
    }
}
