using System.Globalization;
using Appliance.Cib;

namespace Appliance.Crm.Tests.Transition;

/// <summary>Small clusters in the middle of something: nodes in all conditions, resources of all kinds, a history with failures in it. The same seed gives the same cluster.</summary>
internal sealed class RandomCib
{
    private readonly Random _random;
    private readonly List<string> _nodes = [];
    private readonly List<(string Id, bool Clone, bool Promotable)> _primitives = [];
    private readonly List<string> _tops = [];
    private readonly CibElement _cib = new("cib");
    private int _ids;

    private RandomCib(int seed) => _random = new(seed);

    /// <summary>The instant of everything that happened before.</summary>
    public const long Now = 1_700_000_000;

    public static CibElement Of(int seed)
    {
        var it = new RandomCib(seed);
        it.Build();
        return it._cib;
    }

    private bool Chance(int percent) => _random.Next(100) < percent;
    private T Any<T>(params T[] of) => of[_random.Next(of.Length)];
    private string Id(string of) => string.Create(CultureInfo.InvariantCulture, $"{of}-{++_ids}");

    private void Pair(CibElement set, string name, string value) => set.Add("nvpair").Set("id", Id("nv")).Set("name", name).Set("value", value);

    private void Build()
    {
        _cib.Set("validate-with", "pacemaker-3.9").Set("admin_epoch", "0").Set("epoch", "1").Set("num_updates", "0").Set("have-quorum", "1").Set("crm_feature_set", "3.16.1");
        var configuration = _cib.Add("configuration");
        var options = configuration.Add("crm_config").Add("cluster_property_set").Set("id", "options");
        var fencing = Chance(70);
        Pair(options, "stonith-enabled", fencing ? "true" : "false");
        if (Chance(30)) Pair(options, "start-failure-is-fatal", "false");
        if (Chance(30)) Pair(options, "batch-limit", Any("1", "2", "5"));
        if (Chance(20)) Pair(options, "migration-limit", "1");
        if (Chance(20)) Pair(options, "concurrent-fencing", "false");
        foreach (var name in new[] { "alpha", "beta", "gamma", "delta" }[.._random.Next(2, 5)]) _nodes.Add(name);
        var nodes = configuration.Add("nodes");
        foreach (var node in _nodes)
        {
            var element = nodes.Add("node").Set("id", "id-" + node).Set("uname", node);
            if (Chance(12)) Pair(element.Add("instance_attributes").Set("id", Id("na")), Any("standby", "maintenance"), "true");
        }
        var resources = configuration.Add("resources");
        if (fencing) Primitive(resources, "fencing", "stonith", Chance(50));
        for (int i = 0, count = _random.Next(2, 6); i < count; i++) Resource(resources, i);
        Constraints(configuration.Add("constraints"));
        var status = _cib.Add("status");
        foreach (var node in _nodes) State(status, node);
    }

