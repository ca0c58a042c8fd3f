using System.Collections.Immutable;
using System.Text;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Crm;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Lrm;
using Appliance.Lrm.Classes;

namespace Appliance.Control;

/// <summary><c>appliance control --release</c>: control could not be brought back, so whatever runs here is stopped, by a process that needs nothing but the files.</summary>
/// <remarks>Exit status 0 is a proof: every resource of every group said after its stop, or before, that it does not run. Pulse announces <c>shutdone</c> only then.</remarks>
internal static class EmergencyRelease
{
    /// <summary>3.0.6's HA_STOPRETRYMAX and its pause.</summary>
    private const int Tries = 10;
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    /// <param name="why">For the log, in which nobody else may be left to say it; empty: somebody called it by hand.</param>
    public static int Run(ControlComposition composition, string why)
    {
        string haCf;
        string? haresources;
        try
        {
            haCf = HaCfText();
            haresources = File.Exists(Paths.Haresources) ? File.ReadAllText(Paths.Haresources) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"emergency release: {e.Message}");
            return 1;
        }
        var (cf, problems) = composition.ParseHaCf(haCf);
        if (cf is null)
        {
            foreach (var problem in problems) Console.Error.WriteLine(problem);
            return 1;
        }
        cf = ControlStart.FromEnvironment(Environment.GetEnvironmentVariable).With(cf);
        using var log = ControlProcess.OpenLog(cf, cf.Debug);
        if (why.Length > 0) log.Crit(why);
        // In the middle of a move to the CRM the v1 resource manager started what runs, and there may be no CIB yet.
        if (cf.Crm && !(File.Exists(Paths.Move) && new CibFiles(Paths.Cib).Load().Document is null)) return Crm(cf, log) ? 0 : 1;
        if (haresources is null)
        {
            log.Crit($"emergency release: there is no {Paths.Haresources}, so it is not known what to stop");
            return 1;
        }
        var read = composition.ParseGroups(cf, haresources);
        if (read.Groups is not { } groups)
        {
            foreach (var problem in read.Diagnostics) log.Error(problem.ToString());
            log.Crit("emergency release: haresources has errors, so it is not known what to stop");
            return 1;
        }
        var executor = composition.Executor(log);
        var stopped = StopAll(groups, executor, ScriptEnvironment.Base(cf), BetweenTries, log);
        (executor as IDisposable)?.Dispose();
        return stopped ? 0 : 1;
    }

    /// <summary>With a CRM it is the CIB that says what may run here; where there is none, nothing was started.</summary>
    private static bool Crm(HaCf cf, ApplianceLog log)
    {
        if (!Directory.Exists(Paths.Cib) || new CibFiles(Paths.Cib).Load().Document is not { } document) return true;
        var paths = new LrmPaths();
        new AgentMarks(paths.RunningDirectory, log.FromAgent).EndEarlier(ActionTimeouts.Grace);
        using var systemd = new SystemdClass(new(), log.FromAgent, static _ => { });
        using var classes = new ResourceClasses(paths, log.FromAgent, systemd);
        return new CrmRelease(classes, cf.LocalNode, ScriptEnvironment.Base(cf), BetweenTries, log).StopAll(document, DateTimeOffset.Now);
    }

    /// <summary>Stops all groups, each right to left, the groups beside each other.</summary>
    /// <returns>Whether everything is known to be stopped.</returns>
    public static bool StopAll(
        ImmutableArray<ResourceGroup> groups, IResourceExecutor executor, ImmutableSortedDictionary<string, string> environment, TimeSpan pause, ApplianceLog log)
    {
        log.Crit("Emergency release: giving up all HA resources.");
        var stopped = new bool[groups.Length];
        var threads = groups.Select((group, i) => new Thread(() => stopped[i] = Stop(group, executor, environment, pause, log)) { Name = group.Key }).ToList();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();
        var all = stopped.All(s => s);
        log.Write(all ? LogPriority.Info : LogPriority.Emerg, all ? "All HA resources relinquished." : "Emergency release failed: resources may still run here.");
        return all;
    }

    private static bool Stop(
        ResourceGroup group, IResourceExecutor executor, ImmutableSortedDictionary<string, string> environment, TimeSpan pause, ApplianceLog log)
    {
        for (var i = group.Resources.Length - 1; i >= 0; i--)
        {
            var resource = group.Resources[i];
            if (Execute(ResourceAction.Status).Outcome == OperationOutcome.NotRunning) continue;
            log.Write(LogPriority.Info, $"Releasing resource {resource}", group.Key);
            for (var attempt = 1; ; attempt++)
            {
                var result = Execute(ResourceAction.Stop);
                if (result.Outcome == OperationOutcome.Ok || Execute(ResourceAction.Status).Outcome == OperationOutcome.NotRunning) break;
                log.Write(LogPriority.Error, $"stop of {resource} failed ({result.Outcome}): {result.Reason}", group.Key);
                if (attempt == Tries) return false;      // the rest of the group depends on this one: it is left as it is
                Thread.Sleep(pause);
            }

            OperationResult Execute(ResourceAction action)
            {
                try
                {
                    return executor.ExecuteAsync(group.Key, resource, action, environment, CancellationToken.None).GetAwaiter().GetResult();
                }
                catch (Exception e) when (e is not OutOfMemoryException)
                {
                    return new(OperationOutcome.Failed, -1, e.Message);
                }
            }
        }
        return true;
    }

    /// <summary>The text the daemon runs with if pulse hands it over, else the file.</summary>
    private static string HaCfText()
    {
        if (new FileInfo("/proc/self/fd/4").LinkTarget?.StartsWith("/memfd:", StringComparison.Ordinal) != true) return File.ReadAllText(Paths.HaCf);
        using var configuration = new Descriptor(4);
        return Encoding.UTF8.GetString(MemoryFile.ReadAll(configuration));
    }
}
