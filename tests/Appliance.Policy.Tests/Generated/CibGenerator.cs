using System.Globalization;
using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <summary>Writes random but valid CIBs of the kind that a small running cluster has; the same seed writes the same document.</summary>
internal sealed class CibGenerator
{
    /// <summary>The instant at which every generated document is judged.</summary>
    public const long Now = 1_700_000_000;

    /// <summary>The feature set of the peer: it refuses newer ones.</summary>
    public const string FeatureSet = "3.16.1";

    private static readonly string[] Scores = ["INFINITY", "-INFINITY", "100", "50", "-50", "-100", "1000", "10", "0"];

    private readonly Random _random;
    private readonly XElement _options = new("cluster_property_set", new XAttribute("id", "cib-bootstrap-options"));
    private readonly XElement _nodes = new("nodes"), _resources = new("resources"), _constraints = new("constraints"), _status = new("status");
    private readonly List<Node> _members = [];
    private readonly List<Leaf> _leaves = [];
    private readonly List<string> _tops = [], _promotables = [];
    private int _ids;
    private int _calls = 10;

    private sealed record Node(string Name, XElement State, XElement Transient, XElement History, bool Running, bool Seen);

    /// <summary>A primitive, and how many of it a node may run: none of it is a clone's unless <paramref name="Cloned"/>.</summary>
    private sealed record Leaf(string Id, bool Cloned, bool Promotable);

    private CibGenerator(int seed) => _random = new Random(seed);

    public static XElement Write(int seed) => new CibGenerator(seed).Write();

    private XElement Write()
    {
        WriteOptions();
        WriteNodes();
        WriteResources();
        WriteConstraints();
        foreach (var leaf in _leaves) WriteHistory(leaf);
        return new XElement("cib", new XAttribute("crm_feature_set", FeatureSet), new XAttribute("validate-with", "pacemaker-3.9"), new XAttribute("admin_epoch", 0), new XAttribute("epoch", 1),
            new XAttribute("num_updates", 1), new XAttribute("have-quorum", Chance(92) ? 1 : 0), new XAttribute("dc-uuid", "1"), new XAttribute("execution-date", Now),
            new XElement("configuration", new XElement("crm_config", _options), _nodes, _resources, _constraints), _status);
    }

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    private string NewId(string stem) => string.Create(CultureInfo.InvariantCulture, $"{stem}-{++_ids}");

    private XElement Pair(string name, object value) => new("nvpair", new XAttribute("id", NewId("nv")), new XAttribute("name", name), new XAttribute("value", value));

    private void Maybe(XElement into, int percent, string name, params object[] values)
    {
        if (Chance(percent)) into.Add(Pair(name, Any(values)));
    }

    private void WriteOptions()
    {
        _options.Add(Pair("stonith-enabled", Chance(60) ? "true" : "false"));
        Maybe(_options, 30, "no-quorum-policy", "ignore", "stop", "freeze", "suicide", "demote");
        Maybe(_options, 15, "start-failure-is-fatal", "false");
        Maybe(_options, 10, "symmetric-cluster", "false");
        Maybe(_options, 4, "maintenance-mode", "true");
        Maybe(_options, 4, "stop-all-resources", "true");
        Maybe(_options, 5, "enable-startup-probes", "false");
        Maybe(_options, 5, "stop-orphan-resources", "false");
        Maybe(_options, 8, "concurrent-fencing", "false");
        Maybe(_options, 8, "stonith-action", "off");
        Maybe(_options, 8, "startup-fencing", "false");
        Maybe(_options, 10, "priority-fencing-delay", "15s");
    }

