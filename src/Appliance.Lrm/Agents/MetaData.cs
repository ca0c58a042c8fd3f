using System.Globalization;
using System.Security;
using System.Text;

namespace Appliance.Lrm.Agents;

/// <summary>An agent's description as the XML that OCF cluster managers read (ra-api-1.dtd).</summary>
public static class MetaData
{
    /// <param name="environment">From which worked-out defaults come.</param>
    public static string Xml(AgentDescription agent, IReadOnlyDictionary<string, string> environment)
    {
        var xml = new StringBuilder();
        xml.Append("<?xml version=\"1.0\"?>\n");
        if (agent.OcfVersion == "1.0") xml.Append("<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n");      // it has no words of 1.1
        xml.Append(CultureInfo.InvariantCulture, $"<resource-agent name=\"{agent.Name}\" version=\"{AgentDescription.Version}\">\n<version>{agent.OcfVersion}</version>\n");
        Texts(xml, "", agent.Long, agent.Short);
        xml.Append("<parameters>\n");
        foreach (var parameter in agent.Parameters)
        {
            xml.Append(CultureInfo.InvariantCulture, $"  <parameter name=\"{parameter.Name}\"");
            if (agent.OcfVersion == "1.0") xml.Append(CultureInfo.InvariantCulture, $" unique=\"{(parameter.Unique ? 1 : 0)}\"");
            if (parameter.UniqueGroup is { } group) xml.Append(CultureInfo.InvariantCulture, $" unique-group=\"{group}\"");
            if (parameter.Reloadable) xml.Append(" reloadable=\"1\"");
            xml.Append(CultureInfo.InvariantCulture, $" required=\"{(parameter.Required ? 1 : 0)}\">\n");
            Texts(xml, "    ", parameter.Long, parameter.Short);
            var type = parameter.Type ?? parameter.Kind switch { ParameterKind.Number => "integer", ParameterKind.YesNo => "boolean", _ => "string" };
            xml.Append(CultureInfo.InvariantCulture, $"    <content type=\"{type}\"");
            var normal = parameter.WorkedOutDefault?.Invoke(environment) ?? parameter.Default;
            if (normal.Length > 0) xml.Append(CultureInfo.InvariantCulture, $" default=\"{SecurityElement.Escape(normal)}\"");
            xml.Append("/>\n  </parameter>\n");
        }
        xml.Append("</parameters>\n<actions>\n");
        foreach (var action in agent.Actions)
        {
            xml.Append(CultureInfo.InvariantCulture, $"  <action name=\"{action.Name}\" timeout=\"{action.TimeoutSeconds}s\"");
            if (action.IntervalSeconds is { } interval) xml.Append(CultureInfo.InvariantCulture, $" interval=\"{interval}s\" depth=\"0\"");
            if (action.Role is { } role) xml.Append(CultureInfo.InvariantCulture, $" role=\"{role}\"");
            xml.Append("/>\n");
        }
        return xml.Append("</actions>\n</resource-agent>\n").ToString();
    }

    /// <summary>Help for people: what it does, how it is written in haresources, its parameters with their defaults.</summary>
    public static string Help(AgentDescription agent)
    {
        var help = new StringBuilder();
        help.Append(CultureInfo.InvariantCulture, $"{agent.Name}: {agent.Short}\n\n{agent.Long}\n\nIn haresources: {agent.InHaresources}\n");
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
