using System.Globalization;
using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <summary>
/// Writes random but valid CIBs about everything the engine knows: each document is about a few features, so that they meet in all combinations; the same seed writes the same
/// document. <see cref="CibGenerator"/> writes those of the common kind.
/// </summary>
internal sealed partial class WideCibGenerator
{
    private const long Now = CibGenerator.Now;

    /// <summary>What a document may be about.</summary>
    private enum About { Rules, Fencing, Quorum, Tickets, Utilization, Health, Migration, Promotion, Clones, Groups, Bundles, Remotes, Guests, Maintenance, Locks, Failures, Parameters, Sets, Tags, Defaults, Orphans, Count }

    private readonly Random _random;
    private readonly bool[] _about = new bool[(int)About.Count];
    private readonly XElement _options = new("cluster_property_set", new XAttribute("id", "cib-bootstrap-options"));
    private readonly XElement _nodes = new("nodes"), _resources = new("resources"), _constraints = new("constraints"), _tags = new("tags"), _status = new("status");
    private readonly XElement _resourceDefaults = new("rsc_defaults"), _operationDefaults = new("op_defaults");
    private readonly List<Node> _machines = [];
    private readonly List<Leaf> _leaves = [];
    private readonly List<string> _tops = [], _promotables = [], _clones = [], _connections = [];
    private int _ids, _calls = 10;

    /// <summary>A node of the cluster, a remote one, or one inside a guest or a bundle.</summary>
    private sealed record Node(string Name, string Id, bool IsMember, XElement State, XElement Transient, XElement History)
    {
        /// <summary>It can have run something.</summary>
        public bool Running { get; set; }

        /// <summary>It stands in the status.</summary>
        public bool Seen { get; set; }
    }

    /// <summary>A primitive as histories see it.</summary>
    private sealed record Leaf(string Id, string Class, string? Provider, string Type, bool Cloned, bool Promotable)
    {
        /// <summary>Connections and containers are on members of the cluster only.</summary>
        public bool OnMembersOnly { get; init; }

        /// <summary>Nodes that can run something while this does.</summary>
        public Node? Carries { get; init; }

        /// <summary>The one node where it can be at all: inside a bundle.</summary>
        public List<Node>? Only { get; init; }

        public bool Migratable { get; init; }

        /// <summary>Its parameters are not those of the digests we know.</summary>
        public bool Undigested { get; init; }
    }

    private WideCibGenerator(int seed) => _random = new Random(seed);

    public static XElement Write(int seed) => new WideCibGenerator(seed).Write();

    private XElement Write()
    {
        for (var about = 0; about < _about.Length; about++) _about[about] = Chance(22);
        WriteOptions();
        WriteNodes();
        WriteResources();
        WriteDefaults();
        WriteConstraints();
        WriteHistories();
        var configuration = new XElement("configuration", new XElement("crm_config", _options));
        if (_resourceDefaults.HasElements) configuration.Add(_resourceDefaults);
        if (_operationDefaults.HasElements) configuration.Add(_operationDefaults);
        configuration.Add(_nodes, _resources, _constraints);
        if (_tags.HasElements) configuration.Add(_tags);
        var cib = new XElement("cib", new XAttribute("crm_feature_set", CibGenerator.FeatureSet), new XAttribute("validate-with", "pacemaker-3.9"), new XAttribute("admin_epoch", 0), new XAttribute("epoch", 1),
            new XAttribute("num_updates", 1), new XAttribute("have-quorum", Chance(Is(About.Quorum) ? 40 : 95) ? 1 : 0), new XAttribute("dc-uuid", "1"), new XAttribute("execution-date", Now), configuration, _status);
        if (Is(About.Quorum) && Chance(30)) cib.Add(new XAttribute("no-quorum-panic", 1));
        return cib;
    }

    private bool Is(About about) => _about[(int)about];

    private bool Chance(int percent) => _random.Next(100) < percent;

    private T Any<T>(IReadOnlyList<T> of) => of[_random.Next(of.Count)];

    private string NewId(string stem) => string.Create(CultureInfo.InvariantCulture, $"{stem}-{++_ids}");

    private XElement Pair(string name, object value) => new("nvpair", new XAttribute("id", NewId("nv")), new XAttribute("name", name), new XAttribute("value", value));

    private void Maybe(XElement into, int percent, string name, params object[] values)
    {
        if (Chance(percent)) into.Add(Pair(name, Any(values)));
    }

