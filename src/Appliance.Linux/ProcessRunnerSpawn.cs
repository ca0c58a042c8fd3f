using System.Runtime.InteropServices;
using System.Text;
using Appliance.Core;
using Microsoft.Win32.SafeHandles;

#pragma warning disable CA2000     // descriptors made here are owned by what is returned

namespace Appliance.Linux;

/// <summary>posix_spawn(3) as our children need it.</summary>
/// <remarks>
/// A managed process cannot fork. posix_spawn knows no user switch; but credentials belong to threads in Linux (only the C library makes them the
/// process's), so a child of another user is spawned from a thread that has become that user by raw system calls and ends right after.
/// </remarks>
internal static unsafe partial class ProcessRunnerSpawn
{
    private const short SETPGROUP = 0x02, SETSIGDEF = 0x04, SETSIGMASK = 0x08, SETSCHEDPARAM = 0x10, SETSCHEDULER = 0x20;
    private const int SCHED_OTHER = 0, PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4, O_RDONLY = 0, O_WRONLY = 1;
    private const int ObjectSize = 1024;    // more than glibc's posix_spawnattr_t (336), posix_spawn_file_actions_t (80), sigset_t (128) and musl's
    private const nint NR_pidfd_open = 434; // the same on every architecture

    /// <summary>Whether the daemon is spared by the OOM killer; its children must not be.</summary>
    private static readonly Lazy<bool> Spared = new(() => TryRead("/proc/self/oom_score_adj") is { } text && text.StartsWith('-'));

    public static RunningProcess Start(ProcessSpec spec)
    {
        ProcessPipe? output = null, error = null;
        try
        {
            if (spec.CaptureOutput) (output, error) = (ProcessPipe.Create(), ProcessPipe.Create());
            var pid = spec.User is { } user ? SpawnAs(user, spec, output, error) : Spawn(spec, output, error);
            var pidfd = (int)SysCall(NR_pidfd_open, pid, 0, 0, 0);
            if (pidfd < 0) throw new IOException($"pidfd_open {spec.Path}: {Marshal.GetLastPInvokeErrorMessage()}");
            if (Spared.Value) TryWrite($"/proc/{pid}/oom_score_adj", "0");
            return new RunningProcess(pid, new SafeFileHandle(pidfd, ownsHandle: true), output, error);
        }
        catch
        {
            output?.Dispose();
            error?.Dispose();
            throw;
        }
    }

