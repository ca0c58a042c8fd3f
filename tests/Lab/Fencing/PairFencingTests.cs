using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>A pair whose machines have management controllers that really take the power away.</summary>
public sealed class PairFencingTests : LabTest
{
    private readonly List<Bmc> _bmcs = [];

    private (Pair Pair, Bmc AlphasBmc) Machines(Pairing pairing, string more = "", string? whenOff = null)
    {
        if (Bmc.Missing() is { } reason) Assert.Ignore(reason);
        var pair = Make(pairing, new PairPlan
        {
            More = $"""
            stonith_host beta ipmi ip={Pair.ThirdAddress} ipport=9001 username={Bmc.User} password={Bmc.Password} {more}
            stonith_host alpha ipmi ip={Pair.ThirdAddress} ipport=9002 username={Bmc.User} password={Bmc.Password} pcmk_delay_base=5

            """,
        });
        foreach (var host in pair.Hosts) host.Keep("ha.cf");
        Bmc Of(Host host, int port)
        {
            var bmc = Bmc.Of(pair, host, port, whenOff);
            _bmcs.Add(bmc);
            return bmc;
        }
        var alphas = Of(pair.Alpha, 9001);
        Of(pair.Beta, 9002);
        return (pair, alphas);
    }

    [TearDown]
    public void PowerDown()
    {
        foreach (var bmc in _bmcs) bmc.Dispose();
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_frozen_machine_loses_its_power_before_its_services_are_taken(Pairing pairing)
    {
        var (pair, bmc) = Machines(pairing);
        pair.Settled();
        pair.Alpha.Freeze();
        Until.True("the BMC takes alpha's power", () => bmc.Calls.Contains("set power 0"), 20);
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 20);
        Assert.That(pair.Alpha.Lives, Is.False, "no process of alpha is left");
        var log = pair.Beta.Log.Text;
        var (reset, taken) = (log.IndexOf("node alpha now reset", StringComparison.OrdinalIgnoreCase), log.IndexOf("Resources being acquired from alpha", StringComparison.Ordinal));
        Assert.That(reset, Is.GreaterThanOrEqualTo(0), "\"node alpha now reset\" is logged");
        Assert.That(taken, Is.GreaterThan(reset), "and the takeover comes after it");
        Assert.That(bmc.Calls, Is.EqualTo(new[] { "set power 0", "set power 1" }), "a reboot: off, read back, and on");
        Assert.That(log, Does.Not.Contain(Bmc.Password));
        Assert.That(pair.Beta.Tool("stonith_admin -H alpha").Output, Does.Contain("reboot of alpha successful: delegate=beta"));
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Nothing_is_taken_while_the_BMC_only_says_that_it_obeys(Pairing pairing)
    {
        var (pair, bmc) = Machines(pairing, "power_timeout=1");
        pair.Settled();
        bmc.Lies = true;
        pair.Alpha.Freeze();
        pair.Beta.Log.WaitFor("STONITH of alpha failed.  Retrying...", 30);
        Until.Stays("beta takes nothing", () => !pair.Beta.Holds(PairPlan.WebAddress), 3);
        bmc.Lies = false;
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 40);
        Assert.That(pair.Alpha.Lives, Is.False);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void Two_halves_of_a_pair_never_both_die_nor_both_live(Pairing pairing)
    {
        var (pair, bmc) = Machines(pairing);
        pair.Settled();
        pair.Cut();
        // beta waits 0 s and alpha 5 s before they shoot: beta lives.
        Until.True("one of them loses its power", () => !pair.Alpha.Lives || !pair.Beta.Lives, 30);
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 20);
        Until.Stays("the other lives on", () => pair.Beta.Lives, 8);
        Assert.That(pair.Alpha.Lives, Is.False);
        pair.AssertNeverTwice(toleranceMs: 200);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_rehearsal_resets_the_machine_and_sees_its_heartbeats_end(Pairing pairing)
    {
        var (pair, bmc) = Machines(pairing);
        pair.Settled();
        var (asked, text) = pair.Beta.Try($"sh -c 'echo no | {Implementation.Ours.Tools}rehearse alpha'");
        Assert.That((asked, text), Is.EqualTo((3, text)), "without consent nothing is switched");
        Assert.That(text, Does.Contain("ready, answered in").And.Contains("Nothing was switched"));
        Assert.That(bmc.Calls, Is.Empty);
        var (status, output) = pair.Beta.Tool("rehearse alpha --yes");
        Assert.That((status, output), Is.EqualTo((0, output)));
        Assert.That(output, Does.Contain("Proven: the machine whose power was cut is alpha"));
        Assert.That(pair.Alpha.Lives, Is.False);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_rehearsal_finds_a_BMC_that_is_another_machines(Pairing pairing)
    {
        var (pair, bmc) = Machines(pairing, whenOff: ":");      // it answers, and says off, and alpha runs on
        pair.Settled();
        var (status, output) = pair.Beta.Tool("rehearse alpha --yes");
        Assert.That((status, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.Contain("WRONG MACHINE"));
        Assert.That(bmc.Calls, Is.Not.Empty);
    }
}
