using System.Collections.Concurrent;
using System.Security.Cryptography;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Classes;

/// <summary>A program or the built-in agent of the same name?</summary>
/// <remarks>
/// Built-in, when there is no program, or when the program is the package's own, unchanged (dpkg's list of sums knows it): nobody's will stands against it. A program that the administrator wrote or changed,
/// a parameter that the built-in agent does not have, and <c>env APPLIANCE_SCRIPTS=IPaddr2,Filesystem</c> in ha.cf ask for the program. What is used is logged once.
/// </remarks>
internal sealed class OcfChoice(LrmPaths paths, AgentLog log)
{
    private readonly ConcurrentDictionary<string, (DateTime Changed, bool Own)> _verdicts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _told = new(StringComparer.Ordinal);

    /// <returns><c>null</c>: the program.</returns>
    public BuiltInAgent? Of(AgentSpec spec, IEnumerable<string> parameters, IReadOnlyDictionary<string, string> environment)
    {
        if (AgentRegistry.Find(spec.Type) is not { } agent) return null;
        if (spec.Provider == AgentRegistry.Ours) return agent;
        if (agent.Description.StandsFor != spec.Provider) return null;
        var program = $"{paths.OcfRoot}/resource.d/{spec.Provider}/{spec.Type}";
        if (!AgentLocator.IsExecutable(program)) return Told(spec, "built-in agent", agent);
        if (AgentLocator.PreferScript(spec.Type, environment)) return Told(spec, $"{program}, as APPLIANCE_SCRIPTS asks", null);
        foreach (var name in parameters)
            if (!IsOfTheCluster(name) && !agent.Description.Knows(name)) return Told(spec, $"{program}, because the built-in agent has no parameter {name}", null);
        return IsPackaged(program) ? Told(spec, $"built-in agent, because {program} is the packaged one", agent) : Told(spec, $"{program}, the administrator's own", null);
    }

    private static bool IsOfTheCluster(string name) => ParameterNames.IsMeta(name) || name is "OCF_CHECK_LEVEL" || name.StartsWith("trace_", StringComparison.Ordinal);

    private BuiltInAgent? Told(AgentSpec spec, string what, BuiltInAgent? agent)
    {
        var name = spec.ToString();
        if (_told.TryGetValue(name, out var before) && before == what) return agent;
        _told[name] = what;
        log(LogPriority.Info, name, $"runs by {what}");
        return agent;
    }

    private bool IsPackaged(string program)
    {
        var changed = File.GetLastWriteTimeUtc(program);
        if (_verdicts.TryGetValue(program, out var known) && known.Changed == changed) return known.Own;
        var own = Sum(program) is { } sum && Listed(program) == sum;
        _verdicts[program] = (changed, own);
        return own;
    }

    /// <summary>The sum in a package's list of files: lines <c>MD5  usr/lib/ocf/...</c>.</summary>
    private string? Listed(string program)
    {
        foreach (var package in (ReadOnlySpan<string>)["resource-agents", "pacemaker-resource-agents", "pacemaker"])
        {
            var list = $"{paths.DpkgInfo}/{package}.md5sums";
            if (!File.Exists(list)) continue;
            foreach (var line in File.ReadLines(list))
                if (line.Length > 34 && line.AsSpan(34).SequenceEqual(program.AsSpan(1))) return line[..32];
        }
        return null;
    }

    private static string? Sum(string program)
    {
        try
        {
#pragma warning disable CA5351      // MD5 is what dpkg keeps; it is used here to recognize a file, not to protect one
            return Convert.ToHexStringLower(MD5.HashData(File.ReadAllBytes(program)));
#pragma warning restore CA5351
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
