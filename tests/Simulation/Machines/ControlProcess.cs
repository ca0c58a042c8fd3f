using System.Collections.Immutable;
using System.Text;
using Appliance.Control;
using Appliance.Core;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;
using Appliance.Simulation.Power;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Machines;

/// <summary>control on a simulated machine: a resource engine, the fencer, their inbox, and the one-after-the-other of their effects.</summary>
internal abstract class ControlProcess : SimulatedProcess
{
    private readonly PulseProcess _pulse;
    private readonly ClusterFencer _fencer;
    private readonly Desk _desk;
    private readonly OneEngine _engine;
    private readonly Queue<Action> _inbox = new();
    private readonly Queue<ClusterFencerEffect> _fencerEffects = new();
    private readonly List<ClusterFencerEffect> _fencerStepped = [];
    private readonly Dictionary<int, string> _fenced = [];
    private Instant _armed = Instant.Never, _lastUp, _lastDown;
    private bool _pumping;

    protected ControlProcess(World world, Machine machine, PulseProcess pulse, byte[] history)
    {
        (World, Machine, _pulse) = (world, machine, pulse);
        var chance = world.Chance.Split((ulong)machine.Index);
        _fencer = Cores.Fencer(world, machine, chance);
        _desk = new Desk(world, machine, this, chance);
        _engine = new OneEngine(machine.Name, machine.HaCf.Crm, (priority, text) => world.Trace.Say(0x3A, machine.Name, $"control {priority}: {text}"));
        LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.Remembered(HistoryText.Read(Encoding.UTF8.GetString(history))), now, wall, effects));
        UseDevices([.. world.Fencing.Configured.Select(d => d.Device)], world.Fencing.Levels);
    }

    protected World World { get; }

    protected Machine Machine { get; }

    /// <summary>It waits for its disk: nothing else is done meanwhile.</summary>
    protected bool Waits { get; set; }

    /// <summary>What was asked for its status by this process, and answered.</summary>
    public HashSet<string> Probed { get; } = [];

    /// <summary>A node whose fencing the engine still waits for; <c>null</c>: none.</summary>
    public string? AwaitsFencingOf => _fenced.Values.FirstOrDefault();

    /// <summary>As <c>stonith_admin --history</c> shows it.</summary>
    public ImmutableArray<FencingRecord> FencingHistory => _fencer.History;

    public abstract ResourceReport Report();

    /// <summary>The process has come up.</summary>
    public abstract void Begin();

    /// <summary>When the engine wants to be stepped if nothing else happens.</summary>
    protected abstract Instant NextDeadline { get; }

    protected abstract void Step(ResourceManagerInput input);

    /// <summary>Performs the next of the engine's effects.</summary>
    /// <returns>False: there is none.</returns>
    protected abstract bool PerformNext();

    /// <summary>The end of a fencing that the engine had ordered.</summary>
    protected abstract void FencingEnded(int ticket, FencingEnd end);

    /// <summary>A device is about to cut a node off.</summary>
    protected virtual void Switching(string order, string target) { }

    /// <summary>A fencing ended, by whoever's order, and that is on the disk.</summary>
    protected virtual void Recorded(FencingRecord record) { }

    /// <summary>An event from pulse; the bridge keeps their order.</summary>
    public void Hear(ClusterEvent happened)
    {
        var at = World.Now + World.Chance.Milliseconds(0.02, World.Chance.Chance(0.01) ? 80 : 0.4);     // now and then a collection stops control
        if (at < _lastUp) at = _lastUp;
        _lastUp = at;
        World.At(at, () => Let(() =>
        {
            if (happened is ClusterEvent.Asked { Request: DaemonRequest.Shutdown }) Take(new ResourceManagerInput.ShutdownRequested());
            else Take(() => Happened(happened));
        }));
    }

    /// <summary>As the daemon's loop has it: the fencer hears of everything before the engine does, which is not given the fencers' own messages, nor what nodes with the other engine say.</summary>
    private void Happened(ClusterEvent happened)
    {
        LetFencer((now, wall, effects) => _fencer.Happened(happened, now, wall, effects));
        if (happened is ClusterEvent.Received { Message.Type: FencerWire.Type }) return;
        foreach (var passed in World.Mutation.Engine(happened) ?? _engine.Pass(happened)) Step(new ResourceManagerInput.Cluster(passed));
    }

    /// <summary>Something an operator or the machine asks of control.</summary>
    public void Ask(ResourceManagerInput input) => Let(() => Take(input));

    /// <summary><c>stonith_admin --confirm</c> (or meatclient's word) for a machine that a person sees off.</summary>
    public void Confirm(string target) => Let(() => Take(() =>
    {
        World.Rules.Confirmed(Machine, this, World[target]);
        LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.Confirmed(target, "an operator"), now, wall, effects));
    }));

    protected void Take(ResourceManagerInput input) => Take(() => Step(input));

    protected void Take(Action action)
    {
        _inbox.Enqueue(action);
        Pump();
    }

    protected void UseDevices(ImmutableArray<FencingDevice> devices, ImmutableArray<TopologyLevel> levels)
    {
        devices = World.Mutation.Devices(devices);
        LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.Configured(devices, levels), now, wall, effects));
    }

    protected void Fence(int ticket, FencingWish wish, string why)
    {
        World.Trace.Say(0x33, Machine.Name, $"fences {wish.Target}: {why}");
        World.Rules.Survival.Ordered(Machine, World[wish.Target]);
        _fenced[ticket] = wish.Target;
        LetFencer((now, wall, effects) => _fencer.Order(ticket, wish, now, wall, effects));
    }

    protected void FenceSelf(string why)
    {
        World.Trace.Say(0x34, Machine.Name, $"stops petting the watchdog: {why}");
        if (World.Plan.Watchdog) World.After(Machine.HaCf.DeadTime, () => { if (Alive) Machine.PowerCut("watchdog", TimeSpan.FromSeconds(5)); });
    }

    private void LetFencer(Action<Instant, DateTimeOffset, List<ClusterFencerEffect>> step)
    {
        _fencerStepped.Clear();
        step(Machine.Clock, Machine.Wall, _fencerStepped);
        foreach (var effect in World.Mutation.Fencer(Machine, _fencerStepped)) _fencerEffects.Enqueue(effect);
    }

    /// <summary>It has waited for its disk.</summary>
    protected void GoesOn()
    {
        Waits = false;
        Pump();
    }

    private void Pump()
    {
        if (_pumping) return;
        _pumping = true;
        while (Alive && !Waits)
        {
            if (_fencerEffects.TryDequeue(out var deed)) Perform(deed);
            else if (PerformNext()) continue;
            else if (_inbox.TryDequeue(out var next)) next();
            else break;
        }

        _pumping = false;
        Arm();
    }

    private void Perform(ClusterFencerEffect effect)
    {
        if (!Machine.CountsEffect(this)) return;
        switch (effect)
        {
            case ClusterFencerEffect.Log log:
                if (World.Trace.InWords) World.Trace.Say(0x37, Machine.Name, $"fencer {log.Priority}: {log.Text}");
                break;
            case ClusterFencerEffect.Send send:
                Command(new ClusterCommand.Send(send.Message));
                break;
            case ClusterFencerEffect.Run run:
                _desk.Start(run.Order, verdict => Take(() => LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.DeviceEnded(run.Order.Id, verdict), now, wall, effects))));
                break;
            case ClusterFencerEffect.CancelRun cancel:
                _desk.Cancel(cancel.Id);
                break;
            case ClusterFencerEffect.Switching switching: Switching(switching.OrderId, switching.Target); break;
            case ClusterFencerEffect.Store store:
                Waits = true;
                Machine.StoreHistory(this, Encoding.UTF8.GetBytes(HistoryText.Write(store.History)), () =>
                {
                    foreach (var record in store.News) Recorded(record);
                    GoesOn();
                });
                break;
            case ClusterFencerEffect.Ended ended when _fenced.Remove(ended.Ticket, out var target):
                World.Trace.Say(0x38, Machine.Name, $"the fencing of {target} ended: {ended.End.Outcome} {ended.End.Sentence}");
                if (ended.End.Outcome == FencingOutcome.Done) World.Rules.FencingTold(Machine, target, _fencer.History);
                FencingEnded(ended.Ticket, ended.End);
                break;
        }
    }

    protected void Command(ClusterCommand command)
    {
        if (World.Plan.BridgeInBytes) command = OverTheBridge(command);
        var at = World.Now + World.Chance.Milliseconds(0.02, 0.4);
        if (at < _lastDown) at = _lastDown;
        _lastDown = at;
        World.At(at, () => _pulse.Execute(command));
    }

    private ClusterCommand OverTheBridge(ClusterCommand command)
    {
        var frame = BridgeFrame.OfThisThread;
        var length = BridgeCodec.Write(command, frame);
        if (length < 0 || !BridgeCodec.TryRead(frame.AsSpan(0, length), out ClusterCommand? read))
            throw new Engine.RuleBroken("bridge", World.Now, $"a command does not survive the bridge: {command}");
        return read;
    }

    private void Arm()
    {
        if (!Alive || Waits) return;
        var next = Instant.Min(NextDeadline, _fencer.NextDeadline);
        if (next == Instant.Never) return;
        var at = Machine.ToWorld(next);
        if (at < World.Now) at = World.Now;
        if (at >= _armed) return;
        _armed = at;
        World.At(at + World.Chance.Milliseconds(0, 1), () =>
        {
            _armed = Instant.Never;
            Let(() =>
            {
                if (NextDeadline <= Machine.Clock) _inbox.Enqueue(() => Step(new ResourceManagerInput.Tick()));
                if (_fencer.NextDeadline <= Machine.Clock) _inbox.Enqueue(() => LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.Tick(), now, wall, effects)));
                Pump();
            });
        });
    }
}
