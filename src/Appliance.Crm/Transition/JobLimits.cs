using Appliance.Policy.Graph;

namespace Appliance.Crm.Transition;

/// <summary>How busy a node says it is (<c>crm-limit-mode</c>).</summary>
public enum LoadLevel { Negligible = 0, Low = 0x1, Medium = 0x10, High = 0x100, Extreme = 0x1000 }

/// <summary>How much a node, and the cluster, does at once.</summary>
/// <remarks>Fractions as Pacemaker's throttling has them (controld_throttle.c): a node that says nothing is taken to be a little busy.</remarks>
internal sealed class JobLimits
{
    private readonly SortedDictionary<string, Jobs> _nodes = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What a node does at once of which nothing was heard.</summary>
    public int NodeActions { get; set; } = 2;

    public int Members { get; set; } = 1;

    public void Heard(string node, LoadLevel level, int most)
    {
        var jobs = Of(node);
        (jobs.Level, jobs.Most) = (level, most);
    }

    public void Forget(string node) => _nodes.Remove(node);

    /// <summary>Nothing is under way.</summary>
    public void Reset()
    {
        foreach (var jobs in _nodes.Values) jobs.Running = jobs.Migrating = 0;
    }

    /// <summary>How many synapses may be under way, when the graph allows so many.</summary>
    public int Batch(int allowed)
    {
        var limit = allowed;
        foreach (var jobs in _nodes.Values)
        {
            var share = jobs.Level switch { LoadLevel.Extreme => Members / 4, LoadLevel.High => Members / 2, _ => int.MaxValue };
            if (share < int.MaxValue && (limit == 0 || limit > share)) limit = Math.Max(1, share);
        }
        return limit;
    }

    public bool HasRoom(GraphAction action, int migrations)
    {
        if (action.Kind != GraphActionKind.Resource) return true;
        if (!IsBetweenTwo(action)) return HasRoom(action, action.Router ?? action.Node, migrations);
        return HasRoom(action, action.Meta("migrate_source"), migrations) && HasRoom(action, action.Meta("migrate_target"), migrations);
    }

    public void Started(GraphAction action) => Count(action, +1);
    public void Ended(GraphAction action) => Count(action, -1);

    private void Count(GraphAction action, int by)
    {
        if (action.Kind != GraphActionKind.Resource) return;
        if (!IsBetweenTwo(action))
        {
            Count((action.Router ?? action.Node)!, by, 0);
            return;
        }
        if (action.Meta("migrate_source") is { } source) Count(source, by, by);
        if (action.Meta("migrate_target") is { } target) Count(target, by, by);
    }

    private void Count(string node, int running, int migrating)
    {
        // A node that was forgotten begins at zero again, whatever was under way there.
        var jobs = Of(node);
        (jobs.Running, jobs.Migrating) = (Math.Max(0, jobs.Running + running), Math.Max(0, jobs.Migrating + migrating));
    }

    private bool HasRoom(GraphAction action, string? node, int migrations)
    {
        if (node is null) return true;
        var jobs = Of(node);
        return jobs.Running < Limit(jobs) && !(action.IsMigration && migrations > 0 && jobs.Migrating >= migrations);
    }

    private int Limit(Jobs jobs)
    {
        var most = jobs.Most ?? NodeActions;
        return Math.Max(1, jobs.Level switch { LoadLevel.Negligible => most, LoadLevel.Low => most / 2, LoadLevel.Medium => most / 4, _ => 1 });
    }

    /// <summary>A migration between cluster nodes is both nodes' work; on a remote node it is its router's, like everything there.</summary>
    private static bool IsBetweenTwo(GraphAction action) => action.IsMigration && action.Router is null;

    private Jobs Of(string node)
    {
        if (!_nodes.TryGetValue(node, out var jobs)) _nodes[node] = jobs = new();
        return jobs;
    }

    private sealed class Jobs
    {
        public LoadLevel Level = LoadLevel.Low;
        public int? Most;
        public int Running, Migrating;
    }
}
