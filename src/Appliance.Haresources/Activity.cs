namespace Appliance.Haresources;

/// <summary>What is to be said when a set of groups has reached its goal.</summary>
internal enum ActivityKind { AcquireOwn, TakeOver, StandbyGive, StandbyTake, Shutdown, LegacyGive, Yield, Tidy, HandOver }

/// <summary>A set of groups on their way, and why.</summary>
internal sealed class Activity(ActivityKind kind, string subject, IEnumerable<string> waiting)
{
    public ActivityKind Kind { get; } = kind;

    /// <summary>Node or group it is about.</summary>
    public string Subject { get; } = subject;

    /// <summary>At its end the groups run here no more.</summary>
    public bool GivesUp => Kind is ActivityKind.StandbyGive or ActivityKind.Shutdown or ActivityKind.LegacyGive or ActivityKind.Yield or ActivityKind.Tidy or ActivityKind.HandOver;
    public SortedSet<string> Waiting { get; } = [.. waiting];
}
