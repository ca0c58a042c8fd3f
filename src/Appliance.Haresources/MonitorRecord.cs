using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Resources;

namespace Appliance.Haresources;

/// <summary>What the monitor knows of one group on this node: its questions, the failures that count, and what comes of them.</summary>
internal sealed class MonitorRecord
{
    /// <summary>The question under way; 0 when none is.</summary>
    public int Question { get; set; }
    public int QuestionIndex { get; set; }

    /// <summary>The operation that waits for that question to end.</summary>
    public ResourceAction? Deferred { get; set; }

    /// <summary>When the next round of questions begins; <see cref="Instant.Never"/> while the group is not to be asked.</summary>
    public Instant NextAt { get; set; } = Instant.Never;

    /// <summary>Resources, by place, whose last question got no answer.</summary>
    public SortedSet<int> Unanswered { get; } = [];

    /// <summary>Resources, by place, that have no script any more; said once.</summary>
    public SortedSet<int> Missing { get; } = [];

    /// <summary>A resource of this round failed, or did not say.</summary>
    public bool RoundIsBad { get; set; }

    /// <summary>What was heard last, and when.</summary>
    public string Last { get; set; } = "";
    public Instant LastAt { get; set; }

    /// <summary>Times of the failures that count, the oldest first.</summary>
    public ImmutableArray<long> Failures { get; private set; } = [];

    /// <summary>It failed here more often than it is restarted: until then nobody hands it to us for that reason.</summary>
    public Instant SpentUntil { get; private set; }

    /// <summary>When it was handed over last; <c>null</c>: never.</summary>
    public Instant? HandedOverAt { get; set; }

    /// <summary>The operator switched the monitor off for this group.</summary>
    public bool Off { get; set; }

    /// <summary>The resource that failed and was not restarted, by its place; <c>null</c> when all is well.</summary>
    public int? Ailing { get; private set; }

    /// <summary>When the group is tried here again.</summary>
    public Instant TryAgainAt { get; set; } = Instant.Never;

    public bool HasHistory => Failures.Length > 0 || SpentUntil > default(Instant) || HandedOverAt is not null;

    /// <summary>As the control process before this one left it.</summary>
    public void Restore(GroupMemory memory) => (Off, Failures, SpentUntil, HandedOverAt) = (memory.Off, memory.Failures, memory.SpentUntil, memory.HandedOverAt);

    public GroupMemory Memory => new(Off, Failures, SpentUntil, HandedOverAt);

    /// <summary>One failure more; those older than the window count no longer.</summary>
    public void Note(Instant now, TimeSpan within)
    {
        Count(now, within);
        Failures = Failures.Add(now.Ticks);
    }

    /// <summary>How many failures still count.</summary>
    public int Count(Instant now, TimeSpan within)
    {
        var old = 0;
        while (old < Failures.Length && new Instant(Failures[old]) + within <= now) old++;
        if (old > 0) Failures = Failures.RemoveRange(0, old);
        return Failures.Length;
    }

    /// <summary>It is not restarted at once any more.</summary>
    public void Spend(int? ailing, Instant until) => (Ailing, SpentUntil) = (ailing, until);

    public bool IsSpent(Instant now) => SpentUntil > now;

    /// <summary>It runs as it should, or is somebody else's business.</summary>
    public void LetGo() => (Ailing, TryAgainAt, NextAt) = (null, Instant.Never, Instant.Never);

    /// <summary>The operator says that what was wrong is repaired.</summary>
    public void Forgive()
    {
        (Failures, SpentUntil, HandedOverAt) = ([], default, null);
        Unanswered.Clear();
    }
}
