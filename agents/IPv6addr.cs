using System.Collections.Immutable;
using System.Net.Sockets;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>A service IPv6 address. Usable from the moment it is added: the kernel's own duplicate detection (a second and more) is replaced by one probe before.</summary>
public sealed class IPv6addr : BuiltInAgent
{
    public override AgentDescription Description { get; } = new(
        "IPv6addr", "Manages virtual IPv6 addresses",
        "Adds a service address to an interface and takes it away. Before it is added the network is asked whether somebody else has it; after, neighbours are told where it is now.",
        "ADDRESS[/PREFIX[/INTERFACE]]",
        [
            new("ipv6addr", Text, "IPv6 address", "The address to be served; a prefix length may follow after a slash.") { Required = true, Unique = true },
            new("cidr_netmask", Text, "Prefix length", "Overrides one given with the address; without both, that of the network that covers the address."),
            new("nic", Text, "Network interface", "The interface; without it, the one whose network covers the address."),
            new("nodad", YesNo, "No duplicate detection", "No probe before start.") { Default = "false" },
            new("collision_wait", Number, "Milliseconds to wait for another owner", "How long an answer to the probe is waited for.") { Default = "3", Minimum = 1 },
            new("arp_count", Number, "Number of announcements at start", "Unsolicited neighbour advertisements; the first is sent at once.") { Default = "5", Minimum = 1 },
            new("arp_interval", Number, "Milliseconds between announcements", "Pause between two of them.") { Default = "200", Minimum = 1 },
        ],
        AgentDescription.StandardActions(15, 15, 15));

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) =>
        arguments is [var form] ? AddressForm.Parse(form).Parameters("ipv6addr").Remove("broadcast") : throw WrongArguments();

    public override AgentResult Start(AgentCall call) => VirtualAddress.Start(Wish(call), call);

    public override AgentResult Stop(AgentCall call) => VirtualAddress.Stop(Wish(call), call);

    public override AgentResult Monitor(AgentCall call) => VirtualAddress.Monitor(Wish(call), refresh: 0, call);

    public override AgentResult Announce(AgentCall call) => VirtualAddress.AnnounceAgain(Wish(call), call);

    public override AgentResult Validate(AgentCall call) => VirtualAddress.Validate(Wish(call));

    private static AddressWish Wish(AgentCall call)
    {
        var p = call.Parameters;
        var form = AddressForm.Parse(p["ipv6addr"]);
        if (!AddressForm.TryParseAddress(form.Address, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6)
            throw new AgentException(OcfCode.Configured, $"{p["ipv6addr"]} is not an IPv6 address");
        var mask = p.Has("cidr_netmask") ? p["cidr_netmask"] : form.Mask;
        int? prefixLength = null;
        if (mask.Length > 0)
            prefixLength = AddressForm.TryParseMask(mask, address.AddressFamily, out var length) ? length
                : throw new AgentException(OcfCode.Configured, $"{mask} is not a prefix length");
        return new(address, prefixLength, p["nic"], "", "")
        {
            Flags = InterfaceAddress.NoDad,
            DetectCollision = !p.Boolean("nodad"),
            CollisionWait = TimeSpan.FromMilliseconds(p.Integer("collision_wait")),
            AnnounceCount = p.Integer("arp_count"),
            AnnounceInterval = TimeSpan.FromMilliseconds(p.Integer("arp_interval")),
        };
    }
}
