using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Operations;

namespace Appliance.Control;

/// <summary>What this node's LRM does and did.</summary>
/// <param name="Running">Agents at work now.</param>
/// <param name="Waiting">Operations that wait for their turn.</param>
internal sealed record OperationsView(int Running, int Waiting, ImmutableArray<ResourceHistoryView> Resources)
{
    public static OperationsView Of(int running, int waiting, IEnumerable<ResourceHistory> histories, Instant now)
    {
        var resources = ImmutableArray.CreateBuilder<ResourceHistoryView>();
        foreach (var history in histories)
        {
            var repeated = history.Recurring;
            if ((history.Last ?? history.LastFailure ?? (repeated.IsEmpty ? null : repeated[0])) is not { } last) continue;
            var watching = ImmutableArray.CreateBuilder<OperationView>();
            foreach (var record in repeated) watching.Add(View(record, now));
            resources.Add(new(history.Resource, last.Order.Agent.ToString(), View(last, now), history.LastFailure is { } failure ? View(failure, now) : null, watching.ToImmutable()));
        }
        return new(running, waiting, resources.ToImmutable());
    }

    private static OperationView View(OperationRecord record, Instant now) =>
        new(record.Order.Action, record.End.Code, record.End.Status.ToString().ToLowerInvariant(), record.IsFailure, record.End.Reason, (now - record.Ran).TotalMilliseconds, record.QueueTime.TotalMilliseconds,
            record.ExecTime.TotalMilliseconds, record.Order.Interval.TotalMilliseconds);
}

/// <summary>One resource.</summary>
/// <param name="Recurring">What is done with it again and again, since it is as it is.</param>
internal sealed record ResourceHistoryView(string Resource, string Agent, OperationView Last, OperationView? LastFailure, ImmutableArray<OperationView> Recurring);

/// <summary>One result.</summary>
/// <param name="Code">OCF's codes.</param>
/// <param name="Status">How it went to run it: <c>pending done timeout error notinstalled</c>.</param>
/// <param name="AgeMs">Since it began.</param>
internal sealed record OperationView(string Action, int Code, string Status, bool IsFailure, string Reason, double AgeMs, double QueueMs, double ExecMs, double IntervalMs);
