using Appliance.Cib;

namespace Appliance.Policy.Report;

/// <summary>A line of the fencing history, as the tools of Pacemaker 2.1.5 have it.</summary>
public static class FencingWords
{
    /// <summary><c>turning off of node2 successful: delegate=node1, client=stonith_admin.276, origin=node1, last-successful='...'</c>: <c>stonith_admin</c>, and <c>crm_mon</c> with details.</summary>
    /// <param name="all">It is one of all that happened; else what came of it last.</param>
    /// <param name="later">The node from which the same was done with success later; null: none.</param>
    public static string Record(FencingEvent one, bool all, string? later)
    {
        var by = one.Delegate is null ? "" : $"delegate={one.Delegate}, ";
        var when = all ? "completed" : one.State == FencingState.Done ? "last-successful" : "last-failed";
        var at = one.Completed is { } ms ? $", {when}='{StatusDetails.Utc(ms / 1000)}'" : "";
        return $"{Deed(one)} {Outcome(one)}: {by}client={one.Client}, origin={one.Origin}{at}{Later(one, later)}";
    }

    /// <summary><c>turning off of node2 by node1 for stonith_admin.276@node1 last successful at ...</c>: <c>crm_mon</c>.</summary>
    /// <inheritdoc cref="Record"/>
    public static string Sentence(FencingEvent one, bool all, string? later)
    {
        var by = one.Delegate is null || one.State == FencingState.Pending ? "" : $" by {one.Delegate}";
        var at = one.Completed is { } ms ? $" at {StatusDetails.Utc(ms / 1000)}" : "";
        return $"{Deed(one)}{by} for {one.Client}@{one.Origin}{(all ? "" : " last")} {Outcome(one)}{at}{Later(one, later)}";
    }

    /// <summary>The class of a page.</summary>
    public static string Kind(FencingEvent one) => one.State switch { FencingState.Done => "successful-stonith-event", FencingState.Failed => "failed-stonith-event", _ => "pending-stonith-event" };

    /// <summary>As <c>fence_event</c>, with its attributes in their order.</summary>
    public static CibElement ToXml(FencingEvent one) => new CibElement("fence_event").Set("action", one.Action).Set("target", one.Target).Set("client", one.Client).Set("origin", one.Origin)
        .Set("status", one.State switch { FencingState.Done => "success", FencingState.Failed => "failed", _ => "pending" }).Set("exit-reason", one.Reason is { Length: > 0 } ? one.Reason : null)
        .Set("delegate", one.Delegate).Set("completed", one.Completed is { } ms ? StatusDetails.Utc(ms / 1000) : null);

    /// <summary>Who did the same to the same node with success after an attempt; the attempt's own delegate before any other.</summary>
    public static string? LaterSucceeded(FencingEvent attempt, IReadOnlyList<FencingEvent> history)
    {
        string? other = null;
        foreach (var later in history)
        {
            if (later.State != FencingState.Done || later.Target != attempt.Target || later.Action != attempt.Action || !(later.Completed > attempt.Completed)) continue;
            if (attempt.Delegate is null || attempt.Delegate == later.Delegate) return later.Delegate ?? "some node";
            other ??= later.Delegate;
        }
        return other;
    }

    private static string Deed(FencingEvent one) => $"{one.Action switch { "off" => "turning off", "on" => "unfencing", var action => action }} of {one.Target}";

    private static string Outcome(FencingEvent one) => one.State switch
    {
        FencingState.Done => "successful",
        FencingState.Failed => one.Reason is { Length: > 0 } ? $"failed ({one.Reason})" : "failed",
        _ => "pending",
    };

    private static string Later(FencingEvent one, string? later) => one.State == FencingState.Failed && later is not null ? $" (a later attempt from {later} succeeded)" : "";
}
