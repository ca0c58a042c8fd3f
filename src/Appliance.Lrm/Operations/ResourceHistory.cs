using System.Collections.Immutable;

namespace Appliance.Lrm.Operations;

/// <summary>What this node did with one resource, as far as decisions need it: the last single operation, the last failure, each recurring operation.</summary>
/// <remarks>Pacemaker's controller keeps the same: <c>ID_last_0</c>, <c>ID_last_failure_0</c>, <c>ID_ACTION_INTERVAL</c>. A result never takes the place of a later one.</remarks>
public sealed class ResourceHistory(string resource)
{
    private readonly SortedDictionary<string, OperationRecord> _recurring = new(StringComparer.Ordinal);

    public string Resource { get; } = resource;
    public OperationRecord? Last { get; private set; }
    public OperationRecord? LastFailure { get; private set; }

    /// <summary>The parameters with which it was started: a stop is done with these, whatever the configuration says by then.</summary>
    public ImmutableSortedDictionary<string, string>? StartedWith { get; private set; }
    public ImmutableArray<OperationRecord> Recurring => [.. _recurring.Values];

    public void Add(OperationRecord record)
    {
        if (record.End.Status == OperationStatus.Cancelled)
        {
            if (_recurring.TryGetValue(record.Order.Key, out var present) && present.CallId <= record.CallId) _recurring.Remove(record.Order.Key);
            return;
        }
        if (record.IsFailure && (LastFailure is null || LastFailure.CallId <= record.CallId)) LastFailure = record;
        if (record.Order.IsRecurring)
        {
            _recurring[record.Order.Key] = record;
            return;
        }
        if (Last is not null && Last.CallId > record.CallId) return;
        Last = record;
        if (record.Order.IsChange) _recurring.Clear();
        if (record.Order.Action is "start" or "reload" or "reload-agent" && !record.IsFailure) StartedWith = record.Order.Parameters;
        else if (record.Order.Action == "stop" && !record.IsFailure) StartedWith = null;
    }

    /// <summary>As <c>crm_resource --cleanup</c>: the failure is forgotten, and a last operation that was one.</summary>
    /// <returns>Whether there was something to forget.</returns>
    public bool Clean()
    {
        var had = LastFailure is not null || Last is { IsFailure: true };
        LastFailure = null;
        if (Last is { IsFailure: true }) Last = null;
        return had;
    }
}
