namespace Appliance.Lrm;

/// <summary>Where things are on this machine; every path can be replaced, for tests and for a prefix.</summary>
public sealed record LrmPaths
{
    /// <summary>With <c>resource.d</c>, <c>rc.d</c>, <c>harc</c>.</summary>
    public string HaDirectory { get; init; } = "/etc/ha.d";

    public string InitDirectory { get; init; } = "/etc/init.d";

    /// <summary>OCF_ROOT: <c>resource.d/PROVIDER/AGENT</c> below it.</summary>
    public string OcfRoot { get; init; } = "/usr/lib/ocf";

    /// <summary>The package database's lists of files with their sums, <c>PACKAGE.md5sums</c>.</summary>
    public string DpkgInfo { get; init; } = "/var/lib/dpkg/info";

    /// <summary>The package database that knows which files under <see cref="HaDirectory"/> came with a package.</summary>
    public string DpkgStatus { get; init; } = "/var/lib/dpkg/status";

    /// <summary>State of agents that have nothing else to show (Dummy, Delay, MailTo, SendArp). Emptied at boot, because /run is.</summary>
    public string StateDirectory { get; init; } = "/run/heartbeat/rsctmp";

    /// <summary>A file for each agent's program that runs (see <see cref="AgentMarks"/>).</summary>
    public string RunningDirectory => StateDirectory + "/running";

    /// <summary>Working directory of scripts, where 3.0.6 has it; <c>/</c> when it does not exist.</summary>
    public string WorkingDirectory { get; init; } = "/var/lib/heartbeat/cores/root";

    public string ResourceDirectory => HaDirectory + "/resource.d";

    public string HookDirectory => HaDirectory + "/rc.d";

    /// <summary>Makes the state directory with the mode 3.0.6 gives it (1755), so that only root puts files there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public void CreateStateDirectory()
    {
        const UnixFileMode mode = UnixFileMode.StickyBit | UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
        if (!Directory.Exists(StateDirectory)) Directory.CreateDirectory(StateDirectory, mode);
    }

    internal string ExistingWorkingDirectory => Directory.Exists(WorkingDirectory) ? WorkingDirectory : "/";
}
