using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Cluster;

/// <summary>What somebody wants of the fencer.</summary>
/// <param name="Client">Who asks, for the history: <c>stonith_admin.4711</c>, <c>haresources</c>.</param>
public sealed record FencingWish(string Target, FenceAction Action, TimeSpan Timeout, string Client)
{
    /// <summary>For one device that names no time of its own: Pacemaker's stonith-timeout.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <inheritdoc cref="FencingOrder.Tolerance"/>
    public TimeSpan Tolerance { get; init; }

    /// <inheritdoc cref="FencingOrder.Delay"/>
    public TimeSpan Delay { get; init; }

    /// <summary>What the v1 resource manager wants of a dead node: a generic reset, as 3.0.6 asks for.</summary>
    public static FencingWish Reset(string node) => new(node, FenceAction.Reboot, DefaultTimeout, "haresources");
}

/// <summary>A fencer in its cluster: what messaging tells and what others want becomes its inputs, and its words become cluster messages.</summary>
/// <remarks>
/// Pure, as the <see cref="FencerCore"/> inside it: the daemon and the simulator step the same. An order is known by the ticket its client gave it; the end of an order comes
/// after what it adds to the history was to be stored.
/// </remarks>
public sealed class ClusterFencer
{
    /// <summary>Ours: no client's ticket is negative.</summary>
    private const int Unfencing = -1;

    private readonly string _me, _life;
    private readonly FencerCore _core;
    private readonly Dictionary<string, int> _tickets = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Peer> _peers = new(StringComparer.Ordinal);
    private readonly List<FencerEffect> _stepped = [];
    private ImmutableArray<FencingDevice> _devices = [];
    private int _orders;

    /// <param name="life">A word that no earlier life of this node's fencer had: orders are named with it.</param>
    public ClusterFencer(string localNode, string life, IEntropy entropy) => (_me, _life, _core) = (localNode, life, new FencerCore(localNode, entropy));

    public Instant NextDeadline => _core.NextDeadline;
    public ImmutableArray<FencingRecord> History => _core.History;
    public ImmutableArray<DeviceReadiness> Readiness => _core.Readiness;

    /// <summary>Somebody's order, answered by <see cref="ClusterFencerEffect.Ended"/> with this ticket.</summary>
    /// <param name="ticket">Not negative, and not in use.</param>
    public void Order(int ticket, FencingWish wish, Instant now, DateTimeOffset wall, List<ClusterFencerEffect> effects)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"{_me}-{_life}-{++_orders}");
        _tickets[id] = ticket;
        Step(new FencerInput.Ordered(new(id, wish.Target, wish.Action, wish.Timeout, wish.Client) { Tolerance = wish.Tolerance, Delay = wish.Delay }), now, wall, effects);
    }

    /// <summary>Lets this node in again where devices cut nodes off from storage or network: a node that joins was perhaps cut off when it left.</summary>
    public void Unfence(Instant now, DateTimeOffset wall, List<ClusterFencerEffect> effects)
    {
        if (_devices.Any(d => d.Abilities is { UnfencesAutomatically: true, On: true } && (d.Hosts.IsEmpty || d.Hosts.Contains(_me))))
            Order(Unfencing, new(_me, FenceAction.On, FencingWish.DefaultTimeout, "unfencing"), now, wall, effects);
    }

    /// <summary>What messaging tells: who is there, and what their fencers say.</summary>
    public void Happened(ClusterEvent happened, Instant now, DateTimeOffset wall, List<ClusterFencerEffect> effects)
    {
        switch (happened)
        {
            case ClusterEvent.NodeStatusChanged change when change.Node != _me:
                Known(change.Node).Status = change.Now;
                TellMembers(now, wall, effects);
                break;
            case ClusterEvent.NodeExtensions extensions when extensions.Node != _me:
                Known(extensions.Node).Ours = extensions.Version > 0;
                TellMembers(now, wall, effects);
                break;
            case ClusterEvent.NodeRestarted restarted when restarted.Node != _me:
                // Another fencer runs there now, or none: messaging tells its extensions anew. (A node that was only silent is as it was.)
                Known(restarted.Node).Ours = false;
                TellMembers(now, wall, effects);
                break;
            case ClusterEvent.Received { FromSelf: false } received when received.Message.Type == FencerWire.Type && (received.Message["dest"] ?? _me) == _me:
                if (FencerWire.Read(received.Message) is { } message) Step(new FencerInput.Heard(received.Node, message), now, wall, effects);
                break;
        }
    }

    /// <summary>Anything else that happens to a fencer.</summary>
    public void Step(FencerInput input, Instant now, DateTimeOffset wall, List<ClusterFencerEffect> effects)
    {
        if (input is FencerInput.Configured configured) _devices = configured.Devices;
        _stepped.Clear();
        _core.Step(input, now, wall, _stepped);
        var (stale, letIn) = (false, false);
        var over = ImmutableArray.CreateBuilder<FencingRecord>();
        foreach (var effect in _stepped)
            switch (effect)
            {
                case FencerEffect.Run run: effects.Add(new ClusterFencerEffect.Run(run)); break;
                case FencerEffect.CancelRun cancel: effects.Add(new ClusterFencerEffect.CancelRun(cancel.Id)); break;
                case FencerEffect.Say say when say.To is not null || _peers.Values.Any(p => p.Ours): effects.Add(new ClusterFencerEffect.Send(FencerWire.Write(say.Message, say.To))); break;
                case FencerEffect.Log line: effects.Add(new ClusterFencerEffect.Log(line.Priority, line.Text)); break;
                case FencerEffect.Switching switching: effects.Add(new ClusterFencerEffect.Switching(switching.OrderId, switching.Target)); break;
                case FencerEffect.Remember remember:
                    stale |= remember.Record.Completed is not null;
                    if (remember.Ends) over.Add(remember.Record);
                    break;
                case FencerEffect.Forgot: stale = true; break;
                case FencerEffect.Ended ended when _tickets.Remove(ended.End.OrderId, out var ticket):
                    if (stale) effects.Add(Store(over));
                    stale = false;
                    letIn |= ticket == Unfencing;
                    effects.Add(ticket == Unfencing ? Unfenced(ended.End) : new ClusterFencerEffect.Ended(ticket, ended.End));
                    break;
            }
        if (stale) effects.Add(Store(over));
        if (letIn) Step(new FencerInput.Probe(), now, wall, effects);       // what said no before may say yes now
    }

    private ClusterFencerEffect.Store Store(ImmutableArray<FencingRecord>.Builder over)
    {
        var ended = over.ToImmutable();
        over.Clear();
        return new(_core.History, ended);
    }

    private ClusterFencerEffect.Log Unfenced(FencingEnd end) => end.Outcome == FencingOutcome.Done
        ? new(LogPriority.Info, $"{_me} is unfenced: {end.Sentence}")
        : new(LogPriority.Error, $"{_me} could not be unfenced: {end.Sentence}. It may not reach its shared storage");

    private void TellMembers(Instant now, DateTimeOffset wall, List<ClusterFencerEffect> effects) =>
        Step(new FencerInput.Members([_me, .. _peers.Values.Where(p => p is { Ours: true, Status: NodeStatus.Active }).Select(p => p.Name)]), now, wall, effects);

    private Peer Known(string name)
    {
        if (!_peers.TryGetValue(name, out var peer)) _peers[name] = peer = new Peer(name);
        return peer;
    }

    /// <summary>Another node, as far as its fencer matters.</summary>
    private sealed class Peer(string name)
    {
        public string Name => name;
        public NodeStatus Status { get; set; } = NodeStatus.Init;
        public bool Ours { get; set; }
    }
}
