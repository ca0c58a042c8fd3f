using System.Collections.Immutable;
using Appliance.Control;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Haresources;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;
using Appliance.Stonith;
using Appliance.Stonith.Fencer;

namespace Appliance.Fencing;

/// <summary>Has this node's devices act; answers on the control thread, with <see cref="FencerHost.DeviceEnded"/>, always and in time.</summary>
internal interface IDeviceRunner
{
    /// <summary>What is configured here.</summary>
    ImmutableArray<FencingDevice> Devices { get; }

    /// <summary>Their order of use for each node; empty: any.</summary>
    ImmutableArray<TopologyLevel> Levels { get; }

    void Start(FencerEffect.Run run);

    /// <summary>Nobody waits for this run any more; it is answered all the same.</summary>
    void Cancel(int run);

    /// <summary>Finds out what an agent is, which may take its program's time; <paramref name="learnt"/> is called on the control thread, and <see cref="Register"/> knows it then.</summary>
    void Learn(string agent, Action learnt);

    /// <summary>One device more until the daemon ends; <c>null</c>, or what is wrong.</summary>
    string? Register(string id, string agent, IReadOnlyDictionary<string, string> parameters);

    /// <summary>What was registered, or configured, is not used any more until the daemon starts again.</summary>
    void Deregister(string id);

    /// <summary>Devices of a level for a target (NAME, @PATTERN, ATTRIBUTE=VALUE); none: the level goes.</summary>
    string? SetLevel(string target, int index, IReadOnlyList<string> devices);
}

