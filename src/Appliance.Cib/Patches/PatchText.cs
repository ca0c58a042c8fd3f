namespace Appliance.Cib;

/// <summary>A patch of format 2 as lines for people, as Pacemaker 2.1.5 shows it.</summary>
public static class PatchText
{
    public static List<string> Lines(CibElement patch)
    {
        var lines = new List<string>();
        if (CibPatch.TryVersions(patch, out var source, out var target) && source is { } from && target is { } to)
        {
            if (from != to) lines.AddRange([$"Diff: --- {from} {patch["format"]}", $"Diff: +++ {to} {patch["digest"] ?? "(null)"}"]);
            else if (to != default) lines.Add($"  : Local-only Change: {to}");
        }
        foreach (var change in patch.Elements("change"))
        {
            var path = change["path"];
            switch (change["operation"])
            {
                case "create": Created(lines, $"++ {path}: ", change.Nodes[0]); break;
                case "move": lines.Add($"+~ {path} moved to offset {change["position"]}"); break;
                case "delete": lines.Add(change["position"] is { } position ? $"-- {path} ({position})" : $"-- {path}"); break;
                case "modify": Modified(lines, path, change); break;
            }
        }
        return lines;
    }

    private static void Created(List<string> lines, string prefix, CibElement element)
    {
        var text = element.ToString(CibFormat.Pretty | CibFormat.Apostrophes).TrimEnd('\n').Split('\n');
        // The first tag is shown as if it had nothing in it.
        if (text.Length > 1) text[0] = text[0][..^1] + "/>";
        for (var i = 0; i < text.Length; i++) lines.Add($"{(i == 0 ? prefix : "++".PadRight(prefix.Length))} {text[i]}");
    }

    private static void Modified(List<string> lines, string? path, CibElement change)
    {
        var (set, unset) = (new List<string>(), new List<string>());
        foreach (var attribute in change.Element("change-list")?.Children ?? [])
            if (attribute["operation"] == "set") set.Add($"@{attribute["name"]}={attribute["value"]}");
            else if (attribute["operation"] == "unset") unset.Add("@" + attribute["name"]);
        if (set.Count > 0) lines.Add($"+  {path}:  {string.Join(", ", set)}");
        if (unset.Count > 0) lines.Add($"-- {path}:  {string.Join(", ", unset)}");
    }
}
