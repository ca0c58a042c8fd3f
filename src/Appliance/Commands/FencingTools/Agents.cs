using Appliance.Commands.FenceAgents;
using Appliance.Fencing;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Devices;

namespace Appliance.Commands.FencingTools;

/// <summary>Kinds of fencing devices: ours, ours under fence-agents' names, and the programs that are installed.</summary>
internal static class Agents
{
    public static IEnumerable<string> Installed()
    {
        var names = new SortedSet<string>(ExternalAgents.Installed(), StringComparer.Ordinal);
        foreach (var type in DeviceTypes.All)
        {
            yield return type.Name;
            foreach (var name in type.AgentNames.Keys) names.Add(name);
        }
        foreach (var name in names) yield return name;
    }

    /// <summary>An agent's XML; <c>null</c> when there is none of that name.</summary>
    public static string? Metadata(string agent)
    {
        if (DeviceTypes.Find(agent) is not { } found) return ExternalAgents.Find(agent, out var printed) is null ? null : ActionOptional(printed);
        using var text = new StringWriter();
        FenceAgentMetadata.Write(agent, found.Type, found.Defaults, text);
        return ActionOptional(text.ToString());
    }

    /// <summary>Agents call for <c>action</c>, which the cluster gives, not who configures the device: Pacemaker's tools say so too, and crmsh refuses a device without what is required.</summary>
    [return: System.Diagnostics.CodeAnalysis.NotNullIfNotNull(nameof(xml))]
    private static string? ActionOptional(string? xml)
    {
        const string required = "required=\"1\"";
        if (xml is null || xml.IndexOf("<parameter name=\"action\"", StringComparison.Ordinal) is not (>= 0 and var start)) return xml;
        var at = xml.IndexOf(required, start, StringComparison.Ordinal);
        return at < 0 || at > xml.IndexOf('>', start) ? xml : $"{xml[..at]}required=\"0\"{xml[(at + required.Length)..]}";
    }

    /// <summary>What is wrong with parameters; <c>null</c> when there is no such agent. One that it does not know is not wrong: fence-agents pass over it.</summary>
    public static IReadOnlyList<string>? Problems(string agent, IReadOnlyDictionary<string, string> parameters)
    {
        if ((LegacyTypes.Find(agent) is { } legacy ? DeviceTypes.Find(legacy.Native) : DeviceTypes.Find(agent)) is { } found)
        {
            var read = DeviceParameters.Read(found.Type.Parameters, parameters, found.Defaults);
            return [.. DeviceCall.Problems(found.Type, read)];
        }
        if (ExternalAgents.Find(agent, out _) is not { } program) return null;
        return DeviceParameters.Read(program.Parameters, parameters).Problems;
    }
}
