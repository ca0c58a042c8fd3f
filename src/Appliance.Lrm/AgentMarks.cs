using System.Globalization;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Lrm;

/// <summary>Which agents' programs run now, a file each in a directory that a reboot empties: a daemon that comes after this one neither forgets them nor works beside them.</summary>
/// <remarks>
/// A program outlives a daemon that is killed: a start that is half done goes on, and the service it starts is wanted. Whoever comes after waits for its end, within the time that it had been given, before any
/// agent is called: a question beside it would hear "not running" and lead to a second start. A question left over is ended at once. A process number is known with the time of its start, so that it means one process.
/// </remarks>
public sealed class AgentMarks(string directory, AgentLog log)
{
    private const string Source = "lrm";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);
    private Task? _earlier;

    /// <summary>Marks a program until it is disposed of. Never throws: a full file system must not keep a service from starting.</summary>
    public IDisposable Begin(int pid, string resource, string action, TimeSpan timeout)
    {
        var path = $"{directory}/{pid.ToString(CultureInfo.InvariantCulture)}";
        try
        {
            if (StartTime(pid) is not { } started) return new Mark(null);
            Directory.CreateDirectory(directory);
            File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{started}\n{(long)(Uptime() + timeout.TotalSeconds)}\n{action}\n{resource}\n"));
            return new Mark(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Mark(null);
        }
    }

    /// <summary>Ends when no program of a daemon before this one runs any more; at once when there is none.</summary>
    public Task Earlier(TimeSpan grace)
    {
        lock (this) return _earlier ??= Found() is { Count: > 0 } found ? Task.Factory.StartNew(() => Await(found, grace, left => left.Action is "status" or "monitor"), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default) : Task.CompletedTask;
    }

    private sealed class Mark(string? path) : IDisposable
    {
        public void Dispose()
        {
            if (path is not null) Remove(path);
        }
    }

    /// <summary>Has no program of a daemon before this one run any more: what stops something is waited for, and what starts something is ended at once, since nobody wants it any longer.</summary>
    public void EndEarlier(TimeSpan grace) => Await(Found(), grace, left => left.Action != "stop");

    private sealed record Left(string Path, int Pid, string Started, long Deadline, string Action, string Resource)
    {
        public bool Lives => StartTime(Pid) == Started;
    }

    private List<Left> Found()
    {
        var found = new List<Left>();
        if (!Directory.Exists(directory)) return found;
        foreach (var path in Directory.GetFiles(directory))
        {
            try
            {
                if (int.TryParse(System.IO.Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && File.ReadAllLines(path) is [var started, var deadline, var action, var resource, ..]
                    && long.TryParse(deadline, NumberStyles.None, CultureInfo.InvariantCulture, out var until) && new Left(path, pid, started, until, action, resource) is { Lives: true } left)
                {
                    found.Add(left);
                    continue;
                }
            }
            catch (IOException)
            {
                // Gone between two looks, or unreadable: nothing that could be waited for.
            }
            Remove(path);
        }
        return found;
    }

    private void Await(List<Left> found, TimeSpan grace, Predicate<Left> isUnwanted)
    {
        foreach (var left in found)
        {
            var unwanted = isUnwanted(left);
            log(LogPriority.Warn, Source, $"{left.Resource} {left.Action} of the daemon before this one still runs (process {left.Pid}): {(unwanted ? "it is ended" : "nothing is asked or started before its end")}");
            while (!unwanted && left.Lives && Uptime() < left.Deadline) Thread.Sleep(Look);
            if (left.Lives)
            {
                if (!unwanted) log(LogPriority.Error, Source, $"{left.Resource} {left.Action}: its time is over, it is ended (process {left.Pid})");
                ProcessGroups.End(left.Pid, grace, () => left.Lives);
            }
            Remove(left.Path);
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next look finds that its process is gone.
        }
    }

    /// <summary>When a process began, in the kernel's ticks since boot (proc(5), stat, field 22); <c>null</c>: there is none, or only a zombie.</summary>
    private static string? StartTime(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Uptime() => double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
}
