namespace Appliance.Commands;

/// <summary><c>hb_setweight NODE WEIGHT</c>: sets a node's weight, which quorum votes count.</summary>
internal static class HbSetWeight
{
    public static int Applet(string[] args)
    {
        // A missing second word is sent as an empty one, as 3.0.6 does.
        if (args.Length > 0 && args[0] != "--help") return FifoMessage.Send("hb_setweight", Console.Error, ("t", "setweight"), ("node", args[0]), ("weight", args.ElementAtOrDefault(1) ?? ""));
        Console.Out.Write("usage: hb_setweight <node> <weight>\n");
        return 1;
    }
}
