using System.Collections.Immutable;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Devices.Outlets;

/// <summary>The profiles of one folder of <c>hw/</c>, and what fence-agents' names fix.</summary>
public sealed class OutletProfiles
{
    private OutletProfiles(ImmutableArray<OutletProfile> all, ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> agents) => (All, Agents) = (all, agents);

    public ImmutableArray<OutletProfile> All { get; }

    /// <summary>fence-agents' name to parameters that it fixes.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Agents { get; }

    /// <exception cref="FormatException">A file that we ship is wrong: found by the tests.</exception>
    public static OutletProfiles Read(string kind)
    {
        var all = ImmutableArray.CreateBuilder<OutletProfile>();
        var agents = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
        foreach (var file in Profiles.Of(kind))
        {
            if (file.Name.EndsWith("agents.list", StringComparison.Ordinal))
            {
                foreach (var line in file.Text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
                    if (line[0] != '#' && line.Split(' ', 2) is [var name, var rest]) agents[name] = DeviceText.Named(rest, ImmutableArray.CreateBuilder<string>());
                continue;
            }
            if (!file.Name.EndsWith(".profile", StringComparison.Ordinal)) continue;
            var (profile, problems) = OutletProfile.Parse(file.Name, file.Text);
            all.Add(profile ?? throw new FormatException(string.Join('\n', problems)));
        }
        return new(all.ToImmutable(), agents.ToImmutable());
    }

    public OutletProfile? Named(string name) => All.FirstOrDefault(p => p.Name == name);

    /// <summary>The profile with the longest prefix of a device's sysObjectID, of this vendor if one is given.</summary>
    public OutletProfile? For(Oid sysObjectId, string vendor) =>
        All.Where(p => p.SysObjectId is { } prefix && sysObjectId.StartsWith(prefix) && (vendor.Length == 0 || p.Vendor == vendor)).MaxBy(p => p.SysObjectId!.Length);
}
