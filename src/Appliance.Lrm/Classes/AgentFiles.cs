using Appliance.Core.Resources;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Classes;

/// <summary>Whether an agent is on this machine, as far as files tell.</summary>
public static class AgentFiles
{
    /// <summary>Where systemd finds units (systemd.unit, "Unit File Load Path"), the administrator's first.</summary>
    private static readonly string[] UnitDirectories = ["/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];

    public static bool Exists(AgentSpec agent, LrmPaths paths) => agent.Standard switch
    {
        "ocf" => AgentLocator.IsExecutable($"{paths.OcfRoot}/resource.d/{agent.Provider}/{agent.Type}") || (AgentRegistry.Find(agent.Type) is { } own && (agent.Provider == AgentRegistry.Ours || own.Description.StandsFor == agent.Provider)),
        "lsb" => AgentLocator.IsExecutable($"{paths.InitDirectory}/{agent.Type}"),
        "heartbeat" => AgentLocator.IsExecutable($"{paths.ResourceDirectory}/{agent.Type}"),
        "systemd" => HasUnit(agent.Type),
        "service" => AgentLocator.IsExecutable($"{paths.InitDirectory}/{agent.Type}") || HasUnit(agent.Type),
        _ => false,
    };

    private static bool HasUnit(string name)
    {
        if (!name.Contains('.', StringComparison.Ordinal)) name += ".service";
        var template = name.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at ? name[..(at + 1)] + name[name.LastIndexOf('.')..] : name;
        foreach (var directory in UnitDirectories)
            if (Path.Exists($"{directory}/{name}") || Path.Exists($"{directory}/{template}")) return true;
        return false;
    }
}
