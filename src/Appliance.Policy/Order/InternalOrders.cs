using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack.Constraints;

namespace Appliance.Policy.Order;

/// <summary>Orderings and colocations that nobody configures: within a resource, and between a collective and its parts.</summary>
internal static class InternalOrders
{
    public static void Add(Scheduling model, PolicyResource resource)
    {
        switch (resource)
        {
            case Group group: AddGroup(model, group); break;
            case Clone clone: AddClone(model, clone); break;
            case Bundle bundle: BundleOrders.Add(model, bundle); break;
            default: AddPrimitive(model, resource); break;
        }
    }

    private static void AddPrimitive(Scheduling model, PolicyResource resource)
    {
        if (!resource.Managed) return;
        void Own(string first, string then, OrderFlags flags) => Orders.Resources(model, resource, first, resource, then, flags);
        string Key(string task) => Naming.Key(resource.Id, task, 0);

        Own(Operation.Stop, Operation.Start, OrderFlags.Ordered | OrderFlags.FirstImpliesThen | OrderFlags.IntermediateStop);
        if (resource.Top().Has(ResourceFlags.Promotable) || resource.Role > Role.Unpromoted)
        {
            Own(Operation.Demote, Operation.Stop, OrderFlags.PromotedThenImpliesFirst);
            Own(Operation.Start, Operation.Promote, OrderFlags.UnrunnableFirstBlocks);
        }
        Own(Operation.LrmDelete, Operation.Monitor, OrderFlags.IfOnSameNode | OrderFlags.ThenCancelsFirst);
        var unfencing = !resource.IsFenceDevice && model.Options.UnfencingInUse && resource.Has(ResourceFlags.NeedsUnfencing);
        var utilization = resource.Utilization.Count > 0 && model.Options.PlacementStrategy != "default";
        var allowed = resource.Allowed.ByName();
        if (unfencing)
            foreach (var candidate in allowed)
            {
                var on = FencingActions.Operate(model, candidate.Node, Operation.On, optional: true, null, priorityDelay: false);
                Orders.Note(model, resource, Key(Operation.Stop), null, null, on.Key, on, OrderFlags.Ordered | OrderFlags.IfOnSameNode);
                Orders.Note(model, null, on.Key, on, resource, Key(Operation.Start), null, OrderFlags.FirstImpliesSameNodeThen | OrderFlags.IfOnSameNode);
            }
        if (utilization) AddUtilization(model, resource, allowed);
        if (resource.Launcher is { } launcher) AddLauncher(model, resource, launcher);
        if (resource.IsRemoteConnection || resource.IsFenceDevice) AvoidRemoteNodes(resource);
    }

    private static void AddUtilization(Scheduling model, PolicyResource resource, List<Candidate> allowed)
    {
        string Key(string task) => Naming.Key(resource.Id, task, 0);
        foreach (var current in resource.Active)
        {
            var loadStopped = LoadStopped(model, current);
            if (loadStopped.Node is null) loadStopped.Node = current;
            Orders.Note(model, resource, Key(Operation.Stop), null, null, loadStopped.Key, loadStopped, OrderFlags.IfOnSameNodeOrTarget);
        }
        foreach (var candidate in allowed)
        {
            var loadStopped = LoadStopped(model, candidate.Node);
            Orders.Note(model, null, loadStopped.Key, loadStopped, resource, Key(Operation.Start), null, OrderFlags.IfOnSameNodeOrTarget);
            Orders.Note(model, null, loadStopped.Key, loadStopped, resource, Key(Operation.MigrateTo), null, OrderFlags.IfOnSameNodeOrTarget);
        }
    }

    private static PolicyAction LoadStopped(Scheduling model, PolicyNode node)
    {
        var action = Actions.Pseudo(model, $"{Operation.LoadStopped}_{node.Name}");
        if (action.Node is null)
        {
            action.Node = node;
            action.Clear(ActionFlags.Optional);
        }
        return action;
    }

