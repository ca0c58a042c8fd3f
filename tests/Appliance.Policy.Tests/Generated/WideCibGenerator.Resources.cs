using System.Globalization;
using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <content>Resources of all kinds.</content>
internal sealed partial class WideCibGenerator
{
    private void WriteResources()
    {
        if (Chance(75)) WriteDevice("Fencing");
        if (Is(About.Fencing) && Chance(40)) WriteDevice("Fencing2");
        if (Is(About.Tags) && Chance(70))
        {
            var template = new XElement("template", new XAttribute("id", "template1"), new XAttribute("class", "ocf"), new XAttribute("provider", "pacemaker"), new XAttribute("type", "Dummy"));
            Describe(template, "template1", false, false);
            _resources.Add(template);
        }
        if (Is(About.Remotes))
            for (var number = 1 + _random.Next(2); number > 0; number--) WriteRemote($"remote{number}");
        if (Is(About.Guests)) WriteGuest("vm1", "guest1");
        if (Is(About.Guests) && Chance(30)) WriteGuest("vm2", "guest2");
        if (Is(About.Bundles)) WriteBundle("b1");
        var count = 1 + _random.Next(4);
        for (var number = 1; number <= count; number++) WriteAny(number);
    }

    private void WriteAny(int number)
    {
        var kind = _random.Next(12);
        if (Is(About.Promotion) && Chance(50)) kind = 11;
        else if (Is(About.Clones) && Chance(50)) kind = 9;
        else if (Is(About.Groups) && Chance(50)) kind = 6;
        switch (kind)
        {
            case < 6: _resources.Add(NewPrimitive(Top($"p{number}"), false, false)); break;
            case < 8: _resources.Add(NewGroup(Top($"g{number}"), false)); break;
            case < 11: _resources.Add(NewClone(Top($"c{number}"), Chance(30) ? NewGroup($"c{number}g", true) : NewPrimitive($"c{number}i", true, false), false)); break;
            default: _resources.Add(NewClone(Top($"m{number}"), Chance(15) ? NewGroup($"m{number}g", true, promotable: true) : NewPrimitive($"m{number}i", true, true), true)); break;
        }
    }

    private string Top(string id)
    {
        _tops.Add(id);
        return id;
    }

    private void WriteDevice(string id)
    {
        var device = new XElement("primitive", new XAttribute("id", id), new XAttribute("class", "stonith"), new XAttribute("type", "fence_xvm"));
        if (Is(About.Fencing) && Chance(40))
        {
            var meta = Block("meta_attributes");
            Maybe(meta, 25, "provides", "unfencing");
            Maybe(meta, 20, "requires", "nothing", "quorum", "fencing");
            Maybe(meta, 20, "target-role", "Stopped");
            AddIfAny(device, meta);
            var parameters = Block("instance_attributes");
            Maybe(parameters, 50, "pcmk_host_list", "node1 node2", "node2");
            Maybe(parameters, 30, "pcmk_monitor_timeout", "45s");
            AddIfAny(device, parameters);
        }
        if (Chance(40)) device.Add(new XElement("operations", new XElement("op", new XAttribute("id", id + "-monitor"), new XAttribute("name", "monitor"), new XAttribute("interval", "60s"))));
        _resources.Add(device);
        _leaves.Add(new(id, "stonith", null, "fence_xvm", false, false) { OnMembersOnly = true, Undigested = true });
    }

