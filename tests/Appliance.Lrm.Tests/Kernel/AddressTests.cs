using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Appliance.Linux;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Kernel;

/// <summary>Service addresses in the real kernel's network namespaces.</summary>
public class A_service_address
{
    private Network _network = null!;

    [SetUp]
    public void Plug() => _network = new Network();

    [TearDown]
    public void Unplug() => _network?.Dispose();

    [Test]
    public void Is_added_once_and_removed_once_however_often_it_is_asked([Values("IPaddr", "IPaddr2")] string agent)
    {
        string[] form = ["10.77.0.100"];
        Assert.That(Code(agent, "monitor", form), Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Code(agent, "stop", form), Is.Zero);
        Assert.That(Code(agent, "start", form), Is.Zero);
        Assert.That(Code(agent, "start", form), Is.Zero);
        Assert.That(Code(agent, "monitor", form), Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Does.Contain("inet 10.77.0.100/24 brd 10.77.0.255 scope global secondary eth0"));
        Assert.That(Code(agent, "stop", form), Is.Zero);
        Assert.That(Code(agent, "monitor", form), Is.EqualTo(OcfCode.NotRunning));
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.1"), Does.Contain("10.77.0.1/24"), "the interface's own address stays");
    }

    [Test]
    public void Of_IPaddr_gets_the_first_free_alias_label()
    {
        foreach (var address in (string[])["10.77.0.100", "10.77.0.101"]) Assert.That(Code("IPaddr", "start", [address]), Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Does.Contain(" eth0:0\\"));
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.101"), Does.Contain(" eth0:1\\"));
    }

    [Test]
    public void Is_found_and_removed_even_when_its_route_has_gone_with_the_link()
    {
        Assert.That(Code("IPaddr2", "start", ["10.77.0.100"]), Is.Zero);
        _network.Ip(_network.A, "link set eth0 down");
        Assert.That(Code("IPaddr2", "monitor", ["10.77.0.100"]), Is.Zero);
        Assert.That(Code("IPaddr2", "stop", ["10.77.0.100"]), Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Is.Empty);
    }

    [Test]
    public void Brings_its_interface_up()
    {
        _network.Ip(_network.A, "link set eth0 down");
        Assert.That(Code("IPaddr2", "start", ["10.77.0.100/24/eth0"]), Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o link show eth0"), Does.Contain(",UP"));
    }

    [TestCase("10.99.0.1", "no interface for 10.99.0.1: no network on a link covers it; name the interface", OcfCode.Generic)]
    [TestCase("10.99.0.1/24/eth7", "there is no interface eth7", OcfCode.Configured)]
    [TestCase("10.99.0.1//eth0", "eth0 is not a netmask: a prefix length, for example 24, is wanted", OcfCode.Configured)]
    [TestCase("10.99.0/24", "10.99.0 is not an IP address", OcfCode.Configured)]
    [TestCase("10.77.0.9/33", "33 is not a netmask: a prefix length, for example 24, is wanted", OcfCode.Configured)]
    [TestCase("10.77.0.9/24/eth0:abcdefghijklm", "interface label eth0:abcdefghijklm is longer than 15 characters", OcfCode.Configured)]
    [TestCase("10.77.0.9/24/eth0/10.77", "10.77 is not a broadcast address", OcfCode.Configured)]
    [TestCase("fe80::9/64", "the link-local address fe80::9 needs an interface (nic)", OcfCode.Configured)]
    [TestCase("/24", "parameter ip (IPv4 or IPv6 address) is missing", OcfCode.Configured)]
    public void That_cannot_be_is_refused_with_the_reason(string form, string reason, int code) =>
        Assert.That(_network.Run(_network.A, "IPaddr2", "start", [form]), Is.EqualTo(new AgentResult(code, reason)));

    [Test]
    public void That_somebody_else_has_is_not_started_and_the_reason_names_him()
    {
        _network.Ip(_network.B, "addr add 10.77.0.100/24 dev eth0");
        var result = _network.Run(_network.A, "IPaddr2", "start", ["10.77.0.100"], background: null);
        // The other host is the same kernel and answers at once; on a loaded machine the answer may still miss the 3 ms, hence the longer wait.
        if (result.Code == 0) Assert.That(Code("IPaddr2", "stop", ["10.77.0.100"]), Is.Zero);
        result = _network.Run(_network.A, "IPaddr2", "start", parameters: new() { ["ip"] = "10.77.0.100", ["collision_wait"] = "500" });
        Assert.That(result, Is.EqualTo(new AgentResult(OcfCode.Generic, "address 10.77.0.100 is in use: 02:00:00:00:00:0b on eth0 answers for it")));
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Is.Empty);
    }

