using System.Globalization;
using System.Text.Json;
using Appliance.Control;

namespace Appliance.Commands;

/// <summary><c>appliance operations</c>: what this node last did with each resource, how it ended and how long it took. Exit status: 0 all well, 1 a failure is remembered, 2 not running.</summary>
internal static class OperationsCommand
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    public static int Run(bool json)
    {
        try
        {
            var answer = ControlClient.Once(new("operations"), AnswerWithin);
            var view = answer.Operations ?? throw new NotRunningException(answer.Error ?? "the daemon gave no answer", running: true);
            if (json) Console.Out.WriteLine(JsonSerializer.Serialize(view, ApplianceJson.Default.OperationsView));
            else Print(view, Console.Out);
            foreach (var resource in view.Resources)
                if (resource.Last.IsFailure || resource.LastFailure is not null) return StatusCommand.Degraded;
            return 0;
        }
        catch (NotRunningException e)
        {
            Console.Error.WriteLine($"appliance operations: {e.Message}");
            return StatusCommand.NotRunning;
        }
    }

    /// <summary>A line for each resource, and one for its last failure.</summary>
    public static void Print(OperationsView view, TextWriter output)
    {
        if (view.Running + view.Waiting > 0) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{view.Running} running, {view.Waiting} waiting"));
        if (view.Resources.IsEmpty) output.WriteLine("Nothing was done with any resource since the daemon started.");
        foreach (var resource in view.Resources)
        {
            output.WriteLine($"{resource.Resource} ({resource.Agent}): {Sentence(resource.Last)}");
            foreach (var again in resource.Recurring)
                if (again != resource.Last) output.WriteLine($"  every {Durations.Text(again.IntervalMs)}: {(again.Status == "pending" ? Sentence(again) : $"{again.Action} {Word(again)}, for {Durations.Text(again.AgeMs)}{(again.Reason.Length > 0 ? $": {again.Reason}" : "")}")}");
            if (resource.LastFailure is { } failure && failure != resource.Last) output.WriteLine($"  last failure: {Sentence(failure)}");
        }
    }

    private static string Sentence(OperationView operation)
    {
        if (operation.Status == "pending") return $"{operation.Action} is under way";
        var waited = operation.QueueMs >= 1 ? $", after waiting {Durations.Text(operation.QueueMs)}" : "";
        return $"{operation.Action} {Word(operation)}, {Durations.Text(operation.AgeMs)} ago, took {Durations.Text(operation.ExecMs)}{waited}{(operation.Reason.Length > 0 ? $": {operation.Reason}" : "")}";
    }

    private static string Word(OperationView operation) => operation switch
    {
        { Status: "timeout" } => "TIMED OUT",
        { Status: "notinstalled" } => "NOT INSTALLED",
        { Status: "error" } => "COULD NOT BE RUN",
        { Action: "monitor", Code: 0 } => "running",
        { Action: "monitor", Code: 7 } => "not running",
        { Action: "monitor", Code: 8 } => "running promoted",
        { Code: 0 } => "ok",
        _ => string.Create(CultureInfo.InvariantCulture, $"FAILED ({operation.Code})"),
    };
}
