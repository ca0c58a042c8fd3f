using Appliance.Control;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Move;
using Appliance.Haresources;
using Appliance.Messaging;

namespace Appliance.Tests.Control.Moves;

/// <summary>A pair in virtual time: the move's core, the gate and <see cref="OneEngine"/> as in control, with engines that only know how to take over; machines, daemons, control processes and the cable can fail.</summary>
internal sealed class MoveWorld
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100), DeadTime = TimeSpan.FromMilliseconds(1500), InitDead = TimeSpan.FromSeconds(4);

    private readonly PriorityQueue<(string Node, long Control, Action Do), (long At, long Order)> _queue = new();
    private readonly List<string> _story = [];
    private readonly Random _random;
    private long _order;

    public MoveWorld(int seed)
    {
        _random = new Random(seed);
        foreach (var name in (string[])["alpha", "beta"]) Nodes[name] = new Node(this, name);
        Runs["web"] = [];
        Runs["data"] = [];
    }

    public Instant Now { get; private set; }
    public SortedDictionary<string, Node> Nodes { get; } = new(StringComparer.Ordinal);

    /// <summary>Service to the machines that it runs on.</summary>
    public SortedDictionary<string, SortedSet<string>> Runs { get; } = new(StringComparer.Ordinal);

    /// <summary>What must not happen.</summary>
    public List<string> Wrong { get; } = [];
    public int Changes { get; private set; }
    public bool IsCut { get; private set; }
    public bool CanCheck { get; set; } = true;
    public string Story => string.Join("\n", _story);

    public void Tell(string text) => _story.Add($"{Now.Ticks / (double)TimeSpan.TicksPerSecond:0.000} {text}");

    /// <summary>Which node it concerns, and which of its control processes; 0: whichever.</summary>
    public void At(TimeSpan after, string node, long control, Action what) => _queue.Enqueue((node, control, what), ((Now + after).Ticks, ++_order));

    public void Run(TimeSpan time)
    {
        var end = Now + time;
        while (_queue.TryPeek(out _, out var first) && first.At <= end.Ticks)
        {
            var (node, control, what) = _queue.Dequeue();
            Now = new(Math.Max(Now.Ticks, first.At));
            if (control == 0 || Nodes[node].Control == control) what();
        }
        Now = end;
    }

    public TimeSpan Some(int fromMs, int toMs) => TimeSpan.FromMilliseconds(_random.Next(fromMs, toMs));

    public void Cut(bool cut)
    {
        if (IsCut == cut) return;
        Tell(cut ? "the cable is cut" : "the cable is whole");
        IsCut = cut;
        if (cut) foreach (var node in Nodes.Values) node.WasCut = true;
    }

    public void Started(string service, string node)
    {
        Tell($"{node} starts {service}");
        Changes++;
        Runs[service].Add(node);
        if (Runs[service].Count > 1) Wrong.Add($"{service} runs on {string.Join(" and ", Runs[service])}");
    }

    /// <summary>One machine.</summary>
    internal sealed class Node(MoveWorld world, string name)
    {
        private readonly List<(string From, long Life, Message Message)> _held = [];

        /// <summary>ha.cf on the disk.</summary>
        public Engine Disk { get; set; }

        /// <summary>Below /run.</summary>
        public MoveMark? File { get; set; }
        private Engine? _ran;
        public int Boots { get; private set; }

        /// <summary>Of the daemon; 0: none runs.</summary>
        public long Life { get; private set; }

        /// <summary>Of the control process; 0: none runs.</summary>
        public long Control { get; private set; }

        /// <summary>When its daemon started.</summary>
        public Instant Since => _begun;
        public bool WasCut { get; set; }
        public Engine Engine { get; private set; }
        public EngineMove? Move { get; private set; }
        public EngineGate? Gate { get; private set; }
        public FakeEngine? Manager { get; private set; }
        public string? Answered { get; private set; }
        private OneEngine? _one;
        private string? _said;
        private bool _isUp, _extended;
        private static long s_lives;

        /// <summary>Until then nothing below /run can be written or deleted.</summary>
        private Instant _full;

        // As its messaging sees the other.
        private NodeStatus _status;
        private long _peerLife;
        private (Engine Engine, string? Move)? _peerSays;
        private Instant _heard, _begun;
        private bool _peerExtended;

        private Node Peer => world.Nodes[name == "alpha" ? "beta" : "alpha"];

        public void StartDaemon()
        {
            if (Life != 0) return;
            _ran = Engine = _ran is { } other && other != Disk && File?.Target != Disk ? other : Disk;
            (Life, _said, _isUp, _extended) = (++s_lives, File?.ToString(), false, false);
            if (Boots == 0) Boots = 1;
            (_status, _peerLife, _peerSays, _begun, _peerExtended) = (NodeStatus.Init, 0, null, world.Now, false);
            world.Tell($"{name}: the daemon starts with {Engine.Word()}{(File is null ? "" : $" and the mark {File}")}");
            StartControl();
            BeatOn(Life);
        }

        public void StartControl()
        {
            if (Life == 0) return;
            Control = ++s_lives;
            Manager = new(world, name, Peer.Who);
            Gate = new(Manager, rest: null);
            _one = new(name, Engine == Engine.Crm, (_, _) => { });
            Move = new(name, Engine, ["alpha", "beta"], File, world.Now);
            if (Move.IsFrozen) Gate.Close();
            var control = Control;
            // Pulse tells what it may have missed.
            Event(new ClusterEvent.NodeStatusChanged(Peer.Who, _status, _status, null));
            if (_peerSays is { } says) Event(Extensions(says));
            if (_isUp) Event(new ClusterEvent.CommunicationUp());
            Tick(control);
        }

        private string Who => name;

        private static ClusterEvent.NodeExtensions ExtensionsOf(string node, (Engine Engine, string? Move) says) => new(node, 1, says.Engine == Engine.Crm, says.Move);

        private ClusterEvent.NodeExtensions Extensions((Engine Engine, string? Move) says) => ExtensionsOf(Peer.Who, says);

        public void KillControl()
        {
            if (Control == 0) return;
            world.Tell($"{name}: control dies");
            Control = 0;
            var life = Life;
            world.At(world.Some(100, 1500), name, 0, () => { if (Life == life && Control == 0) StartControl(); });
        }

        /// <summary>The daemon goes, what runs stays.</summary>
        public void KillDaemon(TimeSpan back)
        {
            if (Life == 0) return;
            world.Tell($"{name}: the daemon goes");
            (Life, Control) = (0, 0);
            _held.Clear();
            var boots = Boots;
            world.At(back, name, 0, () => { if (Boots == boots) StartDaemon(); });
        }

        /// <summary>Power off, and on again.</summary>
        public void Crash(TimeSpan back)
        {
            world.Tell($"{name}: power off");
            (Life, Control, File, _ran) = (0, 0, null, null);
            _held.Clear();
            Boots++;
            foreach (var where in world.Runs.Values) where.Remove(name);
            var boots = Boots;
            world.At(back, name, 0, () => { if (Boots == boots) StartDaemon(); });
        }

        public void Want(Engine target) => Step(new MoveInput.Wanted(1, $"m{world.Now.Ticks:x}", target, IsFresh: false, OnlyCheck: false));

        public void Fill(TimeSpan time)
        {
            world.Tell($"{name}: /run is full for {time.TotalSeconds:0.0} s");
            _full = world.Now + time;
        }

        public void Withdraw() => Step(new MoveInput.Withdraw(2));

        private void BeatOn(long life)
        {
            if (Life != life) return;
            if (!world.IsCut && Peer.Life != 0)
            {
                var (said, engine, extended) = (_said, Engine, _extended);
                world.At(world.Some(1, 20), name, 0, () => { if (Life == life) Peer.Hear(life, engine, said, extended); });
            }
            if (_status is NodeStatus.Init && world.Now - _begun >= InitDead || _status == NodeStatus.Active && world.Now - _heard >= (_peerExtended ? 20 * DeadTime : DeadTime)) Bury();
            world.At(Beat, name, 0, () => BeatOn(life));
        }

        private void Bury()
        {
            var before = _status;
            _status = NodeStatus.Dead;
            world.Tell($"{name}: {Peer.Who} is dead");
            Event(new ClusterEvent.NodeStatusChanged(Peer.Who, before, NodeStatus.Dead, null));
            ComeUp();
        }

        private void ComeUp()
        {
            if (_isUp || Control == 0) return;
            _isUp = true;
            Event(new ClusterEvent.CommunicationUp());
        }

        private void Hear(long life, Engine engine, string? said, bool extended)
        {
            if (Life == 0) return;
            (_heard, _peerExtended) = (world.Now, extended);
            if (life != _peerLife && _peerLife != 0 && _status == NodeStatus.Active) Event(new ClusterEvent.NodeRestarted(Peer.Who, life));
            _peerLife = life;
            if (_peerSays != (engine, said))
            {
                _peerSays = (engine, said);
                Event(Extensions((engine, said)));
            }
            if (_status != NodeStatus.Active)
            {
                var before = _status;
                _status = NodeStatus.Active;
                Event(new ClusterEvent.NodeStatusChanged(Peer.Who, before, NodeStatus.Active, null));
            }
            ComeUp();
            foreach (var held in _held.ToArray())
            {
                if (held.Life != life) _held.Remove(held);
                else if (_held.Remove(held)) Event(new ClusterEvent.Received(held.From, held.Message, FromSelf: false));
            }
        }

        /// <summary>As in control's loop: the move first, then what the engine may hear.</summary>
        private void Event(ClusterEvent happened)
        {
            if (Control == 0) return;
            Step(new MoveInput.Cluster(happened));
            if (Control == 0) return;
            foreach (var passed in _one!.Pass(happened).ToArray()) Do(new ResourceManagerInput.Cluster(passed));
        }

        private void Do(ResourceManagerInput input) => Gate!.Step(input, world.Now, []);

        private void Tick(long control)
        {
            if (Control != control) return;
            if (Move!.NextDeadline <= world.Now) Step(new MoveInput.Tick());
            if (Control != control) return;
            if (!Gate!.IsClosed) Manager!.Tick();
            world.At(TimeSpan.FromMilliseconds(50), name, control, () => Tick(control));
        }

        private void Step(MoveInput input)
        {
            if (Control == 0) return;
            var effects = new List<MoveEffect>();
            Move!.Step(input, !Gate!.IsClosed, world.Now, effects);
            var (control, life) = (Control, Life);
            foreach (var effect in effects)
            {
                if (Control != control) return;
                switch (effect)
                {
                    case MoveEffect.Check check:
                        world.At(world.Some(10, 900), name, control, () => Step(new MoveInput.Checked(check.Wanted.Id,
                            new("d", world.CanCheck ? [] : ["no"], ["web", "data"], [.. world.Runs.Where(r => r.Value.Contains(name)).Select(r => r.Key)]))));
                        break;
                    case MoveEffect.Send send:
                        world.At(world.Some(1, 40), name, 0, () => { if (Life == life) Deliver(send.Message); });
                        break;
                    case MoveEffect.Store when world.Now < _full:
                        Step(new MoveInput.NotStored("no space"));
                        return;
                    case MoveEffect.Store store:
                        File = store.Mark;
                        _said = store.Mark?.ToString();
                        break;
                    case MoveEffect.Freeze: Gate.Close(); break;
                    case MoveEffect.Thaw: Gate.Open(world.Now, static _ => { }); break;
                    case MoveEffect.Switch change when Disk != change.Mark.Target: Step(new MoveInput.NotSwitched("ha.cf")); return;
                    case MoveEffect.Switch:
                        _extended = true;
                        if (!world.IsCut && Peer.Life != 0) Peer._peerExtended = true;
                        world.At(TimeSpan.FromMilliseconds(100), name, 0, () => { if (Life == life) KillDaemon(world.Some(200, 1500)); });
                        break;
                    case MoveEffect.Answer answer:
                        Answered = $"{answer.Ok}: {answer.Text}";
                        world.Tell($"{name}: answer {Answered}");
                        break;
                    case MoveEffect.Log line: world.Tell($"{name}: {line.Text}"); break;
                }
            }
        }

        private void Deliver(Message message)
        {
            if (Peer.Life == 0) return;
            if (world.IsCut || Peer._peerLife != Life) Peer._held.Add((name, Life, message));        // sent again until it arrives
            else Peer.Event(new ClusterEvent.Received(name, message, FromSelf: false));
        }
    }

    /// <summary>What both engines have in common: it takes over what a dead node had, once that is fenced, and starts what runs nowhere while all is well.</summary>
    internal sealed class FakeEngine(MoveWorld world, string me, string other) : IResourceManager
    {
        private NodeStatus _other;
        private int _knownBoots;

        public bool HasBegun { get; private set; }

        public Instant NextDeadline => Instant.Never;

        public void Step(ResourceManagerInput input, Instant now, List<ResourceManagerEffect> effects)
        {
            switch ((input as ResourceManagerInput.Cluster)?.Event)
            {
                case ClusterEvent.CommunicationUp: HasBegun = true; break;
                case ClusterEvent.NodeStatusChanged change:
                    _other = change.Now;
                    if (change.Now == NodeStatus.Active) _knownBoots = world.Nodes[other].Boots;
                    break;
            }
            Tick();
        }

        public void Tick()
        {
            if (!HasBegun) return;
            if (_other == NodeStatus.Dead && world.Runs.Values.Any(where => !where.Contains(me)))
            {
                var peer = world.Nodes[other];
                // A machine that is there, can be heard and never lost anything has nothing to be fenced for.
                if (peer.Life != 0 && world.Now - peer.Since > Beat * 3 && !peer.WasCut && peer.Boots == _knownBoots) world.Wrong.Add($"{me} fences {other}, which is well");
                world.Tell($"{me} fences {other}");
                peer.Crash(world.Some(3000, 9000));
                peer.WasCut = false;
                _knownBoots = peer.Boots;
            }
            if (_other == NodeStatus.Active && !IsFree()) return;
            if (_other is not (NodeStatus.Dead or NodeStatus.Active)) return;
            foreach (var (service, where) in world.Runs)
                if (where.Count == 0) world.Started(service, me);
        }

        /// <summary>Both manage together, and nothing is frozen.</summary>
        private bool IsFree()
        {
            var peer = world.Nodes[other];
            return peer.Control != 0 && peer.Engine == world.Nodes[me].Engine && peer.Manager!.HasBegun && !peer.Gate!.IsClosed;
        }

        public ResourceReport Report(Instant now) => new("", HasBegun, "", false, null, []);
    }
}
