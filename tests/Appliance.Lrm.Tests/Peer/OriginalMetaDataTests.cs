using System.Globalization;
using System.Xml;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Peer;

/// <summary>Our meta-data beside that of the scripts our agents stand for (resource-agents 4.12, pacemaker-resource-agents 2.1.5): the words are our own, the facts theirs.</summary>
[Category("peer")]
public class An_agent_that_stands_for_a_script
{
    [TestCase("Stateful")]
    [TestCase("ping")]
    [TestCase("IPsrcaddr")]
    [TestCase("ethmonitor")]
    public void Has_the_same_parameters_types_defaults_actions_and_times(string name)
    {
        var agent = AgentRegistry.Find(name)!.Description;
        var script = $"/usr/lib/ocf/resource.d/{agent.StandsFor}/{name}";
        Machine.NeedsFile(script);
        var theirs = Facts(Machine.Shell($"env -i PATH=/usr/sbin:/usr/bin OCF_ROOT=/usr/lib/ocf {script} meta-data 2>/dev/null"));
        var ours = Facts(MetaData.Xml(agent, new Dictionary<string, string>()));
        Assert.That(theirs, Has.Count.GreaterThan(5));
        Assert.That(string.Join('\n', ours), Is.EqualTo(string.Join('\n', theirs)));
    }

    /// <summary>A line for everything in it that is no text for people; what is left out and what is given as the default value are the same.</summary>
    private static List<string> Facts(string xml)
    {
        var document = new XmlDocument { XmlResolver = null };
        document.LoadXml(xml[xml.IndexOf("<resource-agent", StringComparison.Ordinal)..]);
        var facts = new List<string> { $"OCF {document.SelectSingleNode("/resource-agent/version")!.InnerText}" };
        foreach (XmlElement parameter in document.SelectNodes("//parameter")!)
        {
            var content = (XmlElement)parameter.SelectSingleNode("content")!;
            facts.Add(string.Create(CultureInfo.InvariantCulture, $"parameter {parameter.GetAttribute("name")} required={Flag(parameter, "required")} unique={Flag(parameter, "unique")} group={parameter.GetAttribute("unique-group")} reloadable={Flag(parameter, "reloadable")} {content.GetAttribute("type")} [{content.GetAttribute("default")}]"));
        }
        foreach (XmlElement action in document.SelectNodes("//action")!)
            facts.Add(string.Create(CultureInfo.InvariantCulture, $"action {action.GetAttribute("name")} timeout={action.GetAttribute("timeout")} interval={action.GetAttribute("interval")} role={action.GetAttribute("role")}"));
        return facts;

        static string Flag(XmlElement element, string name) => element.GetAttribute(name) is "1" or "true" ? "1" : "0";
    }
}
