using Appliance.Control;

namespace Appliance.Commands.Crm;

/// <summary>Transient attributes of nodes in a running cluster.</summary>
internal static class NodeAttributes
{
    private const int Refused = 111;

    /// <returns>Pacemaker's return code.</returns>
    public static int Set(CrmWorld world, List<AttributeView> changes) =>
        world.Ask(new("set") { Attributes = changes }) is { } reply ? PacemakerCodes.FromLegacy(reply.Error) : Refused;

    /// <summary>Those that the node has, or all nodes have; null: no cluster answers.</summary>
    public static List<AttributeView>? Get(CrmWorld world, string? name, string? host) => world.Ask(new("get") { Name = name, Host = host })?.Attributes;

    /// <summary>The name of the node whose daemon answers; null: none does.</summary>
    public static string? Here(CrmWorld world) => world.Ask(new("state"))?.State?.Self;
}
