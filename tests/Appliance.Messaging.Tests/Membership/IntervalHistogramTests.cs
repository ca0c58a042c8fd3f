using Appliance.Messaging.Membership;

namespace Appliance.Messaging.Tests.Membership;

public class The_intervals_of_a_link
{
    private static LatencyReport Of(int count, double ms, double longest)
    {
        var histogram = new IntervalHistogram();
        for (var i = 1; i < count; i++) histogram.Add(TimeSpan.FromMilliseconds(ms));
        histogram.Add(TimeSpan.FromMilliseconds(longest));
        return histogram.Report();
    }

    [Test]
    public void Are_counted_in_doubling_buckets()
    {
        var report = Of(1000, 10, 95);
        Assert.That((report.Count, report.Min.TotalMilliseconds, report.Max.TotalMilliseconds, report.Mean.TotalMilliseconds), Is.EqualTo((1000L, 10d, 95d, 10.085d)));
        Assert.That(report.P50.TotalMilliseconds, Is.EqualTo(12.8), "the upper edge of the bucket");
        Assert.That(report.P999.TotalMilliseconds, Is.EqualTo(12.8));
        Assert.That((report.BucketCounts[7], report.BucketCounts[10], report.BucketCounts.Length), Is.EqualTo((999L, 1L, IntervalHistogram.Buckets)));
    }

    [Test]
    public void Of_a_silent_link_are_none() => Assert.That(new IntervalHistogram().Report().Count, Is.Zero);

    [TestCase(10, 12, 50, TestName = "five heartbeats when nothing was ever late")]
    [TestCase(10, 95, 290, TestName = "three of the longest interval, rounded up")]
    [TestCase(200, 205, 1000)]
    public void Give_a_safe_dead_time(double keepalive, double longest, double expected)
    {
        var link = new NodeLinkReport("eth0", true, TimeSpan.Zero, 1, 0, Of(2000, keepalive, longest));
        Assert.That(DeadTimeProposal.For([link], TimeSpan.FromMilliseconds(keepalive))?.TotalMilliseconds, Is.EqualTo(expected));
    }

    [Test]
    public void Of_the_best_link_count_for_a_node_dies_only_when_all_are_silent()
    {
        NodeLinkReport bad = new("eth0", true, TimeSpan.Zero, 1, 0, Of(2000, 10, 3000)), good = new("eth1", true, TimeSpan.Zero, 1, 0, Of(2000, 10, 20));
        Assert.That(DeadTimeProposal.For([bad, good], TimeSpan.FromMilliseconds(10))?.TotalMilliseconds, Is.EqualTo(60));
    }

    [Test]
    public void Say_nothing_while_they_are_few() =>
        Assert.That(DeadTimeProposal.For([new("eth0", true, TimeSpan.Zero, 1, 0, Of(999, 10, 20))], TimeSpan.FromMilliseconds(10)), Is.Null);
}
