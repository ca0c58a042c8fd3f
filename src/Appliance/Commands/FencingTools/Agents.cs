using Appliance.Cib;
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
        if (DeviceTypes.Find(agent) is not { } found) return ExternalAgents.Find(agent, out var printed) is null ? null : Offered(printed);
        using var text = new StringWriter();
        FenceAgentMetadata.Write(agent, found.Type, found.Defaults, text);
        return Offered(text.ToString());
    }

    /// <summary>
    /// As Pacemaker's tools hand it on. Agents call for <c>action</c> and for a plug, which the cluster gives, not who configures the device: they are not required (crmsh refuses a device without what is required).
    /// What the cluster does with a device as with a resource, starting and stopping it, is an action too.
    /// </summary>
    private static string? Offered(string? xml)
    {
        if (xml is null || !CibElement.TryParse(xml, "meta-data", out var root, out _) || root is null) return xml;
        foreach (var parameter in root.Descendants("parameter"))
            if (parameter["name"] is "action" or "plug" or "port") parameter.Set("required", "0");
        if (root.Element("actions") is { } actions)
            foreach (var name in (string[])["stop", "start"])
                if (!actions.Elements("action").Any(a => a["name"] == name)) actions.Add("action").Set("name", name).Set("timeout", "20s");
        return root.ToString(CibFormat.Pretty | CibFormat.WithText);
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
