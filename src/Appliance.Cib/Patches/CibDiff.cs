using System.Text;

namespace Appliance.Cib;

/// <summary>Finds what changed between two documents, in the order and with the positions Pacemaker 3.0.2 notes it.</summary>
public static class CibDiff
{
    /// <summary>The changes that make <paramref name="after"/> out of <paramref name="before"/>; their roots must have one name and id.</summary>
    /// <param name="attributeOrder">Whether it matters where an attribute stands. Between versions of a CIB it does not.</param>
    public static List<CibChange> Between(CibElement before, CibElement after, bool attributeOrder = false)
    {
        var (deleted, others) = (new List<CibChange>(), new List<CibChange>());
        Compare(before, after, after, attributeOrder, deleted, others);
        deleted.AddRange(others);
        return deleted;
    }

    /// <summary>Whether any of the changes is to the configuration: that makes a new epoch, all else only another update (<see cref="CibVersion"/>).</summary>
    public static bool TouchesConfiguration(IReadOnlyList<CibChange> changes)
    {
        const string configuration = "/cib/configuration";
        foreach (var change in changes)
        {
            if (change.Path.StartsWith(configuration, StringComparison.Ordinal) && (change.Path.Length == configuration.Length || change.Path[configuration.Length] is '/' or '[')) return true;
            if (change is CibChange.Created { Path: "/cib", Element.Name: "configuration" }) return true;
        }
        return false;
    }

    /// <summary>The path of an element as patches write it.</summary>
    public static string PathOf(CibElement element)
    {
        var path = new StringBuilder();
        for (var at = element; at is not null; at = at.Parent) path.Insert(0, Step(at));
        return path.ToString();
    }

    private static string Step(CibElement element) => element.Id is { } id && !element.IsComment ? $"/{element.Name}[@id='{id}']" : "/" + element.Name;

    /// <summary>The path of an element as it begins at one that it is in. Paths are long, and few are needed.</summary>
    private static string PathFrom(CibElement root, CibElement element) => element == root ? Step(root) : PathFrom(root, element.Parent!) + Step(element);

    /// <param name="root">Where paths begin.</param>
    private static void Compare(CibElement before, CibElement after, CibElement root, bool attributeOrder, List<CibChange> deleted, List<CibChange> others)
    {
        if (after.IsUnchangedFrom(before)) return;
        if (Attributes(before, after, attributeOrder) is { Count: > 0 } attributes) others.Add(new CibChange.Modified(PathFrom(root, after), after, attributes));

        var (old, now) = (before.Nodes, after.Nodes);
        var same = Alike(old, now);
        if (same == old.Count && same == now.Count)
        {
            // Nearly always both have the same children in the same order: nothing came, went or moved.
            for (var i = 0; i < same; i++)
                if (!now[i].IsComment) Compare(old[i], now[i], root, attributeOrder, deleted, others);
            return;
        }
        var path = PathFrom(root, after);
        var (oldOf, newOf) = Match(old, now, same);

        // What is gone is named first, all over the document; its own place counts those before it that are not gone.
        var oldLeft = new Counter(old.Count);
        var skippedDeleted = 0;
        var childOthers = new List<CibChange>?[now.Count];
        for (var i = 0; i < old.Count; i++)
        {
            if (newOf[i] < 0)
            {
                deleted.Add(new CibChange.Deleted(path + Step(old[i]), old[i], old[i].IsComment ? i - skippedDeleted : null));
                oldLeft.Skip(i);
                skippedDeleted++;
                continue;
            }
            var child = now[newOf[i]];
            if (child.IsComment || child.IsUnchangedFrom(old[i])) continue;
            var changes = new List<CibChange>();
            Compare(old[i], child, root, attributeOrder, deleted, changes);
            childOthers[newOf[i]] = changes;
        }

        var skippedNew = 0;
        for (var i = 0; i < now.Count; i++)
        {
            if (oldOf[i] < 0)
            {
                others.Add(new CibChange.Created(path, now[i], i));
                skippedNew++;
                continue;
            }
            if (childOthers[i] is { } changes) others.AddRange(changes);
            var (was, stands) = (oldLeft.Before(oldOf[i]), i - skippedNew);
            if (was == stands) continue;
            // Which of the two lists is shortened by the one that moved is Pacemaker's choice, and decides what else counts as moved.
            if (was > stands) oldLeft.Skip(oldOf[i]);
            else skippedNew++;
            others.Add(new CibChange.Moved(path + Step(now[i]), now[i], i));
        }
    }

