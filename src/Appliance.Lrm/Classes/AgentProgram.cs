using System.Globalization;
using System.Text;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Classes;

/// <summary>Runs an agent's program to its end: what it printed, how it ended, in Pacemaker's words where it did not end well.</summary>
/// <param name="Log">Gets each line that it prints.</param>
public sealed record AgentProgram(string Path, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string Resource, TimeSpan Timeout, TimeSpan Grace, AgentLog Log)
{
    /// <summary>What is kept of standard output: more than any metadata there is.</summary>
    public const int MostOutput = 1 << 20;

    /// <summary>Longer reasons are cut (Pacemaker: EXIT_REASON_MAX_LEN).</summary>
    public const int MostReason = 128;

    /// <summary>Everything it prints is a line for the log; otherwise only when somebody is debugging.</summary>
    public bool IsLoud { get; init; }

    /// <summary>Also handed the bytes of standard output, for those who judge by words.</summary>
    public Action<byte[]>? Listener { get; init; }
    public string WorkingDirectory { get; init; } = "/";
    public AgentMarks? Marks { get; init; }

    /// <param name="code">The agent's answer from its exit status.</param>
    public AgentEnd Run(Func<int, int> code, CancellationToken cancel)
    {
        var kept = new MemoryStream();
        var (level, reason) = (IsLoud ? LogPriority.Info : LogPriority.Debug, "");
        var output = new OutputLines(text => Log(level, Resource, text));
        var errors = new OutputLines(text =>
        {
            if (Reason(text) is { } said) reason = said;
            Log(level, Resource, text);
        });
        ProcessEnd end;
        try
        {
            end = ProcessRunner.Run(new(Path, Arguments, Environment) { WorkingDirectory = WorkingDirectory, Started = Marks is null ? null : pid => Marks.Begin(pid, Resource, Arguments[^1], Timeout + Grace) }, new(Timeout, Grace), (isError, bytes) =>
            {
                (isError ? errors : output).Read(bytes);
                if (isError) return;
                if (kept.Length < MostOutput) kept.Write(bytes[..(int)Math.Min(bytes.Length, MostOutput - kept.Length)]);
                Listener?.Invoke(bytes.ToArray());
            }, cancel);
        }
        catch (IOException e)
        {
            return CannotRun(e.Message);
        }
        output.Finish();
        errors.Finish();
        cancel.ThrowIfCancellationRequested();
        var printed = Encoding.UTF8.GetString(kept.GetBuffer(), 0, (int)kept.Length);
        return end.Kind switch
        {
            ProcessEndKind.Exited => new(code(end.Code), OperationStatus.Done, reason, printed),
            ProcessEndKind.Signaled => new(OcfCode.Generic, OperationStatus.Error, $"Resource agent interrupted by {SignalName(end.Code)} signal", printed),
            _ => new(OcfCode.Generic, OperationStatus.Timeout, $"Resource agent did not complete within {Readable(Timeout)}", printed),
        };
    }

    /// <summary>A missing file and a missing right are answers of their own (Pacemaker: services_handle_exec_error).</summary>
    private AgentEnd CannotRun(string why) =>
        !File.Exists(Path) ? new(OcfCode.Installed, OperationStatus.NotInstalled, $"{Path} is not installed")
        : AgentLocator.IsExecutable(Path) ? new(OcfCode.Generic, OperationStatus.Error, why)
        : new(OcfCode.Permission, OperationStatus.Error, $"{Path} may not be executed");

    /// <summary>The text behind <c>ocf-exit-reason:</c>; <c>null</c> for any other line.</summary>
    private static string? Reason(string line)
    {
        const string prefix = "ocf-exit-reason:";
        if (line.LastIndexOf(prefix, StringComparison.Ordinal) is not (>= 0 and var at)) return null;
        var text = line[(at + prefix.Length)..].Trim();
        return text.Length <= MostReason ? text : text[..MostReason];
    }

    /// <summary>As Pacemaker shows times: <c>20s</c>, <c>1m30s</c>, <c>500ms</c>.</summary>
    public static string Readable(TimeSpan span)
    {
        var text = new StringBuilder();
        void Part(long count, string unit)
        {
            if (count > 0) text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
        }
        Part((long)span.TotalDays, "d");
        Part(span.Hours, "h");
        Part(span.Minutes, "m");
        if (span.Milliseconds == 0) Part(span.Seconds, "s");
        else if (span.Seconds > 0) text.Append(CultureInfo.InvariantCulture, $"{span.Seconds}.{span.Milliseconds:000}s");
        else Part(span.Milliseconds, "ms");
        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static string SignalName(int number) => number switch
    {
        1 => "SIGHUP", 2 => "SIGINT", 3 => "SIGQUIT", 4 => "SIGILL", 6 => "SIGABRT", 7 => "SIGBUS", 8 => "SIGFPE", 9 => "SIGKILL", 11 => "SIGSEGV", 13 => "SIGPIPE", 14 => "SIGALRM", 15 => "SIGTERM",
        _ => number.ToString(CultureInfo.InvariantCulture),
    };
}
