using Appliance.Policy.Model;

namespace Appliance.Policy.Assign;

/// <summary>What resources take of nodes, and what is left.</summary>
internal static class Utilization
{
    private static int Number(string? text) => (int)Math.Clamp(Texts.Integer(text) ?? 0, int.MinValue, int.MaxValue);

    /// <summary>Before assignment every node is empty.</summary>
    public static void Reset(Scheduling model)
    {
        foreach (var node in model.Nodes)
        {
            node.Free.Clear();
            foreach (var (name, value) in node.Utilization) node.Free[name] = Number(value);
        }
    }

    public static void Consume(PolicyNode node, PolicyResource resource)
    {
        foreach (var (name, value) in resource.Utilization)
            if (node.Free.TryGetValue(name, out var free)) node.Free[name] = free - Number(value);
    }

    public static void Release(PolicyNode node, PolicyResource resource)
    {
        foreach (var (name, value) in resource.Utilization)
            if (node.Free.TryGetValue(name, out var free)) node.Free[name] = free + Number(value);
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
        foreach (var (name, value) in resource.Utilization) sum[name] = sum.GetValueOrDefault(name) + Number(value);
    }

    /// <summary>Bans nodes that cannot hold a resource and what must be with it; says which node has most room if only the resource itself fits anywhere.</summary>
    public static PolicyNode? BanWithoutCapacity(Scheduling model, PolicyResource resource)
    {
        if (model.Options.PlacementStrategy == "default") return null;
        var together = Together(model, resource);
        if (together.Count == 0) return null;
        var sum = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var one in together) AddUnassigned(one, sum, resource, together);
        var anyFits = false;
        foreach (var candidate in resource.Allowed)
            if (candidate.IsAvailable() && Fits(candidate.Node, sum)) { anyFits = true; break; }
        if (anyFits)
        {
            foreach (var candidate in resource.Allowed)
                if (candidate.IsAvailable() && !Fits(candidate.Node, sum)) candidate.Score = -Scores.Infinity;
            return null;
        }
        PolicyNode? roomiest = null;
        var own = new Dictionary<string, int>(StringComparer.Ordinal);
        Add(resource, own);
        foreach (var candidate in resource.Allowed)
        {
            if (!candidate.IsAvailable()) continue;
            if (!Fits(candidate.Node, own)) candidate.Score = -Scores.Infinity;
            else if (roomiest is null || CompareCapacity(candidate.Node, roomiest) < 0) roomiest = candidate.Node;
        }
        return roomiest;
    }

    /// <summary>What must be where the resource is, as far as it is not assigned yet.</summary>
    private static List<PolicyResource> Together(Scheduling model, PolicyResource resource)
    {
        var found = new List<PolicyResource>();
        Collect(resource, resource);
        return found;

        void Collect(PolicyResource at, PolicyResource from)
        {
            if (found.Contains(at)) return;
            if (at.Children.Count > 0 && at is Group)
            {
                foreach (var child in at.Children) if (!found.Contains(child)) Collect(child, from);
                return;
            }
            found.Add(at);
            foreach (var colocation in ColocationLists.ThisWith(at))
                if (colocation.Score >= Scores.Infinity && Joins(colocation.Primary, at)) Collect(colocation.Primary, at);
            foreach (var colocation in ColocationLists.WithThis(at))
                if (colocation.Score >= Scores.Infinity && Joins(colocation.Dependent, at)) Collect(colocation.Dependent, at);
        }

        static bool Joins(PolicyResource other, PolicyResource at)
        {
            if (!other.Assignable) return false;
            return other is not (Clone or Bundle) || at.Top() is Clone;
        }
    }

    private static void AddUnassigned(PolicyResource resource, Dictionary<string, int> sum, PolicyResource asked, List<PolicyResource> all)
    {
        _ = asked;
        _ = all;
        if (!resource.Assignable) return;
        Add(resource, sum);
    }
}
