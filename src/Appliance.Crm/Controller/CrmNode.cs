using System.Globalization;
using Appliance.Cib;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Attributes;
using Appliance.Crm.History;
using Appliance.Crm.Membership;
using Appliance.Crm.Quorum;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Crm.Wire;
using Appliance.Messaging;
using Appliance.Operations;

namespace Appliance.Crm.Controller;

/// <summary>What a node's CRM begins with.</summary>
/// <param name="Self">This life of it.</param>
/// <param name="Nodes">Those of ha.cf, this one among them.</param>
/// <param name="Document">The CIB that was on the disk; null: none.</param>
/// <param name="Standing">Its <see cref="CibStanding"/>; where there is none, of what was there last: terms go on from there.</param>
/// <param name="Known">Digests of the documents before it.</param>
/// <param name="Compiled">What the cluster begins with where no node has a CIB: haresources as one; null: an empty one.</param>
/// <param name="MayRun">An earlier life of the CRM since the machine came up may have left something running.</param>
/// <param name="Processors">Of this machine: a node does twice as many operations at once, unless <c>node-action-limit</c> says otherwise.</param>
public sealed record CrmStart(Member Self, IReadOnlyList<string> Nodes, CibElement? Document, CibStanding Standing, IReadOnlyList<string> Known, CibElement? Compiled, bool MayRun, int Processors)
{
    /// <summary>Of the program, for <c>dc-version</c>; null: it is not written.</summary>
    public string? Version { get; init; }

    /// <summary>The cluster's name, for <c>cluster-name</c>; empty: it has none.</summary>
    public string Cluster { get; init; } = "";

    /// <summary>The line of ha.cf; null: as usual.</summary>
    public QuorumSpec? Quorum { get; init; }

    /// <summary>After this silence a node is dead for the others.</summary>
    public TimeSpan DeadTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The latest term that this node is known to have followed: terms go on from there, whatever the document's is.</summary>
    public long HeardTerm { get; init; }

    /// <summary>How often a node beats.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What the files are called in which inputs of the policy engine are kept.</summary>
    public string InputExtension { get; init; } = "xml";
}

/// <summary>The CRM of one node: membership, the CIB, attributes, the node's own operations, and, while it decides for all (DC), transitions.</summary>
/// <remarks>
/// Pure: stepped with inputs and the present instant it says what is to be done. Its parts know nothing of each other; this class carries what one says to those whom it concerns.
/// <c>.Members</c> is who is there and how that stands in the CIB; <c>.Cib</c> the store; <c>.Deciding</c> policy runs and transitions; <c>.Working</c> what this node is told to do; <c>.Leaving</c> how it goes; <c>.Answering</c> clients.
/// </remarks>
public sealed partial class CrmNode
{
    private readonly CrmStart _start;
    private readonly string _me;
    private readonly CibService _cib;
    private readonly AttributeCore _attributes;
    private readonly Transitioner _transitioner;
    private readonly CibAssembly _cibPieces = new();
    private readonly LongMessages _wordPieces = new();
    private readonly CibOutbox _outbox = new();
    private List<CrmEffect> _effects = [];
    private Instant _now;
    private DateTimeOffset _wall;
    private CibMoment? _moment;
    private (long Seconds, TimeSpan Offset) _momentOf;
    private bool _left;

    /// <param name="start">What is known of this node and of the time before.</param>
    public CrmNode(CrmStart start, Instant now)
    {
        (_start, _me, _now) = (start, start.Self.Node, now);
        // Whatever the cluster has goes before a document without a version.
        _cib = new(_me, start.Document ?? First(start.Compiled), start.Document is null ? default : start.Standing, start.Known) { HeardTerm = Math.Max(start.Standing.Term, start.HeardTerm), Suffices = nodes => _quorum!.Enough(nodes) };
        _attributes = new(_me);
        _transitioner = new(_me, start.Self.Life);
        _nextRequest = start.Self.Since * 1_000_000;
        _history = new(_me, _me);
        _inputs = new(start.InputExtension);
        _quorum = new(start.Quorum ?? QuorumSpec.Usual, [.. start.Nodes], _me, QuorumCore.SettleAfter(start.DeadTime), now, QuorumCore.TogetherWithin(start.KeepAlive));
        _queue = new(Math.Max(1, start.Processors * 2), new Agents(this));
        foreach (var node in start.Nodes)
            if (node != _me) _others[node] = new();
    }

    private static CibElement? First(CibElement? compiled)
    {
        if (compiled is null) return null;
        var first = StoredCib.Loaded(compiled).Set("crm_feature_set", CibRequests.FeatureSet);
        default(CibVersion).WriteTo(first);
        return first;
    }

    /// <summary>The document as this node has it.</summary>
    public CibElement Document => _cib.Replica.Document;

    public bool IsDc => _membership?.IsDc == true;
    public string? Dc => _membership?.Dc;

    /// <summary>What was done on this node with its resources.</summary>
    public IReadOnlyDictionary<string, ResourceHistory> Histories => _history.Histories;

    /// <summary>Node attributes as this node knows them.</summary>
    internal AttributeTable AttributeTable => _attributes.Table;

    /// <summary>Agents that run now, and orders that wait for their turn.</summary>
    public (int Running, int Waiting) Operations => (_queue.Running, _queue.Waiting(_now));

    /// <summary>When to step it with <see cref="CrmInput.Tick"/> if nothing else happens.</summary>
    public Instant NextDeadline
    {
        get
        {
            if (_left) return Instant.Never;
            var next = Instant.Min(Instant.Min(_cib.NextDeadline, _outbox.NextDeadline), Instant.Min(_attributes.NextDeadline, _transitioner.NextDeadline));
            next = Instant.Min(next, Instant.Min(_queue.NextDeadline, _membership?.NextDeadline ?? Instant.Never));
            return Instant.Min(Instant.Min(next, Instant.Min(_tellAt, LeavingDeadline)), Instant.Min(Instant.Min(DecidingDeadline, AnsweringDeadline), _quorum.NextDeadline));
        }
    }