    private static int SpawnAs(ProcessUser user, ProcessSpec spec, ProcessPipe? output, ProcessPipe? error)
    {
        var pid = 0;
        Exception? failure = null;
        var dumpable = Prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
        var thread = new Thread(() =>
        {
            try
            {
                Become(user);
                pid = Spawn(spec, output, error);
            }
            catch (IOException e)
            {
                failure = e;
            }
        }, ThreadStack.Of(256 * 1024)) { Name = "user switch" };
        thread.Start();
        thread.Join();
        _ = Prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);      // changing credentials cleared it for the whole process
        return failure is null ? pid : throw failure;
    }

    private static void Become(ProcessUser user)
    {
        var (setgroups, setresgid, setresuid) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => ((nint)116, (nint)119, (nint)117),              // arch/x86/entry/syscalls/syscall_64.tbl
            _ => ((nint)159, (nint)149, (nint)147),                             // include/uapi/asm-generic/unistd.h
        };
        var groups = stackalloc uint[Math.Max(1, user.Groups.Count)];
        for (var i = 0; i < user.Groups.Count; i++) groups[i] = user.Groups[i];
        Require(SysCall(setgroups, user.Groups.Count, (nint)groups, 0, 0), "setgroups");
        Require(SysCall(setresgid, (nint)user.Gid, (nint)user.Gid, (nint)user.Gid, 0), "setresgid");
        Require(SysCall(setresuid, (nint)user.Uid, (nint)user.Uid, (nint)user.Uid, 0), "setresuid");

        static void Require(nint result, string call)
        {
            if (result < 0) throw new IOException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    private static int Spawn(ProcessSpec spec, ProcessPipe? output, ProcessPipe? error)
    {
        byte* actions = stackalloc byte[ObjectSize], attributes = stackalloc byte[ObjectSize], signals = stackalloc byte[ObjectSize];
        using var arguments = new NativeStrings([spec.Path, .. spec.Arguments]);
        var variables = new List<string>(spec.Environment.Count);
        foreach (var (name, value) in spec.Environment) variables.Add(name + "=" + value);
        using var environment = new NativeStrings([.. variables]);
        _ = ActionsInit(actions);
        _ = AttributesInit(attributes);
        try
        {
            Check(ActionsOpen(actions, 0, spec.StandardInput, O_RDONLY, 0), "posix_spawn_file_actions_addopen");
            Give(actions, 1, output);
            Give(actions, 2, error);
            Check(ActionsCloseFrom(actions, 3), "posix_spawn_file_actions_addclosefrom_np");
            Check(ActionsChdir(actions, spec.WorkingDirectory), "posix_spawn_file_actions_addchdir_np");
            _ = SigEmptySet(signals);
            Check(AttributesSetMask(attributes, signals), "posix_spawnattr_setsigmask");
            _ = SigFillSet(signals);
            Check(AttributesSetDefault(attributes, signals), "posix_spawnattr_setsigdefault");
            var priority = 0;
            Check(AttributesSetPolicy(attributes, SCHED_OTHER), "posix_spawnattr_setschedpolicy");
            Check(AttributesSetParam(attributes, &priority), "posix_spawnattr_setschedparam");
            Check(AttributesSetFlags(attributes, SETPGROUP | SETSIGDEF | SETSIGMASK | SETSCHEDPARAM | SETSCHEDULER), "posix_spawnattr_setflags");
            int pid;
            Check(PosixSpawn(&pid, spec.Path, actions, attributes, arguments.Pointers, environment.Pointers), $"posix_spawn {spec.Path}");
            return pid;
        }
        finally
        {
            _ = ActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
        }
    }

    private static void Give(byte* actions, int number, ProcessPipe? pipe) => Check(
        pipe is null ? ActionsOpen(actions, number, "/dev/null", O_WRONLY, 0) : ActionsDup2(actions, pipe.ChildEnd, number), "posix_spawn_file_actions");

    private static void Check(int error, string call)
    {
        if (error != 0) throw new IOException($"{call}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static string? TryRead(string path)
    {
        try { return File.ReadAllText(path); }
        catch (IOException) { return null; }                    // no /proc: then there is no score either
        catch (UnauthorizedAccessException) { return null; }
    }

    private static void TryWrite(string path, string text)
    {
        try { File.WriteAllText(path, text); }
        catch (IOException) { }                                 // it has ended already, or we may not: it only keeps our own score
        catch (UnauthorizedAccessException) { }
    }

    /// <summary>A NULL-terminated array of C strings.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(string[] all)
        {
            _count = all.Length;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                var size = Encoding.UTF8.GetByteCount(all[i]);
                Pointers[i] = (byte*)NativeMemory.AllocZeroed((nuint)size + 1);
                Encoding.UTF8.GetBytes(all[i], new Span<byte>(Pointers[i], size));
            }
        }

        public byte** Pointers { get; }

        public void Dispose()
        {
            for (var i = 0; i < _count; i++) NativeMemory.Free(Pointers[i]);
            NativeMemory.Free(Pointers);
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PosixSpawn(int* pid, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ActionsOpen(byte* actions, int fd, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsDup2(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    private static partial int ActionsCloseFrom(byte* actions, int from);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int ActionsChdir(byte* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int AttributesInit(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int AttributesDestroy(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int AttributesSetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int AttributesSetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int AttributesSetDefault(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setschedpolicy")]
    private static partial int AttributesSetPolicy(byte* attributes, int policy);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setschedparam")]
    private static partial int AttributesSetParam(byte* attributes, int* param);

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int SigEmptySet(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int SigFillSet(byte* signals);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nint a, nint b, nint c, nint d);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SysCall(nint number, nint a, nint b, nint c, nint d);
}
