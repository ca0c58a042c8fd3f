using Appliance.Linux;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Kernel;

/// <summary>Two hosts with one cable: <c>a</c> (10.77.0.1/24, fd77::1/64 on eth0) and <c>b</c> (10.77.0.2/24, fd77::2/64), each in a network namespace.</summary>
internal sealed class Network : IDisposable
{
    private static int s_count;

    private readonly string _name = $"lrm{Environment.ProcessId}x{Interlocked.Increment(ref s_count)}";

    public Network()
    {
        Machine.NeedsRoot();
        Machine.NeedsFile("/usr/sbin/ip");
        Machine.Shell($"""
            ip netns add {A}; ip netns add {B}
            ip -n {A} link add eth0 address 02:00:00:00:00:0a type veth peer name eth0 address 02:00:00:00:00:0b netns {B}
            for h in {A} {B}; do ip -n $h link set lo up; ip netns exec $h sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0 net.ipv4.conf.eth0.arp_notify=0; done
            ip -n {A} addr add 10.77.0.1/24 broadcast + dev eth0; ip -n {B} addr add 10.77.0.2/24 broadcast + dev eth0
            ip -n {A} addr add fd77::1/64 dev eth0 nodad; ip -n {B} addr add fd77::2/64 dev eth0 nodad
            ip -n {A} link set eth0 up; ip -n {B} link set eth0 up
            """);
        // A cable that has just been plugged in loses the first packets.
        // IPv6 is ready later than IPv4: both must be, or an announcement goes to a deaf host.
        Assert.That(Machine.Eventually(() => Machine.TryShell($"ip netns exec {A} ping -c1 -W1 10.77.0.2 && ip netns exec {A} ping -c1 -W1 fd77::2").Code == 0), "the two hosts do not reach each other");
    }

    public string A => _name + "a";

    public string B => _name + "b";

    /// <summary>A third host (10.77.0.3/24, fd77::3/64 on eth0) on the same network: <c>b</c> becomes a switch as well, and has its addresses on br0.</summary>
    public string Third()
    {
        var third = _name + "c";
        Machine.Shell($"""
            ip netns add {third}
            ip -n {B} link add br0 address 02:00:00:00:00:0b type bridge; ip -n {B} link add c0 type veth peer name eth0 address 02:00:00:00:00:0c netns {third}
            ip netns exec {B} sysctl -qw net.ipv6.conf.br0.accept_dad=0; ip netns exec {third} sysctl -qw net.ipv6.conf.eth0.accept_dad=0 net.ipv6.conf.eth0.router_solicitations=0
            ip -n {B} addr flush dev eth0; ip -n {B} addr add 10.77.0.2/24 broadcast + dev br0; ip -n {B} addr add fd77::2/64 dev br0 nodad
            for l in eth0 c0 br0; do [ $l = br0 ] || ip -n {B} link set $l master br0; ip -n {B} link set $l up; done
            ip -n {third} addr add 10.77.0.3/24 broadcast + dev eth0; ip -n {third} addr add fd77::3/64 dev eth0 nodad; ip -n {third} link set eth0 up
            """);
        Assert.That(Machine.Eventually(() => Machine.TryShell(
            $"for h in {A} {B}; do ip netns exec $h ping -c1 -W1 10.77.0.3 && ip netns exec $h ping -c1 -W1 fd77::3 || exit; done").Code == 0), "the third host is not reached");
        return third;
    }

    /// <summary><c>ip -n HOST ...</c>, blanks at the ends removed.</summary>
    public string Ip(string host, string words) => Machine.Shell($"ip -n {host} {words}").Trim();

    /// <summary>Runs a built-in agent's action on a host, inside this process.</summary>
    public AgentResult Run(string host, string agent, string action, string[]? arguments = null, Dictionary<string, string>? parameters = null, IAgentBackground? background = null,
        INodeAttributes? attributes = null)
    {
        var environment = (parameters ?? []).ToDictionary(p => "OCF_RESKEY_" + p.Key, p => p.Value);
        environment["HA_VARRUN"] = State.Path;
        using var own = new InProcessBackground(Log.Write);
        var request = new AgentRequest(action, arguments is null ? null : [.. arguments], environment, agent + "-test", State.Path, Log.Write, background ?? own, TimeSpan.FromSeconds(20))
        {
            Attributes = attributes ?? UnkeptAttributes.Instance,
        };
        return NetlinkNamespace.Run(host, () => AgentRunner.Run(AgentRegistry.Find(agent)!, request, CancellationToken.None));
    }

    public Scratch State { get; } = new();

    public Log Log { get; } = new();

    public void Dispose()
    {
        Machine.TryShell($"ip netns del {A}; ip netns del {B}; ip netns del {_name}c");
        State.Dispose();
    }
}
