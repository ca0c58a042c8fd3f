using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Simulation.Engine;

namespace Appliance.Simulation.Machines;

/// <summary>How a machine's resource agents behave at present.</summary>
internal sealed class AgentMood
{
    /// <summary>Every action takes this many times longer.</summary>
    public double Slowness { get; set; } = 1;
    public HashSet<string> FailingStarts { get; } = [];
    public HashSet<string> FailingStops { get; } = [];
    public HashSet<string> HangingStarts { get; } = [];
    public HashSet<string> HangingStops { get; } = [];
    public HashSet<string> HangingStatuses { get; } = [];

    public void Calm()
    {
        Slowness = 1;
        FailingStarts.Clear();
        FailingStops.Clear();
        HangingStarts.Clear();
        HangingStops.Clear();
        HangingStatuses.Clear();
    }
}

/// <summary>The services of one machine and the agents that start, stop and ask them. Outlives the daemon, not the power.</summary>
internal sealed class Services(World world, Machine machine)
{
    /// <summary>When an executor gives up a hanging agent: short, so that a seed sees the end of it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);

    private readonly HashSet<string> _active = [];
    private int _boot;

    public AgentMood Mood { get; } = new();

    /// <summary>Agents at work; a killed control takes its agents with it.</summary>
    public int Running { get; private set; }

    public bool IsActive(string resource) => _active.Contains(resource);

    public void PowerCut()
    {
        _boot++;
        Running = 0;
        foreach (var resource in _active.ToArray()) Set(resource, false);
        Mood.Calm();
    }

    /// <summary>A service ends and nobody stopped it.</summary>
    public void Ends(string resource)
    {
        Set(resource, false);
        world.Rules.Restarts.EndedByItself(machine, resource);
    }

    /// <summary>Runs one action; <paramref name="ended"/> is called unless the power goes or <paramref name="asker"/> dies first.</summary>
    public void Run(SimulatedProcess asker, ResourceSpec resource, ResourceAction action, Action<OperationResult> ended, TimeSpan? within = null)
    {
        var (chance, boot, name) = (world.Chance, _boot, resource.Text);
        var length = chance.Milliseconds(1, 60) * Mood.Slowness;
        var hangs = action == ResourceAction.Start ? Mood.HangingStarts.Contains(name) : action == ResourceAction.Stop && Mood.HangingStops.Contains(name);
        var fails = action == ResourceAction.Start ? Mood.FailingStarts.Contains(name) : action == ResourceAction.Stop && Mood.FailingStops.Contains(name);
        var patience = within is { } time && time < Patience ? time : Patience;
        if (length > patience || action == ResourceAction.Status && Mood.HangingStatuses.Contains(name)) hangs = true;
        // The service changes somewhere within the action: early, late, or (when it fails or hangs) perhaps not at all.
        var turns = (!hangs && !fails) || (action == ResourceAction.Start && chance.Chance(0.5));
        var turnsAt = (hangs ? patience : length) * chance.Unit();
        Running++;
        if (turns && action != ResourceAction.Status)
            world.After(turnsAt, () =>
            {
                if (boot == _boot && asker.Alive) Set(name, action == ResourceAction.Start);
            });
        world.After(hangs ? patience : length, () =>
        {
            if (boot != _boot) return;
            Running--;
            if (!asker.Alive) return;
            ended(Result(name, action, hangs, fails));
        });
    }

    private OperationResult Result(string name, ResourceAction action, bool hangs, bool fails) => action switch
    {
        _ when hangs => new(OperationOutcome.TimedOut, -1, "no answer"),
        _ when fails => new(OperationOutcome.Failed, 1, "the simulation says no"),
        ResourceAction.Status => IsActive(name) ? new(OperationOutcome.Ok, 0, "") : new(OperationOutcome.NotRunning, 3, ""),
        _ => new(OperationOutcome.Ok, 0, ""),
    };

    private void Set(string resource, bool active)
    {
        if (active ? !_active.Add(resource) : !_active.Remove(resource)) return;
        world.Trace.Say(active ? 0xA1UL : 0xA0UL, machine.Name, $"{resource} is {(active ? "ACTIVE" : "inactive")}");
        world.Rules.ServiceChanged(machine, resource, active);
    }
}
