using Appliance.Core;
using Appliance.Messaging;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Mutations;

/// <summary>A carrier that was there once is there for ever.</summary>
internal sealed class Keeps_a_carrier : Mutation
{
    public override IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => make(new Between(effects));

    private sealed class Between(IMessagingEffects outer) : EffectsBetween(outer)
    {
        public override void Tell(ClusterEvent happened)
        {
            if (happened is not ClusterEvent.CarrierChanged { Carrier: false }) base.Tell(happened);
        }
    }
}

/// <summary>A line that shows no carrier had one before: three wires are taken for a cable that was pulled, and none for one.</summary>
internal sealed class Takes_a_line_at_its_word : Mutation
{
    public override IMessaging Messaging(Machine machine, Func<IMessagingEffects, IMessaging> make, IMessagingEffects effects) => new Between(make(effects));

    private sealed class Between(IMessaging inner) : MessagingBetween(inner)
    {
        private bool _began;

        public override void CarrierRead(int medium, bool? shown, Instant now)
        {
            if (!_began) base.CarrierRead(medium, true, now);
            _began = true;
            base.CarrierRead(medium, shown ?? false, now);
        }
    }
}
