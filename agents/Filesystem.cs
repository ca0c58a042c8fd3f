using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>Filesystem: mounts a device, and unmounts it after ending whoever uses it.</summary>
/// <remarks>
/// fsck rule of resource-agents: before a start, <c>fsck -a</c> for the types that have no journal to replay (ext2, minix, and an unknown type), or always with
/// <c>run_fsck=force</c>, never with <c>no</c>; its exit codes 0 and 1 (repaired) are good.
/// </remarks>
public sealed class Filesystem : BuiltInAgent
{
    private static readonly string[] WithoutJournal = ["ext2", "minix", "vfat", "fat"];

    public override AgentDescription Description { get; } = new("Filesystem", "Manages a file system mount.", "DEVICE::DIRECTORY[::FSTYPE[::OPTIONS]]",
    [
        new("device", "string", true, "", "Block device, -U UUID or UUID=, -L LABEL or LABEL=, or what a network or bind mount names."),
        new("directory", "string", true, "", "Mount point; made if it is missing."),
        new("fstype", "string", false, "", "Type; every type of /proc/filesystems is tried if not given."),
        new("options", "string", false, "", "As for mount -o."),
        new("run_fsck", "string", false, "auto", "auto, force or no."),
        new("force_unmount", "string", false, "true", "End the processes that use it at a stop."),
        new("fast_stop", "boolean", false, "true", "Short pauses between the attempts of a stop."),
        new("lazy_unmount", "boolean", false, "false", "If nothing else helps, detach it and let it end later: another node may still not mount it."),
    ]);

    public override bool MayBlock => true;

