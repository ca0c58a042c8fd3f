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
        var sorted = Sorted(list, 0, list.Count, compare);
        list.Clear();
        list.AddRange(sorted);
    }

    private static List<T> Sorted<T>(List<T> list, int from, int count, Comparison<T> compare) where T : class
    {
        if (count == 1) return [list[from]];
        var half = count / 2;
        var left = Sorted(list, from, half, compare);
        var right = Sorted(list, from + half, count - half, compare);
        var merged = new List<T>(count);
        int i = 0, j = 0;
        while (i < left.Count && j < right.Count) merged.Add(compare(left[i], right[j]) <= 0 ? left[i++] : right[j++]);
        while (i < left.Count) merged.Add(left[i++]);
        while (j < right.Count) merged.Add(right[j++]);
        return merged;
    }

    /// <summary>Puts an element before the first one that does not compare less.</summary>
    public static void Insert<T>(List<T> list, T element, Comparison<T> compare) where T : class
    {
        var at = 0;
        while (at < list.Count && compare(list[at], element) < 0) at++;
        list.Insert(at, element);
    }
}
