using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Tests.Fencer;

/// <summary>Machines with fencers, a network between them, and devices that really cut power; all in virtual time.</summary>
internal sealed class Site
{
    private readonly PriorityQueue<Action, (Instant, int)> _agenda = new();
    private int _entries;

    public Instant Now { get; private set; } = new(TimeSpan.TicksPerHour);
    public SortedDictionary<string, Node> Nodes { get; } = new(StringComparer.Ordinal);
    public SortedDictionary<string, Power> Powers { get; } = new(StringComparer.Ordinal);
    public TimeSpan Latency { get; set; } = TimeSpan.FromMilliseconds(2);
    public Random Chance { get; init; } = new(1);
    public List<string> Story { get; } = [];

    /// <summary>Whether the two hear each other.</summary>
    public Func<string, string, bool> Hears { get; set; } = (_, _) => true;

    public Site(params string[] nodes)
    {
        foreach (var name in nodes) Nodes[name] = new Node(this, name);
        foreach (var node in Nodes.Values) node.Take(new FencerInput.Members([.. nodes]));
        Run(TimeSpan.FromSeconds(1));
    }

    public Node this[string name] => Nodes[name];

    public static FencingDevice Device(string id, params string[] hosts) => new(id, "test", new(true, true, true, true)) { Hosts = [.. hosts] };

    /// <summary>The same devices and levels on all nodes.</summary>
    public Site With(FencingDevice[] devices, params TopologyLevel[] levels)
    {
        foreach (var device in devices) Powers.TryAdd(device.Id, new Power());
        foreach (var node in Nodes.Values) node.Take(new FencerInput.Configured([.. devices], [.. levels]));
        Run(TimeSpan.FromSeconds(1));
        Story.Clear();
        return this;
    }

    public void At(TimeSpan after, Action action) => _agenda.Enqueue(action, (Now + after, _entries++));

    public void Run(TimeSpan span)
    {
        var end = Now + span;
        while (true)
        {
            var tick = Nodes.Values.Where(n => n.IsAlive).Select(n => n.Core.NextDeadline).DefaultIfEmpty(Instant.Never).Min();
            var next = _agenda.TryPeek(out _, out var at) ? Instant.Min(at.Item1, tick) : tick;
            if (next > end) break;
            if (next > Now) Now = next;
            if (_agenda.TryPeek(out _, out at) && at.Item1 <= Now) _agenda.Dequeue()();
            else
                foreach (var node in Nodes.Values.Where(n => n.IsAlive && n.Core.NextDeadline <= Now)) node.Take(new FencerInput.Tick());
        }
        Now = end;
    }

    public void Kill(string name)
    {
        Story.Add($"{name} loses its power");
        Nodes[name].IsAlive = false;
    }

    /// <summary>A device's behaviour.</summary>
    internal sealed class Power
    {
        public TimeSpan Speed { get; set; } = TimeSpan.FromMilliseconds(100);
        public Func<FenceAction, string, DeviceVerdict>? Says { get; set; }
        public bool Hangs { get; set; }
    }

    internal sealed class Node(Site site, string name)
    {
        public FencerCore Core { get; } = new(name, new SeededEntropy(site.Chance));
        public bool IsAlive { get; set; } = true;
        public List<FencingEnd> Ends { get; } = [];
        public List<string> Log { get; } = [];

        public void Order(string target, FenceAction action = FenceAction.Off, string id = "", double timeout = 10, TimeSpan delay = default, TimeSpan tolerance = default, string client = "test") =>
            Take(new FencerInput.Ordered(new(id.Length > 0 ? id : $"{name}-{target}-{action}-{site._entries}", target, action, TimeSpan.FromSeconds(timeout), client) { Delay = delay, Tolerance = tolerance }));

        public void Take(FencerInput input)
        {
            if (!IsAlive) return;
            var effects = new List<FencerEffect>();
            Core.Step(input, site.Now, DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(site.Now.Ticks), effects);
            foreach (var effect in effects) Carry(effect);
        }

        private void Carry(FencerEffect effect)
        {
            switch (effect)
            {
                case FencerEffect.Log log: Log.Add(log.Text); break;
                case FencerEffect.Ended ended: Ends.Add(ended.End); break;
                case FencerEffect.Say say:
                    foreach (var to in say.To is { } one ? site.Nodes.Values.Where(n => n.Core != Core && n == site.Nodes[one]) : site.Nodes.Values.Where(n => n.Core != Core))
                        if (site.Hears(name, site.NameOf(to)))
                            site.At(site.Latency, () => to.Take(new FencerInput.Heard(name, say.Message)));
                    break;
                case FencerEffect.Run run:
                    var power = site.Powers[run.Device];
                    if (run.Action is FenceAction.Off or FenceAction.Reboot or FenceAction.On) site.Story.Add($"{name}: {run.Action} {run.Target} by {run.Device}");
                    if (power.Hangs) site.At(run.Time, () => Take(new FencerInput.DeviceEnded(run.Id, new(VerdictKind.TimedOut, "it hangs"))));
                    else
                        site.At(power.Speed, () =>
                        {
                            var verdict = power.Says?.Invoke(run.Action, run.Target) ?? DeviceVerdict.Is(run.Action is FenceAction.Off or FenceAction.Reboot ? PowerState.Off : PowerState.On, "it says so");
                            // The command left the machine when the run began: a machine that died since does not call it back.
                            if (verdict.IsProven && run.Action is FenceAction.Off or FenceAction.Reboot && site.Nodes.TryGetValue(run.Target, out var target) && target.IsAlive) site.Kill(run.Target);
                            Take(new FencerInput.DeviceEnded(run.Id, verdict));
                        });
                    break;
            }
        }
    }

    private string NameOf(Node node) => Nodes.First(n => n.Value == node).Key;

    private sealed class SeededEntropy(Random chance) : Devices.IEntropy
    {
        public void Fill(Span<byte> bytes) => chance.NextBytes(bytes);
    }
}
