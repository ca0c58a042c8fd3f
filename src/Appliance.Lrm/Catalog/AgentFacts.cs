using System.Collections.Immutable;

namespace Appliance.Lrm.Catalog;

/// <summary>A parameter as an agent's meta-data declares it.</summary>
/// <param name="UniqueGroup">OCF 1.1's group; <c>-</c>: alone, as OCF 1.0's <c>unique="1"</c>; empty: values may be the same.</param>
public sealed record ParameterFacts(string Name, string Type, string Default, bool Required, string UniqueGroup, bool Reloadable, bool Deprecated, string Short, string Long)
{
    /// <summary>The only values there are; empty: any.</summary>
    public ImmutableArray<string> Options { get; init; } = [];
}

/// <summary>An action as an agent's meta-data declares it; what is not said is empty.</summary>
public sealed record ActionFacts(string Name, string Timeout, string Interval, string Depth, string Role, string StartDelay);

/// <summary>What a resource agent says of itself.</summary>
/// <param name="OcfVersion">The version of the resource agent API it was written for.</param>
public sealed record AgentFacts(string Name, string OcfVersion, string Short, string Long, ImmutableArray<ParameterFacts> Parameters, ImmutableArray<ActionFacts> Actions)
{
    public bool Has(string action)
    {
        foreach (var each in Actions)
            if (each.Name == action) return true;
        return false;
    }

    /// <returns><c>null</c>: this is no meta-data.</returns>
    public static AgentFacts? Read(string xml)
    {
        var start = xml.IndexOf("<resource-agent", StringComparison.Ordinal);
        if (start < 0) return null;
        var facts = new AgentFacts("", "", "", "", [], []);
        ParameterFacts? parameter = null;
        var text = new System.Text.StringBuilder();
        foreach (var piece in Markup.Read(xml[start..]))
        {
            if (piece.Name.Length == 0)
            {
                text.Append(piece.Text);
                continue;
            }
            if (piece.Starts)
            {
                text.Clear();
                switch (piece.Name)
                {
                    case "resource-agent": facts = facts with { Name = piece["name"], Short = piece["shortdesc"] }; break;
                    case "parameter": parameter = Parameter(piece); break;
                    case "content" when parameter is not null: parameter = parameter with { Type = piece["type"], Default = piece["default"] }; break;
                    case "option" when parameter is not null: parameter = parameter with { Options = parameter.Options.Add(piece["value"]) }; break;
                    case "action":
                        facts = facts with { Actions = facts.Actions.Add(new(piece["name"], piece["timeout"], piece["interval"], piece["depth"], piece["role"], piece["start-delay"])) };
                        break;
                    default: break;
                }
            }
            if (!piece.Ends) continue;
            switch (piece.Name)
            {
                case "version" when facts.OcfVersion.Length == 0: facts = facts with { OcfVersion = Words(text) }; break;
                case "shortdesc" when parameter is not null: parameter = parameter with { Short = Words(text) }; break;
                case "longdesc" when parameter is not null: parameter = parameter with { Long = Paragraphs(text) }; break;
                case "shortdesc" when facts.Short.Length == 0: facts = facts with { Short = Words(text) }; break;
                case "longdesc" when facts.Long.Length == 0: facts = facts with { Long = Paragraphs(text) }; break;
                case "parameter" when parameter is not null:
                    facts = facts with { Parameters = facts.Parameters.Add(parameter) };
                    parameter = null;
                    break;
                default: break;
            }
            text.Clear();
        }
        return facts.Name.Length > 0 ? facts : null;
    }

    /// <summary>Of OCF agents: names that it does not know, and required ones that are missing.</summary>
    public IEnumerable<string> Problems(IReadOnlyDictionary<string, string> given)
    {
        var known = new HashSet<string>(StringComparer.Ordinal) { "trace_ra", "trace_file" };       // every agent that uses ocf-shellfuncs has them
        foreach (var parameter in Parameters)
        {
            known.Add(parameter.Name);
            if (parameter.Required && parameter.Default.Length == 0 && !(given.TryGetValue(parameter.Name, out var value) && value.Length > 0)) yield return $"the required parameter {parameter.Name} is missing";
        }
        foreach (var name in given.Keys)
            if (!known.Contains(name) && !name.StartsWith("CRM_meta_", StringComparison.Ordinal)) yield return $"{Name} has no parameter {name}";
    }

    private static ParameterFacts Parameter(MarkupPiece piece)
    {
        var group = piece["unique-group"] is { Length: > 0 } named ? named : IsTrue(piece["unique"]) ? "-" : "";
        return new(piece["name"], "string", "", IsTrue(piece["required"]), group, IsTrue(piece["reloadable"]), IsTrue(piece["deprecated"]), "", "");
    }

    private static bool IsTrue(string text) => text is "1" or "true" or "yes";

    private static string Words(System.Text.StringBuilder text) => string.Join(' ', text.ToString().Split((char[])[' ', '\n', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Lines without blanks at their ends, and none that is empty at the beginning or the end.</summary>
    private static string Paragraphs(System.Text.StringBuilder text) => string.Join('\n', Array.ConvertAll(text.ToString().Replace("\r", "", StringComparison.Ordinal).Split('\n'), l => l.TrimEnd())).Trim('\n');
}
