using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <content>What has happened: on members first, so that it is known which remote nodes can have run something.</content>
internal sealed partial class WideCibGenerator
{
    private void WriteHistories()
    {
        foreach (var leaf in _leaves.Where(static l => l.OnMembersOnly)) WriteHistory(leaf, [.. _machines.Where(static m => m.IsMember)]);
        foreach (var node in _machines.Where(static m => !m.IsMember))
        {
            if (node.Running || Chance(15)) node.Seen = true;
            node.State.Add(new XAttribute("remote_node", "true"));
            if (Chance(90)) node.State.Add(new XAttribute("in_ccm", node.Running ? "true" : "false"));
            MaybeHas(node.State, 10, "node_fenced", "0", "1");
            MaybeHas(node.State, 10, "node_in_maintenance", "0", "1");
        }
        foreach (var leaf in _leaves.Where(static l => !l.OnMembersOnly)) WriteHistory(leaf, leaf.Only ?? [.. _machines.Where(m => !_leaves.Any(l => l.Only?.Contains(m) == true))]);
        if (Is(About.Orphans))
            for (var left = 1 + _random.Next(2); left > 0; left--)
            {
                var orphan = new Leaf(Any(["gone", "gone2", "c1i:2", "p9:1"]), "ocf", "pacemaker", Any(["Dummy", "Stateful", "remote"]), false, false) { OnMembersOnly = true };
                if (!_machines.Any(m => m.History.Elements().Any(r => (string?)r.Attribute("id") == orphan.Id))) WriteHistory(orphan, [.. _machines.Where(static m => m.IsMember)]);
            }
        foreach (var node in _machines)
        {
            if (!node.Seen) continue;
            if (node.Transient.HasElements) node.State.Add(new XElement("transient_attributes", new XAttribute("id", node.Id), node.Transient));
            node.State.Add(new XElement("lrm", new XAttribute("id", node.Id), node.History));
            _status.Add(node.State);
        }
    }

    /// <summary>A plain resource runs on at most one node, mostly; a clone's instance is anywhere.</summary>
    private void WriteHistory(Leaf leaf, List<Node> nodes)
    {
        if (nodes.Count == 0) return;
        var runner = Chance(75) ? Any(nodes) : null;
        var promoted = leaf.Promotable && Chance(60) ? Any(nodes) : null;
        var migrates = leaf.Migratable && runner is { Running: true } && Chance(Is(About.Migration) ? 45 : 8) ? nodes.Find(n => n.Running && n != runner) : null;
        foreach (var node in nodes)
        {
            if (!node.Running) continue;
            var resource = new XElement("lrm_resource", new XAttribute("id", leaf.Id), new XAttribute("class", leaf.Class));
            if (leaf.Provider is not null) resource.Add(new XAttribute("provider", leaf.Provider));
            resource.Add(new XAttribute("type", leaf.Type));
            var history = new HistoryWriter(leaf.Id, node.Name, resource, () => ++_calls) { Digested = !leaf.Undigested || Is(About.Parameters) && Chance(40), Reloadable = Is(About.Parameters) && Chance(50) };
            if (migrates is not null && node == runner) WriteMigratedAway(leaf, node, migrates, history);
            else if (migrates is not null && node == migrates) WriteMigratedHere(leaf, runner!, node, history);
            else if (leaf.Only is not null ? Chance(85) : leaf.Cloned ? Chance(70) : node == runner || Chance(2))
            {
                if (WriteActive(leaf, node, history, node == promoted) && leaf.Carries is not null) leaf.Carries.Running = true;
            }
            else WriteInactive(leaf, node, history);
            if (Is(About.Locks) && Chance(15)) resource.Add(new XAttribute("shutdown-lock", Now - 100));
            if (resource.HasElements) node.History.Add(resource);
        }
    }

    private long Started() => Now - 9000 + _random.Next(8000);

    private void WriteInactive(Leaf leaf, Node node, HistoryWriter history)
    {
        var at = Started();
        switch (_random.Next(Is(About.Failures) ? 26 : 20))
        {
            case < 11: history.Succeeded("monitor", 7, at); break;
            case < 14: history.Succeeded("stop", 0, at); break;
            case < 16: break;                                                           // not looked at yet
            case 16: history.InFlight("monitor", at); break;
            case 17:
                history.Failed("start", 0, 1, at);
                Count(leaf, node, "start", 0, "INFINITY", at);
                break;
            case 18: history.Failed("monitor", 7, 5, at); break;                        // not installed
            case 19:
                history.Succeeded("stop", 0, at);
                history.Succeeded("monitor", 7, at + 5, 20000);
                break;
            default:
                history.Failed("start", 0, Any([1, 2, 3, 4, 5, 6, 7]), at, status: Any([4, 4, 2]));
                if (Chance(60)) Count(leaf, node, "start", 0, Any<object>(["INFINITY", 1, 2]), at);
                if (Chance(50)) history.Succeeded("stop", 0, at + 20);
                break;
        }
    }

