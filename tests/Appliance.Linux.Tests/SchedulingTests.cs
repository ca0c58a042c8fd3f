using System.Diagnostics;
using System.Globalization;

namespace Appliance.Linux.Tests;

public class A_thread_of_the_daemon
{
    /// <summary>proc_pid_stat(5): the nice value is the 19th, and the name, which may hold anything, the second.</summary>
    private static int NiceOf(string process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16], CultureInfo.InvariantCulture);
    }

    private static string Parent()
    {
        var stat = File.ReadAllText("/proc/self/stat");
        return stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1];
    }

    private static T OnThread<T>(Func<T> work)
    {
        var value = default(T);
        var thread = new Thread(() => value = work());
        thread.Start();
        thread.Join();
        return value!;
    }

    [Test]
    public void Has_the_nice_value_of_the_process_that_started_it()
    {
        if (!Environment.IsPrivilegedProcess) Assert.Ignore("only root may take a nice value down again");
        if (!File.Exists("/usr/bin/renice")) Assert.Ignore("renice is missing (Debian package bsdutils)");
        var (other, after) = OnThread(() =>
        {
            var thread = Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget!);
            var different = NiceOf(Parent()) == 7 ? "8" : "7";
            using (var renice = Process.Start(new ProcessStartInfo("/usr/bin/renice", ["-n", different, "-p", thread]) { RedirectStandardOutput = true })!) renice.WaitForExit();
            var before = NiceOf("thread-self");
            RealTime.NiceAsParent();
            return (before, NiceOf("thread-self"));
        });
        Assert.That(after, Is.EqualTo(NiceOf(Parent())).And.Not.EqualTo(other));
    }

    [Test]
    public void That_computes_little_asks_to_run_soon_and_what_it_starts_does_not()
    {
        if (!File.Exists("/proc/thread-self/sched") || !Slice("thread-self").HasValue) Assert.Ignore("this kernel does not tell slices");
        if (Environment.OSVersion.Version < new Version(6, 12)) Assert.Ignore("slices can be asked for since Linux 6.12");
        var (before, after, child) = OnThread(() =>
        {
            var usual = Slice("thread-self");
            RealTime.WakeSoon();
            var short_ = Slice("thread-self");
            using var started = Process.Start("sleep", "60");
            try
            {
                return (usual, short_, Slice($"{started.Id}"));
            }
            finally
            {
                started.Kill();
                started.WaitForExit();
            }
        });
        Assert.That(after, Is.EqualTo(100_000));
        Assert.That(before, Is.GreaterThan(after));
        Assert.That(child, Is.EqualTo(before));
    }

    private static long? Slice(string process)
    {
        foreach (var line in File.ReadLines($"/proc/{process}/sched"))
            if (line.StartsWith("se.slice", StringComparison.Ordinal)) return long.Parse(line.Split(':')[1].Trim(), CultureInfo.InvariantCulture);
        return null;
    }
}
