using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>Start, death and return of a node.</summary>
public sealed class TakeoverTests : LabTest
{
    [TestCaseSource(typeof(Pairing), nameof(Pairing.Every))]
    public void A_cold_start_brings_each_group_up_once_on_its_preferred_node(Pairing pairing)
    {
        var pair = Make(pairing).Settled();
        pair.WaitActive();
        pair.AssertNeverTwice();
        Assert.That(pair.Alpha.Track.Text, Is.EqualTo("start web\n"));
        Assert.That(pair.Beta.Track.Text, Is.EqualTo("start data\n"));
    }

    [Test]
    public void A_crashed_node_is_taken_over_and_gets_its_group_back_only_as_auto_failback_says(
        [ValueSource(typeof(Pairing), nameof(Pairing.All))] Pairing pairing, [Values("on", "off", "legacy")] string autoFailback)
    {
        var pair = Make(pairing, new PairPlan { AutoFailback = autoFailback }).Settled();

        pair.Alpha.Crash();
        pair.WaitSettled(pair.Beta, pair.Beta, 15);
        Assert.That(pair.Beta.Log.Says("node alpha: is dead"), Is.True);

        pair.Alpha.Start();
        pair.WaitActive();
        if (autoFailback == "off")
        {
            pair.WaitSettled(pair.Beta, pair.Beta);
            Until.Stays("beta keeps the group", () => pair.Beta.Holds(PairPlan.WebAddress), 2);
        }
        else pair.WaitSettled(pair.Alpha, pair.Beta);
        pair.AssertNeverTwice();
    }
}
