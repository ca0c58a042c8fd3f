using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Controller;
using Appliance.Crm.Membership;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Linux;
using Appliance.Messaging;
using Appliance.Operations;
using Appliance.Policy;
using Appliance.Stonith;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Tests.Controller;

/// <summary>Whole CRMs of several nodes in virtual time: messages with delays, disks, agents that do what they are told, a fencer that turns machines off, and time. What resources really run is known.</summary>
internal sealed class NodeWorld
{
    /// <summary>How long silence lasts before messaging calls a node dead.</summary>
    private static readonly TimeSpan DeadTime = TimeSpan.FromSeconds(10);

    private static readonly DateTimeOffset Epoch = new(2026, 3, 1, 12, 0, 0, TimeSpan.FromHours(1));

    private readonly Random _random;
    private readonly PriorityQueue<Action, (long At, long Number)> _events = new();
    private readonly SortedDictionary<string, Machine> _machines = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string)> _cut = [];
    private long _number;
    private int _lives;
    private bool _watch;

    /// <summary>One machine, and the CRM on it while it is on.</summary>
    internal sealed class Machine(string name)
    {
        public string Name => name;
        public CrmNode? Core { get; set; }

        /// <summary>Ascends with every life of the CRM; what an earlier one waited for is dropped.</summary>
        public int Life { get; set; }

        /// <summary>On the disk.</summary>
        public CibElement? Stored { get; set; }
        public CibStanding StoredStanding { get; set; }
        public long StoredTerm { get; set; }
        public List<string> Known { get; } = [];
        public int LostCopies { get; set; }

        /// <summary>What really runs here: resource and role.</summary>
        public SortedDictionary<string, string> Running { get; } = new(StringComparer.Ordinal);

        public Instant Ticks { get; set; } = Instant.Never;

        /// <summary>What messaging here says of each other machine.</summary>
        public Dictionary<string, NodeStatus> Sees { get; } = [];
        public Dictionary<string, Instant> LastTo { get; } = [];

        /// <summary>Which life of it heard which life of another machine last: both ascend.</summary>
        public Dictionary<string, (int Mine, int Its)> Heard { get; } = [];
        public bool HasLeft { get; set; }
        public Instant LeftAt { get; set; }

        /// <summary>Who was with it when it left, and in which life: they need not fence it.</summary>
        public Dictionary<string, int> LeftWith { get; } = [];
        public long Clients { get; set; }
        public Dictionary<long, CrmAnswer> Answers { get; } = [];

        /// <summary>A device said that it has switched this machine off, and had not: in which life of it, and who has that proof.</summary>
        public (int Life, Machine By, int ByLife)? Lied { get; set; }

        /// <summary>It was lied about, and what it ran then may run here still.</summary>
        public bool IsSuspect { get; set; }

        /// <summary>Its fencer was told of devices since it began.</summary>
        public bool HasDevices { get; set; }
    }

    public NodeWorld(int seed, params IReadOnlyList<string> nodes)
    {
        _random = new(seed);
        foreach (var node in nodes) _machines[node] = new(node);
    }

    public Instant Now { get; private set; } = new(1);
    public CibElement? Compiled { get; set; }

    private readonly Dictionary<string, bool?> _carriers = [];

    /// <summary>The line <c>quorum</c> of ha.cf.</summary>
    public QuorumSpec? Quorum { get; init; }

    /// <summary>Of the program; null: nobody writes what the one who decides says of the cluster.</summary>
    public string? Version { get; init; }

    /// <summary>In which order a machine's ha.cf names the nodes.</summary>
    public Func<string, IReadOnlyList<string>>? Order { get; set; }
    public List<string> Story { get; } = [];
    public List<string> Violations { get; } = [];

    /// <summary>Whether a fencing order is carried out; otherwise it fails.</summary>
    public Func<string, bool> FencingWorks { get; set; } = _ => true;

    /// <summary>A device says that it has switched a machine off, and has not.</summary>
    public Func<string, bool> FencingLies { get; set; } = _ => false;

    /// <summary>What an agent answers instead of doing what it is told; null: it does.</summary>
    public Func<string, OperationOrder, AgentEnd?> AgentFails { get; set; } = (_, _) => null;

    /// <summary>Words that are lost on the way, and never said again: from whom, and what.</summary>
    public Func<string, Message, bool> Loses { get; set; } = (_, _) => false;

    /// <summary>Nodes that may leave with something running.</summary>
    public HashSet<string> MayLeaveRunning { get; } = new(StringComparer.Ordinal);

    public HashSet<string> MayRunEverywhere { get; } = new(StringComparer.Ordinal);

    public IEnumerable<Machine> Machines => _machines.Values;
    public Machine this[string node] => _machines[node];

    public DateTimeOffset Wall => Epoch + TimeSpan.FromTicks(Now.Ticks);

    public void BootAll()
    {
        foreach (var machine in _machines.Values) Boot(machine.Name);
    }

    public void Boot(string name)
    {
        var machine = _machines[name];
        if (machine.Core is not null) return;
        machine.Life = ++_lives;
        machine.HasLeft = machine.IsSuspect = false;
        machine.Running.Clear();
        BeginCrm(machine);
    }

    /// <summary>The daemon dies and comes again, with what it runs still running.</summary>
    public void RestartDaemon(string name)
    {
        var machine = _machines[name];
        if (machine.Core is null) return;
        machine.Core = null;
        machine.Life = ++_lives;
        Note($"{name}: daemon restarts");
        var life = machine.Life;
        foreach (var other in _machines.Values)
        {
            if (other == machine || other.Core is null || !Hears(machine, other)) continue;
            // As messaging tells it: another generation beats, says nothing of itself yet, and then that it is up.
            After(5, other, () =>
            {
                Tell(other, new ClusterEvent.NodeRestarted(name, life));
                if (machine.Life == life) See(other, machine, NodeStatus.Init);
            });
            After(15, other, () =>
            {
                if (machine.Life == life && other.Sees.GetValueOrDefault(name) == NodeStatus.Init) See(other, machine, NodeStatus.Up);
            });
        }
        After(300, null, () =>
        {
            if (machine.Life == life) BeginCrm(machine);
        });
    }

    private void BeginCrm(Machine machine)
    {
        Note($"{machine.Name}: begins");
        var self = new Member(machine.Name, $"life{machine.Life}", CibRequests.FeatureSet, Wall.ToUnixTimeSeconds());
        machine.Core = new(new(self, Order?.Invoke(machine.Name) ?? [.. _machines.Keys], machine.Stored is null ? null : StoredCib.Loaded(machine.Stored), machine.StoredStanding, [.. machine.Known], Compiled, machine.Running.Count > 0, 2) { HeardTerm = machine.StoredTerm, Quorum = Quorum, Version = Version, Cluster = "pair" }, Now);
        machine.Sees.Clear();
        machine.HasDevices = false;
        machine.Ticks = Instant.Never;
        if (_carriers.TryGetValue(machine.Name, out var carrier)) Carried(machine.Name, carrier);
        After(1000 + _random.Next(2000), machine, () => CommunicationUp(machine));
    }

    private void CommunicationUp(Machine machine)
    {
        foreach (var other in _machines.Values)
        {
            if (other == machine) continue;
            var alive = other.Core is not null && Hears(machine, other);
            See(machine, other, alive ? NodeStatus.Active : NodeStatus.Dead);
            if (alive) After(5, other, () => See(other, machine, NodeStatus.Active));
        }
        Tell(machine, new ClusterEvent.CommunicationUp());
    }

    private void See(Machine machine, Machine other, NodeStatus status)
    {
        var before = machine.Sees.GetValueOrDefault(other.Name, NodeStatus.Init);
        if (before == status || machine.Core is null) return;
        machine.Sees[other.Name] = status;
        Tell(machine, new ClusterEvent.NodeStatusChanged(other.Name, before, status, null));
    }

    private void Tell(Machine machine, ClusterEvent happened) => Step(machine, new CrmInput.Cluster(happened));

    /// <summary>Pulse tells of the node's serial line.</summary>
    public void Carried(string name, bool? carrier)
    {
        _carriers[name] = carrier;
        Tell(_machines[name], new ClusterEvent.CarrierChanged("/dev/ttyS0", carrier));
    }

    /// <summary>The machine goes dark, with all that runs on it.</summary>
    public void Kill(string name)
    {
        var machine = _machines[name];
        if (machine.Core is null && machine.Running.Count == 0) return;
        Note($"{name}: dies");
        machine.IsSuspect = false;
        machine.Core = null;
        machine.Life = ++_lives;
        machine.Running.Clear();
        Unheard(machine);
    }

    /// <summary>Two halves do not hear each other any more.</summary>
    public void Cut(IReadOnlyList<string> half)
    {
        foreach (var a in half)
            foreach (var b in _machines.Keys)
                if (!half.Contains(b) && _cut.Add((a, b)))
                {
                    _cut.Add((b, a));
                    var (x, y) = (_machines[a], _machines[b]);
                    After((int)DeadTime.TotalMilliseconds, null, () => Judge(x, y));
                    After((int)DeadTime.TotalMilliseconds, null, () => Judge(y, x));
                }
        // A farewell may be under way.
        foreach (var gone in _machines.Values)
            if (gone.HasLeft && Now - gone.LeftAt < TimeSpan.FromSeconds(1)) gone.LeftWith.Clear();
        Note($"cut {string.Join(",", half)} off");
    }

    public void Heal()
    {
        Note("healed");
        _cut.Clear();
        foreach (var a in _machines.Values)
            foreach (var b in _machines.Values)
                if (a != b && a.Core is not null && b.Core is not null && a.Sees.ContainsKey(b.Name)) After(20 + _random.Next(50), a, () => { if (b.Core is not null && Hears(a, b)) See(a, b, NodeStatus.Active); });
    }

    private void Unheard(Machine gone)
    {
        foreach (var other in _machines.Values)
            if (other != gone) After((int)DeadTime.TotalMilliseconds, null, () => Judge(other, gone));
    }

    private void Judge(Machine machine, Machine other)
    {
        if (machine.Core is not null && (other.Core is null || !Hears(machine, other))) See(machine, other, NodeStatus.Dead);
    }

    private bool Hears(Machine a, Machine b) => !_cut.Contains((a.Name, b.Name));

    /// <summary>A client asks a node; its answer is in <see cref="Machine.Answers"/> some time.</summary>
    public long Ask(string node, CrmQuestion question)
    {
        var machine = _machines[node];
        var client = ++machine.Clients;
        Step(machine, new CrmInput.Asked(client, question));
        return client;
    }

    /// <summary>A request to the CIB, with its answer.</summary>
    public CrmAnswer.Cib Cib(string node, CibRequest request)
    {
        var client = Ask(node, new CrmQuestion.Cib(request, TimeSpan.FromSeconds(30)));
        for (var i = 0; i < 400 && !_machines[node].Answers.ContainsKey(client); i++) Run(TimeSpan.FromMilliseconds(100));
        return (CrmAnswer.Cib)_machines[node].Answers[client];
    }

    public void Shutdown(string node) => Step(_machines[node], new CrmInput.ShutdownRequested());

    /// <summary>Lets time pass.</summary>
    public void Run(TimeSpan time)
    {
        var until = Now + time;
        var (still, steps) = (Now, 0);
        while (true)
        {
            // Time that does not pass is a circle.
            if (Now - still > TimeSpan.FromMilliseconds(10)) (still, steps) = (Now, 0);
            if (steps > 19_900) _watch = true;
            if (++steps > 20_000) throw new InvalidOperationException("nothing comes to an end\n" + Tale);
            var tick = Instant.Never;
            foreach (var machine in _machines.Values)
                if (machine.Core is { } core) tick = Instant.Min(tick, core.NextDeadline);
            var next = _events.TryPeek(out _, out var key) ? new Instant(key.At) : Instant.Never;
            if (Instant.Min(tick, next) > until) break;
            if (next <= tick)
            {
                Now = next > Now ? next : Now;
                _events.Dequeue()();
                continue;
            }
            Now = tick > Now ? tick : Now + TimeSpan.FromTicks(1);
            foreach (var machine in _machines.Values)
                if (machine.Core is { } core && core.NextDeadline <= Now) Step(machine, new CrmInput.Tick());
        }
        Now = until;
    }

    /// <summary>Nodes that were proven off, live, and are heard by whoever has the proof: they must not go on.</summary>
    public IEnumerable<string> GoOn => from m in _machines.Values
                                       where m.Core is not null && m.Lied is { } lied && lied.Life == m.Life && lied.By.Core is not null && lied.By.Life == lied.ByLife && Hears(m, lied.By)
                                       select m.Name;

    /// <summary>Lets time pass until there is nothing more to do.</summary>
    public bool Settle(TimeSpan atMost)
    {
        var end = Now + atMost;
        var quiet = 0;
        while (Now < end)
        {
            Run(TimeSpan.FromSeconds(1));
            quiet = IsQuiet ? quiet + 1 : 0;
            if (quiet >= 5) return true;
        }
        return false;
    }

    private bool IsQuiet
    {
        get
        {
            var dcs = 0;
            foreach (var machine in _machines.Values)
            {
                if (machine.Core is not { } core) continue;
                if (core.Dc is null) return false;
                if (!core.IsDc) continue;
                dcs++;
                if (!core.IsSettled) return false;
            }
            return dcs > 0;
        }
    }

    private void After(int milliseconds, Machine? machine, Action action)
    {
        var life = machine?.Life;
        _events.Enqueue(() =>
        {
            if (machine is null || machine.Life == life && machine.Core is not null) action();
        }, (Now.Ticks + milliseconds * TimeSpan.TicksPerMillisecond, ++_number));
    }

    private void Step(Machine machine, CrmInput input)
    {
        if (machine.Core is not { } core) return;
        var effects = new List<CrmEffect>();
        if (_watch) Note($"{machine.Name}: {input.GetType().Name} {(input as CrmInput.Cluster)?.Event.GetType().Name}");
        core.Step(input, Now, Wall, effects);
        if (_watch) Note($"{machine.Name}: {effects.Count} effects {string.Join(' ', effects.Select(e => e.GetType().Name))}, next {core.NextDeadline} {core.Deadlines}");
        foreach (var effect in effects) Carry(machine, effect);
    }

    private void Carry(Machine machine, CrmEffect effect)
    {
        switch (effect)
        {
            case CrmEffect.Log line:
                if (line.Priority != LogPriority.Debug) Note($"{machine.Name}: {line.Text}");
                break;
            case CrmEffect.Send send: Deliver(machine, send.Message); break;
            case CrmEffect.CallAgent call: After(2 + _random.Next(30), machine, () => Act(machine, call)); break;
            case CrmEffect.Describe describe: After(1, machine, () => Step(machine, new CrmInput.Described(describe.Agent, null))); break;
            case CrmEffect.RunPolicy run: After(3 + _random.Next(20), machine, () => Policy(machine, run)); break;
            case CrmEffect.WriteTerm write:
                After(1 + _random.Next(10), machine, () =>
                {
                    machine.StoredTerm = Math.Max(machine.StoredTerm, write.Term);
                    Step(machine, new CrmInput.TermWritten(write.Term, null));
                });
                break;
            case CrmEffect.WriteCib write:
                After(1 + _random.Next(10), machine, () =>
                {
                    machine.Stored = StoredCib.Of(write.Document);
                    machine.StoredStanding = write.Standing;
                    machine.Known.Add(StoredCib.Digest(machine.Stored));
                    if (machine.Known.Count > 100) machine.Known.RemoveAt(0);
                    Step(machine, new CrmInput.CibWritten(write.Ticket, null));
                });
                break;
            case CrmEffect.KeepLost: machine.LostCopies++; break;
            case CrmEffect.Fence fence: Fence(machine, fence); break;
            case CrmEffect.FencingConfigured configured: machine.HasDevices = configured.Document.Descendants("primitive").Any(p => p["class"] == "stonith"); break;
            case CrmEffect.Answer answer: machine.Answers[answer.Client] = answer.With; break;
            case CrmEffect.Left:
                Note($"{machine.Name}: has left, running {string.Join(",", machine.Running.Keys)}");
                if (machine.Running.Count > 0 && !MayLeaveRunning.Contains(machine.Name)) Violations.Add($"{Now}: {machine.Name} left with {string.Join(",", machine.Running.Keys)}");
                (machine.HasLeft, machine.LeftAt) = (true, Now);
                machine.LeftWith.Clear();
                foreach (var other in _machines.Values)
                    if (other != machine && machine.Core?.Dc is { } dc && other.Core?.Dc == dc && Hears(machine, other)) machine.LeftWith[other.Name] = other.Life;
                machine.Core = null;
                machine.Life = ++_lives;
                Unheard(machine);
                break;
            case CrmEffect.GiveUp:
                Note($"{machine.Name}: gives up {string.Join(",", machine.Running.Keys)}");
                if (machine.Lied is not { } lied || lied.Life != machine.Life) Violations.Add($"{Now}: {machine.Name} gives up, and nobody has proven it off");
                machine.Core = null;
                var life = machine.Life = ++_lives;
                // What ends it stops all it finds, and then the daemon, which is not heard from then on.
                After(200 + _random.Next(2000), null, () =>
                {
                    if (machine.Life != life) return;
                    machine.Running.Clear();
                    (machine.HasLeft, machine.IsSuspect) = (true, false);
                    foreach (var other in _machines.Values)
                        if (other != machine && other.Core is not null && Hears(machine, other)) Tell(other, new ClusterEvent.Received(machine.Name, Message.Of("shutdone", ("st", "dead")), false));
                    Unheard(machine);
                });
                break;
        }
    }

    private void Deliver(Machine from, Message message)
    {
        if (_watch) Note($"{from.Name} says {message.Type} {string.Join(' ', message.Fields.Where(f => f.Name != "xml").Select(f => f.Name + "=" + message[f.Name]))}");
        if (Loses(from.Name, message)) return;
        foreach (var to in _machines.Values)
        {
            if (to == from || to.Core is null || !Hears(from, to)) continue;
            // A sender's messages keep their order.
            var at = Now + TimeSpan.FromMilliseconds(1 + _random.Next(15));
            if (from.LastTo.TryGetValue(to.Name, out var last) && at <= last) at = last + TimeSpan.FromTicks(1);
            from.LastTo[to.Name] = at;
            var (life, sender, its) = (to.Life, from.Name, from.Life);
            _events.Enqueue(() =>
            {
                if (to.Life != life || to.Core is null || !Hears(from, to)) return;
                to.Heard[sender] = (life, its);
                Tell(to, new ClusterEvent.Received(sender, message, false));
            }, (at.Ticks, ++_number));
        }
    }

    private void Policy(Machine machine, CrmEffect.RunPolicy run)
    {
        if (Environment.GetEnvironmentVariable("APPLIANCE_STORM") is not null)
            foreach (var state in run.Document.Element("status")!.Elements("node_state"))
                Note($"  {machine.Name} sees {state["uname"]}: in_ccm={state["in_ccm"]} crmd={state["crmd"]} join={state["join"]} expected={state["expected"]} {state["crm-debug-origin"]} {state.Element("transient_attributes")?.ToString(CibFormat.Compact)}");
        PolicyRun? made = null;
        var lines = new List<(LogPriority, string)>();
        try
        {
            made = PolicyRun.Schedule(run.Document, run.Now.ToUnixTimeSeconds(), PosixPattern.Of, run.Question, secretsBlotted: false);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            lines.Add((LogPriority.Error, e.ToString()));
        }
        Step(machine, new CrmInput.PolicyEnded(new(run.Question, made?.Graph, PolicyVerdict.Fine, made?.Model.RecheckBy ?? 0, lines)));
    }

    private void Act(Machine machine, CrmEffect.CallAgent call)
    {
        var order = call.Order;
        var end = AgentFails(machine.Name, order);
        if (end is null)
        {
            var runs = machine.Running.GetValueOrDefault(order.Resource);
            var code = 0;
            switch (order.Action)
            {
                case "start":
                    machine.Running[order.Resource] = "Started";
                    break;
                case "stop": machine.Running.Remove(order.Resource); break;
                case "promote": machine.Running[order.Resource] = "Promoted"; break;
                case "demote": machine.Running[order.Resource] = "Started"; break;
                case "monitor": code = runs switch { null => 7, "Promoted" => 8, _ => 0 }; break;
            }
            end = new(code, OperationStatus.Done);
        }
        Note($"{machine.Name}: {order.Key} = {end.Code}");
        CheckOwners(order.Resource);
        Step(machine, new CrmInput.AgentEnded(call.CallId, end));
    }

    private void CheckOwners(string resource)
    {
        // A fencing device is used from where it runs, and may be from several nodes.
        if (resource.StartsWith("power", StringComparison.Ordinal) || MayRunEverywhere.Contains(resource)) return;
        // Of what runs where a device has lied nobody else can know.
        var owners = _machines.Values.Where(m => m.Running.ContainsKey(resource) && !m.IsSuspect).Select(m => m.Name).ToList();
        if (owners.Count > 1) Violations.Add($"{Now}: {resource} runs on {string.Join(" and ", owners)}");
    }

    private void Fence(Machine machine, CrmEffect.Fence fence)
    {
        var target = fence.Wish.Target;
        Note($"{machine.Name}: fences {target}");
        // Where the cluster took a document that says nothing of it, nobody knows any more what it left.
        if (_machines[target] is { HasLeft: true } left && left.LeftWith.TryGetValue(machine.Name, out var life) && life == machine.Life && machine.Core!.Document.Element("status")?.Elements("node_state").Any(s => s["uname"] == target) == true) Violations.Add($"{Now}: {machine.Name} fences {target}, which left in good order");
        if (!_machines.Values.Any(m => m.HasDevices && (m == machine || m.Core is not null && Hears(machine, m))))
        {
            Note($"{machine.Name}: there is no device");
            After(1, machine, () => Step(machine, new CrmInput.FencingEnded(fence.Ticket, new($"f{++_number}", FencingOutcome.NoDevice, "no device", null))));
            return;
        }
        // What is against a node itself another one has done, where there is one.
        var by = machine.Name != target ? machine : _machines.Values.FirstOrDefault(m => m != machine && m.Core is not null && Hears(machine, m)) ?? machine;
        Shoot(by, target, fence.Wish.Action, "crmd", (id, works) => After(0, machine, () => Step(machine, new CrmInput.FencingEnded(fence.Ticket, new(id, works ? FencingOutcome.Done : FencingOutcome.Failed, works ? "proven" : "refused", by.Name)))));
    }

    /// <summary>A person has a node fenced, from another one.</summary>
    /// <param name="toldAfter">How long after the machine is off that is known.</param>
    public void FenceByHand(string from, string target, TimeSpan toldAfter = default)
    {
        Note($"{from}: stonith_admin --reboot {target}");
        Shoot(_machines[from], target, FenceAction.Reboot, "stonith_admin.1", (_, _) => { }, toldAfter);
    }

    /// <summary>A person says that a node is off (<c>stonith_admin --confirm</c>), whether it is or not.</summary>
    public void Confirm(string from, string target)
    {
        Note($"{from}: stonith_admin --confirm {target}");
        var (by, said) = (_machines[from], _machines[target]);
        var record = new FencingRecord($"f{++_number}", target, FenceAction.Off, from, "stonith_admin.1", FencingRecord.Human, FencingState.Done, Wall, "");
        if (said.Core is not null && by.Core is not null)
        {
            var knows = by.Heard.GetValueOrDefault(target) == (by.Life, said.Life);
            (said.Lied, said.IsSuspect) = ((said.Life, by, knows ? by.Life : -1), true);
        }
        After(0, by, () => Step(by, new CrmInput.Switching(record.Id, target)));
        foreach (var other in _machines.Values)
            if (other == by || Hears(by, other)) After(1, other, () => Step(other, new CrmInput.FencingRecorded(record)));
    }

    private void Shoot(Machine by, string target, FenceAction action, string client, Action<string, bool> ended, TimeSpan toldAfter = default)
    {
        var record = new FencingRecord($"f{++_number}", target, action, by.Name, client, null, FencingState.Query, null, "");
        After(0, by, () => Step(by, new CrmInput.Switching(record.Id, target)));
        var life = by.Life;
        After(500 + _random.Next(1500), null, () =>
        {
            if (by.Life != life || by.Core is null)
            {
                ended(record.Id, false);        // it went away in the middle of it
                return;
            }
            var works = FencingWorks(target);
            if (works && _machines[target].Core is not null && FencingLies(target))
            {
                Note($"{target}: stays on, and its device says that it is off");
                // Who has never heard that life cannot tell it from the one before it.
                var knows = by.Heard.GetValueOrDefault(target) == (by.Life, _machines[target].Life);
                (_machines[target].Lied, _machines[target].IsSuspect) = ((_machines[target].Life, by, knows ? by.Life : -1), true);
            }
            else if (works)
            {
                Kill(target);
                if (action == FenceAction.Reboot) After(20_000, null, () => Boot(target));
            }
            record = record with { Delegate = by.Name, State = works ? FencingState.Done : FencingState.Failed, Completed = Wall, Reason = works ? "" : "refused" };
            After((int)toldAfter.TotalMilliseconds, by, () =>
            {
                foreach (var other in _machines.Values)
                    if (other == by || Hears(by, other)) After(1, other, () => Step(other, new CrmInput.FencingRecorded(record)));
                ended(record.Id, works);
            });
        });
    }

    public void Note(string text) => Story.Add($"{Now.Ticks / (double)TimeSpan.TicksPerSecond:0.000} {text}");

    public string Tale => string.Join('\n', Story.TakeLast(Environment.GetEnvironmentVariable("APPLIANCE_STORM") is null ? 400 : 5_000_000));
}
