using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Linux;

namespace Appliance.Lrm;

/// <summary>Runs one resource script with 3.0.6's conventions: arguments first, action last, status judged by words on standard output.</summary>
public static class ScriptRunner
{
    private const string Manager = "ResourceManager";

    /// <summary>Blocks until the script ended or was given up. Never throws for what a script does or for one that cannot be started.</summary>
    public static OperationResult Run(
        string script, ResourceSpec resource, ResourceAction action, IReadOnlyDictionary<string, string> environment, string workingDirectory,
        TimeSpan timeout, TimeSpan grace, AgentLog log, CancellationToken cancel, AgentMarks? marks = null)
    {
        var word = Word(action);
        var call = resource.Arguments.IsEmpty ? $"{script} {word}" : $"{script} {string.Join(' ', resource.Arguments)} {word}";
        if (action != ResourceAction.Status) log(LogPriority.Info, Manager, $"Running {call}");

        var words = new StatusWords();
        // A status action is asked again and again: its words are for us, and only worth a line when somebody is debugging.
        var level = action == ResourceAction.Status ? LogPriority.Debug : LogPriority.Info;
        var standardOutput = new OutputLines(text => log(level, resource.Text, text));
        var standardError = new OutputLines(text => log(level, resource.Text, text));
        ProcessEnd end;
        try
        {
            end = ProcessRunner.Run(
                new(script, [.. resource.Arguments, word], environment) { WorkingDirectory = workingDirectory, Started = marks is null ? null : pid => marks.Begin(pid, resource.Text, word, timeout + grace) },
                new(timeout, grace),
                (isError, bytes) =>
                {
                    if (!isError) words.Read(bytes);
                    (isError ? standardError : standardOutput).Read(bytes);
                },
                cancel);
        }
        catch (IOException e)
        {
            log(LogPriority.Error, Manager, e.Message);
            return new(OperationOutcome.Failed, -1, e.Message);
        }
        standardOutput.Finish();
        standardError.Finish();
        cancel.ThrowIfCancellationRequested();

        var last = standardError.Last.Length > 0 ? standardError.Last : standardOutput.Last;
        var said = last.Length > 0 ? $": {last}" : "";
        if (end.Kind == ProcessEndKind.TimedOut)
        {
            var reason = $"{call}: no answer within {timeout.TotalSeconds:0.###} s, killed{said}";
            log(LogPriority.Error, Manager, reason);
            return new(OperationOutcome.TimedOut, -1, reason);
        }
        if (action == ResourceAction.Status)
            return new(words.IsRunning ? OperationOutcome.Ok : OperationOutcome.NotRunning, Code(end), words.IsRunning ? "" : last);
        if (end is { Kind: ProcessEndKind.Exited, Code: 0 }) return new(OperationOutcome.Ok, 0, "");
        log(LogPriority.Error, Manager, $"Return code {Code(end)} from {script}");
        return new(OperationOutcome.Failed, Code(end), end.Kind == ProcessEndKind.Signaled ? $"{call} ended by signal {end.Code}{said}" : $"{call} returned {end.Code}{said}");
    }

    internal static string Word(ResourceAction action) => action switch
    {
        ResourceAction.Start => "start",
        ResourceAction.Stop => "stop",
        ResourceAction.Status => "status",
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    /// <summary>As a shell shows it: 128 + signal for a process that was ended by one.</summary>
    private static int Code(ProcessEnd end) => end.Kind == ProcessEndKind.Signaled ? 128 + end.Code : end.Code;
}
