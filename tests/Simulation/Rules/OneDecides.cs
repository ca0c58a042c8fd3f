using Appliance.Core;
using Appliance.Simulation.Crm;
using Appliance.Simulation.Engine;

namespace Appliance.Simulation.Rules;

/// <summary>Of nodes that hear each other one decides.</summary>
/// <remarks>Excused as two owners are: while they could not hear each other, and as long after as it takes to notice (see <see cref="OneOwner"/>).</remarks>
internal sealed class OneDecides(World world, Silence silence)
{
    private readonly TimeSpan _resolve = 2 * world.Plan.DeadTime + TimeSpan.FromSeconds(15);
    private Instant _next;

    public void Check()
    {
        // They come and go seldom: that it is looked for seldom is part of the excuse.
        if (world.Now < _next) return;
        _next = world.Now + TimeSpan.FromMilliseconds(100);
        for (var a = 0; a < world.Machines.Count; a++)
            for (var b = a + 1; b < world.Machines.Count; b++)
                if (Decides(a) && Decides(b) && world.Now > silence.ExcusedUntil(a, b, _resolve))
                    throw new RuleBroken("one decides", world.Now, $"{world.Machines[a].Name} and {world.Machines[b].Name} both decide, and no silence between them explains it");
    }

    private bool Decides(int index) => world.Machines[index].Control is CrmControl { Node.IsDc: true, HasLeft: false };
}
