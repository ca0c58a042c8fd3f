using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Operations;
using Appliance.Simulation.Crm;
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

    /// <summary>All that runs.</summary>
    public IEnumerable<string> Active => _active;

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
        Set(CrmPlan.Promoted(resource), false);
        Set(resource, false);
        world.Rules.Restarts.EndedByItself(machine, resource);
    }

    /// <summary>Everything is stopped, as the emergency release does it.</summary>
    public void Release()
    {
        foreach (var resource in _active.ToArray()) Set(resource, false);
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

    /// <inheritdoc cref="Run(SimulatedProcess, ResourceSpec, ResourceAction, Action{OperationResult}, TimeSpan?)"/>
    public void Run(SimulatedProcess asker, OperationOrder order, Action<AgentEnd> ended)
    {
        var (chance, boot, name) = (world.Chance, _boot, order.Resource);
        var length = chance.Milliseconds(1, 60) * Mood.Slowness;
        var hangs = order.Action switch { "start" => Mood.HangingStarts.Contains(name), "stop" => Mood.HangingStops.Contains(name), "monitor" => Mood.HangingStatuses.Contains(name), _ => false };
        var fails = order.Action switch { "start" or "promote" => Mood.FailingStarts.Contains(name), "stop" => Mood.FailingStops.Contains(name), _ => false };
        var patience = order.Timeout > TimeSpan.Zero && order.Timeout < Patience ? order.Timeout : Patience;
        hangs |= length > patience;
        var turns = (!hangs && !fails) || (order.Action is "start" or "promote" && chance.Chance(0.5));
        var turnsAt = (hangs ? patience : length) * chance.Unit();
        Running++;
        if (turns && order.Action is "start" or "stop" or "promote" or "demote")
            world.After(turnsAt, () =>
            {
                if (boot == _boot && asker.Alive) Turn(name, order.Action);
            });
        world.After(hangs ? patience : length, () =>
        {
            if (boot != _boot) return;
            Running--;
            if (!asker.Alive) return;
            ended(hangs ? new(OcfCode.Generic, OperationStatus.Timeout, "no answer") : fails ? new(OcfCode.Generic, OperationStatus.Done, "the simulation says no") : new(Code(name, order.Action), OperationStatus.Done));
        });
    }

    private void Turn(string name, string action)
    {
        if (action is "stop" or "demote") Set(CrmPlan.Promoted(name), false);
        if (action is "start" or "stop") Set(name, action == "start");
        if (action == "promote" && IsActive(name)) Set(CrmPlan.Promoted(name), true);
    }

    private int Code(string name, string action)
    {
        if (action is "promote" or "demote" && !IsActive(name)) return OcfCode.NotRunning;
        if (action != "monitor") return OcfCode.Success;
        return !IsActive(name) ? OcfCode.NotRunning : IsActive(CrmPlan.Promoted(name)) ? OcfCode.RunningPromoted : OcfCode.Success;
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
