using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Configured;

/// <summary>A line of ha.cf that names a fencing device.</summary>
/// <param name="Host">The node that uses it; <c>*</c>: every node.</param>
/// <param name="Type">A native type, one of fence-agents' names, or one of cluster-glue's.</param>
/// <param name="Text">Its parameters. Secret.</param>
/// <param name="Line">In ha.cf, 1-based.</param>
public sealed record DeviceLine(string Host, string Type, string Text, int Line);

/// <summary>A device that is spoken to natively, ready for use.</summary>
/// <param name="Level">In which order it is used for a node that several devices can fence: 1 first.</param>
public sealed record ConfiguredDevice(FencingDevice Device, DeviceType Type, DeviceParameters Parameters, int Level, int Line)
{
    /// <summary>Everything that was given, under our names and with the nodes it is for: what a CIB's <c>stonith</c> resource has as instance attributes. Secret.</summary>
    public ImmutableSortedDictionary<string, string> Given { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>The dialogue that carries out a run.</summary>
    /// <param name="parameters">This device's, completed by what is found out only now (a password that a program tells).</param>
    public Conversation Converse(FencerEffect.Run run, DeviceParameters parameters, DeviceMemory memory, IEntropy entropy)
    {
        var plugs = Type.IsPlugless && !parameters.Flag("port_as_ip") ? [] : run.Plugs;
        if (plugs.IsDefaultOrEmpty) plugs = parameters.Plugs();
        // Whether it would work is a question about all that it may be asked to switch.
        if (run.Action == FenceAction.Monitor && !Type.IsPlugless) plugs = Device.Hosts.IsEmpty ? parameters.Plugs() : [.. Device.Hosts.SelectMany(h => Device.PlugsOf(h))];
        return Type.Converse(new(run.Action, plugs, parameters, memory, entropy));
    }
}

/// <summary>What a line comes to.</summary>
/// <param name="Device"><c>null</c> when it is not one of ours (<paramref name="Problems"/> empty then), or is wrong.</param>
/// <param name="Problems">A sentence each; none quotes a parameter that may be secret.</param>
public sealed record DeviceReading(ConfiguredDevice? Device, ImmutableArray<string> Problems)
{
    /// <summary>What is no reason not to use it: parameters that its type does not know.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];
}

/// <summary>Reads lines of ha.cf that name devices which are spoken to natively.</summary>
public static class DeviceLines
{
    private const string LevelName = "level";

    /// <summary>Whether a type is native, under any of its names.</summary>
    public static bool IsNative(string type) => Native(type) is not null;

    private static (DeviceType Type, ImmutableSortedDictionary<string, string> Defaults)? Native(string type) => DeviceTypes.Find(LegacyTypes.Find(type)?.Native ?? type);

    /// <param name="id">Its name in the cluster.</param>
    /// <param name="order">Its place among the lines, 1 for the first: its level unless it says otherwise.</param>
    /// <param name="nodes">All nodes of the cluster.</param>
    /// <param name="external">Finds the type of an installed program; <c>null</c>: native ones only.</param>
    /// <param name="tolerant">A parameter that the type does not know is a warning only, as in Pacemaker. A line of ha.cf is a person's, and a slip in it is told before it counts.</param>
    public static DeviceReading Read(DeviceLine line, string id, int order, ImmutableArray<string> nodes, Func<string, DeviceType?>? external = null, bool tolerant = false)
    {
        if ((Native(line.Type) ?? (external?.Invoke(line.Type) is { } program ? (program, ImmutableSortedDictionary<string, string>.Empty) : null)) is not { } found) return new(null, []);
        var problems = ImmutableArray.CreateBuilder<string>();
        var legacy = LegacyTypes.Find(line.Type);
        var given = legacy is not null && !DeviceText.IsNamed(line.Text) ? DeviceText.ByPosition(legacy, line.Text, problems) : Rename(legacy, DeviceText.Named(line.Text, problems));
        if (problems.Count > 0) return new(null, problems.ToImmutable());

        var level = order;
        if (given.TryGetValue(LevelName, out var word) && !(int.TryParse(word, out level) && level is >= Topology.FirstLevel and <= Topology.LastLevel))
            problems.Add($"level must be a number from {Topology.FirstLevel} to {Topology.LastLevel}, and is \"{word}\"");
        var (type, abilities) = (found.Type, AbilitiesOf(found.Type));
        var all = Targets(line, given.Remove(LevelName), type, nodes);
        var (device, rest, wrong) = DeviceRules.Read(id, line.Type, abilities, all);
        problems.AddRange(wrong);
        var parameters = DeviceParameters.Read(type.Parameters, rest, found.Defaults);
        problems.AddRange(parameters.Problems);
        // An operator is given the time to walk.
        if (parameters.Has("patience"))
            foreach (var action in new[] { FenceAction.Off, FenceAction.Reboot })
                if (!device.Timeouts.ContainsKey(action)) device = device with { Timeouts = device.Timeouts.Add(action, parameters.Seconds("patience") + TimeSpan.FromSeconds(5)) };
        var warnings = tolerant ? ImmutableArray.CreateBuilder<string>() : problems;
        foreach (var name in parameters.Unknown) warnings.Add($"{name} is no parameter of {line.Type}{Meant(name, type)}");
        if (parameters.Problems.IsEmpty) problems.AddRange(type.Check(parameters));
        foreach (var host in device.Hosts)
            if (!nodes.Contains(host, StringComparer.OrdinalIgnoreCase)) problems.Add($"{host} is no node of this cluster: the nodes are {string.Join(' ', nodes)}");
        return problems.Count > 0 ? new(null, problems.ToImmutable()) : new(new(device, type, parameters, level, line.Line) { Given = all }, []) { Warnings = tolerant ? warnings.ToImmutable() : [] };
    }

