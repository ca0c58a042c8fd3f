using System.Globalization;
using Appliance.Core.Diagnostics;

namespace Appliance.Cib;

/// <summary>3.x to 4.0: what Pacemaker 3.0 no longer has is expressed by what it has, or dropped (upgrade-3.10-*.xsl).</summary>
/// <remarks>
/// References (<c>id-ref</c>) are replaced by copies first, so that each place can be changed for itself, and become references again at the end where
/// there is an element to refer to.
/// </remarks>
internal sealed partial class UpgradeTo4
{
    private const string Prefix = "pcmk__3_10_upgrade-";

    /// <summary>Copies may make a document no larger than this many times over: references inside of what is referred to multiply.</summary>
    private const int MaxGrowth = 16;

    /// <summary>References inside of what is referred to, one in the other: each nests the document deeper.</summary>
    private const int MaxChain = 16;

    private readonly CibElement _cib;
    private readonly UpgradeNotes _notes;
    private readonly HashSet<CibElement> _copies = [];     // what was not in the document as it came
    private bool _changed;

    private UpgradeTo4(CibElement cib, UpgradeNotes notes) => (_cib, _notes) = (cib, notes);

    public static void Apply(CibElement cib, UpgradeNotes notes)
    {
        var upgrade = new UpgradeTo4(cib, notes);
        upgrade.Dereference();
        cib.Set("validate-with", "pacemaker-4.0");
        upgrade.SortSets();
        upgrade.Options();
        upgrade.DateSpecs();
        upgrade.FencingLevels();
        upgrade.OnePairOfAName();
        upgrade.PingNodes();
        upgrade.Promotable();
        upgrade.OneRuleAConstraint();
        upgrade.Lifetimes();
        upgrade.GoneResources();
        upgrade.GoneMetaAttributes();
        upgrade.ReferAgain();
        upgrade.Permissions();
    }

    private List<CibElement> All(string name)
    {
        var all = new List<CibElement>();
        _cib.Gather(name, all);
        return all;
    }

    private CibElement New(string name, string id, CibElement about)
    {
        var element = new CibElement(name, about.Line, about.Column).Set("id", id);
        _copies.Add(element);
        return element;
    }

    private void MarkCopies(CibElement top)
    {
        _copies.Add(top);
        foreach (var element in top.Descendants()) _copies.Add(element);
    }

    private void Drop(CibElement element)
    {
        element.Remove();
        _changed = true;
    }

    /// <summary>Puts a copy of what it refers to in every reference's place.</summary>
    private void Dereference()
    {
        var references = _cib.Descendants().Where(e => e["id-ref"] is not null).ToList();
        if (references.Count == 0) return;
        var ids = new IdIndex(_cib);
        var room = _cib.Descendants().Count() * MaxGrowth;
        foreach (var reference in references) Dereference(reference, ids, [], ref room);
    }

    private void Dereference(CibElement reference, IdIndex ids, HashSet<string> open, ref int room)
    {
        var id = reference["id-ref"]!;
        if (ids.Find(reference.Name, id) is not { } referenced)
        {
            _notes.Add(Severity.Error, reference, $"{reference.Name} refers to {id}, and there is no {reference.Name} of that id");
            return;
        }
        var own = reference.Attributes.Length - 1 - (reference.Name == "nvpair" && reference["name"] is not null ? 1 : 0);
        if (reference.Name != "operations" && (own > 0 || reference.Children.Count > 0))
            _notes.Add(Severity.Error, reference, $"<{reference.Name}> refers to {id} and says something itself as well", "either id-ref, or id and content");
        if (room < 0 || open.Count == MaxChain || !open.Add(id))
        {
            _notes.Add(Severity.Error, reference, room < 0 ? $"references multiply without end at {reference.Name} {id}"
                : open.Count == MaxChain ? $"{reference.Name} {id} is referred to by a chain of more than {MaxChain}" : $"{reference.Name} {id} refers to itself");
            return;
        }
        var copy = referenced.Clone();
        if (reference.Name == "nvpair" && reference["name"] is { } name) copy.Set("id", $"{Prefix}{id}-{name}").Set("name", name);
        MarkCopies(copy);
        room -= copy.Descendants().Count() + 1;
        reference.ReplaceWith(copy);
        foreach (var nested in copy.Descendants().Where(e => e["id-ref"] is not null).ToList()) Dereference(nested, ids, open, ref room);
        open.Remove(id);
    }

