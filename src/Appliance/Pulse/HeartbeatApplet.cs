using System.Globalization;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Pulse;

/// <summary>The command <c>heartbeat</c>: starts the daemon, and asks and tells a running one. Outputs and exit statuses as 3.0.6's.</summary>
internal static class HeartbeatApplet
{
    private const int Good = 0, NotRunning = 1, UsageError = 2, NeverRan = 3, NoPermission = 4, BadConfiguration = 6;

    internal static int Run(string[] args, HeartbeatFiles files, IConfigurationFiles configured)
    {
        if (HeartbeatOptions.Parse(args, out var problem) is not { } options)
        {
            Console.Error.WriteLine($"{OwnBinary.Path}: {problem}");
            foreach (var line in HeartbeatOptions.Usage) Console.Error.WriteLine(line);
            return UsageError;
        }
        try
        {
            return options.Task switch
            {
                HeartbeatTask.Version => Print($"{ReferenceVersion} (node: appliance {typeof(HeartbeatApplet).Assembly.GetName().Version?.ToString(3)})"),
                HeartbeatTask.Defaults => PrintDefaults(options.Wiki),
                HeartbeatTask.Status => Status(files),
                HeartbeatTask.Kill => Kill(files),
                HeartbeatTask.Reload => Reload(files, configured),
                _ => Start(args, options, files, configured),
            };
        }
        catch (Exception e) when (e is UnauthorizedAccessException or LinuxException { Errno: Errno.EACCES or Errno.EPERM })
        {
            EarlyLog.Say(LogPriority.Error, e.Message);
            return NoPermission;
        }
    }

    /// <summary>The release whose protocol, files and commands ours are.</summary>
    internal const string ReferenceVersion = "3.0.6";

    private static int Print(string line)
    {
        Console.WriteLine(line);
        return Good;
    }

    private static int PrintDefaults(bool wiki)
    {
        DefaultsTable.Print(Console.Out, wiki);
        return Good;
    }

    private static int Status(HeartbeatFiles files)
    {
        if (files.RunningPid() is { } pid)
        {
            var node = EarlyLog.NodeName();
            return Print($"heartbeat OK [pid {pid} et al] is running on {node} [{node.ToLowerInvariant()}]...");
        }
        Console.WriteLine("heartbeat is stopped. No process");
        return files.PidFileExists ? NotRunning : NeverRan;
    }

    private static int Kill(HeartbeatFiles files)
    {
        if (files.RunningPid() is not { } pid)
        {
            Console.Error.WriteLine("INFO: Heartbeat already stopped.");
            return Good;
        }
        ChildProcess.SignalTo(pid, Signals.TERM);
        while (files.RunningPid() == pid) Thread.Sleep(100);        // no limit, as 3.0.6: what runs here may take long to stop
        return Good;
    }

    private static int Reload(HeartbeatFiles files, IConfigurationFiles configured)
    {
        if (Validated(configured) is null) return BadConfiguration;
        if (files.RunningPid() is not { } pid)
        {
            EarlyLog.Say(LogPriority.Error, "Heartbeat not currently running.");
            return NotRunning;
        }
        EarlyLog.Say(LogPriority.Info, string.Create(CultureInfo.InvariantCulture, $"Signalling heartbeat pid {pid} to reread config files"));
        ChildProcess.SignalTo(pid, Signals.HUP);
        return Good;
    }

    private static int Start(string[] args, HeartbeatOptions options, HeartbeatFiles files, IConfigurationFiles configured)
    {
        if (!options.RestartInPlace && files.RunningPid() is { } running && running != Environment.ProcessId)
        {
            EarlyLog.Say(LogPriority.Info, $"heartbeat: already running [pid {running}].");
            return Good;
        }
        if (!options.Foreground && !options.RestartInPlace) return Daemonize(args);
        if (Validated(configured) is not { } configuration) return BadConfiguration;
        if (options.Verbose) Console.Write(Configuration.HaCfPrinter.Print(configuration.HaCf!));
        using var daemon = new PulseDaemon(args, options, configuration, files, configured);
        return daemon.Run();
    }

    /// <summary>Starts ourselves anew, away from the terminal, and waits until that one says that it beats, or ends.</summary>
    private static int Daemonize(string[] args)
    {
        var (up, itsEnd) = Descriptor.Pipe();
        using (up)
        {
            ChildProcess child;
            using (itsEnd) child = OwnBinary.StartDaemon(args, itsEnd);
            using (child)
            {
                Span<byte> word = stackalloc byte[1];
                if (up.Read(word) == 1) return Good;
                var poller = new Poller(1);
                poller.Watch(0, child.Descriptor.Number);
                poller.Wait(Clock.Now() + TimeSpan.FromSeconds(5), Clock.Now());
                return child.Ended() ?? BadConfiguration;       // it said why on stderr
            }
        }
    }

    private static StartConfiguration? Validated(IConfigurationFiles configured)
    {
        var configuration = configured.Read();
        foreach (var problem in configuration.Problems)
            EarlyLog.Say(problem.Severity switch { Severity.Error => LogPriority.Error, Severity.Warning => LogPriority.Warn, _ => LogPriority.Info }, problem.ToString());
        if (configuration is { HaCf: not null, Keys: not null }) return configuration;
        EarlyLog.Say(LogPriority.Error, "Heartbeat not started: configuration error.");
        EarlyLog.Say(LogPriority.Error, "Configuration error, heartbeat not started.");
        return null;
    }
}
