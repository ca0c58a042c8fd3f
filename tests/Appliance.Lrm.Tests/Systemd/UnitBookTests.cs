using Appliance.Lrm.Systemd;
using static Appliance.Lrm.Tests.Systemd.BookStory;

namespace Appliance.Lrm.Tests.Systemd;

public class A_monitor
{
    // Pacemaker's codes for what systemd says; null: waits.
    [TestCase("active", "running", "loaded", "0")]
    [TestCase("active", "exited", "loaded", "0")]
    [TestCase("active", "running", "masked", "0")]          // masked while it runs: it runs
    [TestCase("active", "running", "not-found", "0")]       // its package was removed while it runs
    [TestCase("inactive", "dead", "loaded", "7")]
    [TestCase("failed", "failed", "loaded", "7")]
    [TestCase("maintenance", "", "loaded", "1")]
    [TestCase("activating", "start-pre", "loaded", "wait")]
    [TestCase("deactivating", "stop-sigterm", "loaded", "wait")]
    [TestCase("reloading", "reload", "loaded", "wait")]
    [TestCase("refreshing", "refresh", "loaded", "wait")]
    public void Is_answered_from_what_systemd_said_last(string active, string sub, string load, string answer) =>
        Assert.That(With(active, sub, load).Monitor(), Is.EqualTo(answer));

    [Test]
    public void Calls_nothing_when_the_state_is_known()
    {
        var story = With("active", "running");
        story.Ask(1, UnitAction.Monitor);
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0" }));
        Assert.That(story.HasCalled(SystemdMethod.ReadUnit), Is.False);
    }

    [TestCase("masked", "1: NotFound 5 foo.service is masked: systemctl unmask foo.service")]
    [TestCase("not-found", "1: NotFound 5 foo.service does not exist: systemd finds no unit file of that name")]
    [TestCase("bad-setting", "1: NotFound 5 foo.service cannot be loaded (bad-setting): systemctl status foo.service says why")]
    public void Of_a_unit_that_cannot_be_started_looks_again_before_it_says_so(string load, string said)
    {
        var story = With("inactive", "dead", load);
        story.Ask(1, UnitAction.Monitor);
        Assert.That(story.Seen, Is.Empty);
        story.Read("inactive", "dead", load);
        Assert.That(story.Seen, Is.EqualTo(new[] { said }));
    }

    [Test]
    public void Waits_while_the_unit_is_on_its_way()
    {
        var story = With("activating", "start");
        story.Ask(1, UnitAction.Monitor, 10);
        story.Pass(9.9);
        Assert.That(story.Seen, Is.Empty);
        story.Change("active", "running");
        Assert.That(story.Seen, Does.Contain("1: Ok 0"));
    }

    [Test]
    public void Waits_no_longer_than_its_own_time()
    {
        var story = With("deactivating", "stop-sigterm");
        story.Ask(1, UnitAction.Monitor, 10);
        Assert.That(story.NextDeadline.Ticks, Is.LessThanOrEqualTo(TimeSpan.FromSeconds(10).Ticks));
        story.Pass(10);
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: TimedOut -1 monitor did not end within 10 s: foo.service is still deactivating (stop-sigterm)" }));
    }

    [TestCase("foo bar")]
    [TestCase("foo@")]
    public void Of_no_unit_at_all_is_a_mistake_of_the_configuration(string unit)
    {
        var story = With("active");
        story.Ask(1, UnitAction.Monitor, unit: unit);
        Assert.That(story.Seen.Single(), Does.StartWith("1: Failed 6"));
    }
}

