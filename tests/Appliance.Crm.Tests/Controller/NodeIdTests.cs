using Appliance.Cib;
using Appliance.Crm.Controller;
using Appliance.Crm.Store;
using NUnit.Framework;

namespace Appliance.Crm.Tests.Controller;

/// <summary>By what ids the nodes are known in the CIB.</summary>
[TestFixture]
public sealed class NodeIdTests
{
    private const string Web = """
        <cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">
          <configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o-s" name="stonith-enabled" value="true"/></cluster_property_set></crm_config>
            NODES
            <resources>
              <primitive id="web" class="ocf" provider="pacemaker" type="Dummy"/>
              <primitive id="power" class="stonith" type="fence_null"/>
            </resources>
            <constraints/>
          </configuration>
          <status/>
        </cib>
        """;

    private static CibElement Document(string nodes) => CibElement.Parse(Web.Replace("NODES", nodes, StringComparison.Ordinal), "web");

    private static NodeWorld Formed(NodeWorld world)
    {
        world.BootAll();
        Settle(world);
        return world;
    }

    private static void Settle(NodeWorld world)
    {
        Assert.That(world.Settle(TimeSpan.FromMinutes(5)), Is.True, world.Tale);
        Assert.That(world.Violations, Is.Empty, world.Tale);
    }

    private static string Ids(NodeWorld world, string node) => string.Join(' ', world[node].Core!.Document.Element("configuration")!.Element("nodes")!.Elements("node").Select(n => $"{n["uname"]}={n.Id}").Order(StringComparer.Ordinal));

    /// <summary>Every node's state, what it runs and its attributes are under its own id, and under no other.</summary>
    private static void AssertStates(NodeWorld world)
    {
        foreach (var machine in world.Machines)
        {
            Assert.That(machine.Core, Is.Not.Null, machine.Name + "\n" + world.Tale);
            var document = machine.Core!.Document;
            var states = document.Element("status")!.Elements("node_state").ToList();
            Assert.That(states.Select(s => (s["uname"], s.Id)), Is.EquivalentTo(world.Machines.Select(m => (m.Name, NodeStates.IdOf(document, m.Name)))), machine.Name + "\n" + world.Tale);
            foreach (var state in states)
            {
                Assert.That(state.Element("lrm")?.Id, Is.EqualTo(state.Id), world.Tale);
                Assert.That(state.Element("transient_attributes")?.Id ?? state.Id, Is.EqualTo(state.Id), world.Tale);
                var running = state.Descendants("lrm_resource").Where(r => r.Elements("lrm_rsc_op").OrderBy(o => int.Parse(o["call-id"]!)).Last() is var last && (last["operation"] == "start" && last["rc-code"] == "0" || last["operation"] == "monitor" && last["rc-code"] == "0"));
                Assert.That(running.Select(r => r.Id), Is.EquivalentTo(world[state["uname"]!].Running.Keys), world.Tale);
            }
        }
    }

    [Test]
    public void Are_numbers_in_the_order_of_ha_cf_in_a_new_cluster([Range(1, 5)] int seed)
    {
        var world = Formed(new(seed, "alpha", "beta") { Order = _ => ["beta", "alpha"], Compiled = seed % 2 == 0 ? Document("<nodes/>") : null });
        foreach (var machine in world.Machines) Assert.That(Ids(world, machine.Name), Is.EqualTo("alpha=2 beta=1"));
        AssertStates(world);
        world.Ask("alpha", new CrmQuestion.SetAttributes([new("colour", "beta", "red")]));
        world.Run(TimeSpan.FromSeconds(3));
        Assert.That(world["alpha"].Core!.Document.ToString(), Does.Contain("<transient_attributes id=\"1\">").And.Contain("<instance_attributes id=\"status-1\">").And.Contain("<nvpair id=\"status-1-.feature-set\" name=\"#feature-set\"").And.Contain("<nvpair id=\"status-1-colour\" name=\"colour\" value=\"red\"/>"));
    }

