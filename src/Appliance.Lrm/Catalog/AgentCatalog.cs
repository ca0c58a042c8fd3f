using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Catalog;

/// <summary>Where an agent of a name is.</summary>
public abstract record AgentPlace
{
    private AgentPlace() { }

    /// <summary>A program of a directory.</summary>
    public sealed record Script(string Path) : AgentPlace;

    /// <summary>One of ours.</summary>
    public sealed record BuiltIn(BuiltInAgent Agent) : AgentPlace;

    /// <summary>Known to whoever knows its standard.</summary>
    public sealed record Listed(IAgentLister Lister, string Type) : AgentPlace;
}

/// <summary>An agent in a list.</summary>
/// <param name="Path">Its program; <c>null</c>: there is none.</param>
/// <param name="BuiltIn">One of ours does the same; without a program, it is the one.</param>
public sealed record AgentEntry(AgentName Spec, string? Path, bool BuiltIn);

/// <summary>What agents there are on this machine: directories of scripts, the built-in ones, and standards that others know.</summary>
/// <remarks>
/// Directories are read as Pacemaker 2.1.5 reads them: hidden names are none, an agent is a file that somebody may execute, order is that of the bytes.
/// The built-in agents are <c>ocf:appliance:*</c>; each stands for the script of its name too (<c>ocf:heartbeat:IPaddr2</c>) where that is not installed.
/// </remarks>
public sealed class AgentCatalog(LrmPaths paths, string ocfRoot, params IReadOnlyList<IAgentLister> listers)
{
    public const string UsualOcfRoot = "/usr/lib/ocf";

    public string OcfRoot => ocfRoot;

    private string Providers => ocfRoot + "/resource.d";

    /// <summary>In Pacemaker's order. The class <c>heartbeat</c>, which Pacemaker gave up, is not among them.</summary>
    public IReadOnlyList<string> Standards
    {
        get
        {
            var standards = new List<string> { AgentName.Ocf, AgentName.Lsb, AgentName.Service };
            foreach (var lister in listers)
                if (lister.Standard == AgentName.Stonith || lister.Types().Count > 0) standards.Add(lister.Standard);
            return standards;
        }
    }

    public IReadOnlyList<string> OcfProviders()
    {
        var providers = new SortedSet<string>(Directories(Providers), StringComparer.Ordinal) { AgentName.Ours };
        foreach (var agent in AgentRegistry.All)
            if (agent.Description.StandsFor is { } provider) providers.Add(provider);
        return [.. providers];
    }

    /// <summary>Providers that have an agent of this name.</summary>
    public IReadOnlyList<string> OcfProvidersOf(string type)
    {
        var found = new List<string>();
        foreach (var provider in OcfProviders())
            if (Find(new(AgentName.Ocf, provider, type)) is { } place && (place is not AgentPlace.Script script || AgentLocator.IsExecutable(script.Path))) found.Add(provider);
        return found;
    }

    /// <summary>All of a standard, or of one provider of it; providers mean something to OCF only.</summary>
    public IReadOnlyList<AgentEntry> List(string standard, string? provider = null)
    {
        var found = new List<AgentEntry>();
        switch (standard.ToLowerInvariant())
        {
            case AgentName.Ocf:
                foreach (var each in provider is null ? OcfProviders() : [provider]) found.AddRange(OcfAgents(each));
                break;
            case AgentName.Lsb:
                foreach (var name in Programs(paths.InitDirectory)) found.Add(new(new(AgentName.Lsb, null, name), $"{paths.InitDirectory}/{name}", false));
                break;
            case AgentName.Heartbeat:
                found.AddRange(HeartbeatAgents());
                break;
            case AgentName.Service:
                foreach (var entry in List(AgentName.Lsb)) found.Add(entry with { Spec = entry.Spec with { Standard = AgentName.Service } });
                foreach (var entry in List(AgentName.Systemd)) found.Add(entry with { Spec = entry.Spec with { Standard = AgentName.Service } });
                break;
            default:
                if (Lister(standard) is { } lister)
                    foreach (var type in lister.Types()) found.Add(new(new(lister.Standard, null, type), null, false));
                break;
        }
        return found;
    }

