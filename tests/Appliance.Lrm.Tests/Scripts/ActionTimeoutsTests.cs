using Appliance.Core.Resources;

namespace Appliance.Lrm.Tests.Scripts;

public class A_time_out
{
    [TestCase("30", 30_000), TestCase("1.5", 1500), TestCase("1.5s", 1500), TestCase("250ms", 250), TestCase("2m", 120_000)]
    public void Is_read_in_seconds_or_with_a_unit(string text, int milliseconds)
    {
        Assert.That(ActionTimeouts.TryParse(text, out var span), Is.True);
        Assert.That(span, Is.EqualTo(TimeSpan.FromMilliseconds(milliseconds)));
    }

    [TestCase(""), TestCase("0"), TestCase("-1"), TestCase("soon"), TestCase("1h"), TestCase("1e9"), TestCase("NaN"), TestCase("99999999")]
    public void That_makes_no_sense_is_not_taken(string text) => Assert.That(ActionTimeouts.TryParse(text, out _), Is.False);

    [Test]
    public void Of_one_agent_goes_before_that_of_all_and_both_before_the_default()
    {
        var environment = new Dictionary<string, string> { ["HA_APPLIANCE_TIMEOUT_START"] = "20", ["HA_APPLIANCE_TIMEOUT_START_db2"] = "900" };
        Assert.That(ActionTimeouts.For(ResourceAction.Start, "db2", environment), Is.EqualTo(TimeSpan.FromSeconds(900)));
        Assert.That(ActionTimeouts.For(ResourceAction.Start, "apache", environment), Is.EqualTo(TimeSpan.FromSeconds(20)));
        Assert.That(ActionTimeouts.For(ResourceAction.Stop, "db2", environment), Is.EqualTo(ActionTimeouts.Stop));
    }
}