    private void WriteRemote(string id)
    {
        var remote = new XElement("primitive", new XAttribute("id", id), new XAttribute("class", "ocf"), new XAttribute("provider", "pacemaker"), new XAttribute("type", "remote"));
        var parameters = Block("instance_attributes");
        Maybe(parameters, 40, "server", "192.0.2.7");
        Maybe(parameters, 40, "reconnect_interval", "60s", "10min");
        AddIfAny(remote, parameters);
        var meta = Block("meta_attributes");
        Maybe(meta, 8, "target-role", "Stopped");
        Maybe(meta, 8, "is-managed", "false");
        AddIfAny(remote, meta);
        if (Chance(80)) remote.Add(new XElement("operations", new XElement("op", new XAttribute("id", id + "-monitor"), new XAttribute("name", "monitor"), new XAttribute("interval", "60s"), new XAttribute("timeout", "30s"))));
        if (remote.Element("operations")?.Element("op") is { } monitor) MaybeHas(monitor, 15, "on-fail", "fence", "block", "ignore");
        _resources.Add(remote);
        _connections.Add(Top(id));
        var node = NewNode(id, id, isMember: false);
        if (Chance(50))
        {
            var configured = new XElement("node", new XAttribute("id", id), new XAttribute("uname", id), new XAttribute("type", "remote"));
            WriteNodeAttributes(configured, node);
            _nodes.Add(configured);
        }
        _leaves.Add(new(id, "ocf", "pacemaker", "remote", false, false) { OnMembersOnly = true, Carries = node, Migratable = true, Undigested = parameters.HasElements });
    }

    private void WriteGuest(string id, string guest)
    {
        var launcher = new XElement("primitive", new XAttribute("id", id), new XAttribute("class", "ocf"), new XAttribute("provider", "heartbeat"), new XAttribute("type", "VirtualDomain"));
        var meta = Block("meta_attributes");
        meta.Add(Pair("remote-node", guest));
        Maybe(meta, 30, "allow-migrate", "true");
        Maybe(meta, 20, "remote-addr", "192.0.2.8");
        Maybe(meta, 10, "is-managed", "false");
        Maybe(meta, 10, "target-role", "Stopped");
        Maybe(meta, 20, "migration-threshold", 1, 2);
        launcher.Add(meta);
        if (Chance(70)) launcher.Add(new XElement("operations", new XElement("op", new XAttribute("id", id + "-monitor"), new XAttribute("name", "monitor"), new XAttribute("interval", "10s"), new XAttribute("timeout", "20s"))));
        _resources.Add(launcher);
        Top(id);
        var node = NewNode(guest, guest, isMember: false);
        var carrier = new Leaf(id, "ocf", "heartbeat", "VirtualDomain", false, false) { OnMembersOnly = true, Migratable = true };
        _leaves.Add(carrier);
        _leaves.Add(new(guest, "ocf", "pacemaker", "remote", false, false) { OnMembersOnly = true, Carries = node, Undigested = true });
    }

    private void WriteBundle(string id)
    {
        var replicas = 1 + _random.Next(3);
        var promotable = Chance(40);
        var container = new XElement(Any(["docker", "podman"]), new XAttribute("image", "web:1"), new XAttribute("replicas", replicas));
        if (promotable) container.Add(new XAttribute("promoted-max", 1));
        MaybeHas(container, 15, "replicas-per-host", 2);
        MaybeHas(container, 15, "run-command", "/bin/server");
        MaybeHas(container, 15, "options", "--log-driver=none");
        var bundle = new XElement("bundle", new XAttribute("id", Top(id)), container);
        var inside = Chance(80);
        var address = Chance(70);
        if (address || inside)
        {
            var network = new XElement("network");
            if (address) network.Add(new XAttribute("ip-range-start", "192.0.2.10"));
            if (!address || Chance(40)) network.Add(new XAttribute("control-port", 3121));
            if (Chance(30)) network.Add(new XElement("port-mapping", new XAttribute("id", NewId("port")), new XAttribute("port", 80)));
            bundle.Add(network);
        }
        if (Chance(30)) bundle.Add(new XElement("storage", new XElement("storage-mapping", new XAttribute("id", NewId("storage")), new XAttribute("source-dir", "/srv"), new XAttribute("target-dir", "/srv"))));
        var meta = Block("meta_attributes");
        Maybe(meta, 8, "target-role", "Stopped");
        Maybe(meta, 8, "is-managed", "false");
        if (meta.HasElements && Chance(50)) bundle.AddFirst(meta);
        var kind = container.Name.LocalName;
        var nodes = new List<Node>();
        for (var number = 0; number < replicas; number++)
        {
            _leaves.Add(new($"{id}-{kind}-{number}", "ocf", "heartbeat", kind, false, false) { OnMembersOnly = true, Undigested = true });
            if (address) _leaves.Add(new($"{id}-ip-192.0.2.{10 + number}", "ocf", "heartbeat", "IPaddr2", false, false) { OnMembersOnly = true, Undigested = true });
            if (!inside) continue;
            nodes.Add(NewNode($"{id}-{number}", $"{id}-{number}", isMember: false));
            _leaves.Add(new($"{id}-{number}", "ocf", "pacemaker", "remote", false, false) { OnMembersOnly = true, Carries = nodes[^1], Undigested = true });
        }
        if (inside)
        {
            bundle.Add(NewPrimitive(id + "i", true, promotable));
            _leaves[^1] = _leaves[^1] with { Only = nodes };
        }
        _resources.Add(bundle);
    }