    /// <summary>How many children pair from the beginning.</summary>
    private static int Alike(IReadOnlyList<CibElement> old, IReadOnlyList<CibElement> now)
    {
        var (least, same) = (Math.Min(old.Count, now.Count), 0);
        while (same < least && Pairs(old[same], now[same])) same++;
        return same;
    }

    /// <summary>Pairs children of one name and id, the first with the first; comments of one text that stand in one place.</summary>
    /// <param name="same">So many pair from the beginning.</param>
    private static (int[] OldOf, int[] NewOf) Match(IReadOnlyList<CibElement> old, IReadOnlyList<CibElement> now, int same)
    {
        var (oldOf, newOf) = (new int[now.Count], new int[old.Count]);
        Array.Fill(oldOf, -1);
        Array.Fill(newOf, -1);
        for (var i = 0; i < same; i++) oldOf[i] = newOf[i] = i;
        if (same == old.Count || same == now.Count) return (oldOf, newOf);

        var byKey = new Dictionary<string, Queue<int>>(StringComparer.Ordinal);
        for (var i = same; i < now.Count; i++)
        {
            if (now[i].IsComment) continue;
            if (!byKey.TryGetValue(Step(now[i]), out var places)) byKey[Step(now[i])] = places = new();
            places.Enqueue(i);
        }
        for (var i = same; i < old.Count; i++)
        {
            var match = old[i].IsComment ? i < now.Count && Pairs(old[i], now[i]) ? i : -1
                : byKey.TryGetValue(Step(old[i]), out var places) && places.TryDequeue(out var place) ? place : -1;
            if (match < 0) continue;
            (newOf[i], oldOf[match]) = (match, i);
        }
        return (oldOf, newOf);
    }

    private static bool Pairs(CibElement a, CibElement b) =>
        b.IsUnchangedFrom(a) || a.IsComment == b.IsComment && (a.IsComment ? Values.Same(a.Text ?? "", b.Text ?? "") : a.Name == b.Name && a.Id == b.Id);

    /// <summary>Attributes that differ: first those the element has now, in their order, then those that are gone.</summary>
    private static List<AttributeChange>? Attributes(CibElement before, CibElement after, bool order)
    {
        var old = before.Attributes;
        var now = after.Attributes;
        if (old == now || old.SequenceEqual(now)) return null;
        var changed = new bool[now.Length];
        var gone = new List<AttributeChange>();
        Array.Fill(changed, true);      // new, until found among the old ones
        var (oldSkipped, newSkipped) = (new bool[old.Length], new bool[now.Length]);
        for (var i = 0; i < old.Length; i++)
        {
            var at = IndexOf(now, old[i].Name);
            if (at < 0)
            {
                gone.Add(new(old[i].Name, null));
                continue;
            }
            changed[at] = old[i].Value != now[at].Value;
            if (changed[at] || !order) continue;
            var (was, stands) = (Unskipped(oldSkipped, i), Unskipped(newSkipped, at));
            if (was == stands) continue;
            changed[at] = true;
            if (was > stands) oldSkipped[i] = true;
            else newSkipped[at] = true;
        }
        var changes = new List<AttributeChange>();
        for (var i = 0; i < now.Length; i++)
            if (changed[i]) changes.Add(new(now[i].Name, now[i].Value));
        changes.AddRange(gone);
        return changes;
    }

    private static int IndexOf(ReadOnlySpan<CibAttribute> attributes, string name)
    {
        for (var i = 0; i < attributes.Length; i++)
            if (attributes[i].Name == name) return i;
        return -1;
    }

    private static int Unskipped(bool[] skipped, int before)
    {
        var count = 0;
        for (var i = 0; i < before; i++)
            if (!skipped[i]) count++;
        return count;
    }

    /// <summary>How many places before one still count: a Fenwick tree, since both questions and changes come for every child.</summary>
    private sealed class Counter(int places)
    {
        private int[]? _skipped;

        public void Skip(int place)
        {
            _skipped ??= new int[places + 1];
            for (var i = place + 1; i <= places; i += i & -i) _skipped[i]++;
        }

        public int Before(int place)
        {
            var count = place;
            if (_skipped is null) return count;
            for (var i = place; i > 0; i -= i & -i) count -= _skipped[i];
            return count;
        }
    }
}
