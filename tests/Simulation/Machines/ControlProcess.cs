using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;

namespace Appliance.Simulation.Machines;

/// <summary>control on a simulated machine: the resource manager, its inbox, and the one-after-the-other of its effects.</summary>
internal sealed class ControlProcess : SimulatedProcess
{
    private readonly World _world;
    private readonly Machine _machine;
    private readonly PulseProcess _pulse;
    private readonly IResourceManager _manager;
    private readonly Queue<ResourceManagerInput> _inbox = new();
    private readonly Queue<ResourceManagerEffect> _effects = new();
    private readonly List<ResourceManagerEffect> _stepped = [];
    private Instant _armed = Instant.Never, _lastUp, _lastDown;
    private readonly Dictionary<int, Action> _questions = [];
    private bool _storing, _pumping;
    private byte[]? _frame;

    public ControlProcess(World world, Machine machine, PulseProcess pulse, byte[] held)
    {
        (_world, _machine, _pulse) = (world, machine, pulse);
        _manager = world.Mutation.Manager(machine, Cores.ResourceManager(world, machine, Parse(held)));
    }

    /// <summary>What was asked for its status by this process, and answered.</summary>
    public HashSet<string> Probed { get; } = [];

    public ResourceReport Report() => _manager.Report(_machine.Clock);

    public void Begin() => Take(new ResourceManagerInput.GroupsRead(_world.Plan.Groups));

    /// <summary>An event from pulse; the bridge keeps their order.</summary>
    public void Hear(ClusterEvent happened)
    {
        var at = _world.Now + _world.Chance.Milliseconds(0.02, _world.Chance.Chance(0.01) ? 80 : 0.4);     // now and then a collection stops control
        if (at < _lastUp) at = _lastUp;
        _lastUp = at;
        _world.At(at, () => Let(() => Take(happened is ClusterEvent.Asked { Request: DaemonRequest.Shutdown }
            ? new ResourceManagerInput.ShutdownRequested() : new ResourceManagerInput.Cluster(happened))));
    }

    /// <summary>Something an operator or the machine asks of control.</summary>
    public void Ask(ResourceManagerInput input) => Let(() => Take(input));

    private void Take(ResourceManagerInput input)
    {
        _inbox.Enqueue(input);
        Pump();
    }

    private void Pump()
    {
        if (_pumping) return;
        _pumping = true;
        while (Alive && !_storing)
        {
            if (_effects.TryDequeue(out var effect)) Perform(effect);
            else if (_inbox.TryDequeue(out var input)) Step(input);
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
                _world.Fencing.Fence(_machine, fence.Node, (result, why) => Let(() => Take(new ResourceManagerInput.FencingEnded(fence.FencingId, result, why))));
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
        var next = _manager.NextDeadline;
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
                if (_manager.NextDeadline <= _machine.Clock) _inbox.Enqueue(new ResourceManagerInput.Tick());
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
