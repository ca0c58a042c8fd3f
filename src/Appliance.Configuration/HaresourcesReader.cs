using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;
using Appliance.Core.Resources;

namespace Appliance.Configuration;

/// <summary>haresources as ResourceManager of 3.0.6 reads it: comments, continued lines, <c>script::arg</c>, addresses (reference, section 5).</summary>
internal static partial class HaresourcesReader
{
    public static ReadResult<Haresources> Read(SourceFile file, IReadOnlyCollection<string> nodes, IConfigurationFacts facts)
    {
        var problems = new Problems(file.Path);
        if (file.Content is null)
        {
            problems.Error(0, 0, $"Cannot open resources file [{file.PathAsPrinted}]", "write one line for each group: NODE RESOURCE..., the same file on both nodes; an empty file is allowed");
            return new(null, problems.InOrder());
        }
        var groups = ImmutableArray.CreateBuilder<ResourceGroup>();
        foreach (var (text, line) in LogicalLines(file.Encoding.GetString(file.Content)))
        {
            var words = text.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0) continue;
            var node = words[0].ToLowerInvariant();
            if (nodes.Count > 0 && !nodes.Contains(node))
                problems.Error(line, text.IndexOf(words[0], StringComparison.Ordinal) + 1, $"Bad nodename in {file.PathAsPrinted} [{words[0]}]", $"one of the nodes of ha.cf: {string.Join(' ', nodes)}");
            if (words.Length == 1)
            {
                problems.Warn(line, 0, $"No resources for {words[0]}.", "NODE RESOURCE..., or remove the line");
                continue;
            }
            var resources = words.Skip(1).Select(Resource).ToImmutableArray();
            foreach (var resource in resources)
            {
                var column = text.IndexOf(resource.Text, StringComparison.Ordinal) + 1;
                if (resource.Text.AsSpan().ContainsAny('"', '\'')) problems.Warn(line, column, $"{resource.Text}: quotes are taken literally here.", "haresources has no quoting");
                if (!facts.ResourceScriptExists(resource.Script))
                    problems.Warn(line, column, $"Cannot locate resource script {resource.Script}", "put it into /etc/ha.d/resource.d, or use a built-in agent");
            }
            var key = resources[0].Text;
            if (groups.Any(g => g.Key == key))
            {
                problems.Error(line, text.IndexOf(key, StringComparison.Ordinal) + 1, $"Two groups begin with {key}", "the first resource is the group's name and must be unique: put another resource first");
                continue;
            }
            foreach (var other in groups.Where(g => g.Resources.Skip(1).Any(r => r.Text == key)))
                problems.Warn(line, 0, $"{key}, which names this group, stands in the group of line {other.Line} as well; 3.0.6 selects both by it.", "use each resource once");
            groups.Add(new(node, resources, line));
        }
        return new(problems.HasErrors ? null : new Haresources(groups.ToImmutable()), problems.InOrder());
    }

    /// <summary>A word of a line: <c>script::arg1::arg2</c>, or an address, which means <c>IPaddr::address</c>. Empty arguments disappear.</summary>
    internal static ResourceSpec Resource(string word)
    {
        if (Address().IsMatch(word)) return new(word, "IPaddr", [word]);
        var parts = word.Split("::", StringSplitOptions.RemoveEmptyEntries);
        return parts.Length == 0 ? new(word, word, []) : new(word, parts[0], [.. parts.Skip(1)]);
    }

    /// <summary>Lines with comments gone and <c>\</c> at the end joined to the next, without a blank between.</summary>
    private static IEnumerable<(string Text, int Line)> LogicalLines(string text)
    {
        var (joined, number, first) = (new StringBuilder(), 0, 0);
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.IndexOf('#', StringComparison.Ordinal) is >= 0 and var comment ? raw[..comment] : raw.TrimEnd('\r');
            if (joined.Length == 0) first = number;
            if (line.EndsWith('\\'))
            {
                joined.Append(line, 0, line.Length - 1);
                continue;
            }
            yield return (joined.Append(line).ToString(), first);
            joined.Clear();
        }
        if (joined.Length > 0) yield return (joined.ToString(), first);
    }

    /// <summary>ResourceManager's shell pattern <c>[0-9]*.[0-9]*.[0-9]*.[0-9]*</c>.</summary>
    [GeneratedRegex(@"^[0-9].*\.[0-9].*\.[0-9].*\.[0-9]")]
    private static partial Regex Address();
}
