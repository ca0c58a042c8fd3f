using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;

namespace Appliance.Fencing;

/// <summary>Passwords that a program tells (<c>password_script</c>, <c>snmp_priv_passwd_script</c>): run for each order, so that a changed one counts at once.</summary>
internal static class Passwords
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private static readonly string[] Kinds = ["password", "snmp_priv_passwd"];

    /// <summary>Why there is no password; <c>null</c> when all are there.</summary>
    public static DeviceVerdict? Complete(DeviceParameters given, Instant deadline, CancellationToken cancel, out DeviceParameters complete)
    {
        complete = given;
        foreach (var kind in Kinds)
        {
            var script = given[$"{kind}_script"];
            if (script.Length == 0) continue;
            var run = new RunProgram(script, ImmutableArray<string>.Empty, Longest);
            Programs.Run(run, deadline, cancel);
            if (run.NotStarted is { } reason) return new(VerdictKind.Misconfigured, $"{kind}_script cannot be run: {reason}");
            if (run.ExitCode != 0) return new(VerdictKind.Misconfigured, run.TimedOut ? $"{kind}_script did not end within {Longest.TotalSeconds:0} s" : $"{kind}_script ended with status {run.ExitCode}");
            complete = complete.With(kind, run.Output.Split('\n')[0].TrimEnd('\r'));
        }
        return null;
    }
}
