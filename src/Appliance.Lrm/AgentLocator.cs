using System.Collections.Concurrent;
using Appliance.Core.Diagnostics;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm;

/// <summary>Where the agent of a resource was found.</summary>
public abstract record AgentLocation
{
    private AgentLocation() { }

    /// <summary>A program, called as 3.0.6 calls it.</summary>
    public sealed record Script(string Path) : AgentLocation;

    /// <summary>One of ours.</summary>
    public sealed record BuiltIn(BuiltInAgent Agent) : AgentLocation;

    public sealed record Missing : AgentLocation;
}

/// <summary>Finds a resource's agent: resource.d/NAME, the built-in NAME, init.d/NAME.</summary>
/// <remarks>
/// 3.0.6 knows resource.d and init.d only, in this order. A packaged wrapper in resource.d gives way to the built-in agent of its name
/// (see <see cref="PackagedFiles"/>); one without a built-in agent behind it (apache, db2, LVM ...) runs as the script it is. Which one is used is logged when
/// it is first used and when it changes. <c>env APPLIANCE_SCRIPTS=IPaddr2,Filesystem</c> in ha.cf prefers scripts whatever they look like.
/// </remarks>
public sealed class AgentLocator(LrmPaths paths, AgentLog log)
{
    private readonly PackagedFiles _packaged = new(paths.DpkgStatus);
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);

    public AgentLocation Find(string name, IReadOnlyDictionary<string, string> environment)
    {
        var script = paths.ResourceDirectory + "/" + name;
        var builtIn = AgentRegistry.Find(name);
        if (IsExecutable(script))
        {
            if (builtIn is null) return new AgentLocation.Script(script);
            if (PreferScript(name, environment)) return Told(name, $"{script}: used instead of the built-in agent, as APPLIANCE_SCRIPTS asks", new AgentLocation.Script(script));
            return _packaged.IsPackagedWrapper(script, name)
                ? Told(name, $"{name}: built-in agent, because {script} is the packaged wrapper", new AgentLocation.BuiltIn(builtIn))
                : Told(name, $"{script}: the administrator's script, used instead of the built-in agent", new AgentLocation.Script(script));
        }
        if (builtIn is not null) return Told(name, $"{name}: built-in agent", new AgentLocation.BuiltIn(builtIn));
        script = paths.InitDirectory + "/" + name;
        return IsExecutable(script) ? new AgentLocation.Script(script) : new AgentLocation.Missing();
    }

    private AgentLocation Told(string name, string what, AgentLocation location)
    {
        if (!_told.TryGetValue(name, out var before) || before != what)
        {
            _told[name] = what;
            log(LogPriority.Info, "ResourceManager", what);
        }
        return location;
    }

    internal static bool PreferScript(string name, IReadOnlyDictionary<string, string> environment) =>
        environment.TryGetValue("HA_APPLIANCE_SCRIPTS", out var names) && names.Split(',', ' ').Contains(name, StringComparer.Ordinal);

    /// <summary>A plain file somebody may execute, as 3.0.6 tests with <c>[ -f -a -x ]</c>.</summary>
    internal static bool IsExecutable(string path)
    {
        if (path.Contains('\0', StringComparison.Ordinal) || !File.Exists(path)) return false;
        const UnixFileMode any = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        try
        {
            return (File.GetUnixFileMode(path) & any) != 0;
        }
        catch (IOException)
        {
            return false;       // gone between the two questions
        }
    }
}
