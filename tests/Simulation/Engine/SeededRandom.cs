namespace Appliance.Simulation.Engine;

/// <summary>The only source of chance in a world: SplitMix64, the same numbers for the same seed on every machine and runtime.</summary>
/// <remarks>Source of the constants: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014).</remarks>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>A generator of its own, so that drawing more in one place changes nothing in another.</summary>
    public SeededRandom Split(ulong stream) => new(Next() ^ (stream * 0xD1342543DE82EF95));

    /// <summary>From 0 to <paramref name="bound"/> - 1.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>Both ends included.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    public double Unit() => (Next() >> 11) * (1.0 / (1UL << 53));

    public bool Chance(double probability) => probability > 0 && Unit() < probability;

    /// <summary>A span between two numbers of milliseconds, to the tick.</summary>
    public TimeSpan Milliseconds(double low, double high) => TimeSpan.FromTicks((long)((low + Unit() * (high - low)) * TimeSpan.TicksPerMillisecond));

    public T Of<T>(IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    public T Of<T>(params ReadOnlySpan<T> choices) => choices[Below(choices.Length)];
}