    /// <returns><c>null</c>: there is no such agent.</returns>
    public AgentPlace? Find(AgentName spec)
    {
        switch (spec.Standard.ToLowerInvariant())
        {
            case AgentName.Ocf:
                if (!IsName(spec.Provider) || !IsName(spec.Type)) return null;
                if (Program($"{Providers}/{spec.Provider}/{spec.Type}") is { } agent) return agent;
                return AgentRegistry.StandIn(spec.Provider!, spec.Type, []) is { } builtIn ? new AgentPlace.BuiltIn(builtIn) : null;
            case AgentName.Lsb:
                return IsName(spec.Type) ? Program($"{paths.InitDirectory}/{spec.Type}") : null;
            case AgentName.Heartbeat:
                if (!IsName(spec.Type)) return null;
                return new AgentLocator(paths, (_, _, _) => { }).Find(spec.Type, new Dictionary<string, string>()) switch
                {
                    AgentLocation.BuiltIn found => new AgentPlace.BuiltIn(found.Agent),
                    AgentLocation.Script found => new AgentPlace.Script(found.Path),
                    _ => null,
                };
            case AgentName.Service:
                return Find(spec with { Standard = AgentName.Systemd }) ?? Find(spec with { Standard = AgentName.Lsb });
            default:
                return Lister(spec.Standard) is { } lister && lister.Types().Contains(spec.Type) ? new AgentPlace.Listed(lister, spec.Type) : null;
        }
    }

    private IAgentLister? Lister(string standard)
    {
        foreach (var lister in listers)
            if (lister.Standard.Equals(standard, StringComparison.OrdinalIgnoreCase)) return lister;
        return null;
    }

    private List<AgentEntry> OcfAgents(string provider)
    {
        var found = new SortedDictionary<string, AgentEntry>(StringComparer.Ordinal);
        if (IsName(provider))
            foreach (var name in Programs($"{Providers}/{provider}")) found[name] = new(new(AgentName.Ocf, provider, name), $"{Providers}/{provider}/{name}", false);
        foreach (var agent in AgentRegistry.All)
        {
            var name = agent.Description.Name;
            if (provider != AgentName.Ours && provider != agent.Description.StandsFor) continue;
            found[name] = found.TryGetValue(name, out var script) ? script with { BuiltIn = true } : new(new(AgentName.Ocf, provider, name), null, true);
        }
        return [.. found.Values];
    }

    /// <summary>What haresources can name: the administrator's scripts, and the built-in agents, to which packaged wrappers give way.</summary>
    private List<AgentEntry> HeartbeatAgents()
    {
        var names = new SortedSet<string>(Programs(paths.ResourceDirectory), StringComparer.Ordinal);
        foreach (var agent in AgentRegistry.All) names.Add(agent.Description.Name);
        var locator = new AgentLocator(paths, (_, _, _) => { });
        var found = new List<AgentEntry>();
        foreach (var name in names)
            found.Add(locator.Find(name, new Dictionary<string, string>()) is AgentLocation.Script script
                ? new(new(AgentName.Heartbeat, null, name), script.Path, AgentRegistry.Find(name) is not null)
                : new(new(AgentName.Heartbeat, null, name), null, true));
        return found;
    }

    /// <summary>A name that stays inside its directory.</summary>
    private static bool IsName(string? text) => text is { Length: > 0 } && text[0] != '.' && !text.Contains('/', StringComparison.Ordinal) && !text.Contains('\0', StringComparison.Ordinal);

    private static AgentPlace.Script? Program(string path) => File.Exists(path) ? new(path) : null;

    private static List<string> Programs(string directory) => Names(directory, Directory.EnumerateFiles, AgentLocator.IsExecutable);

    private static List<string> Directories(string directory) => Names(directory, Directory.EnumerateDirectories, _ => true);

    /// <summary>Names in a directory, hidden ones left out; none when it cannot be read.</summary>
    private static List<string> Names(string directory, Func<string, IEnumerable<string>> enumerate, Func<string, bool> wanted)
    {
        var names = new List<string>();
        try
        {
            if (!Directory.Exists(directory)) return names;
            foreach (var path in enumerate(directory))
                if (Path.GetFileName(path) is var name && name[0] != '.' && wanted(path)) names.Add(name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be read has no agents for us.
        }
        names.Sort(StringComparer.Ordinal);
        return names;
    }
}
