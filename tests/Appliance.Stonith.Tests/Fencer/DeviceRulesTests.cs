using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Tests.Fencer;

public class The_rules_of_a_device
{
    private static readonly DeviceAbilities Able = new(true, true, true, true);

    private static (FencingDevice Device, string[] Problems) Read(DeviceAbilities abilities, params (string, string)[] parameters)
    {
        var (device, _, problems) = DeviceRules.Read("dev", "ipmi", abilities, parameters.Select(p => KeyValuePair.Create(p.Item1, p.Item2)));
        return (device, [.. problems]);
    }

    [Test]
    public void Map_nodes_to_their_outlets()
    {
        var (device, problems) = Read(Able, ("pcmk_host_map", @"node:1;node2:2,3 odd:a\;b"));
        Assert.That(problems, Is.Empty);
        Assert.That(device.PlugsOf("node2"), Is.EqualTo(new[] { "2", "3" }));
        Assert.That(device.PlugsOf("odd"), Is.EqualTo(new[] { "a;b" }));
        Assert.That(device.PlugsOf("else"), Is.EqualTo(new[] { "else" }));
        Assert.That(device.Hosts, Is.EquivalentTo(new[] { "node", "node2", "odd" }));
    }

    [TestCase("node1 node2,node3;node4", 4)]
    [TestCase("", 0)]
    public void List_nodes_between_blanks_commas_and_semicolons(string list, int count) => Assert.That(Read(Able, ("pcmk_host_list", list)).Device.Hosts, Has.Count.EqualTo(count));

    [TestCase("a", "", HostCheck.StaticList)]
    [TestCase("", "", HostCheck.DynamicList)]
    [TestCase("", "status", HostCheck.Status)]
    [TestCase("", "none", HostCheck.None)]
    public void Choose_how_its_nodes_are_found(string list, string check, HostCheck expected) =>
        Assert.That(Read(Able, check.Length > 0 ? [("pcmk_host_list", list), ("pcmk_host_check", check)] : [("pcmk_host_list", list)]).Device.Check, Is.EqualTo(expected));

    [Test]
    public void Refuse_a_device_that_would_be_taken_for_everybodys() =>
        Assert.That(Read(new(true, true, false, false)).Problems.Single(), Does.Contain("pcmk_host_list"));

    [Test]
    public void Know_delays_for_single_nodes()
    {
        var delay = Read(Able, ("pcmk_delay_base", "node1:0s;node2:10s"), ("pcmk_delay_max", "5s")).Device.Delay;
        Assert.That((delay.BaseFor("node1"), delay.BaseFor("node2")), Is.EqualTo((TimeSpan.Zero, TimeSpan.FromSeconds(5))), "a base above the maximum is the maximum");
    }

    [TestCase("-1", 0)]
    [TestCase("0", 1)]
    [TestCase("many", 1)]
    [TestCase("3", 3)]
    public void Limit_actions_as_Pacemaker_reads_it(string word, int limit) => Assert.That(Read(Able, ("pcmk_action_limit", word)).Device.ActionLimit, Is.EqualTo(limit));

    [TestCase("pcmk_reboot_action", "off", FenceAction.Reboot, FenceAction.Off)]
    [TestCase("pcmk_off_action", "reboot", FenceAction.Off, FenceAction.Reboot)]
    [TestCase("pcmk_monitor_action", "status", FenceAction.Monitor, FenceAction.Status)]
    public void Let_an_action_stand_for_another_of_its_kind(string name, string word, FenceAction asked, FenceAction sent)
    {
        var (device, problems) = Read(Able, (name, word), ("pcmk_host_list", "a"));
        Assert.That(problems, Is.Empty);
        Assert.That(device.Effective(asked), Is.EqualTo(sent));
    }

    /// <summary>The success of a question would be taken for a dead node, and a probe would switch.</summary>
    [TestCase("pcmk_off_action", "status")]
    [TestCase("pcmk_reboot_action", "monitor")]
    [TestCase("pcmk_reboot_action", "list")]
    [TestCase("pcmk_off_action", "on")]
    [TestCase("pcmk_off_action", "diag")]
    [TestCase("pcmk_off_action", "0")]
    [TestCase("pcmk_off_action", "77")]
    [TestCase("pcmk_monitor_action", "off")]
    [TestCase("pcmk_list_action", "reboot")]
    [TestCase("pcmk_on_action", "status")]
    public void Refuse_an_action_that_proves_less_or_does_more_than_the_one_it_stands_for(string name, string word)
    {
        var (device, problems) = Read(Able, (name, word), ("pcmk_host_list", "a"));
        Assert.That(problems.Single(), Does.StartWith(name).And.Contain(word));
        Assert.That(device.Instead, Is.Empty);
    }

    [Test]
    public void Name_everything_that_is_wrong() =>
        Assert.That(Read(Able, ("pcmk_host_map", "x"), ("pcmk_delay_base", "soon"), ("pcmk_off_timeout", "long"), ("pcmk_reboot_action", "kick"), ("pcmk_host_check", "maybe")).Problems, Has.Length.EqualTo(5));
}
