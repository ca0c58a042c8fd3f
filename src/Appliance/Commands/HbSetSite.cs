namespace Appliance.Commands;

/// <summary><c>hb_setsite NODE SITE</c>: sets the name of the place where a node stands.</summary>
internal static class HbSetSite
{
    public static int Applet(string[] args)
    {
        // A missing second word is sent as an empty one, as 3.0.6 does.
        if (args.Length > 0 && args[0] != "--help") return FifoMessage.Send("hb_setsite", Console.Error, ("t", "setsite"), ("node", args[0]), ("site", args.ElementAtOrDefault(1) ?? ""));
        Console.Out.Write("usage: hb_setsite <node> <site>\n");
        return 1;
    }
}
