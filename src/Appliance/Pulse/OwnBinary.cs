using Appliance.Linux;

namespace Appliance.Pulse;

/// <summary>Where this program is installed, and how it starts itself: as a daemon, as control, and anew in place.</summary>
/// <remarks>The path is that of <c>argv[0]</c> and not /proc/self/exe: after an upgrade the new file is what should run.</remarks>
internal static class OwnBinary
{
    /// <summary>Environment variables by which we tell ourselves things.</summary>
    public const string UpDescriptor = "APPLIANCE_UP_FD", WatchdogDescriptor = "APPLIANCE_WATCHDOG_FD", SlotLease = "APPLIANCE_SLOT_LEASE";

    private static readonly string[] Private = [UpDescriptor, WatchdogDescriptor, SlotLease, "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"];

    /// <summary>Absolute path; determined once, at start, before any change of directory.</summary>
    public static string Path { get; } = Locate();

    /// <summary>Control with its socket as descriptor 3 and the text of ha.cf as 4, or the emergency release with the text alone.</summary>
    /// <param name="release">Why everything is released; null: control.</param>
    public static ChildProcess StartControl(SeqPacketSocket? socket, string? release, byte[] haCfText, IReadOnlyList<string> variables)
    {
        using var text = MemoryFile.Holding("ha.cf", haCfText);
        List<(Descriptor, int)> descriptors = [(text, 4)];
        if (socket is not null) descriptors.Add((socket.Descriptor, 3));
        string[] arguments = release is not null ? ["appliance", "control", "--release", release] : ["appliance", "control"];
        return ChildProcess.Start(new(Path, arguments, [.. Environment([]), .. variables], descriptors, NewSession: true));       // what is sent to pulse's process group is meant for pulse
    }

    /// <summary>Ourselves as a daemon: own session, and a pipe on which it says that it is up.</summary>
    public static ChildProcess StartDaemon(IEnumerable<string> args, Descriptor up) =>
        ChildProcess.Start(new(Path, ["heartbeat", "-f", .. args], [.. Environment([]), $"{UpDescriptor}=3"], [(up, 3)], NewSession: true));

    /// <summary>The installed binary takes this process over, with the same pid. Returns only by throwing.</summary>
    /// <remarks>If it cannot be executed (an upgrade went wrong), the one that runs now does: resources run here, and somebody must go on beating for them.</remarks>
    public static void RestartInPlace(IEnumerable<string> args, int? watchdog, string? slotLease)
    {
        string[] arguments = ["heartbeat", "-f", "-R", .. args];
        string[] environment =
        [
            .. Environment(["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]),
            .. watchdog is { } fd ? [$"{WatchdogDescriptor}={fd}"] : Array.Empty<string>(),
            .. slotLease is null ? Array.Empty<string>() : [$"{SlotLease}={slotLease}"],
        ];
        try
        {
            ChildProcess.Replace(Path, arguments, environment);
        }
        catch (LinuxException)
        {
            ChildProcess.Replace("/proc/self/exe", arguments, environment);
        }
    }

    private static IEnumerable<string> Environment(string[] keep)
    {
        foreach (System.Collections.DictionaryEntry v in System.Environment.GetEnvironmentVariables())
            if (!Private.Contains((string)v.Key) || keep.Contains((string)v.Key)) yield return $"{v.Key}={v.Value}";
    }

    private static string Locate()
    {
        var name = System.Environment.GetCommandLineArgs()[0];
        if (name.Contains('/', StringComparison.Ordinal)) return System.IO.Path.GetFullPath(name);
        foreach (var directory in (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            if (File.Exists(System.IO.Path.Combine(directory, name))) return System.IO.Path.Combine(directory, name);
        return System.Environment.ProcessPath!;     // started under a name that is nowhere: the file itself
    }
}
