using Appliance.Policy.Model;

namespace Appliance.Policy.Assign;

/// <summary>What resources take of nodes, and what is left.</summary>
internal static class Utilization
{
    private static int Number(string? text) => (int)Math.Clamp(Texts.Integer(text) ?? 0, int.MinValue, int.MaxValue);

    private static int Sum(int amount, long change) => (int)Math.Clamp(amount + change, int.MinValue, int.MaxValue);

    /// <summary>Before assignment every node is empty.</summary>
    public static void Reset(Scheduling model)
    {
        foreach (var node in model.Nodes)
        {
            node.Free.Clear();
            foreach (var (name, value) in node.Utilization) node.Free[name] = Number(value);
        }
    }

    /// <summary>Notes what each node has; nodes of bundles have nothing of their own.</summary>
    public static void Note(Scheduling model, string comment)
    {
        if (!model.Noted) return;
        foreach (var node in model.Nodes)
        {
            if (node.IsBundleNode) continue;
            var amounts = new List<string>();
            foreach (var name in node.Free.Keys)
            {
                amounts.Add(name);
                amounts.Add(Texts.Text(node.Free[name]));
            }
            model.AssignmentNotes.Add(new AssignmentNote.Capacity(comment, node.Name, amounts));
        }
    }

    /// <summary>Names and values by turns.</summary>
    public static List<string> Amounts(Dictionary<string, string> utilization)
    {
        var amounts = new List<string>();
        foreach (var (name, value) in utilization)
        {
            amounts.Add(name);
            amounts.Add(value);
        }
        return amounts;
    }

    public static void Consume(PolicyNode node, PolicyResource resource)
    {
        foreach (var (name, value) in resource.Utilization)
            node.Free[name] = Sum(node.Free.GetValueOrDefault(name), -(long)Number(value));
    }

    public static void Release(PolicyNode node, PolicyResource resource)
    {
        foreach (var (name, value) in resource.Utilization)
            node.Free[name] = Sum(node.Free.GetValueOrDefault(name), Number(value));
    }

    /// <summary>Negative if the first has more room: in more attributes it is ahead than behind.</summary>
    public static int CompareCapacity(PolicyNode a, PolicyNode b)
    {
        var result = 0;
        foreach (var (name, free) in a.Free) result -= Math.Sign(free.CompareTo(b.Free.GetValueOrDefault(name)));
        foreach (var (name, free) in b.Free)
            if (!a.Free.ContainsKey(name)) result += Math.Sign(free.CompareTo(0));
        return result;
    }

    private static bool Fits(PolicyNode node, Dictionary<string, int> need)
    {
        foreach (var (name, amount) in need)
            if (amount > node.Free.GetValueOrDefault(name)) return false;
        return true;
    }

    private static void Add(PolicyResource resource, Dictionary<string, int> sum)
    {
        foreach (var (name, value) in resource.Utilization) sum[name] = Sum(sum.GetValueOrDefault(name), Number(value));
    }

    /// <summary>Bans nodes that cannot hold a resource and what must be with it; says which node has most room if only the resource itself fits anywhere.</summary>
    public static PolicyNode? BanWithoutCapacity(Scheduling model, PolicyResource resource)
    {
        if (model.Options.PlacementStrategy == "default") return null;
        var together = Together(resource);
        var sum = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var one in together) AddUnassigned(one, together, sum);
        PolicyNode? roomiest = null;
        var anyFits = false;
        foreach (var candidate in resource.Allowed.InTableOrder())
        {
            if (!candidate.IsAvailable()) continue;
            anyFits |= Fits(candidate.Node, sum);
            if (roomiest is null || CompareCapacity(candidate.Node, roomiest) < 0) roomiest = candidate.Node;
        }
        var need = sum;
        if (!anyFits) Add(resource, need = new(StringComparer.Ordinal));
        foreach (var candidate in resource.Allowed)
            if (candidate.IsAvailable() && !Fits(candidate.Node, need)) candidate.Score = -Scores.Infinity;
        return anyFits ? null : roomiest;
    }

    /// <summary>What must be where the resource is, itself included; newest found first.</summary>
    private static List<PolicyResource> Together(PolicyResource resource)
    {
        var found = new List<PolicyResource>();
        Collect(resource, resource, found);
        if (!found.Contains(resource)) found.Add(resource);
        return found;
    }

    private static void Collect(PolicyResource at, PolicyResource asked, List<PolicyResource> found)
    {
        if (at is Group group && (group.Colocated || group.Parent is Clone))
        {
            // The first and the last member bring the group's own colocations.
            found.Insert(0, group);
            foreach (var member in group.Children) Collect(member, asked, found);
            return;
        }
        if (found.Contains(at)) return;
        found.Insert(0, at);
        foreach (var colocation in ColocationLists.ThisWith(at))
            if (colocation.Primary != asked && colocation.Score >= Scores.Infinity && ColocationScores.WouldPlace(at, colocation.Primary, colocation))
                Collect(colocation.Primary, asked, found);
        foreach (var colocation in ColocationLists.WithThis(at))
        {
            // Which of its instances something else goes with is not known.
            if (colocation.Dependent == asked || at is Clone && colocation.Dependent is not Clone) continue;
            if (colocation.Score >= Scores.Infinity && ColocationScores.WouldPlace(colocation.Dependent, at, colocation)) Collect(colocation.Dependent, asked, found);
        }
    }

    /// <summary>Adds what a resource will take where it is not assigned yet; instances are alike, so one of them speaks for all that is not named itself.</summary>
    private static void AddUnassigned(PolicyResource resource, List<PolicyResource> named, Dictionary<string, int> sum)
    {
        if (!resource.Assignable) return;
        switch (resource)
        {
            case Group group:
                var together = group.Colocated || group.Parent is Clone;
                foreach (var member in group.Children)
                {
                    if (!named.Contains(member)) AddUnassigned(member, named, sum);
                    if (!together) return;
                }
                return;
            case Clone clone:
                var covered = false;
                foreach (var instance in clone.Children)
                    if (named.Contains(instance)) covered = true;
                    else if (instance.Children.Exists(named.Contains))
                    {
                        AddUnassigned(instance, named, sum);
                        covered = true;
                    }
                if (!covered && clone.Children.Count > 0) AddUnassigned(clone.Children[0], named, sum);
                return;
            case Bundle bundle:
                if (bundle.Replicas.Count > 0 && bundle.Replicas[0].Container is { } container) AddUnassigned(container, named, sum);
                return;
            default:
                Add(resource, sum);
                return;
        }
    }
}
