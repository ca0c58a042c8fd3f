using System.Diagnostics;

namespace Appliance.Lab.Harness;

/// <summary>Runs the system's programs that make and change the lab.</summary>
public static class Shell
{
    /// <summary>Runs a command line and returns what it wrote; a failure throws with both outputs.</summary>
    public static string Run(string command, string? input = null)
    {
        var (status, output) = Try(command, input);
        return status == 0 ? output : throw new InvalidOperationException($"`{command}` ended with {status}: {output}");
    }

    /// <summary>Runs a command line; its exit status and its output, with errors, trimmed at the end. At most 60 seconds.</summary>
    public static (int Status, string Output) Try(string command, string? input = null)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec 2>&1; " + command);
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input ?? "");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(60_000) || !output.Wait(5_000))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"`{command}` did not end within 60 s");
        }
        return (process.ExitCode, output.Result.TrimEnd());
    }

    /// <summary>The checkout that this project is part of.</summary>
    public static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Appliance.sln"))) directory = directory.Parent;
        return directory?.FullName ?? throw new InvalidOperationException("this is not in a checkout");
    }

    /// <summary>Starts a program that stays; its standard output can be read.</summary>
    public static Process Start(string command)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("exec " + command);
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        return process;
    }
}

/// <summary>Waiting on a condition with a deadline: the only way in which the lab waits.</summary>
public static class Until
{
    /// <summary>Asks until the answer is yes; fails the test, in the words given, when it has not become yes in time.</summary>
    public static TimeSpan True(string what, Func<bool> condition, double seconds, int everyMs = 40, Func<string>? instead = null)
    {
        var since = Stopwatch.StartNew();
        while (!condition())
        {
            if (since.Elapsed.TotalSeconds > seconds) Assert.Fail($"not within {seconds} s: {what}{(instead is null ? "" : "; instead: " + instead())}");
            Thread.Sleep(everyMs);
        }
        return since.Elapsed;
    }

    /// <summary>Asks for a time whether something stays true; fails the test at the first no.</summary>
    public static void Stays(string what, Func<bool> condition, double seconds, int everyMs = 40)
    {
        var since = Stopwatch.StartNew();
        while (since.Elapsed.TotalSeconds < seconds)
        {
            if (!condition()) Assert.Fail($"did not last: {what} (broken after {since.Elapsed.TotalSeconds:0.00} s)");
            Thread.Sleep(everyMs);
        }
    }
}
