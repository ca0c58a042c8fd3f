using Appliance.Cib;
using Appliance.Configuration;
using Appliance.Crm.Controller;
using Appliance.Crm.Store;
using Appliance.Operations;
using NUnit.Framework;

namespace Appliance.Crm.Tests.Controller;

[TestFixture]
public sealed class CrmNodeTests
{
    private const string Web = """
        <cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0">
          <configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o-s" name="stonith-enabled" value="STONITH"/></cluster_property_set></crm_config>
            <nodes/>
            <resources>
              <primitive id="web" class="ocf" provider="pacemaker" type="Dummy"><operations><op id="web-m" name="monitor" interval="10s"/></operations></primitive>
              <primitive id="db" class="ocf" provider="pacemaker" type="Dummy"/>
              <primitive id="power" class="stonith" type="fence_null"/>
            </resources>
            <constraints/>
          </configuration>
          <status/>
        </cib>
        """;

    private static CibElement Document(bool stonith) => CibElement.Parse(Web.Replace("STONITH", stonith ? "true" : "false", StringComparison.Ordinal), "web");

    private static NodeWorld Pair(int seed, bool stonith = true) => new(seed, "alpha", "beta") { Compiled = Document(stonith) };

    /// <summary>A pair that runs, with nothing left to do.</summary>
    private static NodeWorld Formed(int seed)
    {
        var world = Pair(seed);
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        return world;
    }

    private static void Fine(NodeWorld world)
    {
        Assert.That(world.Violations, Is.Empty, world.Tale);
    }

