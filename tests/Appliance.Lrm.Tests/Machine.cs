using System.Diagnostics;
using System.Runtime.InteropServices;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Lrm.Tests;

/// <summary>What the tests need of the machine; a test that lacks it is skipped with the reason, or fails where CI=true says that everything must run.</summary>
internal static partial class Machine
{
    private const int CLONE_NEWNS = 0x20000, CLONE_FS = 0x200;
    private const nuint MS_REC = 0x4000, MS_PRIVATE = 1 << 18;

    public static void NeedsRoot()
    {
        if (Environment.UserName != "root") Missing("needs root (network and mount namespaces)");
    }

    public static void NeedsFile(string path)
    {
        if (!Path.Exists(path)) Missing($"needs {path}");
    }

    public static void Missing(string reason)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
        Assert.Ignore(reason);
    }

    /// <summary>Runs a command line and returns what it printed; fails the test when it fails.</summary>
    public static string Shell(string command)
    {
        var (code, text) = TryShell(command);
        Assert.That(code, Is.Zero, $"{command}\n{text}");
        return text;
    }

    public static (int Code, string Text) TryShell(string command)
    {
        var text = new System.Text.StringBuilder();
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C" };
        var end = ProcessRunner.Run(new("/bin/sh", ["-c", command], environment), new(TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1)),
            (_, bytes) => text.Append(System.Text.Encoding.UTF8.GetString(bytes)), CancellationToken.None);
        return (end.Kind == ProcessEndKind.Exited ? end.Code : -1, text.ToString());
    }

    /// <summary>Waits for a condition, at most five seconds.</summary>
    public static bool Eventually(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > TimeSpan.FromSeconds(5)) return false;
            Thread.Sleep(10);
        }
        return true;
    }

    /// <summary>Does something on a thread with a mount namespace of its own; nothing mounted there is seen outside, and all of it goes with the thread.</summary>
    public static void InMountNamespace(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                if (Unshare(CLONE_FS | CLONE_NEWNS) != 0 || MountRaw("none", "/", null, MS_REC | MS_PRIVATE, null) != 0)
                    throw new IOException(Marshal.GetLastPInvokeErrorMessage());
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    [LibraryImport("libc", EntryPoint = "unshare", SetLastError = true)]
    private static partial int Unshare(int flags);

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountRaw(string source, string target, string? type, nuint flags, string? data);
}

/// <summary>A directory that goes with the test.</summary>
internal sealed class Scratch : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("lrm-test-").FullName;

    public string Script(string name, string body)
    {
        var path = System.IO.Path.Combine(Path, name);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, body.StartsWith("#!", StringComparison.Ordinal) ? body : "#!/bin/sh\n" + body + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>Keeps log lines.</summary>
internal sealed class Log
{
    private readonly List<string> _lines = [];

    public void Write(LogPriority priority, string source, string text)
    {
        lock (_lines) _lines.Add($"{priority} {source}: {text}");
    }

    public string[] Lines
    {
        get { lock (_lines) return [.. _lines]; }
    }
}
