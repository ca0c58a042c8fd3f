using System.Diagnostics;
using System.Globalization;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Linux;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Systemd;

namespace Appliance.Commands;

/// <summary><c>appliance systemd UNIT ACTION</c>: does with a unit of systemd what the resource manager would do, by the same code. Exit status: OCF's code.</summary>
internal static class SystemdCommand
{
    /// <summary>It did not end in time; timeout(1) and Pacemaker's tools say the same.</summary>
    private const int TimedOut = 124;

    public static readonly string[] Actions = ["start", "stop", "restart", "reload", "monitor", "status", "watch", "manage", "release", "meta-data"];

    public static int Run(string unit, string action, double seconds, int count, double interval)
    {
        if (!(seconds is > 0 and < 1e6)) return Complain("--timeout must be a number of seconds above 0", OcfCode.Arguments);
        if (!(interval is >= 0 and < 1e6)) return Complain("--interval must be a number of seconds", OcfCode.Arguments);
        var timeout = TimeSpan.FromSeconds(seconds);
        try
        {
            using var manager = new SystemdManager(new(), Log, action == "watch" ? Tell : _ => { });
            return unit == "list" && action.Length == 0 ? List(manager, timeout) : Do(manager, unit, action, timeout, count, TimeSpan.FromSeconds(interval));
        }
        catch (SystemdBusException e)
        {
            return Complain(e.Message, OcfCode.Generic);
        }
    }

    private static int Do(SystemdManager manager, string unit, string action, TimeSpan timeout, int count, TimeSpan interval)
    {
        switch (action)
        {
            case "start": return End(manager.Start(unit, timeout).Result);
            case "restart": return End(manager.Restart(unit, timeout).Result);
            case "reload": return End(manager.Reload(unit, timeout).Result);
            case "manage": return End(manager.Manage(unit, timeout).Result);
            case "release": return End(manager.Release(unit, timeout).Result);
            case "stop":
                // By hand nothing follows that would still need the drop-in.
                var stopped = manager.Stop(unit, timeout).Result;
                return End(stopped.Outcome == OperationOutcome.Ok ? manager.Release(unit, timeout).Result : stopped);
            case "monitor" or "": return Monitor(manager, unit, timeout, count, interval);
            case "status": return Status(manager, unit, timeout);
            case "watch":
                manager.Watch(unit);
                Console.WriteLine($"{Now()} {UnitName.Full(unit)} answers {End(manager.Monitor(unit, timeout).Result, quietly: true)}: {manager.State(unit)}");
                Thread.Sleep(Timeout.Infinite);
                return OcfCode.Success;
            case "meta-data":
                if (manager.Metadata(unit, timeout).GetAwaiter().GetResult() is not { } xml) return Complain($"there is no unit {UnitName.Full(unit)}", OcfCode.Installed);
                Console.Write(xml);
                return OcfCode.Success;
            default: return Complain($"there is no action '{action}'; there are {string.Join(", ", Actions)}", OcfCode.Unimplemented);
        }
    }

    /// <summary>What is known now: unlike a monitor it does not wait for a unit that is on its way.</summary>
    private static int Status(SystemdManager manager, string unit, TimeSpan timeout)
    {
        var monitor = manager.Monitor(unit, timeout);
        while (!monitor.IsCompleted && manager.State(unit) is null) Thread.Sleep(1);
        if (manager.State(unit) is not { } state) return End(monitor.Result);
        Console.WriteLine($"{UnitName.Full(unit)}: {state}, {state.Load}{(state.File.Length > 0 ? $", {state.File}" : "")}, {(state.HasDropIn ? "managed by the cluster" : "not managed by the cluster")}");
        if (state is { IsUnusable: true, IsStopped: true }) return OcfCode.Installed;
        return state.IsRunning ? OcfCode.Success : OcfCode.NotRunning;
    }

    /// <summary>Monitors; where it is done several times, says what one costs and how long the longest took.</summary>
    private static int Monitor(SystemdManager manager, string unit, TimeSpan timeout, int count, TimeSpan interval)
    {
        var result = manager.Monitor(unit, timeout).Result;
        if (count <= 1) return End(result);
        var began = Environment.CpuUsage.TotalTime;
        TimeSpan all = default, longest = default;
        var done = 1;
        for (; done < count && result.Outcome == OperationOutcome.Ok; done++)
        {
            if (interval > TimeSpan.Zero) Thread.Sleep(interval);
            var since = Stopwatch.GetTimestamp();
            result = manager.Monitor(unit, timeout).Result;
            var took = Stopwatch.GetElapsedTime(since);
            all += took;
            if (took > longest) longest = took;
        }
        var processor = (Environment.CpuUsage.TotalTime - began).TotalMicroseconds / Math.Max(1, done - 1);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{done} monitors: {processor:0.###} µs of processor time each, {all.TotalMicroseconds / Math.Max(1, done - 1):0.###} µs each, the longest {longest.TotalMilliseconds:0.###} ms"));
        return End(result);
    }

    private static int List(SystemdManager manager, TimeSpan timeout)
    {
        foreach (var agent in manager.Agents(timeout).GetAwaiter().GetResult()) Console.WriteLine(agent);
        return OcfCode.Success;
    }

    private static int End(OperationResult result, bool quietly = false)
    {
        if (result.Reason.Length > 0 && !quietly) Console.Error.WriteLine($"appliance systemd: {result.Reason}");
        return result.Outcome == OperationOutcome.TimedOut ? TimedOut : result.ExitCode;
    }

    private static int Complain(string what, int code)
    {
        Console.Error.WriteLine($"appliance systemd: {what}");
        return code;
    }

    private static void Log(LogPriority priority, string source, string text)
    {
        if (priority != LogPriority.Info && priority != LogPriority.Debug) Console.Error.WriteLine($"appliance systemd: {text}");
    }

    private static void Tell(UnitChange change) => Console.WriteLine($"{Now()} {change.Unit} {change.Event switch
    {
        UnitEvent.Started => "started",
        UnitEvent.Stopping => "is stopping",
        _ => "stopped",
    }}: {change.State}");

    private static string Now() => DateTime.Now.ToString("HH:mm:ss.ffffff", CultureInfo.InvariantCulture);
}