    private void WriteNodes()
    {
        var count = 1 + _random.Next(4);
        for (var number = 1; number <= count; number++)
        {
            var name = $"node{number}";
            var node = new XElement("node", new XAttribute("id", number), new XAttribute("uname", name));
            var attributes = new XElement("instance_attributes", new XAttribute("id", NewId("node-attributes")));
            var state = new XElement("node_state", new XAttribute("id", number), new XAttribute("uname", name));
            var transient = new XElement("instance_attributes", new XAttribute("id", NewId("transient")));
            var history = new XElement("lrm_resources");
            var kind = number == 1 ? 0 : _random.Next(20);
            void Is(string member, string peer, string join, string expected) =>
                state.Add(new XAttribute("in_ccm", member), new XAttribute("crmd", peer), new XAttribute("join", join), new XAttribute("expected", expected));
            var (running, seen) = (true, true);
            switch (kind)
            {
                case 15: Is("false", "offline", "down", "down"); running = false; break;
                case 16: Is("false", "offline", "down", "member"); break;               // lost
                case 17: Is("true", "offline", "member", "member"); break;              // its controller is gone
                case 18: seen = false; running = false; break;                          // never seen
                case 19: Is("true", "online", "down", "down"); running = false; break;  // about to join
                default: Is("true", "online", "member", "member"); break;
            }
            if (running && Chance(8)) attributes.Add(Pair("standby", "on"));
            else if (running && Chance(5)) attributes.Add(Pair("maintenance", "true"));
            else if (running && number > 1 && Chance(5)) transient.Add(Pair("shutdown", Now - 5));
            Maybe(attributes, 30, "site", "left", "right");
            if (attributes.HasElements) node.Add(attributes);
            _nodes.Add(node);
            if (!seen) { _members.Add(new(name, state, transient, history, false, false)); continue; }
            state.Add(new XElement("transient_attributes", new XAttribute("id", number), transient), new XElement("lrm", new XAttribute("id", number), history));
            _status.Add(state);
            _members.Add(new(name, state, transient, history, running, true));
        }
    }

    private XElement NewPrimitive(string id, bool cloned, bool promotable)
    {
        var primitive = new XElement("primitive", new XAttribute("id", id), new XAttribute("class", "ocf"), new XAttribute("provider", "pacemaker"), new XAttribute("type", promotable ? "Stateful" : "Dummy"));
        var meta = Meta();
        if (!cloned)
        {
            Maybe(meta, 6, "target-role", "Stopped", "Started");
            Maybe(meta, 5, "is-managed", "false");
            Maybe(meta, 5, "multiple-active", "stop_only", "block", "stop_unexpected");
            Maybe(meta, 15, "priority", 1, 5, 10);
            Maybe(meta, 10, "allow-migrate", "true");
        }
        Maybe(meta, 20, "resource-stickiness", 0, 1, 100, "INFINITY", -10);
        Maybe(meta, 20, "migration-threshold", 1, 2, 3);
        Maybe(meta, 15, "failure-timeout", 60, 600, 3600);
        if (meta.HasElements) primitive.Add(meta);
        var operations = new XElement("operations");
        void Operation(string name, string interval, string? role, params string[] onFail)
        {
            var operation = new XElement("op", new XAttribute("id", $"{id}-{name}-{interval}"), new XAttribute("name", name), new XAttribute("interval", interval), new XAttribute("timeout", "20s"));
            if (role is not null) operation.Add(new XAttribute("role", role));
            if (Chance(25)) operation.Add(new XAttribute("on-fail", Any(onFail)));
            operations.Add(operation);
        }
        if (promotable)
        {
            Operation("monitor", "10s", "Unpromoted", "ignore", "restart", "block", "stop");
            Operation("monitor", "11s", "Promoted", "demote", "restart", "block", "stop");
        }
        else if (Chance(85)) Operation("monitor", "10s", null, "ignore", "restart", "block", "stop", "standby");
        if (Chance(15)) Operation("start", "0s", null, "ignore", "restart", "block", "stop", "standby");
        if (Chance(10)) Operation("stop", "0s", null, "ignore", "block");
        if (operations.HasElements) primitive.Add(operations);
        _leaves.Add(new(id, cloned, promotable));
        return primitive;
    }

    private XElement Meta() => new("meta_attributes", new XAttribute("id", NewId("meta")));

