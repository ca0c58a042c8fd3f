using System.Collections.Immutable;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Tests.Fencer;

public class A_fencer
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly DeviceVerdict No = new(VerdictKind.Unreachable, "nobody answers");

    private static TopologyLevel Level(int index, string target, params string[] devices) => new(new LevelTarget.Node(target), index, [.. devices]);

    [Test]
    public void Ends_an_order_when_the_device_has_proven_it()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "b")]);
        site["a"].Order("b");
        site.Run(Minute);
        Assert.That(site.Story, Is.EqualTo(new[] { "a: Off b by ipmi", "b loses its power" }));
        Assert.That(site["a"].Ends.Single(), Is.EqualTo(new FencingEnd(site["a"].Ends[0].OrderId, FencingOutcome.Done, "", "a")));
        Assert.That(site["c"].Core.History.Single().State, Is.EqualTo(FencingState.Done), "all nodes know");
    }

    [Test]
    public void Says_that_no_device_can_fence_a_node()
    {
        var site = new Site("a", "b").With([Site.Device("ipmi", "b")]);
        site["b"].Order("z");
        site.Run(Minute);
        Assert.That(site["b"].Ends.Single().Outcome, Is.EqualTo(FencingOutcome.NoDevice));
    }

    [Test]
    public void Tries_the_levels_in_rising_order_until_one_has_all_its_devices_done()
    {
        var site = new Site("a", "b").With([Site.Device("ipmi", "b"), Site.Device("pdu1", "b"), Site.Device("pdu2", "b")], Level(2, "b", "pdu1", "pdu2"), Level(1, "b", "ipmi"));
        site.Powers["ipmi"].Says = (_, _) => No;
        site.Powers["pdu1"].Says = (_, _) => DeviceVerdict.Is(PowerState.Off, "off");
        site["a"].Order("b");
        site.Run(Minute);
        Assert.That(site.Story.Where(s => s.StartsWith("a:", StringComparison.Ordinal)), Is.EqualTo(new[] { "a: Off b by ipmi", "a: Off b by ipmi", "a: Off b by pdu1", "a: Off b by pdu2" }), "two tries in all, then the next level");
        Assert.That(site["a"].Ends.Single().Outcome, Is.EqualTo(FencingOutcome.Done));
    }

    [Test]
    public void Makes_a_reboot_over_several_devices_off_on_all_and_then_on_on_all()
    {
        var site = new Site("a", "b", "c").With([Site.Device("pdu1", "b"), Site.Device("pdu2", "b")], Level(1, "b", "pdu1", "pdu2"));
        site["a"].Order("b", FenceAction.Reboot);
        site.Run(Minute);
        Assert.That(site.Story.Where(s => !s.Contains("loses", StringComparison.Ordinal)), Is.EqualTo(new[] { "a: Off b by pdu1", "a: Off b by pdu2", "a: On b by pdu1", "a: On b by pdu2" }));
        Assert.That(site["a"].Ends.Single().Outcome, Is.EqualTo(FencingOutcome.Done));
    }

    [Test]
    public void Counts_a_reboot_as_done_when_only_the_on_half_failed()
    {
        var site = new Site("a", "b").With([Site.Device("pdu1", "b"), Site.Device("pdu2", "b")], Level(1, "b", "pdu1", "pdu2"));
        site.Powers["pdu1"].Says = (action, _) => action == FenceAction.On ? No : DeviceVerdict.Is(PowerState.Off, "off");
        site["a"].Order("b", FenceAction.Reboot);
        site.Run(Minute);
        Assert.That(site["a"].Ends.Single().Outcome, Is.EqualTo(FencingOutcome.Done));
    }

    [Test]
    public void Has_a_device_that_knows_no_reboot_switch_off()
    {
        var site = new Site("a", "b").With([Site.Device("port", "b") with { Abilities = new(false, true, true, true) }]);
        site["a"].Order("b", FenceAction.Reboot);
        site.Run(Minute);
        Assert.That(site.Story[0], Is.EqualTo("a: Off b by port"));
    }

    [Test]
    public void Has_another_node_fence_it_so_that_the_proof_lives()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "a")]);
        site["a"].Order("a", FenceAction.Reboot, client: "crmd");
        site.Run(Minute);
        Assert.That(site.Story, Is.EqualTo(new[] { "b: Reboot a by ipmi", "a loses its power" }));
        foreach (var name in new[] { "b", "c" })
        {
            var record = site[name].Core.History.Single();
            Assert.That((record.State, record.Origin, record.Delegate, record.Client), Is.EqualTo((FencingState.Done, "b", "b", "crmd")), name);
        }
    }

    [Test]
    public void Hears_what_became_of_its_own_fencing()
    {
        var site = new Site("a", "b").With([Site.Device("ipmi", "a")]);
        site.Powers["ipmi"].Says = (_, _) => No;
        site["a"].Order("a", id: "one");
        site.Run(Minute);
        Assert.That(site["a"].Ends.Single(), Has.Property("OrderId").EqualTo("one").And.Property("Outcome").EqualTo(FencingOutcome.Failed));
        site["a"].Order("z", id: "other");
        site["a"].Order("a", FenceAction.Off, id: "two");
        site["b"].Order("a", FenceAction.Off, id: "three");
        site.Run(Minute);
        Assert.That(site["a"].Ends.Select(e => e.OrderId), Is.EquivalentTo(new[] { "one", "other", "two" }), "also where it joined another's");
        Assert.That(site["b"].Ends.Select(e => e.OrderId), Does.Contain("three"));
    }

    /// <summary>An older version does not know the word; and who dies with it does not tell.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void Fences_itself_where_nobody_does_it_for_it(bool dies)
    {
        var site = new Site("a", "b").With([Site.Device("ipmi", "a")]);
        if (dies)
        {
            site["a"].Order("a");
            site.Kill("b");
            site.Run(TimeSpan.FromSeconds(1));
            site["a"].Take(new FencerInput.Members(["a"]));
        }
        else
        {
            site.Hears = (from, _) => from != "a";
            site["a"].Order("a");
            site.Run(TimeSpan.FromSeconds(4));
            Assert.That(site.Story, Is.Empty);
        }
        site.Run(Minute);
        Assert.That(site.Story, Does.Contain("a: Off a by ipmi").And.Contain("a loses its power"));
    }

    [Test]
    public void Stands_in_for_nobody_but_who_asks_for_it()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "a")]);
        site["b"].Take(new FencerInput.Heard("c", new FencerMessage.StandIn(new("x", "a", FenceAction.Off, TimeSpan.FromSeconds(10), "crmd"))));
        site.Run(Minute);
        Assert.That(site.Story, Is.Empty);
    }

    [Test]
    public void Lets_the_target_fence_itself_only_when_nobody_else_can()
    {
        var site = new Site("a", "b", "c");
        site.Powers["own"] = new();
        site.Powers["ipmi"] = new();
        site["b"].Take(new FencerInput.Configured([Site.Device("own", "b")], []));
        site.Run(Minute);
        site["a"].Order("b");
        site.Run(Minute);
        Assert.That(site.Story[0], Is.EqualTo("b: Off b by own"));

        site = new Site("a", "b", "c");
        site.Powers["own"] = new();
        site.Powers["ipmi"] = new();
        site["b"].Take(new FencerInput.Configured([Site.Device("own", "b")], []));
        site["c"].Take(new FencerInput.Configured([Site.Device("ipmi", "b")], []));
        site.Run(Minute);
        site["a"].Order("b");
        site.Run(Minute);
        Assert.That(site.Story.First(s => s.Contains("Off", StringComparison.Ordinal)), Is.EqualTo("c: Off b by ipmi"));
    }

    [Test]
    public void Uses_the_device_of_another_node_when_the_executing_one_goes_away()
    {
        var site = new Site("a", "b", "c", "d");
        site.Powers["ipmi"] = new() { Speed = TimeSpan.FromSeconds(5) };
        foreach (var name in new[] { "c", "d" }) site[name].Take(new FencerInput.Configured([Site.Device("ipmi", "b")], []));
        site.Run(Minute);
        site["a"].Order("b", timeout: 20);
        site.At(TimeSpan.FromSeconds(1), () =>
        {
            site.Nodes["c"].IsAlive = false;
            foreach (var node in site.Nodes.Values) node.Take(new FencerInput.Members(["a", "b", "d"]));
        });
        site.Run(Minute);
        Assert.That(site.Story, Does.Contain("d: Off b by ipmi"));
        Assert.That(site["a"].Ends.Single().Outcome, Is.EqualTo(FencingOutcome.Done));
        Assert.That(site["a"].Ends.Single().Delegate, Is.EqualTo("d"));
    }

    [Test]
    public void Joins_an_equal_order_that_is_under_way_here_or_elsewhere()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "b")]);
        site.Powers["ipmi"].Speed = TimeSpan.FromSeconds(3);
        site["a"].Order("b", id: "first", client: "one");
        site["a"].Order("b", id: "second", client: "two");
        site.Run(TimeSpan.FromSeconds(1));
        site["c"].Order("b", id: "third", client: "three");
        site.Run(Minute);
        Assert.That(site.Story.Count(s => s.Contains("Off b", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(site["a"].Ends.Select(e => (e.OrderId, e.Outcome)), Is.EqualTo(new[] { ("first", FencingOutcome.Done), ("second", FencingOutcome.Done) }));
        Assert.That(site["c"].Ends.Single(), Is.EqualTo(new FencingEnd("third", FencingOutcome.Done, "", "a")));
    }

    [Test]
    public void Goes_on_by_itself_when_the_node_it_waited_for_dies()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "b")]);
        site.Powers["ipmi"].Speed = TimeSpan.FromSeconds(3);
        site.Powers["ipmi"].Says = (_, _) => site["a"].IsAlive ? No : DeviceVerdict.Is(PowerState.Off, "off");
        site["a"].Order("b");
        site.Run(TimeSpan.FromSeconds(1));
        site["c"].Order("b");
        site.Nodes["a"].IsAlive = false;
        site["c"].Take(new FencerInput.Members(["b", "c"]));
        site["b"].Take(new FencerInput.Members(["b", "c"]));
        site.Run(Minute);
        Assert.That(site["c"].Ends.Single().Outcome, Is.EqualTo(FencingOutcome.Done));
        Assert.That(site["c"].Ends.Single().Delegate, Is.EqualTo("c"));
    }

    [Test]
    public void Is_satisfied_by_a_recent_equal_success_and_by_nothing_else()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "b")]);
        site["a"].Order("b");
        site.Run(Minute);
        site["a"].Order("b", tolerance: TimeSpan.FromMinutes(5));
        Assert.That(site["a"].Ends, Has.Count.EqualTo(2));
        site.Story.Clear();
        site["a"].Order("b", FenceAction.Reboot, tolerance: TimeSpan.FromMinutes(5));
        site.Run(Minute);
        Assert.That(site.Story, Has.Member("a: Reboot b by ipmi"), "an off is no reboot");
    }

    [Test]
    public void Is_not_satisfied_by_a_success_that_a_fast_clock_puts_into_the_future()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "b")]);
        var ahead = DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(site.Now.Ticks) + TimeSpan.FromHours(1);
        site["a"].Take(new FencerInput.Heard("c", new FencerMessage.Told(new("c-old", "b", FenceAction.Off, "c", "test", "c", FencingState.Done, ahead, ""))));
        site["a"].Order("b", tolerance: TimeSpan.FromMinutes(5));
        site.Run(Minute);
        Assert.That(site.Story, Has.Member("a: Off b by ipmi"), "how long ago it was, nobody can say");
    }

    [Test]
    public void Believes_a_person_at_once()
    {
        var site = new Site("a", "b").With([Site.Device("ipmi", "b")]);
        site.Powers["ipmi"].Hangs = true;
        site["a"].Order("b", timeout: 600);
        site.Run(TimeSpan.FromSeconds(5));
        site["a"].Take(new FencerInput.Confirmed("b", "stonith_admin.1"));
        Assert.That(site["a"].Ends.Single(), Is.EqualTo(new FencingEnd(site["a"].Ends[0].OrderId, FencingOutcome.Done, "confirmed by a person", FencingRecord.Human)));
    }

    [Test]
    public void Believes_a_person_whatever_node_the_word_is_given_to()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "b")]);
        site.Powers["ipmi"].Hangs = true;
        site["c"].Order("b", timeout: 600);
        site.Run(TimeSpan.FromSeconds(1));
        site["a"].Order("b", timeout: 600);
        site.Run(TimeSpan.FromSeconds(5));
        Assert.That(site["a"].Log, Has.Some.Contains("waits for the one that c has under way"));
        site["a"].Take(new FencerInput.Confirmed("b", "stonith_admin.1"));
        site.Run(TimeSpan.FromSeconds(1));
        foreach (var node in new[] { "a", "c" })
            Assert.That(site[node].Ends.Select(e => (e.Outcome, e.Delegate)), Is.EqualTo(new[] { (FencingOutcome.Done, (string?)FencingRecord.Human) }), node);
    }

    [Test]
    public void Takes_an_old_word_of_a_person_out_of_a_history_for_what_it_is()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "b")]);
        site.Powers["ipmi"].Hangs = true;
        site["a"].Order("b", timeout: 600);
        site.Run(TimeSpan.FromSeconds(1));
        site["a"].Take(new FencerInput.Heard("c", new FencerMessage.Known([new("confirm-b-1", "b", FenceAction.Off, "c", "test", FencingRecord.Human, FencingState.Done, DateTimeOffset.UnixEpoch, "")])));
        Assert.That(site["a"].Ends, Is.Empty, "it was said of an earlier death");
    }

    [Test]
    public void Gives_a_verdict_in_bounded_time_whatever_a_device_does()
    {
        var site = new Site("a", "b").With([Site.Device("ipmi", "b"), Site.Device("pdu", "b")], Level(1, "b", "ipmi"), Level(2, "b", "pdu"));
        site.Powers["ipmi"].Hangs = site.Powers["pdu"].Hangs = true;
        var began = site.Now;
        site["a"].Order("b", timeout: 40);
        site.Run(TimeSpan.FromMinutes(5));
        Assert.That(site["a"].Ends.Single().Outcome, Is.Not.EqualTo(FencingOutcome.Done));
        Assert.That(site["a"].Core.History[0].Completed!.Value - (DateTimeOffset.UnixEpoch + TimeSpan.FromTicks(began.Ticks)), Is.LessThanOrEqualTo(TimeSpan.FromSeconds(96.1)), "1.2 x (40 + 40), as Pacemaker");
    }

    [Test]
    public void Is_refused_by_a_device_that_may_not_be_used_here()
    {
        var site = new Site("a", "b").With([Site.Device("ipmi", "b") with { Enabled = false }]);
        site["a"].Order("b");
        site.Run(Minute);
        Assert.That(site["a"].Ends.Single().Outcome, Is.EqualTo(FencingOutcome.NoDevice));
    }

    [Test]
    public void Has_a_node_registered_by_itself_alone()
    {
        var device = Site.Device("disk", "alpha", "beta") with { Abilities = new(Reboot: false, On: true, List: true, Status: true) { UnfencesAutomatically = true, UnfencesOnTarget = true } };
        var site = new Site("alpha", "beta").With([device]);
        site["alpha"].Order("beta", FenceAction.On);
        site.Run(TimeSpan.FromSeconds(30));
        Assert.That(site["alpha"].Ends.Select(e => (e.Outcome, e.Delegate)), Is.EqualTo(new[] { (FencingOutcome.Done, "beta") }), string.Join('\n', site.Story));
        site["alpha"].Order("alpha", FenceAction.On, id: "self");
        site.Run(TimeSpan.FromSeconds(30));
        Assert.That(site["alpha"].Ends[^1].Delegate, Is.EqualTo("alpha"));
    }

    [Test]
    public void Does_not_wait_for_a_probe_that_hangs()
    {
        var site = new Site("alpha", "beta").With([Site.Device("bmc", "beta")]);
        site.Powers["bmc"].Hangs = true;
        site["alpha"].Take(new FencerInput.Probe());
        site.Run(TimeSpan.FromSeconds(1));
        site.Powers["bmc"].Hangs = false;
        site["alpha"].Order("beta");
        site.Run(TimeSpan.FromSeconds(2));
        Assert.That(site["alpha"].Ends.Select(e => e.Outcome), Is.EqualTo(new[] { FencingOutcome.Done }), string.Join('\n', site.Story));
        Assert.That(site["alpha"].Core.Readiness.Single().IsReady, "what was broken off says nothing of the device");
    }

    [Test]
    public void Asks_a_device_for_its_list_once_a_minute_at_most()
    {
        var site = new Site("a", "b");
        var lists = 0;
        site.Powers["pdu"] = new()
        {
            Says = (action, _) =>
            {
                if (action != FenceAction.List) return DeviceVerdict.Is(PowerState.Off, "ok");
                lists++;
                return new(VerdictKind.Proven, "") { Outlets = [new("1", "b", null), new("2", "web", null)] };
            },
        };
        site["a"].Take(new FencerInput.Configured([Site.Device("pdu") with { Check = HostCheck.DynamicList }], []));
        site.Run(TimeSpan.FromSeconds(1));
        site["a"].Order("b");
        site["a"].Order("zz");
        site.Run(TimeSpan.FromSeconds(5));
        site["a"].Order("yy");
        site.Run(Minute);       // b, which is off, does not answer
        Assert.That(site["a"].Ends.Select(e => e.Outcome), Is.EquivalentTo(new[] { FencingOutcome.Done, FencingOutcome.NoDevice, FencingOutcome.NoDevice }));
        Assert.That(lists, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public void Knows_which_devices_would_work_now()
    {
        var site = new Site("a", "b");
        site.Powers["good"] = new();
        site.Powers["bad"] = new() { Says = (_, _) => No };
        site["a"].Take(new FencerInput.Configured([Site.Device("good", "b"), Site.Device("bad", "b")], []));
        site.Run(Minute);
        Assert.That(site["a"].Core.Readiness.Select(r => (r.Device, r.IsReady)), Is.EqualTo(new[] { ("bad", false), ("good", true) }));
        Assert.That(site.Story, Is.Empty, "nothing is switched");
        site.Powers["bad"].Says = null;
        site.Run(FencerCore.ProbeEvery);
        Assert.That(site["a"].Core.Readiness.All(r => r.IsReady), Is.True);
    }

    [Test]
    public void Gives_its_history_to_a_node_that_joins()
    {
        var site = new Site("a", "b", "c").With([Site.Device("ipmi", "b")]);
        foreach (var node in site.Nodes.Values) node.Take(new FencerInput.Members(["a", "b"]));
        site.Hears = (from, to) => from != "c" && to != "c";
        site["a"].Order("b");
        site.Run(Minute);
        Assert.That(site["c"].Core.History, Is.Empty);
        site.Hears = (_, _) => true;
        foreach (var node in site.Nodes.Values) node.Take(new FencerInput.Members(["a", "c"]));
        site.Run(Minute);
        Assert.That(site["c"].Core.History.Single().Target, Is.EqualTo("b"));
    }

    [Test]
    public void Leaves_exactly_one_node_alive_in_every_split_of_a_pair_with_a_delay()
    {
        // The delay is longer than a device takes, as the rules for delays demand.
        for (var seed = 0; seed < 10_000; seed++)
        {
            var chance = new Random(seed);
            var delay = new DelayRule(TimeSpan.Zero, ImmutableSortedDictionary<string, TimeSpan>.Empty.Add("a", TimeSpan.FromSeconds(6)), TimeSpan.Zero);
            var site = new Site("a", "b") { Chance = chance }.With([Site.Device("bmc-a", "a") with { Delay = delay }, Site.Device("bmc-b", "b")]);
            foreach (var power in site.Powers.Values) power.Speed = TimeSpan.FromMilliseconds(chance.Next(10, 5000));
            site.Hears = (_, _) => false;
            foreach (var (name, other) in new[] { ("a", "b"), ("b", "a") })
                site.At(TimeSpan.FromMilliseconds(chance.Next(0, 900)), () =>
                {
                    site[name].Take(new FencerInput.Members([name]));
                    site[name].Order(other, FenceAction.Reboot);
                });
            site.Run(Minute);
            Assert.That(site.Nodes.Values.Count(n => n.IsAlive), Is.EqualTo(1), () => $"seed {seed}: {string.Join("; ", site.Story)}");
        }
    }
}
