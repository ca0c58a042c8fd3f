using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Mutations;

/// <summary>Failures do not count: what ends is restarted for ever.</summary>
internal sealed class Forgets_failures : Mutation
{
    public override IResourceManager Manager(Machine machine, IResourceManager real) => new Between(real);

    private sealed class Between(IResourceManager inner) : ManagerBetween(inner)
    {
        protected override ResourceManagerInput? Answer(ResourceManagerEffect effect) =>
            effect is ResourceManagerEffect.RememberMonitor { Memory.Groups.IsEmpty: false } remember ? new ResourceManagerInput.Cleanup(remember.Memory.Groups.Keys.First()) : null;
    }
}

/// <summary>Every question of the monitor is answered with "it runs".</summary>
internal sealed class Hears_no_failure : Mutation
{
    public override IResourceManager Manager(Machine machine, IResourceManager real) => new Between(real);

    private sealed class Between(IResourceManager inner) : ManagerBetween(inner)
    {
        protected override ResourceManagerInput? Answer(ResourceManagerEffect effect) =>
            effect is ResourceManagerEffect.Run { Within: not null } run ? new ResourceManagerInput.OperationEnded(run.OperationId, new(OperationOutcome.Ok, 0, "")) : null;
    }
}
