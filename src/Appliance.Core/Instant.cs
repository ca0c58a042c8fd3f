namespace Appliance.Core;

/// <summary>A point on the machine's monotonic clock; only differences mean something.</summary>
/// <param name="Ticks">100 ns units since an arbitrary start (the machine's boot on Linux).</param>
public readonly record struct Instant(long Ticks) : IComparable<Instant>
{
    /// <summary>Later than every instant a clock can show: the deadline of "nothing to wait for".</summary>
    public static readonly Instant Never = new(long.MaxValue);

    /// <summary>Time that passed from <paramref name="from"/> to <paramref name="to"/>; negative when they are the other way round.</summary>
    public static TimeSpan operator -(Instant to, Instant from) => new(to.Ticks - from.Ticks);

    /// <summary>The instant a span later; <see cref="Never"/> stays <see cref="Never"/>.</summary>
    public static Instant operator +(Instant at, TimeSpan span) =>
        at == Never || at.Ticks > long.MaxValue - Math.Max(0, span.Ticks) ? Never : new(at.Ticks + span.Ticks);

    public static bool operator <(Instant a, Instant b) => a.Ticks < b.Ticks;
    public static bool operator >(Instant a, Instant b) => a.Ticks > b.Ticks;
    public static bool operator <=(Instant a, Instant b) => a.Ticks <= b.Ticks;
    public static bool operator >=(Instant a, Instant b) => a.Ticks >= b.Ticks;

    public static Instant Min(Instant a, Instant b) => a < b ? a : b;

    public int CompareTo(Instant other) => Ticks.CompareTo(other.Ticks);

    public static TimeSpan Subtract(Instant to, Instant from) => to - from;
    public static Instant Add(Instant at, TimeSpan span) => at + span;

    public override string ToString() => this == Never ? "never" : string.Create(null, $"{Ticks / (double)TimeSpan.TicksPerSecond:0.000000}");
}
