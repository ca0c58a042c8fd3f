using Appliance.Core;
using Appliance.Messaging;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>A message is delivered to control at most once, ever; and, when all is well, to every live node.</summary>
/// <remarks>The second half is asked only for messages sent after the world was healed, to nodes that ran from then to the end, by a sender that lived on.</remarks>
internal sealed class OnceAndForAll(World world)
{
    private readonly HashSet<(int Receiver, int Sender, long Generation, long Sequence)> _delivered = [];
    private readonly List<(int Sender, long Generation, long Sequence, Instant At, string What)> _sent = [];
    private readonly Instant[] _runsSince = new Instant[world.Machines.Count];

    public void Started(Machine machine)
    {
        // A new process has seen nothing yet: it may be given what its forerunner was given.
        _delivered.RemoveWhere(d => d.Receiver == machine.Index);
        _runsSince[machine.Index] = world.Now;
    }

    public void Ended(Machine machine) => _runsSince[machine.Index] = Instant.Never;

    public void Delivered(Machine machine, ClusterEvent.Received received)
    {
        if (world.Machines.FirstOrDefault(m => m.Name == received.Node) is not { } sender) return;
        var (generation, sequence) = (Hex(received.Message["hg"]), Hex(received.Message["seq"]));
        if (sequence == 0) return;
        if (!_delivered.Add((machine.Index, sender.Index, generation, sequence)))
            throw new RuleBroken("once", world.Now, $"{machine.Name} is given message {sequence} of {sender.Name} twice: {received.Message}");
        if (received.FromSelf && world.Healed && received.Message["dest"] is null) _sent.Add((sender.Index, generation, sequence, world.Now, received.Message.ToString()));
        if (world.Trace.InWords) world.Trace.Say(0x41, machine.Name, $"is given {Brief(received.Message)} of {received.Node}");
    }

    /// <summary>Every message sent between two instants has reached everybody who ran since before the first.</summary>
    public void RequireDelivered(Instant from, Instant to)
    {
        foreach (var (sender, generation, sequence, at, what) in _sent)
            foreach (var machine in world.Machines)
                if (at >= from && at <= to && _runsSince[sender] < at && machine.Index != sender && _runsSince[machine.Index] < from && !_delivered.Contains((machine.Index, sender, generation, sequence)))
                    throw new RuleBroken("delivered", world.Now, $"{machine.Name} was never given message {sequence} of {world.Machines[sender].Name}, sent at {at}: {what}");
    }

    private static string Brief(Message message) =>
        string.Join(' ', message.Fields.Where(f => f.Type == FieldType.String && f.Name is not ("src" or "hg" or "ts" or "ld" or "ttl" or "auth")));

    private static long Hex(string? digits) => long.TryParse(digits, System.Globalization.NumberStyles.AllowHexSpecifier, null, out var value) ? value : 0;
}
