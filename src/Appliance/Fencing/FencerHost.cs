using System.Collections.Immutable;
using Appliance.Control;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Haresources;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;
using Appliance.Stonith;
using Appliance.Stonith.Cluster;
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

/// <summary>The fencer inside control: its cores, stepped on the control thread, and the deeds they ask for.</summary>
internal sealed class FencerHost : IFencer
{
    private readonly ClusterFencer _fencer;
    private readonly IPulse _pulse;
    private readonly IDeviceRunner _devices;
    private readonly FencingHistoryFile _history;
    private readonly ApplianceLog _log;
    private readonly Queue<ResourceManagerInput.FencingEnded> _answers = [];
    private readonly Dictionary<int, Action<FencingEnd>> _clients = [];
    private int _tickets;

    public FencerHost(string localNode, IPulse pulse, IDeviceRunner devices, FencingHistoryFile history, ApplianceLog log)
    {
        (Node, _pulse, _devices, _history, _log) = (localNode, pulse, devices, history, log);
        _fencer = new ClusterFencer(localNode, $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds():x}", new KernelEntropy());
        Step(new FencerInput.Remembered(history.Load()));
        Reconfigure();
    }

    /// <summary>The node that this is.</summary>
    public string Node { get; }

    public Instant NextDeadline => _fencer.NextDeadline;
    public ImmutableArray<FencingRecord> History => _fencer.History;
    public ImmutableArray<DeviceReadiness> Readiness => _fencer.Readiness;

    /// <summary>Told what has ended, by whoever's order, when that is stored, and before whoever ordered it hears of it.</summary>
    public Action<FencingRecord>? Recorded { get; set; }

    /// <summary>Told the id of an order and its target before a device of this node cuts that off, or a person's word for it counts.</summary>
    public Action<string, string>? Switching { get; set; }

    /// <summary>The next end of a fencing for the resource manager; kept until it is taken, as an order may end while the manager's effects are being carried out.</summary>
    public bool TryTakeAnswer([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ResourceManagerInput.FencingEnded? answer) => _answers.TryDequeue(out answer);

    /// <inheritdoc/>
    public void Start(int fencingId, string node, string why) => Order(FencingWish.Reset(node), end => _answers.Enqueue(FencingAnswer.Of(fencingId, end)));

    /// <summary>A command-line tool's order.</summary>
    public void Order(FencingWish wish, Action<FencingEnd> ended)
    {
        var ticket = ++_tickets;
        _clients[ticket] = ended;
        Do((now, wall, effects) => _fencer.Order(ticket, wish, now, wall, effects));
    }

    public void Unfence() => Do(_fencer.Unfence);

    /// <summary>The devices are others now.</summary>
    public void Reconfigure() => Step(new FencerInput.Configured(_devices.Devices, _devices.Levels));

    /// <summary>Asks every device whether it would work, now instead of when it is due.</summary>
    public void Probe() => Step(new FencerInput.Probe());

    public void Confirm(string target, string client) => Step(new FencerInput.Confirmed(target, client));

    public void Clean(string? target) => Step(new FencerInput.Clean(target));

    public void DeviceEnded(int run, DeviceVerdict verdict) => Step(new FencerInput.DeviceEnded(run, verdict));

    public void Tick(Instant now)
    {
        if (_fencer.NextDeadline <= now) Step(new FencerInput.Tick());
    }

    /// <summary>What messaging tells.</summary>
    public void Happened(ClusterEvent happened) => Do((now, wall, effects) => _fencer.Happened(happened, now, wall, effects));

    private void Step(FencerInput input) => Do((now, wall, effects) => _fencer.Step(input, now, wall, effects));

    private void Do(Action<Instant, DateTimeOffset, List<ClusterFencerEffect>> step)
    {
        var effects = new List<ClusterFencerEffect>();
        step(Clock.Now(), DateTimeOffset.UtcNow, effects);
        foreach (var effect in effects) Carry(effect);
    }

    private void Carry(ClusterFencerEffect effect)
    {
        switch (effect)
        {
            case ClusterFencerEffect.Run run: _devices.Start(run.Order); break;
            case ClusterFencerEffect.CancelRun cancel: _devices.Cancel(cancel.Id); break;
            case ClusterFencerEffect.Send send: _pulse.Send(new ClusterCommand.Send(send.Message)); break;
            case ClusterFencerEffect.Log line: _log.Write(line.Priority, line.Text); break;
            case ClusterFencerEffect.Switching switching: Switching?.Invoke(switching.OrderId, switching.Target); break;
            case ClusterFencerEffect.Store store:
                Store(store.History);
                foreach (var record in store.News) Recorded?.Invoke(record);
                break;
            case ClusterFencerEffect.Ended ended when _clients.Remove(ended.Ticket, out var client): client(ended.End); break;
        }
    }

    private void Store(ImmutableArray<FencingRecord> history)
    {
        try
        {
            _history.Store(history);
        }
        catch (IOException e)
        {
            _log.Error($"the fencing history could not be stored: {e.Message}");
        }
    }
}
