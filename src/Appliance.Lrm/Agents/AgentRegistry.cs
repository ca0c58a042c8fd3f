namespace Appliance.Lrm.Agents;

/// <summary>The table of built-in agents. Names are case sensitive, as script names are.</summary>
public static class AgentRegistry
{
    private static readonly SortedDictionary<string, BuiltInAgent> Table = new(
        new BuiltInAgent[]
        {
            new Delay(), new Dummy(), new Filesystem(), new IPaddr(), new IPaddr2(), new IPv6addr(), new MailTo(), new Route(), new SendArp(),
            new Stateful(), new Ping(), new Ethmonitor(), new IPsrcaddr(), new Http(),
        }.ToDictionary(a => a.Description.Name, StringComparer.Ordinal), StringComparer.Ordinal);

    public static IReadOnlyCollection<BuiltInAgent> All => Table.Values;

    public static BuiltInAgent? Find(string name) => Table.GetValueOrDefault(name);

    /// <summary>The agent that does what a provider's script of this name does with these parameters.</summary>
    /// <param name="parameters">Names without prefix; meta attributes may be among them.</param>
    /// <returns><c>null</c>: there is none, or it does not know one of them. What only the script can do must not be left out in silence.</returns>
    public static BuiltInAgent? StandIn(string provider, string type, IEnumerable<string> parameters)
    {
        if (Find(type) is not { } agent || (provider != agent.Description.StandsFor && provider != Ours)) return null;
        foreach (var name in parameters)
            if (!agent.Description.Knows(name)) return null;
        return agent;
    }

    /// <summary>The provider of the built-in agents themselves.</summary>
    public const string Ours = "appliance";
}