    private static bool IsSet(CibElement element) => element.Name is "cluster_property_set" or "instance_attributes" or "meta_attributes" or "utilization";

    /// <summary>Sets stand behind what else an element has, the highest score first; their order says no more than that.</summary>
    private void SortSets()
    {
        foreach (var owner in _cib.Descendants().Where(e => e.Children.Any(IsSet)))
        {
            var sets = owner.Children.Where(IsSet).ToList();
            var nodes = owner.Nodes.Where(n => n.IsComment || !IsSet(n)).ToList();
            foreach (var set in sets)
            {
                var at = nodes.FindIndex(n => !n.IsComment && IsSet(n) && Rank(n) < Rank(set));
                nodes.Insert(at < 0 ? nodes.Count : at, set);
            }
            owner.Reorder(nodes);
        }

        static int Rank(CibElement set)
        {
            if (set.Name == "cluster_property_set" && set.Id == "cib-bootstrap-options") return int.MaxValue;
            Values.TryScore(set["score"], out var score);
            return score;
        }
    }

    private void Options()
    {
        foreach (var pair in All("nvpair"))
        {
            if (pair["value"] is null)
            {
                _notes.Info(pair, $"{pair["name"]} ({pair.Id}) is dropped: it has no value");
                Drop(pair);
                continue;
            }
            if (pair.Parent!.Name != "cluster_property_set") continue;
            var now = pair["name"] switch
            {
                "crmd-finalization-timeout" => "join-finalization-timeout",
                "crmd-integration-timeout" => "join-integration-timeout",
                "crmd-transition-delay" => "transition-delay",
                _ => null,
            };
            if (now is not null)
            {
                _notes.Info(pair, $"cluster option {pair["name"]} is called {now} now");
                pair.Set("name", now);
                _changed = true;
            }
            else if (pair["name"] == "remove-after-stop")
            {
                _notes.Warn(pair, $"cluster option remove-after-stop ({pair.Id}) is dropped: it is no longer supported");
                Drop(pair);
            }
            else if (pair["name"] == "stonith-action" && pair["value"] == "poweroff")
            {
                _notes.Info(pair, "stonith-action poweroff is called off now");
                pair.Set("value", "off");
                _changed = true;
            }
        }
    }

    private void DateSpecs()
    {
        foreach (var spec in All("date_spec"))
        {
            if (spec["moon"] is null) continue;
            _notes.Warn(spec, $"date_spec {spec.Id}: moon is dropped: the phase of the moon is no longer supported");
            spec.Set("moon", null);
            _changed = true;
        }
    }

    private void FencingLevels()
    {
        foreach (var level in All("fencing-level"))
        {
            if (!Values.TryNumber(level["index"], out var index) || index <= 9) continue;
            _notes.Info(level, $"fencing level {level.Id} is dropped: its index {level["index"]} is above 9");
            Drop(level);
        }
    }

