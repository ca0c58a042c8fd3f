using System.Text.Json;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>What a pair makes of the carrier of its serial line: shown, logged, and a sign for the quorum.</summary>
public sealed class CarrierTests : LabTest
{
    private (Pair Pair, ModemSignals Signals) Cabled(Pairing pairing, PairPlan plan)
    {
        if (ModemSignals.Missing() is { } reason) Assert.Ignore(reason);
        var pair = Make(pairing, plan);
        return (pair, new(pair));
    }

    private static string Shown(Host host)
    {
        using var status = JsonDocument.Parse(host.Try($"{host.Implementation.Tools}status --json").Output);
        return status.RootElement.GetProperty("media").EnumerateArray().Single(m => m.GetProperty("type").GetString() == "serial").GetProperty("carrier").GetString()!;
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void The_carrier_of_a_serial_line_is_shown_and_logged(Pairing pairing)
    {
        var (pair, signals) = Cabled(pairing, new PairPlan());
        pair.Settled();
        var line = pair.Serial.Device(0);
        Assert.That(pair.Hosts.All(signals.IsRaised), Is.True, "the other end sees that we are there");
        pair.Alpha.Log.WaitFor($"serial {line}: carrier: there is a machine with power at the other end", 10);
        Assert.That((Shown(pair.Alpha), Shown(pair.Beta)), Is.EqualTo(("yes", "yes")));
        Assert.That(pair.Alpha.Tool("status").Output, Does.Contain($"serial {line}: carrier yes"));
        Assert.That(pair.Alpha.Tool("links").Output, Does.Contain($"serial {line}: carrier yes"));

        var mark = pair.Alpha.Log.Mark();
        signals.Carrier(pair.Alpha, false);     // and beta's heartbeats come all the same
        pair.Alpha.Log.WaitFor($"serial {line}: nodes are heard over it though it shows no carrier; whether it has one is not known", 10, mark);
        Assert.That(Shown(pair.Alpha), Is.EqualTo("unknown"));
        signals.Carrier(pair.Alpha, true);
        Until.True("it is believed again", () => Shown(pair.Alpha) == "yes", 10);

        mark = pair.Alpha.Log.Mark();
        pair.Beta.Crash();
        signals.Carrier(pair.Alpha, false);
        pair.Alpha.Log.WaitFor($"serial {line}: no carrier: the machine of beta has no power, or the cable is out", 15, mark);
        Assert.That(Shown(pair.Alpha), Is.EqualTo("no"));
        Assert.That(pair.Alpha.Tool("status").Output, Does.Contain("has no carrier"));
    }

    /// <summary>A control that starts anew is told of it.</summary>
    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_carrier_is_still_known_when_control_was_killed(Pairing pairing)
    {
        var (pair, _) = Cabled(pairing, new PairPlan());
        pair.Settled();
        Until.True("there is a carrier", () => Shown(pair.Alpha) == "yes", 10);
        var mark = pair.Alpha.Log.Mark();
        Shell.Run(pair.Alpha.Inside("sh -c 'for p in /proc/[0-9]*; do tr \"\\0\" \" \" <$p/cmdline 2>/dev/null | grep -q \"^appliance control\" && kill -KILL ${p#/proc/}; done; true'"));
        pair.Alpha.Log.WaitFor("it is started again", 20, mark);
        Until.True("it is known again", () => pair.Alpha.Try($"{pair.Alpha.Implementation.Tools}status").Output.Contains("carrier yes", StringComparison.Ordinal), 20, everyMs: 200);
    }

    /// <summary>A machine that loses its power takes its carrier along; the ping node tells the other one that it is not itself cut off.</summary>
    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_ping_node_is_sign_enough_where_the_other_machine_lost_its_power(Pairing pairing)
    {
        var (pair, signals) = Cabled(pairing, new PairPlan { AutoFailback = "off", More = $"crm yes\nping {Pair.ThirdAddress}\nquorum needs=ping,carrier\n", Haresources = $"alpha {PairPlan.WebKey} Track::web\n" });
        pair.Start();
        pair.WaitOwner(PairPlan.WebAddress, pair.Alpha, 60);
        Until.True("there is a carrier", () => Shown(pair.Beta) == "yes", 10);
        pair.Alpha.Crash();
        signals.Carrier(pair.Beta, false);
        pair.WaitOwner(PairPlan.WebAddress, pair.Beta, 30);
        Until.True("the carrier is gone", () => Shown(pair.Beta) == "no", 10);
        pair.AssertNeverTwice();
    }
}
