using System.Collections.Immutable;
using System.Globalization;

namespace Appliance.Operations;

/// <summary>What this node did with one resource, as far as decisions need it: the last single operation, the last failure, each recurring operation, migrations.</summary>
/// <remarks>
/// Pacemaker's controller keeps the same in the same places: <c>last_0</c>, <c>last_failure_0</c>, <c>ACTION_INTERVAL</c>, each with the resource's name before it in a CIB. A recurring operation that fails leaves its own
/// place as it is. A result never takes the place of a later one. One thing differs: Pacemaker remembers as the last operation only one that succeeded, though it writes others there too; so with the next join its CIB
/// goes back in time. Here it says the same before and after.
/// </remarks>
public sealed class ResourceHistory(string resource)
{
    public const string LastPlace = "last_0", LastFailurePlace = "last_failure_0";

    /// <summary>A CIB's times are whole seconds, and wall clocks are slewed: results that are so far apart have different ones.</summary>
    private static readonly TimeSpan Distinct = TimeSpan.FromMilliseconds(1100);

    private readonly SortedDictionary<string, OperationRecord> _places = new(StringComparer.Ordinal);

    public string Resource { get; } = resource;
    public OperationRecord? Last => _places.GetValueOrDefault(LastPlace);
    public OperationRecord? LastFailure => _places.GetValueOrDefault(LastFailurePlace);

    /// <summary>The parameters with which it was started: a stop is done with these, whatever the configuration says by then.</summary>
    public ImmutableSortedDictionary<string, string>? StartedWith { get; private set; }

    public ImmutableArray<OperationRecord> Recurring
    {
        get
        {
            var recurring = ImmutableArray.CreateBuilder<OperationRecord>();
            foreach (var (place, record) in _places)
                if (record.Order.IsRecurring && place != LastFailurePlace) recurring.Add(record);
            return recurring.ToImmutable();
        }
    }

    /// <summary>All that is remembered, by place: the last failure first, then the last operation, then the others.</summary>
    public List<(string Place, OperationRecord Record)> Entries
    {
        get
        {
            var entries = new List<(string, OperationRecord)>();
            if (LastFailure is { } failure) entries.Add((LastFailurePlace, failure));
            if (Last is { } last) entries.Add((LastPlace, last));
            foreach (var (place, record) in _places)
                if (place is not LastPlace and not LastFailurePlace) entries.Add((place, record));
            return entries;
        }
    }

    /// <summary>A recurring operation is pending in its own place.</summary>
    public bool IsPending(OperationOrder order) => order.IsRecurring && _places.TryGetValue(Place(order.Action, order.Interval), out var present) && present.IsPending;

    /// <summary>
    /// The same result, with an instant of change that a CIB can tell from that of the result before it. A recurring operation has one number as long as it recurs: whether it failed after it was well, or is well after it failed,
    /// is seen by the second of the change alone. If both are in one second, Pacemaker takes for the later what comes later in the document, or for well what failed.
    /// </summary>
    public OperationRecord Distinguished(OperationRecord record)
    {
        if (!record.Order.IsRecurring || record.IsPending) return record;
        var other = record.IsFailure ? _places.GetValueOrDefault(Place(record.Order.Action, record.Order.Interval)) : LastFailure;
        return other is { IsPending: false } && other.CallId == record.CallId && other.Order.Key == record.Order.Key && record.Changed < other.Changed + Distinct ? record with { Changed = other.Changed + Distinct } : record;
    }

    /// <returns>The places that say this now; the order is that in which Pacemaker writes them.</returns>
    public ImmutableArray<string> Add(OperationRecord record)
    {
        var order = record.Order;
        var own = Place(order.Action, order.Interval);
        if (record.End.Status == OperationStatus.Cancelled)
        {
            if (order.IsRecurring && _places.TryGetValue(own, out var present) && present.CallId <= record.CallId) _places.Remove(own);
            return [];
        }
        var kept = ImmutableArray.CreateBuilder<string>(2);
        if (order.Action is "migrate_to" or "migrate_from") Keep(own, record, kept);
        else if (record.IsFailure)
        {
            Keep(LastFailurePlace, record, kept);
            if (!order.IsRecurring) Keep(LastPlace, record, kept);
            // What was pending there is answered.
            else if (_places.TryGetValue(own, out var pending) && pending.IsPending) _places.Remove(own);
        }
        else Keep(order.IsRecurring ? own : LastPlace, record, kept);

        if (order.IsRecurring || record.IsPending || kept.Count == 0) return kept.ToImmutable();
        if (order.IsChange) ForgetRecurring();
        if (order.Action is "start" or "reload" or "reload-agent" && !record.IsFailure) StartedWith = order.Parameters;
        else if (order.Action == "stop" && !record.IsFailure) StartedWith = null;
        return kept.ToImmutable();
    }

    /// <summary>As <c>crm_resource --cleanup</c>: the failure is forgotten, and a last operation that was one.</summary>
    /// <returns>Whether there was something to forget.</returns>
    public bool Clean()
    {
        var had = ForgetFailure();
        if (Last is not { IsFailure: true }) return had;
        _places.Remove(LastPlace);
        return true;
    }

    /// <summary>The failure alone is forgotten: that of this operation, or whichever it is.</summary>
    public bool ForgetFailure(string? action = null, TimeSpan interval = default) =>
        LastFailure is { } failure && (action is null || failure.Order.Action == action && failure.Order.Interval == interval) && _places.Remove(LastFailurePlace);

    public static string Place(string action, TimeSpan interval) => string.Create(CultureInfo.InvariantCulture, $"{action}_{(long)interval.TotalMilliseconds}");

    private void Keep(string place, OperationRecord record, ImmutableArray<string>.Builder kept)
    {
        // What is pending has no number yet.
        if (!record.IsPending && _places.TryGetValue(place, out var present) && !present.IsPending && present.CallId > record.CallId) return;
        _places[place] = record;
        kept.Add(place);
    }

    private void ForgetRecurring()
    {
        var gone = new List<string>();
        foreach (var (place, record) in _places)
            if (record.Order.IsRecurring && place != LastFailurePlace) gone.Add(place);
        foreach (var place in gone) _places.Remove(place);
    }
}
