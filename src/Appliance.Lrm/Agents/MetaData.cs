using System.Globalization;
using System.Security;
using System.Text;

namespace Appliance.Lrm.Agents;

/// <summary>An agent's description as the XML that OCF cluster managers read (ra-api-1.dtd).</summary>
public static class MetaData
{
    public static string Xml(AgentDescription agent)
    {
        var xml = new StringBuilder();
        xml.Append("<?xml version=\"1.0\"?>\n<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n");
        xml.Append(CultureInfo.InvariantCulture, $"<resource-agent name=\"{agent.Name}\" version=\"{AgentDescription.Version}\">\n<version>1.0</version>\n");
        Texts(xml, "", agent.Long, agent.Short);
        xml.Append("<parameters>\n");
        foreach (var parameter in agent.Parameters)
        {
            xml.Append(CultureInfo.InvariantCulture,
                $"  <parameter name=\"{parameter.Name}\" unique=\"{(parameter.Unique ? 1 : 0)}\" required=\"{(parameter.Required ? 1 : 0)}\">\n");
            Texts(xml, "    ", parameter.Long, parameter.Short);
            var type = parameter.Kind switch { ParameterKind.Number => "integer", ParameterKind.YesNo => "boolean", _ => "string" };
            xml.Append(CultureInfo.InvariantCulture, $"    <content type=\"{type}\"");
            if (parameter.Default.Length > 0) xml.Append(CultureInfo.InvariantCulture, $" default=\"{SecurityElement.Escape(parameter.Default)}\"");
            xml.Append("/>\n  </parameter>\n");
        }
        xml.Append("</parameters>\n<actions>\n");
        foreach (var action in agent.Actions)
        {
            xml.Append(CultureInfo.InvariantCulture, $"  <action name=\"{action.Name}\" timeout=\"{action.TimeoutSeconds}s\"");
            if (action.IntervalSeconds is { } interval) xml.Append(CultureInfo.InvariantCulture, $" interval=\"{interval}s\" depth=\"0\"");
            xml.Append("/>\n");
        }
        return xml.Append("</actions>\n</resource-agent>\n").ToString();
    }

    /// <summary>Help for people: what it does, how it is written in haresources, its parameters with their defaults.</summary>
    public static string Help(AgentDescription agent)
    {
        var help = new StringBuilder();
        help.Append(CultureInfo.InvariantCulture, $"{agent.Name}: {agent.Short}\n\n{agent.Long}\n\nIn haresources: {agent.Name}::{agent.Usage}\n");
        help.Append(CultureInfo.InvariantCulture, $"By hand: appliance agent {agent.Name} ARGUMENTS ACTION, or OCF_RESKEY_NAME=VALUE ... appliance agent {agent.Name} ACTION\n\nParameters:\n");
        foreach (var parameter in agent.Parameters)
        {
            var note = parameter.Required ? " (required)" : parameter.Default.Length > 0 ? $" (default {parameter.Default})" : "";
            help.Append(CultureInfo.InvariantCulture, $"  {parameter.Name}{note}: {parameter.Long}\n");
        }
        return help.Append(CultureInfo.InvariantCulture, $"\nActions: {string.Join(' ', agent.Actions.Select(a => a.Name))}\n").ToString();
    }

    private static void Texts(StringBuilder xml, string indent, string longText, string shortText) =>
        xml.Append(CultureInfo.InvariantCulture,
            $"{indent}<longdesc lang=\"en\">{SecurityElement.Escape(longText)}</longdesc>\n{indent}<shortdesc lang=\"en\">{SecurityElement.Escape(shortText)}</shortdesc>\n");
}