    /// <summary>What the fencer must know of a native type.</summary>
    public static DeviceAbilities AbilitiesOf(DeviceType type) =>
        new(type.Actions.Contains(FenceAction.Reboot), type.Actions.Contains(FenceAction.On), type.Actions.Contains(FenceAction.List), type.Actions.Contains(FenceAction.Status) && !type.IsPlugless)
        {
            UnfencesAutomatically = type.IsFabric,
            UnfencesOnTarget = type.UnfencesOnTarget,
        };

    /// <summary>Levels for nodes that more than one device can fence: those of one level are used together, a higher level when a lower one failed.</summary>
    public static ImmutableArray<TopologyLevel> Levels(ImmutableArray<ConfiguredDevice> devices, ImmutableArray<string> nodes)
    {
        var levels = ImmutableArray.CreateBuilder<TopologyLevel>();
        foreach (var node in nodes)
        {
            var able = devices.Where(d => d.Device.Hosts.Contains(node)).OrderBy(d => d.Level).ToList();
            if (able.Count < 2) continue;
            foreach (var level in new SortedSet<int>(able.ConvertAll(d => d.Level)))
                levels.Add(new(new LevelTarget.Node(node), level, [.. able.Where(d => d.Level == level).Select(d => d.Device.Id)]));
        }
        return levels.ToImmutable();
    }

    /// <summary>
    /// A line for one node of a pair that names no target is for the other one: there is nobody else that it could be. A plug that it names is that node's.
    /// </summary>
    private static ImmutableSortedDictionary<string, string> Targets(DeviceLine line, ImmutableSortedDictionary<string, string> given, DeviceType type, ImmutableArray<string> nodes)
    {
        if (given.ContainsKey("pcmk_host_list") || given.ContainsKey("pcmk_host_map") || given.ContainsKey("pcmk_host_check")) return given;
        if (line.Host == "*" || nodes.Length != 2) return given;
        var other = nodes.FirstOrDefault(n => !n.Equals(line.Host, StringComparison.OrdinalIgnoreCase));
        var plug = given.GetValueOrDefault("plug") ?? given.GetValueOrDefault("port");
        if (other is null || (plug is null && !type.IsPlugless)) return given;
        return plug is null || type.IsPlugless ? given.Add("pcmk_host_list", other) : given.Add("pcmk_host_map", $"{other}:{plug.Replace(" ", "\\ ", StringComparison.Ordinal)}");
    }

    /// <summary>Names and words of cluster-glue as ours.</summary>
    public static ImmutableSortedDictionary<string, string> Rename(LegacyType? legacy, ImmutableSortedDictionary<string, string> given)
    {
        if (legacy is null) return given;
        var renamed = legacy.Fixed.ToBuilder();
        foreach (var (name, value) in given)
        {
            var ours = legacy.Meaning.GetValueOrDefault(name, name);
            renamed[ours] = LegacyTypes.Value(ours, value);
        }
        return renamed.ToImmutable();
    }

    private static string Meant(string name, DeviceType type)
    {
        var close = Nearest.Of(name, type.Parameters.Select(p => p.Name));
        return close is null ? $": it has {string.Join(' ', type.Parameters.Where(p => !p.Short.StartsWith("Without effect", StringComparison.Ordinal)).Select(p => p.Name))}" : $": did you mean {close}?";
    }
}