public class A_start
{
    [Test]
    public void Writes_the_drop_in_has_it_read_and_ends_when_the_unit_is_seen_active_after_the_job()
    {
        var story = With("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        Assert.That(story.Seen, Is.EqualTo(new[] { "write foo.service", "Reload" }));
        story.Reload();
        Assert.That(story.Seen, Is.EqualTo(new[] { "StartUnit foo.service" }));
        story.Answer(SystemdMethod.StartUnit, "/job/7");
        story.Change("activating", "start", job: "/job/7");
        story.Change("active", "running", job: "/job/7");
        Assert.That(story.Seen, Is.Empty, "active, but the job has not ended");
        if (story.HasCalled(SystemdMethod.ReadUnit)) story.Read("active", "running", job: "/job/7");
        story.EndJob("/job/7", "done");
        Assert.That(story.Seen, Is.Empty, "an acknowledgement is no proof");
        story.Read("active", "running");
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0" }));
    }

    [Test]
    public void Of_a_managed_unit_needs_no_reload()
    {
        var story = Managed("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        Assert.That(story.Seen, Is.EqualTo(new[] { "StartUnit foo.service" }));
    }

    [Test]
    public void After_a_restart_of_the_manager_finds_its_drop_in_in_force()
    {
        var story = With("inactive", "dead", dropIn: true);
        story.Ask(1, UnitAction.Start);
        Assert.That(story.Seen, Is.EqualTo(new[] { "write foo.service", "StartUnit foo.service" }));
    }

    [Test]
    public void Of_what_runs_already_has_nothing_to_do_but_the_drop_in()
    {
        var story = With("active", "running");
        story.Ask(1, UnitAction.Start);
        Assert.That(story.Seen, Is.EqualTo(new[] { "write foo.service", "1: Ok 0", "Reload" }).Or.EqualTo(new[] { "1: Ok 0", "write foo.service", "Reload" }));
    }

    [TestCase("masked")]
    [TestCase("not-found")]
    [TestCase("error")]
    public void Of_a_unit_without_a_usable_file_is_not_installed(string load)
    {
        var story = With("inactive", "dead", load);
        story.Ask(1, UnitAction.Start);
        story.Read("inactive", "dead", load);
        Assert.That(story.Seen.Single(), Does.StartWith("1: NotFound 5"));
    }

    [Test]
    public void Finds_a_unit_file_that_has_come_since()
    {
        var story = With("inactive", "dead", "not-found");
        story.Ask(1, UnitAction.Start);
        story.Read("inactive", "dead", "loaded");
        Assert.That(story.Seen, Is.EqualTo(new[] { "write foo.service", "Reload" }));
    }

    [TestCase("failed", "failed", "exit-code", "failed", "1: Failed 1 foo.service is failed (failed, exit-code): the start failed")]
    [TestCase("failed", "failed", "timeout", "timeout", "1: Failed 1 foo.service is failed (failed, timeout): the start took longer than the unit's own limit")]
    [TestCase("inactive", "dead", "success", "dependency", "1: Failed 1 foo.service is inactive (dead): a unit that it needs could not be started")]
    [TestCase("inactive", "dead", "success", "canceled", "1: Failed 1 foo.service is inactive (dead): the start was cancelled by another order to systemd")]
    [TestCase("inactive", "dead", "success", "done", "1: Failed 1 foo.service ended as soon as it had started: inactive (dead)")]
    public void That_does_not_end_in_a_running_unit_has_failed_and_says_why(string active, string sub, string result, string job, string said)
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.Change(active, sub, result: result);
        story.EndJob("/job/7", job);
        story.Read(active, sub);
        Assert.That(story.Seen, Is.EqualTo(new[] { said }));
    }

    [Test]
    public void Skipped_by_a_condition_says_so()
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.EndJob("/job/7", "done");
        story.Read("inactive", "dead", conditions: false);
        Assert.That(story.Seen.Single(), Does.Contain("Condition...="));
    }