    /// <summary>An attribute of an element, as <see cref="Maybe"/> is of a set.</summary>
    private void MaybeHas(XElement element, int percent, string name, params object[] values)
    {
        if (Chance(percent)) element.SetAttributeValue(name, Any(values));
    }

    private XElement Block(string kind) => new(kind, new XAttribute("id", NewId("set")));

    private static void AddIfAny(XElement into, XElement block)
    {
        if (block.HasElements) into.Add(block);
    }

    private void WriteOptions()
    {
        _options.Add(Pair("stonith-enabled", Chance(Is(About.Fencing) ? 95 : 55) ? "true" : "false"));
        Maybe(_options, Is(About.Quorum) ? 85 : 10, "no-quorum-policy", "ignore", "stop", "freeze", "suicide", "demote");
        Maybe(_options, 10, "start-failure-is-fatal", "false");
        Maybe(_options, 10, "symmetric-cluster", "false");
        Maybe(_options, Is(About.Maintenance) ? 12 : 2, "maintenance-mode", "true");
        Maybe(_options, 3, "stop-all-resources", "true");
        Maybe(_options, 5, "enable-startup-probes", "false");
        Maybe(_options, Is(About.Orphans) ? 40 : 3, "stop-orphan-resources", "false");
        Maybe(_options, Is(About.Orphans) ? 30 : 3, "stop-orphan-actions", "false");
        // 2.1.5 has another default (reference section 3): always said.
        _options.Add(Pair("concurrent-fencing", Chance(70) ? "true" : "false"));
        if (Is(About.Fencing))
        {
            Maybe(_options, 30, "stonith-action", "off");
            Maybe(_options, 30, "startup-fencing", "false");
            Maybe(_options, 40, "priority-fencing-delay", "15s", "1min");
            Maybe(_options, 20, "have-watchdog", "true");
            Maybe(_options, 20, "node-pending-timeout", "10s", "2h");
            Maybe(_options, 20, "stonith-timeout", "120s");
        }
        if (Is(About.Utilization)) Maybe(_options, 90, "placement-strategy", "utilization", "minimal", "balanced", "balanced");
        if (Is(About.Health))
        {
            Maybe(_options, 90, "node-health-strategy", "migrate-on-red", "only-green", "progressive", "custom", "none");
            Maybe(_options, 30, "node-health-base", 10, -10);
            Maybe(_options, 40, "node-health-yellow", -20, 5, "-INFINITY");
            Maybe(_options, 40, "node-health-green", 7, 0);
            Maybe(_options, 40, "node-health-red", -100, "-INFINITY");
        }
        if (Is(About.Locks))
        {
            Maybe(_options, 90, "shutdown-lock", "true");
            Maybe(_options, 40, "shutdown-lock-limit", "30s", "5min", "2h");
        }
        Maybe(_options, 5, "cluster-delay", "90s");
        Maybe(_options, 5, "batch-limit", 3);
        Maybe(_options, 5, "migration-limit", 2);
        Maybe(_options, 8, "cluster-name", "right");
    }

    private void WriteNodes()
    {
        var count = 1 + _random.Next(4);
        for (var number = 1; number <= count; number++)
        {
            var name = $"node{number}";
            var node = new XElement("node", new XAttribute("id", number), new XAttribute("uname", name));
            var machine = NewNode(name, number.ToString(CultureInfo.InvariantCulture), isMember: true);
            void Stands(string member, string peer, string join, string expected) =>
                machine.State.Add(new XAttribute("in_ccm", member), new XAttribute("crmd", peer), new XAttribute("join", join), new XAttribute("expected", expected));
            (machine.Running, machine.Seen) = (true, true);
            switch (number == 1 && Chance(80) ? 0 : _random.Next(Is(About.Fencing) ? 24 : 40))
            {
                case 15: Stands("false", "offline", "down", "down"); machine.Running = false; break;
                case 16: Stands("false", "offline", "down", "member"); break;               // lost
                case 17: Stands("true", "offline", "member", "member"); break;              // its controller is gone
                case 18: machine.Seen = machine.Running = false; break;                     // never seen
                case 19: Stands("true", "online", "down", "down"); machine.Running = false; break;  // about to join
                case 20: Stands("true", "online", "nack", "member"); break;
                case 21: Stands("true", "online", "pending", "member"); break;
                case 22: Stands(At(5000), At(5000), "down", "down"); machine.Running = false; break;    // pending for long
                case 23: Stands(At(50), At(50), "member", "member"); break;
                default: Stands("true", "online", "member", "member"); break;
            }
            WriteNodeAttributes(node, machine);
            MaybeHas(node, 4, "score", 5, -5, 100, "-INFINITY");
            _nodes.Add(node);
        }
    }

