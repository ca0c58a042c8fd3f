using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Looks whether a network interface is alive, and leaves the answer as a node attribute.</summary>
/// <remarks>
/// <para>Parameters, sequence and exit codes are those of ocf:heartbeat:ethmonitor 1.2 (resource-agents 4.12): a link that is down is dead; one on which
/// packets arrive within <c>pktcnt_timeout</c> is alive; otherwise one on which a neighbour of the ARP table answers. This is repeated, and a dead
/// interface sets the attribute to 0 and does not make the resource fail. Links, counters and neighbours come by netlink; ARP requests are our own.</para>
/// <para>Departures: the packet counter is looked at every 20 ms (there every 100 ms). InfiniBand ports are read from sysfs and not with ibstatus or opainfo.</para>
/// </remarks>
public sealed class Ethmonitor : BuiltInAgent
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    public override AgentDescription Description { get; } = new(
        "ethmonitor", "Watches a network interface", "Every start and monitor looks whether an interface is alive: by its link, by packets that arrive, by neighbours that answer. Sets a node attribute to 1 or 0, times a factor.",
        "INTERFACE",
        [
            new("interface", Text, "Network interface", "Name of the interface.") { Required = true, Unique = true },
            new("name", Text, "Attribute", "Name of the attribute, for rules in constraints; without it, ethmonitor-INTERFACE.") { Unique = true },
            new("multiplier", Number, "Value of a living interface", "The attribute's value is 0, or this.") { Default = "1" },
            new("repeat_count", Number, "Attempts", "How often it is looked at before it counts as dead. The monitor's time-out must allow for attempts times interval.") { Default = "5", Minimum = 1 },
            new("repeat_interval", Number, "Seconds between attempts", "From the beginning of one to that of the next.") { Default = "10" },
            new("pktcnt_timeout", Number, "Seconds to wait for a packet", "How long the counter of received packets is watched.") { Default = "5" },
            new("arping_count", Number, "ARP requests", "How many are sent to a neighbour.") { Default = "1", Minimum = 1 },
            new("arping_timeout", Number, "Seconds for a neighbour", "How long its answer is waited for, all requests together.") { Default = "1" },
            new("arping_cache_entries", Number, "Neighbours", "How many of the ARP table are asked, those that answered last first.") { Default = "5" },
            new("infiniband_device", Text, "InfiniBand device", "Its port is looked at instead of packets and neighbours."),
            new("infiniband_port", Number, "InfiniBand port", "Without it, the first one that works counts."),
            new("link_status_only", YesNo, "Look at the link only", "No packets, no neighbours.") { Default = "false" },
        ],
        [new("start", 60), new("stop", 20), new("status", 60, 10), new("monitor", 60, 10), new("meta-data", 5), new("validate-all", 20)]);

    public override bool MayBlock => true;

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) =>
        arguments is [var name] ? new Dictionary<string, string> { ["interface"] = name } : throw WrongArguments();

    public override bool MonitorNeedsAll => true;

    public override AgentResult Start(AgentCall call)
    {
        StateFiles.Write(call.StateFile(Description.Name));
        return Update(call);
    }

    public override AgentResult Stop(AgentCall call)
    {
        if (call.Attributes.Change(new(Attribute(call), null), call) is { } problem) call.Log(LogPriority.Info, $"attribute {Attribute(call)} not taken away: {problem}");
        StateFiles.Delete(call.StateFile(Description.Name));
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call) => File.Exists(call.StateFile(Description.Name)) ? Update(call) : AgentResult.NotRunning;

    public override AgentResult Validate(AgentCall call)
    {
        using var netlink = Netlink.Open();
        return Link(netlink, call) is null ? new(OcfCode.Configured, $"Interface {call.Parameters["interface"]} does not exist") : AgentResult.Success;
    }

    private static string Attribute(AgentCall call) => call.Parameters.Has("name") ? call.Parameters["name"] : "ethmonitor-" + call.Parameters["interface"];

    private static AgentResult Update(AgentCall call)
    {
        var alive = IsAlive(call);
        var value = (alive ? call.Parameters.Integer("multiplier") : 0).ToString(CultureInfo.InvariantCulture);
        return call.Attributes.Change(new(Attribute(call), value), call) is { } problem
            ? new(OcfCode.Generic, $"attribute {Attribute(call)}={value} not set: {problem}")
            : AgentResult.Success;
    }

    private static bool IsAlive(AgentCall call)
    {
        using var netlink = Netlink.Open();
        for (var left = call.Parameters.Integer("repeat_count") - 1; ; left--)
        {
            var started = Stopwatch.GetTimestamp();
            var why = WhyDead(netlink, call);
            if (why is null) return true;
            call.Log(left > 0 ? LogPriority.Warn : LogPriority.Error, $"{call.Parameters["interface"]} seems dead: {why}{(left > 0 ? $", looked at {left} more times" : "")}");
            if (left <= 0) return false;
            var pause = TimeSpan.FromSeconds(call.Parameters.Integer("repeat_interval")) - Stopwatch.GetElapsedTime(started);
            if (pause > TimeSpan.Zero) Pause(pause, call);
        }
    }

    /// <returns><c>null</c>: it is alive.</returns>
    private static string? WhyDead(Netlink netlink, AgentCall call)
    {
        if (Link(netlink, call) is not { } link) return "it does not exist";       // a bond may be gone for a while
        if (!link.IsRunning || !link.HasCarrier) return "its link is down";        // the kernel takes "running" back up to a second after the carrier
        if (call.Parameters.Has("infiniband_device")) return PortIsActive(call) ? null : "its InfiniBand port is not active";
        if (call.Parameters.Boolean("link_status_only")) return null;
        return Receives(netlink, link, call) || NeighbourAnswers(netlink, link, call) ? null : "no packet arrives, and no neighbour answers";
    }

    private static NetworkLink? Link(Netlink netlink, AgentCall call) => netlink.Links().Find(l => l.Name == call.Parameters["interface"]);

    private static bool Receives(Netlink netlink, NetworkLink link, AgentCall call)
    {
        var started = Stopwatch.GetTimestamp();
        var limit = TimeSpan.FromSeconds(call.Parameters.Integer("pktcnt_timeout"));
        while (Stopwatch.GetElapsedTime(started) < limit)
        {
            Pause(Look, call);
            if (Link(netlink, call) is { } now && now.ReceivedPackets != link.ReceivedPackets) return true;
        }
        return false;
    }

    private static bool NeighbourAnswers(Netlink netlink, NetworkLink link, AgentCall call)
    {
        if (!link.HasNeighbours) return false;
        var neighbours = netlink.Neighbours(AddressFamily.InterNetwork, link.Index).FindAll(n => !n.IsFixed);
        neighbours.Sort((a, b) => a.Confirmed.CompareTo(b.Confirmed));
        var (most, count) = (call.Parameters.Integer("arping_cache_entries"), call.Parameters.Integer("arping_count"));
        var each = TimeSpan.FromSeconds(call.Parameters.Integer("arping_timeout")) / count;
        var own = netlink.Links().ConvertAll(l => l.HardwareAddress);
        using var socket = ArpSocket.Open(link, AddressFamily.InterNetwork);
        for (var i = 0; i < neighbours.Count && i < most; i++)
            for (var sent = 0; sent < count; sent++)
            {
                call.Cancel.ThrowIfCancellationRequested();
                if (socket.Probe(neighbours[i].Address, each, own) is not null) return true;
            }
        return false;
    }

    /// <summary><c>/sys/class/infiniband/DEVICE/ports/N/state</c>: <c>4: ACTIVE</c> (what ibstatus prints).</summary>
    private static bool PortIsActive(AgentCall call)
    {
        var ports = $"/sys/class/infiniband/{call.Parameters["infiniband_device"]}/ports";
        if (call.Parameters["infiniband_device"].Contains('/', StringComparison.Ordinal) || !Directory.Exists(ports)) return false;
        foreach (var port in Directory.GetDirectories(ports))
            if ((!call.Parameters.Has("infiniband_port") || Path.GetFileName(port) == call.Parameters["infiniband_port"])
                && File.ReadAllText(port + "/state").Contains("ACTIVE", StringComparison.Ordinal)) return true;
        return false;
    }

    private static void Pause(TimeSpan span, AgentCall call)
    {
        if (call.Cancel.WaitHandle.WaitOne(span)) throw new OperationCanceledException(call.Cancel);
    }
}