    [Test]
    public void Of_IPv6_that_somebody_else_has_is_not_started_either()
    {
        _network.Ip(_network.B, "addr add fd77::100/64 dev eth0 nodad");
        // The kernel joins the group that is asked a moment after the address is there (addrconf_dad_work).
        Assert.That(Machine.Eventually(() => _network.Ip(_network.B, "-6 maddr show dev eth0").Contains("ff02::1:ff00:100", StringComparison.Ordinal)));
        var result = _network.Run(_network.A, "IPv6addr", "start", parameters: new() { ["ipv6addr"] = "fd77::100", ["collision_wait"] = "500" });
        Assert.That(result, Is.EqualTo(new AgentResult(OcfCode.Generic, "address fd77::100 is in use: 02:00:00:00:00:0b on eth0 answers for it")));
    }

    [TestCase("IPaddr", "ip", "10.77.0.100", "10.77.0.100/24 dev eth0")]
    [TestCase("IPaddr2", "ip", "10.77.0.100", "10.77.0.100/24 dev eth0")]
    [TestCase("IPaddr2", "ip", "fd77::100", "fd77::100/64 dev eth0 nodad")]
    [TestCase("IPv6addr", "ipv6addr", "fd77::100", "fd77::100/64 dev eth0 nodad")]
    public void That_is_taken_over_from_a_silent_node_is_served_at_once_and_who_still_answers_for_it_is_named(string agent, string parameter, string address, string theirs)
    {
        _network.Ip(_network.B, "addr add " + theirs);
        using var background = new InProcessBackground(_network.Log.Write);
        Dictionary<string, string> parameters = new() { [parameter] = address, ["CRM_meta_takeover_from"] = "beta" };
        Assert.That(_network.Run(_network.A, agent, "start", parameters: parameters, background: background), Is.EqualTo(AgentResult.Success));
        Assert.That(_network.Ip(_network.A, "-o addr show to " + address), Does.Contain(address).And.Not.Contains("tentative"));
        Assert.That(Machine.Eventually(() => _network.Log.Lines.Length > 0), Is.True);
        Assert.That(_network.Log.Lines, Has.Some.StartsWith(
            $"Warn {agent}-test: {address} was taken over from beta, which is silent, but 02:00:00:00:00:0b on eth0 still answers for it. beta may be frozen, or cut off from us"));
    }

    [TestCase("IPaddr2", "10.77.0.100", "24")]
    [TestCase("IPaddr2", "fd77::100", "64")]
    public void That_is_asked_for_beside_its_takeover_is_answered_to_us_alone_and_turns_no_neighbour_back(string agent, string address, string length)
    {
        var third = _network.Third();
        _network.Ip(_network.B, $"addr add {address}/{length} dev br0 {(length == "64" ? "nodad" : "")}");
        _network.Ip(third, $"neigh replace {address} lladdr 02:00:00:00:00:0b dev eth0 nud stale");
        using var background = new InProcessBackground(_network.Log.Write);
        Dictionary<string, string> parameters = new() { ["ip"] = address, ["arp_count"] = "1", ["CRM_meta_takeover_from"] = "beta" };
        Assert.That(_network.Run(_network.A, agent, "start", parameters: parameters, background: background), Is.EqualTo(AgentResult.Success));
        Assert.That(Machine.Eventually(() => _network.Log.Lines.Length > 0), Is.True, "it is answered");
        Assert.That(Machine.Eventually(() => _network.Ip(third, "neigh show " + address).Contains("02:00:00:00:00:0a", StringComparison.Ordinal)), Is.True, () => _network.Ip(third, "neigh show"));
    }

