namespace Appliance.Commands.Crm;

/// <summary>The order in which Pacemaker's tables of strings give their keys: GLib's GHashTable (2.74) with Pacemaker's hash. Scripts see it in lists of tickets, and in what is done node by node.</summary>
internal static class GlibOrder
{
    // GLib takes the remainder by a prime below the size, and the size is a power of 2.
    private static readonly uint[] Primes = [7, 13, 31, 61, 127, 251, 509, 1021, 2039, 4093, 8191, 16381];

    /// <param name="keys">Each once, in the order in which they came in.</param>
    public static List<string> Of(IEnumerable<string> keys)
    {
        var (table, used, prime) = (new string?[8], 0, 0);
        foreach (var key in keys)
        {
            Put(table, Primes[prime], key);
            if (++used + used / 16 < table.Length || prime + 1 == Primes.Length) continue;
            var old = table;
            table = new string?[old.Length * 2];
            prime++;
            foreach (var each in old)
                if (each is not null) Put(table, Primes[prime], each);
        }
        var order = new List<string>();
        foreach (var key in table)
            if (key is not null) order.Add(key);
        return order;
    }

    private static void Put(string?[] table, uint prime, string key)
    {
        uint hash = 0;
        foreach (var c in System.Text.Encoding.UTF8.GetBytes(key)) hash = unchecked(hash * 31 + (uint)(sbyte)c);
        // 0 and 1 mark places that are free or were.
        var at = unchecked(Math.Max(hash, 2) * 11) % prime;
        for (uint step = 1; table[at] is not null; step++) at = at + step & (uint)table.Length - 1;
        table[at] = key;
    }
}
