namespace Appliance;

/// <summary>The one table of what this binary can be.</summary>
internal static class Applets
{
    private static readonly SortedDictionary<string, Func<string[], int>> Table = new(StringComparer.Ordinal)
    {
        ["version"] = _ =>
        {
            Console.WriteLine($"appliance {typeof(Applets).Assembly.GetName().Version?.ToString(3)}");
            return 0;
        },
    };

    public static IEnumerable<string> Names => Table.Keys;

    public static Func<string[], int>? Find(string name) => Table.GetValueOrDefault(name);
}