    private XElement NewPrimitive(string id, bool cloned, bool promotable)
    {
        var primitive = new XElement("primitive", new XAttribute("id", id));
        if (!promotable && _resources.Element("template") is not null && Chance(40)) primitive.Add(new XAttribute("template", "template1"));
        else primitive.Add(new XAttribute("class", "ocf"), new XAttribute("provider", "pacemaker"), new XAttribute("type", promotable ? "Stateful" : "Dummy"));
        Describe(primitive, id, cloned, promotable);
        _leaves.Add(new(id, "ocf", "pacemaker", promotable ? "Stateful" : "Dummy", cloned, promotable)
        {
            Migratable = primitive.Descendants("nvpair").Any(static p => (string?)p.Attribute("name") == "allow-migrate"),
            Undigested = primitive.Element("instance_attributes") is not null,
        });
        return primitive;
    }

    /// <summary>Meta-attributes, parameters, utilization and operations.</summary>
    private void Describe(XElement primitive, string id, bool cloned, bool promotable)
    {
        var meta = Block("meta_attributes");
        if (Is(About.Rules) && Chance(15)) meta.Add(Rule(null, 1, DateExpression()));
        if (!cloned)
        {
            Maybe(meta, 6, "target-role", "Stopped", "Started");
            Maybe(meta, 5, "multiple-active", "stop_only", "block", "stop_unexpected");
            Maybe(meta, 15, "priority", 1, 5, 10);
        }
        Maybe(meta, Is(About.Maintenance) ? 15 : 3, "is-managed", "false");
        Maybe(meta, Is(About.Maintenance) ? 10 : 1, "maintenance", "true");
        Maybe(meta, Is(About.Migration) ? 70 : 5, "allow-migrate", "true");
        Maybe(meta, 20, "resource-stickiness", 0, 1, 100, "INFINITY", -10);
        Maybe(meta, Is(About.Failures) ? 40 : 10, "migration-threshold", 1, 2, 3);
        Maybe(meta, Is(About.Failures) ? 40 : 10, "failure-timeout", 60, 600, 3600);
        Maybe(meta, 6, "requires", "nothing", "quorum", "fencing", "unfencing");
        Maybe(meta, 5, "critical", "false");
        if (Is(About.Health)) Maybe(meta, 25, "allow-unhealthy-nodes", "true");
        AddIfAny(primitive, meta);
        if (Is(About.Parameters) && Chance(60))
        {
            var parameters = Block("instance_attributes");
            if (Chance(25)) parameters.Add(Rule(null, 1, AttributeExpression()));
            Maybe(parameters, 90, "fake", "1", "two");
            Maybe(parameters, 50, "passwd", "secret");
            AddIfAny(primitive, parameters);
        }
        if (Is(About.Utilization))
        {
            var needs = Block("utilization");
            Maybe(needs, 70, "cpu", 1, 2, 3);
            Maybe(needs, 40, "memory", 50, 256, 600);
            AddIfAny(primitive, needs);
        }
        AddIfAny(primitive, NewOperations(id, promotable));
    }

