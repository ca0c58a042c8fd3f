using System.Collections.Immutable;
using Appliance.Commands.FencingTools;
using Appliance.Stonith;
using Appliance.Stonith.Devices;

namespace Appliance.Commands.FenceAgents;

/// <summary>The XML that a fence agent describes itself with (reference: fence-agents' metadata; section 2.6).</summary>
internal static class FenceAgentMetadata
{
    private static readonly DeviceParameter Help = new(FenceAgentOptions.Help, ParameterKind.Boolean, "Show the options and end") { Letter = 'h' };
    private static readonly DeviceParameter Version = new(FenceAgentOptions.Version, ParameterKind.Boolean, "Show the version and end") { Letter = 'V' };

    public static void Write(string name, DeviceType type, ImmutableSortedDictionary<string, string> defaults, TextWriter output)
    {
        output.Write("<?xml version=\"1.0\" ?>\n");
        var xml = new XmlText(output);
        xml.Open("resource-agent", ("name", name), ("shortdesc", type.Short));
        foreach (var other in type.AgentNames.Keys.Where(other => other != name)) xml.Empty("symlink", ("name", other), ("shortdesc", type.Short));
        xml.Text("longdesc", type.Long);
        xml.Text("vendor-url", "");
        xml.Open("parameters");
        var action = new DeviceParameter("action", ParameterKind.Text, "What to do") { Letter = 'o', Default = type.Actions.Contains(FenceAction.Reboot) ? "reboot" : "off", Required = true };
        foreach (var parameter in type.Parameters.Concat([action, Help, Version]).OrderBy(p => p.Name, StringComparer.Ordinal))
        {
            var normal = defaults.GetValueOrDefault(parameter.Name) ?? parameter.Default;
            var current = parameter.OldNames.IsEmpty ? null : parameter.OldNames[0];
            One(xml, parameter, parameter.Name, normal, ("obsoletes", current));
            foreach (var old in parameter.OldNames) One(xml, parameter, old, normal, ("deprecated", "1"));
        }
        xml.Close();
        xml.Open("actions");
        foreach (var each in Actions(type))
            xml.Empty("action", ("name", each), ("automatic", each == "on" && type.IsFabric ? "1" : each == "on" ? "0" : null), ("on_target", each == "on" && type.UnfencesOnTarget ? "1" : null));
        xml.Close();
        xml.Close();
    }

    public static IEnumerable<string> Actions(DeviceType type)
    {
        foreach (var action in type.Actions) yield return action.ToString().ToLowerInvariant();
        if (type.Actions.Contains(FenceAction.List)) yield return "list-status";
        foreach (var each in new[] { "metadata", "manpage", "validate-all" }) yield return each;
    }

    /// <summary><c>-a, --ip=[ip]</c>.</summary>
    public static string Usage(DeviceParameter parameter)
    {
        var named = $"--{parameter.Name.Replace('_', '-')}{(parameter.Kind == ParameterKind.Boolean ? "" : $"=[{parameter.Name}]")}";
        return parameter.Letter == '\0' ? named : $"-{parameter.Letter}, {named}";
    }

    private static void One(XmlText xml, DeviceParameter parameter, string name, string? normal, (string, string?) change)
    {
        xml.Open("parameter", ("name", name), ("unique", "0"), ("required", parameter.Required ? "1" : "0"), change);
        xml.Empty("getopt", ("mixed", Usage(parameter)));
        var kind = parameter.Kind switch { ParameterKind.Integer => "integer", ParameterKind.Seconds => "second", ParameterKind.Boolean => "boolean", ParameterKind.Choice => "select", _ => "string" };
        if (parameter.Choices.IsEmpty) xml.Empty("content", ("type", kind), ("default", normal));
        else
        {
            xml.Open("content", ("type", kind), ("default", normal));
            foreach (var choice in parameter.Choices) xml.Empty("option", ("value", choice));
            xml.Close();
        }
        xml.Text("shortdesc", parameter.Short, ("lang", "en"));
        xml.Close();
    }
}
