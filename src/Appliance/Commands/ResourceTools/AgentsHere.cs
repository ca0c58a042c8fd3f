using Appliance.Commands.FencingTools;
using Appliance.Lrm;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Catalog;

namespace Appliance.Commands.ResourceTools;

/// <summary>The catalog of this machine, with every standard that somebody here knows.</summary>
internal static class AgentsHere
{
    public static (AgentCatalog Catalog, AgentTrial Trial) Make()
    {
        var paths = new LrmPaths();
        var root = Environment.GetEnvironmentVariable("OCF_ROOT") is { Length: > 0 } given ? given : AgentCatalog.UsualOcfRoot;
        var catalog = new AgentCatalog(paths, root, new SystemdLister(), new FencingLister());
        return (catalog, new AgentTrial(catalog, paths, AgentApplet.Background(paths.StateDirectory)));
    }
}

/// <summary>Fencing devices as agents of the standard <c>stonith</c>: ours, and the programs that are installed.</summary>
internal sealed class FencingLister : IAgentLister
{
    public string Standard => AgentName.Stonith;

    public IReadOnlyList<string> Types() => [.. FencingTools.Agents.Installed()];

    public string? MetaData(string type) => FencingTools.Agents.Metadata(type);

    public IReadOnlyList<string>? Problems(string type, IReadOnlyDictionary<string, string> parameters) => FencingTools.Agents.Problems(type, parameters);
}
