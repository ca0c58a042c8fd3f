using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Commands.Policy;
using NUnit.Framework;

namespace Appliance.Tests.Crm;

[TestFixture]
public sealed class LiveToolTests
{
    internal const string Cib = """
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
        <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
        <nodes/><resources>
        <primitive id="d1" class="ocf" provider="pacemaker" type="Dummy"><operations><op id="d1m" name="monitor" interval="10s"/></operations></primitive>
        </resources><constraints/></configuration><status/></cib>
        """;

    private static (int Status, string Output, string Errors) Run(LiveNode node, Func<CrmWorld, string[], int> tool, params string[] args)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var status = tool(node.World(output, errors, new StringReader(""), []), args);
        return (status, output.ToString(), errors.ToString());
    }

    [Test]
    public void Cibadmin_shows_and_changes_the_clusters_CIB()
    {
        using var node = new LiveNode(Cib);
        node.Settle();
        var (status, output, errors) = Run(node, CibAdmin.Run, "-Q");
        Assert.That((status, errors), Is.EqualTo((0, "")));
        Assert.That(CibElement.Parse(output, "output").Descendants("lrm_resource").Select(r => r.Id), Is.EqualTo(new[] { "d1" }), output);
        Assert.That(Run(node, CibAdmin.Run, "-C", "-o", "resources", "-X", "<primitive id='d2' class='ocf' provider='pacemaker' type='Dummy'/>"), Is.EqualTo((0, "", "")));
        node.Settle();
        Assert.That(Run(node, CibAdmin.Run, "-Q", "-A", "//primitive[@id='d2']"), Is.EqualTo((0, "<primitive id=\"d2\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>\n", "")));
        Assert.That(Run(node, CibAdmin.Run, "-Q", "-A", "/cib/status/node_state/lrm/lrm_resources/lrm_resource[@id='d2']/lrm_rsc_op[@operation='start']").Status, Is.Zero);
        Assert.That(Run(node, CibAdmin.Run, "-Q", "-n").Output, Does.Contain("update-client=\"cibadmin\""));
    }

    [Test]
    public void Crm_simulate_decides_over_the_clusters_CIB()
    {
        using var node = new LiveNode(Cib);
        node.Settle();
        var (status, output, errors) = Run(node, (world, args) => CrmSimulate.Of(world).Run(args), "-L", "-R");
        Assert.That((status, errors), Is.EqualTo((0, "")));
        Assert.That(output, Does.Contain("  * Online: [ alpha ]").And.Contain("d1\t(ocf:pacemaker:Dummy):\t Started alpha").And.Contain("Transition Summary:\n"));
        Assert.That(Run(node, (world, args) => CrmVerify.Of(world).Run(args), "-L", "-V"), Is.EqualTo((0, "", "")));
    }
}
