namespace Appliance.Policy.Model;

/// <summary>
/// A stable merge sort that splits n into n/2 and the rest and takes from the left while left &lt;= right. The algorithm is named because some comparisons are not
/// transitive: another algorithm would give another order.
/// </summary>
public static class MergeSort
{
    public static void By<T>(List<T> list, Comparison<T> compare) where T : class
    {
        if (list.Count < 2) return;
        // What is compared may look at the list: it stands as it was until all is sorted.
        var (sorted, spare) = (list.ToArray(), new T[list.Count]);
        Sort(sorted, spare, 0, list.Count, compare);
        for (var i = 0; i < sorted.Length; i++) list[i] = sorted[i];
    }

    private static void Sort<T>(T[] items, T[] spare, int from, int count, Comparison<T> compare) where T : class
    {
        if (count == 1) return;
        var half = count / 2;
        Sort(items, spare, from, half, compare);
        Sort(items, spare, from + half, count - half, compare);
        var (i, middle, j, end, at) = (from, from + half, from + half, from + count, from);
        while (i < middle && j < end) spare[at++] = compare(items[i], items[j]) <= 0 ? items[i++] : items[j++];
        while (i < middle) spare[at++] = items[i++];
        while (j < end) spare[at++] = items[j++];
        Array.Copy(spare, from, items, from, count);
    }

    /// <summary>Puts an element before the first one that does not compare less.</summary>
    public static void Insert<T>(List<T> list, T element, Comparison<T> compare) where T : class
    {
        var at = 0;
        while (at < list.Count && compare(list[at], element) < 0) at++;
        list.Insert(at, element);
    }
}
