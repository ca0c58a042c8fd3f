namespace Appliance.Messaging.Membership;

/// <summary>Intervals between heartbeats, in buckets that double from 100 µs. Allocates nothing after its birth.</summary>
public sealed class IntervalHistogram
{
    /// <summary>Bucket i holds intervals below 2^i × 100 µs; the last one everything longer (26 s and more).</summary>
    public const int Buckets = 19;

    private readonly long[] _counts = new long[Buckets];
    private long _count, _sum, _min = long.MaxValue, _max;

    public void Add(TimeSpan interval)
    {
        var ticks = Math.Max(0, interval.Ticks);
        var bucket = 0;
        while (bucket < Buckets - 1 && ticks >= 1000L << bucket) bucket++;
        _counts[bucket]++;
        _count++;
        _sum += ticks;
        _min = Math.Min(_min, ticks);
        _max = Math.Max(_max, ticks);
    }

    /// <summary>A copy for status output; quantiles are the upper edge of their bucket, but never beyond the maximum.</summary>
    public LatencyReport Report() => _count == 0
        ? new(0, default, default, default, default, default, default, [])
        : new(_count, new(_min), new(_sum / _count), Quantile(500), Quantile(990), Quantile(999), new(_max), [.. _counts]);

    private TimeSpan Quantile(int perMille)
    {
        var wanted = (_count * perMille + 999) / 1000;
        for (int i = 0; i < Buckets; i++)
            if ((wanted -= _counts[i]) <= 0) return new(i == Buckets - 1 ? _max : Math.Min(_max, 1000L << i));
        return new(_max);
    }
}

/// <summary>From what the links have shown, a dead time that would not have been reached by accident.</summary>
public static class DeadTimeProposal
{
    /// <summary>Three of the longest intervals ever seen on a node's best link, and never less than five heartbeats; rounded up to 10 ms.</summary>
    /// <param name="links">The links of one node.</param>
    /// <returns><c>null</c> when fewer than 1000 intervals were seen on every link: too few to say.</returns>
    public static TimeSpan? For(IEnumerable<NodeLinkReport> links, TimeSpan keepAlive)
    {
        var seen = links.Where(l => l.Interval.Count >= 1000).ToList();
        if (seen.Count == 0) return null;
        var longest = seen.Min(l => l.Interval.Max);
        var safe = Math.Max(3 * longest.Ticks, 5 * keepAlive.Ticks);
        const long step = 10 * TimeSpan.TicksPerMillisecond;
        return new((safe + step - 1) / step * step);
    }
}
