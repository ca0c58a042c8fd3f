using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Appliance.Stonith.Devices.External;

/// <summary>What an external fence agent says of itself.</summary>
/// <param name="Short">One line.</param>
/// <param name="Actions">Names as it gives them: <c>on off reboot status list monitor metadata</c>.</param>
/// <param name="UnfencesAutomatically">Its <c>on</c> is <c>automatic</c>.</param>
/// <param name="UnfencesOnTarget">Its <c>on</c> is <c>on_target</c>.</param>
public sealed record AgentMetadata(string Name, string Short, string Long, ImmutableArray<DeviceParameter> Parameters, ImmutableArray<string> Actions, bool UnfencesAutomatically, bool UnfencesOnTarget)
{
    /// <summary>More than any agent writes; what is beyond is not looked at.</summary>
    private const int MostCharacters = 1 << 20, MostDepth = 20, MostElements = 100_000, MostParameters = 1000, MostChoices = 1000, MostActions = 100;

    /// <summary>Reads what an agent printed; <c>null</c> when it is no metadata.</summary>
    /// <remarks>
    /// Agents are programs of many hands: a tolerant reader of just the elements that count, of bounded depth and length, without entities of their own. What stands before the
    /// first element (warnings of an interpreter) is skipped.
    /// </remarks>
    public static AgentMetadata? Read(string text)
    {
        if (text.Length > MostCharacters) return null;
        var start = text.IndexOf("<resource-agent", StringComparison.Ordinal);
        if (start < 0) return null;
        var parameters = ImmutableArray.CreateBuilder<(string Name, bool Required, bool Deprecated, string? Obsoletes, ParameterKind Kind, string? Default, string Short, ImmutableArray<string> Choices)>();
        var actions = ImmutableArray.CreateBuilder<string>();
        var (name, shortText, longText) = ("", "", new StringBuilder());
        var (automatic, onTarget, depth) = (false, false, 0);
        var open = new Stack<string>();
        var words = new StringBuilder();
        foreach (var token in Tokens(text, start))
        {
            if (token.IsText)
            {
                if (open.Count > 0 && open.Peek() is "shortdesc" or "longdesc") words.Append(token.Text);
                continue;
            }
            if (token.IsEnd)
            {
                if (open.Count == 0 || open.Peek() != token.Text) return null;
                var closed = open.Pop();
                var inParameter = open.Contains("parameter") && parameters.Count > 0;
                if (closed == "shortdesc" && inParameter) parameters[^1] = parameters[^1] with { Short = Plain(words) };
                else if (closed == "shortdesc" && shortText.Length == 0) shortText = Plain(words);
                else if (closed == "longdesc" && !inParameter) longText.Append(Plain(words));
                words.Clear();
                if (open.Count == 0) break;
                continue;
            }
            if (++depth > MostElements || open.Count >= MostDepth) return null;
            switch (token.Text)
            {
                case "resource-agent":
                    (name, shortText) = (token.Of("name") ?? "", token.Of("shortdesc") ?? "");
                    break;
                case "parameter" when token.Of("name") is { Length: > 0 } parameter:
                    if (parameters.Count == MostParameters) return null;
                    parameters.Add((parameter, token.Of("required") == "1", token.Of("deprecated") == "1", token.Of("obsoletes"), ParameterKind.Text, null, "", []));
                    break;
                case "content" when parameters.Count > 0 && open.Contains("parameter"):
                    parameters[^1] = parameters[^1] with { Kind = KindOf(token.Of("type")), Default = token.Of("default") };
                    break;
                case "option" when parameters.Count > 0 && parameters[^1].Choices.Length < MostChoices && token.Of("value") is { } value:
                    parameters[^1] = parameters[^1] with { Choices = parameters[^1].Choices.Add(value) };
                    break;
                case "action" when actions.Count < MostActions && token.Of("name") is { Length: > 0 } action:
                    actions.Add(action);
                    if (action == "on") (automatic, onTarget) = (token.Of("automatic") == "1", token.Of("on_target") == "1");
                    break;
            }
            if (!token.IsEmpty) open.Push(token.Text);
        }
        if (name.Length == 0) return null;
        return new(name, shortText, longText.ToString(), [.. Current(parameters)], actions.ToImmutable(), automatic, onTarget);
    }