    /// <summary>Of several pairs of one name in one set the first counts, or the first after the last "#default", which un-sets those before it.</summary>
    private void OnePairOfAName()
    {
        foreach (var set in _cib.Descendants().Where(e => e.Element("nvpair") is not null).ToList())
        {
            var pairs = set.Elements("nvpair").ToList();
            if (pairs.Count < 2) continue;
            var keep = new Dictionary<string, CibElement>(StringComparer.Ordinal);
            foreach (var pair in pairs)
            {
                if (pair["name"] is not { } name) continue;
                if (!keep.TryGetValue(name, out var kept) || pair["value"] == "#default" || kept["value"] == "#default") keep[name] = pair;
            }
            if (keep.Count == pairs.Count) continue;
            foreach (var pair in pairs)
            {
                if (pair["name"] is not { } name || keep[name] == pair) continue;
                if (!_copies.Contains(pair)) _notes.Info(pair, $"{name} ({pair.Id}) is dropped: {keep[name].Id} of the same set counts");
                Drop(pair);
            }
        }
    }

    private void PingNodes()
    {
        foreach (var node in All("node").Where(n => n["type"] == "ping"))
        {
            _notes.Warn(node, $"ping node {node["uname"]} becomes a member on which nothing may run", "use the agent ocf:pacemaker:ping");
            node.Set("type", "member");
            _changed = true;
            _cib.Element("configuration")?.Element("constraints")?.Add(New("rsc_location", $"{Prefix}ping-node-ban-{node["uname"]}", node))
                .Set("rsc-pattern", ".*").Set("node", node["uname"]).Set("score", "-INFINITY").Set("resource-discovery", "never");
        }
    }

    private void Promotable()
    {
        foreach (var master in All("master"))
        {
            _notes.Info(master, $"master {master.Id} becomes a clone with promotable=true");
            master.Rename("clone");
            var id = $"{Prefix}promotable-legacy-{master.Id}-meta_attributes";
            var set = master.Insert(0, New("meta_attributes", id, master));
            set.Set("score", "INFINITY");       // above whatever the clone says itself
            set.Add(New("nvpair", id + "-promotable", master)).Set("name", "promotable").Set("value", "true");
            _changed = true;
        }
        foreach (var container in All("bundle").SelectMany(b => b.Children))
        {
            if (container["masters"] is null) continue;
            _notes.Info(container, $"bundle {container.Parent!.Id}: masters is called promoted-max now");
            container.RenameAttribute("masters", "promoted-max");
            _changed = true;
        }
    }

    /// <summary>A location constraint with several rules becomes as many constraints.</summary>
    private void OneRuleAConstraint()
    {
        var split = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var location in All("rsc_location"))
        {
            var rules = location.Elements("rule").ToList();
            if (rules.Count < 2) continue;
            var names = new List<string>();
            var at = location.Position;
            var parent = location.Parent!;
            for (var i = 0; i < rules.Count; i++)
            {
                var one = location.CloneShallow();
                names.Add(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{location.Id}-{i + 1}"));
                one.Set("id", names[i]);
                _copies.Add(one);
                foreach (var set in location.Elements("resource_set").ToList()) one.Add(Take(set, i));
                one.Add(rules[i].Remove());
                foreach (var lifetime in location.Elements("lifetime").ToList()) one.Add(Take(lifetime, i));
                parent.Insert(++at, one);
            }
            location.Remove();
            if (location.Id is { } id) split[id] = names;
            _changed = true;
            _notes.Info(location, $"location constraint {location.Id} becomes {rules.Count}, one for each of its rules");
        }
        foreach (var permission in All("acl_permission"))
        {
            if (permission["reference"] is not { } reference || !split.TryGetValue(reference, out var names)) continue;
            permission.RenameAttribute("reference", "xpath");
            permission.Set("xpath", "//*[" + string.Join(" or ", names.Select(n => $"@id = '{n}'")) + "]");
        }

        // The first constraint's are still those of the document, the others' are copies of them.
        CibElement Take(CibElement element, int constraint)
        {
            var copy = element.Clone();
            if (constraint > 0)
            {
                MarkCopies(copy);
                return copy;
            }
            List<CibElement> was = [element, .. element.Descendants()], now = [copy, .. copy.Descendants()];
            for (var i = 0; i < was.Count; i++)
                if (_copies.Contains(was[i])) _copies.Add(now[i]);
            return copy;
        }
    }
}
