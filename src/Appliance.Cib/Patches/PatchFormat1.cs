namespace Appliance.Cib;

/// <summary>Applies patches of format 1 (Pacemaker before 1.1.12, feature set 3.0.8): two fragments of the document, what to take away and what to put in.</summary>
internal static class PatchFormat1
{
    private const string Marker = "__crm_diff_marker__";

    public static PatchOutcome Apply(ref CibElement root, CibElement patch, out string problem)
    {
        problem = "";
        var (removed, added) = (patch.Element("diff-removed"), patch.Element("diff-added"));
        if (removed is null && added is null || removed?.Children.Count > 1 || added?.Children.Count > 1)
        {
            problem = "a patch of format 1 has one fragment to remove and one to add";
            return PatchOutcome.Malformed;
        }
        foreach (var fragment in (CibElement[])[.. removed?.Children ?? [], .. added?.Children ?? []])
            if (fragment.Name != root.Name || fragment.Id is { } id && id != root.Id)
            {
                problem = $"the patch is for <{fragment.Name}>, and the document is a <{root.Name}>";
                return PatchOutcome.Unmatched;
            }
        if (removed?.Children is [var less]) Remove(root, less);
        if (added?.Children is [var more] && !Add(root, more, out problem)) return PatchOutcome.Unmatched;
        return PatchOutcome.Applied;
    }

    private static void Remove(CibElement target, CibElement fragment)
    {
        // An attribute that gets another value is here with its old one, and comes back by the second fragment.
        foreach (var attribute in fragment.Attributes)
            if (attribute.Name is not ("id" or Marker)) target.Set(attribute.Name, null);
        foreach (var child in target.Nodes.ToArray())
        {
            if (Match(fragment, child) is not { } part) continue;
            if (part.IsComment || part[Marker] == "removed:top") child.Remove();
            else Remove(child, part);
        }
    }

    private static bool Add(CibElement target, CibElement fragment, out string problem)
    {
        problem = "";
        foreach (var attribute in fragment.Attributes)
            if (attribute.Name != Marker) target.Set(attribute.Name, null).Set(attribute.Name, attribute.Value);
        foreach (var part in fragment.Nodes)
        {
            if (Match(target, part) is { } child)
            {
                if (!part.IsComment && !Add(child, part, out problem)) return false;
            }
            else if (part.IsComment || part[Marker] == "added:top")
            {
                if (CibPatch.TooDeep(target, part, out problem)) return false;
                var copy = target.Add(part.Clone());
                copy.Set(Marker, null);
                foreach (var element in copy.Descendants()) element.Set(Marker, null);
            }
            else
            {
                problem = $"{CibDiff.PathOf(target)}/{part.Name} {part.Id}: there is no such element";
                return false;
            }
        }
        return true;
    }

    private static CibElement? Match(CibElement parent, CibElement wanted) => parent.Nodes.FirstOrDefault(n => n.IsComment == wanted.IsComment
        && (n.IsComment ? n.Text == wanted.Text : n.Name == wanted.Name && (wanted.Id is null || n.Id == wanted.Id)));
}
