using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Crm.Membership;

/// <summary>Who is there, in whose eyes, and who decides (the DC).</summary>
/// <remarks>
/// A node's view is whoever messaging calls alive and whose CRM has said hello since. A hello carries the sender's view. When all members of a view have told the same one and none of them follows anybody, the first by
/// <see cref="Member.Rank"/> offers to decide, with a term above every term it has heard of, and decides when all have accepted. It goes on deciding when members come (they are offered the same term) and go;
/// for one that has heard of a later term it offers anew, with one above that: by the terms it is known which of two documents the cluster was changing last (<see cref="Store.CibStanding"/>).
/// Two that decide can be only where they did not see each other; when they do, the higher term stays, and at the same term the first by rank. Who understands an older feature set than the one that decides takes its place.
/// </remarks>
public sealed class MembershipCore
{
    /// <summary>How often a hello is said anew. Between nodes that hear each other no message is lost; this heals what a restart or a healed partition swallowed.</summary>
    private static readonly TimeSpan WhileUndecided = TimeSpan.FromSeconds(1), WhileDecided = TimeSpan.FromSeconds(10);

    private readonly Member _self;
    private readonly SortedDictionary<string, Peer> _peers = new(StringComparer.Ordinal);
    private ImmutableArray<string> _view;
    private State _state = State.Undecided;
    private long _highest;      // the highest term heard of
    private long _term;         // of the offer made, or of the one accepted
    private string? _dc;
    private bool _mustRenew;
    private readonly Instant _alone;        // from then on whoever says nothing is not waited for

    private enum State { Undecided, Offering, Deciding, Following }

    /// <param name="self">This node, in this life.</param>
    /// <param name="heard">The highest term that it knows from before: no later one may be lower.</param>
    /// <param name="patience">
    /// How long one that has just begun waits for the first word of those whom messaging calls alive, before it decides without them. Who cannot be heard any more is dead by then; its CRM may decide still.
    /// </param>
    public MembershipCore(Member self, Instant now, long heard = 0, TimeSpan patience = default)
    {
        (_self, _highest, _alone) = (self, heard, now + patience);
        _view = [self.Key];
        NextDeadline = now;
    }

    /// <summary>When <see cref="Tick"/> has something to do.</summary>
    public Instant NextDeadline { get; private set; }

    /// <summary>This node decides.</summary>
    public bool IsDc => _state == State.Deciding;

    /// <summary>Who decides, as far as this node knows.</summary>
    public string? Dc => _state is State.Deciding or State.Following ? _dc : null;

    /// <summary>Since when, counted in elections.</summary>
    public long Term => _term;

    /// <summary>Everybody this node sees, itself among them, by name.</summary>
    public ImmutableArray<Member> Members
    {
        get
        {
            var members = new List<Member> { _self };
            foreach (var peer in _peers.Values)
                if (peer.Member is { } member) members.Add(member);
            members.Sort((a, b) => string.CompareOrdinal(a.Node, b.Node));
            return [.. members];
        }
    }

    /// <summary>While this node decides: itself and everybody who follows it in its term, by name. A node follows one that decides at a time.</summary>
    public ImmutableArray<string> Followers
    {
        get
        {
            if (!IsDc) return [];
            var followers = new List<string> { _self.Node };
            foreach (var peer in _peers.Values)
                if (peer is { Member: not null, Follows: true }) followers.Add(peer.Name);
            followers.Sort(StringComparer.Ordinal);
            return [.. followers];
        }
    }

    /// <summary>Time has come: <see cref="NextDeadline"/>.</summary>
    public void Tick(Instant now, List<MembershipEffect> effects)
    {
        if (now < NextDeadline) return;
        // An offer that was not answered by all in a second met a node that has left, or an older view: it is made again if it is still ours to make.
        if (_state == State.Offering) (_state, _dc) = (State.Undecided, null);
        SayHello(now, effects);
        Consider(now, effects);
    }

    /// <summary>What messaging tells.</summary>
    public void Happened(ClusterEvent happened, Instant now, List<MembershipEffect> effects)
    {
        switch (happened)
        {
            case ClusterEvent.NodeStatusChanged change when change.Node != _self.Node:
                var peer = Known(change.Node);
                peer.Alive = change.Now == NodeStatus.Active;
                if (!peer.Alive) Gone(peer, clean: false, now, effects);
                else SayHello(now, effects);
                break;
            case ClusterEvent.NodeRestarted restarted when restarted.Node != _self.Node:
                Gone(Known(restarted.Node), clean: false, now, effects);
                break;
            case ClusterEvent.Received { FromSelf: false } received when received.Message.Type == MembershipWord.Type && (received.Message["dest"] ?? _self.Node) == _self.Node:
                if (MembershipWord.Read(received.Node, received.Message) is { } word) Heard(Known(received.Node), word, now, effects);
                break;
        }
    }

    /// <summary>This node's CRM goes, with nothing running. It says so and is of no use afterwards.</summary>
    public void Leave(List<MembershipEffect> effects) => effects.Add(new MembershipEffect.Say(new MembershipWord.Leave(_self.Life), null));