    [Test]
    public void Is_pending_until_its_time_is_over_and_leaves_systemd_its_job()
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.Change("activating", "start-pre");
        story.Pass(19.9);
        Assert.That(story.Seen, Is.Empty);
        story.Pass(0.1);
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: TimedOut -1 start did not end within 20 s: foo.service is still activating (start-pre); systemd goes on with it (job 7)" }));
    }

    [Test]
    public void Whose_job_ends_before_systemd_has_answered_ends_all_the_same()
    {
        var story = Managed("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        story.EndJob("/job/7", "done");
        story.Answer(SystemdMethod.StartUnit, "/job/7");
        story.Read("active", "running");
        Assert.That(story.Seen, Does.Contain("1: Ok 0"));
    }

    [Test]
    public void Is_judged_by_no_state_from_before_the_jobs_end()
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.EndJob("/job/7", "done");
        story.Change("active", "running");      // a signal that was sent before: older versions tell of the job first
        Assert.That(story.Seen, Is.Empty);
        story.Read("failed", "failed");
        Assert.That(story.Seen.Single(), Does.StartWith("1: Failed 1"));
    }

    [Test]
    public void Does_not_take_another_jobs_end_for_its_own()
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.EndJob("/job/6", "canceled");
        story.EndJob("/job/7", "done", unit: "bar.service");
        Assert.That(story.HasCalled(SystemdMethod.ReadUnit), Is.False);
    }

    [Test]
    public void Of_a_failed_unit_first_makes_systemd_forget_how_often_it_failed()
    {
        var story = Managed("failed", "failed");
        story.Ask(1, UnitAction.Start);
        Assert.That(story.Seen, Is.EqualTo(new[] { "ResetFailedUnit foo.service", "StartUnit foo.service" }));
    }

    [TestCase("org.freedesktop.systemd1.UnitMasked", "NotFound 5")]
    [TestCase("org.freedesktop.systemd1.NoSuchUnit", "NotFound 5")]
    [TestCase("org.freedesktop.DBus.Error.AccessDenied", "Failed 4")]
    [TestCase("org.freedesktop.systemd1.TransactionIsDestructive", "Failed 1")]
    public void That_systemd_refuses_has_ended(string error, string code)
    {
        var story = Managed("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        story.Refuse(SystemdMethod.StartUnit, error, "because");
        Assert.That(story.Seen, Has.Some.StartsWith($"1: {code} systemd refuses to start foo.service: because"));
    }

    [Test]
    public void Goes_on_without_the_drop_in_where_systemd_will_not_read_it()
    {
        var story = With("inactive", "dead");
        story.Ask(1, UnitAction.Start);
        story.Step(new UnitInput.Refused(story.Open(SystemdMethod.Reload, ""), "org.freedesktop.DBus.Error.LimitsExceeded", "too often"));
        Assert.That(story.Seen, Is.EqualTo(new[] { "write foo.service", "Reload", "warn systemd does not read its unit files again: too often", "StartUnit foo.service" }));
    }

    [Test]
    public void Is_given_up_for_a_stop()
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.Change("activating", "start");
        story.Ask(2, UnitAction.Stop);
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Failed 1 start was given up for a stop", "StopUnit foo.service" }));
    }
}

public class A_stop
{
    [Test]
    public void Ends_when_the_unit_is_seen_stopped_after_the_job()
    {
        var story = Working(UnitAction.Stop, "active", "running");
        story.Change("deactivating", "stop-sigterm");
        story.Change("inactive", "dead");
        story.EndJob("/job/7", "done");
        story.Read("inactive", "dead");
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0" }), "and what was ordered is not reported as a surprise");
    }

    [Test]
    public void Of_a_service_that_ends_badly_is_a_stop_nevertheless()
    {
        var story = Working(UnitAction.Stop, "active", "running");
        story.EndJob("/job/7", "done");
        story.Read("failed", "failed");
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0" }));
    }

    [TestCase("inactive", "loaded")]
    [TestCase("failed", "loaded")]
    public void Of_what_does_not_run_has_nothing_to_do(string active, string load)
    {
        var story = With(active, "", load);
        story.Ask(1, UnitAction.Stop);
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0" }));
    }

    [TestCase("not-found")]
    [TestCase("masked")]
    public void Of_what_does_not_exist_has_reached_its_aim(string load)
    {
        var story = With("inactive", "dead", load);
        story.Ask(1, UnitAction.Stop);
        story.Read("inactive", "dead", load);
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0" }));
    }

