using System.Net;
using System.Net.Sockets;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>What is asked for: an address, and how it is to be served.</summary>
internal sealed record AddressWish(IPAddress Address, int? PrefixLength, string Interface, string Label, string Broadcast)
{
    public AddressFamily Family => Address.AddressFamily;
    public uint Flags { get; init; }
    public uint? PreferredSeconds { get; init; }
    public bool DetectCollision { get; init; } = true;
    public TimeSpan CollisionWait { get; init; }
    public int AnnounceCount { get; init; }
    public TimeSpan AnnounceInterval { get; init; }
    public bool AnnounceInBackground { get; init; } = true;
    /// <summary>Take the address off the loopback interface meanwhile (LVS direct routing).</summary>
    public bool LvsSupport { get; init; }
    /// <summary>Label it NIC:0, NIC:1 ... as ifconfig's aliases.</summary>
    public bool AliasLabel { get; init; }
}

/// <summary>Adds, removes and finds the service address of IPaddr, IPaddr2 and IPv6addr by netlink.</summary>
/// <remarks>
/// The interface and netmask are found as resource-agents' <c>findif</c> does: the longest route on a link (not through a gateway) that covers the address.
/// Departures: <c>stop</c> and <c>monitor</c> look for the address itself, so that it is found and removed when the route has gone
/// with its link; findif then fails, and a stop that removed nothing succeeds.
/// </remarks>
internal static class VirtualAddress
{
    private const int LongestLabel = 15;      // IFNAMSIZ - 1

    public static AgentResult Start(AddressWish wish, AgentCall call)
    {
        using var netlink = Netlink.Open();
        var links = netlink.Links();
        var existing = netlink.Addresses(wish.Family);
        if (Find(wish, links, existing).Count > 0) return AgentResult.Success;
        var (link, address) = Resolve(wish, netlink, links, existing);

        var asks = wish.DetectCollision && link is { HasNeighbours: true, IsUp: true, HasCarrier: true };
        if (asks && call.TakenFrom is null && Claimant(wish, link, links, call) is { } claimant)
            return new(OcfCode.Generic, $"address {wish.Address} is in use: {NetworkLink.Text(claimant)} on {link.Name} answers for it");

        if (wish.LvsSupport) TakeOffLoopback(wish, netlink, links, existing, call);
        netlink.Add(address);
        if (!link.IsUp) netlink.SetUp(link);
        if (link.HasNeighbours && wish.AnnounceCount > 0) Announce(wish, link, call);
        if (asks && call.TakenFrom is { } node) WarnOfClaimant(wish, link, links, existing, node, call);
        return AgentResult.Success;
    }

    /// <summary>Announces an address that is served here; success as well when it is not.</summary>
    public static AgentResult AnnounceAgain(AddressWish wish, AgentCall call)
    {
        using var netlink = Netlink.Open();
        var links = netlink.Links();
        foreach (var found in Find(wish, links, netlink.Addresses(wish.Family)))
            if (links.Find(l => l.Index == found.Index) is { HasNeighbours: true } link) Announce(wish with { AnnounceInBackground = true }, link, call);
        return AgentResult.Success;
    }

    public static AgentResult Stop(AddressWish wish, AgentCall call)
    {
        call.Background.Cancel(Key(wish));
        using var netlink = Netlink.Open();
        var links = netlink.Links();
        foreach (var address in Find(wish, links, netlink.Addresses(wish.Family))) netlink.Remove(address);
        if (wish.LvsSupport) PutBackOnLoopback(wish, netlink, links, call);
        return AgentResult.Success;
    }

    public static AgentResult Monitor(AddressWish wish, int refresh, AgentCall call)
    {
        using var netlink = Netlink.Open();
        var links = netlink.Links();
        var found = Find(wish, links, netlink.Addresses(wish.Family));
        if (found.Count == 0) return AgentResult.NotRunning;
        if (refresh > 0 && links.Find(l => l.Index == found[0].Index) is { HasNeighbours: true } link)
            call.Background.Announce(Key(wish), link, wish.Address, refresh, wish.AnnounceInterval);
        return AgentResult.Success;
    }

    /// <summary>Whether it could be started here, without doing it.</summary>
    public static AgentResult Validate(AddressWish wish)
    {
        using var netlink = Netlink.Open();
        _ = Resolve(wish, netlink, netlink.Links(), netlink.Addresses(wish.Family));
        return AgentResult.Success;
    }

    /// <summary>Where the address is now: on the interface asked for, or on any but the loopback when none was.</summary>
    private static List<InterfaceAddress> Find(AddressWish wish, List<NetworkLink> links, List<InterfaceAddress> addresses) =>
        addresses.FindAll(a => a.Address.Equals(wish.Address)
            && (wish.PrefixLength is not { } length || a.PrefixLength == length)
            && links.Find(l => l.Index == a.Index) is { } link
            && (wish.Interface.Length > 0 ? link.Name == wish.Interface : !link.IsLoopback || IPAddress.IsLoopback(wish.Address)));