    private static void AddLauncher(Scheduling model, PolicyResource resource, PolicyResource launcher)
    {
        PolicyResource? connection = null;
        if (resource.IsRemoteConnection)
        {
            if (launcher.Parent is not Bundle) AvoidRemoteNodes(launcher);
            Orders.Resources(model, launcher, Operation.Monitor, resource, Operation.Stop, OrderFlags.Ordered);
        }
        else if (launcher.IsRemoteConnection) connection = launcher;
        else
            foreach (var launched in launcher.Launched) if (launched.IsRemoteConnection) { connection = launched; break; }
        if (connection is not null)
        {
            foreach (var candidate in resource.Allowed)
                if (candidate.Node.Connection != connection) candidate.Score = -Scores.Infinity;
            return;
        }
        Orders.Starts(model, launcher, resource, OrderFlags.FirstImpliesThen | OrderFlags.UnrunnableFirstBlocks);
        Orders.Stops(model, resource, launcher, OrderFlags.ThenImpliesFirst);
        var score = resource.IsRemoteConnection && launcher.Parent is Bundle ? 10000 : Scores.Infinity;
        Colocations.Add(model, "#resource-with-container", null, score, resource, launcher, null, null, influence: true, isExplicit: false);
    }

    private static void AvoidRemoteNodes(PolicyResource resource)
    {
        foreach (var candidate in resource.Allowed)
            if (candidate.Node.Connection is not null) candidate.Score = -Scores.Infinity;
    }

    private static void AddGroup(Scheduling model, Group group)
    {
        void Own(string first, string then, OrderFlags flags) => Orders.Resources(model, group, first, group, then, flags);
        Own(Operation.Stop, Operation.Stopped, OrderFlags.UnrunnableFirstBlocks);
        Own(Operation.Stopped, Operation.Start, OrderFlags.Ordered);
        Own(Operation.Start, Operation.Running, OrderFlags.UnrunnableFirstBlocks);
        var promotable = group.Top().Has(ResourceFlags.Promotable);
        PolicyResource? previous = null, lastActive = null;
        foreach (var member in group.Children)
        {
            AddMember(model, group, member, previous, ref lastActive, promotable);
            previous = member;
        }
    }

    private static void AddMember(Scheduling model, Group group, PolicyResource member, PolicyResource? previous, ref PolicyResource? lastActive, bool promotable)
    {
        const OrderFlags Follows = OrderFlags.FirstImpliesThen | OrderFlags.UnrunnableFirstBlocks;
        void Order(PolicyResource first, string firstTask, PolicyResource then, string thenTask, OrderFlags flags) => Orders.Resources(model, first, firstTask, then, thenTask, flags);

        var down = OrderFlags.ThenImpliesFirstGraphed;
        var isDown = OrderFlags.FirstImpliesThenGraphed;
        Add(model, member);
        if (previous is null)
        {
            if (group.Ordered)
            {
                down |= OrderFlags.Ordered;
                isDown |= OrderFlags.FirstImpliesThen;
            }
        }
        else if (group.Colocated)
            Colocations.Add(model, "#group-members", null, Scores.Infinity, member, previous, null, null, member.Has(ResourceFlags.Critical), isExplicit: false);
        if (promotable)
        {
            Order(group, Operation.Demote, member, Operation.Demote, down);
            Order(member, Operation.Demote, group, Operation.Demoted, isDown);
            Order(member, Operation.Promote, group, Operation.Promoted, Follows | OrderFlags.FirstImpliesThenGraphed);
            Order(group, Operation.Promote, member, Operation.Promote, OrderFlags.ThenImpliesFirstGraphed);
        }
        Order(group, Operation.Stop, member, Operation.Stop, down);
        Order(member, Operation.Stop, group, Operation.Stopped, isDown);
        Order(group, Operation.Start, member, Operation.Start, OrderFlags.ThenImpliesFirstGraphed);
        Order(member, Operation.Start, group, Operation.Running, Follows | OrderFlags.FirstImpliesThenGraphed);
        if (!group.Ordered)
        {
            Order(group, Operation.Start, member, Operation.Start, Follows | OrderFlags.ThenImpliesFirstGraphed);
            if (promotable) Order(group, Operation.Promote, member, Operation.Promote, Follows | OrderFlags.ThenImpliesFirstGraphed);
        }
        else if (previous is not null)
        {
            Order(previous, Operation.Start, member, Operation.Start, Follows);
            Order(member, Operation.Stop, previous, Operation.Stop, OrderFlags.Ordered | OrderFlags.IntermediateStop);
            // A member put into the middle of a running group starts only after the later ones stopped.
            if (member.Active.Count > 0 && previous.Active.Count == 0)
                Order(member, Operation.Stop, previous, Operation.Start, OrderFlags.ThenImpliesFirst | OrderFlags.UnrunnableFirstBlocks);
            if (promotable)
            {
                Order(previous, Operation.Promote, member, Operation.Promote, Follows);
                Order(member, Operation.Demote, previous, Operation.Demote, OrderFlags.Ordered);
            }
        }
        if (member.Active.Count == 0) return;
        if (group.Ordered && previous is not null && previous.Active.Count == 0 && lastActive is not null && lastActive.Active.Count > 0)
            Order(member, Operation.Stop, lastActive, Operation.Stop, OrderFlags.Ordered);
        lastActive = member;
    }