    private XElement NewOperations(string id, bool promotable)
    {
        var operations = new XElement("operations");
        void Operation(string name, string interval, string? role, params string[] onFail)
        {
            var operation = new XElement("op", new XAttribute("id", $"{id}-{name}-{interval}"), new XAttribute("name", name), new XAttribute("interval", interval));
            MaybeHas(operation, 85, "timeout", "20s");
            if (role is not null) operation.Add(new XAttribute("role", role));
            if (Chance(Is(About.Failures) ? 60 : 20)) operation.Add(new XAttribute("on-fail", Any(onFail)));
            MaybeHas(operation, 4, "enabled", "false");
            MaybeHas(operation, 4, "record-pending", "false");
            MaybeHas(operation, 3, "start-delay", "5s");
            if (interval != "0s" && operation.Attribute("start-delay") is null && Chance(4)) operation.Add(new XAttribute("interval-origin", "2023-11-01"));
            operations.Add(operation);
        }
        string[] after = Is(About.Fencing) ? ["ignore", "restart", "block", "stop", "standby", "fence"] : ["ignore", "restart", "block", "stop", "standby"];
        if (promotable)
        {
            if (Chance(90)) Operation("monitor", "10s", Chance(50) ? "Unpromoted" : "Slave", after);
            if (Chance(90)) Operation("monitor", "11s", Chance(50) ? "Promoted" : "Master", [.. after, "demote"]);
            if (Chance(15)) Operation("promote", "0s", null, [.. after, "demote"]);
            if (Chance(15)) Operation("demote", "0s", null, after);
        }
        else if (Chance(85)) Operation("monitor", "10s", null, after);
        if (Chance(10)) Operation("monitor", "30s", Chance(50) ? "Started" : null, after);
        if (Chance(12)) Operation("monitor", "20s", "Stopped", after);
        if (Chance(15)) Operation("start", "0s", null, after);
        if (Chance(15)) Operation("stop", "0s", null, Is(About.Fencing) ? ["ignore", "block", "fence"] : ["ignore", "block"]);
        if (Is(About.Migration) && Chance(20)) Operation("migrate_to", "0s", null, "ignore", "restart", "block");
        if (Is(About.Migration) && Chance(20)) Operation("migrate_from", "0s", null, "ignore", "restart", "block");
        return operations;
    }

    private XElement NewGroup(string id, bool cloned, bool promotable = false)
    {
        var group = new XElement("group", new XAttribute("id", id));
        var meta = Block("meta_attributes");
        if (!cloned)
        {
            Maybe(meta, 6, "target-role", "Stopped");
            Maybe(meta, 15, "priority", 1, 5, 10);
        }
        Maybe(meta, 15, "resource-stickiness", 1, 100);
        Maybe(meta, 5, "ordered", "false");
        Maybe(meta, 5, "collocated", "false");
        Maybe(meta, Is(About.Maintenance) ? 10 : 1, "is-managed", "false");
        AddIfAny(group, meta);
        var members = 1 + _random.Next(3);
        for (var number = 1; number <= members; number++) group.Add(NewPrimitive($"{id}m{number}", cloned, promotable));
        return group;
    }

