using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm;
using Appliance.Crm.Controller;
using Appliance.Crm.Membership;
using Appliance.Crm.Store;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Operations;
using Appliance.Simulation.Machines;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Crm;

/// <summary>control where the CRM manages (<c>crm yes</c>): what the daemon's shells (CrmDaemon, CrmHost and their desks) do around <see cref="CrmNode"/>, in virtual time.</summary>
internal sealed class CrmControl : ControlProcess
{
    private static readonly TimeSpan AfterLeaving = TimeSpan.FromSeconds(2), RestartAllowance = TimeSpan.FromSeconds(30);

    /// <summary>Tickets of people's orders are above those of the CRM.</summary>
    private const int ByHand = 1_000_000;

    private readonly CibDesk _store;
    private readonly Queue<CrmEffect> _effects = new();
    private readonly List<CrmEffect> _stepped = [];
    private readonly Dictionary<long, Action<CrmAnswer>> _clients = [];
    private CrmNode? _node;
    private long _lastClient;
    private int _devicesAsked, _byHand;
    private bool _ready, _stopping, _left;

    public CrmControl(World world, Machine machine, PulseProcess pulse, byte[] history) : base(world, machine, pulse, history) => _store = new(world, machine, this);

    /// <summary>The core; null while it has not begun.</summary>
    public CrmNode? Node => _node;

    /// <summary>It has left the cluster, and its daemon stops.</summary>
    public bool HasLeft => _left;

    public override ResourceReport Report() => new("none", _node?.Dc is not null, "crm", _stopping, null, []);

    /// <summary>What was left half done on the disk is put in order first.</summary>
    public override void Begin()
    {
        Waits = true;
        World.Rules.CrmBegins(Machine);
        _store.Load(loaded =>
        {
            var wall = Machine.Wall;
            var self = new Member(Machine.Name, $"{wall.ToUnixTimeMilliseconds():x}", CibRequests.FeatureSet, wall.ToUnixTimeSeconds());
            var start = new CrmStart(self, Machine.HaCf.Nodes, loaded.Document, loaded.Standing, loaded.Known, loaded.Document is null ? World.Plan.Crm!.Cib : null, Machine.CrmRan, 2) { HeardTerm = loaded.HeardTerm, Quorum = Machine.HaCf.Quorum, DeadTime = Machine.HaCf.DeadTime, KeepAlive = Machine.HaCf.KeepAlive };
            Machine.CrmRan = true;
            _node = new(World.Mutation.CrmBegins(Machine, start), Machine.Clock);
            World.Trace.Say(0x70, Machine.Name, $"its CRM begins with {(loaded.Document is { } document ? $"the CIB {CibVersion.Of(document)} of standing {loaded.Standing}" : "no CIB")}");
            Take(new ResourceManagerInput.Tick());
            GoesOn();
        });
    }

    protected override Instant NextDeadline => _node is null ? Instant.Never : _ready ? _node.NextDeadline : new(long.MinValue);

    /// <summary>A client of this node's CRM asks.</summary>
    public void Ask(CrmQuestion question, Action<CrmAnswer> answered) => Let(() => Take(() =>
    {
        var client = ++_lastClient;
        _clients[client] = answered;
        Step(new CrmInput.Asked(client, question));
    }));

    /// <summary>A person has a node fenced from here (<c>stonith_admin --reboot</c>). The ticket is none of the CRM's.</summary>
    public void FenceByHand(string target) => Let(() => Take(() =>
    {
        if (target == Machine.Name) World.Rules.Fences(Machine, this, Machine);
        World.Rules.Survival.OrderedByHand(World[target]);
        Fence(ByHand + ++_byHand, new(target, Stonith.FenceAction.Reboot, FencingWish.DefaultTimeout, "stonith_admin.1"), "a person says so");
    }));

    /// <summary>Whoever watches a resource found it gone.</summary>
    public void Lost(string resource) => Let(() => Take(() => Step(new CrmInput.ResourceLost(resource, "its process ended"))));

    /// <summary>As CrmHost takes it.</summary>
    protected override void Step(ResourceManagerInput input)
    {
        switch (input)
        {
            case ResourceManagerInput.Tick when !_ready:
                _ready = true;
                Command(new ClusterCommand.ManagerReady());
                break;
            case ResourceManagerInput.Tick: Step(new CrmInput.Tick()); break;
            case ResourceManagerInput.Cluster happened: Step(new CrmInput.Cluster(happened.Event)); break;
            case ResourceManagerInput.ShutdownRequested:
                _stopping = true;
                Step(new CrmInput.ShutdownRequested());
                break;
            case ResourceManagerInput.RestartRequested when !_stopping:
                Command(new ClusterCommand.ExtendDeadTime(RestartAllowance, RestartAllowance));
                Command(new ClusterCommand.Stop(TimeSpan.FromMilliseconds(100), RestartInPlace: true));
                break;
        }
    }

    protected override void FencingEnded(int ticket, FencingEnd end) => Take(() => Step(new CrmInput.FencingEnded(ticket, end)));

    protected override void Switching(string order, string target) => Take(() => Step(new CrmInput.Switching(order, target)));