    [Test]
    public void Stops_a_masked_unit_that_runs()
    {
        var story = With("active", "running", "masked");
        story.Ask(1, UnitAction.Stop);
        story.Read("active", "running", "masked");
        Assert.That(story.Seen, Is.EqualTo(new[] { "StopUnit foo.service" }));
    }

    [Test]
    public void Takes_back_a_start_that_systemd_has_not_begun()
    {
        var story = With("inactive", "dead");
        story.Change("inactive", "dead", job: "/job/3");
        story.Ask(1, UnitAction.Stop);
        Assert.That(story.Seen, Is.EqualTo(new[] { "StopUnit foo.service" }));
    }

    [Test]
    public void After_which_the_unit_runs_again_has_failed()
    {
        var story = Working(UnitAction.Stop, "active", "running");
        story.EndJob("/job/7", "done");
        story.Read("active", "running");
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Failed 1 foo.service is active (running) after its stop: the stop was done" }));
    }

    [Test]
    public void That_hangs_is_pending_until_its_time_is_over()
    {
        var story = Working(UnitAction.Stop, "active", "running");
        story.Change("deactivating", "stop-sigterm");
        story.Pass(20);
        Assert.That(story.Seen.Single(), Does.StartWith("1: TimedOut -1 stop did not end within 20 s: foo.service is still deactivating (stop-sigterm)"));
    }

    [Test]
    public void While_our_own_unit_is_stopping_first_takes_the_drop_in_away()
    {
        var story = Managed("active", "running");
        story.Change("deactivating", "stop", unit: Own);
        story.Ask(1, UnitAction.Stop);
        Assert.That(story.Seen, Is.EqualTo(new[] { "remove foo.service", "Reload" }));
        story.Reload();
        Assert.That(story.Seen, Is.EqualTo(new[] { "StopUnit foo.service" }));
    }

    [Test]
    public void Under_way_when_our_own_unit_begins_to_stop_is_let_go()
    {
        var story = Working(UnitAction.Stop, "active", "running");
        story.Change("deactivating", "stop", unit: Own);
        Assert.That(story.Seen, Is.EqualTo(new[] { "remove foo.service", "Reload" }));
    }
}

public class A_reload
{
    [TestCase("done", "1: Ok 0")]
    [TestCase("failed", "1: Failed 1 foo.service: the reload failed")]
    public void Ends_as_its_job_does_if_the_unit_still_runs(string job, string said)
    {
        var story = Working(UnitAction.Reload, "active", "running");
        story.EndJob("/job/7", job);
        story.Read("active", "running");
        Assert.That(story.Seen, Is.EqualTo(new[] { said }));
    }

    [Test]
    public void Of_a_unit_that_cannot_is_not_implemented()
    {
        var story = Managed("active", "running");
        story.Ask(1, UnitAction.Reload);
        story.Refuse(SystemdMethod.ReloadUnit, "org.freedesktop.systemd1.JobTypeNotApplicable");
        Assert.That(story.Seen, Has.Some.StartsWith("1: Failed 3"));
    }

    [Test]
    public void Of_what_does_not_run_is_not_running()
    {
        var story = Managed("inactive", "dead");
        story.Ask(1, UnitAction.Reload);
        Assert.That(story.Seen.Single(), Does.StartWith("1: Failed 7"));
    }
}

public class A_unit_that_changes_by_itself
{
    [Test]
    public void Is_reported_when_it_stops_serving_and_when_it_has_stopped()
    {
        var story = With("active", "running");
        story.Change("deactivating", "stop-post", result: "exit-code");
        story.Change("failed", "failed", result: "exit-code");
        Assert.That(story.Seen, Is.EqualTo(new[]
        {
            "foo.service Stopping: deactivating (stop-post, exit-code)", "foo.service Stopped: failed (failed, exit-code)",
        }));
        Assert.That(story.Monitor(), Is.EqualTo("7"));
    }

