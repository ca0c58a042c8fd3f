using System.Collections.Immutable;
using System.Diagnostics;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>A file system on shared storage or a server: checked where its type needs it, mounted, and unmounted whoever still uses it.</summary>
/// <remarks>
/// <para>Parameters and rules are those of resource-agents 4.12 (Filesystem). FSCK rule: with <c>run_fsck=auto</c>, <c>fsck -a</c> runs before the
/// mount, except for types that replay a journal or check themselves (ext3, ext4, xfs, jfs, reiserfs, btrfs, f2fs ...), have no check (vfat) or no disk (nfs,
/// cifs, tmpfs ...); a result of 4 and above (errors left) fails the start.</para>
/// <para>Stop: everything mounted below goes first. While the mount is busy its users get SIGTERM for half of the time and SIGKILL for the other
/// (6 s together, or with <c>fast_stop=no</c> the action's time-out). It is never detached lazily unless <c>lazy_unmount</c> says so: a file system
/// that is only hidden is still written to while the other node mounts it.</para>
/// <para>Departures: what is mounted at the place but from another block device fails the start, where resource-agents calls it running.
/// Deeper checks (OCF_CHECK_LEVEL) are not done.</para>
/// </remarks>
public sealed class Filesystem : BuiltInAgent
{
    private static readonly TimeSpan FastStop = TimeSpan.FromSeconds(6), DeviceAppears = TimeSpan.FromSeconds(5), Pause = TimeSpan.FromMilliseconds(50);
    private const int SIGTERM = 15, SIGKILL = 9, FsckErrorsLeft = 4;

    public override AgentDescription Description { get; } = new(
        "Filesystem", "Manages file system mounts",
        "Mounts a file system on shared storage or from a server, and unmounts it, ending the processes that use it.",
        "DEVICE::DIRECTORY[::TYPE[::OPTIONS]]",
        [
            new("device", Text, "Block device", "A device, UUID=... or LABEL=... (also -U and -L), SERVER:/PATH for NFS, //SERVER/SHARE for CIFS, a directory for a bind mount.") { Required = true },
            new("directory", Text, "Mount point", "Made when it is missing.") { Required = true, Unique = true },
            new("fstype", Text, "File system type", "Without it, found out by looking at the device, then by trying those in /proc/filesystems."),
            new("options", Text, "Options", "As mount -o takes them."),
            new("run_fsck", Text, "When to check the file system", "auto: for types without a journal; force: always; no: never.") { Default = "auto", Allowed = ["auto", "force", "no"] },
            new("fast_stop", YesNo, "Stop within 6 seconds", "If not, stop goes on until its time-out is near.") { Default = "yes" },
            new("force_unmount", Text, "End processes that use it", "true (or safe): end them; false: a mount in use makes stop fail.") { Default = "true", Allowed = ["true", "yes", "1", "safe", "false", "no", "0"] },
            new("lazy_unmount", YesNo, "Hide it when nothing else helps", "Dangerous on shared storage: it may still be written to.") { Default = "no" },
        ],
        AgentDescription.StandardActions(60, 60, 40));