    [Test]
    public void A_node_alone_starts_what_is_configured()
    {
        var world = new NodeWorld(1, "alpha") { Compiled = Document(false) };
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Assert.That(world["alpha"].Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Fine(world);
    }

    [Test]
    public void A_pair_forms_one_cluster_and_shares_the_work([Range(1, 20)] int seed)
    {
        var world = Pair(seed);
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Assert.That(world.Machines.Count(m => m.Core!.IsDc), Is.EqualTo(1), world.Tale);
        Assert.That(world.Machines.SelectMany(m => m.Running.Keys), Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Assert.That(world["alpha"].Core!.Document.SameAs(world["beta"].Core!.Document), Is.True);
        Fine(world);
    }

    [Test]
    public void What_the_one_who_decides_says_of_the_cluster_is_written_again_where_it_is_missing()
    {
        var world = new NodeWorld(1, "alpha", "beta") { Compiled = Document(false), Version = "9.8" };
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Assert.That(Options(), Is.EquivalentTo(new[] { "stonith-enabled=false", "dc-version=9.8", "cluster-infrastructure=appliance", "cluster-name=pair" }));
        Assert.That(world.Cib("beta", new(CibOperation.Replace, "crm_config", new CibElement("crm_config"))).Error, Is.EqualTo(CibError.None));
        world.Run(TimeSpan.FromSeconds(5));
        Assert.That(Options(), Is.EquivalentTo(new[] { "dc-version=9.8", "cluster-infrastructure=appliance", "cluster-name=pair" }));
        var own = CibElement.Parse("<crm_config><cluster_property_set id='x'><nvpair id='x1' name='cluster-name' value='mine'/></cluster_property_set></crm_config>", "own");
        Assert.That(world.Cib("beta", new(CibOperation.Replace, "crm_config", own)).Error, Is.EqualTo(CibError.None));
        world.Run(TimeSpan.FromSeconds(5));
        Assert.That(Options(), Is.EquivalentTo(new[] { "cluster-name=mine", "dc-version=9.8", "cluster-infrastructure=appliance" }));

        IEnumerable<string> Options() => world["beta"].Core!.Document.Descendants("crm_config").Single().Descendants("nvpair").Select(p => $"{p["name"]}={p["value"]}");
    }

    [Test]
    public void A_node_says_again_what_it_understands_when_that_was_deleted([Values("alpha", "beta")] string node, [Values("alpha", "beta")] string by)
    {
        var world = Formed(1);
        world.Ask(by, new CrmQuestion.SetAttributes([new("#feature-set", node, null), new("other", node, null)]));
        world.Run(TimeSpan.FromSeconds(5));
        foreach (var machine in world.Machines)
            Assert.That(machine.Core!.Document.Descendants("nvpair").Count(p => p["name"] == "#feature-set" && p["value"] == CibRequests.FeatureSet), Is.EqualTo(2), machine.Name);
        Fine(world);
    }

    /// <summary>Whoever decides then: the node that it is of does not know of it when it says what it has.</summary>
    [Test]
    public void An_attribute_of_another_node_that_was_ordered_while_nobody_decided_is_not_lost([Range(1, 20)] int seed)
    {
        var world = Pair(seed);
        world.BootAll();
        world.Run(TimeSpan.FromMilliseconds(500));
        var (by, of) = seed % 2 == 0 ? ("alpha", "beta") : ("beta", "alpha");
        var client = world.Ask(by, new CrmQuestion.SetAttributes([new("colour", of, "red")]));
        Assert.That(world[by].Answers, Does.Not.ContainKey(client), "nobody decides yet");
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Assert.That(world[by].Answers[client], Is.InstanceOf<CrmAnswer.Done>());
        foreach (var machine in world.Machines)
        {
            Assert.That(machine.Core!.AttributeTable.Find("colour")?.Values.GetValueOrDefault(of), Is.EqualTo("red"), $"{machine.Name}\n{world.Tale}");
            Assert.That(machine.Core!.Document.Descendants("nvpair").Count(p => p["name"] == "colour" && p["value"] == "red"), Is.EqualTo(1), $"{machine.Name}\n{world.Tale}");
        }
        Fine(world);
    }

    [Test]
    public void An_attribute_that_was_set_is_there_for_whoever_asks_the_same_node_then([Range(1, 20)] int seed)
    {
        var world = Formed(seed);
        foreach (var machine in world.Machines)
            for (var i = 0; i < 20; i++)
            {
                var client = world.Ask(machine.Name, new CrmQuestion.SetAttributes([new($"w{i}", "", "1")]));
                for (var n = 0; n < 1000 && !machine.Answers.ContainsKey(client); n++) world.Run(TimeSpan.FromMilliseconds(1));
                Assert.That(machine.Answers[client], Is.TypeOf<CrmAnswer.Done>());
                var asked = world.Ask(machine.Name, new CrmQuestion.GetAttributes($"w{i}", machine.Name));
                Assert.That(((CrmAnswer.Attributes)machine.Answers[asked]).Values.Select(v => v.Value), Is.EqualTo(new[] { "1" }), machine.Name);
            }
    }

    [Test]
    public void A_node_that_dies_is_fenced_and_its_resources_go_on([Range(1, 20)] int seed)
    {
        var world = Formed(seed);
        var victim = world.Machines.First(m => m.Running.ContainsKey("web")).Name;
        var other = world.Machines.First(m => m.Name != victim).Name;
        world.Kill(victim);
        world.Run(TimeSpan.FromSeconds(11));
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That(world[other].Running.Keys, Does.Contain("web").And.Contain("db"), world.Tale);
        Assert.That(world.Story, Has.Some.Contains($"fences {victim}"), world.Tale);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Settle(TimeSpan.FromMinutes(3)), Is.True, world.Tale);
        Assert.That(world[victim].Core?.Dc, Is.EqualTo(other), world.Tale);
        Fine(world);
    }

    [Test]
    public void A_node_that_was_fenced_gets_its_share_when_it_is_back([Range(1, 20)] int seed)
    {
        var world = Pair(seed);
        world.Compiled!.Element("configuration")!.Element("resources")!.Add("clone").Set("id", "tools").Add("primitive").Set("id", "tool").Set("class", "ocf").Set("provider", "pacemaker").Set("type", "Dummy");
        world.MayRunEverywhere.Add("tool");
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        world.Kill(world.Machines.ElementAt(seed % 2).Name);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Settle(TimeSpan.FromMinutes(3)), Is.True, world.Tale);
        foreach (var machine in world.Machines) Assert.That(machine.Running.Keys, Does.Contain("tool"), world.Tale);
        Fine(world);
    }

