using System.Xml;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Catalog;

namespace Appliance.Lrm.Tests.Peer;

/// <summary>The meta-data of every resource agent that is installed, read by our reader and by a whole XML parser.</summary>
[Category("peer")]
public class Meta_data_of_an_installed_agent
{
    private const string Root = "/usr/lib/ocf/resource.d";

    public static IEnumerable<string> Agents => Directory.Exists(Root)
        ? Directory.EnumerateDirectories(Root).SelectMany(Directory.EnumerateFiles).Where(AgentLocator.IsExecutable).Select(p => p[(Root.Length + 1)..]).Order(StringComparer.Ordinal)
        : [];

    [TestCaseSource(nameof(Agents))]
    public void Is_read_alike_by_both(string agent)
    {
        var (_, text) = Machine.TryShell($"OCF_ROOT=/usr/lib/ocf timeout 30 {Root}/{agent} meta-data 2>/dev/null </dev/null");
        Assert.That(text, Does.Contain("<resource-agent"), "it tells what it is");
        var document = new XmlDocument { XmlResolver = null };
        document.LoadXml(text[text.IndexOf("<resource-agent", StringComparison.Ordinal)..]);
        Assert.That(AgentFacts.Read(text), Is.Not.Null);
        var ours = AgentFacts.Read(text)!;
        string One(string path) => string.Join(' ', (document.SelectSingleNode(path)?.InnerText ?? "").Split((char[])[' ', '\n', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries));
        Assert.Multiple(() =>
        {
            Assert.That(ours.Name, Is.EqualTo(document.DocumentElement!.GetAttribute("name")));
            Assert.That(ours.Short, Is.EqualTo(document.DocumentElement.HasAttribute("shortdesc") ? document.DocumentElement.GetAttribute("shortdesc") : One("/resource-agent/shortdesc")));
            Assert.That(ours.OcfVersion, Is.EqualTo(One("/resource-agent/version")));
            var parameters = document.SelectNodes("//parameter")!.Cast<XmlElement>().ToList();
            Assert.That(ours.Parameters.Select(p => p.Name), Is.EqualTo(parameters.Select(p => p.GetAttribute("name"))));
            foreach (var (mine, theirs) in ours.Parameters.Zip(parameters))
            {
                var content = theirs.SelectSingleNode("content") as XmlElement;
                Assert.That(mine.Default, Is.EqualTo(content?.GetAttribute("default") ?? ""), mine.Name);
                Assert.That(mine.Type, Is.EqualTo(content?.GetAttribute("type") ?? "string"), mine.Name);
                Assert.That(mine.Required, Is.EqualTo(theirs.GetAttribute("required") is "1" or "true" or "yes"), mine.Name);
                Assert.That(string.Join(' ', mine.Long.Split((char[])[' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries)),
                    Is.EqualTo(string.Join(' ', (theirs.SelectSingleNode("longdesc")?.InnerText ?? "").Split((char[])[' ', '\n', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries))), mine.Name);
            }
            Assert.That(ours.Actions.Select(a => $"{a.Name} {a.Timeout} {a.Interval} {a.Role}"),
                Is.EqualTo(document.SelectNodes("//action")!.Cast<XmlElement>().Select(a => $"{a.GetAttribute("name")} {a.GetAttribute("timeout")} {a.GetAttribute("interval")} {a.GetAttribute("role")}")));
        });
    }

    [Test]
    public void Is_ours_as_well()
    {
        foreach (var agent in AgentRegistry.All)
        {
            var facts = AgentFacts.Read(MetaData.Xml(agent.Description, new Dictionary<string, string>()))!;
            Assert.That(facts.Parameters.Select(p => p.Name), Is.EqualTo(agent.Description.Parameters.Select(p => p.Name)), agent.Description.Name);
            Assert.That(facts.Actions.Select(a => a.Name), Is.EqualTo(agent.Description.Actions.Select(a => a.Name)), agent.Description.Name);
        }
    }
}
