using System.Xml.Linq;
using Appliance.Lab.Harness;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.External;

namespace Appliance.Lab.Fencing;

/// <summary>The metadata of every agent that is installed, read by our reader and by a whole XML parser.</summary>
[Parallelizable(ParallelScope.All)]
public sealed class AgentMetadataTests
{
    public static IEnumerable<string> Agents => Directory.Exists("/usr/sbin") ? Directory.EnumerateFiles("/usr/sbin", "fence_*").Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal) : [];

    [Test]
    public void There_are_agents_to_read()
    {
        if (!File.Exists("/usr/sbin/fence_ipmilan")) Assert.Ignore("fence_ipmilan is missing (Debian package fence-agents)");
        Assert.That(Agents.Count(), Is.GreaterThan(80));
        Assert.That(Agents.Count(a => Shell.Try($"timeout 30 /usr/sbin/{a} -o metadata 2>/dev/null </dev/null | grep -c '<resource-agent'").Output == "0"), Is.LessThanOrEqualTo(2), "nearly all tell what they are");
    }

    [TestCaseSource(nameof(Agents))]
    public void Both_readers_agree(string agent)
    {
        var (_, text) = Shell.Try($"timeout 30 /usr/sbin/{agent} -o metadata 2>/dev/null </dev/null");
        if (!text.Contains("<resource-agent", StringComparison.Ordinal))
        {
            // Not an agent, whatever its name is (fence_ack_manual tells that it is obsolete).
            Assert.That(AgentMetadata.Read(text), Is.Null);
            return;
        }
        var theirs = XElement.Parse(text[text.IndexOf('<', StringComparison.Ordinal)..].Trim());
        var ours = AgentMetadata.Read(text)!;
        Assert.That(ours, Is.Not.Null);
        var by = theirs.Descendants("parameter").ToLookup(p => p.Attribute("name")!.Value.Replace('-', '_'));
        Assert.Multiple(() =>
        {
            Assert.That((ours.Name, ours.Short), Is.EqualTo((theirs.Attribute("name")!.Value, theirs.Attribute("shortdesc")?.Value ?? "")));
            Assert.That(ours.Actions, Is.EqualTo(theirs.Descendants("action").Select(a => a.Attribute("name")!.Value)));
            Assert.That(ours.Parameters.SelectMany(p => p.OldNames.Add(p.Name)).Select(n => n.Replace('-', '_')), Is.SupersetOf(by.Select(g => g.Key)), "every name is known");
            foreach (var parameter in ours.Parameters)
            {
                var content = by[parameter.Name].First().Element("content");
                Assert.That(parameter.Default, Is.EqualTo(content?.Attribute("default")?.Value), parameter.Name);
                Assert.That(parameter.Choices, Is.EqualTo(content?.Elements("option").Select(o => o.Attribute("value")!.Value) ?? []), parameter.Name);
                Assert.That(parameter.Kind == ParameterKind.Boolean, Is.EqualTo(content?.Attribute("type")?.Value == "boolean"), parameter.Name);
            }
            var on = theirs.Descendants("action").Where(a => a.Attribute("name")!.Value == "on").ToList();
            Assert.That((ours.UnfencesAutomatically, ours.UnfencesOnTarget), Is.EqualTo((on.Any(a => a.Attribute("automatic")?.Value == "1"), on.Any(a => a.Attribute("on_target")?.Value == "1"))));
        });
    }

    /// <summary>What crmsh and pcs read before they let a device be configured. The 60 agents of Debian that none of ours stands in for were compared so, byte for byte.</summary>
    [TestCase("fence_dummy"), TestCase("fence_aws"), TestCase("fence_virsh"), TestCase("fence_bladecenter"), TestCase("fence_vmware_rest"), TestCase("fence_ack_manual")]
    public void Is_handed_on_as_Pacemaker_does(string agent)
    {
        if (!File.Exists("/usr/sbin/stonith_admin")) Assert.Ignore("stonith_admin is missing (Debian package pacemaker-cli-utils)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        var ours = Shell.Try($"timeout 30 {Implementation.Ours.Tools}stonith_admin -M -a {agent} 2>/dev/null");
        var theirs = Shell.Try($"timeout 30 /usr/sbin/stonith_admin -M -a {agent} 2>/dev/null");
        if (theirs.Status == 1) Assert.That(ours, Is.EqualTo((105, "")), "no agent");
        else Assert.That(ours, Is.EqualTo(theirs));
    }
}
