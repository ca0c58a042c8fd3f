using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;
using Appliance.Simulation.Power;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Machines;

/// <summary>control on a simulated machine: the resource manager, the fencer, their inbox, and the one-after-the-other of their effects.</summary>
internal sealed class ControlProcess : SimulatedProcess
{
    private readonly World _world;
    private readonly Machine _machine;
    private readonly PulseProcess _pulse;
    private readonly IResourceManager _manager;
    private readonly ClusterFencer _fencer;
    private readonly Desk _desk;
    private readonly Queue<Action> _inbox = new();
    private readonly Queue<ResourceManagerEffect> _effects = new();
    private readonly Queue<ClusterFencerEffect> _fencerEffects = new();
    private readonly List<ResourceManagerEffect> _stepped = [];
    private readonly List<ClusterFencerEffect> _fencerStepped = [];
    private readonly Dictionary<int, string> _fenced = [];
    private Instant _armed = Instant.Never, _lastUp, _lastDown;
    private readonly Dictionary<int, Action> _questions = [];
    private bool _storing, _pumping;
    private byte[]? _frame;

    public ControlProcess(World world, Machine machine, PulseProcess pulse, byte[] held, byte[] history)
    {
        (_world, _machine, _pulse) = (world, machine, pulse);
        var chance = world.Chance.Split((ulong)machine.Index);
        _fencer = Cores.Fencer(world, machine, chance);
        _desk = new Desk(world, machine, this, chance);
        LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.Remembered(HistoryText.Read(Encoding.UTF8.GetString(history))), now, wall, effects));
        var devices = world.Mutation.Devices([.. world.Fencing.Configured.Select(d => d.Device)]);
        LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.Configured(devices, world.Fencing.Levels), now, wall, effects));
        _manager = world.Mutation.Manager(machine, Cores.ResourceManager(world, machine, Parse(held)));
    }

    /// <summary>What was asked for its status by this process, and answered.</summary>
    public HashSet<string> Probed { get; } = [];

    /// <summary>A node whose fencing the resource manager still waits for; <c>null</c>: none.</summary>
    public string? AwaitsFencingOf => _fenced.Values.FirstOrDefault();

    /// <summary>As <c>stonith_admin --history</c> shows it.</summary>
    public ImmutableArray<FencingRecord> FencingHistory => _fencer.History;

    public ResourceReport Report() => _manager.Report(_machine.Clock);

    public void Begin() => Take(new ResourceManagerInput.GroupsRead(_world.Plan.Groups));

    /// <summary>An event from pulse; the bridge keeps their order.</summary>
    public void Hear(ClusterEvent happened)
    {
        var at = _world.Now + _world.Chance.Milliseconds(0.02, _world.Chance.Chance(0.01) ? 80 : 0.4);     // now and then a collection stops control
        if (at < _lastUp) at = _lastUp;
        _lastUp = at;
        _world.At(at, () => Let(() =>
        {
            if (happened is ClusterEvent.Asked { Request: DaemonRequest.Shutdown }) Take(new ResourceManagerInput.ShutdownRequested());
            else Take(() => Happened(happened));
        }));
    }

    /// <summary>As the daemon's loop has it: the fencer hears of everything before the resource manager does, which is not given the fencers' own messages.</summary>
    private void Happened(ClusterEvent happened)
    {
        LetFencer((now, wall, effects) => _fencer.Happened(happened, now, wall, effects));
        if (happened is ClusterEvent.Received { Message.Type: FencerWire.Type }) return;
        Step(new ResourceManagerInput.Cluster(happened));
    }

    /// <summary>Something an operator or the machine asks of control.</summary>
    public void Ask(ResourceManagerInput input) => Let(() => Take(input));

    /// <summary><c>stonith_admin --confirm</c> (or meatclient's word) for a machine that a person sees off.</summary>
    public void Confirm(string target) => Let(() => Take(() => LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.Confirmed(target, "an operator"), now, wall, effects))));

    private void Take(ResourceManagerInput input) => Take(() => Step(input));

    private void Take(Action action)
    {
        _inbox.Enqueue(action);
        Pump();
    }

    private void LetFencer(Action<Instant, DateTimeOffset, List<ClusterFencerEffect>> step)
    {
        _fencerStepped.Clear();
        step(_machine.Clock, _machine.Wall, _fencerStepped);
        foreach (var effect in _world.Mutation.Fencer(_fencerStepped)) _fencerEffects.Enqueue(effect);
    }

    private void Pump()
    {
        if (_pumping) return;
        _pumping = true;
        while (Alive && !_storing)
        {
            if (_fencerEffects.TryDequeue(out var deed)) Perform(deed);
            else if (_effects.TryDequeue(out var effect)) Perform(effect);
            else if (_inbox.TryDequeue(out var next)) next();
            else break;
        }

        _pumping = false;
        Arm();
    }

    private void Step(ResourceManagerInput input)
    {
        if (_world.Trace.InWords && input is not ResourceManagerInput.Tick) _world.Trace.Say(0x30, _machine.Name, $"control takes {input}");
        _stepped.Clear();
        _manager.Step(input, _machine.Clock, _stepped);
        foreach (var effect in _stepped) _effects.Enqueue(effect);
    }

    private void Perform(ResourceManagerEffect effect)
    {
        if (!_machine.CountsEffect(this)) return;
        switch (effect)
        {
            case ResourceManagerEffect.Log log:
                if (_world.Trace.InWords) _world.Trace.Say(0x31, _machine.Name, $"control {log.Priority}: {log.Text}");
                break;
            case ResourceManagerEffect.Command command:
                Command(command.Do);
                break;
            case ResourceManagerEffect.Run run:
                Run(run);
                break;
            case ResourceManagerEffect.Cancel cancel:
                if (_questions.Remove(cancel.OperationId, out var end)) _world.After(_world.Chance.Milliseconds(0, 30), end);
                break;
            case ResourceManagerEffect.RememberMonitor remember:
                _machine.Monitor = remember.Memory;
                break;
            case ResourceManagerEffect.Fence fence:
                _world.Trace.Say(0x33, _machine.Name, $"fences {fence.Node}: {fence.Why}");
                _world.Rules.Survival.Ordered(_machine, _world[fence.Node]);
                _fenced[fence.FencingId] = fence.Node;
                LetFencer((now, wall, effects) => _fencer.Order(fence.FencingId, FencingWish.Reset(fence.Node), now, wall, effects));
                break;
            case ResourceManagerEffect.SelfFence self:
                _world.Trace.Say(0x34, _machine.Name, $"stops petting the watchdog: {self.Why}");
                if (_world.Plan.Watchdog) _world.After(_machine.HaCf.DeadTime, () => { if (Alive) _machine.PowerCut("watchdog", TimeSpan.FromSeconds(5)); });
                break;
            case ResourceManagerEffect.Remember remember:
                _storing = true;
                _machine.StoreHeld(this, Text(remember.Held), () =>
                {
                    _storing = false;
                    Pump();
                });
                break;
            default:
                _world.Trace.Say(0x35, _machine.Name, $"{effect}");
                break;
        }
    }

    private void Perform(ClusterFencerEffect effect)
    {
        if (!_machine.CountsEffect(this)) return;
        switch (effect)
        {
            case ClusterFencerEffect.Log log:
                if (_world.Trace.InWords) _world.Trace.Say(0x37, _machine.Name, $"fencer {log.Priority}: {log.Text}");
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
            case ClusterFencerEffect.Store store:
                _storing = true;
                _machine.StoreHistory(this, Encoding.UTF8.GetBytes(HistoryText.Write(store.History)), () =>
                {
                    _storing = false;
                    Pump();
                });
                break;
            case ClusterFencerEffect.Ended ended when _fenced.Remove(ended.Ticket, out var target):
                _world.Trace.Say(0x38, _machine.Name, $"the fencing of {target} ended: {ended.End.Outcome} {ended.End.Sentence}");
                if (ended.End.Outcome == FencingOutcome.Done) _world.Rules.FencingTold(_machine, target, _fencer.History);
                Take(FencingAnswer.Of(ended.Ticket, ended.End));
                break;
        }
    }

    private void Command(ClusterCommand command)
    {
        if (_world.Plan.BridgeInBytes) command = OverTheBridge(command);
        var at = _world.Now + _world.Chance.Milliseconds(0.02, 0.4);
        if (at < _lastDown) at = _lastDown;
        _lastDown = at;
        _world.At(at, () => _pulse.Execute(command));
    }

    private ClusterCommand OverTheBridge(ClusterCommand command)
    {
        _frame ??= new byte[BridgeCodec.MaxFrame];
        var length = BridgeCodec.Write(command, _frame);
        if (length < 0 || !BridgeCodec.TryRead(_frame.AsSpan(0, length), out ClusterCommand? read))
            throw new Engine.RuleBroken("bridge", _world.Now, $"a command does not survive the bridge: {command}");
        return read;
    }

    private void Run(ResourceManagerEffect.Run run)
    {
        _world.Trace.Say(0x32, _machine.Name, $"runs {run.Resource.Text} {run.Action} (operation {run.OperationId})");
        _world.Rules.OperationBegins(_machine, this, run);
        var answered = false;
        if (run.Within is not null) _questions[run.OperationId] = () => Ended(new(OperationOutcome.Failed, -1, "cancelled"));
        _machine.Services.Run(this, run.Resource, run.Action, Ended, run.Within);

        void Ended(OperationResult result)
        {
            if (answered) return;
            answered = true;
            _questions.Remove(run.OperationId);
            _world.Trace.Say(0x36 + (ulong)result.Outcome, _machine.Name, $"{run.Resource.Text} {run.Action} ended: {result.Outcome}");
            if (run.Action == ResourceAction.Status) Probed.Add(run.Resource.Text);
            Let(() => Take(new ResourceManagerInput.OperationEnded(run.OperationId, result)));
        }
    }

    private void Arm()
    {
        if (!Alive || _storing) return;
        var next = Instant.Min(_manager.NextDeadline, _fencer.NextDeadline);
        if (next == Instant.Never) return;
        var at = _machine.ToWorld(next);
        if (at < _world.Now) at = _world.Now;
        if (at >= _armed) return;
        _armed = at;
        _world.At(at + _world.Chance.Milliseconds(0, 1), () =>
        {
            _armed = Instant.Never;
            Let(() =>
            {
                if (_manager.NextDeadline <= _machine.Clock) _inbox.Enqueue(() => Step(new ResourceManagerInput.Tick()));
                if (_fencer.NextDeadline <= _machine.Clock) _inbox.Enqueue(() => LetFencer((now, wall, effects) => _fencer.Step(new FencerInput.Tick(), now, wall, effects)));
                Pump();
            });
        });
    }

    private static byte[] Text(HeldGroups held) => Encoding.UTF8.GetBytes(string.Concat(held.SinceByKey.Select(p =>
        string.Create(CultureInfo.InvariantCulture, $"{p.Value.UtcTicks} {p.Key}\n"))));

    private static HeldGroups Parse(byte[] text)
    {
        var since = ImmutableSortedDictionary.CreateBuilder<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var blank && long.TryParse(line[..blank], CultureInfo.InvariantCulture, out var ticks))
                since[line[(blank + 1)..]] = new DateTimeOffset(ticks, TimeSpan.Zero);
        return new(since.ToImmutable());
    }
}