    private static (NetworkLink Link, InterfaceAddress Address) Resolve(
        AddressWish wish, Netlink netlink, List<NetworkLink> links, List<InterfaceAddress> existing)
    {
        NetworkLink? link = null;
        if (wish.Interface.Length > 0)
            link = links.Find(l => l.Name == wish.Interface) ?? throw new AgentException(OcfCode.Configured, $"there is no interface {wish.Interface}");
        else if (wish.Address.IsIPv6LinkLocal)
            throw new AgentException(OcfCode.Configured, $"the link-local address {wish.Address} needs an interface (nic)");

        var route = BestRoute(wish, link, netlink);
        link ??= route is null ? null : links.Find(l => l.Index == route.Index);
        if (link is null)
            throw new AgentException(OcfCode.Generic, $"no interface for {wish.Address}: no network on a link covers it; name the interface");
        if ((wish.PrefixLength ?? route?.PrefixLength) is not { } prefixLength)
            throw new AgentException(OcfCode.Generic, $"no netmask for {wish.Address}: no network on {link.Name} covers it; name the netmask");

        var broadcast = wish.Family == AddressFamily.InterNetwork ? Broadcast(wish, prefixLength, route, existing) : null;
        return (link, new(link.Index, wish.Address, prefixLength, broadcast, Label(wish, link, existing), wish.Flags)
        {
            PreferredSeconds = wish.PreferredSeconds,
            Scope = wish.Family == AddressFamily.InterNetwork && IPAddress.IsLoopback(wish.Address) ? NetworkRoute.ScopeHost : NetworkRoute.ScopeUniverse,
        });
    }

    private static NetworkRoute? BestRoute(AddressWish wish, NetworkLink? link, Netlink netlink)
    {
        var whole = wish.PrefixLength ?? (wish.Family == AddressFamily.InterNetwork ? 32 : 128);
        var best = Best(netlink.Routes(wish.Family), NetworkRoute.ScopeLink);
        if (best is null && wish.Family == AddressFamily.InterNetwork && IPAddress.IsLoopback(wish.Address))
            best = Best(netlink.Routes(wish.Family, NetworkRoute.LocalTable), NetworkRoute.ScopeHost);
        return best;

        // Default routes, and IPv4 routes to one host, are no networks to have an address in; of two alike the later one counts, as in findif.
        NetworkRoute? Best(List<NetworkRoute> routes, byte scope) => routes
            .Where(r => r.Covers(wish.Address, whole) && r.PrefixLength > 0 && r.Index != 0 && (link is null || r.Index == link.Index)
                && (wish.Family == AddressFamily.InterNetworkV6 ? r.Gateway is null : r.Scope == scope && r.PrefixLength < 32))
            .Aggregate(default(NetworkRoute), (best, r) => best is null || r.PrefixLength >= best.PrefixLength ? r : best);
    }

    /// <summary>As given; <c>+</c> and <c>-</c> mean all host bits set or clear; otherwise that of the address which the route names as its source.</summary>
    private static IPAddress? Broadcast(AddressWish wish, int prefixLength, NetworkRoute? route, List<InterfaceAddress> existing)
    {
        if (wish.Broadcast is "+" or "-")
        {
            if (prefixLength >= 31) return null;            // no such address in a network of one or two; iproute2 sets none
            Span<byte> bytes = stackalloc byte[4];
            wish.Address.TryWriteBytes(bytes, out _);
            var host = uint.MaxValue >> prefixLength;
            var number = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(bytes);
            System.Buffers.Binary.BinaryPrimitives.WriteUInt32BigEndian(bytes, wish.Broadcast == "+" ? number | host : number & ~host);
            return new IPAddress(bytes);
        }
        if (wish.Broadcast.Length > 0)
            return AddressForm.TryParseAddress(wish.Broadcast, out var given) ? given
                : throw new AgentException(OcfCode.Configured, $"{wish.Broadcast} is not a broadcast address");
        return route?.Source is { } source ? existing.Find(a => a.Address.Equals(source))?.Broadcast : null;
    }

    private static string Label(AddressWish wish, NetworkLink link, List<InterfaceAddress> existing)
    {
        if (wish.Family == AddressFamily.InterNetworkV6) return "";
        var label = wish.Label.Length > 0 ? $"{link.Name}:{wish.Label}" : "";
        if (label.Length == 0 && wish.AliasLabel)
            for (var i = 0; label.Length == 0 || existing.Exists(a => a.Label == label); i++)
                label = $"{link.Name}:{i}";
        if (label.Length <= LongestLabel) return label;
        return wish.Label.Length == 0 ? "" : throw new AgentException(OcfCode.Configured, $"interface label {label} is longer than {LongestLabel} characters");
    }

