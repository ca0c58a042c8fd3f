using Appliance.Cib;
using Appliance.Crm;
using Appliance.Stonith.Fencer;

namespace Appliance.Tests.Crm;

[TestFixture]
internal sealed class CibFencingTests
{
    private static CibFencing Read(string resources, string constraints = "", string topology = "", string node = "alpha")
    {
        var text = $"""
            <cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/>
            <nodes><node id="1" uname="alpha"/><node id="2" uname="beta"/></nodes>
            <resources>{resources}</resources><constraints>{constraints}</constraints>{topology}</configuration><status/></cib>
            """;
        Assert.That(CibElement.TryParse(text, "test", out var cib, out var fault), Is.True, fault?.ToString());
        return CibFencing.Of(cib!, node, DateTimeOffset.UtcNow);
    }

    private static string Device(string id, string inside = "") =>
        $"<primitive id=\"{id}\" class=\"stonith\" type=\"fence_ipmilan\"><instance_attributes id=\"{id}-i\"><nvpair id=\"{id}-h\" name=\"pcmk_host_list\" value=\"beta\"/></instance_attributes>{inside}</primitive>";

    [Test]
    public void Devices_are_the_stonith_primitives_with_what_they_are_given()
    {
        var read = Read(Device("f1") + "<primitive id=\"d\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>");
        var device = read.Devices.Single();
        Assert.That((device.Id, device.Agent, device.Parameters["pcmk_host_list"]), Is.EqualTo(("f1", "fence_ipmilan", "beta")));
    }

    [Test]
    public void A_template_gives_what_a_device_does_not_say_itself()
    {
        var read = Read("""
            <template id="t" class="stonith" type="fence_apc"><instance_attributes id="ti"><nvpair id="tu" name="username" value="u"/></instance_attributes></template>
            <primitive id="f" template="t"><instance_attributes id="fi"><nvpair id="fn" name="ip" value="10.0.0.1"/></instance_attributes></primitive>
            """);
        var device = read.Devices.Single();
        Assert.That((device.Agent, device.Parameters.GetValueOrDefault("username"), device.Parameters["ip"]), Is.EqualTo(("fence_apc", "u", "10.0.0.1")));
    }

    [TestCase("<rsc_location id=\"l\" rsc=\"f\" node=\"alpha\" score=\"-INFINITY\"/>", "alpha", false)]
    [TestCase("<rsc_location id=\"l\" rsc=\"f\" node=\"alpha\" score=\"-INFINITY\"/>", "beta", true)]
    [TestCase("<rsc_location id=\"l\" rsc=\"f\" node=\"alpha\" score=\"100\"/>", "alpha", true)]
    [TestCase("<rsc_location id=\"l\" rsc=\"f\"><rule id=\"r\" score=\"-INFINITY\"><expression id=\"e\" attribute=\"#uname\" operation=\"eq\" value=\"alpha\"/></rule></rsc_location>", "alpha", false)]
    public void A_node_that_is_forbidden_does_not_use_it(string constraint, string node, bool used) => Assert.That(Read(Device("f"), constraint, node: node).Devices, Has.Count.EqualTo(used ? 1 : 0));

    [Test]
    public void One_that_is_to_be_stopped_is_not_used() =>
        Assert.That(Read(Device("f", "<meta_attributes id=\"m\"><nvpair id=\"mr\" name=\"target-role\" value=\"Stopped\"/></meta_attributes>")).Devices, Is.Empty);

    [Test]
    public void Levels_keep_their_targets_and_devices_of_other_nodes()
    {
        var read = Read(Device("f"), "<rsc_location id=\"l\" rsc=\"f\" node=\"alpha\" score=\"-INFINITY\"/>", """
            <fencing-topology><fencing-level id="a" target="beta" index="1" devices="f,g"/><fencing-level id="b" target-pattern="^n[0-9]" index="2" devices="f"/>
            <fencing-level id="c" target-attribute="rack" target-value="1" index="3" devices="g"/><fencing-level id="d" target="beta" index="4" devices=" "/></fencing-topology>
            """);
        Assert.That(read.Levels, Has.Length.EqualTo(3));
        Assert.That((read.Levels[0].Target, string.Join(',', read.Levels[0].Devices)), Is.EqualTo(((LevelTarget)new LevelTarget.Node("beta"), "f,g")));
        Assert.That(read.Levels[2].Target, Is.EqualTo(new LevelTarget.Attribute("rack", "1")));
        Assert.That(read.Problems, Has.Count.EqualTo(1), "a level without devices");
    }
}
