using Appliance.Core.Diagnostics;

namespace Appliance.Configuration.Tests;

/// <summary><c>monitor</c>, the directive of ours.</summary>
public class The_monitor_line
{
    [Test]
    public void Is_off_when_it_is_not_there() => Assert.That(Given.With("").Value!.Monitor, Is.Null);

    [TestCase("off")]
    [TestCase("no")]
    public void Can_say_off(string word)
    {
        var read = Given.With("monitor " + word);
        Assert.That((read.Value!.Monitor, read.Diagnostics.Length), Is.EqualTo(((MonitorSpec?)null, 0)));
    }

    [TestCase("10", 10_000, 1, 3_600_000, 20_000)]
    [TestCase("10s", 10_000, 1, 3_600_000, 20_000)]
    [TestCase("1.5", 1_500, 1, 3_600_000, 20_000)]
    [TestCase("1500ms timeout=500ms", 1_500, 1, 3_600_000, 500)]
    [TestCase("2m restarts=0", 120_000, 0, 3_600_000, 20_000)]
    [TestCase("5 within=2h restarts=3", 5_000, 3, 7_200_000, 20_000)]
    public void Has_an_interval_and_usual_values_for_the_rest(string words, int interval, int restarts, int within, int timeout)
    {
        var read = Given.With("monitor " + words);
        Assert.That(read.Diagnostics, Is.Empty);
        var spec = read.Value!.Monitor!;
        Assert.That((spec.Interval.TotalMilliseconds, spec.Restarts, spec.Within.TotalMilliseconds, spec.Timeout.TotalMilliseconds), Is.EqualTo(((double)interval, restarts, (double)within, (double)timeout)));
    }

    [TestCase("monitor", 7, 1, "monitor has no interval")]
    [TestCase("monitor often", 7, 9, "monitor: interval [often] is not a time")]
    [TestCase("monitor 0", 7, 9, "monitor: interval [0] is out of range")]
    [TestCase("monitor 50ms", 7, 9, "monitor: interval [50ms] is out of range")]
    [TestCase("monitor 10sec", 7, 9, "monitor: interval [10sec] is not a time")]
    [TestCase("monitor 10ss", 7, 9, "monitor: interval [10ss] is not a time")]
    [TestCase("monitor 10 restarts=-1", 7, 21, "monitor: restarts [-1] is out of range")]
    [TestCase("monitor 10 restarts=many", 7, 21, "monitor: restarts [many] is out of range")]
    [TestCase("monitor 10 restarts=101", 7, 21, "monitor: restarts [101] is out of range")]
    [TestCase("monitor 10 within=", 7, 19, "monitor: within [] is not a time")]
    [TestCase("monitor 10 timeout=25h", 7, 20, "monitor: timeout [25h] is out of range")]
    [TestCase("monitor 10 restart=1", 7, 12, "monitor: [restart=1] is not known")]
    [TestCase("monitor 10 20", 7, 12, "monitor: [20] is not known")]
    [TestCase("monitor 10 restarts=1 restarts=2", 7, 23, "monitor: restarts is there twice")]
    [TestCase("monitor off restarts=1", 7, 13, "monitor is off: [restarts=1] means nothing")]
    [TestCase("monitor 5\nmonitor 10", 8, 1, "monitor is there twice")]
    public void Is_refused_with_its_place_and_a_remedy(string lines, int line, int column, string message)
    {
        var read = Given.HaCf(Given.Body + "\n" + lines + "\n");
        var error = read.Diagnostics.Single(d => d.Severity == Severity.Error);
        Assert.That((error.Line, error.Column, error.Message), Is.EqualTo((line, column, message)));
        Assert.That(error.Remedy, Is.Not.Empty);
        Assert.That(read.Value, Is.Null);
    }

    [Test]
    public void Names_the_option_that_was_meant() =>
        Assert.That(Given.With("monitor 10 restart=1").Diagnostics.Single(d => d.Severity == Severity.Error).Remedy, Does.StartWith("did you mean restarts=?"));

    [TestCase("monitor 500ms", "monitor: every resource is asked every 500 ms")]
    [TestCase("monitor 60 within=60", "monitor: 2 failures take longer than within=60000ms: nothing is ever handed over")]
    public void Warns_of_what_is_seldom_meant(string line, string warning) => Assert.That(Given.With(line).Warnings(), Is.EqualTo(new[] { warning }));

    [Test]
    public void Is_printed_so_that_it_can_be_read_again() =>
        Assert.That(HaCfPrinter.Print(Given.With("monitor 10").Value!), Does.Contain("\nmonitor 10000ms restarts=1 within=3600000ms timeout=20000ms\n"));
}
