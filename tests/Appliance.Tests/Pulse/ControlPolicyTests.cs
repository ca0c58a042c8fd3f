using Appliance.Core;

namespace Appliance.Pulse.Tests;

public class Control_that_pulse_looks_after
{
    private static readonly ControlLimits Limits = new(
        StartUp: TimeSpan.FromSeconds(30), Silence: TimeSpan.FromSeconds(10), Away: TimeSpan.FromSeconds(60), Release: TimeSpan.FromSeconds(120));

    private Instant _now = new(0);
    private ControlPolicy _policy = null!;

    [SetUp]
    public void Begin()
    {
        _now = new(0);
        _policy = new ControlPolicy(Limits, _now);
    }

    [Test]
    public void Is_started_at_once_and_works_when_it_says_so()
    {
        Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.Start));
        Assert.That(_policy.IsReady, Is.False);
        _policy.Progressed(After(1));
        Assert.That(_policy.IsReady, Is.True);
        Assert.That(_policy.Step(After(9)), Is.EqualTo(ControlDeed.None));
    }

    [Test]
    public void Is_killed_once_when_it_is_silent_too_long_and_started_again()
    {
        Work();
        Assert.That(_policy.Step(After(10)), Is.EqualTo(ControlDeed.Kill));
        Assert.That(_policy.Step(After(1)), Is.EqualTo(ControlDeed.None), "one kill is enough");
        _policy.Ended(_now);
        Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.None), "a pause first");
        Assert.That(_policy.Step(After(0.1)), Is.EqualTo(ControlDeed.Start));
    }

    [Test]
    public void That_ends_again_and_again_is_started_with_growing_pauses_until_the_node_withdraws()
    {
        Work();
        var starts = 0;
        var deed = ControlDeed.None;
        while (deed != ControlDeed.Release)
        {
            _policy.Ended(_now);
            _now = _policy.NextDeadline;
            deed = _policy.Step(_now);
            if (deed == ControlDeed.Start) starts++;
        }
        Assert.That(starts, Is.InRange(10, 20));
        Assert.That(_now - new Instant(0), Is.InRange(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(67)));
        Assert.That(_policy.Released(true, After(5)), Is.EqualTo(ControlDeed.Resign));
        Assert.That(_policy.NextDeadline, Is.EqualTo(Instant.Never));
    }

    [Test]
    public void Whose_emergency_release_fails_is_tried_again_and_never_resigned_for()
    {
        GoAway();
        Assert.That(_policy.Released(false, After(5)), Is.EqualTo(ControlDeed.None));
        Assert.That(_policy.MayPet(_now), Is.False, "the watchdog is what is left");
        Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.Start));
        _policy.Progressed(After(1));
        Assert.That(_policy.MayPet(_now), Is.True);
    }

    [Test]
    public void Whose_emergency_release_hangs_lets_the_watchdog_run_out()
    {
        GoAway();
        Assert.That(_policy.MayPet(After(119)), Is.True);
        Assert.That(_policy.MayPet(After(1)), Is.False);
        Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.Kill));
    }

    /// <summary>Nobody who decides anything runs here any more: not before everything is stopped, and not after.</summary>
    [Test]
    public void That_gives_up_is_killed_and_what_runs_is_released_until_it_is()
    {
        Work();
        _policy.GiveUp(After(1));
        Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.Kill));
        _policy.Progressed(_now);
        Assert.That(_policy.Step(After(30)), Is.EqualTo(ControlDeed.None), "its last words change nothing");
        _policy.Ended(_now);
        Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.Release), "at once");
        Assert.That(_policy.MayPet(After(119)), Is.True);
        Assert.That(_policy.Released(false, _now), Is.EqualTo(ControlDeed.None));
        Assert.That(_policy.MayPet(_now), Is.False, "the watchdog is what is left");
        Assert.That(_policy.Step(After(9)), Is.EqualTo(ControlDeed.None));
        Assert.That(_policy.Step(After(1)), Is.EqualTo(ControlDeed.Release));
        _policy.GiveUp(_now);
        Assert.That(_policy.Released(true, After(5)), Is.EqualTo(ControlDeed.Resign));
        Assert.That(_policy.NextDeadline, Is.EqualTo(Instant.Never));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void That_gives_up_while_it_is_away_is_not_started_again(bool killed)
    {
        Work();
        if (killed)
        {
            Assert.That(_policy.Step(After(10)), Is.EqualTo(ControlDeed.Kill));
            _policy.GiveUp(_now);
            Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.None));
            _policy.Ended(_now);
        }
        else
        {
            _policy.Ended(_now);
            _policy.GiveUp(_now);
        }
        Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.Release));
    }

    [Test]
    public void That_asked_for_the_end_is_not_started_again()
    {
        Work();
        _policy.Stopping();
        _policy.Ended(_now);
        Assert.That(_policy.NextDeadline, Is.EqualTo(Instant.Never));
        Assert.That(_policy.Step(After(1000)), Is.EqualTo(ControlDeed.None));
    }

    [Test]
    public void That_lost_events_is_killed_at_once()
    {
        Work();
        _policy.Distrust(_now);
        Assert.That(_policy.Step(_now), Is.EqualTo(ControlDeed.Kill));
    }

    private void Work()
    {
        _policy.Step(_now);
        _policy.Progressed(_now);
    }

    private void GoAway()
    {
        Work();
        _policy.Ended(_now);
        Assert.That(_policy.Step(After(60)), Is.EqualTo(ControlDeed.Release));
    }

    private Instant After(double seconds) => _now += TimeSpan.FromSeconds(seconds);
}
