using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Stonith.Devices;

namespace Appliance.Stonith.Fencer;

/// <summary>One node's fencer: has nodes fenced by whatever device proves it, and answers the other nodes' fencers.</summary>
/// <remarks>
/// Pure. Parts: this file is the state and the dispatch; <c>.Offers</c> says what this node can do; <c>.Operations</c> carries orders through; <c>.StandIn</c> hands over those against this node itself; <c>.History</c> keeps what was.
/// Semantics of Pacemaker 2.1.5 where it has any (reference, section 3); departures are said where they are.
/// </remarks>
public sealed partial class FencerCore
{
    private readonly string _me;
    private readonly DeviceQueue _queue;
    private readonly SortedDictionary<string, FencingDevice> _devices = new(StringComparer.Ordinal);
    private Topology _topology = new([]);
    private ImmutableSortedSet<string> _members;
    private List<FencerEffect> _effects = [];
    private DateTimeOffset _wall;

    /// <param name="localNode">Our own name.</param>
    /// <param name="entropy">For random delays.</param>
    public FencerCore(string localNode, IEntropy entropy)
    {
        (_me, _members) = (localNode, [localNode]);
        _queue = new DeviceQueue(entropy, Add);
    }

    /// <summary>Values of node attributes, for topology; by node and name.</summary>
    public Func<string, string, string?> Attributes { get; init; } = (_, _) => null;

    public ImmutableArray<FencingRecord> History => _history.Records;

    /// <summary>When a <see cref="FencerInput.Tick"/> is due.</summary>
    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Min(_queue.NextDeadline, NextProbe);
            foreach (var operation in _operations.Values)
                next = Instant.Min(next, operation.IsRunning ? Instant.Min(operation.StepBy, operation.EndBy) : operation.AnswersBy);
            foreach (var waiting in _handedOver.Values) next = Instant.Min(next, waiting.Until);
            return next;
        }
    }

    /// <param name="wall">For the history, and for orders that a recent success satisfies (<see cref="FencingOrder.Tolerance"/>); no other decision looks at it.</param>
    public void Step(FencerInput input, Instant now, DateTimeOffset wall, List<FencerEffect> effects)
    {
        (_effects, _wall) = (effects, wall);
        switch (input)
        {
            case FencerInput.Configured configured: Configure(configured, now); break;
            case FencerInput.Ordered ordered: Ordered(ordered.Order, now); break;
            case FencerInput.DeviceEnded ended: _queue.Ended(ended.Run, ended.Verdict, now); break;
            case FencerInput.Members members: MembersAre(members.Nodes, now); break;
            case FencerInput.Confirmed confirmed: Confirm(confirmed.Target, confirmed.Client); break;
            case FencerInput.Clean clean: Clean(clean.Target, tell: true); break;
            case FencerInput.Remembered remembered: foreach (var record in remembered.Records) _history.Note(record); break;
            case FencerInput.Probe: ProbeSoon(now); break;
            case FencerInput.Heard heard: Heard(heard.From, heard.Message, now); break;
        }
        _queue.Tick(now);
        TickOffers(now);
        TickOperations(now);
        TickHandedOver(now);
    }

    private void Heard(string from, FencerMessage message, Instant now)
    {
        switch (message)
        {
            case FencerMessage.Query query: Asked(from, query, now); break;
            case FencerMessage.Offers offers: Offered(from, offers.OrderId, offers.Devices, now); break;
            case FencerMessage.Execute execute: Execute(from, execute, now); break;
            case FencerMessage.Executed executed: Executed(from, executed.OrderId, executed.Step, executed.Kind == VerdictKind.Proven, executed.Sentence, now); break;
            case FencerMessage.StandIn standIn when standIn.Order.Target == from: StandInFor(standIn.Order, now); break;
            case FencerMessage.Told told:
                Told(told.Record, isPast: false);
                // Told when it is said, and never again: what a node has in its history is of another time, and comes by Known.
                if (told.Record is { State: FencingState.Done, Action: FenceAction.Off, Delegate: FencingRecord.Human, Completed: not null } word && word.Id.StartsWith("confirm-", StringComparison.Ordinal)) EndBy(word.Target);
                break;
            case FencerMessage.Known known: KnownBy(from, known.Records, now); break;
            case FencerMessage.Cleaned cleaned: Clean(cleaned.Target, tell: false); break;
        }
    }

    private void Configure(FencerInput.Configured configured, Instant now)
    {
        _devices.Clear();
        foreach (var device in configured.Devices) _devices[device.Id] = device;
        _topology = new Topology(configured.Levels);
        ForgetDevicesNotIn(_devices.Keys);
        ProbeSoon(now);
    }

    private void MembersAre(ImmutableSortedSet<string> nodes, Instant now)
    {
        var (joined, left) = (nodes.Except(_members), _members.Except(nodes));
        _members = nodes.Add(_me);
        foreach (var node in joined.Where(n => n != _me)) Say(node, new FencerMessage.Known(_history.Records));
        foreach (var node in left) Left(node, now);
    }

    private void Add(FencerEffect effect) => _effects.Add(effect);
    private void Say(string? to, FencerMessage message) => Add(new FencerEffect.Say(to, message));
    private void Log(LogPriority priority, string text) => Add(new FencerEffect.Log(priority, text));
}
