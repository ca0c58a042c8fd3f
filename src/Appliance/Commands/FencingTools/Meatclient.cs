using System.Text;
using Appliance.Fencing;
using Appliance.Linux;

namespace Appliance.Commands.FencingTools;

/// <summary><c>meatclient -c NODE [-w]</c>: the operator's answer to a meatware device, ours or cluster-glue's.</summary>
internal static class Meatclient
{
    private const int Done = 0, Failed = 1;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    public static int Applet(string[] args)
    {
        var options = new GetOpt("meatclient", args, "c:wh", Console.Error);
        if (options.Has('h') || args is ["--help"])
        {
            Console.Out.WriteLine("Usage: meatclient -c NODE [-w]\n\nConfirms that NODE was reset by hand, when the cluster asks for it (meatware).\nONLY after the machine really has been without power: otherwise two machines write the same data.\n\n  -c NODE   the machine\n  -w        wait until the cluster asks\n\nExit status: 0 confirmed, 1 not.");
            return Done;
        }
        var node = "";
        foreach (var (option, argument) in options.Options)
            if (option == 'c') node = argument ?? "";
        if (options.Has('?') || node.Length == 0 || node.Contains('/', StringComparison.Ordinal))
        {
            Console.Error.WriteLine("Usage: meatclient -c NODE [-w]");
            return Failed;
        }
        var path = Operators.PathOf(node);
        while (!File.Exists(path))
        {
            if (!options.Has('w'))
            {
                Console.Error.WriteLine($"meatclient: nobody asks for {node} now ({path} is not there); -w waits for it");
                return Failed;
            }
            Thread.Sleep(BetweenLooks);
        }
        Console.Out.WriteLine($"\nWARNING!\n\nIf node \"{node}\" has not been manually power-cycled or disconnected from all shared resources\nand networks, data on shared disks may become corrupted and migrated services might not work as expected.\nPlease verify that the name or address above corresponds to the node you just rebooted.\n");
        Console.Out.Write("PROCEED? [yN] ");
        if (Console.In.ReadLine()?.Trim() is not ("y" or "Y"))
        {
            Console.Out.WriteLine("Meatware_client: operation canceled.");
            return Failed;
        }
        try
        {
            using var fifo = Fifo.OpenForWriting(path);
            fifo.WriteAll(Encoding.UTF8.GetBytes(Operators.Reply(node) + "\n"), path);
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"meatclient: {e.Message}");
            return Failed;
        }
        Console.Out.WriteLine($"Meatware_client: reset confirmed.");
        return Done;
    }
}
