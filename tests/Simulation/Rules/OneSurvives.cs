using Appliance.Core;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Stonith.Cluster;

namespace Appliance.Simulation.Rules;

/// <summary>Of two nodes that fence each other never both lose their power, where the rules for delays are in force.</summary>
/// <remarks>
/// The delay of the favoured one's fencing is longer than two nodes of a pair can be apart in noticing a split, and than a device takes. Where they noticed it further apart
/// than that, the delay is used up by the difference and promises nothing, in Pacemaker too: such worlds are excused by the instants of the two orders. So are those in which a
/// device was in trouble, or a node stood still, between order and cut: the delay was measured for devices and nodes that work. So is what a person has fenced: that order may be from before the split, with its delay over when the other one's begins; but only as long as the order may last.
/// </remarks>
internal sealed class OneSurvives(World world)
{
    /// <summary>What a device that works takes from the order to the cut, and what its conversation takes before.</summary>
    private static readonly TimeSpan DeviceTime = TimeSpan.FromSeconds(2.5);

    private readonly Instant[] _ordered = new Instant[world.Machines.Count * world.Machines.Count];
    private readonly Instant[] _byHandUntil = new Instant[world.Machines.Count];
    private readonly (Machine By, Instant At)?[] _cut = new (Machine, Instant)?[world.Machines.Count];

    /// <summary>How often both died, excused or without a delay.</summary>
    public int BothDied { get; private set; }

    public void Ordered(Machine by, Machine target) => _ordered[Pair(by, target)] = world.Now;

    /// <summary>A person has a machine fenced.</summary>
    public void OrderedByHand(Machine target) => _byHandUntil[target.Index] = world.Now + FencingWish.DefaultTimeout;

    public void PoweredOn(Machine machine) => (_cut[machine.Index], _byHandUntil[machine.Index]) = (null, default);

    public void Cut(Machine target, Machine by)
    {
        _cut[target.Index] = (by, world.Now);
        // The one that cut us has lost its power by a device that we ordered, and not come back.
        if (by.Powered || _cut[by.Index] is not { } other || other.By != target) return;
        BothDied++;
        if (world.Machines.Count != 2 || world.Plan.FavouredDelay == TimeSpan.Zero || _byHandUntil[target.Index] > world.Now || _byHandUntil[by.Index] > world.Now) return;
        var (mine, theirs) = (_ordered[Pair(by, target)], _ordered[Pair(target, by)]);
        var since = Instant.Min(mine, theirs);
        var apart = mine > theirs ? mine - theirs : theirs - mine;
        if (apart > world.Plan.FavouredDelay - DeviceTime || world.Fencing.All.Any(d => d.TroubledUntil >= since) || world.Machines.Any(m => m.StoodStillUntil >= since)) return;
        throw new RuleBroken("one survives", world.Now,
            $"{by.Name} and {target.Name} have fenced each other, ordered {apart.TotalSeconds:0.000} s apart; the delay that was to prevent it is {world.Plan.FavouredDelay.TotalSeconds:0.000} s");
    }

    private int Pair(Machine by, Machine target) => by.Index * world.Machines.Count + target.Index;
}
