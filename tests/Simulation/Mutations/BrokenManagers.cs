using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Mutations;

/// <summary>A fencing that failed, or did not answer, counts as confirmed.</summary>
internal sealed class Takes_over_without_confirmation : Mutation
{
    public override IResourceManager Manager(Machine machine, IResourceManager real) => new Between(real);

    private sealed class Between(IResourceManager inner) : ManagerBetween(inner)
    {
        protected override ResourceManagerInput Falsify(ResourceManagerInput input) =>
            input is ResourceManagerInput.FencingEnded { Result: not FencingResult.NoDevice } ended ? ended with { Result = FencingResult.Confirmed } : input;
    }
}

/// <summary>Nobody hears that a partition healed, nor which groups the other holds.</summary>
internal sealed class Skips_the_merge : Mutation
{
    public override IResourceManager Manager(Machine machine, IResourceManager real) => new Between(real);

    private sealed class Between(IResourceManager inner) : ManagerBetween(inner)
    {
        protected override ResourceManagerInput? Falsify(ResourceManagerInput input) => input switch
        {
            ResourceManagerInput.Cluster { Event: ClusterEvent.NodeReturned } => null,
            ResourceManagerInput.Cluster { Event: ClusterEvent.Received { Message.Type: "resource" } received } =>
                new ResourceManagerInput.Cluster(received with { Message = new Message([.. received.Message.Fields.Where(f => f.Name is not ("xg" or "xq"))]) }),
            _ => input,
        };
    }
}

/// <summary>No group is asked for its status: what is not known to run is taken to be stopped.</summary>
internal sealed class Skips_the_probe : Mutation
{
    public override IResourceManager Manager(Machine machine, IResourceManager real) => new Between(real);

    private sealed class Between(IResourceManager inner) : ManagerBetween(inner)
    {
        protected override ResourceManagerInput? Answer(ResourceManagerEffect effect) =>
            effect is ResourceManagerEffect.Run { Action: ResourceAction.Status } run
                ? new ResourceManagerInput.OperationEnded(run.OperationId, new(OperationOutcome.NotRunning, 3, "")) : null;
    }
}

/// <summary>A group is handed over before it is stopped.</summary>
internal sealed class Hands_over_before_it_stopped : Mutation
{
    public override IResourceManager Manager(Machine machine, IResourceManager real) => new Between(real);

    private sealed class Between(IResourceManager inner) : ManagerBetween(inner)
    {
        protected override ResourceManagerInput? Answer(ResourceManagerEffect effect) =>
            effect is ResourceManagerEffect.Run { Action: ResourceAction.Stop } run
                ? new ResourceManagerInput.OperationEnded(run.OperationId, new(OperationOutcome.Ok, 0, "")) : null;
    }
}

/// <summary>Reports of others are not heard: every node takes its own groups whoever has them.</summary>
internal sealed class Acquires_what_another_holds : Mutation
{
    public override IResourceManager Manager(Machine machine, IResourceManager real) => new Between(real);

    private sealed class Between(IResourceManager inner) : ManagerBetween(inner)
    {
        protected override ResourceManagerInput? Falsify(ResourceManagerInput input) =>
            input is ResourceManagerInput.Cluster { Event: ClusterEvent.Received { FromSelf: false, Message.Type: "resource" } received }
                ? new ResourceManagerInput.Cluster(received with
                {
                    Message = new Message([.. received.Message.Fields.Select(f => f.Name switch
                    {
                        "rsc_hold" => Message.Of("x", ("rsc_hold", "none")).Fields[1],
                        "xg" => Message.Of("x", ("xg", "")).Fields[1],
                        _ => f,
                    })]),
                }) : input;
    }
}
