using Appliance.Configuration;
using Appliance.Core;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>Where a pair needs a carrier and nothing else: one that is alone without any begins nothing ("cut off"), and only a carrier that went takes quorum ("carriers only take").</summary>
/// <remarks>
/// Known from what the line really showed at each reading. A carrier that was never there since the daemon's start is not known, and one whose line lies says nothing. What has begun by order of a moment before is excused:
/// a beat or two until it is believed (after a time in which the daemon stood still and read nothing: from its end), and as long as control and what is under way may take.
/// </remarks>
internal sealed class LostCarriers(World world, Silence silence)
{
    private static readonly TimeSpan UnderWay = TimeSpan.FromSeconds(1);

    private readonly (PulseProcess? Of, Instant Seen, Instant Missed)[] _last = new (PulseProcess?, Instant, Instant)[world.Machines.Count];

    private bool IsAsked => world.Machines.Count == 2 && world.Plan.Quorum is { Needs: QuorumNeeds.Carrier };

    /// <summary>A reading.</summary>
    public void Shown(Machine machine, PulseProcess pulse, bool? shown)
    {
        ref var last = ref _last[machine.Index];
        if (shown is true) last = (pulse, world.Now, last.Missed);
        else if (shown is false) last.Missed = world.Now;
    }

    /// <summary>A CRM calls an agent to start or promote something, as <paramref name="dc"/> says.</summary>
    public void Starting(Machine machine, Machine dc, string resource)
    {
        if (!IsAsked || machine != dc || !HasLost(machine, out var since)) return;
        var other = world.Machines[1 - machine.Index];
        if (world.Now - since <= world.Plan.KeepAlive * 3 + UnderWay || silence.SilentFor(machine, other.Index) is not { } silent || silent <= world.Plan.DeadTime + UnderWay) return;
        throw new RuleBroken("cut off", world.Now, $"{machine.Name} starts {resource}, which has heard nothing for {silent.TotalSeconds:0.0} s, and whose line has shown no carrier for {(world.Now - since).TotalSeconds:0.0} s");
    }

    /// <summary>A CRM says that its part has no quorum.</summary>
    public void QuorumLost(Machine machine)
    {
        if (!IsAsked) return;
        var ago = world.Now - _last[machine.Index].Missed;
        if (_last[machine.Index].Of != machine.Pulse || ago > world.Plan.KeepAlive * 3 + UnderWay)
            throw new RuleBroken("carriers only take", world.Now, $"{machine.Name} has no quorum, and its line ({world.Plan.Modem}) has not lost a carrier since its daemon started");
    }

    private bool HasLost(Machine machine, out Instant since)
    {
        var (of, seen, missed) = _last[machine.Index];
        since = machine.StoodStillUntil > seen ? machine.StoodStillUntil : seen;
        return of is not null && of == machine.Pulse && missed > seen;
    }
}
