using System.Globalization;
using Appliance.Core.Diagnostics;

namespace Appliance.Pulse;

/// <summary>What is said before control is there to log it: to stderr, in the form of 3.0.6's log.</summary>
internal static class EarlyLog
{
    public static void Say(LogPriority priority, string text) => Console.Error.WriteLine(Format(DateTime.Now, NodeName(), Environment.ProcessId, priority, text));

    public static string Format(DateTime at, string node, int pid, LogPriority priority, string text) =>
        string.Create(CultureInfo.InvariantCulture, $"{at:MMM dd HH:mm:ss} {node} heartbeat: [{pid}]: {Word(priority)}: {text}");

    /// <summary><c>uname -n</c>.</summary>
    public static string NodeName() => Environment.MachineName;

    private static string Word(LogPriority priority) => priority switch
    {
        LogPriority.Debug => "debug",
        LogPriority.Info => "info",
        LogPriority.Notice => "notice",
        LogPriority.Warn => "WARN",
        LogPriority.Error => "ERROR",
        LogPriority.Crit => "CRIT",
        _ => "EMERG",
    };
}