    /// <summary>This node, which decides, is to go on with a later term, as soon as all see the same: nobody may have had this one who decided elsewhere.</summary>
    public void Renew(Instant now, List<MembershipEffect> effects)
    {
        _mustRenew = IsDc;
        Consider(now, effects);
    }

    private void Heard(Peer peer, MembershipWord word, Instant now, List<MembershipEffect> effects)
    {
        if (!peer.Alive) return;        // it is said again when messaging calls the node alive
        switch (word)
        {
            case MembershipWord.Hello hello when hello.Self.Life == peer.LeftLife: break;     // on its way when it left
            case MembershipWord.Hello hello: HeardHello(peer, hello, now, effects); break;
            case MembershipWord.Offer offer: HeardOffer(peer, offer, now, effects); break;
            case MembershipWord.Accept accept when accept.Term == _term && _state is State.Offering or State.Deciding && peer.Member is { } follower:
                var first = !peer.Follows;
                peer.Follows = true;
                if (_state == State.Deciding && first) effects.Add(new MembershipEffect.Followed(follower));
                Consider(now, effects);
                break;
            case MembershipWord.Leave leave:
                peer.LeftLife = leave.Life;
                if (peer.Member?.Life == leave.Life) Gone(peer, clean: true, now, effects);
                break;
        }
    }

    private void HeardHello(Peer peer, MembershipWord.Hello hello, Instant now, List<MembershipEffect> effects)
    {
        if (peer.Member is not null && peer.Member.Life != hello.Self.Life) Gone(peer, clean: false, now, effects);
        var isNew = peer.Member is null;
        (peer.Member, peer.View, peer.Dc, peer.Term) = (hello.Self, hello.View, hello.Dc, hello.Term);
        peer.Follows &= hello.Dc == _self.Node && hello.Term == _term;
        _highest = Math.Max(_highest, hello.Term);
        if (isNew)
        {
            effects.Add(new MembershipEffect.Gained(hello.Self));
            ViewChanged(now, effects);
        }
        Consider(now, effects);
    }

    private void HeardOffer(Peer peer, MembershipWord.Offer offer, Instant now, List<MembershipEffect> effects)
    {
        _highest = Math.Max(_highest, offer.Term);
        // Who does not see what I see does not decide for me; it offers again when we agree. Nor does an offer count that another one, made later or by a better node, has overtaken.
        if (peer.Member is not { } member || !offer.View.AsSpan().SequenceEqual(_view.AsSpan())) return;
        if (_state is State.Offering or State.Deciding && !Beats(offer.Term, member, _term, _self)) return;
        if (_state == State.Following && _dc != peer.Name && Find(_dc!)?.Member is { } followed && !Beats(offer.Term, member, _term, followed)) return;
        if (_state == State.Deciding) StepDown($"{peer.Name} decides from now on (term {offer.Term})", effects);
        var change = _state != State.Following || _dc != peer.Name || _term != offer.Term;
        (_state, _dc, _term) = (State.Following, peer.Name, offer.Term);
        (peer.Dc, peer.Term) = (peer.Name, offer.Term);     // until its next hello says otherwise
        effects.Add(new MembershipEffect.Say(new MembershipWord.Accept(offer.Term), peer.Name));
        if (change) effects.Add(new MembershipEffect.Follows(peer.Name, offer.Term));
        SayHello(now, effects);
    }

    /// <summary>Offers, decides, or steps back: whatever the view asks for.</summary>
    private void Consider(Instant now, List<MembershipEffect> effects)
    {
        if (_state == State.Following && !(Find(_dc!) is { Member: not null } leader && leader.Dc == leader.Name && leader.Term >= _term)) Unfollow(now, effects);
        foreach (var peer in _peers.Values)
        {
            if (peer.Member is not { } member || _state is not (State.Deciding or State.Offering) || Values.CompareVersions(member.FeatureSet, _self.FeatureSet) >= 0) continue;
            StepDown($"{peer.Name} understands feature set {member.FeatureSet}, not {_self.FeatureSet}: it must decide", effects);
            SayHello(now, effects);
        }
        if (_state == State.Deciding && (_mustRenew || Later is not null) && AllSeeTheSame)
        {
            StepDown(Later is { } later ? $"{later.Name} has heard of term {later.Term}, and this is {_term}: it offers anew" : $"what term {_term} began with may not act, and this may: it offers anew", effects);
            BeginOffer(now);
        }
        // What is offered is not taken back from who has accepted, but made anew: a later term beats it.
        if (_state == State.Offering && Later is not null) (_state, _dc) = (State.Undecided, null);
        if (_state == State.Undecided && IsMine(now)) BeginOffer(now);
        if (_state is State.Offering or State.Deciding) Offer(effects);
        if (_state == State.Offering && AllFollow)
        {
            _state = State.Deciding;
            effects.Add(new MembershipEffect.Elected(_term, Members));
            SayHello(now, effects);
        }
    }

