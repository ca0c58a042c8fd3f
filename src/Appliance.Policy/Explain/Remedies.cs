using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Model;

namespace Appliance.Policy.Explain;

/// <summary>What would bring a resource to a node: each change, and where none is enough each with a preference besides, is made in a copy of the CIB, and only what then really brings it there is named.</summary>
internal sealed class Remedies(CibElement cib, long now, Scheduling model, Func<string, ExtendedPattern?> patterns)
{
    private readonly List<string> _found = [];
    private readonly List<KeyValuePair<string, Predicate<CibElement>>> _offers = [];
    private PolicyResource _resource = null!;
    private PolicyNode _target = null!;

    public List<string> Find(PolicyResource resource, PolicyNode target)
    {
        (_resource, _target) = (resource, target);
        var own = Naming.Base(resource.Id);
        foreach (var id in Constraints()) Offer($"without constraint {id}", copy => RemoveConstraint(copy, id));
        Offer($"with {target.Name} out of standby", copy => RemoveNodeAttribute(copy, "standby"));
        Offer($"with {target.Name} out of maintenance", copy => RemoveNodeAttribute(copy, "maintenance"));
        Offer($"with its failures on {target.Name} cleaned up (crm_resource --cleanup --resource {own} --node {target.Name})", copy => Cleanup(copy, own));
        Offer("without target-role", copy => RemoveMeta(copy, "target-role"));
        Offer("when it is managed", copy => RemoveMeta(copy, "is-managed") | RemoveMeta(copy, "maintenance"));
        Offer("without resource-stickiness", SetNoStickiness);
        Offer("without migration-threshold", copy => RemoveMeta(copy, "migration-threshold"));
        foreach (var (what, change) in _offers) Try(what, change);
        if (Margin() is { } margin)
            foreach (var score in (int[])[margin, margin + 1])
                if (score > 0 && Try($"with {Explainer.Points(score)} for {target.Name} (a location constraint of that score)", copy => Prefer(copy, Texts.Text(score)))) break;
        if (_found.Count > 0) return _found;
        var (demand, demanded) = ($"with a location constraint of INFINITY for {target.Name}", (Predicate<CibElement>)(copy => Prefer(copy, "INFINITY")));
        if (Try(demand, demanded)) return _found;
        // One obstacle is not all there is: together with a preference it may be.
        foreach (var (what, change) in _offers) Try($"{what}, and {demand}", copy => change(copy) && demanded(copy));
        return _found;
    }

    private void Offer(string what, Predicate<CibElement> change) => _offers.Add(new(what, change));

    private bool Try(string what, Predicate<CibElement> change)
    {
        var copy = cib.Clone();
        if (!change(copy) || !IsThere(PolicyRun.Schedule(copy, now, patterns, offset: model.Offset, noted: false).Model)) return false;
        _found.Add(what);
        return true;
    }

    /// <summary>It, or another instance of the same clone where instances are alike.</summary>
    private bool IsThere(Scheduling then)
    {
        if (_resource.Unique || _resource.Top() is not Clone clone) return then.Find(_resource.Id)?.Node?.Name == _target.Name;
        var name = Naming.Base(_resource.Id);
        return then.Find(clone.Id) is { } top && Scheduling.Find(top, r => r.Children.Count == 0 && Naming.Base(r.Id) == name && r.Node?.Name == _target.Name) is not null;
    }

    /// <summary>Constraints that spoke against the node, or for the one that was chosen.</summary>
    private List<string> Constraints()
    {
        var ids = new List<string>();
        void Collect(PolicyNode? node, bool lowering)
        {
            if (node is null) return;
            foreach (var step in model.Recorder!.Steps(_resource, node))
                if (step.Id is { } id && step.After < step.Before == lowering && Constraint(cib, id) is { Id: { } constraint } && !ids.Contains(constraint)) ids.Add(constraint);
        }
        Collect(_target, lowering: true);
        Collect(_resource.Node, lowering: false);
        foreach (var candidate in model.Recorder!.Choices(_resource)) if (candidate.Node != _target) Collect(candidate.Node, lowering: false);
        return ids;
    }

    private int? Margin()
    {
        if (_resource.Node is not { } chosen) return null;
        var (best, here) = (ScoreOn(chosen), ScoreOn(_target));
        return best >= Scores.Infinity || here <= -Scores.Infinity ? null : best - here;
    }

    private int ScoreOn(PolicyNode node) => model.Recorder!.Steps(_resource, node) is { Count: > 0 } steps ? steps[^1].After : 0;