    protected override void Recorded(FencingRecord record) => Take(() =>
    {
        World.Rules.FencingRecorded(this, record);
        Step(new CrmInput.FencingRecorded(record));
    });

    private void Step(CrmInput input)
    {
        if (_node is not { } node) return;
        foreach (var heard in World.Mutation.CrmHears(Machine, node, input) ?? [input])
        {
            _stepped.Clear();
            node.Step(heard, Machine.Clock, Machine.Wall, _stepped);
            if (node.Dc is not null) World.Rules.Joined(Machine);
            foreach (var effect in _stepped) _effects.Enqueue(effect);
        }
    }

    protected override bool PerformNext()
    {
        if (!_effects.TryDequeue(out var effect)) return false;
        if (World.Mutation.CrmSays(Machine, _node!, effect, () => Perform(effect)) is not { } said) Perform(effect);
        else
            foreach (var input in said) Take(() => Step(input));
        return true;
    }

    private void Perform(CrmEffect effect)
    {
        if (!Machine.CountsEffect(this)) return;
        switch (effect)
        {
            case CrmEffect.Log line:
                if (World.Trace.InWords) World.Trace.Say(0x31, Machine.Name, $"crm {line.Priority}: {line.Text}");
                if (line.Text.StartsWith("This partition has no quorum", StringComparison.Ordinal)) World.Rules.QuorumLost(Machine);
                break;
            case CrmEffect.Send send: Command(new ClusterCommand.Send(send.Message)); break;
            case CrmEffect.CallAgent call: Call(call); break;
            case CrmEffect.Describe describe:
                Later(World.Chance.Milliseconds(1, 20), new CrmInput.Described(describe.Agent, null));
                break;
            case CrmEffect.RunPolicy run: RunPolicy(World.Mutation.Policy(Machine, _node!, run)); break;
            case CrmEffect.WriteTerm write:
                _store.WriteTerm(write.Term, () => Take(() => Step(new CrmInput.TermWritten(write.Term, null))));
                break;
            case CrmEffect.WriteCib write:
                _store.Write(write.Document, write.Standing, () => Take(() => Step(new CrmInput.CibWritten(write.Ticket, null))));
                break;
            case CrmEffect.KeepLost lost:
                World.Rules.Acknowledged.GaveWay(lost.Document);
                _store.KeepLost(lost.Document);
                break;
            case CrmEffect.Fence fence:
                World.Rules.Fences(Machine, this, World[fence.Wish.Target]);
                Fence(fence.Ticket, fence.Wish, "the transition says so");
                break;
            case CrmEffect.FencingConfigured configured: Configure(configured.Document); break;
            case CrmEffect.Answer answer when _clients.Remove(answer.Client, out var client): client(answer.With); break;
            case CrmEffect.Left: Leave(); break;
            case CrmEffect.SelfFence self: FenceSelf(self.Why); break;
            case CrmEffect.GiveUp given:
                World.Rules.GaveUp(Machine, this);
                Command(new ClusterCommand.GiveUp(given.Why));
                break;
        }
    }

    private void Later(TimeSpan delay, CrmInput input) => World.After(delay, () => Let(() => Take(() => Step(input))));

    private void Call(CrmEffect.CallAgent call)
    {
        var order = call.Order;
        World.Trace.Say(0x32, Machine.Name, $"calls {order.Key}{(order.IsProbe ? " (probe)" : "")}");
        World.Rules.OperationBegins(Machine, this, order);
        Machine.Services.Run(this, order, end =>
        {
            World.Trace.Say(0x36, Machine.Name, $"{order.Key} ended: {end.Code} {end.Status}");
            if (order.Action == "monitor") Probed.Add(order.Resource);
            Let(() => Take(() => Step(new CrmInput.AgentEnded(call.CallId, end))));
        });
    }

    /// <summary>The real policy engine, which takes its time: on a busy machine a long one.</summary>
    private void RunPolicy(CrmEffect.RunPolicy run)
    {
        World.Count.PolicyRuns++;
        World.Rules.Plans(Machine, run.Document);
        var answer = PolicyDesk.Answer(run);
        if (answer.Graph is null) throw new Engine.RuleBroken("policy", World.Now, $"{Machine.Name}: {string.Join("; ", answer.Lines.Select(l => l.Text))}\n{run.Document}");
        Later(World.Chance.Chance(0.03) ? World.Chance.Milliseconds(300, 3_000) : World.Chance.Milliseconds(3, 30), new CrmInput.PolicyEnded(answer));
    }

    private void Configure(CibElement document)
    {
        var number = ++_devicesAsked;
        World.After(World.Chance.Milliseconds(1, 20), () => Let(() => Take(() =>
        {
            if (number != _devicesAsked) return;
            var read = CibFencing.Of(document, Machine.Name, Machine.Wall);
            UseDevices([.. read.Devices.Select(d => World.Fencing.Configured.First(c => c.Device.Id == d.Id).Device)], read.Levels);
        })));
    }

    private void Leave()
    {
        if (_left) return;
        _left = true;
        World.Rules.Left(Machine, this);
        Machine.CrmRan = false;
        Command(new ClusterCommand.Stop(AfterLeaving, RestartInPlace: false));
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Machine.Name}: DC {_node?.Dc ?? "none"}");
}
