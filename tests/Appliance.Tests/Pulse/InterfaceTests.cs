using Appliance.Configuration;
using Appliance.Linux.Tests;

namespace Appliance.Pulse.Tests;

/// <summary>Media of a pulse whose network interfaces change under it, in a network namespace.</summary>
[NonParallelizable]
public class A_medium_bound_to_its_interface
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(10);

    private NetworkNamespace _world = null!;

    [SetUp]
    public void Make()
    {
        _world = new NetworkNamespace("pls");
        AddInterface();
    }

    [TearDown]
    public void Remove() => _world?.Dispose();

    // bcast hears its own datagrams; mcast and mcast6 do with loop on: so each medium's life shows in its own counter.
    private static readonly MediumSpec[] Media =
    [
        new MediumSpec.Bcast("hb0", 47711, 1),
        new MediumSpec.Mcast("hb0", "225.0.0.1", 47712, 1, true, 2),
        new MediumSpec.Mcast6("hb0", "ff02::7711", 47713, 1, true, 3),
        new MediumSpec.Ucast("lo", "127.0.0.1", 47714, 4),
    ];

    [Test]
    public void Works_again_when_the_interface_was_down() => Survives(() => _world.Ip("link", "set", "hb0", "down"), () => _world.Ip("link", "set", "hb0", "up"));

    [Test]
    public void Is_gone_while_the_interface_has_another_name() => Survives(
        () => { _world.Ip("link", "set", "hb0", "down"); _world.Ip("link", "set", "hb0", "name", "hb9"); _world.Ip("link", "set", "hb9", "up"); },
        () => { _world.Ip("link", "set", "hb9", "down"); _world.Ip("link", "set", "hb9", "name", "hb0"); _world.Ip("link", "set", "hb0", "up"); });

    [Test]
    public void Works_again_over_another_interface_of_the_same_name() => Survives(() => _world.Ip("link", "del", "hb0"), AddInterface);

    [Test]
    public void Says_that_the_cable_is_out_and_goes_on_trying() => _world.Inside(() =>
    {
        using var pulse = new Loopback("alpha", Beat, null, Media);
        pulse.Begin();
        pulse.RunUntil(() => pulse.Core.Packets[0] > 5, "beats");
        _world.Ip("link", "set", "hb1", "down");
        pulse.RunUntil(() => pulse.Core.Faults[0] == "interface hb0 has no carrier", "no carrier");
        _world.Ip("link", "set", "hb1", "up");
        pulse.RunUntil(() => pulse.Core.Faults[0] is null, "carrier");
    });

    private void Survives(Action takeAway, Action giveBack) => _world.Inside(() =>
    {
        using var pulse = new Loopback("alpha", Beat, null, Media);
        pulse.Begin();
        pulse.RunUntil(() => pulse.Core.Packets[0] > 5 && pulse.Core.Packets[1] > 5 && pulse.Core.Packets[2] > 5, "beats over each medium");

        takeAway();
        pulse.RunUntil(() => pulse.Core.Faults[0] is not null && pulse.Core.Faults[1] is not null && pulse.Core.Faults[2] is not null, "each medium's fault");
        var others = pulse.Core.Packets[3];
        pulse.RunUntil(() => pulse.Core.Packets[3] > others + 20, "the other interface goes on");

        giveBack();
        pulse.RunUntil(() => pulse.Core.Faults[0] is null && pulse.Core.Faults[1] is null && pulse.Core.Faults[2] is null, "no fault any more");
        var before = pulse.Core.Packets[..3];
        pulse.RunUntil(() => pulse.Core.Packets[0] > before[0] + 5 && pulse.Core.Packets[1] > before[1] + 5 && pulse.Core.Packets[2] > before[2] + 5, "beats again");
    });

    private void AddInterface()
    {
        _world.Ip("link", "add", "hb0", "type", "veth", "peer", "name", "hb1");
        _world.Ip("addr", "add", "10.99.0.1/24", "broadcast", "10.99.0.255", "dev", "hb0");
        _world.Ip("link", "set", "hb0", "up");
        _world.Ip("link", "set", "hb1", "up");
    }
}
