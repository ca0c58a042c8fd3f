using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>What each vendor's name changes: the files of <c>hw/bmc/</c>, a line <c>NAME = VALUE</c> each, and <c>agent = NAMES</c>.</summary>
internal static class BmcProfiles
{
    public static ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames()
    {
        var names = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var file in Profiles.Of("bmc"))
        {
            if (!file.Name.EndsWith(".profile", StringComparison.Ordinal)) continue;
            var agents = ImmutableArray<string>.Empty;
            var defaults = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
            foreach (var line in file.Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (line[0] == '#' || line.IndexOf('=') is not (> 0 and var at)) continue;
                var (name, value) = (line[..at].Trim(), line[(at + 1)..].Trim());
                if (name == "agent") agents = [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
                else defaults[name] = value;
            }
            foreach (var agent in agents) names[agent] = defaults.ToImmutable();
        }
        return names.ToImmutable();
    }
}