    private static void AddClone(Scheduling model, Clone clone)
    {
        void Own(string first, string then, OrderFlags flags) => Orders.Resources(model, clone, first, clone, then, flags);
        Own(Operation.Stopped, Operation.Start, OrderFlags.Ordered);
        Own(Operation.Start, Operation.Running, OrderFlags.UnrunnableFirstBlocks);
        Own(Operation.Stop, Operation.Stopped, OrderFlags.UnrunnableFirstBlocks);
        var promotable = clone.Has(ResourceFlags.Promotable);
        if (promotable)
        {
            Own(Operation.Demoted, Operation.Stop, OrderFlags.Ordered);
            Own(Operation.Running, Operation.Promote, OrderFlags.UnrunnableFirstBlocks);
        }
        if (clone.Ordered) MergeSort.By(clone.Children, static (a, b) => Assign.Instances.Number(a).CompareTo(Assign.Instances.Number(b)));
        for (var i = 0; i < clone.Children.Count; i++)
        {
            var instance = clone.Children[i];
            Add(model, instance);
            Orders.Starts(model, clone, instance, OrderFlags.UnrunnableFirstBlocks | OrderFlags.ThenImpliesFirstGraphed);
            Orders.Resources(model, instance, Operation.Start, clone, Operation.Running, OrderFlags.FirstImpliesThenGraphed);
            Orders.Stops(model, clone, instance, OrderFlags.ThenImpliesFirstGraphed);
            Orders.Resources(model, instance, Operation.Stop, clone, Operation.Stopped, OrderFlags.FirstImpliesThenGraphed);
            if (!clone.Ordered) continue;
            for (var j = i + 1; j < clone.Children.Count; j++)
            {
                Orders.Starts(model, instance, clone.Children[j], OrderFlags.Ordered);
                Orders.Stops(model, clone.Children[j], instance, OrderFlags.Ordered);
            }
        }
        if (promotable) AddPromotion(model, clone);
    }

    public static void AddRestart(Scheduling model, PolicyResource clone)
    {
        void Own(string first, string then) => Orders.Resources(model, clone, first, clone, then, OrderFlags.Ordered);
        Own(Operation.Stopped, Operation.Start);
        Own(Operation.Stopped, Operation.Promote);
        Own(Operation.Demoted, Operation.Stop);
        Own(Operation.Demoted, Operation.Start);
        Own(Operation.Demoted, Operation.Promote);
        Own(Operation.Running, Operation.Promote);
        Own(Operation.Demote, Operation.Demoted);
    }

    private static void AddPromotion(Scheduling model, Clone clone)
    {
        AddRestart(model, clone);
        PolicyResource? last = null;
        foreach (var instance in clone.Children)
        {
            Orders.Resources(model, clone, Operation.Promote, instance, Operation.Promote, OrderFlags.ThenImpliesFirstGraphed);
            Orders.Resources(model, instance, Operation.Promote, clone, Operation.Promoted, OrderFlags.FirstImpliesThenGraphed);
            Orders.Resources(model, clone, Operation.Demote, instance, Operation.Demote, OrderFlags.ThenImpliesFirstGraphed);
            Orders.Resources(model, instance, Operation.Demote, clone, Operation.Demoted, OrderFlags.FirstImpliesThenGraphed);
            Orders.Resources(model, instance, Operation.Demote, instance, Operation.Promote, OrderFlags.Ordered);
            if (clone.Ordered && last is not null)
            {
                Orders.Resources(model, last, Operation.Promote, instance, Operation.Promote, OrderFlags.Ordered);
                Orders.Resources(model, instance, Operation.Demote, last, Operation.Demote, OrderFlags.Ordered);
            }
            last = instance;
        }
    }
}
