using Appliance.Linux;
using Appliance.Lrm.Catalog;
using Appliance.Lrm.Systemd;

namespace Appliance.Commands.ResourceTools;

/// <summary>Units of systemd as agents of the standard <c>systemd</c>, as systemd lists them; none where there is no systemd.</summary>
internal sealed class SystemdLister : IAgentLister
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);

    public string Standard => AgentName.Systemd;

    public IReadOnlyList<string> Types() => Ask(manager => manager.Agents(AnswerWithin)) ?? [];

    public string? MetaData(string type) => Ask(manager => manager.Metadata(type, AnswerWithin));

    /// <summary>A unit has no parameters, so none can be right.</summary>
    public IReadOnlyList<string>? Problems(string type, IReadOnlyDictionary<string, string> parameters)
    {
        if (MetaData(type) is null) return null;
        var problems = new List<string>();
        foreach (var name in parameters.Keys) problems.Add($"{name} is no parameter of systemd:{type}: units have none");
        return problems;
    }

    private static T? Ask<T>(Func<SystemdManager, Task<T>> question) where T : class?
    {
        // Without systemd as process 1 there is nobody to wait for (sd_booted(3)).
        if (!Directory.Exists("/run/systemd/system")) return null;
        try
        {
            using var manager = new SystemdManager(new(), (_, _, _) => { }, _ => { });
            return question(manager).GetAwaiter().GetResult();
        }
        catch (SystemdBusException)
        {
            return null;
        }
    }
}
