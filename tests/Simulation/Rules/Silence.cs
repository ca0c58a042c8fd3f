using Appliance.Core;
using Appliance.Messaging;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Network;

namespace Appliance.Simulation.Rules;

/// <summary>Who could hear whom, and since when not: known from what was really delivered, not from what the cores believe.</summary>
/// <remarks>
/// Heard means: a status with a number above all heard before (or one sent again, if the first copy was lost), undamaged, signed with a key the receiver has, was handed to a receiver that was running. A frozen or killed
/// receiver hears nothing; a frozen, dead or cut-off sender is not heard. Its own rule: nobody is declared dead before it was silent for
/// a dead time (for its initdead, when it was never heard since the receiver's start).
/// </remarks>
internal sealed class Silence
{
    private readonly World _world;
    private readonly int _count;
    private readonly Instant[] _heardAt, _heardSent, _apartUntil;
    private readonly (long Generation, long Sequence)[] _newest;
    private readonly bool[] _heardSinceStart;
    private readonly List<(Instant Start, Instant End)> _disturbances = [];
    private int _disturbing;
    private Instant _disturbedSince;

    public Silence(World world)
    {
        (_world, _count) = (world, world.Machines.Count);
        var pairs = _count * _count;
        (_heardAt, _heardSent, _apartUntil) = (new Instant[pairs], new Instant[pairs], new Instant[pairs]);
        (_newest, _heardSinceStart) = (new (long, long)[pairs], new bool[pairs]);
        Array.Fill(_heardAt, new Instant(-TimeSpan.TicksPerDay));
    }

    private TimeSpan DeadTime => _world.Plan.DeadTime;

    public void Started(Machine receiver)
    {
        // A new life has heard nothing: a packet that its forerunner had overtaken is new to it.
        for (var sender = 0; sender < _count; sender++) (_heardSinceStart[receiver.Index * _count + sender], _newest[receiver.Index * _count + sender]) = (false, default);
    }

    public void Heard(Machine receiver, Packet packet)
    {
        var pair = receiver.Index * _count + packet.From;
        if (packet.SentAt > _heardSent[pair]) _heardSent[pair] = packet.SentAt;
        if (!packet.IsNewStatus && !PacketText.Field(packet.Bytes, "t="u8).SequenceEqual("status"u8)) return;
        var number = (PacketText.Hex(PacketText.Field(packet.Bytes, "hg="u8)), PacketText.Hex(PacketText.Field(packet.Bytes, "seq="u8)));
        if (number.CompareTo(_newest[pair]) <= 0) return;
        NoteApart(receiver.Index, packet.From);
        _newest[pair] = number;
        _heardAt[pair] = _world.Now;
        _heardSinceStart[pair] = true;
    }

    /// <summary>When the newest packet that <paramref name="receiver"/> heard of <paramref name="sender"/> since its start was sent; <c>null</c> if none.</summary>
    public Instant? LastHeardSent(Machine receiver, int sender) =>
        _heardSinceStart[receiver.Index * _count + sender] ? _heardSent[receiver.Index * _count + sender] : null;

    /// <summary>When <paramref name="receiver"/> heard of <paramref name="sender"/> last since its start; <c>null</c> if never.</summary>
    public Instant? LastHeard(Machine receiver, int sender) => _heardSinceStart[receiver.Index * _count + sender] ? _heardAt[receiver.Index * _count + sender] : null;

    /// <summary>Since it heard a status of <paramref name="sender"/>; <c>null</c>: it has heard none since its start.</summary>
    public TimeSpan? SilentFor(Machine receiver, int sender) => _heardSinceStart[receiver.Index * _count + sender] ? _world.Now - _heardAt[receiver.Index * _count + sender] : null;

    public void StatusChanged(Machine receiver, PulseProcess pulse, ClusterEvent.NodeStatusChanged change)
    {
        if (change.Now != NodeStatus.Dead || change.Cause is not null || _world.Machines.FirstOrDefault(m => m.Name == change.Node) is not { } sender || sender == receiver) return;
        var pair = receiver.Index * _count + sender.Index;
        var heard = _heardSinceStart[pair];
        var silent = _world.Now - (heard ? _heardAt[pair] : pulse.StartedAt);
        var least = heard ? DeadTime : _world.Plan.InitDead;
        if (silent < least)
            throw new RuleBroken("dead before silent", _world.Now, $"{receiver.Name} declares {sender.Name} dead after {silent.TotalSeconds:0.000} s of silence; {least.TotalSeconds:0.000} s are needed");
        NoteApart(receiver.Index, sender.Index);
    }

    /// <summary>A fault that can slow the merge down begins; the function returned ends it.</summary>
    public Action Disturb()
    {
        if (_disturbing++ == 0) _disturbedSince = _world.Now;
        var ended = false;
        return () =>
        {
            if (ended) return;
            ended = true;
            if (--_disturbing == 0) _disturbances.Add((_disturbedSince, _world.Now));
        };
    }

    /// <summary>
    /// Until when two nodes that could not hear each other (or of which one did not run) for a dead time may still both own something:
    /// the end of that silence plus <paramref name="resolve"/>; a disturbance that begins within this time moves its end to
    /// <paramref name="resolve"/> after its own end.
    /// </summary>
    public Instant ExcusedUntil(int a, int b, TimeSpan resolve)
    {
        NoteApart(a, b);
        NoteApart(b, a);
        var until = _apartUntil[Math.Min(a, b) * _count + Math.Max(a, b)];
        if (until == default) return until;
        until += resolve;
        foreach (var (start, end) in _disturbances)
            if (start <= until && end + resolve > until) until = end + resolve;
        if (_disturbing > 0 && _disturbedSince <= until && _world.Now + resolve > until) until = _world.Now + resolve;
        return until;
    }

    private void NoteApart(int receiver, int sender)
    {
        if (_world.Now - _heardAt[receiver * _count + sender] < DeadTime) return;
        _apartUntil[Math.Min(receiver, sender) * _count + Math.Max(receiver, sender)] = _world.Now;
    }
}