    private static string At(long ago) => (Now - ago).ToString(CultureInfo.InvariantCulture);

    /// <summary>What is configured and what is known of a node.</summary>
    private void WriteNodeAttributes(XElement node, Node machine)
    {
        var attributes = Block("instance_attributes");
        if (Chance(7)) attributes.Add(Pair("standby", Any(["on", "off"])));
        if (Chance(Is(About.Maintenance) ? 25 : 2)) attributes.Add(Pair("maintenance", "true"));
        if (machine.Running && Chance(Is(About.Locks) ? 35 : 4)) machine.Transient.Add(Pair("shutdown", Now - 5));
        if (Is(About.Fencing)) Maybe(machine.Transient, 6, "terminate", "true", "1", "0");
        Maybe(attributes, Is(About.Rules) ? 75 : 30, "site", "left", "right");
        if (Is(About.Rules))
        {
            Maybe(attributes, 40, "load", 1, 5, 10, "0.5", "many");
            Maybe(attributes, 40, "version", "1.2", "1.10", "2");
            Maybe(machine.Transient, 30, "pingd", 0, 100, 1000);
        }
        if (Is(About.Health))
        {
            Maybe(machine.Transient, 50, "#health-disk", "red", "yellow", "green", -10, 15);
            Maybe(attributes, 30, "#health-cpu", "red", "yellow", "green");
        }
        AddIfAny(node, attributes);
        if (!Is(About.Utilization)) return;
        var utilization = Block("utilization");
        Maybe(utilization, 90, "cpu", 1, 2, 4, 8);
        Maybe(utilization, 70, "memory", 100, 512, 1024);
        AddIfAny(node, utilization);
    }

    private Node NewNode(string name, string id, bool isMember)
    {
        var node = new Node(name, id, isMember, new("node_state", new XAttribute("id", id), new XAttribute("uname", name)), Block("instance_attributes"), new("lrm_resources"));
        _machines.Add(node);
        return node;
    }

    private void WriteDefaults()
    {
        if (!Is(About.Defaults)) return;
        for (var left = _random.Next(3); left > 0; left--)
        {
            var block = Block("meta_attributes");
            MaybeHas(block, 30, "score", 1, 5, 100);
            if (Chance(50))
                block.Add(Chance(60) ? Rule(null, 2, new XElement("rsc_expression", new XAttribute("id", NewId("e")), new XAttribute("class", "ocf"), new XAttribute("provider", "pacemaker"), new XAttribute("type", Any(["Dummy", "Stateful"]))))
                    : Rule(null, 2, DateExpression()));
            Maybe(block, 30, "resource-stickiness", 0, 1, 50, 1000);
            Maybe(block, 20, "migration-threshold", 1, 3);
            Maybe(block, 20, "failure-timeout", 60, 3600);
            Maybe(block, 10, "is-managed", "false");
            Maybe(block, 10, "target-role", "Stopped", "Started");
            Maybe(block, 10, "allow-migrate", "true");
            Maybe(block, 10, "priority", 3);
            Maybe(block, 10, "multiple-active", "stop_only", "block");
            _resourceDefaults.Add(block);
        }
        for (var left = _random.Next(3); left > 0; left--)
        {
            var block = Block("meta_attributes");
            MaybeHas(block, 30, "score", 1, 5, 100);
            if (Chance(60))
            {
                var expression = new XElement("op_expression", new XAttribute("id", NewId("e")), new XAttribute("name", Any(["monitor", "start", "stop", "promote"])));
                MaybeHas(expression, 40, "interval", "10s", "0", "11s");
                block.Add(Rule(null, 2, expression));
            }
            Maybe(block, 60, "timeout", "5s", "90s", "1h");
            Maybe(block, 40, "on-fail", "ignore", "block", "stop", "restart", "standby");
            Maybe(block, 20, "record-pending", "false");
            Maybe(block, 10, "interval", "30s");
            Maybe(block, 15, "enabled", "false");
            _operationDefaults.Add(block);
        }
    }
}
