using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Messaging;

namespace Appliance.Haresources.Tests;

/// <summary>Two resource managers on a perfect wire, in virtual time; a service is what runs on a machine whatever its daemon thinks.</summary>
internal sealed class Cluster
{
    public static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);
    public Machine Alpha { get; }
    public Machine Beta { get; }
    public bool Parted { get; private set; }
    private readonly Queue<Action> _soon = new();

    public Cluster(AutoFailback failback = AutoFailback.On, bool alphaOurs = true, bool betaOurs = true, Func<HaCf, HaCf>? change = null)
    {
        Alpha = new(this, "alpha", failback, alphaOurs, change ?? (c => c));
        Beta = new(this, "beta", failback, betaOurs, change ?? (c => c));
    }

    public Machine Other(Machine machine) => machine == Alpha ? Beta : Alpha;

    public void Run(TimeSpan span)
    {
        for (var end = Now + span; ;)
        {
            while (_soon.TryDequeue(out var action)) action();
            var next = Instant.Min(Alpha.Deadline, Beta.Deadline);
            if (next > end)
            {
                Now = end;
                return;
            }
            if (next > Now) Now = next;
            foreach (var machine in new[] { Alpha, Beta })
                if (machine.Deadline <= Now) machine.Step(new ResourceManagerInput.Tick());
        }
    }

    /// <summary>Nothing said from now on arrives, and nobody has noticed yet.</summary>
    public void Cut() => Parted = true;

    public void Part()
    {
        Parted = true;
        foreach (var machine in new[] { Alpha, Beta }) machine.Hear(new ClusterEvent.NodeStatusChanged(Other(machine).Name, NodeStatus.Active, NodeStatus.Dead, null));
    }

    public void Heal()
    {
        Parted = false;
        foreach (var machine in new[] { Alpha, Beta })
        {
            machine.Hear(new ClusterEvent.NodeReturned(Other(machine).Name));
            machine.Hear(new ClusterEvent.NodeStatusChanged(Other(machine).Name, NodeStatus.Dead, NodeStatus.Active, null));
        }
    }

    public void Both()
    {
        Alpha.Boot();
        Beta.Boot();
        Run(TimeSpan.Zero);
        foreach (var machine in new[] { Alpha, Beta }) machine.Meets(Other(machine));
    }

    internal sealed class Machine(Cluster cluster, string name, AutoFailback failback, bool ours, Func<HaCf, HaCf> change)
    {
        private ResourceManager? _manager;
        public string Name => name;
        public bool Ours => ours;
        public SortedSet<string> Running { get; } = new(StringComparer.Ordinal);
        public List<string> Calls { get; } = [];
        /// <summary>Starts of what may still be held by a silent node: "SCRIPT from NODE".</summary>
        public List<string> Taken { get; } = [];
        public List<string> Announced { get; } = [];
        public List<string> Said { get; } = [];
        public List<string> Log { get; } = [];
        public SortedSet<string> StopFails { get; } = [];
        public SortedSet<string> StartFails { get; } = [];
        public SortedSet<string> StatusHangs { get; } = [];
        public SortedSet<string> StatusFails { get; } = [];
        public SortedSet<string> Missing { get; } = [];

        /// <summary>Questions to these end only when they are cancelled or answered.</summary>
        public SortedSet<string> StatusWaits { get; } = [];
        private readonly SortedDictionary<int, string> _waiting = [];

        /// <summary>Questions of the monitor: "SECONDS SCRIPT" since the start of the cluster.</summary>
        public List<string> Asked { get; } = [];
        public List<string> Cancelled { get; } = [];
        public MonitorMemory? Memory { get; private set; }
        public Func<FencingResult> Fencing { get; set; } = () => FencingResult.Confirmed;
        /// <summary>Its fencing device works on, and answers when told to.</summary>
        public bool Slow { get; set; }
        private int _fencing;
        public void AnswerFencing(FencingResult result) => Do(new ResourceManagerInput.FencingEnded(_fencing, result, ""));
        public bool Stopped { get; private set; }
        public bool SelfFenced { get; private set; }
        public Instant Deadline => _manager?.NextDeadline ?? Instant.Never;
        public ResourceReport Report => _manager!.Report(cluster.Now);

        public static ResourceGroup Group(string node, params string[] resources) => new(node, [.. resources.Select(r => new ResourceSpec(r, r, []))], 1);

        public void Boot()
        {
            var cf = change(new HaCf { Nodes = ["alpha", "beta"], LocalNode = name, AutoFailback = failback, KeepAlive = TimeSpan.FromMilliseconds(200), DeadTime = 2 * Second });
            _manager = new(new(cf, [Group("alpha", "ip1", "web"), Group("beta", "ip2")], null, cluster.Now, DateTimeOffset.UnixEpoch, ours ? 1 : 0) { Monitor = Memory });
            Stopped = false;
            Step(new ResourceManagerInput.Tick());
        }

        /// <summary>Both are active: what messaging tells at the start.</summary>
        public void Meets(Machine other)
        {
            Hear(new ClusterEvent.NodeStatusChanged(other.Name, NodeStatus.Init, NodeStatus.Active, null));
            if (other.Ours && ours) Hear(new ClusterEvent.NodeExtensions(other.Name, 1));
            Hear(new ClusterEvent.CommunicationUp());
        }

        /// <summary>The power is cut, and the other notices.</summary>
        public void Crash()
        {
            _manager = null;
            Running.Clear();
            cluster.Other(this).Hear(new ClusterEvent.NodeStatusChanged(name, NodeStatus.Active, NodeStatus.Dead, null));
        }

        public void Return()
        {
            Boot();
            cluster.Run(TimeSpan.Zero);
            var other = cluster.Other(this);
            other.Hear(new ClusterEvent.NodeStatusChanged(name, NodeStatus.Dead, NodeStatus.Up, null));
            if (ours && other.Ours) other.Hear(new ClusterEvent.NodeExtensions(name, 1));
            other.Hear(new ClusterEvent.NodeStatusChanged(name, NodeStatus.Up, NodeStatus.Active, null));
            Meets(other);
        }

        public void Hear(ClusterEvent happened) => cluster._soon.Enqueue(() => Step(new ResourceManagerInput.Cluster(happened)));

        public void Do(ResourceManagerInput input) => cluster._soon.Enqueue(() => Step(input));

        public void Standby(string what) => Do(new ResourceManagerInput.Inject(Message.Of("ask_resources", ("rsc_hold", what), ("info", "me"))));

        public void Step(ResourceManagerInput input)
        {
            if (_manager is null) return;
            var effects = new List<ResourceManagerEffect>();
            _manager.Step(input, cluster.Now, effects);
            foreach (var effect in effects) Carry(effect);
        }

        /// <summary>A service dies by itself.</summary>
        public void Loses(string script) => Running.Remove(script);

        /// <summary>The oldest question that waits is answered.</summary>
        public void Answer(OperationOutcome outcome) => Answer(_waiting.Keys.First(), outcome);

        private void Answer(int operation, OperationOutcome outcome)
        {
            _waiting.Remove(operation);
            Do(new ResourceManagerInput.OperationEnded(operation, new(outcome, outcome == OperationOutcome.Ok ? 0 : 1, "")));
        }

        private string Question(ResourceManagerEffect.Run run) => $"{(cluster.Now - new Instant(TimeSpan.TicksPerHour)).TotalSeconds:0.###} {run.Resource.Script}";

        private void Carry(ResourceManagerEffect effect)
        {
            switch (effect)
            {
                case ResourceManagerEffect.Command { Do: ClusterCommand.Send send }:
                    Said.Add(string.Join(' ', send.Message.Fields.Where(f => f.Name is not ("xg" or "xm")).Select(f => f.Text)));
                    Hear(new ClusterEvent.Received(name, send.Message, true));
                    if (!cluster.Parted && (send.Message["dest"] ?? "") is var to && (to.Length == 0 || to != name)) cluster.Other(this).Hear(new ClusterEvent.Received(name, send.Message, false));
                    break;
                case ResourceManagerEffect.Command { Do: ClusterCommand.Stop }: Stopped = true; break;
                case ResourceManagerEffect.SelfFence: SelfFenced = true; break;
                case ResourceManagerEffect.Log log: Log.Add(log.Text); break;
                case ResourceManagerEffect.Fence fence:
                    Calls.Add("fence " + fence.Node);
                    _fencing = fence.FencingId;
                    if (Slow) break;
                    var result = Fencing();
                    if (result == FencingResult.Confirmed) cluster.Other(this).Running.Clear();
                    Do(new ResourceManagerInput.FencingEnded(fence.FencingId, result, ""));
                    break;
                case ResourceManagerEffect.RememberMonitor remember: Memory = remember.Memory; break;
                case ResourceManagerEffect.Cancel cancel:
                    Cancelled.Add(_waiting[cancel.OperationId]);
                    Answer(cancel.OperationId, OperationOutcome.Failed);
                    break;
                case ResourceManagerEffect.Run { Within: not null } question when StatusWaits.Contains(question.Resource.Script):
                    Asked.Add(Question(question));
                    _waiting[question.OperationId] = question.Resource.Script;
                    break;
                case ResourceManagerEffect.Announce announce: Announced.Add(announce.GroupKey); break;
                case ResourceManagerEffect.Run run:
                    if (run.Within is not null) Asked.Add(Question(run));
                    var outcome = run.Action switch
                    {
                        _ when Missing.Contains(run.Resource.Script) => OperationOutcome.NotFound,
                        ResourceAction.Status when StatusFails.Contains(run.Resource.Script) => OperationOutcome.Failed,
                        ResourceAction.Status when StatusHangs.Contains(run.Resource.Script) => OperationOutcome.TimedOut,
                        ResourceAction.Status => Running.Contains(run.Resource.Script) ? OperationOutcome.Ok : OperationOutcome.NotRunning,
                        ResourceAction.Start when StartFails.Contains(run.Resource.Script) => OperationOutcome.Failed,
                        ResourceAction.Stop when StopFails.Contains(run.Resource.Script) => OperationOutcome.Failed,
                        _ => OperationOutcome.Ok,
                    };
                    if (run.TakenFrom is not null) Taken.Add($"{run.Resource.Script} from {run.TakenFrom}");
                    if (run.Action != ResourceAction.Status) Calls.Add($"{run.Action.ToString().ToLowerInvariant()} {run.Resource.Script}");
                    if (run.Action == ResourceAction.Start && outcome == OperationOutcome.Ok) Running.Add(run.Resource.Script);
                    if (run.Action == ResourceAction.Stop && outcome == OperationOutcome.Ok) Running.Remove(run.Resource.Script);
                    Do(new ResourceManagerInput.OperationEnded(run.OperationId, new(outcome, outcome == OperationOutcome.Ok ? 0 : 1, "")));
                    break;
            }
        }
    }
}
