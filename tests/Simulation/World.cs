using Appliance.Configuration;
using Appliance.Core;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Mutations;
using Appliance.Simulation.Network;
using Appliance.Simulation.Power;
using Appliance.Simulation.Rules;

namespace Appliance.Simulation;

/// <summary>A whole cluster in one thread and in virtual time: machines, cables, disks, agents, fencing devices, and the rules that watch them.</summary>
internal sealed class World
{
    /// <summary>A world of several nodes and three minutes has some ten thousand.</summary>
    private const int MostEvents = 300_000;

    private readonly EventQueue _events = new();
    private int _happened;

    public World(ClusterPlan plan, ulong seed, bool inWords = false, Mutation? mutation = null)
    {
        Plan = plan;
        Chance = new SeededRandom(seed);
        Mutation = mutation ?? Mutation.None;
        Trace = new Trace(_events, inWords);
        Fencing = new FencingDevices(this);
        Machines = [.. plan.Nodes.Select((_, i) => new Machine(this, i))];
        Rules = new Rulebook(this);
        Connect();
    }

    public ClusterPlan Plan { get; }
    public SeededRandom Chance { get; }
    public Mutation Mutation { get; }
    public Trace Trace { get; }
    public Recorder Recorder { get; } = new();
    public FencingDevices Fencing { get; }
    public IReadOnlyList<Machine> Machines { get; }
    public SortedDictionary<string, Segment> Segments { get; } = new(StringComparer.Ordinal);
    public Rulebook Rules { get; }
    public Instant Now => _events.Now;

    /// <summary>What is counted.</summary>
    public Counts Count { get; } = new();

    /// <summary>Everything is repaired: from now on the cluster must come to rest.</summary>
    public bool Healed { get; set; }

    public Machine this[string name] => Machines.First(m => m.Name == name);

    public void At(Instant when, Action happen) => _events.At(when, happen);

    public void After(TimeSpan delay, Action happen) => _events.After(delay, happen);

    /// <summary>Lets the world go on; every rule is checked after every event.</summary>
    public void Run(TimeSpan span)
    {
        var until = Now + span;
        while (_events.TryTake(until, out var happen))
        {
            happen();
            Rules.Check();
            if (++_happened > MostEvents) throw new RuleBroken("does not run in circles", Now, $"more than {MostEvents} events in one world");
        }
    }

    /// <summary>Goes on until something is so, looking every tenth of a second.</summary>
    /// <returns>How long it took; <c>null</c> when it did not come true in time.</returns>
    public TimeSpan? RunUntil(Func<bool> isSo, TimeSpan atMost, TimeSpan? look = null)
    {
        var since = Now;
        while (!isSo())
        {
            if (Now - since >= atMost) return null;
            Run(look ?? TimeSpan.FromMilliseconds(100));
        }

        return Now - since;
    }

    public void PowerOnAll()
    {
        foreach (var machine in Machines) machine.PowerOn();
    }

    private void Connect()
    {
        var count = Machines.Count;
        foreach (var machine in Machines)
        {
            var medium = 0;
            foreach (var (spec, name) in Plan.Cables(machine.Index))
            {
                if (!Segments.TryGetValue(name, out var segment))
                {
                    segment = spec switch
                    {
                        MediumSpec.Bcast => new Lan(this, name, count),
                        MediumSpec.Ucast => new Crossover(this, name, count),
                        MediumSpec.Serial serial => new SerialLine(this, name, count, serial.Baud / 10),    // 8N1: ten bits a byte
                        _ => new PingHost(this, name, count),
                    };
                    foreach (var path in segment.Paths) path.Heal(Plan.Loss);
                    Segments[name] = segment;
                }

                segment.Attach(machine, medium);
                machine.Ports[medium++] = segment;
            }
        }
    }
}

/// <summary>How much happened in a world, for those who want to know whether it was worth its time.</summary>
internal sealed class Counts
{
    public int PolicyRuns { get; set; }
    public int Transitions { get; set; }
    public int Acknowledged { get; set; }
    public int LeftInMaintenance { get; set; }
    public int QuorumLost { get; set; }

    /// <summary>Proofs that were none, and nodes that gave up because of one.</summary>
    public int Lied { get; set; }
    public int GaveUp { get; set; }
}
