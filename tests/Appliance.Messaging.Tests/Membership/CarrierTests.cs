using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Messaging.Tests;

/// <summary>Readings of a serial line's modem status in, what is believed of it out.</summary>
public class The_carrier_of_a_serial_line
{
    private const string Line = "/dev/ttyS0";
    private const int Lan = 0, Serial = 1;
    private Solo _solo = null!;
    private int _sequence;

    [SetUp]
    public void Begin()
    {
        _solo = new Solo(change: cf => cf with { Media = [new MediumSpec.Bcast("eth0", 694, 1), new MediumSpec.Serial(Line, 19200, 1)] }).Start();
        _sequence = 0;
    }

    private void Beat(int medium) => _solo.Hear(_solo.Status(++_sequence), medium);

    /// <summary>One letter a reading: 1 a carrier, 0 none, ? nothing; before it, m: a packet of beta came over the line, l: over the LAN; w: a dead time passes.</summary>
    private string Told(string readings)
    {
        var before = _solo.Events.Count;
        foreach (var c in readings)
            switch (c)
            {
                case 'm': Beat(Serial); break;
                case 'l': Beat(Lan); break;
                case 'w': _solo.Freeze(2); break;
                default:
                    _solo.Core.CarrierRead(Serial, c == '1' ? true : c == '0' ? false : null, _solo.Now);
                    break;
            }
        return string.Concat(_solo.Events.Skip(before).OfType<ClusterEvent.CarrierChanged>().Select(c => c.Carrier is { } seen ? seen ? '1' : '0' : '?'));
    }

    [TestCase("1", "1", TestName = "is there when it is seen")]
    [TestCase("111", "1", TestName = "is told once")]
    [TestCase("100", "10", TestName = "is gone after two readings without one")]
    [TestCase("10", "1", TestName = "is not gone for one reading alone")]
    [TestCase("101010", "1", TestName = "is not gone for single readings, however many")]
    [TestCase("1001", "101", TestName = "comes back at once")]
    [TestCase("0000", "", TestName = "is not known where it was never seen: three wires, or an adapter without the signals")]
    [TestCase("0m0m0m0", "", TestName = "is not known where it was never seen, though nodes are heard")]
    [TestCase("????", "", TestName = "is not known where the line does not tell")]
    [TestCase("1?", "1?", TestName = "is not known any more when the line tells no longer")]
    [TestCase("1??0000", "1?", TestName = "is to be seen again when the line tells again")]
    [TestCase("10m0m0m0", "1", TestName = "may have gone while packets were on their way")]
    [TestCase("10m0m0m00", "10", TestName = "has gone when nothing more is heard then")]
    [TestCase("10m0wm0", "1?", TestName = "is not known where nodes are heard without one for long: the line lies")]
    [TestCase("100m0m0", "10", TestName = "has gone though a late packet comes")]
    [TestCase("100wm0", "10", TestName = "is gone still when a node is heard once, long after: the cable was in for a moment")]
    [TestCase("100wm0wm0", "10?", TestName = "is not known when nodes are heard for long, long after it has gone")]
    [TestCase("100m0w0m0w0m0", "10", TestName = "is gone still when nodes are heard now and then, with readings without")]
    [TestCase("10m0wm00000", "1?", TestName = "is not believed to have gone where the line has lied, even in silence")]
    [TestCase("10m0wm0100", "1?10", TestName = "is believed again when it is seen again")]
    [TestCase("10l0wl0l0", "10", TestName = "is gone whatever is heard over other media")]
    public void Is_told(string readings, string told) => Assert.That(Told(readings), Is.EqualTo(told));

    [Test]
    public void Is_told_by_the_name_of_its_device_and_logged_once_for_each_change()
    {
        Told("111000111");
        Assert.That(_solo.Events.OfType<ClusterEvent.CarrierChanged>(), Is.EqualTo(new ClusterEvent.CarrierChanged[] { new(Line, true), new(Line, false), new(Line, true) }));
        Assert.That(_solo.Events.OfType<ClusterEvent.Logged>().Where(l => l.Text.StartsWith($"serial {Line}: ", StringComparison.Ordinal)).Select(l => (l.Priority, l.Text)), Is.EqualTo(new[]
        {
            (LogPriority.Info, $"serial {Line}: carrier: there is a machine with power at the other end"),
            (LogPriority.Warn, $"serial {Line}: no carrier: the machine at the other end has no power, or the cable is out"),
            (LogPriority.Info, $"serial {Line}: carrier: there is a machine with power at the other end"),
        }));
    }

    [Test]
    public void Is_logged_as_not_known_with_the_reason()
    {
        Told("1?10m0wm0");
        Assert.That(_solo.Log.Where(l => l.EndsWith("is not known", StringComparison.Ordinal)), Is.EqualTo(new[]
        {
            $"serial {Line}: its modem status cannot be read any more; whether it has one is not known",
            $"serial {Line}: nodes are heard over it though it shows no carrier; whether it has one is not known",
        }));
    }

    /// <summary>Badly signed packets and old ones are nobody's, and no proof that the line lies.</summary>
    [Test]
    public void Is_gone_whatever_a_stranger_sends()
    {
        Beat(Serial);
        var recorded = _solo.Status(1);
        Assert.That(Told("10"), Is.EqualTo("1"));
        for (var i = 0; i < 3; i++)
        {
            _solo.Hear(_solo.Packet("t=status st=active dt=7d0 protocol=1", 50 + i, keys: Pair.Keys("1 sha1 Other")), Serial);
            _solo.Hear("noise"u8.ToArray(), Serial);
            Told("w0");
        }
        Assert.That(_solo.Events.OfType<ClusterEvent.CarrierChanged>().Last().Carrier, Is.False, $"{recorded.Length} bytes");
    }

    [Test]
    public void Is_told_again_to_a_control_that_starts_anew_before_it_may_decide()
    {
        Beat(Lan);
        Told("1");
        _solo.RunTo(8);     // beta is dead, and communication is up
        Told("00");
        _solo.Core.ControlAway(true, _solo.Now);
        var before = _solo.Events.Count;
        _solo.Core.Execute(new ClusterCommand.ManagerReady(), _solo.Now, _solo.Wall);
        var told = _solo.Events.Skip(before).Where(e => e is ClusterEvent.CarrierChanged or ClusterEvent.CommunicationUp).ToArray();
        Assert.That(told, Is.EqualTo(new ClusterEvent[] { new ClusterEvent.CarrierChanged(Line, false), new ClusterEvent.CommunicationUp() }));
    }

    [TestCase("1", "serial /dev/ttyS0: carrier: the machine of beta has power")]
    [TestCase("100", "serial /dev/ttyS0: no carrier: the machine of beta has no power, or the cable is out")]
    [TestCase("0", null)]
    public void Is_said_of_a_node_that_falls_silent(string readings, string? line)
    {
        Beat(Lan);
        Told(readings);
        var before = _solo.Log.Count();
        _solo.Run(3);
        var after = _solo.Log.Skip(before).ToArray();
        var said = Array.IndexOf(after, "node beta: is dead");
        Assert.That(said, Is.Not.Negative);
        Assert.That(after.FirstOrDefault(l => l.Contains("carrier", StringComparison.Ordinal)), Is.EqualTo(line));
    }
}
