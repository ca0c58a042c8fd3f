using System.Collections.Immutable;
using System.Text;
using Appliance.Linux;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.External;

namespace Appliance.Fencing;

/// <summary>The programs of this machine that speak the fence-agents API.</summary>
internal static class ExternalAgents
{
    private static readonly string[] Places = ["/usr/sbin", "/usr/local/sbin", "/sbin"];
    private static readonly TimeSpan MetadataTime = TimeSpan.FromSeconds(20);

    /// <summary>Names of all that are installed, without what only wraps others.</summary>
    public static IEnumerable<string> Installed()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var place in Places.Where(Directory.Exists))
            foreach (var path in Directory.EnumerateFiles(place, "fence_*"))
                if (File.Exists(path) && (File.GetUnixFileMode(path) & UnixFileMode.UserExecute) != 0) names.Add(Path.GetFileName(path));
        return names;
    }

    /// <summary>The program of an agent; <c>null</c> when there is none.</summary>
    public static string? PathOf(string name) => !name.StartsWith("fence_", StringComparison.Ordinal) || name.Contains('/', StringComparison.Ordinal)
        ? null
        : Places.Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists);

    /// <summary>An agent as a device type; asks it for its metadata. <c>null</c> when there is none, or it does not describe itself.</summary>
    /// <param name="metadata">What it printed.</param>
    public static ExternalAgent? Find(string name, out string metadata)
    {
        metadata = "";
        if (PathOf(name) is not { } path) return null;
        var run = new RunProgram(path, ImmutableArray<string>.Empty, MetadataTime) { Input = Encoding.ASCII.GetBytes("action=metadata\n"), MaxOutput = 1 << 20 };
        using var cancel = new CancellationTokenSource();
        Programs.Run(run, Clock.Now() + MetadataTime, cancel.Token);
        metadata = run.Output;
        return AgentMetadata.Read(run.Output) is { } read ? new ExternalAgent(path, read) : null;
    }
}
