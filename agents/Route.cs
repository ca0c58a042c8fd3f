using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>Route: a route in the kernel's main table, by netlink.</summary>
public sealed class Route : BuiltInAgent
{
    public override AgentDescription Description { get; } = new("Route", "Manages a network route.", "DESTINATION[::DEVICE[::GATEWAY[::SOURCE]]]",
    [
        new("destination", "string", true, "", "Network with /BITS, an address, or default."),
        new("device", "string", false, "", "Outgoing interface."),
        new("gateway", "string", false, "", "Next hop."),
        new("source", "string", false, "", "Preferred source address."),
        new("table", "integer", false, "254", "Routing table."),
    ]);

    public override ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments)
    {
        string[] names = ["destination", "device", "gateway", "source", "table"];
        return arguments.Take(names.Length).Select((a, i) => KeyValuePair.Create(names[i], a)).ToImmutableDictionary();
    }

    public override string? Check(AgentCall call)
    {
        if (call["device"].Length == 0 && call["gateway"].Length == 0) return "a device or a gateway is needed";
        try
        {
            Network(call["destination"], call["gateway"]);
        }
        catch (FormatException)
        {
            return $"destination={call["destination"]} is not a network";
        }
        return null;
    }

    public override AgentResult Start(AgentCall call)
    {
        using var netlink = Netlink.Open();
        netlink.Add(Wanted(netlink, call));
        return AgentResult.Ok();
    }

    public override AgentResult Stop(AgentCall call)
    {
        using var netlink = Netlink.Open();
        if (Find(netlink, call) is { } present) netlink.Remove(present);
        return AgentResult.Ok();
    }

    public override AgentResult Monitor(AgentCall call)
    {
        using var netlink = Netlink.Open();
        return Find(netlink, call) is null ? AgentResult.NotRunning() : AgentResult.Ok();
    }

    private static NetworkRoute Wanted(Netlink netlink, AgentCall call)
    {
        var (network, bits) = Network(call["destination"], call["gateway"]);
        var index = 0;
        if (call["device"] is { Length: > 0 } device) index = netlink.Links().Find(l => l.Name == device)?.Index ?? throw new InvalidOperationException($"there is no interface {device}");
        return new(network, bits, index, call["gateway"].Length > 0 ? IPAddress.Parse(call["gateway"]) : null, call["source"].Length > 0 ? IPAddress.Parse(call["source"]) : null, (uint)call.Number("table"))
        {
            Scope = call["gateway"].Length > 0 ? NetworkRoute.ScopeUniverse : NetworkRoute.ScopeLink,
        };
    }

    private static NetworkRoute? Find(Netlink netlink, AgentCall call)
    {
        var (network, bits) = Network(call["destination"], call["gateway"]);
        var index = call["device"].Length > 0 ? netlink.Links().Find(l => l.Name == call["device"])?.Index ?? -1 : 0;
        var gateway = call["gateway"].Length > 0 ? IPAddress.Parse(call["gateway"]) : null;
        return netlink.Routes(network.AddressFamily, (uint)call.Number("table")).Find(r => r.PrefixLength == bits && r.Destination.Equals(network) && (index == 0 || r.Index == index) && Equals(r.Gateway, gateway));
    }

    private static (IPAddress Network, int Bits) Network(string destination, string gateway)
    {
        if (destination == "default") return (IPAddress.TryParse(gateway, out var hop) && hop.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, 0);
        var parts = destination.Split('/');
        var address = IPAddress.Parse(parts[0]);
        return (address, parts.Length > 1 ? int.Parse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture) : address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
    }
}
