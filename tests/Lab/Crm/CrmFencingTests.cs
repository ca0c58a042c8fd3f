using Appliance.Lab.Fencing;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>A pair with <c>crm yes</c> whose machines have management controllers: ha.cf's lines have become fencing resources of the first CIB.</summary>
public sealed class CrmFencingTests : LabTest
{
    private readonly List<Bmc> _bmcs = [];

    private (Pair Pair, Bmc AlphasBmc) Formed(Pairing pairing, string more = "", string? whenAlphaOff = null)
    {
        if (Bmc.Missing() is { } reason) Assert.Ignore(reason);
        var pair = Make(pairing, new PairPlan
        {
            AutoFailback = "off",
            Haresources = $"alpha {PairPlan.WebKey} Track::web\n",
            More = $"""
            crm yes
            stonith_host beta ipmi ip={Pair.ThirdAddress} ipport=9001 username={Bmc.User} password={Bmc.Password} {more}
            stonith_host alpha ipmi ip={Pair.ThirdAddress} ipport=9002 username={Bmc.User} password={Bmc.Password} pcmk_delay_base=5

            """,
        });
        foreach (var host in pair.Hosts) host.Keep("ha.cf");
        _bmcs.Add(Bmc.Of(pair, pair.Alpha, 9001, whenAlphaOff));
        _bmcs.Add(Bmc.Of(pair, pair.Beta, 9002));
        pair.Start();
        pair.WaitOwner(PairPlan.WebAddress, pair.Alpha, 60);
        foreach (var host in pair.Hosts) Until.True($"{host.Name} has its device", () => host.Tool("stonith_admin -L").Output.Contains("ipmi", StringComparison.Ordinal), 30, everyMs: 500);
        return (pair, _bmcs[0]);
    }

    [TearDown]
    public void PowerDown()
    {
        foreach (var bmc in _bmcs) bmc.Dispose();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_frozen_machine_loses_its_power_before_its_services_are_taken(Pairing pairing)
    {
        var (pair, bmc) = Formed(pairing);
        AlertLog.Configure(pair);
        pair.Alpha.Freeze();
        Until.True("the BMC takes alpha's power", () =>
        {
            Assert.That(pair.Beta.Track.Says("start web"), Is.False, "nothing is started before");
            return bmc.Calls.Contains("set power 0");
        }, 40, everyMs: 50);
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        Assert.That(pair.Alpha.Lives, Is.False, "no process of alpha is left");
        Assert.That(bmc.Calls, Is.EqualTo(new[] { "set power 0", "set power 1" }), "a reboot: off, read back, and on, and once");
        Assert.That(pair.Beta.Log.Text, Does.Not.Contain(Bmc.Password));
        Assert.That(pair.Beta.Tool("stonith_admin -H alpha").Output, Does.Contain("reboot of alpha successful: delegate=beta"));
        AlertLog.WaitFor(pair.Beta, "node", "desc=lost;kind=node;node=alpha;nodeid=1;recipient=somebody;version=2.1.5");
        AlertLog.WaitFor(pair.Beta, "fencing", ": OK (ref=");
        Assert.That(AlertLog.Of(pair.Beta, "fencing")[0], Does.StartWith("desc=Operation reboot of alpha by beta for crmd@beta: OK (ref=").And.EndsWith(");kind=fencing;node=alpha;rc=0;recipient=somebody;task=st_notify_fence;version=2.1.5"));
        pair.AssertNeverTwice(toleranceMs: 200);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Nothing_is_taken_while_the_BMC_only_says_that_it_obeys(Pairing pairing)
    {
        var (pair, bmc) = Formed(pairing, "power_timeout=1");
        bmc.Lies = true;
        pair.Alpha.Freeze();
        Until.True("the BMC is asked", () => bmc.Calls.Contains("set power 0"), 40);
        Until.Stays("beta takes nothing", () => !pair.Beta.Holds(PairPlan.WebAddress) && !pair.Beta.Track.Says("start web"), 8);
        bmc.Lies = false;
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 60);
        Assert.That(pair.Alpha.Lives, Is.False);
    }

    /// <summary>Its controller is wired to another machine: what says that alpha is off is no proof, and only alpha can know.</summary>
    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_machine_that_was_proven_off_and_runs_gives_up_what_it_runs_and_stays_away(Pairing pairing)
    {
        var (pair, bmc) = Formed(pairing, whenAlphaOff: ":");
        pair.Beta.Tool("stonith_admin --reboot alpha --timeout 60");
        Assert.That(bmc.Calls, Is.EqualTo(new[] { "set power 0", "set power 1" }));
        pair.Alpha.Log.WaitFor("this node gives up everything and stays away until it is started again", 20);
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        Until.True("alpha's daemon has ended", () => pair.Alpha.MainPid is null, 30);
        Assert.That((pair.Alpha.Track.Count("stop web"), pair.Beta.Track.Count("start web")), Is.EqualTo((1, 1)));
        Assert.That(pair.Beta.Log.Text, Does.Contain("alpha was proven to be off, and says that it runs"));
        Until.Stays("alpha stays away, and is not fenced for it", () => pair.Alpha.MainPid is null && bmc.Calls.Length == 2, 5);

        pair.Alpha.Start();
        Until.True("alpha is a member again", () => pair.Beta.Tool("crm_mon -1").Output.Contains("Online: [ alpha beta ]", StringComparison.Ordinal), 60, everyMs: 500, () => pair.Beta.Tool("crm_mon -1").Output);
        Until.Stays("what runs stays where it is", () => pair.Beta.Holds(PairPlan.WebAddress) && !pair.Alpha.Holds(PairPlan.WebAddress), 3);
    }

    /// <summary>Somebody went to the wrong machine: as with a device that lies.</summary>
    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_machine_that_a_person_took_for_off_gives_up_what_it_runs(Pairing pairing)
    {
        var (pair, bmc) = Formed(pairing);
        pair.Beta.Tool("stonith_admin --confirm alpha");
        pair.Alpha.Log.WaitFor("beta has proof that this node is off, and it runs", 20);
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        Until.True("alpha's daemon has ended", () => pair.Alpha.MainPid is null, 30);
        Assert.That((pair.Alpha.Track.Count("stop web"), pair.Beta.Track.Count("start web")), Is.EqualTo((1, 1)));
        Until.Stays("alpha stays away, and is not fenced for it", () => pair.Alpha.MainPid is null && bmc.Calls.Length == 0, 5);
        pair.Alpha.Start();
        Until.True("alpha is a member again", () => pair.Beta.Tool("crm_mon -1").Output.Contains("Online: [ alpha beta ]", StringComparison.Ordinal), 60, everyMs: 500, () => pair.Beta.Tool("crm_mon -1").Output);
        Assert.That(pair.Beta.Tool("crm_mon -1 -m3").Output, Does.Match(@"turning off of alpha by a human for stonith_admin\.\d+@beta successful at \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ"));
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Two_halves_of_a_pair_never_both_die_nor_both_live(Pairing pairing)
    {
        var (pair, _) = Formed(pairing);
        pair.Cut();
        // beta waits 0 s and alpha 5 s before they shoot: beta lives.
        Until.True("one of them loses its power", () => !pair.Alpha.Lives || !pair.Beta.Lives, 40);
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        Until.Stays("the other lives on", () => pair.Beta.Lives, 8);
        Assert.That(pair.Alpha.Lives, Is.False);
        pair.AssertNeverTwice(toleranceMs: 200);
    }
}
