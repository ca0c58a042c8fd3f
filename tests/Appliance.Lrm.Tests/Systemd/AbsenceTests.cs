using Appliance.Core.Resources;
using Appliance.Lrm.Systemd;
using static Appliance.Lrm.Tests.Systemd.BookStory;

namespace Appliance.Lrm.Tests.Systemd;

public class While_systemd_is_away
{
    [Test]
    public void A_monitor_waits_and_is_answered_by_what_it_says_when_it_is_back()
    {
        var story = With("active", "running");
        story.Step(new UnitInput.Lost("bus gone"));
        Assert.That(story.Monitor(), Is.EqualTo("wait"));
        story.Ask(1, UnitAction.Monitor);
        story.Connect();
        Assert.That(story.Seen, Is.Empty);
        story.Read("active", "running");
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0" }));
        Assert.That(story.Monitor(), Is.EqualTo("0"));
    }

    [Test]
    public void A_monitor_times_out_with_the_reason_and_never_fails()
    {
        var story = With("active", "running");
        story.Step(new UnitInput.Lost("bus gone"));
        story.Ask(1, UnitAction.Monitor, 5);
        story.Pass(5);
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: TimedOut -1 systemd could not be reached within 5 s: bus gone" }));
    }

    [Test]
    public void A_start_that_systemd_still_works_on_is_waited_for()
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.Step(new UnitInput.Lost("systemd executes itself again"));
        story.Connect();
        story.Read("activating", "start", job: "/job/7");
        Assert.That(story.Seen, Is.Empty);
        story.EndJob("/job/7", "done");
        story.Read("active", "running");
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0" }));
    }

    [TestCase("active", "running", "1: Ok 0")]
    [TestCase("failed", "failed", "1: Failed 1 foo.service is failed (failed): how the start ended was not heard")]
    public void A_start_that_ended_meanwhile_is_judged_by_the_state(string active, string sub, string said)
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.Step(new UnitInput.Lost("bus gone"));
        story.Connect();
        story.Read(active, sub);
        Assert.That(story.Seen, Is.EqualTo(new[] { said }));
    }

    [Test]
    public void A_start_that_was_not_answered_is_asked_for_again()
    {
        var story = Managed("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        story.Step(new UnitInput.Lost("bus gone"));
        story.Connect();
        story.Read("inactive", "dead");
        Assert.That(story.Seen, Is.EqualTo(new[] { "StartUnit foo.service", "StartUnit foo.service" }));
    }

    [Test]
    public void A_stop_whose_job_was_lost_is_asked_for_again()
    {
        var story = Working(UnitAction.Stop, "active", "running");
        story.Step(new UnitInput.Lost("bus gone"));
        story.Connect();
        story.Read("active", "running");
        Assert.That(story.Seen, Is.EqualTo(new[] { "StopUnit foo.service" }));
    }

    [TestCase("org.freedesktop.DBus.Error.NoReply")]
    [TestCase("org.freedesktop.DBus.Error.ServiceUnknown")]
    [TestCase("org.freedesktop.DBus.Error.NameHasNoOwner")]
    [TestCase("org.freedesktop.DBus.Error.Disconnected")]
    public void A_refusal_by_the_bus_is_no_failure_but_asked_again(string error)
    {
        var story = Managed("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        story.Refuse(SystemdMethod.StartUnit, error);
        Assert.That(story.Seen, Is.EqualTo(new[] { "StartUnit foo.service" }));
        story.Pass(0.25);
        story.Read("inactive", "dead");
        Assert.That(story.Seen, Is.EqualTo(new[] { "StartUnit foo.service" }));
    }

    [Test]
    public void A_daemon_reload_that_was_not_confirmed_is_done_again_before_the_start()
    {
        var story = With("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        story.Step(new UnitInput.Lost("bus gone"));
        story.Connect();
        story.Read("inactive", "dead");
        Assert.That(story.Seen, Has.No.Member("StartUnit foo.service"));
        story.Reload();
        Assert.That(story.Seen, Is.EqualTo(new[] { "StartUnit foo.service" }).Or.EqualTo(new[] { "write foo.service", "StartUnit foo.service" }));
    }

    [Test]
    public void Answers_of_an_earlier_connection_mean_nothing()
    {
        var story = Managed("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        var old = story.Open(SystemdMethod.StartUnit);
        story.Step(new UnitInput.Lost("bus gone"));
        story.Connect();
        story.Step(new UnitInput.Refused(old, "org.freedesktop.systemd1.NoSuchUnit", "no"));
        Assert.That(story.Seen, Is.EqualTo(new[] { "StartUnit foo.service" }));
    }
}

public class A_daemon_reload_by_somebody
{
    [Test]
    public void Leaves_monitors_answered_and_has_the_units_read_again()
    {
        var story = With("active", "running");
        story.Step(new UnitInput.Reloaded());
        Assert.That(story.Monitor(), Is.EqualTo("0"));
        story.Read("active", "running", "masked");
        Assert.That(story.Monitor(), Is.EqualTo("0"));
        Assert.That(story.Seen, Is.Empty);
    }

    [Test]
    public void In_a_loop_asks_systemd_no_more_than_it_answers()
    {
        var story = With("active", "running");
        for (var i = 0; i < 1000; i++) story.Step(new UnitInput.Reloaded());
        story.Read("active", "running");
        story.Read("active", "running");
        Assert.That(story.HasCalled(SystemdMethod.ReadUnit), Is.False);
    }
}

public class A_systemd_that_does_not_answer
{
    [Test]
    public void Is_not_taken_for_healthy_units()
    {
        var story = With("active", "running");
        story.Pass(10);
        Assert.That(story.HasCalled(SystemdMethod.Ping, ""), Is.True);
        Assert.That(story.Monitor(), Is.EqualTo("0"));
        story.Pass(29.9);
        Assert.That(story.Monitor(), Is.EqualTo("0"));
        story.Pass(0.1);
        Assert.That(story.Monitor(), Is.EqualTo("wait"));
        Assert.That(story.Seen.Single(), Does.StartWith("warn systemd has not answered for 30 s"));
    }

    [Test]
    public void Is_believed_again_after_it_was_asked_again()
    {
        var story = With("active", "running");
        story.Pass(10);
        story.Pass(30);
        story.Step(new UnitInput.Answered(story.Open(SystemdMethod.Ping, "")));
        Assert.That(story.Monitor(), Is.EqualTo("wait"));
        story.Read("active", "running");
        Assert.That(story.Monitor(), Is.EqualTo("0"));
    }
}

/// <summary>Random events in any order: the book never throws, ends every operation by its deadline and exactly once, and answers nothing that systemd has not said.</summary>
public class A_random_life
{
    [TestCaseSource(nameof(Seeds))]
    public void Ends_every_operation_once(int seed)
    {
        Random random = new(seed);
        UnitBook book = new(Own);
        var now = new Core.Instant(0);
        List<UnitEffect.Call> calls = [];
        Dictionary<long, Core.Instant> open = [];
        string[] words = ["active", "inactive", "failed", "activating", "deactivating", "reloading"];
        string[] loads = ["loaded", "loaded", "loaded", "masked", "not-found"];
        string[] errors = ["org.freedesktop.DBus.Error.NoReply", "org.freedesktop.systemd1.NoSuchUnit", "org.freedesktop.DBus.Error.AccessDenied"];
        UnitFacts Facts() => new() { Active = words[random.Next(words.Length)], Sub = "x", Load = loads[random.Next(loads.Length)], Job = random.Next(3) == 0 ? $"/job/{random.Next(4)}" : "", HasDropIn = random.Next(2) == 0 };
        long last = 0;
        for (var step = 0; step < 1000; step++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(200));
            UnitInput input;
            var unit = random.Next(2) == 0 ? "foo.service" : "bar.service";
            switch (random.Next(12))
            {
                case 0:
                    input = new UnitInput.Request(++last, (UnitAction)random.Next(7), unit, now + TimeSpan.FromSeconds(random.Next(20)));
                    open.Add(last, ((UnitInput.Request)input).Deadline);
                    break;
                case 1: input = random.Next(4) == 0 ? new UnitInput.Lost("gone") : new UnitInput.Tick(); break;
                case 2: input = random.Next(3) == 0 ? new UnitInput.Connected() : new UnitInput.Tick(); break;
                case 3: input = new UnitInput.Changed(UnitName.Path(random.Next(6) == 0 ? Own : unit), Facts()); break;
                case 4: input = new UnitInput.JobRemoved($"/job/{random.Next(4)}", unit, "done"); break;
                case 5: input = new UnitInput.Reloaded(); break;
                default:
                    if (calls.Count == 0) { input = new UnitInput.Tick(); break; }
                    var call = calls[0];
                    calls.RemoveAt(0);
                    input = random.Next(8) == 0 ? new UnitInput.Refused(call.Id, errors[random.Next(errors.Length)], "no") : new UnitInput.Answered(call.Id, Facts(), $"/job/{random.Next(4)}");
                    break;
            }
            Queue<UnitInput> inputs = new([input, new UnitInput.Tick()]);
            while (inputs.TryDequeue(out var next))
            {
                List<UnitEffect> effects = [];
                book.Step(next, now, effects);
                foreach (var effect in effects)
                {
                    if (effect is UnitEffect.Call made) calls.Add(made);
                    if (effect is UnitEffect.WriteDropIn write) inputs.Enqueue(new UnitInput.DropInDone(write.Unit, random.Next(2) == 0));
                    if (effect is UnitEffect.RemoveDropIn remove) inputs.Enqueue(new UnitInput.DropInDone(remove.Unit, random.Next(2) == 0));
                    if (effect is UnitEffect.Finish finish) Assert.That(open.Remove(finish.Id), Is.True, $"seed {seed}: {finish.Id} ended twice");
                    if (effect is UnitEffect.Finish { Result: { Outcome: OperationOutcome.Ok, ExitCode: not 0 } }) Assert.Fail($"seed {seed}: ok with a code");
                }
            }
            Assert.That(open.Values, Has.None.LessThanOrEqualTo(now), $"seed {seed}: an operation outlived its deadline");
        }
    }

    private static IEnumerable<int> Seeds() => Enumerable.Range(1, 60);
}
