namespace Appliance.Commands;

/// <summary><c>hb_takeover [all|foreign|local|failback]</c>: this node asks its peer to give resources up.</summary>
internal static class HbTakeover
{
    // "failback" goes out as it is: the peer decides what it means, and a 3.0.6 gives everything (protocol reference, section 11).
    public static int Applet(string[] args) => WhichResources.Parse("hb_takeover", args, Console.Out, Console.Error) is { } which
        ? FifoMessage.Send("hb_takeover", Console.Error, ("t", "hb_takeover"), ("rsc_hold", which))
        : 1;
}
