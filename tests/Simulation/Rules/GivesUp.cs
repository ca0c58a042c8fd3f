using Appliance.Core;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Rules;

/// <summary>A node that a device has proven off, or a person has confirmed, and that lives (the device is wired to another machine, or the person is wrong), gives up what it runs as soon as it and whoever has the proof hear each other.</summary>
/// <remarks>
/// Whatever runs there meanwhile runs twice, and nobody can prevent that: the other rules do not count what such a machine runs (<see cref="IsSuspect"/>). Who has the proof and has its CRM restarted does not tell of it
/// any more, and a CRM that was begun after the proof is another life: then the cluster finds what runs twice, as after a maintenance. So is one that whoever has the proof did not know when the device was spoken to: which of its
/// lives ended nobody can say, and it is fenced once more.
/// </remarks>
internal sealed class GivesUp(World world, Silence silence)
{
    /// <summary>The fencers' last word, the CRM's, and the end of what was under way.</summary>
    private static readonly TimeSpan Telling = TimeSpan.FromSeconds(5);

    /// <summary>A daemon that is started finds what runs from before, and the cluster what runs twice.</summary>
    private static readonly TimeSpan Found = TimeSpan.FromMinutes(1);

    private readonly (ControlProcess Life, Machine By, ControlProcess Prover, bool IsKnown, Instant At)?[] _lied = new (ControlProcess, Machine, ControlProcess, bool, Instant)?[world.Machines.Count];
    private readonly Instant[] _suspectUntil = new Instant[world.Machines.Count], _memberSince = [.. world.Machines.Select(_ => Instant.Never)];

    /// <summary>A device proved it off while it had its power, and what it ran may run there yet.</summary>
    public bool IsSuspect(Machine machine) => _suspectUntil[machine.Index] >= world.Now;

    /// <summary>A device says that a machine is off. Where it is wired to another one, that proves nothing.</summary>
    /// <returns>It was a lie.</returns>
    public bool Proves(Machine by, ControlProcess prover, Machine target, Instant began)
    {
        if (!target.Powered || world.Fencing[FencingDevices.BmcOf(target.Name)].MiswiredUntil < began) return false;
        world.Trace.Say(0x61, target.Name, $"was proven off by a device that is wired to another machine");
        Lied(by, prover, target, began);
        return true;
    }

    /// <summary>A person says that a machine is off. Only a CRM tells it.</summary>
    public void Confirmed(Machine by, ControlProcess prover, Machine target)
    {
        if (!target.Powered || world.Plan.Crm is null) return;
        world.Trace.Say(0x62, target.Name, $"is off, says a person to {by.Name}, and is not");
        Lied(by, prover, target, world.Now);
    }

    private void Lied(Machine by, ControlProcess prover, Machine target, Instant began)
    {
        world.Count.Lied++;
        _suspectUntil[target.Index] = Instant.Never;
        var since = _memberSince[target.Index];
        if (target.Control is { } life) _lied[target.Index] = (life, by, prover, since < began && silence.LastHeard(by, target.Index) > since, world.Now);
    }

    /// <summary>A CRM begins, and is no member yet.</summary>
    public void Begins(Machine machine) => _memberSince[machine.Index] = Instant.Never;

    /// <summary>Its CRM follows somebody.</summary>
    public void Joined(Machine machine)
    {
        if (_memberSince[machine.Index] == Instant.Never) _memberSince[machine.Index] = world.Now;
    }

    public void PowerCut(Machine machine) => (_suspectUntil[machine.Index], _lied[machine.Index]) = (default, null);

    /// <summary>Its daemon begins anew.</summary>
    public void Started(Machine machine)
    {
        _lied[machine.Index] = null;
        if (IsSuspect(machine)) _suspectUntil[machine.Index] = world.Now + Found;
    }

    public void Changed(Machine machine)
    {
        if (!machine.Services.Active.Any()) _suspectUntil[machine.Index] = default;
    }

    /// <summary>A node gives up.</summary>
    public void GaveUp(Machine machine, ControlProcess control)
    {
        if (_lied[machine.Index]?.Life != control) throw new RuleBroken("gives up", world.Now, $"{machine.Name} gives up everything, and nobody has proven it off");
        world.Count.GaveUp++;
        _lied[machine.Index] = null;
    }

    public void Check()
    {
        for (var i = 0; i < _lied.Length; i++)
        {
            if (_lied[i] is not { IsKnown: true } lied || world.Machines[i] is not { } machine || machine.Control != lied.Life || lied.By.Control != lied.Prover) continue;
            var apart = silence.ExcusedUntil(i, lied.By.Index, world.Plan.DeadTime);
            var until = (apart > lied.At ? apart : lied.At) + world.Plan.DeadTime + Telling;
            if (world.Now > until) throw new RuleBroken("gives up", world.Now, $"{machine.Name} was proven off at {lied.At} by {lied.By.Name}, hears it, and goes on");
        }
    }
}
