using System.Runtime.InteropServices;
using System.Text;

namespace Appliance.Linux;

/// <summary>What a new process gets of us.</summary>
/// <param name="Path">The program's file.</param>
/// <param name="Arguments">Including <c>argv[0]</c>.</param>
/// <param name="Environment"><c>NAME=value</c> entries; nothing else is handed on.</param>
/// <param name="Descriptors">Ours, and the number each has in the child. All others are closed there.</param>
/// <param name="NewSession">Away from the terminal and from our process group.</param>
public sealed record ChildSpec(
    string Path, IReadOnlyList<string> Arguments, IReadOnlyList<string> Environment, IReadOnlyList<(Descriptor Ours, int Theirs)> Descriptors, bool NewSession = false);

/// <summary>A process we started, held by a descriptor (pidfd), so that its number cannot come to mean another one.</summary>
/// <remarks>posix_spawn(3): a managed process cannot fork. The child has default signals, an empty signal mask and, under SCHED_RESET_ON_FORK, ordinary scheduling.</remarks>
public sealed unsafe partial class ChildProcess : IDisposable
{
    private const int P_PIDFD = 3, WNOHANG = 1, WEXITED = 4, CLD_EXITED = 1;
    private const short POSIX_SPAWN_SETSIGDEF = 4, POSIX_SPAWN_SETSIGMASK = 8, POSIX_SPAWN_SETSID = 0x80;
    private const int ObjectSize = 1024;        // room for glibc's posix_spawnattr_t (336), posix_spawn_file_actions_t (80), sigset_t (128)
    private const nint NR_pidfd_open = 434, NR_pidfd_send_signal = 424;     // the same number on every architecture

    private int? _status;

    private ChildProcess(int id, int pidfd)
    {
        Id = id;
        Descriptor = new Descriptor(pidfd);
    }

    public int Id { get; }

    /// <summary>Readable when the process has ended.</summary>
    public Descriptor Descriptor { get; }

    /// <summary>Starts a program.</summary>
    /// <exception cref="LinuxException">No such file, not executable, no more processes.</exception>
    public static ChildProcess Start(ChildSpec spec)
    {
        byte* actions = stackalloc byte[ObjectSize], attributes = stackalloc byte[ObjectSize], signals = stackalloc byte[ObjectSize];
        using var arguments = new NativeStrings(spec.Arguments);
        using var environment = new NativeStrings(spec.Environment);
        var moved = new List<Descriptor>();
        Check(ActionsInit(actions), "posix_spawn_file_actions_init");
        Check(AttributesInit(attributes), "posix_spawnattr_init");
        try
        {
            foreach (var (ours, theirs) in spec.Descriptors)
            {
                var copy = ours.Duplicate(64);      // out of the way of the numbers wanted in the child
                moved.Add(copy);
                Check(ActionsDup2(actions, copy.Number, theirs), "posix_spawn_file_actions_adddup2");
            }
            // Also what was opened without O_CLOEXEC, by a library or by whoever started us.
            Check(ActionsCloseFrom(actions, Highest(spec) + 1), "posix_spawn_file_actions_addclosefrom_np");
            _ = SigEmptySet(signals);
            Check(AttributesSetMask(attributes, signals), "posix_spawnattr_setsigmask");
            _ = SigFillSet(signals);
            Check(AttributesSetDefault(attributes, signals), "posix_spawnattr_setsigdefault");
            Check(AttributesSetFlags(attributes, (short)(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | (spec.NewSession ? POSIX_SPAWN_SETSID : 0))), "posix_spawnattr_setflags");
            int id;
            var error = PosixSpawn(&id, spec.Path, actions, attributes, arguments.Pointers, environment.Pointers);
            if (error != 0) throw new LinuxException("posix_spawn", spec.Path, error);
            return new ChildProcess(id, LinuxException.Check((int)SysCall(NR_pidfd_open, id, 0, 0, 0), "pidfd_open", spec.Path));
        }
        finally
        {
            foreach (var copy in moved) copy.Dispose();
            _ = ActionsDestroy(actions);
            _ = AttributesDestroy(attributes);
        }
    }

    /// <summary>How it ended: its exit status, or 128 + signal as shells say it; <c>null</c> while it runs. Ask until it is not null: that removes the zombie.</summary>
    public int? Ended()
    {
        if (_status is not null) return _status;
        int* info = stackalloc int[32];             // siginfo_t of 64-bit systems: signo, errno, code, padding, pid, uid, status
        new Span<int>(info, 32).Clear();
        if (WaitId(P_PIDFD, Descriptor.Number, info, WEXITED | WNOHANG) < 0) return _status = 255;   // reaped elsewhere: it has ended, nobody knows how
        if (info[4] == 0) return null;
        return _status = info[2] == CLD_EXITED ? info[6] : 128 + info[6];
    }

    /// <summary>Sends a signal; harmless when it has ended.</summary>
    public void Signal(int number) => _ = SysCall(NR_pidfd_send_signal, Descriptor.Number, number, 0, 0);

    public void Dispose() => Descriptor.Dispose();

    /// <summary>Whether a process of this number exists (also one we may not signal).</summary>
    public static bool Exists(int id) => id > 0 && (Kill(id, 0) == 0 || Marshal.GetLastPInvokeError() == Errno.EPERM);

    /// <summary>Sends a signal to a process that is not our child.</summary>
    /// <exception cref="LinuxException">No such process, or not permitted.</exception>
    public static void SignalTo(int id, int number) => LinuxException.Check(Kill(id, number), "kill", $"{id}");

    /// <summary>Replaces this program by another one in the same process. Returns only by throwing.</summary>
    public static void Replace(string path, IReadOnlyList<string> arguments, IReadOnlyList<string> environment)
    {
        using var a = new NativeStrings(arguments);
        using var e = new NativeStrings(environment);
        LinuxException.Check(Execve(path, a.Pointers, e.Pointers), "execve", path);
    }

    /// <summary>The highest descriptor the child keeps.</summary>
    private static int Highest(ChildSpec spec)
    {
        var highest = 2;
        foreach (var (_, theirs) in spec.Descriptors) highest = Math.Max(highest, theirs);
        return highest;
    }

    private static void Check(int error, string call)
    {
        if (error != 0) throw new LinuxException(call, "", error);
    }

    /// <summary>A NULL-terminated array of C strings.</summary>
    private sealed class NativeStrings : IDisposable
    {
        private readonly int _count;

        public NativeStrings(IReadOnlyList<string> all)
        {
            _count = all.Count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)(_count + 1), (nuint)sizeof(byte*));
            for (var i = 0; i < _count; i++)
            {
                var bytes = Encoding.UTF8.GetBytes(all[i]);
                Pointers[i] = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
                bytes.CopyTo(new Span<byte>(Pointers[i], bytes.Length));
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

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int ActionsDup2(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]       // glibc 2.34
    private static partial int ActionsCloseFrom(byte* actions, int first);

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

    [LibraryImport("libc", EntryPoint = "sigemptyset")]
    private static partial int SigEmptySet(byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int SigFillSet(byte* signals);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, int id, int* info, int options);

    [LibraryImport("libc", EntryPoint = "execve", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execve(string path, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int id, int number);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SysCall(nint number, nint a, nint b, nint c, nint d);
}