    private void Resource(CibElement resources, int number)
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"r{number}");
        switch (_random.Next(6))
        {
            case 0 or 1 or 2:
                Primitive(resources, id, "ocf", Chance(50));
                _tops.Add(id);
                break;
            case 3:
                var group = resources.Add("group").Set("id", id);
                for (int i = 0, members = _random.Next(1, 4); i < members; i++) Primitive(group, $"{id}{"abc"[i]}", "ocf", Chance(50));
                _tops.Add(id);
                break;
            default:
                var promotable = Chance(50);
                var clone = resources.Add("clone").Set("id", id + "-clone");
                var meta = clone.Add("meta_attributes").Set("id", Id("cm"));
                if (promotable) Pair(meta, "promotable", "true");
                if (Chance(50)) Pair(meta, "notify", "true");
                if (Chance(40)) Pair(meta, "interleave", "true");
                if (Chance(20)) Pair(meta, "ordered", "true");
                Primitive(clone, id, "ocf", Chance(50), clone: true, promotable);
                _tops.Add(id + "-clone");
                break;
        }
    }

    private void Primitive(CibElement parent, string id, string kind, bool monitored, bool clone = false, bool promotable = false)
    {
        _primitives.Add((id, clone, promotable));
        var primitive = parent.Add("primitive").Set("id", id).Set("class", kind);
        if (kind == "ocf") primitive.Set("provider", "pacemaker").Set("type", promotable ? "Stateful" : "Dummy");
        else primitive.Set("type", "fence_dummy");
        if (kind == "ocf" && Chance(45))
        {
            var meta = primitive.Add("meta_attributes").Set("id", Id("m"));
            if (Chance(40)) Pair(meta, "priority", Any("1", "5", "10"));
            if (Chance(40)) Pair(meta, "allow-migrate", "true");
            if (Chance(15)) Pair(meta, "target-role", "Stopped");
            if (Chance(15)) Pair(meta, "multiple-active", Any("stop_only", "block"));
            if (Chance(30)) Pair(meta, "migration-threshold", "2");
        }
        var operations = primitive.Add("operations");
        void Add(string name, string interval, string? role = null)
        {
            var operation = operations.Add("op").Set("id", Id("op")).Set("name", name).Set("interval", interval).Set("timeout", Any("10s", "40s"));
            if (role is not null) operation.Set("role", role);
            if (Chance(20)) operation.Set("on-fail", name == "stop" ? Any("block", "ignore") : Any("ignore", "restart", "block"));
        }
        if (monitored) Add("monitor", "10s");
        if (monitored && promotable) Add("monitor", "11s", "Master");
        if (Chance(30)) Add("start", "0s");
        if (Chance(30)) Add("stop", "0s");
    }

    private void Constraints(CibElement constraints)
    {
        if (_tops.Count == 0) return;
        for (int i = 0, count = _random.Next(0, 5); i < count; i++)
        {
            var (one, other) = (Any([.. _tops]), Any([.. _tops]));
            if (Chance(35)) constraints.Add("rsc_location").Set("id", Id("l")).Set("rsc", one).Set("node", Any([.. _nodes])).Set("score", Any("100", "-100", "INFINITY", "-INFINITY"));
            else if (one == other) continue;
            // In one direction only, so that nothing is asked for that cannot be.
            else if (string.CompareOrdinal(one, other) > 0) continue;
            else if (Chance(60)) constraints.Add("rsc_order").Set("id", Id("o")).Set("first", one).Set("then", other).Set("kind", Any("Mandatory", "Optional", "Mandatory"));
            else constraints.Add("rsc_colocation").Set("id", Id("c")).Set("rsc", other).Set("with-rsc", one).Set("score", Any("INFINITY", "50", "-INFINITY"));
        }
    }

    private void State(CibElement status, string node)
    {
        var state = status.Add("node_state").Set("id", "id-" + node).Set("uname", node);
        var condition = _random.Next(100);
        var (member, peer, join, expected) = condition switch
        {
            < 72 => ("true", "online", "member", "member"),
            < 82 => ("false", "offline", "down", "down"),
            _ => ("false", "offline", "down", "member"),
        };
        state.Set("in_ccm", member).Set("crmd", peer).Set("join", join).Set("expected", expected);
        if (join == "down" && expected == "down") return;
        var transient = state.Add("transient_attributes").Set("id", "id-" + node).Add("instance_attributes").Set("id", Id("ta"));
        if (join == "member" && Chance(10)) Pair(transient, "shutdown", "1699999999");
        var list = state.Add("lrm").Set("id", "id-" + node).Add("lrm_resources");
        foreach (var (id, clone, promotable) in _primitives)
        {
            if (promotable && Chance(60)) Pair(transient, "master-" + id, Any("5", "10"));
            var kind = _random.Next(100);
            if (kind < 15) continue;   // never looked at: to be probed
            var history = list.Add("lrm_resource").Set("id", id).Set("class", id == "fencing" ? "stonith" : "ocf").Set("type", id == "fencing" ? "fence_dummy" : promotable ? "Stateful" : "Dummy");
            if (id != "fencing") history.Set("provider", "pacemaker");
            var (operation, rc) = kind switch
            {
                < 45 => ("monitor", 7),
                < 55 => ("stop", 0),
                < 85 => ("start", 0),
                < 90 when promotable => ("promote", 0),
                < 92 => ("start", 1),
                < 94 => ("stop", 1),
                _ => ("start", 0),
            };
            Entry(history, node, id, operation, 0, rc, operation == "monitor" ? 7 : 0, 10);
            if (operation == "start" && rc == 0 && Chance(60)) Entry(history, node, id, "monitor", 10_000, Chance(25) ? Any(7, 1) : 0, 0, 11);
            if (rc == 1 && Chance(70))
            {
                Pair(transient, $"fail-count-{id}#{operation}_0", "INFINITY");
                Pair(transient, $"last-failure-{id}#{operation}_0", "1699999000");
            }
        }
    }

    private static void Entry(CibElement history, string node, string id, string operation, int interval, int rc, int wanted, int call)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{call}:1:{wanted}:00000000-0000-0000-0000-000000000000");
        history.Add("lrm_rsc_op").Set("id", interval > 0 ? $"{id}_{operation}_{interval}" : rc != 0 && rc != wanted ? $"{id}_last_failure_0" : $"{id}_last_0").Set("operation_key", $"{id}_{operation}_{interval}")
            .Set("operation", operation).Set("crm_feature_set", "3.16.1").Set("transition-key", key).Set("transition-magic", $"0:{rc};{key}").Set("call-id", call.ToString(CultureInfo.InvariantCulture))
            .Set("rc-code", rc.ToString(CultureInfo.InvariantCulture)).Set("op-status", "0").Set("interval", interval.ToString(CultureInfo.InvariantCulture)).Set("last-rc-change", "1699990000")
            .Set("exec-time", "10").Set("queue-time", "0").Set("on_node", node);
    }
}