    private static byte[]? Claimant(AddressWish wish, NetworkLink link, List<NetworkLink> links, AgentCall call)
    {
        try
        {
            using var socket = ArpSocket.Open(link, wish.Family);
            return socket.Probe(wish.Address, wish.CollisionWait, [.. links.Select(l => l.HardwareAddress)]);
        }
        catch (IOException e)
        {
            // An interface that cannot even be asked is no proof of a collision, and refusing would leave the address nowhere.
            call.Log(LogPriority.Warn, $"collision of {wish.Address} not looked for: {e.Message}");
            return null;
        }
    }

    /// <summary>How long a machine that was declared dead may take to answer. Nothing waits for it.</summary>
    private static readonly TimeSpan LateAnswer = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Asks, beside the start, whether the node that fell silent still answers for its address, and says what that means. The question is one that is answered to us
    /// alone: that of IPv6's duplicate detection is answered to everybody, and would turn the neighbours back.
    /// </summary>
    private static void WarnOfClaimant(AddressWish wish, NetworkLink link, List<NetworkLink> links, List<InterfaceAddress> existing, string node, AgentCall call)
    {
        var six = wish.Family == AddressFamily.InterNetworkV6;
        var asker = six ? existing.Find(a => a.Index == link.Index && a.Address.IsIPv6LinkLocal)?.Address : null;
        if (six && asker is null) return;
        try
        {
#pragma warning disable CA2000      // disposed of by the thread that asks
            var socket = ArpSocket.Open(link, wish.Family);       // here and not below: it belongs to the network namespace of this thread
#pragma warning restore CA2000
            call.Background.Do($"who has {wish.Address}", () =>
            {
                try
                {
                    using (socket)
                        if (socket.Probe(wish.Address, LateAnswer, [.. links.Select(l => l.HardwareAddress)], asker) is { } claimant)
                            call.Log(LogPriority.Warn, $"{wish.Address} was taken over from {node}, which is silent, but {NetworkLink.Text(claimant)} on {link.Name} still answers for it. "
                                + $"{node} may be frozen, or cut off from us and not from the network: clients may still reach it, and disks that both use are not safe. "
                                + "Stop that machine, and configure stonith in ha.cf: a silent node is then reset before anything is taken from it.");
                }
                catch (IOException e)
                {
                    call.Log(LogPriority.Warn, $"whether {node} still answers for {wish.Address} is not known: {e.Message}");
                }
            });
        }
        catch (IOException e)
        {
            call.Log(LogPriority.Warn, $"whether {node} still answers for {wish.Address} is not known: {e.Message}");
        }
    }

    private static void Announce(AddressWish wish, NetworkLink link, AgentCall call)
    {
        try
        {
            using (var socket = ArpSocket.Open(link, wish.Family)) socket.Announce(wish.Address);
            if (wish.AnnounceInBackground) call.Background.Announce(Key(wish), link, wish.Address, wish.AnnounceCount - 1, wish.AnnounceInterval);
            else Announcing.InForeground(link, wish.Address, wish.AnnounceCount - 1, wish.AnnounceInterval, call.Cancel);
        }
        catch (IOException e)
        {
            // The address is served; neighbours learn of it when their entries age. Stopping it again would help nobody.
            call.Log(LogPriority.Warn, $"{wish.Address} not announced: {e.Message}");
        }
    }

    private static string Key(AddressWish wish) => $"announce-{wish.Address}";

    private static string LoopbackFile(AddressWish wish, AgentCall call) => $"{call.StateDirectory}/{wish.Address}";

    private static void TakeOffLoopback(AddressWish wish, Netlink netlink, List<NetworkLink> links, List<InterfaceAddress> existing, AgentCall call)
    {
        foreach (var address in existing.Where(a => a.Address.Equals(wish.Address) && a.PrefixLength == 32))
        {
            if (links.Find(l => l.Index == address.Index) is not { IsLoopback: true } loopback) continue;
            call.Log(LogPriority.Info, $"taking {wish.Address} off {loopback.Name} while it is served");
            File.WriteAllText(LoopbackFile(wish, call), $"{wish.Address} 32 255.255.255.255 {loopback.Name}\n");
            netlink.Remove(address);
        }
    }

    private static void PutBackOnLoopback(AddressWish wish, Netlink netlink, List<NetworkLink> links, AgentCall call)
    {
        var file = LoopbackFile(wish, call);
        if (!File.Exists(file)) return;
        var name = File.ReadAllText(file).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "lo";
        if (links.Find(l => l.Name == name) is { IsLoopback: true } loopback)
            netlink.Add(new InterfaceAddress(loopback.Index, wish.Address, 32, IPAddress.Broadcast, "", 0));
        File.Delete(file);
    }
}

/// <summary>Announces an address again and again in the calling thread.</summary>
public static class Announcing
{
    /// <exception cref="IOException">The interface refuses.</exception>
    public static void InForeground(NetworkLink link, IPAddress address, int count, TimeSpan interval, CancellationToken cancel)
    {
        if (count <= 0) return;
        using var socket = ArpSocket.Open(link, address.AddressFamily);
        for (var i = 0; i < count; i++)
        {
            if (cancel.WaitHandle.WaitOne(interval)) return;
            socket.Announce(address);
        }
    }
}
