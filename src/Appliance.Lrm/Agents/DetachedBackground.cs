using System.Globalization;
using System.Net;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>The background of a program that ends with its action: announcements go on in a process of its own, found again by its pid file.</summary>
/// <param name="announcer">Program and arguments that announce; interface, address, count and interval in milliseconds are appended.</param>
public sealed class DetachedBackground(IReadOnlyList<string> announcer, string stateDirectory, AgentLog log) : IAgentBackground
{
    private const int SIGTERM = 15;

    public void Announce(string key, NetworkLink link, IPAddress address, int count, TimeSpan interval)
    {
        Cancel(key);
        if (count <= 0) return;
        try
        {
            string[] arguments = [.. announcer.Skip(1), link.Name, address.ToString(), Text(count), Text((int)interval.TotalMilliseconds)];
            // It inherits the network namespace of this thread, and outlives this process.
            using var process = RunningProcess.Start(new ProcessSpec(announcer[0], arguments, new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" }));
            Directory.CreateDirectory(stateDirectory);
            File.WriteAllText(PidFile(key), $"{Text(process.Pid)} {StartTime(process.Pid)}\n");
        }
        catch (IOException e)
        {
            log(LogPriority.Warn, key, $"{address} announced once only: {e.Message}");
        }

        static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Ends the process that is announcing, if it is still the one that was started: a pid comes back, a pid with its start time does not.</summary>
    public void Cancel(string key)
    {
        var file = PidFile(key);
        try
        {
            if (!File.Exists(file)) return;
            var words = File.ReadAllText(file).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            File.Delete(file);
            if (words.Length == 2 && int.TryParse(words[0], out var pid) && pid > 1 && StartTime(pid) == words[1]) MountUsers.Signal(new(pid, "", ""), SIGTERM);
        }
        catch (IOException e)
        {
            log(LogPriority.Warn, key, e.Message);
        }
    }

    /// <summary>At once: this process has nothing else to do, and the work bounds itself.</summary>
    public void Do(string name, Action work) => work();

    private string PidFile(string key) => $"{stateDirectory}/{Uri.EscapeDataString(key)}.pid";

    /// <summary>Field 22 of /proc/PID/stat (proc(5)); empty when there is no such process.</summary>
    private static string StartTime(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields.Length > 19 ? fields[19] : "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
