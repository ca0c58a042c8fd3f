namespace Appliance.Cib;

/// <summary>The second half of the way to 4.0: lifetimes, what is gone for good, and references again.</summary>
internal sealed partial class UpgradeTo4
{
    /// <summary>The lifetime of a location constraint becomes a condition more of its rule; that of other constraints is dropped.</summary>
    private void Lifetimes()
    {
        var orphans = new List<CibElement>();
        foreach (var lifetime in All("lifetime"))
        {
            var constraint = lifetime.Parent!;
            if (constraint.Name == "rsc_location") continue;
            _notes.Warn(lifetime, $"constraint {constraint.Id}: its lifetime is dropped, so that its rules no longer count for it");
            orphans.AddRange(lifetime.Elements("rule").Where(r => !_copies.Contains(r)));
            Drop(lifetime);
        }
        foreach (var location in All("rsc_location").Where(l => l.Element("lifetime") is not null)) LifetimeOf(location);

        // Rules of dropped lifetimes to which something else refers need a place to stand: a constraint that matches no resource.
        var used = new HashSet<string?>(_cib.Descendants("rule").Select(r => r.Id), StringComparer.Ordinal);
        orphans.RemoveAll(r => !used.Contains(r.Id));
        if (orphans.Count == 0 || _cib.Element("configuration")?.Element("constraints") is not { } constraints) return;
        var id = Prefix + "coloc-order-lifetime-rules";
        var holder = constraints.Add(New("rsc_location", id, orphans[0])).Set("rsc-pattern", "a^");
        var all = holder.Add(New("rule", id + "-rule", orphans[0])).Set("score", "-INFINITY");
        foreach (var rule in orphans)
        {
            rule.Remove();
            all.Add(rule);
        }
    }

    private void LifetimeOf(CibElement location)
    {
        var lifetime = location.Element("lifetime")!;
        _notes.Info(lifetime, $"location constraint {location.Id}: its lifetime becomes part of its rule");
        var both = New("rule", $"{Prefix}{location.Id}-lifetime-and-rule", location).Set("boolean-op", "and");
        if (location.Element("rule") is { } own) both.Add(own.Remove());
        else
        {
            var id = $"{Prefix}{location.Id}-node-score-rule";
            var rule = both.Add(New("rule", id, location)).Set("score", location["score"]);
            rule.Add(New("expression", id + "-expr", location)).Set("attribute", "#uname").Set("operation", "eq").Set("value", location["node"] ?? "");
        }
        var rules = lifetime.Elements("rule").ToList();
        var times = both;
        if (rules.Count > 1) times = both.Add(New("rule", $"{Prefix}{location.Id}-lifetime-or-rule", location)).Set("boolean-op", "or");
        foreach (var rule in rules) times.Add(rule.Remove());
        lifetime.Remove();
        location.Set("node", null).Set("score", null).Add(both);
        _changed = true;
    }

    private static bool IsGoneClass(string? name) => Values.Same(name, "nagios") || Values.Same(name, "upstart");

    /// <summary>Resources of classes that no longer exist, and whatever would be left without meaning.</summary>
    private void GoneResources()
    {
        var templates = new HashSet<string>(StringComparer.Ordinal);
        foreach (var template in All("template").Where(t => IsGoneClass(t["class"])))
        {
            _notes.Warn(template, $"template {template.Id} is dropped: resources of the class {template["class"]} are no longer supported");
            if (template.Id is { } id) templates.Add(id);
            Drop(template);
        }
        var gone = new HashSet<string>(StringComparer.Ordinal);
        foreach (var bundle in All("bundle").Where(b => b.Element("rkt") is not null))
        {
            _notes.Warn(bundle, $"bundle {bundle.Id} is dropped: rkt containers are no longer supported");
            Forget(bundle);
        }
        foreach (var primitive in All("primitive"))
        {
            if (!IsGoneClass(primitive["class"]) && (primitive["template"] is not { } template || !templates.Contains(template))) continue;
            _notes.Warn(primitive, $"resource {primitive.Id} is dropped: its class is no longer supported", "use a resource agent or systemd unit");
            Forget(primitive);
        }
        if (gone.Count == 0) return;
        foreach (var name in (ReadOnlySpan<string>)["group", "clone"])
            foreach (var collective in All(name))
            {
                if (name == "group" ? collective.Element("primitive") is not null : collective.Descendants("primitive").Any()) continue;
                _notes.Info(collective, $"{name} {collective.Id} is dropped: it would have no members");
                Forget(collective);
            }

        foreach (var reference in All("resource_ref").Where(r => IsGone(r.Id))) Drop(reference);
        foreach (var constraint in _cib.Element("configuration")?.Element("constraints")?.Children.ToList() ?? [])
        {
            var sets = constraint.Elements("resource_set").ToList();
            foreach (var set in sets.Where(s => s["id-ref"] is null && s.Element("resource_ref") is null)) Drop(set);
            var without = sets.Count > 0 && constraint.Element("resource_set") is null;
            if (!without && !IsGone(constraint["rsc"]) && !(constraint.Name == "rsc_colocation" && IsGone(constraint["with-rsc"]))
                && !(constraint.Name == "rsc_order" && (IsGone(constraint["first"]) || IsGone(constraint["then"])))) continue;
            _notes.Info(constraint, $"constraint {constraint.Id} is dropped: it is about a resource that was dropped");
            Drop(constraint);
        }

        bool IsGone(string? id) => id is not null && gone.Contains(id);

        void Forget(CibElement resource)
        {
            if (resource.Id is { } id) gone.Add(id);
            Drop(resource);
        }
    }

    private void GoneMetaAttributes()
    {
        foreach (var pair in All("nvpair"))
        {
            if (pair.Parent is not { Name: "meta_attributes", Parent: { } owner }) continue;
            var remedy = (pair["name"], owner.Name) switch
            {
                ("restart-type", "template" or "primitive" or "group" or "clone" or "bundle" or "rsc_defaults") => "set kind of the orders it was meant for",
                ("can_fail" or "role_after_failure", "op" or "op_defaults") => "set on-fail of the operation",
                _ => null,
            };
            if (remedy is null) continue;
            _notes.Warn(pair, $"{pair["name"]} ({pair.Id}) is dropped: it is no longer supported", remedy);
            Drop(pair);
        }
    }

    /// <summary>Copies become references where what they are copies of still stands somewhere; where it does not, the first copy takes its place.</summary>
    private void ReferAgain()
    {
        if (_copies.Count == 0) return;
        var defined = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in _cib.Descendants())
            if (element.Id is { } id && !_copies.Contains(element)) defined.Add(id);
        foreach (var element in _cib.Descendants().ToList())
        {
            if (element.Id is not { } id || !_copies.Contains(element) || element.Root != _cib || defined.Add(id)) continue;
            element.ReplaceWith(new CibElement(element.Name, element.Line, element.Column).Set("id-ref", id));
        }
    }

    /// <summary>Permissions keep naming something, even if that is nothing now.</summary>
    private void Permissions()
    {
        var permissions = All("acl_permission");
        if (permissions.Count == 0) return;
        var ids = new IdIndex(_cib);
        foreach (var permission in permissions)
        {
            if (permission["reference"] is not { } reference || ids.Find(reference) is not null) continue;
            permission.RenameAttribute("reference", "xpath");
            permission.Set("xpath", "/*[false()]");
        }
        if (_changed && permissions.Find(p => p["xpath"] is not null) is { } byPath)
            _notes.Warn(byPath, "elements changed, so that permissions that name them by XPath may not mean what they meant", "upgrade the stored document and look at its ACLs");
    }
}