    private void BeginOffer(Instant now)
    {
        _highest++;
        (_state, _dc, _term, _mustRenew) = (State.Offering, _self.Node, _highest, false);
        foreach (var peer in _peers.Values) (peer.Follows, peer.Offered) = (false, 0);
        NextDeadline = now + WhileUndecided;
    }

    /// <summary>A member that follows nobody and has heard of a later term than mine.</summary>
    private Peer? Later
    {
        get
        {
            foreach (var peer in _peers.Values)
                if (IsLater(peer)) return peer;
            return null;
        }
    }

    private bool IsLater(Peer peer) => peer is { Member: not null, Dc: null } && peer.Term > _term;

    private bool AllSeeTheSame
    {
        get
        {
            foreach (var peer in _peers.Values)
                if (peer.Member is not null && !peer.View.AsSpan().SequenceEqual(_view.AsSpan())) return false;
            return true;
        }
    }

    /// <summary>Nobody whom I see decides, all see what I see, and I come first.</summary>
    private bool IsMine(Instant now)
    {
        foreach (var peer in _peers.Values)
        {
            if (peer.Member is { } member && (peer.Dc is not null || Member.Rank(member, _self) < 0 || !peer.View.AsSpan().SequenceEqual(_view.AsSpan()))) return false;
            if (peer is { Member: null, Alive: true, LeftLife: null } && now < _alone) return false;
        }
        return true;
    }

    private bool AllFollow
    {
        get
        {
            foreach (var peer in _peers.Values)
                if (peer.Member is not null && !peer.Follows) return false;
            return true;
        }
    }

    /// <summary>To everybody who sees what I see and does not follow: once a view, and again at each hello that shows that it was not heeded. Who has heard of a later term waits for a later offer.</summary>
    private void Offer(List<MembershipEffect> effects)
    {
        foreach (var peer in _peers.Values)
        {
            if (peer.Member is null || peer.Follows || peer.Offered == _term || IsLater(peer) || !peer.View.AsSpan().SequenceEqual(_view.AsSpan())) continue;
            peer.Offered = _term;
            effects.Add(new MembershipEffect.Say(new MembershipWord.Offer(_term, _view), peer.Name));
        }
    }

    /// <summary>The later term; of two at the same term the first by rank.</summary>
    private static bool Beats(long term, Member member, long otherTerm, Member other) => term != otherTerm ? term > otherTerm : Member.Rank(member, other) < 0;

    private void ViewChanged(Instant now, List<MembershipEffect> effects)
    {
        var view = Array.ConvertAll(Members.ToArray(), m => m.Key);
        Array.Sort(view, StringComparer.Ordinal);
        _view = [.. view];
        foreach (var peer in _peers.Values) peer.Offered = 0;
        SayHello(now, effects);
    }

    private void Gone(Peer peer, bool clean, Instant now, List<MembershipEffect> effects)
    {
        if (peer.Member is not { } member) return;
        peer.Forget();
        effects.Add(new MembershipEffect.Lost(member, clean));
        ViewChanged(now, effects);
        Consider(now, effects);
    }

    private void Unfollow(Instant now, List<MembershipEffect> effects)
    {
        effects.Add(new MembershipEffect.Log(LogPriority.Info, $"{_dc}, which decided, does so no longer"));
        (_state, _dc) = (State.Undecided, null);
        effects.Add(new MembershipEffect.Follows(null, _term));
        SayHello(now, effects);
    }

    private void StepDown(string reason, List<MembershipEffect> effects)
    {
        if (_state == State.Deciding) effects.Add(new MembershipEffect.SteppedDown(reason));
        (_state, _dc) = (State.Undecided, null);
    }

    private void SayHello(Instant now, List<MembershipEffect> effects)
    {
        foreach (var peer in _peers.Values) peer.Offered = peer.Follows ? peer.Offered : 0;
        effects.Add(new MembershipEffect.Say(new MembershipWord.Hello(_self, _view, _state is State.Deciding or State.Following ? _term : _highest, Dc), null));
        NextDeadline = now + (_state is State.Deciding or State.Following ? WhileDecided : WhileUndecided);
    }

    private Peer? Find(string node) => _peers.GetValueOrDefault(node);

    private Peer Known(string name)
    {
        if (!_peers.TryGetValue(name, out var peer)) _peers[name] = peer = new Peer(name);
        return peer;
    }

    /// <summary>Another node, as far as it has told.</summary>
    private sealed class Peer(string name)
    {
        public string Name => name;
        public bool Alive { get; set; }
        public Member? Member { get; set; }
        public ImmutableArray<string> View { get; set; } = [];
        public string? Dc { get; set; }
        public long Term { get; set; }

        /// <summary>The term last offered to it in this view; 0: none.</summary>
        public long Offered { get; set; }

        /// <summary>It has accepted the term.</summary>
        public bool Follows { get; set; }

        /// <summary>The last life that said that it goes.</summary>
        public string? LeftLife { get; set; }

        public void Forget() => (Member, View, Dc, Term, Offered, Follows) = (null, [], null, 0, 0, false);
    }
}
