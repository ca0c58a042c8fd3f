using System.Collections.Immutable;

namespace Appliance.Stonith.Fencer;

/// <summary>What was fenced, when, by whom: bounded, merged between nodes, the newest word on each entry kept.</summary>
public sealed class FencingHistory
{
    /// <summary>MAX_STONITH_HISTORY of Pacemaker; beyond it the oldest finished half goes.</summary>
    public const int Most = 500;

    private readonly SortedDictionary<string, FencingRecord> _byId = new(StringComparer.Ordinal);

    /// <summary>Newest first; pending ones before all.</summary>
    public ImmutableArray<FencingRecord> Records => [.. _byId.Values.OrderBy(r => r.Completed is null ? 0 : 1).ThenByDescending(r => r.Completed).ThenBy(r => r.Id, StringComparer.Ordinal)];

    public bool Knows(string id) => _byId.ContainsKey(id);
    public FencingRecord? Find(string id) => _byId.GetValueOrDefault(id);

    /// <returns>Whether it said anything new.</returns>
    public bool Note(FencingRecord record)
    {
        // Finished is the last word: a peer that missed the end still tells it as pending.
        if (_byId.TryGetValue(record.Id, out var known) && (known == record || known.Completed is not null && record.Completed is null)) return false;
        _byId[record.Id] = record;
        if (_byId.Count > Most)
            foreach (var old in _byId.Values.Where(r => r.Completed is not null).OrderBy(r => r.Completed).ThenBy(r => r.Id, StringComparer.Ordinal).Take(Most / 2).ToList()) _byId.Remove(old.Id);
        return true;
    }

    /// <summary>Removes what has ended, of one node or (<c>null</c>) of all.</summary>
    /// <returns>Whether there was any.</returns>
    public bool Clean(string? target)
    {
        var before = _byId.Count;
        foreach (var old in _byId.Values.Where(r => r.Completed is not null && (target is null || r.Target == target)).ToList()) _byId.Remove(old.Id);
        return _byId.Count < before;
    }

    /// <summary>The latest proven fencing of a node by this action.</summary>
    public FencingRecord? LastDone(string target, FenceAction action) =>
        Records.FirstOrDefault(r => r.Target == target && r.Action == action && r.State == FencingState.Done);
}