    private void WriteResources()
    {
        if (Chance(75)) _resources.Add(new XElement("primitive", new XAttribute("id", "Fencing"), new XAttribute("class", "stonith"), new XAttribute("type", "fence_xvm")));
        var count = 1 + _random.Next(4);
        for (var number = 1; number <= count; number++)
            switch (_random.Next(10))
            {
                case < 5: _resources.Add(NewPrimitive(Top($"p{number}"), false, false)); break;
                case < 7: _resources.Add(NewGroup(Top($"g{number}"), false)); break;
                case < 9: _resources.Add(NewClone(Top($"c{number}"), Chance(25) ? NewGroup($"c{number}g", true) : NewPrimitive($"c{number}i", true, false))); break;
                default:
                    _promotables.Add($"m{number}");
                    var clone = NewClone(Top($"m{number}"), NewPrimitive($"m{number}i", true, true));
                    clone.Element("meta_attributes")!.Add(Pair("promotable", "true"));
                    _resources.Add(clone);
                    break;
            }
    }

    private string Top(string id)
    {
        _tops.Add(id);
        return id;
    }

    private XElement NewGroup(string id, bool cloned)
    {
        var group = new XElement("group", new XAttribute("id", id));
        if (!cloned)
        {
            var meta = Meta();
            Maybe(meta, 6, "target-role", "Stopped");
            Maybe(meta, 15, "priority", 1, 5, 10);
            Maybe(meta, 15, "resource-stickiness", 1, 100);
            if (meta.HasElements) group.Add(meta);
        }
        var members = 1 + _random.Next(3);
        for (var number = 1; number <= members; number++) group.Add(NewPrimitive($"{id}m{number}", cloned, false));
        return group;
    }

    private XElement NewClone(string id, XElement child)
    {
        var meta = Meta();
        Maybe(meta, 30, "interleave", "true");
        Maybe(meta, 15, "clone-max", 1, 2, 3);
        Maybe(meta, 20, "notify", "true");
        Maybe(meta, 5, "target-role", "Stopped");
        return new XElement("clone", new XAttribute("id", id), meta, child);
    }

    private void WriteConstraints()
    {
        for (var left = _random.Next(3); left > 0; left--)
        {
            var location = new XElement("rsc_location", new XAttribute("id", NewId("location")), new XAttribute("rsc", Any(_tops)));
            if (Chance(70)) location.Add(new XAttribute("node", Any(_members).Name), new XAttribute("score", Any(Scores)));
            else
                location.Add(new XElement("rule", new XAttribute("id", NewId("rule")), new XAttribute("score", Any(Scores)), Chance(50)
                    ? new XElement("expression", new XAttribute("id", NewId("e")), new XAttribute("attribute", "site"), new XAttribute("operation", Any(["eq", "ne"])), new XAttribute("value", "left"))
                    : new XElement("expression", new XAttribute("id", NewId("e")), new XAttribute("attribute", "site"), new XAttribute("operation", Any(["defined", "not_defined"])))));
            _constraints.Add(location);
        }
        if (_tops.Count < 2) return;
        var pairs = new HashSet<(string, string)>();
        for (var left = _random.Next(3); left > 0; left--)
        {
            var (first, second) = Two();
            // One pair is colocated once: of two colocations the one in 3.0.2 counts twice (decision 0011), in 2.1.5 each once.
            if (!pairs.Add((first, second)) || !pairs.Add((second, first))) continue;
            var colocation = new XElement("rsc_colocation", new XAttribute("id", NewId("colocation")), new XAttribute("score", Any(Scores)));
            if (Chance(20)) colocation.Add(Set(null, first, second));
            else
            {
                colocation.Add(new XAttribute("rsc", first), new XAttribute("with-rsc", second));
                if (_promotables.Contains(second) && Chance(60)) colocation.Add(new XAttribute("with-rsc-role", "Promoted"));
            }
            _constraints.Add(colocation);
        }
        pairs.Clear();
        for (var left = _random.Next(3); left > 0; left--)
        {
            var (first, second) = Two();
            // One pair is ordered once: 2.1.5 forgets one of two orderings of other kinds (it starts what must wait), 3.0.2 keeps both (reference section 13.1).
            if (!pairs.Add((first, second)) || !pairs.Add((second, first))) continue;
            var order = new XElement("rsc_order", new XAttribute("id", NewId("order")), new XAttribute("kind", Any(["Mandatory", "Mandatory", "Optional", "Serialize"])));
            if (Chance(20)) order.Add(Set(Chance(30) ? false : null, first, second));
            else
            {
                order.Add(new XAttribute("first", first), new XAttribute("then", second));
                if (_promotables.Contains(first) && Chance(60)) order.Add(new XAttribute("first-action", "promote"), new XAttribute("then-action", "start"));
                if (Chance(15) && (string)order.Attribute("kind")! != "Serialize") order.Add(new XAttribute("symmetrical", "false"));
            }
            _constraints.Add(order);
        }
    }

