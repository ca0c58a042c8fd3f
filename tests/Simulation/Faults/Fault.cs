using System.Globalization;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Network;

namespace Appliance.Simulation.Faults;

/// <summary>One thing that goes wrong in a world, from <paramref name="At"/> (counted from the beginning) for a while, or at once.</summary>
/// <param name="For">Zero: it happens and is over.</param>
internal abstract record Fault(TimeSpan At, TimeSpan For)
{
    /// <summary>How long the cluster may still be busy with it when it is over (processes come back, agents are run again).</summary>
    protected virtual TimeSpan Aftermath => TimeSpan.Zero;

    /// <summary>Plans it: the world calls it when its time has come.</summary>
    public void Plan(World world, Action<Action> atHeal) => world.After(At, () =>
    {
        if (world.Healed) return;
        world.Trace.Say(0x50, "fault", $"{this}");
        var calm = world.Rules.Silence.Disturb();
        var ended = false;
        Begin(world);
        world.After(For, Over);
        atHeal(Over);

        void Over()
        {
            if (ended) return;
            ended = true;
            if (For > TimeSpan.Zero) world.Trace.Say(0x51, "fault", $"over: {GetType().Name}");
            End(world);
            world.After(Aftermath, calm);
        }
    });

    protected abstract void Begin(World world);

    protected virtual void End(World world) { }

    public sealed override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{GetType().Name} {Text}{(For > TimeSpan.Zero ? $" for {For.TotalSeconds:0.0} s" : "")}");

    protected abstract string Text { get; }
}

/// <summary>A segment loses, repeats, damages and delays packets; different delays put them out of order.</summary>
internal sealed record Noise(TimeSpan At, TimeSpan For, string Segment, double Loss, double Duplication, double Corruption, double DelayMs) : Fault(At, For)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"on {Segment}: loss {Loss:0.00}, duplication {Duplication:0.00}, corruption {Corruption:0.00}, delay {DelayMs:0} ms");

    protected override void Begin(World world) => Add(world, 1);

    protected override void End(World world) => Add(world, -1);

    private void Add(World world, int sign)
    {
        foreach (var path in world.Segments[Segment].Paths)
        {
            path.Loss += sign * Loss;
            path.Duplication += sign * Duplication;
            path.Corruption += sign * Corruption;
            path.DelayHighMs += sign * DelayMs;
        }
    }
}

/// <summary>Some machines are not heard by the others, and (unless one-way) do not hear them, over any segment.</summary>
/// <param name="Side">Bit set of machines on one side.</param>
internal sealed record Partition(TimeSpan At, TimeSpan For, int Side, bool OneWay) : Fault(At, For)
{
    protected override string Text => $"{(OneWay ? "one-way, from" : "around")} machines {string.Join(',', Enumerable.Range(0, 8).Where(i => (Side & (1 << i)) != 0))}";

    protected override void Begin(World world) => Add(world, 1);

    protected override void End(World world) => Add(world, -1);

    private void Add(World world, int sign)
    {
        foreach (var segment in world.Segments.Values)
        {
            if (segment is PingHost) continue;
            foreach (var from in world.Machines)
                foreach (var to in world.Machines)
                {
                    var (fromSide, toSide) = ((Side >> from.Index) & 1, (Side >> to.Index) & 1);
                    if (fromSide != toSide && (!OneWay || fromSide == 1)) segment[from.Index, to.Index].Blocked += sign;
                }
        }
    }
}

/// <summary>All cables between two machines are out, the serial one too: its ends see the carrier go. What else is plugged in (a router) is reached.</summary>
internal sealed record CablesOut(TimeSpan At, TimeSpan For) : Fault(At, For)
{
    protected override string Text => "between the machines";

    protected override void Begin(World world) => Add(world, 1);

    protected override void End(World world) => Add(world, -1);

    private static void Add(World world, int sign)
    {
        foreach (var segment in world.Segments.Values)
        {
            if (segment is PingHost) continue;
            if (segment is SerialLine line) line.Pulled += sign;
            foreach (var from in world.Machines)
                foreach (var to in world.Machines)
                    if (from != to) segment[from.Index, to.Index].Blocked += sign;
        }
    }
}

/// <summary>One machine's cable is out of one segment.</summary>
internal sealed record Unplugged(TimeSpan At, TimeSpan For, string Segment, int Machine) : Fault(At, For)
{
    protected override string Text => $"machine {Machine} from {Segment}";

