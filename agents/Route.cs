using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>A route, added and removed by netlink as <c>ip route add</c> and <c>ip route del</c> do.</summary>
public sealed class Route : BuiltInAgent
{
    public override AgentDescription Description { get; } = new(
        "Route", "Manages network routes",
        "Adds a route to a network or host, through a gateway or an interface or both, and takes it away.",
        "DESTINATION[::via::GATEWAY][::dev::INTERFACE][::src::ADDRESS][::table::NUMBER]",
        [
            new("destination", Text, "Destination network", "A network (10.1.0.0/16), a host (10.1.2.3), or default.") { Required = true, Unique = true },
            new("device", Text, "Outgoing interface", "The interface; without it the kernel takes the one that reaches the gateway."),
            new("gateway", Text, "Gateway", "Address of the next router."),
            new("source", Text, "Source address", "Address this machine uses as its own on this route."),
            new("table", Text, "Routing table", "A number, or main; without it, main."),
            new("family", Text, "Address family", "ip4, ip6, or detect: as the destination is written.") { Default = "detect", Allowed = ["detect", "ip4", "ip6"] },
        ],
        AgentDescription.StandardActions(20, 20, 20));

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments)
    {
        if (arguments.Length % 2 == 0) throw WrongArguments();
        var parameters = new Dictionary<string, string> { ["destination"] = arguments[0] };
        for (var i = 1; i < arguments.Length; i += 2)
            parameters[arguments[i] switch { "via" => "gateway", "dev" => "device", "src" => "source", "table" => "table", _ => throw WrongArguments() }] = arguments[i + 1];
        return parameters;
    }

    public override AgentResult Start(AgentCall call)
    {
        using var netlink = Netlink.Open();
        var (route, problem) = Wanted(call, netlink);
        if (route is null) return new(OcfCode.Installed, problem);
        if (Present(netlink, route)) return AgentResult.Success;
        if (route.Source is { } source && !netlink.Addresses(source.AddressFamily).Exists(a => a.Address.Equals(source)))
            return new(OcfCode.Installed, $"source address {source} is not on this machine");
        return netlink.Add(route) ? AgentResult.Success : new(OcfCode.Generic, $"there is another route to {call.Parameters["destination"]} already");
    }

    public override AgentResult Stop(AgentCall call)
    {
        using var netlink = Netlink.Open();
        var (route, _) = Wanted(call, netlink);
        if (route is not null && Present(netlink, route)) netlink.Remove(route with { Scope = 255 });      // RT_SCOPE_NOWHERE: of any scope
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call)
    {
        using var netlink = Netlink.Open();
        var (route, _) = Wanted(call, netlink);
        return route is not null && Present(netlink, route) ? AgentResult.Success : AgentResult.NotRunning;
    }

    public override int NothingCanRun(AgentCall call) => call.IsProbe ? OcfCode.NotRunning : OcfCode.Generic;

    public override AgentResult Validate(AgentCall call)
    {
        using var netlink = Netlink.Open();
        var (route, problem) = Wanted(call, netlink);
        return route is null ? new(OcfCode.Installed, problem) : AgentResult.Success;
    }

    private static bool Present(Netlink netlink, NetworkRoute wanted) => netlink.Routes(wanted.Destination.AddressFamily, wanted.Table).Exists(r =>
        r.Destination.Equals(wanted.Destination) && r.PrefixLength == wanted.PrefixLength && r.Type == 1
        && (wanted.Index == 0 || r.Index == wanted.Index)
        && (wanted.Gateway is null || wanted.Gateway.Equals(r.Gateway))
        && (wanted.Source is null || wanted.Source.Equals(r.Source)));

    /// <returns>No route, and why, when the interface it names does not exist here: then the route cannot either.</returns>
    private static (NetworkRoute? Route, string Problem) Wanted(AgentCall call, Netlink netlink)
    {
        var p = call.Parameters;
        if (!p.Has("device") && !p.Has("gateway")) throw new AgentException(OcfCode.Configured, "a device or a gateway, or both, must be given");
        var (destination, prefixLength) = Destination(p["destination"], p["family"], p["gateway"]);
        var gateway = Address(p["gateway"], "gateway", destination.AddressFamily);
        var source = Address(p["source"], "source", destination.AddressFamily);
        var table = RouteNames.Table(p["table"]);
        var index = 0;
        if (p.Has("device"))
        {
            if (netlink.Links().Find(l => l.Name == p["device"]) is not { } link) return (null, $"there is no interface {p["device"]}");
            index = link.Index;
        }
        // As iproute2: what is reached without a gateway is on the link.
        var scope = gateway is null && destination.AddressFamily == AddressFamily.InterNetwork ? NetworkRoute.ScopeLink : NetworkRoute.ScopeUniverse;
        return (new(destination, prefixLength, index, gateway, source, table) { Scope = scope }, "");
    }

    private static (IPAddress, int) Destination(string text, string family, string gateway)
    {
        if (text == "default")
        {
            var six = family == "ip6" || (family == "detect" && gateway.Contains(':', StringComparison.Ordinal));
            return (six ? IPAddress.IPv6Any : IPAddress.Any, 0);
        }
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var host = slash < 0 ? text : text[..slash];
        if (!AddressForm.TryParseAddress(host, out var address)) throw new AgentException(OcfCode.Configured, $"destination={text}: not a network");
        var expected = family switch { "ip4" => AddressFamily.InterNetwork, "ip6" => AddressFamily.InterNetworkV6, _ => address.AddressFamily };
        if (expected != address.AddressFamily) throw new AgentException(OcfCode.Configured, $"destination={text} is not of family {family}");
        var whole = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (slash < 0) return (address, whole);
        if (text[(slash + 1)..] == "0") return (address, 0);
        if (!AddressForm.TryParseMask(text[(slash + 1)..], address.AddressFamily, out var length)) throw new AgentException(OcfCode.Configured, $"destination={text}: not a network");
        return (address, length);
    }

    private static IPAddress? Address(string text, string name, AddressFamily family)
    {
        if (text.Length == 0) return null;
        return AddressForm.TryParseAddress(text, out var address) && address.AddressFamily == family ? address
            : throw new AgentException(OcfCode.Configured, $"{name}={text}: not an address of the destination's family");
    }
}