    private (string First, string Second) Two()
    {
        var first = Any(_tops);
        for (; ; ) if (Any(_tops) is var second && second != first) return (first, second);
    }

    private XElement Set(bool? requireAll, params string[] members)
    {
        var set = new XElement("resource_set", new XAttribute("id", NewId("set")), members.Select(static m => new XElement("resource_ref", new XAttribute("id", m))));
        if (requireAll is { } all) set.Add(new XAttribute("sequential", "false"), new XAttribute("require-all", all ? "true" : "false"));
        return set;
    }

    /// <summary>A plain resource runs on at most one node, mostly; a clone's instance is anywhere.</summary>
    private void WriteHistory(Leaf leaf)
    {
        var runner = Chance(70) ? Any(_members) : null;
        var promoted = leaf.Promotable && Chance(60) ? Any(_members) : null;
        foreach (var node in _members)
        {
            if (!node.Seen || !node.Running) continue;
            var resource = new XElement("lrm_resource", new XAttribute("id", leaf.Id), new XAttribute("class", "ocf"), new XAttribute("provider", "pacemaker"), new XAttribute("type", leaf.Promotable ? "Stateful" : "Dummy"));
            var history = new HistoryWriter(leaf.Id, node.Name, resource, () => ++_calls);
            if (leaf.Cloned ? Chance(70) : node == runner || Chance(2)) WriteActive(leaf, node, history, node == promoted);
            else WriteInactive(leaf, node, history);
            if (resource.HasElements) node.History.Add(resource);
        }
    }

    private void WriteInactive(Leaf leaf, Node node, HistoryWriter history)
    {
        var at = Now - 5000 + _random.Next(4000);
        switch (_random.Next(20))
        {
            case < 12: history.Succeeded("monitor", 7, at); break;
            case < 15: history.Succeeded("stop", 0, at); break;
            case < 17: break;                                                           // not looked at yet
            case 17: history.InFlight("monitor", at); break;
            case 18:
                history.Failed("start", 0, 1, at);
                Count(leaf, node, "start", 0, "INFINITY", at);
                break;
            default: history.Failed("monitor", 7, 5, at); break;                        // not installed
        }
    }

    private void WriteActive(Leaf leaf, Node node, HistoryWriter history, bool promoted)
    {
        var at = Now - 5000 + _random.Next(4000);
        history.Succeeded("start", 0, at);
        if (promoted)
        {
            history.Succeeded("promote", 0, at + 5);
            node.Transient.Add(Pair("master-" + leaf.Id, 10));
        }
        else if (leaf.Promotable && Chance(70)) node.Transient.Add(Pair("master-" + leaf.Id, 5));
        var (interval, fine) = promoted ? (11000, 8) : (10000, 0);
        switch (_random.Next(20))
        {
            case < 13: history.Succeeded("monitor", fine, at + 10, interval); break;
            case < 15: break;                                                           // its monitor is still to be started
            case 15:
                history.Succeeded("monitor", fine, at + 10, interval);
                history.Failed("monitor", fine, Chance(50) ? 7 : 1, at + 20, interval);
                Count(leaf, node, "monitor", interval, 1 + _random.Next(3), at + 20);
                break;
            case 16:
                history.Failed("stop", 0, 1, at + 20);
                Count(leaf, node, "stop", 0, "INFINITY", at + 20);
                break;
            case 17: history.InFlight("stop", at + 20); break;
            case 18: history.InFlight("start", at + 20); break;
            default: history.Succeeded("monitor", fine, at + 10, interval); break;
        }
    }

    private void Count(Leaf leaf, Node node, string operation, int interval, object count, long at) =>
        node.Transient.Add(Pair($"fail-count-{leaf.Id}#{operation}_{interval}", count), Pair($"last-failure-{leaf.Id}#{operation}_{interval}", at));
}
