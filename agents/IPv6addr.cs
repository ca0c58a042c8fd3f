using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Appliance.Lrm.Agents;

/// <summary>IPv6addr: an IPv6 address; the same work as <see cref="IPaddr"/>, with this agent's parameter names.</summary>
public sealed class IPv6addr : BuiltInAgent
{
    private readonly IPaddr _address = new("IPv6addr");

    public override AgentDescription Description { get; } = new("IPv6addr", "Manages a virtual IPv6 address.", "ADDRESS[/BITS]",
    [
        new("ipv6addr", "string", true, "", "The address, with /BITS if it has a network."),
        new("cidr_netmask", "string", false, "", "Bits of the network; from the route to the address if not given."),
        new("nic", "string", false, "", "Interface; from the route to the address if not given."),
    ]);

    public override ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments) => ImmutableDictionary<string, string>.Empty.Add("ipv6addr", arguments[0]);

    public override string? Check(AgentCall call) =>
        IPAddress.TryParse(call["ipv6addr"].Split('/')[0], out var address) && address.AddressFamily == AddressFamily.InterNetworkV6 ? null : $"ipv6addr={call["ipv6addr"]} is not an IPv6 address";

    public override AgentResult Start(AgentCall call) => _address.Start(Translate(call));
    public override AgentResult Stop(AgentCall call) => _address.Stop(Translate(call));
    public override AgentResult Monitor(AgentCall call) => _address.Monitor(Translate(call));

    private AgentCall Translate(AgentCall call)
    {
        var given = IPaddr.Parse(call["ipv6addr"]).Add("nic", call["nic"]);
        if (call["cidr_netmask"].Length > 0) given = given.SetItem("cidr_netmask", call["cidr_netmask"]);
        return new(call.Request, _address.Description, given, call.Cancel);
    }
}
