using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Cli;
using Appliance.Stonith.Devices.Outlets;
using Appliance.Stonith.Devices.Scsi;

namespace Appliance.Fencing;

/// <summary>Parameters that stand elsewhere: passwords that a program tells (<c>password_script</c>), a profile in a file, who this machine is to shared disks. Looked at for each order, so that a change counts at once.</summary>
internal static class OutsideParameters
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);
    private static readonly string[] Kinds = ["password", "snmp_priv_passwd"];

    /// <summary>Why one is not there; <c>null</c> when all are.</summary>
    public static DeviceVerdict? Complete(DeviceType type, DeviceParameters given, Instant deadline, CancellationToken cancel, out DeviceParameters complete)
    {
        complete = type is ScsiDevice ? WhoWeAre(given) : given;
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
        return Profile(given, ref complete);
    }

    /// <summary>The key that this machine registered counts more than the one that names make: those may have changed since. The machine's name is a node's if it is among them.</summary>
    private static DeviceParameters WhoWeAre(DeviceParameters given)
    {
        if (RegisteredKeys.OfMachine.Of(given.List("devices")) is { } key) given = given.With(ScsiKeys.Registered, key.ToString("x", CultureInfo.InvariantCulture));
        if (given.Has("own_name")) return given;
        var (name, nodes) = (new SystemFacts(_ => false).HostName, given.List("nodes"));
        return nodes.IsEmpty || nodes.Contains(name, StringComparer.OrdinalIgnoreCase) ? given.With("own_name", name) : given;
    }

    private static DeviceVerdict? Profile(DeviceParameters given, ref DeviceParameters complete)
    {
        foreach (var kind in new[] { "profile", "dialogue" })
        {
            var file = given[$"{kind}_file"];
            if (file.Length > 0 && Text(kind, file, ref complete) is { } wrong) return wrong;
        }
        return null;
    }

    private static DeviceVerdict? Text(string kind, string file, ref DeviceParameters complete)
    {
        try
        {
            complete = complete.With($"{kind}_text", File.ReadAllText(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new(VerdictKind.Misconfigured, $"{kind}_file cannot be read: {e.Message}");
        }
        var problems = kind == "profile" ? OutletProfile.Parse(file, complete["profile_text"]).Problems : CliProfileReader.Read(file, complete["dialogue_text"]).Problems;
        return problems.IsEmpty ? null : new(VerdictKind.Misconfigured, string.Join("; ", problems));
    }
}
