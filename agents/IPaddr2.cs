using System.Collections.Immutable;
using System.Net.Sockets;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>A service address, IPv4 or IPv6: added and removed by netlink, checked for a collision before, announced to the neighbours after.</summary>
/// <remarks>
/// Parameters, forms and defaults are those of resource-agents 4.12 (IPaddr2), except: a collision is looked for by default, by one ARP or ND probe and a wait
/// of <c>collision_wait</c> milliseconds (run_arping there takes 2 s and is off); IPv6 addresses are added without the kernel's own duplicate detection
/// after that probe, because it keeps an address unusable for a second and more.
/// </remarks>
public sealed class IPaddr2 : BuiltInAgent
{
    public override AgentDescription Description { get; } = new(
        "IPaddr2", "Manages virtual IPv4 and IPv6 addresses",
        "Adds a service address to an interface and takes it away. Before it is added the network is asked whether somebody else has it; after, neighbours are told where it is now.",
        "ADDRESS[/MASK[/INTERFACE[:LABEL][/BROADCAST]]]",
        [
            new("ip", Text, "IPv4 or IPv6 address", "The address to be served, for example 192.168.1.1 or 2001:db8::1.") { Required = true, Unique = true },
            new("nic", Text, "Network interface", "The interface; without it, the one whose network covers the address. A label may follow after a colon."),
            new("cidr_netmask", Text, "Netmask", "Prefix length (24) or, for IPv4, a dotted netmask; without it, that of the network that covers the address.") { Aliases = ["netmask"] },
            new("broadcast", Text, "Broadcast address", "IPv4 only. + and - set or clear all host bits; without it, that of the interface's own address."),
            new("iflabel", Text, "Interface label", "IPv4 only: appended to the interface's name; both together have at most 15 characters."),
            new("lvs_support", YesNo, "Support for LVS direct routing", "IPv4 only: an address of the same value on the loopback interface is taken away while this one is served, and put back after.") { Default = "false" },
            new("collision_detection", YesNo, "Look for another owner before start", "One ARP probe (RFC 5227) or neighbour solicitation (RFC 4862) is sent before the address is added; an answer from a foreign hardware address makes the start fail (not when it is taken over from a silent node, see appliance-agent(8)).") { Default = "true", Aliases = ["run_arping"] },
            new("collision_wait", Number, "Milliseconds to wait for another owner", "How long an answer is waited for. Machines on the same network answer within a fraction of a millisecond.") { Default = "3", Minimum = 1 },
            new("arp_count", Number, "Number of announcements at start", "Unsolicited ARP packets (as request and as reply) or neighbour advertisements; the first is sent at once.") { Default = "5", Minimum = 1 },
            new("arp_interval", Number, "Milliseconds between announcements", "Pause between two of them.") { Default = "200", Minimum = 1 },
            new("arp_count_refresh", Number, "Number of announcements at each monitor", "Helps against neighbours whose tables went wrong in a split brain.") { Default = "0" },
            new("arp_bg", YesNo, "Announce in the background", "If not, start ends after the last announcement.") { Default = "true" },
            new("nodad", YesNo, "No duplicate detection for IPv6", "IPv6 only: no probe before start.") { Default = "false" },
            new("noprefixroute", YesNo, "Without a route to the network", "See ip-address(8).") { Default = "false" },
            new("preferred_lft", Text, "Preferred lifetime for IPv6", "Seconds, or forever; 0 keeps the address from being used as a source (RFC 4862, 5.5.4).") { Default = "forever" },
            new("network_namespace", Text, "Network namespace", "An existing namespace (ip netns) in which the interface is."),
        ],
        AgentDescription.StandardActions(20, 20, 20));

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) =>
        // The packaged wrapper of 3.0.6 switches LVS support on; an address on the loopback interface would else stay there beside the served one.
        arguments is [var form] ? WithLvs(AddressForm.Parse(form).Parameters("ip")) : throw WrongArguments();

    public override AgentResult Start(AgentCall call) => Inside(call, () => VirtualAddress.Start(Wish(call), call));

    public override AgentResult Stop(AgentCall call) => Inside(call, () => VirtualAddress.Stop(Wish(call), call));

    public override AgentResult Monitor(AgentCall call) =>
        Inside(call, () => VirtualAddress.Monitor(Wish(call), call.Parameters.Integer("arp_count_refresh"), call));

    /// <inheritdoc/>
    /// <remarks>As the original's: only a missing address is not configured to a probe; a watched one is not there, which is a failure.</remarks>
    public override int NothingCanRun(AgentCall call) => !call.Parameters.Has("ip") ? OcfCode.Configured : call.IsProbe ? OcfCode.NotRunning : OcfCode.Generic;

    public override AgentResult Announce(AgentCall call) => Inside(call, () => VirtualAddress.AnnounceAgain(Wish(call), call));

    public override AgentResult Validate(AgentCall call) => Inside(call, () => VirtualAddress.Validate(Wish(call)));

    private static ImmutableDictionary<string, string> WithLvs(ImmutableDictionary<string, string> parameters) =>
        parameters.TryGetValue("ip", out var ip) && ip.Contains(':', StringComparison.Ordinal) ? parameters : parameters.SetItem("lvs_support", "1");

    private static AgentResult Inside(AgentCall call, Func<AgentResult> action) =>
        call.Parameters.Has("network_namespace") ? NetlinkNamespace.Run(call.Parameters["network_namespace"], action) : action();

    private static AddressWish Wish(AgentCall call)
    {
        var p = call.Parameters;
        if (!AddressForm.TryParseAddress(p["ip"], out var address)) throw new AgentException(OcfCode.Configured, $"{p["ip"]} is not an IP address");
        var six = address.AddressFamily == AddressFamily.InterNetworkV6;
        int? prefixLength = null;
        if (p.Has("cidr_netmask"))
            prefixLength = AddressForm.TryParseMask(p["cidr_netmask"], address.AddressFamily, out var length) ? length
                : throw new AgentException(OcfCode.Configured, $"{p["cidr_netmask"]} is not a netmask: a prefix length, for example {(six ? 64 : 24)}, is wanted");
        if (six && call.Begins && p.Boolean("lvs_support")) throw new AgentException(OcfCode.Configured, "lvs_support is for IPv4 only");
        var preferred = p["preferred_lft"];
        if (preferred != "forever" && !uint.TryParse(preferred, out _)) preferred = !call.Begins ? "forever" : throw new AgentException(OcfCode.Configured, $"preferred_lft={preferred}: must be seconds, or forever");
        var nic = p["nic"].Split(':', 2);
        return new(address, prefixLength, nic[0], nic.Length > 1 ? nic[1] : p["iflabel"], p["broadcast"])
        {
            Flags = (six ? InterfaceAddress.NoDad : 0) | (p.Boolean("noprefixroute") ? InterfaceAddress.NoPrefixRoute : 0),
            PreferredSeconds = six && preferred != "forever" ? uint.Parse(preferred, System.Globalization.CultureInfo.InvariantCulture) : null,
            DetectCollision = p.Boolean("collision_detection") && !(six && p.Boolean("nodad")),
            CollisionWait = TimeSpan.FromMilliseconds(p.Integer("collision_wait")),
            AnnounceCount = p.Integer("arp_count"),
            AnnounceInterval = TimeSpan.FromMilliseconds(p.Integer("arp_interval")),
            AnnounceInBackground = p.Boolean("arp_bg"),
            LvsSupport = !six && p.Boolean("lvs_support"),
        };
    }
}
