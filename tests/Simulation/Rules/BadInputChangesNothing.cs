using Appliance.Messaging;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Network;

namespace Appliance.Simulation.Rules;

/// <summary>Damaged, forged and replayed packets change no state and cause no effect: they cost a counter and at most a log line.</summary>
/// <remarks>
/// State is what <see cref="ClusterReport"/> tells without its counters. Three replays are not judged, because nobody without a memory of the sender
/// can tell them from the original: one of a sender not heard since the receiver's start (3.0.6's protocol has no challenge), and one whose number
/// is missing at the receiver, or newer than all it has: that is what it waits for. A replay within a dead time of its sending, from a node that is
/// alive, may refresh a link: it cannot be told from the copy that took a slower way.
/// The same holds for NS_ messages, which carry no number.
/// </remarks>
internal sealed class BadInputChangesNothing(World world)
{
    private readonly (long Generation, long Sequence)[] _newestStatus = new (long, long)[world.Machines.Count * world.Machines.Count];
    private readonly long[] _newestTime = new long[world.Machines.Count * world.Machines.Count];

    /// <summary>How many bad packets were judged.</summary>
    public int Judged { get; private set; }

    public void Heard(Machine receiver, Packet packet)
    {
        var pair = receiver.Index * world.Machines.Count + packet.From;
        var number = Number(packet);
        // The core's clock for a sender is its newest status, which may come after a later message of another type.
        if (number.CompareTo(_newestStatus[pair]) <= 0 || !PacketText.Field(packet.Bytes, "t="u8).SequenceEqual("status"u8)) return;
        _newestStatus[pair] = number;
        _newestTime[pair] = PacketText.Hex(PacketText.Field(packet.Bytes, "ts="u8));
    }

    public void Receives(Machine machine, PulseProcess pulse, Packet packet, Action hand)
    {
        pulse.Settle();
        if (!pulse.Alive || !IsJudged(machine, packet, pulse.Report()))
        {
            if (packet.Origin != Origin.Replayed) hand();
            return;
        }

        Judged++;
        var before = State(pulse.Report());
        pulse.Deeds = 0;
        hand();
        if (!pulse.Alive) return;
        var after = State(pulse.Report());
        if (before != after || pulse.Deeds > 0)
            throw new RuleBroken("bad input changes nothing", world.Now,
                $"{machine.Name} received a {packet.Origin} packet ({PacketText.Describe(packet.Bytes)}) and {(pulse.Deeds > 0 ? "did something" : "changed")}:\n  before {before}\n  after  {after}");
    }

    private bool IsJudged(Machine machine, Packet packet, ClusterReport report)
    {
        if (packet.Origin != Origin.Replayed) return true;
        var (generation, sequence) = Number(packet);
        var sender = report.Nodes.First(n => n.Name == world.Machines[packet.From].Name);
        if (packet.From == machine.Index || sender.Generation == 0 || sender.Generation < generation) return false;
        if (sender.Generation > generation) return true;
        if (sequence > sender.LastSequence || (sequence > 0 && sender.Missing > 0)) return false;
        var age = PacketText.Hex(PacketText.Field(packet.Bytes, "ts="u8)) - _newestTime[machine.Index * world.Machines.Count + packet.From];
        return sender.Status == NodeStatus.Dead || Math.Abs(age) > sender.DeadTime.TotalSeconds + 1;
    }

    private static (long Generation, long Sequence) Number(Packet packet) =>
        (PacketText.Hex(PacketText.Field(packet.Bytes, "hg="u8)), PacketText.Hex(PacketText.Field(packet.Bytes, "seq="u8)));

    private static string State(ClusterReport report) => string.Join("; ", report.Nodes.Select(n =>
        $"{n.Name} {n.Status} x{n.ExtensionVersion} beat {n.SinceLastBeat} dt {n.DeadTime} gen {n.Generation} seq {n.LastSequence} missing {n.Missing} key {n.KeyIndex} {n.Weight} {n.Site} " +
        string.Join(',', n.Links.Select(l => $"{l.Link} {l.Up}")))) + report.CommunicationUp;
}