    public override ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments)
    {
        string[] names = ["device", "directory", "fstype", "options"];
        return arguments.Take(names.Length).Select((a, i) => KeyValuePair.Create(names[i], a)).ToImmutableDictionary();
    }

    public override string? Check(AgentCall call) =>
        !call["directory"].StartsWith('/') || call["directory"].TrimEnd('/').Length == 0 ? $"directory={call["directory"]} is not a mount point"
        : call["run_fsck"] is "auto" or "force" or "no" ? null : $"run_fsck={call["run_fsck"]}: auto, force or no";

    public override AgentResult Start(AgentCall call)
    {
        var (device, directory) = (Device(call["device"]), call["directory"].TrimEnd('/'));
        if (MountedFrom(directory) is { } mounted) return SameDevice(mounted, device) ? AgentResult.Ok("mounted already") : AgentResult.Failed($"{mounted} is mounted on {directory}");
        var bind = call["options"].Split(',').Contains("bind") || call["options"].Split(',').Contains("rbind");
        if (!bind && device.StartsWith('/') && !File.Exists(device)) return new(OcfCode.Installed, $"there is no {device}");
        Directory.CreateDirectory(directory);
        if (!bind && device.StartsWith('/') && Fsck(call, device) is { } damaged) return damaged;
        if (call["fstype"].Length > 0 || bind)
        {
            Mounting.Mount(device, directory, bind ? "none" : call["fstype"], call["options"]);
            return AgentResult.Ok($"{device} mounted on {directory}");
        }
        var refusals = "";
        foreach (var type in File.ReadLines("/proc/filesystems").Where(l => !l.StartsWith("nodev", StringComparison.Ordinal)).Select(l => l.Trim()))
            try
            {
                Mounting.Mount(device, directory, type, call["options"]);
                return AgentResult.Ok($"{device} mounted on {directory} as {type}");
            }
            catch (IOException e)
            {
                refusals = e.Message;       // not of this type; the next one is tried
            }
        return AgentResult.Failed($"{device} is of no type the kernel knows ({refusals}); give fstype");
    }

    public override AgentResult Stop(AgentCall call)
    {
        var directory = call["directory"].TrimEnd('/');
        var pause = call.Flag("fast_stop") ? TimeSpan.FromMilliseconds(200) : TimeSpan.FromSeconds(1);
        foreach (var below in Mounting.Table().Where(m => m.Directory == directory || m.Directory.StartsWith(directory + "/", StringComparison.Ordinal)).Select(m => m.Directory).Reverse().ToList())
            for (var attempt = 0; !Mounting.Unmount(below); attempt++)
            {
                if (call.Cancel.IsCancellationRequested) return AgentResult.Failed($"{below} is still busy");
                if (attempt == 12)
                {
                    if (!call.Flag("lazy_unmount")) return AgentResult.Failed($"{below} is still busy after its users were killed");
                    Mounting.Unmount(below, Mounting.Lazy);
                    call.Log(LogPriority.Warn, $"{below} was only detached: it may still be in use");
                    break;
                }
                if (call["force_unmount"] is not ("no" or "false" or "0")) EndUsers(call, below, attempt < 6 ? 15 : 9);
                call.Wait(pause);
            }
        return AgentResult.Ok();
    }

    public override AgentResult Monitor(AgentCall call) =>
        MountedFrom(call["directory"].TrimEnd('/')) is { } mounted && SameDevice(mounted, Device(call["device"])) ? AgentResult.Ok() : AgentResult.NotRunning();

    private static string? MountedFrom(string directory) => Mounting.Table().Where(m => m.Directory == directory).Select(m => m.Device).LastOrDefault();

    private static bool SameDevice(string mounted, string device) => mounted == device || Real(mounted) == Real(device) || !mounted.StartsWith("/dev/", StringComparison.Ordinal) && device.StartsWith('/');

    private static string Real(string path) => File.Exists(path) ? new FileInfo(path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? path : path;

    /// <summary><c>-U X</c>, <c>UUID=X</c>, <c>-L X</c>, <c>LABEL=X</c> by udev's names.</summary>
    private static string Device(string text)
    {
        foreach (var (prefix, directory) in new[] { ("-U", "by-uuid"), ("UUID=", "by-uuid"), ("-L", "by-label"), ("LABEL=", "by-label") })
            if (text.StartsWith(prefix, StringComparison.Ordinal)) return $"/dev/disk/{directory}/{text[prefix.Length..].Trim()}";
        return text;
    }

    private static AgentResult? Fsck(AgentCall call, string device)
    {
        var type = call["fstype"];
        if (call["run_fsck"] == "no" || call["run_fsck"] == "auto" && !WithoutJournal.Contains(type)) return null;
        var start = new ProcessStartInfo("/sbin/fsck", type.Length > 0 ? ["-t", type, "-a", device] : ["-a", device]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var fsck = Process.Start(start);
        if (fsck is null) return null;
        fsck.OutputDataReceived += (_, line) => { if (!string.IsNullOrEmpty(line.Data)) call.Log(LogPriority.Info, "fsck: " + line.Data); };
        fsck.ErrorDataReceived += (_, line) => { if (!string.IsNullOrEmpty(line.Data)) call.Log(LogPriority.Warn, "fsck: " + line.Data); };
        fsck.BeginOutputReadLine();
        fsck.BeginErrorReadLine();
        while (!fsck.WaitForExit(200))
            if (call.Cancel.IsCancellationRequested)
            {
                fsck.Kill(entireProcessTree: true);
                return AgentResult.Failed("fsck took too long");
            }
        return fsck.ExitCode <= 1 ? null : AgentResult.Failed($"fsck of {device} ended with {fsck.ExitCode}: repair it by hand");
    }

    /// <summary>Signals every process with its root, working directory, an open file or a mapping below the mount point.</summary>
    private static void EndUsers(AgentCall call, string directory, int signal)
    {
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) || pid == Environment.ProcessId || !Uses(process, directory)) continue;
            call.Log(LogPriority.Info, $"sending signal {(signal == 9 ? "KILL" : "TERM")} to {pid}, which uses {directory}");
            try
            {
                ChildProcess.SignalTo(pid, signal);
            }
            catch (IOException)
            {
                // it ended between the look and the signal
            }
        }
    }

    private static bool Uses(string process, string directory)
    {
        try
        {
            if (Inside(new FileInfo(process + "/root").LinkTarget, directory) || Inside(new FileInfo(process + "/cwd").LinkTarget, directory) || Inside(new FileInfo(process + "/exe").LinkTarget, directory)) return true;
            if (Directory.EnumerateFileSystemEntries(process + "/fd").Any(f => Inside(new FileInfo(f).LinkTarget, directory))) return true;
            return File.ReadLines(process + "/maps").Any(l => l.IndexOf('/', StringComparison.Ordinal) is >= 0 and var at && Inside(l[at..], directory));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;       // it ended while we looked
        }
    }

    private static bool Inside(string? path, string directory) => path is not null && (path == directory || path.StartsWith(directory + "/", StringComparison.Ordinal));
}