    [Test]
    public void A_node_that_is_fenced_while_it_lives_is_fenced_once([Range(1, 20)] int seed)
    {
        var world = Formed(seed);
        var (victim, resource) = world.Machines.Where(m => !m.Core!.IsDc).Select(m => (m.Name, m.Running.Keys.First(r => r != "power"))).Single();
        world.AgentFails = (node, order) => node == victim && order.Resource == resource && order.Action == "stop" ? new(1, OperationStatus.Done) : null;
        world.Cib(victim, new(CibOperation.Modify, "constraints", CibElement.Parse($"<constraints><rsc_location id=\"away\" rsc=\"{resource}\" node=\"{victim}\" score=\"-INFINITY\"/></constraints>", "x"), CibOptions.CanCreate));
        world.Run(TimeSpan.FromSeconds(5));
        // It is off, and not silent for long enough yet to be dead for messaging; when it is, somebody has already asked for a plan.
        world.Cib(world.Machines.First(m => m.Name != victim).Name, new(CibOperation.Modify, "constraints", CibElement.Parse($"<constraints><rsc_location id=\"away\" rsc=\"{resource}\" node=\"{victim}\" score=\"-1000\"/></constraints>", "x")));
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Settle(TimeSpan.FromMinutes(3)), Is.True, world.Tale);
        Assert.That(world.Story.Count(l => l.Contains($"fences {victim}", StringComparison.Ordinal)), Is.EqualTo(1), world.Tale);
        Assert.That(world[victim].Core?.Dc, Is.Not.Null.And.Not.EqualTo(victim), world.Tale);
        Fine(world);
    }

    /// <summary>It orders what it does not live to see proven; whoever decides next knows that it is.</summary>
    [Test]
    public void A_node_that_decides_and_has_to_be_fenced_is_fenced_once([Range(1, 20)] int seed)
    {
        var world = PairWithTool(seed, out var dc, out var other);
        world.AgentFails = (node, order) => node == dc && order.Resource == "tool" && order.Action == "stop" ? new(1, OperationStatus.Done) : null;
        world.Cib(dc, new(CibOperation.Modify, "constraints", CibElement.Parse($"<constraints><rsc_location id=\"off\" rsc=\"tools\" node=\"{dc}\" score=\"-INFINITY\"/></constraints>", "x"), CibOptions.CanCreate));
        world.Run(TimeSpan.FromSeconds(5));
        Assert.That(world[dc].Core, Is.Null, world.Tale);
        world.AgentFails = (_, _) => null;
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Settle(TimeSpan.FromMinutes(3)), Is.True, world.Tale);
        Assert.That(world.Story.Count(l => l.EndsWith($": fences {dc}", StringComparison.Ordinal)), Is.EqualTo(1), world.Tale);
        Assert.That(world[dc].Core?.Dc, Is.EqualTo(other), world.Tale);
        Fine(world);
    }

    /// <summary>Asked for at any node, and whoever decides.</summary>
    [Test]
    public void A_node_that_a_person_had_fenced_is_not_fenced_again_when_it_is_missed([Range(1, 24)] int seed)
    {
        var names = seed % 2 == 0 ? new[] { "alpha", "beta" } : ["alpha", "beta", "gamma"];
        var world = new NodeWorld(seed, names) { Compiled = Document(true) };
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        var target = names[seed / 2 % names.Length];
        var from = names.Where(n => n != target).ElementAt(seed / 6 % (names.Length - 1));
        world.FenceByHand(from, target);
        world.Run(TimeSpan.FromSeconds(19));
        Assert.That(world[target].Core, Is.Null, "it comes back 20 s after it was shot: " + world.Tale);
        Assert.That(world.Machines.Where(m => m.Name != target).SelectMany(m => m.Running.Keys), Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Settle(TimeSpan.FromMinutes(3)), Is.True, world.Tale);
        Assert.That(world.Story, Has.None.Contains($": fences {target}"), world.Tale);

        // What was proven was its life before: when this one is missed, nobody has proven anything.
        Assert.That(world[target].Core?.Dc, Is.Not.Null, world.Tale);
        world.Kill(target);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Story.Count(l => l.EndsWith($": fences {target}", StringComparison.Ordinal)), Is.EqualTo(1), world.Tale);
        Fine(world);
    }

    /// <summary>A fencing that takes long may end when the node it has rebooted is a member again: that life of it nobody has seen end.</summary>
    [Test]
    public void A_proof_that_comes_late_says_nothing_of_the_life_after_it([Range(1, 10)] int seed)
    {
        var world = Formed(seed);
        var target = world.Machines.Single(m => !m.Core!.IsDc).Name;
        var from = world.Machines.Single(m => m.Core!.IsDc).Name;
        world.FenceByHand(from, target, toldAfter: TimeSpan.FromSeconds(50));
        world.Run(TimeSpan.FromSeconds(49));
        Assert.That(world[target].Core?.Dc, Is.EqualTo(from), world.Tale);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That(world.Story, Has.None.Contains("has proof that this node is off"), world.Tale);
        var before = world.Story.Count(l => l.EndsWith($": fences {target}", StringComparison.Ordinal));
        world.Kill(target);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Story.Count(l => l.EndsWith($": fences {target}", StringComparison.Ordinal)), Is.EqualTo(before + 1), world.Tale);
        Fine(world);
    }

    /// <summary>The target says so, and the others hear it: nobody else can see that a device lies.</summary>
    [Test]
    public void A_device_that_lies_is_found_out_by_whom_it_did_not_switch_off([Range(1, 6)] int seed)
    {
        var world = Formed(seed);
        world.FencingLies = _ => true;
        var target = world.Machines.Single(m => m.Core!.IsDc == (seed % 2 == 0)).Name;
        var from = world.Machines.First(m => m.Name != target).Name;
        world.FenceByHand(from, target);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That((world[target].Core, world[target].Running.Count), Is.EqualTo(((CrmNode?)null, 0)), world.Tale);
        Assert.That(world[from].Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Assert.That(world.Story.Count(l => l.Contains($"{target}: ", StringComparison.Ordinal) && l.Contains($"{from} has proof that this node is off, and it runs", StringComparison.Ordinal)), Is.EqualTo(1), world.Tale);
        Assert.That(world.Story, Has.Some.Contains($"{target} was proven to be off, and says that it runs"), world.Tale);
        Assert.That(world.Story.Count(l => l.EndsWith($": fences {target}", StringComparison.Ordinal)), Is.Zero, "it is not fenced again for leaving\n" + world.Tale);

        // Somebody mends the device and starts it again.
        world.FencingLies = _ => false;
        world.Boot(target);
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Fine(world);
    }

    /// <summary><c>stonith_admin --confirm</c> of a machine that runs: as with a device that lies.</summary>
    [Test]
    public void A_node_that_a_person_takes_for_off_gives_up_what_it_runs([Range(1, 8)] int seed)
    {
        var world = Formed(seed);
        var target = world.Machines.Single(m => m.Core!.IsDc == (seed % 2 == 0)).Name;
        world.Confirm(world.Machines.First(m => m.Name != target).Name, target);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That((world[target].Core, world[target].Running.Count), Is.EqualTo(((CrmNode?)null, 0)), world.Tale);
        Assert.That(world.Machines.Single(m => m.Name != target).Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Assert.That(world.Story, Has.None.Contains($": fences {target}"), world.Tale);
        world.Boot(target);
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Fine(world);
    }

    /// <summary>Nobody is cut off for it later either, whoever decides then; and the life after it is another one.</summary>
    [Test]
    public void What_a_person_says_of_a_node_that_is_off_is_of_that_life_only([Range(1, 8)] int seed)
    {
        var world = Formed(seed);
        var (from, target) = (world.Machines.First().Name, world.Machines.Last().Name);
        world.FencingWorks = _ => false;
        world.Kill(target);
        world.Run(TimeSpan.FromMilliseconds(500 * seed));
        world.Confirm(from, target);
        var said = world.Story.Count;
        world.Run(TimeSpan.FromSeconds(30));
        Assert.That(world.Story.Skip(said), Has.None.Contains($": fences {target}"), world.Tale);
        Assert.That(world[from].Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        world.FencingWorks = _ => true;
        world.Boot(target);
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Fine(world);
    }

    /// <summary>An address is in use as long as the one that had it has not given it up: that is no fault of the one that takes it.</summary>
    [Test]
    public void What_could_not_be_started_beside_a_node_that_gives_up_is_tried_again([Range(1, 10)] int seed)
    {
        var world = Formed(seed);
        world.FencingLies = _ => true;
        world.AgentFails = (node, order) => order.Action == "start" && world.Machines.Any(m => m.Name != node && m.Running.ContainsKey(order.Resource)) ? new(1, OperationStatus.Done, "in use") : null;
        var target = world.Machines.First(m => m.Running.ContainsKey("db")).Name;
        var from = world.Machines.First(m => m.Name != target).Name;
        world.FenceByHand(from, target);
        world.Run(TimeSpan.FromSeconds(20));
        Assert.That(world[target].Core, Is.Null, world.Tale);
        Assert.That(world[from].Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Assert.That(world.Settle(TimeSpan.FromMinutes(1)), Is.True, world.Tale);
        Assert.That(world[from].Core!.Document.ToString(), Does.Not.Contain("fail-count-"), world.Tale);
    }

    /// <summary>The worst that a device can do: each of two that do not hear each other has all, until they do.</summary>
    [Test]
    public void A_device_that_lies_to_one_who_is_cut_off_is_found_out_when_they_hear_each_other([Range(1, 10)] int seed)
    {
        var world = Formed(seed);
        var (first, second) = (world.Machines.First().Name, world.Machines.Last().Name);
        world.FencingLies = _ => true;
        world.Cut([first]);
        world.Run(TimeSpan.FromSeconds(40));
        Assert.That(world.Machines.Select(m => m.IsSuspect), Has.Some.True, world.Tale);
        Assert.That(world.Machines.Select(m => m.Running.ContainsKey("db")), Is.All.True, "what the proof is worth\n" + world.Tale);
        world.Heal();
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That(world.GoOn, Is.Empty, world.Tale);
        world.FencingLies = _ => false;
        world.Run(TimeSpan.FromSeconds(30));
        foreach (var node in new[] { first, second }) world.Boot(node);
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Fine(world);
    }

    [Test]
    public void A_node_that_stops_moves_what_it_runs_and_is_not_fenced([Range(1, 20)] int seed)
    {
        var world = Formed(seed);
        var leaver = world.Machines.ElementAt(seed % 2).Name;
        var other = world.Machines.First(m => m.Name != leaver).Name;
        world.Shutdown(leaver);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world[leaver].HasLeft, Is.True, world.Tale);
        Assert.That(world[leaver].Running, Is.Empty, world.Tale);
        Assert.That(world[other].Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Assert.That(world.Story, Has.None.Contains($"fences {leaver}"), world.Tale);
        world.Boot(leaver);
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Assert.That(world[leaver].Core!.Dc, Is.EqualTo(other), world.Tale);
        Fine(world);
    }

    /// <summary>Nothing follows the stop of what runs everywhere: that it is stopped is the last that the one who decides has to say.</summary>
    [Test]
    public void A_node_that_decides_leaves_its_last_word_behind([Range(1, 20)] int seed)
    {
        var world = PairWithTool(seed, out var leaver, out var other);
        world.Shutdown(leaver);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world[leaver].HasLeft, Is.True, world.Tale);
        Assert.That(world.Story, Has.None.Contains($"fences {leaver}"), world.Tale);
        Assert.That(world[other].Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power", "tool" }), world.Tale);
        Fine(world);
    }

    [Test]
    public void A_node_that_decides_says_its_last_word_again_where_it_was_lost([Range(1, 10)] int seed)
    {
        var world = PairWithTool(seed, out var leaver, out var other);
        var lost = 0;
        world.Loses = (from, message) => from == leaver && message is { Type: CibWire.Type } && message["f"] == "patch" && lost < 100 && ++lost > 0;
        world.Shutdown(leaver);
        world.Run(TimeSpan.FromSeconds(5));
        Assert.That(lost, Is.GreaterThan(1));
        Assert.That(world[leaver].HasLeft, Is.True, world.Tale);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Story, Has.None.Contains($"fences {leaver}"), world.Tale);
        Assert.That(world[other].Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power", "tool" }), world.Tale);
        Fine(world);
    }

    /// <summary>A node of an older version does not know the question, and one that has left does not answer: neither keeps a node from stopping for ever.</summary>
    [Test]
    public void A_node_that_decides_does_not_wait_for_ever()
    {
        var world = PairWithTool(1, out var leaver, out var other);
        world.Loses = (from, message) => message is { Type: CibWire.Type } && message["f"] == "reached";
        world.Shutdown(leaver);
        world.Run(TimeSpan.FromSeconds(25));
        Assert.That(world[leaver].HasLeft, Is.False, world.Tale);
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That(world[leaver].HasLeft, Is.True, world.Tale);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Story, Has.None.Contains($"fences {leaver}"), world.Tale);
        world.Shutdown(other);
        world.Run(TimeSpan.FromSeconds(2));
        Assert.That(world[other].HasLeft, Is.True, "nobody stays: " + world.Tale);
        Fine(world);
    }

    [Test]
    public void Both_of_a_pair_stop_at_once([Range(1, 10)] int seed)
    {
        var world = PairWithTool(seed, out var leaver, out var other);
        world.Shutdown(leaver);
        world.Run(TimeSpan.FromMilliseconds(seed * 11));
        world.Shutdown(other);
        world.Run(TimeSpan.FromSeconds(5));
        foreach (var machine in world.Machines) Assert.That(machine.HasLeft, Is.True, world.Tale);
        Assert.That(world.Story, Has.None.Contains(": fences "), world.Tale);
        Fine(world);
    }

    /// <summary>In maintenance a node leaves what it runs as it is, and the others have to know that.</summary>
    [Test]
    public void What_is_left_running_in_maintenance_stays_known([Range(1, 10)] int seed)
    {
        var world = PairWithTool(seed, out var leaver, out var other);
        world.MayLeaveRunning.Add(leaver);
        world.Cib(other, new(CibOperation.Modify, "crm_config",
            CibElement.Parse("<crm_config><cluster_property_set id=\"o\"><nvpair id=\"o-m\" name=\"maintenance-mode\" value=\"true\"/></cluster_property_set></crm_config>", "x"), CibOptions.CanCreate));
        Assert.That(world.Settle(TimeSpan.FromMinutes(1)), Is.True, world.Tale);
        world.Shutdown(leaver);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.That(world[leaver].HasLeft, Is.True, world.Tale);
        Assert.That(world[leaver].Running.Keys, Does.Contain("tool"), world.Tale);
        Assert.That(world.Story, Has.None.Contains($"fences {leaver}"), world.Tale);
        var state = world[other].Core!.Document.Element("status")!.Elements("node_state").Single(s => s["uname"] == leaver);
        Assert.That(state.Descendants("lrm_resource").Single(r => r.Id == "tool").Elements("lrm_rsc_op").Select(o => o["operation"]), Does.Contain("start"), state.ToString());
        Assert.That(state["expected"], Is.EqualTo("down"));
        Fine(world);
    }

    /// <summary>A pair of which the one that does not decide runs what runs on one node, and both run what runs everywhere.</summary>
    private static NodeWorld PairWithTool(int seed, out string dc, out string other)
    {
        var world = Pair(seed);
        world.Compiled!.Element("configuration")!.Element("resources")!.Add(CibElement.Parse("""
            <clone id="tools"><primitive id="tool" class="ocf" provider="pacemaker" type="Dummy"><operations><op id="tool-m" name="monitor" interval="10s"/></operations></primitive></clone>
            """, "tools"));
        world.MayRunEverywhere.Add("tool");
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        var decides = dc = world.Machines.Single(m => m.Core!.IsDc).Name;
        other = world.Machines.Single(m => m.Name != decides).Name;
        var away = new[] { "web", "db", "power" }.Select(r => $"<rsc_location id=\"{r}-away\" rsc=\"{r}\" node=\"{decides}\" score=\"-INFINITY\"/>");
        world.Cib(dc, new(CibOperation.Modify, "constraints", CibElement.Parse($"<constraints>{string.Concat(away)}</constraints>", "x"), CibOptions.CanCreate));
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Assert.That(world[dc].Running.Keys, Is.EquivalentTo(new[] { "tool" }), world.Tale);
        return world;
    }

    [Test]
    public void A_pair_that_is_cut_fences_and_one_goes_on([Range(1, 20)] int seed)
    {
        var world = Formed(seed);
        world.Cut(["alpha"]);
        world.Run(TimeSpan.FromSeconds(20));
        world.Heal();
        Assert.That(world.Settle(TimeSpan.FromMinutes(5)), Is.True, world.Tale);
        Assert.That(world.Machines.SelectMany(m => m.Running.Keys), Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Fine(world);
    }

    /// <summary>With the cable out at alpha's end alone: beta's line shows alpha's power, alpha's shows nothing.</summary>
    [Test]
    public void Of_a_pair_that_is_cut_the_one_without_a_carrier_shoots_nobody([Range(1, 10)] int seed)
    {
        var world = new NodeWorld(seed, "alpha", "beta") { Compiled = Document(true), Quorum = new(Needs: QuorumNeeds.Carrier) };
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        world.Carried("beta", true);
        world.Carried("alpha", false);
        world.Cut(["alpha"]);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.That(world.Story, Has.Some.Contains("beta: fences alpha").And.None.Contains("alpha: fences"), world.Tale);
        world.Heal();
        Assert.That(world.Settle(TimeSpan.FromMinutes(5)), Is.True, world.Tale);
        Assert.That(world.Machines.SelectMany(m => m.Running.Keys), Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Fine(world);
    }

    [Test]
    public void A_node_alone_stops_what_it_runs_when_its_last_carrier_goes_and_goes_on_when_the_line_tells_no_more()
    {
        var world = new NodeWorld(7, "alpha", "beta") { Compiled = Document(true), Quorum = new(Needs: QuorumNeeds.Carrier) };
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        world.Carried("alpha", true);
        world.FencingWorks = _ => true;
        world.Shutdown("beta");
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That((world["alpha"].Core!.Document["have-quorum"], world["alpha"].Running.Count), Is.EqualTo(("1", 3)), world.Tale);

        world.Carried("alpha", false);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.That((world["alpha"].Core!.Document["have-quorum"], string.Join(' ', world["alpha"].Running.Keys.Where(r => r != "power"))), Is.EqualTo(("0", "")), world.Tale);

        world.Carried("alpha", null);
        world.Run(TimeSpan.FromSeconds(30));
        Assert.That((world["alpha"].Core!.Document["have-quorum"], world["alpha"].Running.Count), Is.EqualTo(("1", 3)), world.Tale);
        Fine(world);
    }

    [Test]
    public void A_node_alone_whose_daemon_restarts_has_its_fencing_devices([Range(1, 10)] int seed)
    {
        var world = Formed(seed);
        var leaver = world.Machines.ElementAt(seed % 2).Name;
        var other = world.Machines.First(m => m.Name != leaver).Name;
        world.Shutdown(leaver);
        world.Run(TimeSpan.FromSeconds(60));
        world.RestartDaemon(other);
        world.Run(TimeSpan.FromSeconds(15));
        Assert.That(world.Story, Has.Some.Contains($"{other}: fences {leaver}"), "who is not there may have begun anything: " + world.Tale);
        Assert.That(world.Story, Has.None.Contains("there is no device"), world.Tale);
        Assert.That(world[other].Running.Keys, Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Fine(world);
    }

    [Test]
    public void A_pair_that_hears_itself_again_while_one_is_shot_loses_no_node_twice([Range(1, 20)] int seed)
    {
        var world = Formed(seed);
        world.Cut(["alpha"]);
        for (var i = 0; i < 2000 && !world.Story.Exists(l => l.Contains(": fences ", StringComparison.Ordinal)); i++) world.Run(TimeSpan.FromMilliseconds(10));
        Assert.That(world.Story, Has.Some.Contains(": fences "), world.Tale);
        world.Heal();
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Settle(TimeSpan.FromMinutes(5)), Is.True, world.Tale);
        foreach (var node in new[] { "alpha", "beta" }) Assert.That(world.Story.Count(l => l.EndsWith($": fences {node}", StringComparison.Ordinal)), Is.LessThanOrEqualTo(1), world.Tale);
        Assert.That(world.Machines.SelectMany(m => m.Running.Keys), Is.EquivalentTo(new[] { "web", "db", "power" }), world.Tale);
        Fine(world);
    }

    [Test]
    public void Sixteen_nodes_are_one_cluster_and_stay_one_when_five_of_them_die([Range(1, 2)] int seed)
    {
        var names = Enumerable.Range(1, 16).Select(i => $"node{i:00}").ToArray();
        var document = CibElement.Parse(Web.Replace("STONITH", "true", StringComparison.Ordinal).Replace("</resources>",
            """<clone id="everywhere"><primitive id="agent" class="ocf" provider="pacemaker" type="Dummy"/></clone></resources>""", StringComparison.Ordinal), "web");
        var world = new NodeWorld(seed, names) { Compiled = document };
        world.MayRunEverywhere.Add("agent");
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(5)), Is.True, world.Tale);
        Assert.That(world.Machines.Count(m => m.Core!.IsDc), Is.EqualTo(1), world.Tale);
        Assert.That(world.Machines.Count(m => m.Running.ContainsKey("agent")), Is.EqualTo(16), world.Tale);

        var dc = world.Machines.First(m => m.Core!.IsDc).Name;
        string[] victims = [dc, .. names.Where(n => n != dc).Skip(seed).Take(4)];
        foreach (var victim in victims) world.Kill(victim);
        world.Run(TimeSpan.FromSeconds(25));
        foreach (var victim in victims) Assert.That(world.Story, Has.Some.Contains($"fences {victim}"), world.Tale);
        Assert.That(world.Machines.Where(m => !victims.Contains(m.Name)).SelectMany(m => m.Running.Keys), Does.Contain("web").And.Contain("db").And.Contain("power"), world.Tale);
        world.Run(TimeSpan.FromSeconds(60));
        Assert.That(world.Settle(TimeSpan.FromMinutes(5)), Is.True, world.Tale);
        var decider = world.Machines.Where(m => m.Core is { IsDc: true }).ToList();
        Assert.That(decider, Has.Count.EqualTo(1), world.Tale);
        foreach (var machine in world.Machines)
            if (machine.Core is { } core) Assert.That(core.Document.SameAs(decider[0].Core!.Document), Is.True, machine.Name);
        Assert.That(world.Machines.Count(m => m.Core is not null), Is.EqualTo(16), "the fenced come back");
        Fine(world);
    }

    [Test]
    public void A_daemon_that_restarts_finds_what_it_runs([Range(1, 20)] int seed)
    {
        var world = Formed(seed);
        var before = world.Machines.ToDictionary(m => m.Name, m => m.Running.Keys.ToList());
        world.RestartDaemon(world.Machines.ElementAt(seed % 2).Name);
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        foreach (var machine in world.Machines) Assert.That(machine.Running.Keys, Is.EquivalentTo(before[machine.Name]), world.Tale);
        Fine(world);
    }

    /// <remarks>Pacemaker's crm_resource has the histories forgotten of what the policy engine takes for failed, and of nothing else.</remarks>
    [Test]
    public void A_cleanup_leaves_alone_what_runs_and_has_not_failed([Values] bool named)
    {
        var world = Pair(1);
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        var owner = world.Machines.First(m => m.Running.ContainsKey("web")).Name;
        world.RestartDaemon(owner);
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Assert.That(Probes(), Is.GreaterThan(1), "the restarted daemon found it by a probe");
        var before = Probes();
        world.Ask(owner, new CrmQuestion.Cleanup(null, named ? "web" : null, null, null, false));
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That(Probes(), Is.EqualTo(before), world.Tale);

        var broken = true;
        world.AgentFails = (_, order) => broken && order.Key == "web_monitor_10000" ? new(1, OperationStatus.Done) : null;
        world.Run(TimeSpan.FromSeconds(15));
        broken = false;
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        world.Ask(owner, new CrmQuestion.Cleanup(null, named ? "web" : null, null, null, false));
        world.Run(TimeSpan.FromSeconds(10));
        Assert.That(Probes(), Is.GreaterThan(before), world.Tale);
        Assert.That(world[owner].Core!.Document.ToString(), Does.Not.Contain("web_last_failure_0\" operation_key=\"web_monitor_10000"), world.Tale);
        Fine(world);

        int Probes() => world.Story.Count(l => l.Contains($"{owner}: web_monitor_0 =", StringComparison.Ordinal));
    }

    [Test]
    public void A_change_of_the_configuration_reaches_every_disk_before_it_is_answered([Range(1, 10)] int seed)
    {
        var world = Formed(seed);
        var answer = world.Cib(seed % 2 == 0 ? "alpha" : "beta", new(CibOperation.Modify, "crm_config",
            CibElement.Parse("<crm_config><cluster_property_set id=\"o\"><nvpair id=\"o-x\" name=\"no-quorum-policy\" value=\"ignore\"/></cluster_property_set></crm_config>", "x")));
        Assert.That(answer.Error, Is.EqualTo(CibError.None), world.Tale);
        foreach (var machine in world.Machines) Assert.That(machine.Stored!.ToString(), Does.Contain("no-quorum-policy"));
        Fine(world);
    }

    [Test]
    public void A_controllers_state_is_told_by_itself([Range(1, 5)] int seed)
    {
        var world = Formed(seed);
        var dc = world.Machines.Single(m => m.Core!.IsDc).Name;
        foreach (var asked in world.Machines)
            foreach (var of in world.Machines) Assert.That(State(asked.Name, of.Name), Is.EqualTo(new CrmAnswer.StateOf(of.Name == dc ? "S_IDLE" : "S_NOT_DC")));
        var other = world.Machines.Single(m => m.Name != dc).Name;
        Assert.That(State(dc, "nobody"), Is.TypeOf<CrmAnswer.Refused>());
        world.Kill(dc);
        var late = world.Ask(other, new CrmQuestion.StateOf(dc));
        world.Run(TimeSpan.FromSeconds(15));
        Assert.That(world[other].Answers[late], Is.TypeOf<CrmAnswer.Refused>(), world.Tale);

        CrmAnswer? State(string asked, string of)
        {
            var client = world.Ask(asked, new CrmQuestion.StateOf(of));
            world.Run(TimeSpan.FromSeconds(1));
            return world[asked].Answers.GetValueOrDefault(client);
        }
    }

    [Test]
    public void The_cib_says_who_changed_it_last()
    {
        var world = Pair(1);
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        Assert.That(Last(), Is.EqualTo(("hacluster", "crmd", world.Machines.Single(m => m.Core!.IsDc).Name)));
        var change = new CibRequest(CibOperation.Modify, "crm_config", CibElement.Parse("<crm_config><cluster_property_set id=\"o\"><nvpair id=\"o-x\" name=\"x\" value=\"1\"/></cluster_property_set></crm_config>", "x")) { Client = "cibadmin", User = "root" };
        Assert.That(world.Cib("beta", change).Error, Is.EqualTo(CibError.None));
        Assert.That(Last(), Is.EqualTo(("root", "cibadmin", "beta")));

        (string?, string?, string?) Last() => (world["alpha"].Core!.Document["update-user"], world["alpha"].Core!.Document["update-client"], world["alpha"].Core!.Document["update-origin"]);
    }

    [Test]
    public void A_clients_names_say_nothing_in_paths()
    {
        var world = Pair(1);
        world.BootAll();
        Assert.That(world.Settle(TimeSpan.FromMinutes(2)), Is.True, world.Tale);
        var before = world["alpha"].Core!.Document.Element("configuration")!.ToString();
        foreach (var name in (string[])["x'] | //primitive | //x[@y='", "x\"] | //primitive | //x[@y=\"", "'\"] | //primitive"])
        {
            world.Ask("alpha", new CrmQuestion.SetAttributes([new(name, "alpha", "1")]));
            world.Run(TimeSpan.FromSeconds(1));
            world.Ask("alpha", new CrmQuestion.SetAttributes([new(name, "alpha", null)]));
            world.Ask("beta", new CrmQuestion.Cleanup(null, name, null, null, true));
            world.Ask("beta", new CrmQuestion.RemoveNode(name));
            world.Ask("beta", new CrmQuestion.SetAttributes([new("colour", name, "1")]));
            world.Run(TimeSpan.FromSeconds(5));
        }
        Assert.That(world["alpha"].Core!.Document.Element("configuration")!.ToString(), Is.EqualTo(before));
        Assert.That(world["alpha"].Core!.Document.Element("status")!.Elements("node_state").Select(n => n.Id), Is.EquivalentTo(new[] { "1", "2" }));
        Fine(world);
    }
}