    /// <summary>Parameters under their present names, with the names they had before.</summary>
    private static IEnumerable<DeviceParameter> Current(IReadOnlyList<(string Name, bool Required, bool Deprecated, string? Obsoletes, ParameterKind Kind, string? Default, string Short, ImmutableArray<string> Choices)> all)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var p in all)
        {
            if (p.Deprecated && all.Any(other => other.Obsoletes == p.Name)) continue;
            if (!seen.Add(p.Name)) continue;
            yield return new(p.Name.Replace('-', '_'), p.Kind, p.Short)
            {
                OldNames = p.Obsoletes is { Length: > 0 } old && old != p.Name ? [old] : [],
                Default = p.Default,
                Required = false,        // many say "required" and mean "or another"; the agent itself judges
                Choices = p.Choices,
                IsSecret = LooksSecret(p.Name),
            };
        }
    }

    /// <summary>Metadata does not say what is secret; names do.</summary>
    internal static bool LooksSecret(string name)
    {
        // A script, a path or a file that holds a secret is no secret itself.
        if (name.EndsWith("_script", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_path", StringComparison.OrdinalIgnoreCase) || name.EndsWith("_file", StringComparison.OrdinalIgnoreCase)) return false;
        foreach (var word in (ReadOnlySpan<string>)["passw", "pswd", "secret", "community", "token", "passphrase", "hexadecimal_kg", "apikey", "api_key", "authkey", "snmp_priv"])
            if (name.Contains(word, StringComparison.OrdinalIgnoreCase)) return !name.EndsWith("_prot", StringComparison.OrdinalIgnoreCase);
        return name is "pass";
    }

    private static ParameterKind KindOf(string? type) => type switch { "integer" => ParameterKind.Integer, "second" or "time" => ParameterKind.Seconds, "boolean" => ParameterKind.Boolean, _ => ParameterKind.Text };

    private static string Plain(StringBuilder words) => string.Join(' ', words.ToString().Split([' ', '\n', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A start, an end, or a text.</summary>
    private sealed record Token(string Text, bool IsText, bool IsEnd, bool IsEmpty, ImmutableArray<(string Name, string Value)> Attributes)
    {
        public string? Of(string name)
        {
            foreach (var attribute in Attributes)
                if (attribute.Name == name) return attribute.Value;
            return null;
        }
    }

    private static IEnumerable<Token> Tokens(string text, int at)
    {
        while (at < text.Length)
        {
            if (text[at] != '<')
            {
                var next = text.IndexOf('<', at);
                var end = next < 0 ? text.Length : next;
                yield return new(Unescape(text[at..end]), true, false, false, []);
                at = end;
                continue;
            }
            if (string.CompareOrdinal(text, at, "<![CDATA[", 0, 9) == 0)
            {
                var close = text.IndexOf("]]>", at, StringComparison.Ordinal);
                if (close < 0) yield break;
                yield return new(text[(at + 9)..close], true, false, false, []);
                at = close + 3;
                continue;
            }
            var comment = string.CompareOrdinal(text, at, "<!--", 0, 4) == 0;
            var stop = comment ? text.IndexOf("-->", at, StringComparison.Ordinal) : text.IndexOf('>', at);
            if (stop < 0) yield break;
            if (!comment && text[at + 1] is not '?' and not '!') yield return Element(text[(at + 1)..stop]);
            at = stop + (comment ? 3 : 1);
        }
    }

    private static Token Element(string inside)
    {
        if (inside.StartsWith('/')) return new(inside[1..].Trim(), false, true, false, []);
        var isEmpty = inside.EndsWith('/');
        if (isEmpty) inside = inside[..^1];
        var end = inside.AsSpan().IndexOfAny(" \t\r\n");
        var name = end < 0 ? inside : inside[..end];
        var attributes = ImmutableArray.CreateBuilder<(string, string)>();
        var at = name.Length;
        while (inside.IndexOf('=', at) is var equals && equals > 0 && equals + 1 < inside.Length)
        {
            var attribute = inside[at..equals].Trim();
            var quoted = equals + 1;
            while (quoted < inside.Length && char.IsWhiteSpace(inside[quoted])) quoted++;
            if (quoted >= inside.Length || inside[quoted] is not '"' and not '\'') break;
            var close = inside.IndexOf(inside[quoted], quoted + 1);
            if (close < 0) break;
            attributes.Add((attribute, Unescape(inside[(quoted + 1)..close])));
            at = close + 1;
        }
        return new(name, false, false, isEmpty, attributes.ToImmutable());
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('&', StringComparison.Ordinal)) return text;
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            var end = text[i] == '&' ? text.IndexOf(';', i, Math.Min(12, text.Length - i)) : -1;
            if (end < 0)
            {
                plain.Append(text[i]);
                continue;
            }
            var entity = text[(i + 1)..end];
            plain.Append(entity switch
            {
                "amp" => "&", "lt" => "<", "gt" => ">", "quot" => "\"", "apos" => "'",
                ['#', 'x', .. var hexadecimal] when ushort.TryParse(hexadecimal, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) => ((char)code).ToString(),
                ['#', .. var number] when ushort.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var code) => ((char)code).ToString(),
                _ => "",
            });
            i = end;
        }
        return plain.ToString();
    }
}
