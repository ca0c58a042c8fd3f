namespace Appliance.Cib;

/// <summary>Applies patches of format 2: a list of changes by path.</summary>
internal static class PatchFormat2
{
    private sealed record Delayed(CibElement Change, CibElement Target, int Position);

    public static PatchOutcome Apply(ref CibElement root, CibElement patch, out string problem)
    {
        problem = "";
        // New and moved elements are put in place after everything else, in the order of their positions: each then finds the ones before it.
        var delayed = new List<Delayed>();
        foreach (var change in patch.Children)
        {
            if (change["operation"] is not { } operation) continue;
            var path = change["path"] ?? "";
            var position = Values.TryInteger(change["position"], out var given) && given is >= 0 and <= int.MaxValue ? (int)given : -1;
            var target = Find(root, path, operation == "delete" ? position : -1);
            if (target is null)
            {
                if (operation == "delete") continue;       // gone is gone
                problem = $"{operation} {path}: there is no such element";
                return PatchOutcome.Unmatched;
            }
            switch (operation)
            {
                case "delete" when target == root:
                    problem = "the patch deletes the whole document";
                    return PatchOutcome.Malformed;
                case "delete":
                    target.Remove();
                    break;
                case "modify":
                    if (change.Element("change-result") is not { Children: [var now, ..] })
                    {
                        problem = $"modify {path}: the result is missing";
                        return PatchOutcome.Malformed;
                    }
                    foreach (var attribute in target.Attributes.ToArray()) target.Set(attribute.Name, null);
                    foreach (var attribute in now.Attributes.ToArray()) target.Set(attribute.Name, attribute.Value);
                    break;
                case "create":
                    if (change.Nodes.Count == 0)
                    {
                        problem = $"create {path}: the new element is missing";
                        return PatchOutcome.Malformed;
                    }
                    if (CibPatch.TooDeep(target, change.Nodes[0], out problem)) return PatchOutcome.Malformed;
                    delayed.Add(new(change, target, Math.Max(position, 0)));
                    break;
                case "move":
                    if (target.Parent is { } parent) parent.Insert(int.MaxValue, target.Remove());
                    delayed.Add(new(change, target, Math.Max(position, 0)));
                    break;
                default:
                    problem = $"'{operation}' is not a change";
                    return PatchOutcome.Malformed;
            }
        }
        foreach (var step in delayed.OrderBy(d => d, Comparer<Delayed>.Create((a, b) => a.Position.CompareTo(b.Position))))
        {
            if (step.Change["operation"] == "create") step.Target.Insert(step.Position, step.Change.Nodes[0].Clone());
            else if (step.Target.Parent is { } parent)
            {
                step.Target.Remove();
                parent.Insert(step.Position, step.Target);
                if (step.Target.Position == step.Position) continue;
                problem = $"move {step.Change["path"]}: there is no position {step.Position}";
                return PatchOutcome.Unmatched;
            }
        }
        return PatchOutcome.Applied;
    }

    /// <summary>The element a path leads to: names separated by slashes, each with an id or without.</summary>
    internal static CibElement? Find(CibElement root, string path, int commentPosition)
    {
        CibElement? at = null;
        var rest = path.AsSpan();
        while (rest.Length > 1 && rest[0] == '/')
        {
            rest = rest[1..];
            var end = rest.IndexOfAny('/', '[');
            var name = end < 0 ? rest : rest[..end];
            rest = end < 0 ? default : rest[end..];
            ReadOnlySpan<char> id = default;
            var hasId = rest.StartsWith("[@id='");
            if (hasId)
            {
                rest = rest["[@id='".Length..];
                // An id may have what separates steps inside of it.
                var close = rest.IndexOf("']");
                if (close < 0) return null;
                id = rest[..close];
                rest = rest[(close + 2)..];
            }
            else if (rest.Length > 0 && rest[0] == '[') return null;
            at = at is null ? Matches(root, name, id, hasId) ? root : null : Child(at, name, id, hasId, rest.Length == 0 ? commentPosition : -1);
            if (at is null) return null;
        }
        return rest.Length == 0 ? at : null;
    }

    private static CibElement? Child(CibElement parent, ReadOnlySpan<char> name, ReadOnlySpan<char> id, bool hasId, int commentPosition)
    {
        var nodes = parent.Nodes;
        for (var i = 0; i < nodes.Count; i++)
            if (Matches(nodes[i], name, id, hasId) && (!nodes[i].IsComment || commentPosition < 0 || commentPosition == i)) return nodes[i];
        return null;
    }

    private static bool Matches(CibElement element, ReadOnlySpan<char> name, ReadOnlySpan<char> id, bool hasId) =>
        name.SequenceEqual(element.Name) && (!hasId || element.Id is { } own && id.SequenceEqual(own));
}
