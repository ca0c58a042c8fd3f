using System.Collections.Immutable;
using System.Net.Sockets;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>A service IPv4 address with an alias label (<c>eth0:0</c>), as the IPaddr of heartbeat and resource-agents leaves it, so that ifconfig shows it.</summary>
/// <remarks>What a bare address in haresources means. Done by netlink as <see cref="IPaddr2"/> does; the collision probe and the announcements are the same.</remarks>
public sealed class IPaddr : BuiltInAgent
{
    public override AgentDescription Description { get; } = new(
        "IPaddr", "Manages virtual IPv4 addresses (alias labels)",
        "Adds a service address to an interface under an alias label (eth0:0) and takes it away. Before it is added the network is asked whether somebody else has it; after, neighbours are told where it is now.",
        "ADDRESS[/MASK[/INTERFACE[:LABEL][/BROADCAST]]]",
        [
            new("ip", Text, "IPv4 address", "The address to be served, for example 192.168.1.1.") { Required = true, Unique = true },
            new("nic", Text, "Network interface", "The interface; without it, the one whose network covers the address."),
            new("cidr_netmask", Text, "Netmask", "Prefix length (24) or dotted netmask; without it, that of the network that covers the address.") { Aliases = ["netmask"] },
            new("broadcast", Text, "Broadcast address", "Without it, that of the interface's own address."),
            new("iflabel", Text, "Interface label", "Instead of the first free number."),
            new("lvs_support", YesNo, "Support for LVS direct routing", "An address of the same value on the loopback interface is taken away while this one is served, and put back after.") { Default = "false" },
            new("collision_detection", YesNo, "Look for another owner before start", "One ARP probe (RFC 5227) is sent before the address is added; an answer from a foreign hardware address makes the start fail (not when it is taken over from a silent node, see appliance-agent(8)).") { Default = "true" },
            new("collision_wait", Number, "Milliseconds to wait for another owner", "How long an answer is waited for.") { Default = "3", Minimum = 1 },
            new("ARP_INTERVAL_MS", Number, "Milliseconds between announcements", "Pause between two of them.") { Default = "500", Minimum = 1 },
            new("ARP_REPEAT", Number, "Number of announcements at start", "The first is sent at once.") { Default = "10", Minimum = 1 },
            new("ARP_BACKGROUND", YesNo, "Announce in the background", "If not, start ends after the last announcement.") { Default = "yes" },
        ],
        AgentDescription.StandardActions(20, 20, 20));

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) =>
        arguments is [var form] ? AddressForm.Parse(form).Parameters("ip") : throw WrongArguments();

    public override AgentResult Start(AgentCall call) => VirtualAddress.Start(Wish(call), call);

    public override AgentResult Stop(AgentCall call) => VirtualAddress.Stop(Wish(call), call);

    public override AgentResult Monitor(AgentCall call) => VirtualAddress.Monitor(Wish(call), refresh: 0, call);

    public override AgentResult Announce(AgentCall call) => VirtualAddress.AnnounceAgain(Wish(call), call);

    public override AgentResult Validate(AgentCall call) => VirtualAddress.Validate(Wish(call));

    private static AddressWish Wish(AgentCall call)
    {
        var p = call.Parameters;
        if (!AddressForm.TryParseAddress(p["ip"], out var address) || address.AddressFamily != AddressFamily.InterNetwork)
            throw new AgentException(OcfCode.Configured, $"{p["ip"]} is not an IPv4 address");
        int? prefixLength = null;
        if (p.Has("cidr_netmask"))
            prefixLength = AddressForm.TryParseMask(p["cidr_netmask"], address.AddressFamily, out var length) ? length
                : throw new AgentException(OcfCode.Configured, $"{p["cidr_netmask"]} is not a netmask: a prefix length, for example 24, is wanted");
        var nic = p["nic"].Split(':', 2);
        return new(address, prefixLength, nic[0], nic.Length > 1 ? nic[1] : p["iflabel"], p["broadcast"])
        {
            DetectCollision = p.Boolean("collision_detection"),
            CollisionWait = TimeSpan.FromMilliseconds(p.Integer("collision_wait")),
            AnnounceCount = p.Integer("ARP_REPEAT"),
            AnnounceInterval = TimeSpan.FromMilliseconds(p.Integer("ARP_INTERVAL_MS")),
            AnnounceInBackground = p.Boolean("ARP_BACKGROUND"),
            LvsSupport = p.Boolean("lvs_support"),
            AliasLabel = true,
        };
    }
}
