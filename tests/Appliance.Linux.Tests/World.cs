using System.Diagnostics;
using Appliance.Core;

namespace Appliance.Linux.Tests;

/// <summary>What tests against the real kernel share: root, waiting on a condition, commands.</summary>
internal static class World
{
    /// <summary>Skips without root, with the reason; in CI that is a failure, so that no test is silently lost there.</summary>
    public static void NeedsRoot()
    {
        if (Environment.UserName == "root") return;
        const string reason = "needs root: makes network namespaces or raw sockets";
        if (Environment.GetEnvironmentVariable("CI") == "true") Assert.Fail(reason);
        Assert.Ignore(reason);
    }

    /// <summary>Waits for a condition, with a deadline.</summary>
    public static void Until(Func<bool> condition, string what, double seconds = 5)
    {
        var end = Clock.Now() + TimeSpan.FromSeconds(seconds);
        while (!condition())
        {
            if (Clock.Now() > end) Assert.Fail("not within the deadline: " + what);
            Thread.Sleep(2);
        }
    }

    public static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var output = process.StandardOutput.ReadToEnd();
        var errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.That(process.ExitCode, Is.Zero, $"{program} {string.Join(' ', arguments)}: {errors}");
        return output;
    }

    /// <summary>Waits until a descriptor is readable.</summary>
    public static void AwaitReadable(Descriptor descriptor, double seconds = 5)
    {
        var poller = new Poller(1);
        poller.Watch(0, descriptor.Number);
        Until(() => poller.Wait(Clock.Now() + TimeSpan.FromMilliseconds(50), Clock.Now()) > 0, "readable", seconds);
    }

    /// <summary>Bytes allocated by this thread while <paramref name="work"/> runs many times, after a warm-up.</summary>
    public static long Allocated(Action work, int times = 1000)
    {
        for (var i = 0; i < 200; i++) work();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < times; i++) work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
