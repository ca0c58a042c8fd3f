namespace Appliance.Lrm.Catalog;

/// <summary>A standard whose agents are not files of a directory: systemd's units, fencing devices.</summary>
/// <remarks>Whoever knows such a standard hands one to the <see cref="AgentCatalog"/>; the catalog then lists it, in its order, as it lists the others.</remarks>
public interface IAgentLister
{
    /// <summary><c>systemd</c>, <c>stonith</c>.</summary>
    string Standard { get; }

    /// <summary>Names of what can be a resource, in the order in which they are shown; empty when the standard cannot be asked now.</summary>
    IReadOnlyList<string> Types();

    /// <summary>A resource agent's XML.</summary>
    /// <returns><c>null</c>: there is no such agent.</returns>
    string? MetaData(string type);

    /// <summary>What is wrong with these parameters; empty when nothing is.</summary>
    /// <returns><c>null</c>: there is no such agent.</returns>
    IReadOnlyList<string>? Problems(string type, IReadOnlyDictionary<string, string> parameters);
}