    /// <summary>The constraint that an id, of itself or of a rule or set in it, belongs to.</summary>
    private static CibElement? Constraint(CibElement document, string id)
    {
        foreach (var constraint in document.Element("configuration")?.Element("constraints")?.Children ?? [])
        {
            if (constraint.Id == id) return constraint;
            foreach (var inside in constraint.Descendants())
                if (inside.Id == id && inside.Name is "rule" or "resource_set") return constraint;
        }
        return null;
    }

    private static bool RemoveConstraint(CibElement copy, string id)
    {
        if (Constraint(copy, id) is not { } constraint) return false;
        constraint.Remove();
        return true;
    }

    private static bool RemoveAll(IEnumerable<CibElement> under, Predicate<CibElement> wanted)
    {
        var doomed = new List<CibElement>();
        foreach (var element in under)
            if (wanted(element)) doomed.Add(element);
        foreach (var element in doomed) element.Remove();
        return doomed.Count > 0;
    }

    private bool RemoveNodeAttribute(CibElement copy, string name)
    {
        var any = false;
        foreach (var node in copy.Element("configuration")?.Element("nodes")?.Elements("node") ?? [])
            if (Texts.Same(node["uname"], _target.Name)) any |= RemoveAll(node.Descendants("nvpair"), p => p["name"] == name);
        if (State(copy) is { } state && state.Element("transient_attributes") is { } attributes) any |= RemoveAll(attributes.Descendants("nvpair"), p => p["name"] == name);
        return any;
    }

    private CibElement? State(CibElement copy)
    {
        foreach (var state in copy.Element("status")?.Elements("node_state") ?? [])
            if (Texts.Same(state["uname"], _target.Name) || state.Id == _target.Id) return state;
        return null;
    }

    private bool Cleanup(CibElement copy, string name)
    {
        if (State(copy) is not { } state) return false;
        var any = RemoveAll(state.Descendants("nvpair"), p => p["name"] is { } attribute && IsOf(attribute, name));
        // With the counts the failed operations go, as with crm_resource.
        any |= RemoveAll(state.Descendants("lrm_rsc_op"), o => Naming.Base(o.Parent?.Id ?? "") == name && o["rc-code"] is not ("0" or "7" or "8"));
        return any;
    }

    private static bool IsOf(string attribute, string name)
    {
        foreach (var prefix in (string[])["fail-count-", "last-failure-"])
            if (attribute.StartsWith(prefix + name, StringComparison.Ordinal) && (attribute.Length == prefix.Length + name.Length || attribute[prefix.Length + name.Length] is '#' or ':')) return true;
        return false;
    }

    /// <summary>Away from the resource, all it is part of, and the defaults.</summary>
    private bool RemoveMeta(CibElement copy, string name)
    {
        var any = RemoveAll(copy.Element("configuration")?.Element("rsc_defaults")?.Descendants("nvpair") ?? [], p => p["name"] == name);
        for (var at = _resource; at is not null; at = at.Parent)
            if (Definition(copy, at) is { } definition)
                foreach (var set in definition.Elements("meta_attributes")) any |= RemoveAll(set.Elements("nvpair"), p => p["name"] == name);
        return any;
    }

    private static CibElement? Definition(CibElement copy, PolicyResource resource)
    {
        var name = Naming.Base(resource.Id);
        foreach (var element in copy.Element("configuration")?.Element("resources")?.Descendants() ?? [])
            if (element.Id == name && element.Name is "primitive" or "group" or "clone" or "bundle" or "master") return element;
        return null;
    }

    private bool SetNoStickiness(CibElement copy)
    {
        if (_resource.Stickiness == 0 || Definition(copy, _resource) is not { } definition) return false;
        RemoveMeta(copy, "resource-stickiness");
        definition.Add("meta_attributes").Set("id", definition.Id + "-explained").Add("nvpair").Set("id", definition.Id + "-explained-stickiness").Set("name", "resource-stickiness").Set("value", "0");
        return true;
    }

    private bool Prefer(CibElement copy, string score)
    {
        if (copy.Element("configuration") is not { } configuration) return false;
        var constraints = configuration.Element("constraints") ?? configuration.Add("constraints");
        // The score of a group or a clone is that of the whole.
        constraints.Add("rsc_location").Set("id", "explained-location").Set("rsc", Naming.Base(_resource.Top().Id)).Set("node", _target.Name).Set("score", score);
        return true;
    }
}