    [Test]
    public void That_is_taken_over_and_nobody_answers_for_is_served_without_a_word()
    {
        Assert.That(_network.Run(_network.A, "IPaddr2", "start", parameters: new() { ["ip"] = "10.77.0.100", ["CRM_meta_takeover_from"] = "beta" }, background: new AtOnce()).Code, Is.Zero);
        Assert.That(_network.Log.Lines, Is.Empty);
    }

    [Test]
    public void Is_announced_again_when_it_is_served_here_and_not_when_it_is_not()
    {
        _network.Ip(_network.B, "neigh replace 10.77.0.100 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
        Assert.That(Code("IPaddr2", "announce", ["10.77.0.100"]), Is.Zero);
        _network.Ip(_network.A, "addr add 10.77.0.101/24 dev eth0");
        _network.Ip(_network.B, "neigh replace 10.77.0.101 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
        Assert.That(Code("IPaddr2", "announce", ["10.77.0.101"]), Is.Zero);
        Assert.That(Machine.Eventually(() => _network.Ip(_network.B, "neigh show 10.77.0.101").Contains("02:00:00:00:00:0a", StringComparison.Ordinal)), Is.True);
        Assert.That(_network.Ip(_network.B, "neigh show 10.77.0.100"), Does.Contain("02:00:00:00:00:99"));
    }

    [Test]
    public void Is_started_over_somebody_elses_when_the_question_is_switched_off()
    {
        _network.Ip(_network.B, "addr add 10.77.0.100/24 dev eth0");
        var result = _network.Run(_network.A, "IPaddr2", "start", parameters: new() { ["ip"] = "10.77.0.100", ["run_arping"] = "no" });
        Assert.That(result.Code, Is.Zero);
    }

    [Test]
    public void Moves_in_the_neighbours_table_when_it_is_announced()
    {
        _network.Ip(_network.B, "neigh replace 10.77.0.100 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
        Assert.That(Code("IPaddr2", "start", ["10.77.0.100"]), Is.Zero);
        Assert.That(Machine.Eventually(() => _network.Ip(_network.B, "neigh show 10.77.0.100").Contains("02:00:00:00:00:0a", StringComparison.Ordinal)), Is.True);
    }

    [Test]
    public void Of_IPv6_moves_in_the_neighbours_table_and_is_usable_at_once()
    {
        _network.Ip(_network.B, "neigh replace fd77::100 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
        Assert.That(Code("IPv6addr", "start", ["fd77::100"]), Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to fd77::100"), Does.Contain("fd77::100/64").And.Not.Contains("tentative"));
        Assert.That(Machine.Eventually(() => _network.Ip(_network.B, "neigh show fd77::100").Contains("02:00:00:00:00:0a", StringComparison.Ordinal)), Is.True,
            () => string.Join('\n', _network.Log.Lines) + _network.Ip(_network.B, "neigh show"));
        Assert.That(Code("IPv6addr", "stop", ["fd77::100"]), Is.Zero);
        Assert.That(Code("IPv6addr", "monitor", ["fd77::100"]), Is.EqualTo(OcfCode.NotRunning));
    }

    [Test]
    public void Is_announced_as_request_and_as_reply_at_once_and_four_times_more_in_the_background_until_it_is_stopped()
    {
        var seen = new List<string>();
        using var stop = new CancellationTokenSource();
        using var listening = new ManualResetEventSlim();
        var listener = Task.Run(() => NetlinkNamespace.Run(_network.B, () => Listen(IPAddress.Parse("10.77.0.100"), seen, listening, stop.Token)));
        listening.Wait(TimeSpan.FromSeconds(5));
        using var background = new InProcessBackground(_network.Log.Write);
        Dictionary<string, string> parameters = new() { ["ip"] = "10.77.0.100", ["arp_interval"] = "30" };
        Assert.That(_network.Run(_network.A, "IPaddr2", "start", parameters: parameters, background: background).Code, Is.Zero);
        Assert.That(Machine.Eventually(() => Count() >= 10), Is.True, "five announcements of two packets");
        Thread.Sleep(150);
        Assert.That(Count(), Is.EqualTo(10));
        Assert.That(seen.Take(2), Is.EqualTo((string[])["1 02:00:00:00:00:0a 10.77.0.100", "2 02:00:00:00:00:0a 10.77.0.100"]));

        parameters["arp_count"] = "1000";
        parameters["arp_interval"] = "10";
        _network.Run(_network.A, "IPaddr2", "stop", parameters: parameters, background: background);
        _network.Run(_network.A, "IPaddr2", "start", parameters: parameters, background: background);
        Assert.That(Machine.Eventually(() => Count() >= 16), Is.True);
        _network.Run(_network.A, "IPaddr2", "stop", parameters: parameters, background: background);
        Assert.That(Machine.Eventually(() =>
        {
            var before = Count();
            Thread.Sleep(100);
            return Count() == before;
        }), Is.True, "a stopped address is not announced any more");
        stop.Cancel();
        listener.Wait();

        int Count()
        {
            lock (seen) return seen.Count;
        }
    }

    [Test]
    public void Of_a_loopback_interface_moves_away_while_it_is_served_and_back_after()
    {
        _network.Ip(_network.A, "addr add 10.77.0.100/32 dev lo");
        Assert.That(Code("IPaddr2", "start", ["10.77.0.100"]), Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Does.Contain("eth0").And.Not.Contains(" lo "));
        Assert.That(Code("IPaddr2", "stop", ["10.77.0.100"]), Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Does.Contain("10.77.0.100/32").And.Contain(" lo"));
    }

    [Test]
    public void In_a_named_namespace_is_managed_from_outside()
    {
        Dictionary<string, string> parameters = new() { ["ip"] = "10.77.0.100", ["network_namespace"] = _network.A };
        Assert.That(_network.Run(_network.B, "IPaddr2", "start", parameters: parameters).Code, Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Is.Not.Empty);
        Assert.That(_network.Run(_network.B, "IPaddr2", "stop", parameters: parameters).Code, Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Is.Empty);
    }

    [Test]
    public void On_another_interface_is_announced_by_SendArp_without_being_added()
    {
        _network.Ip(_network.B, "neigh replace 10.77.0.100 lladdr 02:00:00:00:00:99 dev eth0 nud stale");
        Assert.That(Code("SendArp", "monitor", ["10.77.0.100/eth0"]), Is.EqualTo(OcfCode.NotRunning));
        Assert.That(Code("SendArp", "start", ["10.77.0.100/eth0"]), Is.Zero);
        Assert.That(Code("SendArp", "monitor", ["10.77.0.100/eth0"]), Is.Zero);
        Assert.That(_network.Ip(_network.A, "-o addr show to 10.77.0.100"), Is.Empty);
        Assert.That(Machine.Eventually(() => _network.Ip(_network.B, "neigh show 10.77.0.100").Contains("02:00:00:00:00:0a", StringComparison.Ordinal)), Is.True);
        Assert.That(Code("SendArp", "stop", ["10.77.0.100/eth0"]), Is.Zero);
        Assert.That(Code("SendArp", "monitor", ["10.77.0.100/eth0"]), Is.EqualTo(OcfCode.NotRunning));
    }

    private int Code(string agent, string action, string[] form) => _network.Run(_network.A, agent, action, form).Code;

    /// <summary>Does at once, in the calling thread, what would be done beside it.</summary>
    private sealed class AtOnce : IAgentBackground
    {
        public void Announce(string key, NetworkLink link, IPAddress address, int count, TimeSpan interval) { }

        public void Cancel(string key) { }

        public void Do(string name, Action work) => work();
    }

    /// <summary>Hears ARP on the other host as any station would.</summary>
    private static bool Listen(IPAddress address, List<string> seen, ManualResetEventSlim listening, CancellationToken stop)
    {
        using var socket = new Socket(AddressFamily.Packet, SocketType.Dgram, (ProtocolType)IPAddress.HostToNetworkOrder((short)0x0806));
        socket.ReceiveTimeout = 100;
        listening.Set();
        var buffer = new byte[256];
        while (!stop.IsCancellationRequested)
        {
            int n;
            try
            {
                n = socket.Receive(buffer);
            }
            catch (SocketException)
            {
                continue;       // the time-out: look whether to stop
            }
            if (ArpPacket.TryParse(buffer.AsSpan(0, n), out var arp) && new IPAddress(arp.SenderAddress).Equals(address))
                lock (seen) seen.Add($"{arp.Operation} {NetworkLink.Text(arp.SenderHardware)} {new IPAddress(arp.TargetAddress)}");
        }
        return true;
    }
}
