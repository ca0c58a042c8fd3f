using System.Collections.Immutable;
using System.Net;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Announces an address on an interface without adding it there.</summary>
public sealed class SendArp : BuiltInAgent
{
    public override AgentDescription Description { get; } = new(
        "SendArp", "Announces an address that is served on another interface",
        "Sends unsolicited ARP packets (or neighbour advertisements) for an address on an interface, without adding the address to it.",
        "ADDRESS/INTERFACE",
        [
            new("ip", Text, "IP address", "The address to be announced.") { Required = true },
            new("nic", Text, "Network interface", "The interface on which it is announced.") { Required = true },
            new("background", YesNo, "Announce in the background", "If not, start ends after the last announcement.") { Default = "true" },
            new("arp_count", Number, "Number of announcements", "The first is sent at once.") { Default = "5", Minimum = 1 },
            new("arp_interval", Number, "Milliseconds between announcements", "Pause between two of them.") { Default = "200", Minimum = 1 },
        ],
        AgentDescription.StandardActions(20, 20, 20));

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments)
    {
        if (arguments is not [var form]) throw WrongArguments();
        var slash = form.IndexOf('/', StringComparison.Ordinal);
        // The wrapper of 3.0.6 takes all of a word without a slash for the interface as well; that is never right, and refused as missing here.
        return slash < 0
            ? new Dictionary<string, string> { ["ip"] = form }
            : new Dictionary<string, string> { ["ip"] = form[..slash], ["nic"] = form[(slash + 1)..] };
    }

    public override AgentResult Start(AgentCall call)
    {
        var file = call.StateFile(Description.Name);
        if (File.Exists(file)) return AgentResult.Success;
        Tell(call);
        StateFiles.Write(file);
        return AgentResult.Success;
    }

    public override AgentResult Announce(AgentCall call)
    {
        if (File.Exists(call.StateFile(Description.Name))) Tell(call);
        return AgentResult.Success;
    }

    private static void Tell(AgentCall call)
    {
        var (address, link) = Wanted(call);
        var (count, interval) = (call.Parameters.Integer("arp_count"), TimeSpan.FromMilliseconds(call.Parameters.Integer("arp_interval")));
        using (var socket = ArpSocket.Open(link, address.AddressFamily)) socket.Announce(address);
        if (call.Parameters.Boolean("background")) call.Background.Announce(Key(call), link, address, count - 1, interval);
        else Announcing.InForeground(link, address, count - 1, interval, call.Cancel);
    }

    public override AgentResult Stop(AgentCall call)
    {
        call.Background.Cancel(Key(call));
        StateFiles.Delete(call.StateFile(Description.Name));
        call.Log(LogPriority.Info, $"SendArp for {call.Parameters["ip"]}/{call.Parameters["nic"]} released");
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call) =>
        File.Exists(call.StateFile(Description.Name)) ? AgentResult.Success : AgentResult.NotRunning;

    public override AgentResult Validate(AgentCall call)
    {
        _ = Wanted(call);
        return AgentResult.Success;
    }

    private static (IPAddress, NetworkLink) Wanted(AgentCall call)
    {
        if (!AddressForm.TryParseAddress(call.Parameters["ip"], out var address))
            throw new AgentException(OcfCode.Configured, $"{call.Parameters["ip"]} is not an IP address");
        using var netlink = Netlink.Open();
        var name = call.Parameters["nic"];
        var link = netlink.Links().Find(l => l.Name == name) ?? throw new AgentException(OcfCode.Configured, $"there is no interface {name}");
        return link.HasNeighbours ? (address, link) : throw new AgentException(OcfCode.Configured, $"there are no neighbours to tell on {name}");
    }

    private static string Key(AgentCall call) => $"announce-{call.Parameters["ip"]}-{call.Parameters["nic"]}";
}
