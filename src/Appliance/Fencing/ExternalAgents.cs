using System.Collections.Immutable;
using System.Text;
using Appliance.Linux;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.External;

namespace Appliance.Fencing;

/// <summary>The fencing programs of this machine that others wrote: fence-agents' <c>fence_*</c> and cluster-glue's plugins.</summary>
/// <remarks>They run as root with the device's password. So they are looked for in fixed places only, never along a search path, and one that others may write is not run.</remarks>
internal static class ExternalAgents
{
    private static readonly string[] Places = ["/usr/sbin", "/usr/local/sbin", "/sbin"];
    private static readonly string[] PluginPlaces = ["/usr/lib/stonith/plugins", "/usr/lib64/stonith/plugins", "/usr/local/lib/stonith/plugins"];
    private static readonly TimeSpan MetadataTime = TimeSpan.FromSeconds(20);

    /// <summary>What was asked already, by name: an agent takes 0.2 s to describe itself. Asked anew when the program has changed.</summary>
    private static readonly Dictionary<string, Description> Known = new(StringComparer.Ordinal);

    private sealed record Description(string Path, DateTime Changed, DeviceType? Type, string Metadata);

    /// <summary>Names of all that are installed: <c>fence_*</c>, <c>external/*</c> and cluster-glue's libraries.</summary>
    public static IEnumerable<string> Installed()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var place in Places.Where(Directory.Exists))
            foreach (var path in Directory.EnumerateFiles(place, "fence_*"))
                if (IsTrusted(path)) names.Add(Path.GetFileName(path));
        foreach (var place in PluginPlaces)
        {
            if (Directory.Exists($"{place}/external"))
                foreach (var path in Directory.EnumerateFiles($"{place}/external"))
                    if (IsTrusted(path)) names.Add($"external/{Path.GetFileName(path)}");
            // "external" is the library that runs the programs above, and no type.
            if (PathOfStonith() is not null && Directory.Exists($"{place}/stonith2"))
                foreach (var path in Directory.EnumerateFiles($"{place}/stonith2", "*.so"))
                    if (Path.GetFileNameWithoutExtension(path) is not "external" and var name) names.Add(name);
        }
        return names;
    }

    /// <summary>The program of a fence agent; <c>null</c> when there is none.</summary>
    public static string? PathOf(string name) => !name.StartsWith("fence_", StringComparison.Ordinal) || !IsName(name)
        ? null
        : Places.Select(place => Path.Combine(place, name)).FirstOrDefault(IsTrusted);

    /// <summary>An agent or plugin as a device type; it is asked what it can. <c>null</c> when there is none, or it does not describe itself.</summary>
    /// <param name="metadata">What it printed.</param>
    public static DeviceType? Find(string name, out string metadata)
    {
        metadata = "";
        if (PathOf(name) is { } agent) return Remembered(name, agent, static (_, path) => Agent(path), out metadata);
        if (name.Split('/') is ["external", var plugin] && IsName(plugin))
            return PluginPlaces.Select(place => $"{place}/external/{plugin}").FirstOrDefault(IsTrusted) is { } path ? Remembered(name, path, Executable, out metadata) : null;
        if (!IsName(name) || name == "external" || PathOfStonith() is not { } stonith) return null;
        return PluginPlaces.Any(place => File.Exists($"{place}/stonith2/{name}.so")) ? Remembered(name, stonith, Library, out metadata) : null;
    }

    private static string? PathOfStonith() => Places.Select(place => $"{place}/stonith").FirstOrDefault(IsTrusted);

    private static DeviceType? Remembered(string name, string path, Func<string, string, (DeviceType?, string)> ask, out string metadata)
    {
        var changed = File.GetLastWriteTimeUtc(path);
        Description? known;
        lock (Known) known = Known.GetValueOrDefault(name);
        if (known?.Path != path || known.Changed != changed)
        {
            var (type, text) = ask(name, path);
            known = new(path, changed, type, text);
            if (type is not null)       // one that failed may do better the next time
                lock (Known) Known[name] = known;
        }
        metadata = known.Metadata;
        return known.Type;
    }

    private static (DeviceType?, string) Agent(string path)
    {
        var run = Ask(path, [], "action=metadata\n");
        return (AgentMetadata.Read(run.Output) is { } read ? new ExternalAgent(path, read) : null, run.Output);
    }

    private static (DeviceType?, string) Executable(string name, string path)
    {
        var names = Ask(path, ["getconfignames"], "");
        if (names.ExitCode != 0) return (null, "");
        var described = Ask(path, ["getinfo-xml"], "").Output;
        // A plugin prints the parameters only, and may start with its own declaration, which is skipped inside another element too.
        var metadata = $"<resource-agent name=\"{name}\" shortdesc=\"{Escaped(Ask(path, ["getinfo-devid"], "").Output.Trim())}\">{described}</resource-agent>";
        return (new PluginAgent(name, PluginKind.Executable, path, PluginAgent.Names(names.Output), AgentMetadata.Read(metadata)), metadata);
    }

    private static (DeviceType?, string) Library(string name, string stonith)
    {
        var names = Ask(stonith, ["-t", name, "-n"], "");
        if (names.ExitCode != 0) return (null, "");
        var metadata = Ask(stonith, ["-t", name, "-m"], "").Output;
        return (new PluginAgent(name, PluginKind.Library, stonith, PluginAgent.Names(names.Output), AgentMetadata.Read(metadata)), metadata);
    }

    private static RunProgram Ask(string path, ImmutableArray<string> arguments, string input)
    {
        var run = new RunProgram(path, arguments, MetadataTime)
        {
            Input = Encoding.ASCII.GetBytes(input), MaxOutput = 1 << 20, Environment = ImmutableSortedDictionary<string, string>.Empty.Add("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
        };
        using var cancel = new CancellationTokenSource();
        Programs.Run(run, Clock.Now() + MetadataTime, cancel.Token);
        return run;
    }

    private static string Escaped(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace("\"", "&quot;", StringComparison.Ordinal);

    private static bool IsName(string name) => name.Length is > 0 and <= 100 && name[0] is not '.' and not '-' && name.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.');

    /// <summary>A file that its owner may execute and nobody else may change (cluster-glue's rule for plugins). A link counts as what it leads to.</summary>
    private static bool IsTrusted(string path)
    {
        try
        {
            var file = File.ResolveLinkTarget(path, true)?.FullName ?? path;
            if (!File.Exists(file)) return false;
            var mode = File.GetUnixFileMode(file);
            return (mode & UnixFileMode.UserExecute) != 0 && (mode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
