using System.Collections.Immutable;

namespace Appliance.Haresources.Tests.Captured;

/// <summary>One line of a trimmed capture: something a node said, or something that happened to it.</summary>
/// <param name="Mark"><c>-</c>: only 3.0.6 says it; <c>+</c>: only we say it; <c>~</c>: both, in any order; blank: both do.</param>
internal sealed record CapturedLine(char Mark, string Node, bool IsMessage, string Text)
{
    public override string ToString() => $"{Node}{(IsMessage ? ":" : "")} {Text}";
}

/// <summary>What the resource managers of a real 3.0.6 pair said in one scenario, in the order in which one line caused the next.</summary>
/// <remarks>Form and origin: Captures/README.md.</remarks>
internal sealed record CapturedScript(string Name, ImmutableSortedDictionary<string, string> Given, ImmutableArray<CapturedLine> Lines)
{
    public static CapturedScript Read(string name)
    {
        var given = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var lines = ImmutableArray.CreateBuilder<CapturedLine>();
        foreach (var raw in File.ReadLines(Path.Combine(TestContext.CurrentContext.TestDirectory, "Captures", name + ".txt")))
        {
            var text = raw.Split('#')[0].Trim();
            if (text.Length == 0) continue;
            if (text.StartsWith("given ", StringComparison.Ordinal))
            {
                var words = text["given ".Length..].Split(' ', 2);
                given[words[0]] = words[1];
                continue;
            }
            var mark = text[0] is '-' or '+' or '~' ? text[0] : ' ';
            var parts = text[(mark == ' ' ? 0 : 1)..].Trim().Split(' ', 2);
            lines.Add(new(mark, parts[0].TrimEnd(':'), parts[0].EndsWith(':'), parts[1]));
        }
        return new(name, given.ToImmutable(), lines.ToImmutable());
    }
}
