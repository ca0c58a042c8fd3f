using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Makes a service address the one from which this machine speaks: the preferred source address of its routes.</summary>
/// <remarks>
/// <para>Parameters and rules are those of ocf:heartbeat:IPsrcaddr (resource-agents 4.12): IPv4 only. With the default destination both the route to the
/// address's own network and the default route over the same interface are changed; stop gives both the interface's primary address. A stop that finds the
/// address gone from the machine has nothing to do.</para>
/// <para>Departures: stopping what is stopped succeeds, as OCF asks, also where another address is the source by now (the original fails then, even after
/// its own stop, and a failed stop gets a node fenced). A route keeps everything else it has. The original writes the network's route anew, and gives a destination of its own no
/// gateway.</para>
/// </remarks>
public sealed class IPsrcaddr : BuiltInAgent
{
    private const string Everything = "0.0.0.0/0";

    public override AgentDescription Description { get; } = new(
        "IPsrcaddr", "Manages the preferred source address", "Makes an address of this machine the source of what it sends over a network and by its default route. The address itself is another resource's: IPaddr2.", "ADDRESS",
        [
            new("ipaddress", Text, "Address", "The source address, one that this machine has.") { Required = true },
            new("cidr_netmask", Text, "Netmask", "Prefix length or dotted netmask of the network; without it, that of the narrowest network that covers the address."),
            new("destination", Text, "Destination", "The network to which the source address is used.") { Default = Everything },
            new("proto", Text, "Protocol", "Only the network's route that was put there by this one counts, for example kernel."),
            new("metric", Text, "Metric", "Only the network's route of this metric counts."),
            new("table", Text, "Routing table", "In which the destination's route is: a number, main, default or local."),
        ],
        [new("start", 20), new("stop", 20), new("monitor", 20, 10), new("validate-all", 5), new("meta-data", 5)]);

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) =>
        arguments is [var address] ? new Dictionary<string, string> { ["ipaddress"] = address } : throw WrongArguments();

    public override bool MonitorNeedsAll => true;

    public override AgentResult Start(AgentCall call)
    {
        using var netlink = Netlink.Open();
        var wish = Wish.Of(call);
        if (NotHere(netlink, wish) is { } problem) return problem;
        if (Network(netlink, wish) is not { } network) return NoNetwork(wish);
        var (route, failure) = Destination(netlink, wish, network);
        if (failure is not null) return failure;
        if (wish.IsDefault)
        {
            if (route is null) return new(OcfCode.Generic, "no matching route exists");
            if (wish.Address.Equals(route.Source)) return AgentResult.Success;
            Become(netlink, network, wish.Address);
        }
        if (route is not null) Become(netlink, route, wish.Address);
        else netlink.Add(new NetworkRoute(wish.Destination, wish.Length, network.Index, null, wish.Address, wish.Table) { Scope = NetworkRoute.ScopeLink, Metric = wish.Metric ?? 0 });
        return AgentResult.Success;
    }

    public override AgentResult Stop(AgentCall call)
    {
        using var netlink = Netlink.Open();
        var wish = Wish.Of(call);
        // Without the address no route can have it as its source: the kernel took them back when the address went.
        if (NotHere(netlink, wish) is not null || Network(netlink, wish) is not { } network) return AgentResult.Success;
        var (route, failure) = Destination(netlink, wish, network);
        if (failure is not null) return failure;
        if (route?.Source is not { } source) return AgentResult.Success;
        if (!source.Equals(wish.Address)) return AgentResult.Success;
        if (Primary(netlink, network.Index) is not { } primary) return AgentResult.Success;
        if (wish.IsDefault) Become(netlink, network, primary);
        Become(netlink, route, primary);
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call)
    {
        using var netlink = Netlink.Open();
        var wish = Wish.Of(call);
        if (!call.IsProbe && !call.IsHaresources && NotHere(netlink, wish) is { } problem) return problem;
        if (Network(netlink, wish) is not { } network) return call.IsProbe || call.IsHaresources ? AgentResult.NotRunning : NoNetwork(wish);
        var (route, failure) = Destination(netlink, wish, network);
        if (failure is not null) return failure;
        if (route is null && wish.IsDefault && !call.IsProbe && !call.IsHaresources) return new(OcfCode.Generic, "no matching route exists");
        return wish.Address.Equals(route?.Source) ? AgentResult.Success : AgentResult.NotRunning;
    }

    public override AgentResult Validate(AgentCall call)
    {
        var wish = Wish.Of(call);
        if (call.CheckLevel != 10) return AgentResult.Success;
        using var netlink = Netlink.Open();
        return NotHere(netlink, wish) ?? AgentResult.Success;
    }

    private static AgentResult? NotHere(Netlink netlink, Wish wish)
    {
        if (netlink.Addresses(AddressFamily.InterNetwork).Find(a => a.Address.Equals(wish.Address)) is not { } held)
            return new(OcfCode.Installed, $"{wish.Address} is not on this machine");
        return netlink.Links().Find(l => l.Index == held.Index) is { IsLoopback: true }
            ? new(OcfCode.Configured, $"{wish.Address} is on the loopback interface, and cannot be a source address")
            : null;
    }

    private static AgentResult NoNetwork(Wish wish) => new(OcfCode.Generic, $"there is no route to a network that covers {wish.Address}");

    /// <summary>The route to the network of the address: the narrowest that covers it.</summary>
    private static NetworkRoute? Network(Netlink netlink, Wish wish)
    {
        NetworkRoute? best = null;
        foreach (var route in netlink.Routes(AddressFamily.InterNetwork))
            if (route.Scope == NetworkRoute.ScopeLink && route.PrefixLength is > 0 and < 32 && route.Covers(wish.Address, wish.NetworkLength ?? 32)
                && (wish.Protocol is null || route.Protocol == wish.Protocol) && (wish.Metric is null || route.Metric == wish.Metric)
                && (best is null || route.PrefixLength > best.PrefixLength)) best = route;
        return best;
    }

    /// <summary>The one route to the destination over the network's interface.</summary>
    private static (NetworkRoute? Route, AgentResult? Failure) Destination(Netlink netlink, Wish wish, NetworkRoute network)
    {
        var routes = netlink.Routes(AddressFamily.InterNetwork, wish.Table).FindAll(r => r.Index == network.Index && r.PrefixLength == wish.Length && r.Destination.Equals(wish.Destination));
        if (!wish.IsDefault && routes.Find(r => wish.Address.Equals(r.Source)) is { } ours) return (ours, null);
        return routes.Count > 1 ? (null, new(OcfCode.Generic, "more than 1 matching route exists")) : (routes.Count == 1 ? routes[0] : null, null);
    }

    private static void Become(Netlink netlink, NetworkRoute route, IPAddress source)
    {
        if (!netlink.ChangeSource(route, source)) throw new AgentException(OcfCode.Generic, $"the route to {route.Destination}/{route.PrefixLength} went away");
    }

    private static IPAddress? Primary(Netlink netlink, int index)
    {
        const uint IFA_F_SECONDARY = 1;
        return netlink.Addresses(AddressFamily.InterNetwork).Find(a => a.Index == index && (a.Flags & IFA_F_SECONDARY) == 0)?.Address;
    }

    /// <summary>The parameters, read.</summary>
    private sealed record Wish(IPAddress Address, int? NetworkLength, IPAddress Destination, int Length, byte? Protocol, uint? Metric, uint Table)
    {
        public bool IsDefault => Length == 0;

        public static Wish Of(AgentCall call)
        {
            var p = call.Parameters;
            if (!AddressForm.TryParseAddress(p["ipaddress"], out var address) || address.AddressFamily != AddressFamily.InterNetwork)
                throw Wrong(call, "ipaddress", "must be an IPv4 address");
            if (IPAddress.IsLoopback(address)) throw Wrong(call, "ipaddress", "a loopback address cannot be a source address");
            int? networkLength = null;
            if (p.Has("cidr_netmask")) networkLength = AddressForm.TryParseMask(p["cidr_netmask"], AddressFamily.InterNetwork, out var given) ? given : throw Wrong(call, "cidr_netmask", "must be a prefix length or a netmask");
            uint? metric = null;
            if (p.Has("metric")) metric = uint.TryParse(p["metric"], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(call, "metric", "must be a number");
            var slash = p["destination"].IndexOf('/', StringComparison.Ordinal);
            var length = 0;
            if (slash < 0 || !AddressForm.TryParseAddress(p["destination"][..slash], out var destination) || destination.AddressFamily != AddressFamily.InterNetwork
                || (p["destination"][(slash + 1)..] != "0" && !AddressForm.TryParseMask(p["destination"][(slash + 1)..], AddressFamily.InterNetwork, out length)))
                throw Wrong(call, "destination", "must be an IPv4 network, ADDRESS/LENGTH");
            return new(address, networkLength, destination, length, RouteNames.Protocol(p["proto"]), metric, RouteNames.Table(p["table"]));
        }

        private static AgentException Wrong(AgentCall call, string name, string why) => new(OcfCode.Configured, $"{name}={call.Parameters[name]}: {why}");
    }
}
