using System.Security;
using System.Text;

namespace Appliance.Lrm.Agents;

/// <summary>All built-in agents.</summary>
public static class AgentRegistry
{
    private static readonly SortedDictionary<string, BuiltInAgent> All = new(new BuiltInAgent[]
    {
        new IPaddr("IPaddr"), new IPaddr("IPaddr2"), new IPv6addr(), new SendArp(), new Route(), new Filesystem(), new Delay(), new Dummy(), new MailTo(),
    }.ToDictionary(a => a.Description.Name), StringComparer.Ordinal);

    public static IEnumerable<BuiltInAgent> Agents => All.Values;

    public static BuiltInAgent? Find(string name) => All.GetValueOrDefault(name);

    /// <summary>OCF meta-data (ra-api-1.dtd).</summary>
    public static string MetaData(AgentDescription agent)
    {
        var xml = new StringBuilder();
        xml.Append("<?xml version=\"1.0\"?>\n<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n");
        xml.Append(null, $"<resource-agent name=\"{agent.Name}\" version=\"1.0\">\n<version>1.0</version>\n<longdesc lang=\"en\">{Escape(agent.Short)} In haresources: {Escape(agent.Name)}::{Escape(agent.Arguments)}</longdesc>\n<shortdesc lang=\"en\">{Escape(agent.Short)}</shortdesc>\n<parameters>\n");
        foreach (var p in agent.Parameters)
            xml.Append(null, $"<parameter name=\"{p.Name}\" unique=\"0\" required=\"{(p.Required ? 1 : 0)}\">\n<longdesc lang=\"en\">{Escape(p.Meaning)}</longdesc>\n<shortdesc lang=\"en\">{Escape(p.Name)}</shortdesc>\n<content type=\"{p.Type}\"{(p.Default.Length > 0 ? $" default=\"{Escape(p.Default)}\"" : "")}/>\n</parameter>\n");
        xml.Append("</parameters>\n<actions>\n<action name=\"start\" timeout=\"60s\"/>\n<action name=\"stop\" timeout=\"60s\"/>\n<action name=\"status\" timeout=\"20s\" interval=\"10s\"/>\n<action name=\"monitor\" timeout=\"20s\" interval=\"10s\" depth=\"0\"/>\n<action name=\"validate-all\" timeout=\"20s\"/>\n<action name=\"meta-data\" timeout=\"5s\"/>\n</actions>\n</resource-agent>\n");
        return xml.ToString();
    }

    private static string Escape(string text) => SecurityElement.Escape(text) ?? "";
}
