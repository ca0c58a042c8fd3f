using System.Globalization;
using System.Xml.Linq;

namespace Appliance.Policy.Tests;

/// <summary>Takes a sound document and makes it one that nobody in their right mind would write; the same seed makes the same document.</summary>
internal sealed class HostileDocuments(Random random)
{
    private static readonly string[] Values =
        ["", "INFINITY", "-INFINITY", "99999999999999999999", "-99999999999999999999", "2147483647", "-2147483648", "1e400", "NaN", "'\"<>&", "\u00e9\u4e2d", "a b", ":", "#", "%0", "PT", "P1Y", "2147483648s", "0", "-1", "true"];

    private static readonly string[] Options =
        ["clone-max", "clone-node-max", "promoted-max", "promoted-node-max", "clone-min", "priority", "remote-node", "container", "is-managed", "maintenance", "target-role", "multiple-active", "migration-threshold",
            "failure-timeout", "resource-stickiness", "allow-migrate", "globally-unique", "interleave", "notify", "promotable", "container-attribute-target", "requires"];

    private static readonly string[] Elements = ["primitive", "group", "clone", "bundle", "op", "rule", "nvpair", "node", "node_state", "lrm_resource", "lrm_rsc_op", "template", "tag", "resource_set", "resource_ref"];

    private static readonly string[] References = ["rsc", "with-rsc", "first", "then", "node", "template", "id-ref", "id"];

    public XElement Spoil(XElement sound, int times)
    {
        var document = new XElement(sound);
        for (var i = 0; i < times; i++) Change(document);
        return document;
    }

    private T Any<T>(IReadOnlyList<T> of) => of[random.Next(of.Count)];

    private void Change(XElement document)
    {
        var all = document.Descendants().Where(static e => e.Parent?.Parent is not null).ToList();
        if (all.Count < 2) return;
        var one = Any(all);
        switch (random.Next(11))
        {
            case 0: if (one.Attributes().ToList() is { Count: > 0 } some) Any(some).Value = Any(Values); break;
            case 1: if (one.Attributes().ToList() is { Count: > 0 } these) Any(these).Remove(); break;
            case 2: one.Remove(); break;
            case 3: one.Parent!.Add(new XElement(one)); break;
            case 4: if (Any(all) is var inside && !one.DescendantsAndSelf().Contains(inside)) inside.Add(new XElement(one)); break;
            case 5: one.SetAttributeValue("id", (string?)Any(all).Attribute("id") ?? "x"); break;
            case 6: for (var i = 0; i < 6; i++) Tie(document); break;
            case 7: Refer(document); break;
            case 8: one.Name = Any(Elements); break;
            case 9:
                if (document.Descendants("nvpair").ToList() is not { Count: > 0 } pairs) break;
                var pair = Any(pairs);
                pair.SetAttributeValue("name", Any(Options));
                pair.SetAttributeValue("value", random.Next(2) == 0 ? Any(Values) : random.Next(300).ToString(CultureInfo.InvariantCulture));
                // A million instances are no mistake of the engine's.
                if (((string?)pair.Attribute("value"))!.Length > 4) pair.SetAttributeValue("value", "4");
                break;
            default:
                if (document.Descendants("lrm_rsc_op").ToList() is { Count: > 0 } results)
                    Any(results).SetAttributeValue(Any(["rc-code", "op-status", "call-id", "interval", "operation", "transition-key", "transition-magic", "on_node", "last-rc-change"]), Any(Values));
                break;
        }
    }

    /// <summary>Orders or colocates any two resources, a resource with itself included: the more there are, the more go in circles.</summary>
    private void Tie(XElement document)
    {
        var resources = document.Descendants("resources").Descendants().Where(static e => e.Name.LocalName is "primitive" or "group" or "clone" or "bundle").ToList();
        if (resources.Count == 0 || document.Descendants("constraints").FirstOrDefault() is not { } constraints) return;
        var (a, b) = ((string?)Any(resources).Attribute("id") ?? "", (string?)Any(resources).Attribute("id") ?? "");
        var id = "x" + random.Next().ToString(CultureInfo.InvariantCulture);
        constraints.Add(random.Next(2) == 0
            ? new XElement("rsc_colocation", new XAttribute("id", id), new XAttribute("rsc", a), new XAttribute("with-rsc", b), new XAttribute("score", Any(["INFINITY", "-INFINITY", "100", "-100"])))
            : new XElement("rsc_order", new XAttribute("id", id), new XAttribute("first", a), new XAttribute("then", b), new XAttribute("kind", Any(["Mandatory", "Optional", "Serialize"]))));
    }

    private void Refer(XElement document)
    {
        var references = document.Descendants().Attributes().Where(static a => References.Contains(a.Name.LocalName)).ToList();
        if (references.Count > 0) Any(references).Value = random.Next(2) == 0 ? "nobody" : Any(references).Value;
    }
}
