using System.Globalization;

namespace Appliance.Cib;

/// <summary>What became of a patch.</summary>
public enum PatchOutcome
{
    Applied,

    /// <summary>The document is newer than what the patch was made for: the patch is old.</summary>
    DocumentNewer,

    /// <summary>The document is older than what the patch was made for: patches are missing, and the whole document is needed.</summary>
    DocumentOlder,

    /// <summary>The patch's target is not newer than its source.</summary>
    NotNewer,

    /// <summary>Something the patch changes is not there.</summary>
    Unmatched,

    /// <summary>The result is not the document the patch was made from.</summary>
    DigestDiffers,

    /// <summary>This is no patch.</summary>
    Malformed,
}

/// <summary>Patches as XML: format 2 is written and read as Pacemaker does, format 1 is read.</summary>
public static class CibPatch
{
    private static readonly string[] VersionFields = ["admin_epoch", "epoch", "num_updates"];

    /// <summary>The patch that makes one document out of another, in format 2; null when nothing changed.</summary>
    /// <param name="digest">The result's digest to carry (<see cref="Digests.OfDocument"/>); null for none.</param>
    public static CibElement? Create(CibElement before, CibElement after, string? digest = null, bool attributeOrder = false)
    {
        var changes = CibDiff.Between(before, after, attributeOrder);
        return changes.Count == 0 ? null : Create(changes, before, after, digest);
    }

    /// <summary>The same from changes that are known already.</summary>
    /// <param name="changes">All of them, in the order of <see cref="CibDiff.Between"/>.</param>
    public static CibElement Create(IReadOnlyList<CibChange> changes, CibElement before, CibElement after, string? digest = null)
    {
        var patch = new CibElement("diff").Set("format", "2").Set("digest", digest);
        var version = patch.Add("version");
        foreach (var (name, of) in new[] { ("source", before), ("target", after) })
        {
            var element = version.Add(name);
            foreach (var field in VersionFields) element.Set(field, of[field] ?? "1");
        }
        foreach (var change in changes) patch.Add(ToXml(change));
        return patch;
    }

    /// <summary>One change as it stands in a patch.</summary>
    public static CibElement ToXml(CibChange change)
    {
        var element = new CibElement("change");
        switch (change)
        {
            case CibChange.Deleted deleted:
                element.Set("operation", "delete").Set("path", deleted.Path).Set("position", deleted.Position is { } at ? Text(at) : null);
                break;
            case CibChange.Created created:
                element.Set("operation", "create").Set("path", created.Path).Set("position", Text(created.Position)).Add(created.Element.Clone());
                break;
            case CibChange.Moved moved:
                element.Set("operation", "move").Set("path", moved.Path).Set("position", Text(moved.Position));
                break;
            case CibChange.Modified modified:
                element.Set("operation", "modify").Set("path", modified.Path);
                var list = element.Add("change-list");
                foreach (var attribute in modified.Attributes)
                    list.Add("change-attr").Set("name", attribute.Name).Set("operation", attribute.Value is null ? "unset" : "set").Set("value", attribute.Value);
                var result = modified.Element.CloneShallow();
                result.Text = null;
                element.Add("change-result").Add(result);
                break;
        }
        return element;
    }

    /// <summary>The versions a patch leads from and to; null where it names none.</summary>
    /// <returns>False when it names one incompletely.</returns>
    public static bool TryVersions(CibElement patch, out CibVersion? source, out CibVersion? target)
    {
        source = target = null;
        var (from, to) = patch["format"] == "2" ? (patch.Element("version")?.Element("source"), patch.Element("version")?.Element("target"))
            : (patch.Element("diff-removed"), patch.Element("diff-added"));
        return Read(from, ref source) && Read(to, ref target);

        static bool Read(CibElement? element, ref CibVersion? version)
        {
            if (element is null) return true;
            // Format 1 may have no versions at all.
            var given = Array.FindAll(VersionFields, f => element[f] is not null).Length;
            if (given == 0 && element.Name.StartsWith("diff-", StringComparison.Ordinal)) return true;
            if (given != VersionFields.Length || !Array.TrueForAll(VersionFields, f => Values.TryInteger(element[f], out _))) return false;
            version = CibVersion.Of(element);
            return true;
        }
    }

    /// <summary>Applies a patch to a copy of a document.</summary>
    /// <param name="checkVersion">Whether the document must have the version that the patch is for.</param>
    /// <param name="result">The new document; null unless applied.</param>
    /// <param name="problem">Why it was not applied.</param>
    public static PatchOutcome Apply(CibElement document, CibElement patch, bool checkVersion, out CibElement? result, out string problem)
    {
        result = null;
        problem = "";
        var format = patch["format"] ?? "1";
        if (patch.Name != "diff" || format is not ("1" or "2"))
        {
            problem = patch.Name == "diff" ? $"patches of format {format} are not known" : $"<{patch.Name}> is not a patch";
            return PatchOutcome.Malformed;
        }
        if (checkVersion && CheckVersion(CibVersion.Of(document), patch, out problem) is not PatchOutcome.Applied and var refused) return refused;

        var copy = document.Clone();
        var outcome = format == "2" ? PatchFormat2.Apply(ref copy, patch, out problem) : PatchFormat1.Apply(ref copy, patch, out problem);
        if (outcome != PatchOutcome.Applied) return outcome;
        if (patch["digest"] is { } expected)
        {
            // A peer of 2.1 has other sums only where special characters are, one from before feature set 3.0.5 always.
            if (!Values.Same(expected, Digests.OfDocument(copy)) && !Values.Same(expected, Digests.OfDocument(copy, old: true)) && !Values.Same(expected, Digests.Versioned(copy, copy["crm_feature_set"], old: true)))
            {
                problem = $"the result's digest is {Digests.OfDocument(copy)} where the patch expects {expected}";
                return PatchOutcome.DigestDiffers;
            }
        }
        result = copy;
        return PatchOutcome.Applied;
    }

    /// <summary>Patch after patch must not make a document that nobody can read.</summary>
    internal static bool TooDeep(CibElement parent, CibElement child, out string problem)
    {
        var deep = parent.Depth + child.Height + 2 > ReadLimits.Default.Depth;
        problem = deep ? $"{CibDiff.PathOf(parent)}: the new element is nested more than {ReadLimits.Default.Depth} deep" : "";
        return deep;
    }

    private static PatchOutcome CheckVersion(CibVersion current, CibElement patch, out string problem)
    {
        problem = "";
        if (!TryVersions(patch, out var from, out var to))
        {
            problem = "the patch names its versions incompletely";
            return PatchOutcome.Malformed;
        }
        var (source, target) = (from ?? current, to ?? current.NextUpdate());
        if (current != source)
        {
            problem = $"the patch leads from {source} to {target}, and the document is {current}";
            return current < source ? PatchOutcome.DocumentOlder : PatchOutcome.DocumentNewer;
        }
        if (target > source) return PatchOutcome.Applied;
        problem = $"the patch does not lead to a newer version: from {source} to {target}";
        return PatchOutcome.NotNewer;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
