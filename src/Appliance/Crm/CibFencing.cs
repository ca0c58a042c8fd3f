using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Model;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm;

/// <summary>A fencing device of the CIB.</summary>
/// <param name="Parameters">Those of this node. Secret.</param>
internal sealed record CibDevice(string Id, string Agent, ImmutableSortedDictionary<string, string> Parameters)
{
    public bool Says(CibDevice other)
    {
        if (Id != other.Id || Agent != other.Agent || Parameters.Count != other.Parameters.Count) return false;
        foreach (var (name, value) in Parameters)
            if (!other.Parameters.TryGetValue(name, out var theirs) || theirs != value) return false;
        return true;
    }

    public override string ToString() => $"{Id} ({Agent})";
}

/// <summary>What a CIB says of fencing: the devices that a node uses, and the order in which devices are used.</summary>
internal sealed record CibFencing(IReadOnlyList<CibDevice> Devices, ImmutableArray<TopologyLevel> Levels, IReadOnlyList<string> Problems)
{
    /// <param name="document">Of any schema; it is not changed.</param>
    /// <param name="node">A device whose locations forbid this node, or that is to be stopped, is not used by it (as Pacemaker's fencer does it).</param>
    public static CibFencing Of(CibElement document, string node, DateTimeOffset now)
    {
        if (SchemaUpgrade.ToLatest(document, "the CIB", out var messages) is not { } cib) return new([], [], messages.ConvertAll(m => m.ToString()));
        var run = PolicyRun.ReadStatus(cib, now.ToUnixTimeSeconds(), secretsBlotted: false, offset: (int)now.Offset.TotalSeconds);
        run.ReadConstraints(PosixPattern.Of);
        var devices = new List<CibDevice>();
        foreach (var resource in run.Model.Resources) Find(run.Model, resource, run.Model.FindNode(node), devices);
        var problems = new List<string>();
        return new(devices, ReadLevels(cib, problems), problems);
    }

    private static void Find(Scheduling model, PolicyResource resource, PolicyNode? node, List<CibDevice> devices)
    {
        foreach (var child in resource.Children) Find(model, child, node, devices);
        if (resource is not Primitive || resource.Class != "stonith") return;
        var id = resource.Id.Split(':')[0];        // an instance of a clone is the same device everywhere
        if (devices.Exists(d => d.Id == id) || IsStopped(resource) || Score(model, resource, node) < 0) return;
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        NvSets.Unpack(resource.Xml, "instance_attributes", null, model.RuleInput() with { NodeAttributes = node?.Attributes, Class = "stonith", Type = resource.Type }, values);
        devices.Add(new(id, resource.Type, values.ToImmutableSortedDictionary(StringComparer.Ordinal)));
    }

    private static bool IsStopped(PolicyResource resource)
    {
        for (var at = resource; at is not null; at = at.Parent)
            if (at.Meta.TryGetValue("target-role", out var role) && Values.Same(role, "Stopped")) return true;
        return false;
    }

    private static long Score(Scheduling model, PolicyResource resource, PolicyNode? node)
    {
        var sum = 0L;
        if (node is null) return sum;
        for (var at = resource; at is not null; at = at.Parent)
            foreach (var location in model.Locations)
            {
                if (!ReferenceEquals(location.Resource, at)) continue;
                foreach (var candidate in location.Nodes)
                {
                    if (candidate.Node != node) continue;
                    if (candidate.Score <= -Scores.Infinity) return -Scores.Infinity;       // nothing outweighs it
                    sum += candidate.Score;
                }
            }
        return sum;
    }

    private static ImmutableArray<TopologyLevel> ReadLevels(CibElement cib, List<string> problems)
    {
        var levels = ImmutableArray.CreateBuilder<TopologyLevel>();
        foreach (var level in cib.Element("configuration")?.Element("fencing-topology")?.Elements("fencing-level") ?? [])
        {
            LevelTarget? target = null;
            if (level["target"] is { Length: > 0 } name) target = new LevelTarget.Node(name);
            else if (level["target-pattern"] is { Length: > 0 } text)
            {
                if (PosixPattern.Of(text) is { } pattern) target = new LevelTarget.Pattern(pattern);
            }
            else if (level["target-attribute"] is { Length: > 0 } attribute) target = new LevelTarget.Attribute(attribute, level["target-value"] ?? "");
            string[] devices = (level["devices"] ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (target is null || devices.Length == 0 || !int.TryParse(level["index"], out var index) || index is < Topology.FirstLevel or > Topology.LastLevel)
                problems.Add($"the fencing level {level.Id} names no target, no device, or no index from {Topology.FirstLevel} to {Topology.LastLevel}; it is not used");
            else levels.Add(new(target, index, [.. devices]));
        }
        return levels.ToImmutable();
    }
}