/// <summary>The fencer inside control: its core, stepped on the control thread, and the deeds it asks for.</summary>
internal sealed class FencerHost : IFencer
{
    /// <summary>For one device that names no time of its own: Pacemaker's stonith-timeout.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    private readonly string _me;
    private readonly FencerCore _core;
    private readonly IPulse _pulse;
    private readonly IDeviceRunner _devices;
    private readonly FencingHistoryFile _history;
    private readonly ApplianceLog _log;
    private readonly Queue<ControlInput.FencingEnded> _answers = [];
    private readonly Dictionary<string, int> _ofManager = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Action<FencingEnd>> _ofClients = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Peer> _peers = new(StringComparer.Ordinal);
    private readonly string _life = $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds():x}";
    private int _orders;
    private bool _stale;

    public FencerHost(string localNode, IPulse pulse, IDeviceRunner devices, FencingHistoryFile history, ApplianceLog log)
    {
        (_me, _pulse, _devices, _history, _log) = (localNode, pulse, devices, history, log);
        _core = new FencerCore(localNode, new KernelEntropy());
        Step(new FencerInput.Remembered(history.Load()));
        Step(new FencerInput.Configured(devices.Devices, devices.Levels));
    }

    public Instant NextDeadline => _core.NextDeadline;
    public ImmutableArray<FencingRecord> History => _core.History;
    public ImmutableArray<DeviceReadiness> Readiness => _core.Readiness;

    /// <summary>The next end of a fencing for the resource manager; kept until it is taken, as an order may end while the manager's effects are being carried out.</summary>
    public bool TryTakeAnswer([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ControlInput.FencingEnded? answer) => _answers.TryDequeue(out answer);

    /// <inheritdoc/>
    public void Start(int fencingId, string node, string why)
    {
        var id = NewId();
        _ofManager[id] = fencingId;
        // A generic reset, as 3.0.6 asks for.
        Step(new FencerInput.Ordered(new(id, node, FenceAction.Reboot, DefaultTimeout, "haresources")));
    }

    /// <summary>A command-line tool's order.</summary>
    public void Order(string target, FenceAction action, TimeSpan timeout, TimeSpan tolerance, TimeSpan delay, string client, Action<FencingEnd> ended)
    {
        var id = NewId();
        _ofClients[id] = ended;
        Step(new FencerInput.Ordered(new(id, target, action, timeout, client) { Tolerance = tolerance, Delay = delay }));
    }

    /// <summary>Lets this node in again where devices cut nodes off from storage or network (unfencing): a node that joins was perhaps cut off when it left.</summary>
    public void Unfence()
    {
        if (!_devices.Devices.Any(d => d.Abilities is { UnfencesAutomatically: true, On: true } && (d.Hosts.IsEmpty || d.Hosts.Contains(_me)))) return;
        Order(_me, FenceAction.On, DefaultTimeout, TimeSpan.Zero, TimeSpan.Zero, "unfencing", end =>
        {
            if (end.Outcome == FencingOutcome.Done) _log.Info($"{_me} is unfenced: {end.Sentence}");
            else _log.Error($"{_me} could not be unfenced: {end.Sentence}. It may not reach its shared storage");
        });
    }

    /// <summary>The devices are others now.</summary>
    public void Reconfigure() => Step(new FencerInput.Configured(_devices.Devices, _devices.Levels));

    /// <summary>Asks every device whether it would work, now instead of when it is due.</summary>
    public void Probe() => Step(new FencerInput.Probe());

    public void Confirm(string target, string client) => Step(new FencerInput.Confirmed(target, client));

    public void Clean(string? target) => Step(new FencerInput.Clean(target));

    public void DeviceEnded(int run, DeviceVerdict verdict) => Step(new FencerInput.DeviceEnded(run, verdict));

    public void Tick(Instant now)
    {
        if (_core.NextDeadline <= now) Step(new FencerInput.Tick());
    }

    /// <summary>What messaging tells: who is there, and what their fencers say.</summary>
    public void Happened(ClusterEvent happened)
    {
        switch (happened)
        {
            case ClusterEvent.NodeStatusChanged change when change.Node != _me:
                Known(change.Node).Status = change.Now;
                if (change.Now == NodeStatus.Dead) Known(change.Node).Ours = false;
                TellMembers();
                break;
            case ClusterEvent.NodeExtensions extensions when extensions.Node != _me:
                Known(extensions.Node).Ours = extensions.Version > 0;
                TellMembers();
                break;
            case ClusterEvent.Received { FromSelf: false } received when received.Message.Type == FencerWire.Type && (received.Message["dest"] ?? _me) == _me:
                if (FencerWire.Read(received.Message) is { } message) Step(new FencerInput.Heard(received.Node, message));
                break;
        }
    }

    private void TellMembers() =>
        Step(new FencerInput.Members([_me, .. _peers.Values.Where(p => p is { Ours: true, Status: NodeStatus.Active }).Select(p => p.Name)]));

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

    private string NewId() => $"{_me}-{_life}-{++_orders}";

    private void Step(FencerInput input)
    {
        var effects = new List<FencerEffect>();
        _core.Step(input, Clock.Now(), DateTimeOffset.UtcNow, effects);
        foreach (var effect in effects) Carry(effect);
        if (_stale) Store();
    }

    private void Carry(FencerEffect effect)
    {
        switch (effect)
        {
            case FencerEffect.Run run: _devices.Start(run); break;
            case FencerEffect.CancelRun cancel: _devices.Cancel(cancel.Id); break;
            case FencerEffect.Say say when say.To is not null || _peers.Values.Any(p => p.Ours): _pulse.Send(new ClusterCommand.Send(FencerWire.Write(say.Message, say.To))); break;
            case FencerEffect.Log line: _log.Write(line.Priority, line.Text); break;
            case FencerEffect.Remember remember: _stale |= remember.Record.Completed is not null; break;
            case FencerEffect.Ended ended: Ended(ended.End); break;
        }
    }

    private void Ended(FencingEnd end)
    {
        if (_stale) Store();        // before anybody acts on it: what is acknowledged survives a power cut
        if (_ofManager.Remove(end.OrderId, out var fencing)) _answers.Enqueue(new(fencing, Result(end.Outcome), end.Sentence.Length > 0 ? end.Sentence : $"by {end.Delegate}"));
        if (_ofClients.Remove(end.OrderId, out var client)) client(end);
    }

    private static FencingResult Result(FencingOutcome outcome) => outcome switch
    {
        FencingOutcome.Done => FencingResult.Confirmed,
        FencingOutcome.NoDevice => FencingResult.BadHost,
        FencingOutcome.TimedOut => FencingResult.TimedOut,
        _ => FencingResult.Failed,
    };

    private void Store()
    {
        _stale = false;
        try
        {
            _history.Store(_core.History);
        }
        catch (IOException e)
        {
            _log.Error($"the fencing history could not be stored: {e.Message}");
        }
    }
}
