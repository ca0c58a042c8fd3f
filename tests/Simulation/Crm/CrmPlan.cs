using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Crm.Compile;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Power;

namespace Appliance.Simulation.Crm;

/// <summary>What the CRM of a world manages: the CIB that a new cluster begins with, and what of it is to run where when all is well.</summary>
/// <param name="Single">Primitives that run on one node.</param>
/// <param name="Everywhere">Primitives that run on every node.</param>
/// <param name="Promotable">Of these: one of them is promoted.</param>
internal sealed record CrmPlan(CibElement Cib, ImmutableArray<string> Single, ImmutableArray<string> Everywhere, ImmutableArray<string> Promotable)
{
    /// <summary>The role that one node alone has, as the services know it.</summary>
    public static string Promoted(string resource) => resource + ":promoted";

    /// <summary>What is never on two nodes.</summary>
    public ImmutableArray<string> Owned => [.. Single, .. Promotable.Select(Promoted)];

    /// <summary>The CIB of a world: haresources compiled, or one that an administrator might have written.</summary>
    public static CrmPlan Draw(ClusterPlan plan, SeededRandom chance)
    {
        var devices = FencingDevices.Read(plan);
        var compiled = HaresourcesCompiler.Compile(plan.HaCfOf(0) with { Stonith = [] }, plan.Groups, devices, r => new(new("ocf", "heartbeat", r.Script), [new("state", r.Arguments[0])])).Cib;
        var resources = compiled.Element("configuration")!.Element("resources")!;
        var single = resources.Descendants("primitive").Where(p => p["class"] != "stonith").Select(p => p.Id!).ToImmutableArray();
        var (everywhere, promotable) = (ImmutableArray<string>.Empty, ImmutableArray<string>.Empty);
        if (chance.Chance(0.5)) return new(compiled, single, everywhere, promotable);
        if (chance.Chance(0.6))
        {
            var clone = resources.Add("clone").Set("id", "tools");
            clone.Add("primitive").Set("id", "tool").Set("class", "ocf").Set("provider", "heartbeat").Set("type", "Dummy").Add("operations").Add("op").Set("id", "tool-m").Set("name", "monitor").Set("interval", "7s");
            everywhere = ["tool"];
        }
        else
        {
            var clone = resources.Add("clone").Set("id", "stores");
            var meta = clone.Add("meta_attributes").Set("id", "stores-meta");
            meta.Add("nvpair").Set("id", "stores-promotable").Set("name", "promotable").Set("value", "true");
            if (chance.Chance(0.3)) meta.Add("nvpair").Set("id", "stores-notify").Set("name", "notify").Set("value", "true");
            var store = clone.Add("primitive").Set("id", "store").Set("class", "ocf").Set("provider", "heartbeat").Set("type", "Stateful").Add("operations");
            store.Add("op").Set("id", "store-p").Set("name", "monitor").Set("interval", "10s").Set("role", "Promoted");
            store.Add("op").Set("id", "store-u").Set("name", "monitor").Set("interval", "11s").Set("role", "Unpromoted");
            var constraints = compiled.Element("configuration")!.Element("constraints")!;
            for (var i = 0; i < plan.Nodes.Length; i++)
            {
                var rule = constraints.Add("rsc_location").Set("id", $"promote-{i}").Set("rsc", "stores").Add("rule").Set("id", $"promote-{i}-rule").Set("role", "Promoted").Set("score", $"{10 - i}");
                rule.Add("expression").Set("id", $"promote-{i}-where").Set("attribute", "#uname").Set("operation", "eq").Set("value", plan.Nodes[i]);
            }
            promotable = everywhere = ["store"];
        }
        return new(compiled, single, everywhere, promotable);
    }
}