    protected override void Begin(World world) => Add(world, 1);

    protected override void End(World world) => Add(world, -1);

    private void Add(World world, int sign)
    {
        var segment = world.Segments[Segment];
        if (segment is SerialLine line) line.Pulled += sign;
        foreach (var other in world.Machines)
        {
            segment[other.Index, Machine].Blocked += sign;
            if (other.Index != Machine) segment[Machine, other.Index].Blocked += sign;
        }

        var machine = world.Machines[Machine];
        for (var medium = 0; medium < machine.Ports.Length; medium++)
            if (machine.Ports[medium] == segment) machine.Pulse?.MediumFault(medium, sign > 0 ? "network is down" : null);
    }
}

/// <summary>A machine loses power and gets it back.</summary>
/// <param name="AfterEffects">0: now. Otherwise between two effects: after so many more.</param>
internal sealed record PowerFailure(TimeSpan At, int Machine, int AfterEffects, TimeSpan OffFor) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"of machine {Machine}{(AfterEffects > 0 ? $" after {AfterEffects} more effects" : "")}, {OffFor.TotalSeconds:0.0} s long");

    protected override void Begin(World world)
    {
        if (AfterEffects == 0) world.Machines[Machine].MainsFail("power failure", OffFor);
        else world.Machines[Machine].CrashAfterEffects(AfterEffects, OffFor);
    }
}

/// <summary>kill -9 of control alone: pulse starts another.</summary>
internal sealed record ControlKilled(TimeSpan At, int Machine) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => $"on machine {Machine}";

    protected override TimeSpan Aftermath => TimeSpan.FromSeconds(3);

    protected override void Begin(World world) => world.Machines[Machine].KillControl();
}

/// <summary>kill -9 of the whole daemon; services run on, and the service manager starts it again.</summary>
internal sealed record DaemonKilled(TimeSpan At, int Machine, TimeSpan BackAfter) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"on machine {Machine}, back after {BackAfter.TotalSeconds:0.0} s");

    protected override TimeSpan Aftermath => BackAfter + TimeSpan.FromSeconds(3);

    protected override void Begin(World world) => world.Machines[Machine].KillDaemon(BackAfter);
}

/// <summary>SIGSTOP and, later, SIGCONT.</summary>
internal sealed record Frozen(TimeSpan At, TimeSpan For, int Machine) : Fault(At, For)
{
    protected override string Text => $"machine {Machine}";

    protected override void Begin(World world) => world.Machines[Machine].Freeze();

    protected override void End(World world) => world.Machines[Machine].Thaw();
}

/// <summary>Somebody sets the wall clock.</summary>
internal sealed record ClockStepped(TimeSpan At, int Machine, TimeSpan By) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"on machine {Machine} by {By.TotalMinutes:0} min");

    protected override void Begin(World world) => world.Machines[Machine].ClockStep += By;
}

/// <summary>What is wrong with agents.</summary>
internal enum AgentTrouble { Slow, StartFails, StopFails, StartHangs, StopHangs }

/// <summary>A resource's agent on one machine misbehaves; when it is repaired the operator says <c>appliance cleanup</c> there.</summary>
internal sealed record AgentFails(TimeSpan At, TimeSpan For, int Machine, string Resource, AgentTrouble Trouble, double Slowness) : Fault(At, For)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"{Trouble} of {Resource} on machine {Machine}{(Trouble == AgentTrouble.Slow ? $" (all agents, {Slowness:0} times)" : "")}");

    // An agent that began to hang before the end is given up later; then the operator's cleanup stops what is blocked.
    protected override TimeSpan Aftermath => Services.Patience * 2;

    protected override void Begin(World world)
    {
        var mood = world.Machines[Machine].Services.Mood;
        switch (Trouble)
        {
            case AgentTrouble.Slow: mood.Slowness = Slowness; break;
            case AgentTrouble.StartFails: mood.FailingStarts.Add(Resource); break;
            case AgentTrouble.StopFails: mood.FailingStops.Add(Resource); break;
            case AgentTrouble.StartHangs: mood.HangingStarts.Add(Resource); break;
            default: mood.HangingStops.Add(Resource); break;
        }
    }

    protected override void End(World world)
    {
        world.Machines[Machine].Services.Mood.Calm();
        Operator.CleansUp(world.Machines[Machine]);
    }
}