    [Test]
    public void Is_reported_when_it_starts()
    {
        var story = With("inactive", "dead");
        story.Change("activating", "start");
        story.Change("active", "running");
        Assert.That(story.Seen, Is.EqualTo(new[] { "foo.service Started: active (running)" }));
    }

    [TestCase("reloading", "reload")]
    [TestCase("active", "exited")]
    public void Is_not_reported_as_long_as_it_serves(string active, string sub)
    {
        var story = With("active", "running");
        story.Change(active, sub);
        story.Change("active", "running");
        Assert.That(story.Seen, Is.Empty);
    }

    [Test]
    public void Is_reported_right_after_its_start_has_ended()
    {
        var story = Working(UnitAction.Start, "inactive", "dead");
        story.EndJob("/job/7", "done");
        story.Read("active", "running");
        story.Change("failed", "failed", result: "signal");
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0", "foo.service Stopped: failed (failed, signal)" }));
    }

    [Test]
    public void While_systemd_was_away_is_reported_once_it_is_back()
    {
        var story = With("active", "running");
        story.Step(new UnitInput.Lost("bus gone"));
        story.Connect();
        story.Read("failed", "failed");
        Assert.That(story.Seen, Is.EqualTo(new[] { "foo.service Stopped: failed (failed)" }));
    }
}

public class A_managed_unit
{
    [Test]
    public void Gets_the_drop_in_ahead_of_its_first_start()
    {
        var story = With("inactive", "dead");
        story.Ask(1, UnitAction.Manage);
        story.Reload();
        Assert.That(story.Seen, Is.EqualTo(new[] { "write foo.service", "Reload", "1: Ok 0" }));
    }

    [Test]
    public void Shares_a_reload_with_others_that_came_before_it_began()
    {
        var story = With("inactive", "dead");
        story.Step(new UnitInput.Watch("bar"));
        story.Read("inactive", unit: "bar.service");
        story.Step(new UnitInput.Watch("baz"));
        story.Read("inactive", unit: "baz.service");
        story.Ask(1, UnitAction.Manage);
        story.Ask(2, UnitAction.Manage, unit: "bar");
        story.Ask(3, UnitAction.Manage, unit: "baz");
        story.Reload();
        Assert.That(story.Seen, Is.EqualTo(new[] { "write foo.service", "Reload", "write bar.service", "write baz.service", "Reload", "1: Ok 0" }));
        story.Reload();
        Assert.That(story.Seen, Is.EqualTo(new[] { "2: Ok 0", "3: Ok 0" }));
    }

    [Test]
    public void Is_released_with_its_drop_in_and_forgotten()
    {
        var story = Managed("inactive", "dead");
        story.Ask(1, UnitAction.Release);
        story.Reload();
        Assert.That(story.Seen, Is.EqualTo(new[] { "remove foo.service", "Reload", "1: Ok 0", "UnrefUnit foo.service", "forget foo.service" }));
    }

    [Test]
    public void That_was_never_managed_is_released_without_a_reload()
    {
        var story = With("inactive", "dead");
        story.Ask(1, UnitAction.Release);
        Assert.That(story.Seen, Is.EqualTo(new[] { "1: Ok 0", "UnrefUnit foo.service", "forget foo.service" }));
    }

    [Test]
    public void That_something_else_can_start_is_warned_of_once()
    {
        var story = With("inactive", "dead");
        story.Step(new UnitInput.Changed(UnitName.Path(Foo), new() { File = "enabled", TriggeredBy = "foo.socket" }));
        story.Ask(1, UnitAction.Manage);
        story.Ask(2, UnitAction.Start);
        Assert.That(story.Seen.Where(l => l.StartsWith("warn", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            "warn foo.service is managed and also enabled: systemd starts it at boot by itself; systemctl disable foo.service",
            "warn foo.service is managed, but foo.socket can start it at any time",
        }));
    }
}