    private XElement NewClone(string id, XElement child, bool promotable)
    {
        _clones.Add(id);
        var meta = Block("meta_attributes");
        if (promotable)
        {
            _promotables.Add(id);
            meta.Add(Pair("promotable", "true"));
            Maybe(meta, 20, "promoted-max", 0, 2, 3);
            Maybe(meta, 10, "promoted-node-max", 2);
            Maybe(meta, 8, "target-role", "Unpromoted", "Promoted", "Stopped");
        }
        else Maybe(meta, 5, "target-role", "Stopped");
        Maybe(meta, 40, "interleave", "true");
        Maybe(meta, 20, "ordered", "true");
        Maybe(meta, 20, "clone-max", 0, 1, 2, 3, 5);
        Maybe(meta, 30, "notify", "true");
        if (Is(About.Clones))
        {
            // 3.0.2 has another default (reference section 19).
            if (Chance(30)) meta.Add(Pair("globally-unique", "true"), Pair("clone-node-max", Any([1, 2, 3])));
            Maybe(meta, 20, "clone-min", 1, 2);
        }
        Maybe(meta, 5, "is-managed", "false");
        Maybe(meta, 15, "resource-stickiness", 0, 100);
        Maybe(meta, 10, "priority", 2, 7);
        var clone = new XElement("clone", new XAttribute("id", id));
        AddIfAny(clone, meta);
        clone.Add(child);
        return clone;
    }

    private XElement Rule(object? score, int depth, params XElement[] first)
    {
        var rule = new XElement("rule", new XAttribute("id", NewId("rule")));
        if (score is not null) rule.Add(new XAttribute("score", score));
        MaybeHas(rule, 40, "boolean-op", "or", "and");
        rule.Add(first);
        if (first.Length == 0 || Chance(30) && depth < 2) rule.Add(Chance(70) ? AttributeExpression() : DateExpression());
        if (depth < 1 && Chance(15)) rule.Add(Rule(null, depth + 1, AttributeExpression()));
        return rule;
    }

    private XElement AttributeExpression()
    {
        var attribute = Any(["site", "site", "load", "version", "pingd", "#uname", "#kind", "#id", "#is_dc", "#site-name"]);
        var operation = Any(["eq", "ne", "lt", "lte", "gt", "gte", "defined", "not_defined"]);
        var expression = new XElement("expression", new XAttribute("id", NewId("e")), new XAttribute("attribute", attribute), new XAttribute("operation", operation));
        if (operation is not ("defined" or "not_defined"))
            expression.Add(new XAttribute("value", attribute switch
            {
                "load" => Any(["1", "5", "0.5", "7"]), "version" => Any(["1.2", "1.9", "2"]), "pingd" => Any(["0", "100", "500"]), "#uname" => Any(_machines).Name, "#kind" => Any(["cluster", "remote", "container"]),
                "#id" => "1", "#is_dc" => "true", _ => Any(["left", "right", "LEFT"]),
            }));
        MaybeHas(expression, 40, "type", "string", "integer", "number", "version");
        return expression;
    }

    private XElement DateExpression()
    {
        var expression = new XElement("date_expression", new XAttribute("id", NewId("e")));
        string Date() => DateTimeOffset.FromUnixTimeSeconds(Now + _random.Next(-4, 5) * 86_400 / 2 * _random.Next(1, 40)).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        switch (_random.Next(5))
        {
            case 0: expression.Add(new XAttribute("operation", "gt"), new XAttribute("start", Date())); break;
            case 1: expression.Add(new XAttribute("operation", "lt"), new XAttribute("end", Date())); break;
            case 2: expression.Add(new XAttribute("operation", "in_range"), new XAttribute("start", Date()), new XAttribute("end", Date())); break;
            case 3:
                expression.Add(new XAttribute("operation", "in_range"), new XAttribute("start", Date()),
                    new XElement("duration", new XAttribute("id", NewId("d")), new XAttribute(Any(["hours", "days", "weeks", "months"]), 1 + _random.Next(9))));
                break;
            default:
                var spec = new XElement("date_spec", new XAttribute("id", NewId("spec")));
                MaybeHas(spec, 50, "hours", "8-16", "22", "20-", "0-21");
                MaybeHas(spec, 50, "weekdays", "2", "1-5", "6-7");
                MaybeHas(spec, 30, "months", "11", "1-6");
                MaybeHas(spec, 30, "monthdays", "14", "15-31");
                expression.Add(new XAttribute("operation", "date_spec"), spec);
                break;
        }
        return expression;
    }
}
