using System.Collections.Immutable;
using System.Net;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>SendArp: tells the neighbours that an address is on an interface of this machine, without adding it.</summary>
public sealed class SendArp : BuiltInAgent
{
    public override AgentDescription Description { get; } = new("SendArp", "Announces an address to the neighbours.", "ADDRESS/INTERFACE",
    [
        new("ip", "string", true, "", "The address to announce."),
        new("nic", "string", true, "", "The interface it is on."),
        new("arp_count", "integer", false, "5", "How often it is announced."),
        new("arp_interval", "integer", false, "200", "Milliseconds between two announcements."),
    ]);

    public override ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments)
    {
        var parts = arguments[0].Split('/');
        return ImmutableDictionary<string, string>.Empty.Add("ip", parts[0]).Add("nic", parts.Length > 1 ? parts[^1] : arguments.Length > 1 ? arguments[1] : "");
    }

    public override string? Check(AgentCall call) => IPAddress.TryParse(call["ip"], out _) ? null : $"ip={call["ip"]} is not an address";

    public override AgentResult Start(AgentCall call)
    {
        using var netlink = Netlink.Open();
        if (netlink.Links().Find(l => l.Name == call["nic"]) is not { } link) return AgentResult.Failed($"there is no interface {call["nic"]}");
        Announcer.Announce(call, link, IPAddress.Parse(call["ip"]), call.Number("arp_count"), TimeSpan.FromMilliseconds(call.Number("arp_interval")));
        File.WriteAllText(call.StateFile, "");
        return AgentResult.Ok();
    }

    public override AgentResult Stop(AgentCall call)
    {
        call.Request.Background.Stop(call.Request.Instance);
        File.Delete(call.StateFile);
        return AgentResult.Ok();
    }

    public override AgentResult Monitor(AgentCall call) => File.Exists(call.StateFile) ? AgentResult.Ok() : AgentResult.NotRunning();
}
