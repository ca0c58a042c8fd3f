namespace Appliance.Commands;

/// <summary><c>hb_addnode NODE...</c>: adds nodes to the cluster, on every node that hears it.</summary>
internal static class HbAddNode
{
    public static int Applet(string[] args)
    {
        if (args.Length > 0 && args is not ["--help"]) return FifoMessage.Send("hb_addnode", Console.Error, ("t", "addnode"), ("nodelist", string.Join(' ', args)));
        Console.Out.Write("usage: hb_addnode <node> <node> ...\n");
        return 1;
    }
}
