using System.Diagnostics;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Scenarios;

/// <summary>Two halves that do not hear each other, and what happens when they do again.</summary>
public sealed class PartitionTests : LabTest
{
    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_healed_partition_ends_with_one_owner_of_everything(Pairing pairing)
    {
        var pair = Make(pairing).Settled();
        pair.Cut();
        Until.True("both sides own everything", () => pair.Hosts.All(h => h.Holds(PairPlan.WebAddress) && h.Holds(PairPlan.DataAddress)), 20);
        Until.True("with all their services", () => pair.Alpha.Track.Says("start data") && pair.Beta.Track.Says("start web"), 10);
        var healed = Stopwatch.GetTimestamp();
        var marks = pair.Hosts.Select(h => h.Track.Mark()).ToArray();
        pair.Heal();
        pair.WaitSettled(pair.Alpha, pair.Beta, 60);
        pair.WaitActive();
        if (!pairing.AllOurs) return;

        // Among ours only what is owned twice stops, on the side that has held it for less time; nothing is restarted.
        Assert.That(pair.Alpha.Track.Text[marks[0]..], Is.EqualTo("stop data\n"));
        Assert.That(pair.Beta.Track.Text[marks[1]..], Is.EqualTo("stop web\n"));
        Assert.That(pair.HeldTwiceMs(PairPlan.WebAddress, healed), Is.LessThan(3000), "ms after the heal");
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.All))]
    public void A_node_that_is_heard_but_does_not_hear_is_sorted_out_after_the_heal(Pairing pairing)
    {
        var pair = Make(pairing).Settled();
        foreach (var medium in Enum.GetValues<Medium>()) pair.CutFrom(pair.Beta, medium);
        Until.True("alpha believes itself alone", () => pair.Alpha.Holds(PairPlan.DataAddress), 20);
        foreach (var medium in Enum.GetValues<Medium>()) pair.CutFrom(pair.Beta, medium, cut: false);
        pair.WaitSettled(pair.Alpha, pair.Beta, 60);
        pair.WaitActive();
    }
}
