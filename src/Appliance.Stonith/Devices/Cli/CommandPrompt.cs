using System.Text;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>The parameter <c>command_prompt</c>: fence-agents take a regular expression, we take what the last line ends with. The usual expressions mean such a text.</summary>
public static class CommandPrompt
{
    /// <summary>The text; empty: none is given; <c>null</c>: it is an expression that means more than one text.</summary>
    public static string? Of(string given)
    {
        var text = given.Trim().Trim('"');
        foreach (var start in new[] { "^", "\\n", ".*" })
            while (text.StartsWith(start, StringComparison.Ordinal)) text = text[start.Length..];
        if (text.EndsWith('$') && !text.EndsWith("\\$", StringComparison.Ordinal) && text.Length > 1) text = text[..^1];
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 1 < text.Length && !char.IsAsciiLetterOrDigit(text[i + 1])) plain.Append(text[++i]);
            else if (text[i] is '*' or '+' or '?' or '(' or ')' or '|' or '{' or '\\' or '[') return null;
            else plain.Append(text[i]);
        }
        return plain.ToString().Trim();
    }
}