    /// <summary>The deadlines of the parts, for whoever looks for one that never passes.</summary>
    internal string Deadlines =>
        $"cib {_cib.NextDeadline} outbox {_outbox.NextDeadline} attributes {_attributes.NextDeadline} transition {_transitioner.NextDeadline} queue {_queue.NextDeadline} members {_membership?.NextDeadline} tell {_tellAt} stop {_stopAt} deciding {DecidingDeadline} answering {AnsweringDeadline}";

    /// <summary>Takes one input and appends what is to be done, in order.</summary>
    /// <param name="wall">The machine's clock, in its own zone: for what is written down, and for rules.</param>
    public void Step(CrmInput input, Instant now, DateTimeOffset wall, List<CrmEffect> effects)
    {
        if (_left) return;
        (_effects, _now, _wall) = (effects, now, wall);
        switch (input)
        {
            case CrmInput.Cluster cluster: Happened(cluster.Event); break;
            case CrmInput.AgentEnded ended: _queue.Ended(ended.CallId, ended.End, now); break;
            case CrmInput.Described described: History(more => _history.Described(described.Agent, described.Metadata, HistoryNow, more)); break;
            case CrmInput.ResourceLost lost: _queue.Hurry(lost.Resource, now); break;
            case CrmInput.PolicyEnded ended: PolicyEnded(ended.Answer); break;
            case CrmInput.CibWritten written: _cib.Written(written.Ticket, written.Error, now); break;
            case CrmInput.TermWritten written: _cib.TermWritten(written.Term, written.Error); break;
            case CrmInput.FencingEnded ended: FencingEnded(ended); break;
            case CrmInput.Switching switching: Switching(switching); break;
            case CrmInput.FencingRecorded recorded: FencingRecorded(recorded.Record); break;
            case CrmInput.Asked asked: Asked(asked.Client, asked.Question); break;
            case CrmInput.Hung hung: Hung(hung.Client); break;
            case CrmInput.ShutdownRequested: ShutdownRequested(); break;
        }
        Tick();
        Settle();
    }

    /// <summary>Whatever is due.</summary>
    private void Tick()
    {
        if (_membership is not null && _membership.NextDeadline <= _now) Members(effects => _membership.Tick(_now, effects));
        _cib.Tick(_now, Moment);
        if (_attributes.NextDeadline <= _now) Attributes(effects => _attributes.Tick(_now, effects));
        if (_queue.NextDeadline <= _now) _queue.Tick(_now);
        if (_quorum.NextDeadline <= _now) _quorum.Tick(_now);
        if (_transitioner.NextDeadline <= _now) Transit(new TransitionInput.Tick());
        TickMembers();
        TickDeciding();
        TickAnswering();
    }

    /// <summary>Carries what the store says to the other parts until nobody has anything more to say.</summary>
    private void Settle()
    {
        while (_cib.Effects() is { Count: > 0 } effects)
            foreach (var effect in effects) Carry(effect);
        TellWhereKnown();
        StillStopping();
        Decide();
        GoOnGoing();
        RenewTerm();
        while (_cib.Effects() is { Count: > 0 } effects)
            foreach (var effect in effects) Carry(effect);
        foreach (var message in _outbox.Take(_now)) _effects.Add(new CrmEffect.Send(message));
    }

    /// <summary>What messaging tells.</summary>
    private void Happened(ClusterEvent happened)
    {
        switch (happened)
        {
            case ClusterEvent.Received { FromSelf: false } received when (received.Message["dest"] ?? _me) == _me:
                Heard(received.Node, received.Message, received);
                return;
            case ClusterEvent.Received:
                return;
        }
        MembersHappened(happened);
    }

    private void Heard(string from, Message message, ClusterEvent.Received received)
    {
        switch (message.Type)
        {
            case MembershipWord.Type:
                if (_membership is null) Peer(from).Early = received;      // it is heard when we are there ourselves
                else Members(effects => _membership.Happened(received, _now, effects));
                break;
            case CibWire.Type:
                if (_cibPieces.Take(from, message) is { } word) _cib.Received(from, word, _now, Moment);
                break;
            case AttributeWord.Type:
                Attributes(effects => _attributes.Heard(from, message, _now, effects));
                break;
            case "shutdone":
                HasEnded(from);
                break;
            case CrmWord.Type:
                if (_wordPieces.Take(from, message) is { } whole && CrmWord.Read(whole) is { } order) Ordered(from, order);
                break;
        }
    }

    private void Say(CrmWord word, string to)
    {
        if (to == _me) Ordered(_me, word);
        else foreach (var message in word.ToMessages(to)) _effects.Add(new CrmEffect.Send(message));
    }

    /// <summary>The moment for the CIB: <c>cib-last-written</c> is as ctime(3) has it.</summary>
    private CibMoment Moment
    {
        get
        {
            // It is in whole seconds, and asked for at each step.
            var second = (_wall.ToUnixTimeSeconds(), _wall.Offset);
            if (_moment is null || _momentOf != second)
                (_momentOf, _moment) = (second, new(CibTime.FromEpoch(second.Item1, (int)_wall.Offset.TotalSeconds), string.Create(CultureInfo.InvariantCulture, $"{_wall:ddd MMM} {_wall.Day,2} {_wall:HH:mm:ss yyyy}")));
            return _moment;
        }
    }

    private void Log(LogPriority priority, string text) => _effects.Add(new CrmEffect.Log(priority, text));
}
