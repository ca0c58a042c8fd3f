using System.Text;
using Appliance.Core;
using Appliance.Messaging;
using Appliance.Messaging.Signing;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Mutations;

/// <summary>Signatures are not checked: every classic packet is signed anew with the receiver's own key before it is judged.</summary>
internal sealed class Accepts_unsigned_packets : Mutation
{
    public override IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => new Between(make(effects), machine);

    private sealed class Between(IMessaging inner, Machine machine) : MessagingBetween(inner)
    {
        public override void Received(int medium, ReadOnlySpan<byte> packet, Instant now, long wallSeconds) =>
            base.Received(medium, packet.StartsWith(">>>\n"u8) && packet.EndsWith("<<<\n"u8) ? Sign(packet) : packet, now, wallSeconds);

        private byte[] Sign(ReadOnlySpan<byte> packet)
        {
            var lines = Encoding.Latin1.GetString(packet[4..^4]).Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith("auth=", StringComparison.Ordinal));
            var text = string.Concat(lines.Select(l => l + "\n"));
            var key = machine.AuthKeys.Signing;
            Span<byte> token = stackalloc byte[Token.MaxLength];
            var length = Token.Compute(key.Method, key.Secret.Reveal(), Encoding.Latin1.GetBytes(text), token);
            return Encoding.Latin1.GetBytes($">>>\n{text}auth={key.Index} {Encoding.ASCII.GetString(token[..length])}\n<<<\n");
        }
    }
}

/// <summary>Every message is given to control twice.</summary>
internal sealed class Delivers_twice : Mutation
{
    public override IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => make(new Between(effects));

    private sealed class Between(IMessagingEffects outer) : EffectsBetween(outer)
    {
        public override void Tell(ClusterEvent happened)
        {
            base.Tell(happened);
            if (happened is ClusterEvent.Received { FromSelf: false }) base.Tell(happened);
        }
    }
}

/// <summary>Every seventh message from another node is lost between pulse and control.</summary>
internal sealed class Loses_messages : Mutation
{
    public override IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => make(new Between(effects));

    private sealed class Between(IMessagingEffects outer) : EffectsBetween(outer)
    {
        private int _count;

        public override void Tell(ClusterEvent happened)
        {
            if (happened is not ClusterEvent.Received { FromSelf: false } || ++_count % 7 != 0) base.Tell(happened);
        }
    }
}

/// <summary>A node that is late once is dead.</summary>
internal sealed class Buries_the_living : Mutation
{
    public override IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => make(new Between(effects));

    private sealed class Between(IMessagingEffects outer) : EffectsBetween(outer)
    {
        public override void Tell(ClusterEvent happened)
        {
            base.Tell(happened);
            if (happened is ClusterEvent.Logged { Text: var text } && text.StartsWith("Late heartbeat: Node ", StringComparison.Ordinal))
                base.Tell(new ClusterEvent.NodeStatusChanged(text.Split(' ', ':')[4], NodeStatus.Active, NodeStatus.Dead, null));
        }
    }
}

/// <summary>Decides by a coin that no seed knows.</summary>
internal sealed class Is_not_deterministic : Mutation
{
    public override IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => new Between(make(effects));

    private sealed class Between(IMessaging inner) : MessagingBetween(inner)
    {
        public override void Received(int medium, ReadOnlySpan<byte> packet, Instant now, long wallSeconds)
        {
            if (Random.Shared.Next(20) > 0) base.Received(medium, packet, now, wallSeconds);
        }
    }
}