    [TestCase("<nodes><node id='alpha' uname='alpha'/><node id='beta' uname='beta'/></nodes>", "alpha=alpha beta=beta", TestName = "Stay_as_an_existing_document_has_them: names")]
    [TestCase("<nodes><node id='f3e3da1c-8c25-4a0c-98b7-3e0b6a8cc0e0' uname='alpha'/><node id='0b5b3a52-4a0c-4a0c-98b7-3e0b6a8cc0e0' uname='beta'/></nodes>",
        "alpha=f3e3da1c-8c25-4a0c-98b7-3e0b6a8cc0e0 beta=0b5b3a52-4a0c-4a0c-98b7-3e0b6a8cc0e0", TestName = "Stay_as_an_existing_document_has_them: UUIDs")]
    [TestCase("<nodes><node id='2' uname='alpha'/></nodes>", "alpha=2 beta=3", TestName = "Stay_as_an_existing_document_has_them: a number that is another's place")]
    [TestCase("<nodes><node id='alpha' uname='alpha'/></nodes>", "alpha=alpha beta=2", TestName = "Stay_as_an_existing_document_has_them: one is new")]
    public void Stay(string nodes, string expected)
    {
        var world = new NodeWorld(3, "alpha", "beta");
        foreach (var machine in world.Machines) machine.Stored = StoredCib.Of(Document(nodes));
        Formed(world);
        Assert.That(Ids(world, "beta"), Is.EqualTo(expected));
        AssertStates(world);
        world.RestartDaemon("alpha");
        Settle(world);
        world.Kill("beta");
        world.Run(TimeSpan.FromSeconds(60));
        Settle(world);
        Assert.That(Ids(world, "alpha"), Is.EqualTo(expected));
        AssertStates(world);
    }

    /// <summary>Each node would have made the first CIB with other ids: one document counts, and nobody tells what runs under another's id.</summary>
    [Test]
    public void Are_the_same_everywhere_where_the_files_are_not([Range(1, 30)] int seed)
    {
        string[] names = ["alpha", "beta", "gamma"];
        var world = new NodeWorld(seed, names) { Order = node => [node, .. names.Where(n => n != node)] };
        foreach (var machine in world.Machines)
            if (seed % 2 == 0) machine.Stored = StoredCib.Of(Document("<nodes>" + string.Concat(world.Order(machine.Name).Select((n, i) => $"<node id='{i + 1}' uname='{n}'/>")) + "</nodes>"));
        world.Compiled = Document("<nodes/>");
        Formed(world);
        AssertStates(world);
        world.Cut(["beta"]);
        world.Run(TimeSpan.FromSeconds(15));
        world.Heal();
        world.Run(TimeSpan.FromSeconds(60));
        Settle(world);
        AssertStates(world);
    }

    [Test]
    public void Of_a_number_that_is_a_nodes_name_are_others()
    {
        var section = new CibElement("nodes");
        NodeIds.AddTo(section, ["2", "1", "x"]);
        Assert.That(section.Children.Select(n => $"{n["uname"]}={n.Id}"), Is.EqualTo(new[] { "2=4", "1=5", "x=3" }));
    }

    /// <summary>An administrator gives the nodes other ids, while one of them is dead and not fenced: what it may still run is not forgotten.</summary>
    [Test]
    public void Can_be_changed_and_nothing_is_forgotten([Range(1, 10)] int seed, [Values("11 12", "2 1", "3 1", "2 3")] string ids)
    {
        var world = Formed(new(seed, "alpha", "beta") { Compiled = Document("<nodes/>") });
        var victim = world.Machines.First(m => m.Running.ContainsKey("web")).Name;
        var other = world.Machines.First(m => m.Name != victim).Name;
        world.FencingWorks = _ => false;
        world.Kill(victim);
        world.Run(TimeSpan.FromSeconds(11));
        Assert.That(world.Cib(other, new(CibOperation.Replace, "nodes", CibElement.Parse($"<nodes><node id='{ids.Split(' ')[0]}' uname='alpha'/><node id='{ids.Split(' ')[1]}' uname='beta'/></nodes>", "x"))).Error, Is.EqualTo(CibError.None));
        world.Run(TimeSpan.FromSeconds(2));
        var state = NodeStates.Of(world[other].Core!.Document, ids.Split(' ')[victim == "alpha" ? 0 : 1]);
        Assert.That((state?["join"], state?["expected"], state?.Descendants("lrm_resource").Any(r => r.Id == "web")), Is.EqualTo(("down", "member", true)), world.Tale);
        Assert.That(world[other].Running.Keys, Has.No.Member("web"));
        world.FencingWorks = _ => true;
        world.Run(TimeSpan.FromSeconds(90));
        Settle(world);
        AssertStates(world);
    }
}
