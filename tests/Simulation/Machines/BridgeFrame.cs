using Appliance.Messaging.Bridge;

namespace Appliance.Simulation.Machines;

/// <summary>Room for one frame between pulse and control. Each is read as soon as it is written, so that all worlds of a thread share one: a world has many short-lived processes.</summary>
internal static class BridgeFrame
{
    [ThreadStatic]
    private static byte[]? t_bytes;

    public static byte[] OfThisThread => t_bytes ??= new byte[BridgeCodec.MaxFrame];
}
