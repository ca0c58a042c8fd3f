using Appliance.Core;
using Appliance.Messaging;
using Appliance.Messaging.Bridge;

namespace Appliance.Pulse;

/// <summary>Plays a peer's silence to a scratch core, so that the code a takeover needs is in memory, and locked there, before the day it counts.</summary>
internal static class Rehearsal
{
    public static void Run(MessagingOptions options)
    {
        var now = new Instant(TimeSpan.TicksPerHour);
        var core = new MessagingCore(options, now, new Nobody());
        core.Start(now, 1);
        core.Execute(new ClusterCommand.ManagerReady(), now, 1);
        now += options.HaCf.InitDead;
        for (var i = 0; i < 3; i++)
        {
            core.Tick(now, 1);
            now += options.HaCf.KeepAlive;
        }
    }

    private sealed class Nobody : IMessagingEffects
    {
        private readonly byte[] _frame = new byte[4096];

        public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line) { }
        public void Ping(int medium, ReadOnlySpan<byte> data) { }
        public void Forward(int fromMedium, ReadOnlySpan<byte> line) { }
        public void Tell(ClusterEvent happened) => _ = BridgeCodec.Write(happened, _frame);
    }
}
