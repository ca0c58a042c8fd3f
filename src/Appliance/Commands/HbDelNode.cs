namespace Appliance.Commands;

/// <summary><c>hb_delnode NODE...</c>: takes dead nodes out of the cluster.</summary>
internal static class HbDelNode
{
    public static int Applet(string[] args)
    {
        if (args.Length > 0 && args is not ["--help"]) return FifoMessage.Send("hb_delnode", Console.Error, ("t", "delnode"), ("nodelist", string.Join(' ', args)));
        Console.Out.Write("usage: hb_delnode <node> <node> ...\n");
        return 1;
    }
}
