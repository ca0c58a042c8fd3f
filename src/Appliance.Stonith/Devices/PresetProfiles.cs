using System.Collections.Immutable;

namespace Appliance.Stonith.Devices;

/// <summary>Files of <c>hw/</c> that preset a type's parameters: a line <c>NAME = VALUE</c> each, and <c>agent = NAMES</c> for the fence-agents' names that stand for them.</summary>
internal static class PresetProfiles
{
    /// <summary>What each agent's name presets, of all files of one kind.</summary>
    public static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames(string kind)
    {
        var names = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var (_, agents, presets) in Read(kind))
            foreach (var agent in agents) names[agent] = presets;
        return names.ToImmutable();
    }

    /// <summary>What each file presets, by its name without folder and ending.</summary>
    public static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Named(string kind)
    {
        var names = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var (name, _, presets) in Read(kind)) names[name] = presets;
        return names.ToImmutable();
    }

    private sealed record Preset(string Name, ImmutableArray<string> Agents, ImmutableSortedDictionary<string, string> Presets);

    private static IEnumerable<Preset> Read(string kind)
    {
        const string ending = ".profile";
        foreach (var file in Profiles.Of(kind))
        {
            if (!file.Name.EndsWith(ending, StringComparison.Ordinal)) continue;
            var agents = ImmutableArray<string>.Empty;
            var presets = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            foreach (var line in file.Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (line[0] == '#' || line.IndexOf('=') is not (> 0 and var at)) continue;
                var (name, value) = (line[..at].Trim(), line[(at + 1)..].Trim());
                if (name == "agent") agents = [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
                else presets[name] = value;
            }
            yield return new(file.Name[(file.Name.LastIndexOf('/') + 1)..^ending.Length], agents, presets.ToImmutable());
        }
    }
}
