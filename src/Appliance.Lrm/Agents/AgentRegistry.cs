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
}
