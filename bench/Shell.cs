using System.Diagnostics;

namespace Appliance.Bench;

/// <summary>Runs the programs that set the stage (<c>ip</c>, <c>unshare</c>, <c>nsenter</c>); nothing that is measured goes through here.</summary>
internal static class Shell
{
    /// <summary>Runs a program to its end; fails loudly unless told that failure is expected.</summary>
    public static string Run(string command, bool mayFail = false)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0 && !mayFail)
            throw new InvalidOperationException($"`{command}` ended with {process.ExitCode}: {errors.Result}{output}");
        return output.Trim();
    }

    /// <summary>Starts a program that stays, detached from our terminal.</summary>
    public static Process Start(string command)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command + " </dev/null >/dev/null 2>&1");
        return Process.Start(start)!;
    }

    /// <summary>Asks until the answer is yes.</summary>
    public static bool WaitFor(Func<bool> condition, TimeSpan atMost)
    {
        var since = Stopwatch.StartNew();
        while (since.Elapsed < atMost)
        {
            if (condition()) return true;
            Thread.Sleep(20);
        }
        return condition();
    }
}