    /// <summary>Whether it can be taken to be active still.</summary>
    private bool WriteActive(Leaf leaf, Node node, HistoryWriter history, bool promoted)
    {
        var at = Started();
        if (Chance(12)) history.Succeeded("monitor", 7, at - 10);
        if (Chance(6))
        {
            // Found by a probe.
            history.Succeeded("monitor", promoted ? 8 : 0, at);
            return true;
        }
        history.Succeeded("start", 0, at);
        if (promoted) history.Succeeded("promote", 0, at + 5);
        if (leaf.Promotable && (promoted || Chance(70))) node.Transient.Add(Pair("master-" + leaf.Id, promoted ? 10 : Any([5, 5, 10, -1, 0, 100])));
        var (interval, fine) = promoted ? (11000, 8) : (leaf.Type == "remote" || leaf.Class == "stonith" ? 60000 : 10000, 0);
        void Watched()
        {
            if (Chance(90)) history.Succeeded("monitor", fine, at + 10, interval);
        }
        switch (_random.Next(Is(About.Failures) ? 34 : 24))
        {
            case < 14: Watched(); break;
            case < 16: break;                                                           // its monitor is still to be started
            case 16 or 24 or 25:
                Watched();
                history.Failed("monitor", fine, Any([7, 1, 1, 9]), at + 20, interval);
                Count(leaf, node, "monitor", interval, 1 + _random.Next(3), at + 20);
                break;
            case 17 or 26:
                history.Failed("stop", 0, Any([1, 1, 5]), at + 20);
                Count(leaf, node, "stop", 0, "INFINITY", at + 20);
                break;
            case 18: history.InFlight("stop", at + 20); break;
            case 19: history.InFlight("start", at + 20); break;
            case 20:
                Watched();
                history.Succeeded("monitor", fine, at + 12, 45000);                     // no such monitor is configured
                break;
            case 21: history.InFlight("monitor", at + 20, interval); break;
            case 27 when leaf.Promotable:
                history.Failed("promote", 0, Any([1, 7, 9]), at + 20);
                Count(leaf, node, "promote", 0, 1, at + 20);
                break;
            case 28 when leaf.Promotable:
                history.Failed("demote", 0, Any([1, 7]), at + 20);
                Count(leaf, node, "demote", 0, 1, at + 20);
                break;
            case 29 when leaf.Promotable: history.InFlight(promoted ? "demote" : "promote", at + 20); break;
            case 30:
                Watched();
                history.Failed("monitor", fine, 1, Now - 4000, interval, status: 2);
                Count(leaf, node, "monitor", interval, 1, Now - 4000);                  // perhaps expired
                break;
            case 31: history.Failed("monitor", fine, promoted ? 191 : 190, at + 20, interval); break;
            case 32: history.Succeeded("monitor", promoted ? 0 : fine, at + 20, interval); break;
            case 33:
                Watched();
                Count(leaf, node, "start", 0, Any<object>([1, "INFINITY"]), at - 5);    // the failure itself was cleaned away
                break;
            default: Watched(); break;
        }
        return true;
    }

    private void WriteMigratedAway(Leaf leaf, Node from, Node to, HistoryWriter history)
    {
        var at = Now - 3000;
        history.Succeeded("start", 0, at);
        if (Chance(50)) history.Succeeded("monitor", 0, at + 10, 10000);
        history.Migration = (from.Name, to.Name);
        switch (_random.Next(6))
        {
            case 0: history.InFlight("migrate_to", at + 50); break;
            case 1: history.Failed("migrate_to", 0, 1, at + 50); break;
            case 2:
                history.Succeeded("migrate_to", 0, at + 50);
                history.Succeeded("stop", 0, at + 60);
                break;
            default: history.Succeeded("migrate_to", 0, at + 50); break;
        }
    }

    private void WriteMigratedHere(Leaf leaf, Node from, Node to, HistoryWriter history)
    {
        var at = Now - 2900;
        if (Chance(60)) history.Succeeded("monitor", 7, at - 500);
        history.Migration = (from.Name, to.Name);
        switch (_random.Next(6))
        {
            case 0: history.InFlight("migrate_from", at); break;
            case 1:
                history.Failed("migrate_from", 0, 1, at);
                Count(leaf, to, "migrate_from", 0, 1, at);
                break;
            case 2: break;
            default:
                history.Succeeded("migrate_from", 0, at);
                if (Chance(40)) history.Succeeded("monitor", 0, at + 10, 10000);
                if (leaf.Carries is not null) leaf.Carries.Running = true;
                break;
        }
    }

    private void Count(Leaf leaf, Node node, string operation, int interval, object count, long at)
    {
        var name = leaf.Id.Split(':')[0];
        if (node.Transient.Elements().Any(p => (string?)p.Attribute("name") == $"fail-count-{name}#{operation}_{interval}")) return;
        node.Transient.Add(Pair($"fail-count-{name}#{operation}_{interval}", count), Pair($"last-failure-{name}#{operation}_{interval}", at));
    }
}