    public override bool MayBlock => true;

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments)
    {
        if (arguments.Length is < 2 or > 4) throw WrongArguments();
        string[] names = ["device", "directory", "fstype", "options"];
        return arguments.Zip(names).ToDictionary(a => a.Second, a => a.First, StringComparer.Ordinal);
    }

    public override bool MonitorNeedsAll => true;

    public override AgentResult Start(AgentCall call)
    {
        var place = Place(call);
        var source = FilesystemSource.Of(call.Parameters["device"], call.Parameters["fstype"], call.Parameters["options"]);
        var mounted = MountTable.Read();
        if (mounted.FindLast(m => m.Target == place) is { } present)
            return source.IsBlockDevice && FilesystemSource.DeviceNumber(source.Path) is { } number && number != present.Device && present.Device[..2] != "0:"
                ? new(OcfCode.Generic, $"{present.Source} and not {source.Path} is mounted at {place}")
                : AgentResult.Success;
        if (mounted.Exists(m => Below(m.Target, place))) return new(OcfCode.Configured, $"something is mounted below {place} already");

        if (source.IsBlockDevice && !Appears(source.Path, call)) return new(OcfCode.Installed, $"there is no device {source.Path}");
        if (source.IsBlockDevice && Check(source, call) is { } broken) return broken;
        Directory.CreateDirectory(place);
        return FilesystemMounting.Mount(source, place, call);
    }

    public override AgentResult Stop(AgentCall call)
    {
        var place = Place(call);
        var mounted = MountTable.Read();
        if (mounted.FindLast(m => m.Target == place) is not { } top) return AgentResult.Success;

        var bind = MountOptions.Parse(call.Parameters["options"]) is var options && (options.Flags & MountOptions.Bind) != 0;
        // What lies below, the same device mounted elsewhere (but not for a bind mount, whose original is somebody else's), then the place itself; innermost first.
        var targets = mounted.Where(m => Below(m.Target, place) || (!bind && m.Device == top.Device && !m.Device.StartsWith("0:", StringComparison.Ordinal) && m.Target != place))
            .Select(m => m.Target).OrderByDescending(t => t, StringComparer.Ordinal).Distinct().Append(place);
        var time = call.Parameters.Boolean("fast_stop") ? FastStop : call.Timeout * 0.9;
        foreach (var target in targets)
            if (Unmount(target, top.Type, time, call) is { } failure) return failure;
        if (top.Source.StartsWith("/dev/", StringComparison.Ordinal)) Mount.FlushDevice(top.Source);
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call)
    {
        var place = Place(call);
        return MountTable.Read().Exists(m => m.Target == place) ? AgentResult.Success : AgentResult.NotRunning;
    }

    public override AgentResult Validate(AgentCall call)
    {
        _ = Place(call);
        var source = FilesystemSource.Of(call.Parameters["device"], call.Parameters["fstype"], call.Parameters["options"]);
        return source.IsBlockDevice && FilesystemSource.DeviceNumber(source.Path) is null ? new(OcfCode.Installed, $"there is no device {source.Path}") : AgentResult.Success;
    }

    /// <summary>The mount point as the kernel's table names it: no slash at its end, links followed.</summary>
    private static string Place(AgentCall call)
    {
        var directory = call.Parameters["directory"];
        if (!directory.StartsWith('/')) throw new AgentException(OcfCode.Configured, $"directory={directory}: must begin with /");
        var place = "/";
        foreach (var part in directory.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (part is "." or "..") throw new AgentException(OcfCode.Configured, $"directory={directory}: must not contain {part}");
            var next = (place == "/" ? "" : place) + "/" + part;
            place = new FileInfo(next).LinkTarget is null ? next : new DirectoryInfo(next).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? next;
        }
        return place != "/" ? place : throw new AgentException(OcfCode.Configured, "the root file system cannot be a resource");
    }

    private static bool Below(string target, string place) => target.StartsWith(place + "/", StringComparison.Ordinal);

    /// <summary>Waits for udev: a disk that has just become visible gets its names a moment later.</summary>
    private static bool Appears(string device, AgentCall call)
    {
        var started = Stopwatch.GetTimestamp();
        while (FilesystemSource.DeviceNumber(device) is null)
        {
            if (Stopwatch.GetElapsedTime(started) > DeviceAppears) return false;
            if (call.Cancel.WaitHandle.WaitOne(Pause)) throw new OperationCanceledException(call.Cancel);
        }
        return true;
    }

    private static AgentResult? Check(FilesystemSource source, AgentCall call)
    {
        var rule = call.Parameters["run_fsck"];
        var type = source.Type.Length > 0 ? source.Type : FilesystemSource.Recognize(source.Path) ?? "";
        if (rule == "no" || (rule == "auto" && FilesystemSource.NeedsNoCheck(type))) return null;
        string[] arguments = type.Length > 0 ? ["-t", type, "-a", source.Path] : ["-a", source.Path];
        call.Log(LogPriority.Info, $"checking {source.Path}: fsck {string.Join(' ', arguments)}");
        if (FilesystemMounting.Run("fsck", arguments, call) is not { } code) return new(OcfCode.Installed, "fsck is not installed");
        return code is >= 0 and < FsckErrorsLeft ? null : new(OcfCode.Generic, $"fsck of {source.Path} ended with {code}: errors are left");
    }

    private static AgentResult? Unmount(string target, string type, TimeSpan time, AgentCall call)
    {
        var force = type is "nfs" or "nfs4" or "efs" or "cifs" or "smbfs" or "smb3";
        var kill = call.Parameters["force_unmount"] is not ("false" or "no" or "0");
        var started = Stopwatch.GetTimestamp();
        var told = new HashSet<(int, int)>();
        while (true)
        {
            var errno = Mount.Detach(target, force, lazy: false);
            if (errno == 0)
            {
                if (MountTable.Read().Exists(m => m.Target == target)) continue;      // mounted there more than once
                call.Log(LogPriority.Info, $"unmounted {target}");
                return null;
            }
            if (!MountTable.Read().Exists(m => m.Target == target)) return null;
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (errno != Mount.Busy || elapsed >= time || !kill) return GiveUp(target, errno, call);

            var signal = elapsed < time / 2 ? SIGTERM : SIGKILL;
            foreach (var user in MountUsers.Find(target))
            {
                if (!told.Add((user.Pid, signal))) continue;
                call.Log(LogPriority.Info, $"{target} is in use by {user.Command} [{user.Pid}] ({user.Why}): signal {signal}");
                MountUsers.Signal(user, signal);
            }
            if (call.Cancel.WaitHandle.WaitOne(Pause)) throw new OperationCanceledException(call.Cancel);
        }
    }

    private static AgentResult? GiveUp(string target, int errno, AgentCall call)
    {
        if (call.Parameters.Boolean("lazy_unmount") && Mount.Detach(target, force: false, lazy: true) == 0)
        {
            call.Log(LogPriority.Warn, $"{target} only hidden (lazy_unmount): what uses it may still write");
            return null;
        }
        var users = MountUsers.Find(target);
        var who = users.Count == 0 ? "" : $"; used by {string.Join(", ", users.Take(5).Select(u => $"{u.Command} [{u.Pid}]"))}";
        return new(OcfCode.Generic, $"{target} cannot be unmounted: {Mount.Text(errno)}{who}");
    }
}
