using System.Text.Json;
using Appliance.Commands.Pages;
using Appliance.Control;

namespace Appliance.Commands;

/// <summary><c>appliance links</c>: counters, intervals, and the dead time they make safe. Exit status: 0; 2 not running.</summary>
internal static class LinksCommand
{
    public static int Run(bool json)
    {
        StatusView status;
        try
        {
            status = StatusCommand.Ask();
        }
        catch (NotRunningException e)
        {
            Console.Error.WriteLine($"appliance links: {e.Message}");
            return StatusCommand.NotRunning;
        }
        var view = new LinksView(status.Node, status.KeepaliveMs, status.DeadtimeMs, status.Nodes, status.Media);
        if (json) Console.Out.WriteLine(JsonSerializer.Serialize(view, ApplianceJson.Default.LinksView));
        else LinksRendering.Render(Page.OfConsole(), view);
        return 0;
    }
}
