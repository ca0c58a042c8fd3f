using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <content>Constraints of all kinds.</content>
internal sealed partial class WideCibGenerator
{
    private static readonly object[] Scores = ["INFINITY", "INFINITY", "-INFINITY", "100", "50", "-50", "-100", "1000", "10", "0"];

    private void WriteConstraints()
    {
        if (Is(About.Tags) && _tops.Count > 1)
            _tags.Add(new XElement("tag", new XAttribute("id", "tag1"), _tops.Take(1 + _random.Next(_tops.Count)).Select(static t => new XElement("obj_ref", new XAttribute("id", t)))));
        for (var left = _random.Next(4); left > 0; left--) WriteLocation();
        if (_tops.Count > 1)
        {
            for (var left = _random.Next(4); left > 0; left--) WriteColocation();
            for (var left = _random.Next(4); left > 0; left--) WriteOrder();
        }
        if (Is(About.Tickets)) WriteTickets();
    }

    /// <summary>Something constraints can be about.</summary>
    private string AnyResource(int percentInner = 6)
    {
        if (_tags.HasElements && Chance(15)) return "tag1";
        if (Chance(percentInner) && _leaves.Where(static l => l.Only is null && l.Type is "Dummy" or "Stateful").ToList() is { Count: > 0 } inner) return Any(inner).Id;
        return Any(_tops);
    }

    private void WriteLocation()
    {
        var location = new XElement("rsc_location", new XAttribute("id", NewId("location")));
        switch (_random.Next(12))
        {
            case 0 when Is(About.Tags): location.Add(new XAttribute("rsc-pattern", Any(["^p", "!^c", "([a-z])1$", "."]))); break;
            case 1: location.Add(Set([.. _tops.Take(2)])); break;
            default: location.Add(new XAttribute("rsc", AnyResource(12))); break;
        }
        if (!Chance(Is(About.Rules) ? 70 : 20))
        {
            location.Add(new XAttribute("node", Any(_machines).Name), new XAttribute("score", Any(Scores)));
            MaybeHas(location, 15, "resource-discovery", "always", "never", "exclusive");
            if (location.Attribute("rsc") is not null) MaybeHas(location, 15, "role", "Started", "Promoted", "Unpromoted", "Master", "Slave");
            return;
        }
        MaybeHas(location, 15, "resource-discovery", "always", "never", "exclusive");
        for (var left = Chance(15) ? 2 : 1; left > 0; left--)
        {
            var rule = Rule(Any(Scores), 0);
            if (Chance(10))
            {
                rule.SetAttributeValue("score", null);
                rule.Add(new XAttribute("score-attribute", Any(["pingd", "load", "site"])));
            }
            MaybeHas(rule, 12, "role", "Promoted", "Unpromoted", "Started");
            location.Add(rule);
        }
    }

    private void WriteColocation()
    {
        var colocation = new XElement("rsc_colocation", new XAttribute("id", NewId("colocation")), new XAttribute("score", Any(Scores)));
        _constraints.Add(colocation);
        MaybeHas(colocation, 8, "node-attribute", "site", "load");
        if (Chance(Is(About.Sets) ? 70 : 10))
        {
            for (var sets = 1 + _random.Next(2); sets > 0; sets--)
            {
                var set = Set(AnyOf());
                MaybeHas(set, 40, "sequential", "true", "false");
                MaybeHas(set, 20, "role", "Started", "Promoted", "Unpromoted", "Master");
                MaybeHas(set, 15, "ordering", "group", "listed");
                MaybeHas(set, 20, "score", "100", "-100", "INFINITY");
                colocation.Add(set);
            }
            colocation.Attribute("node-attribute")?.Remove();
            return;
        }
        var (dependent, primary) = Two();
        colocation.Add(new XAttribute("rsc", dependent), new XAttribute("with-rsc", primary));
        if (_promotables.Contains(primary)) MaybeHas(colocation, 55, "with-rsc-role", "Promoted", "Promoted", "Master", "Unpromoted", "Started");
        if (_promotables.Contains(dependent)) MaybeHas(colocation, 45, "rsc-role", "Promoted", "Promoted", "Slave", "Unpromoted", "Started");
        MaybeHas(colocation, 15, "influence", "true", "false");
    }

    private void WriteOrder()
    {
        var order = new XElement("rsc_order", new XAttribute("id", NewId("order")));
        _constraints.Add(order);
        MaybeHas(order, 60, "kind", "Mandatory", "Optional", "Serialize");
        if (Chance(Is(About.Sets) ? 70 : 10))
        {
            for (var sets = 1 + _random.Next(3); sets > 0; sets--)
            {
                var set = Set(AnyOf());
                MaybeHas(set, 40, "sequential", "true", "false");
                if ((string?)set.Attribute("sequential") == "false") MaybeHas(set, 40, "require-all", "true", "false");
                MaybeHas(set, 15, "action", "start", "promote", "stop", "demote");
                order.Add(set);
            }
            if ((string?)order.Attribute("kind") != "Serialize") MaybeHas(order, 15, "symmetrical", "true", "false");
            return;
        }
        var (first, then) = Two();
        order.Add(new XAttribute("first", first), new XAttribute("then", then));
        if (_promotables.Contains(first)) MaybeHas(order, 55, "first-action", "promote", "promote", "demote", "start");
        else MaybeHas(order, 12, "first-action", "start", "stop");
        if (_promotables.Contains(then)) MaybeHas(order, 45, "then-action", "promote", "promote", "demote", "start");
        else MaybeHas(order, 15, "then-action", "start", "stop");
        if ((string?)order.Attribute("kind") != "Serialize") MaybeHas(order, 15, "symmetrical", "true", "false");
        if (_clones.Contains(first)) MaybeHas(order, 15, "require-all", "true", "false");
    }

    private void WriteTickets()
    {
        var tickets = new XElement("tickets");
        foreach (var name in new[] { "ticketA", "ticketB" })
        {
            if (!Chance(70)) continue;
            var state = new XElement("ticket_state", new XAttribute("id", name), new XAttribute("granted", Any(["true", "false"])), new XAttribute("last-granted", Now - 500));
            MaybeHas(state, 30, "standby", "true", "false");
            tickets.Add(state);
        }
        for (var left = 1 + _random.Next(2); left > 0; left--)
        {
            var ticket = new XElement("rsc_ticket", new XAttribute("id", NewId("ticket")), new XAttribute("ticket", Any(["ticketA", "ticketB"])));
            MaybeHas(ticket, 80, "loss-policy", "stop", "demote", "fence", "freeze");
            if (Chance(30))
            {
                var set = Set(AnyOf());
                MaybeHas(set, 40, "role", "Started", "Promoted", "Unpromoted");
                ticket.Add(set);
            }
            else
            {
                ticket.Add(new XAttribute("rsc", AnyResource()));
                MaybeHas(ticket, 40, "rsc-role", "Started", "Promoted", "Unpromoted", "Master");
            }
            _constraints.Add(ticket);
        }
        AddIfAny(_status, tickets);
    }

    private (string First, string Second) Two()
    {
        var first = AnyResource();
        for (; ; )
            if (AnyResource() is var second && second != first && !(first == "tag1" && second == "tag1")) return (first, second);
    }

    private string[] AnyOf() => [.. Enumerable.Range(0, 1 + _random.Next(3)).Select(_ => Any(_tops)).Distinct()];

    private XElement Set(params string[] members) =>
        new("resource_set", new XAttribute("id", NewId("rset")), members.Select(static m => new XElement("resource_ref", new XAttribute("id", m))));
}
