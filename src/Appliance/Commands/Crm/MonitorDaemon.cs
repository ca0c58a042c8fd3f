using Appliance.Linux;

namespace Appliance.Commands.Crm;

/// <summary>crm_mon in the background (<c>--daemonize</c>): the same line in a process of its own, away from the terminal.</summary>
/// <remarks>A managed process cannot fork: it starts itself anew, and knows by a variable that it is the one that stays.</remarks>
internal static class MonitorDaemon
{
    private const string Marker = "APPLIANCE_CRM_MON_STAYS";

    public static bool IsOne => Environment.GetEnvironmentVariable(Marker) is not null;

    public static int Begin(string[] args, string pidFile, CrmWorld world)
    {
        if (Runs(pidFile) is { } other) return world.Fail(102, $"crm_mon: already running [pid {other} in {pidFile}]");
        var environment = new List<string> { Marker + "=1" };
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables()) environment.Add($"{variable.Key}={variable.Value}");
        try
        {
            using var nothing = Descriptor.OpenForReading("/dev/null");
            using var nowhere = Descriptor.OpenForWriting("/dev/null");
            using var child = ChildProcess.Start(new(Environment.ProcessPath!, ["appliance", "crm_mon", .. args], environment, [(nothing, 0), (nowhere, 1), (nowhere, 2)], NewSession: true));
            // As the original writes it.
            File.WriteAllText(pidFile, $"{child.Id,10}\n");
            return 0;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or LinuxException)
        {
            return world.Fail(71, $"crm_mon: cannot run in the background: {problem.Message}");
        }
    }

    /// <summary>The process that the file names, if there is one and it is not we.</summary>
    private static int? Runs(string pidFile)
    {
        try
        {
            return int.TryParse(File.ReadAllText(pidFile), out var pid) && pid > 0 && pid != Environment.ProcessId && Directory.Exists($"/proc/{pid}") && IsUs(pid) ? pid : null;
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsUs(int pid) => File.ReadAllText($"/proc/{pid}/cmdline").Contains("crm_mon", StringComparison.Ordinal);
}
