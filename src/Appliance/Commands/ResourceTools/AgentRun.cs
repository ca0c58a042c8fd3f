using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Fencing;
using Appliance.Lrm;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Classes;

namespace Appliance.Commands.ResourceTools;

/// <summary><c>appliance agents run</c>: one operation of any agent, as the resource manager would run it, with its code, its time and its reason.</summary>
internal static class AgentRun
{
    private const int Usage = 64, TimedOut = 124;

    /// <returns>OCF's code; 124 when the time was over; 64 for a line that makes no sense.</returns>
    public static int Run(string text, string action, IReadOnlyList<string> words, double seconds, string instance, int count)
    {
        if (AgentSpec.Parse(text) is not { } agent) return Wrong($"'{text}' is no agent: CLASS:TYPE, or ocf:PROVIDER:TYPE; classes are {string.Join(", ", AgentSpec.Standards)}");
        if (count is not (>= 1 and <= 1_000_000)) return Wrong("--count: a number from 1 to 1000000");
        if (seconds is not (> 0 and <= 86400)) return Wrong("--timeout: give seconds, more than 0");
        var parameters = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var word in words)
        {
            if (word.IndexOf('=', StringComparison.Ordinal) is not (> 0 and var at)) return Wrong($"'{word}' is not NAME=VALUE");
            parameters[word[..at]] = word[(at + 1)..];
        }
        var paths = new LrmPaths { OcfRoot = Environment.GetEnvironmentVariable("OCF_ROOT") is { Length: > 0 } root ? root : "/usr/lib/ocf" };
        using var systemd = new SystemdClass(new(), Log, _ => { }) { Adopts = false };
        var stonith = new StonithClass();
        using var classes = new ResourceClasses(paths, Log, systemd, stonith);
        var order = new OperationOrder(instance.Length > 0 ? instance : agent.Type, agent, action, TimeSpan.Zero, TimeSpan.FromSeconds(seconds)) { Parameters = parameters.ToImmutable() };
        var environment = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").Add("HA_RSCTMP", paths.StateDirectory);
        // A device is only ever started for the life of this command: its monitor is what a start does.
        if (agent.Standard == "stonith" && action == "monitor") order = order with { Action = "start" };
        if (Environment.GetEnvironmentVariable("HA_APPLIANCE_SCRIPTS") is { Length: > 0 } scripts) environment = environment.Add("HA_APPLIANCE_SCRIPTS", scripts);
        var times = new double[count];
        AgentEnd end;
        var run = 0;
        do
        {
            var began = Stopwatch.GetTimestamp();
            end = classes.Run(order, environment, CancellationToken.None);
            times[run] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        }
        while (++run < count && end.Status == OperationStatus.Done);
        Array.Sort(times, 0, run);
        var took = run == 1 ? $"took {Durations.Text(times[0])}" : string.Create(CultureInfo.InvariantCulture, $"{run} times, took {Durations.Text(times[0])} to {Durations.Text(times[run - 1])}, median {Durations.Text(times[run / 2])}");
        if (end.Output.Length > 0) Console.Out.WriteLine(end.Output.TrimEnd('\n'));
        Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{agent} {action}: {end.Code} ({Word(end)}), {took}{(end.Reason.Length > 0 ? $": {end.Reason}" : "")}"));
        return end.Status == OperationStatus.Timeout ? TimedOut : end.Code;
    }

    private static void Log(LogPriority priority, string source, string text)
    {
        if (priority > LogPriority.Debug) Console.Error.WriteLine($"{source}: {text}");
    }

    private static string Word(AgentEnd end) => end.Status switch
    {
        OperationStatus.Timeout => "timed out",
        OperationStatus.Done => end.Code switch
        {
            OcfCode.Success => "ok",
            OcfCode.Generic => "error",
            OcfCode.Arguments => "invalid parameter",
            OcfCode.Unimplemented => "unimplemented feature",
            OcfCode.Permission => "insufficient privileges",
            OcfCode.Installed => "not installed",
            OcfCode.Configured => "not configured",
            OcfCode.NotRunning => "not running",
            OcfCode.RunningPromoted => "promoted",
            OcfCode.FailedPromoted => "promoted (failed)",
            _ => "unknown",
        },
        _ => end.Status.ToString().ToLowerInvariant(),
    };

    private static int Wrong(string why)
    {
        Console.Error.WriteLine($"appliance agents: {why}");
        return Usage;
    }
}
