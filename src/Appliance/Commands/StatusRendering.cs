using System.Globalization;
using Appliance.Commands.Pages;

namespace Appliance.Commands;

/// <summary>A status as text for people: readable without colour, in 80 columns.</summary>
internal static class StatusRendering
{
    /// <param name="now">Wall clock, for since when.</param>
    public static void Render(Page page, StatusView status, DateTimeOffset now)
    {
        page.Write($"{status.Node}: {status.Health}", status.Health == "ok" ? Ink.Good : Ink.Bad);
        page.WriteLine(status.Crm is null ? $", holds {status.RscStatus} resources{(status.Stable ? "" : ", in transition")}; auto_failback {status.AutoFailback}" : status.Stable ? "" : ", in transition");
        foreach (var problem in status.Problems)
        {
            page.Write("  ! ", Ink.Bad);
            page.WriteLine(problem);
        }
        page.WriteLine();
        Nodes(page, status);
        page.WriteLine();
        if (status.Crm is { } crm) crm.Render(page, status.Node);
        else Groups(page, status, now);
        if (status.SharedDisks is not { } disks) return;
        page.WriteLine();
        foreach (var line in disks.Lines()) page.WriteLine(line);
    }

    private static void Nodes(Page page, StatusView status)
    {
        var table = new Table("NODE", "STATUS", "DAEMON", "LAST BEAT", "LATE", "LOST", "DEADTIME");
        foreach (var node in status.Nodes)
        {
            table.AddRow(
                new(node.Name, Ink.Head),
                new(node.Status, node.Status is "active" or "ping" ? Ink.Good : Ink.Bad),
                new(node.Daemon switch { "appliance" => "appliance", "heartbeat" => "heartbeat 3.0.6", _ => node.IsPing ? "ping node" : "-" }),
                new(node.IsLocal ? "this node" : Since(node.SinceLastBeatMs)),
                Number(node.LateBeats), Number(node.LostPackets), new(Durations.Text(node.DeadtimeMs)));
            if (node.IsLocal) continue;         // our own copies come back on some media and not on others: it means nothing
            foreach (var link in node.Links)
                table.AddRow(
                    new("  " + link.Link), new(link.Up ? "up" : "dead", link.Up ? Ink.Good : Ink.Bad), new("link", Ink.Dim), new(Since(link.SinceLastPacketMs)),
                    new(""), new(""), new(""));
        }
        table.WriteTo(page);
        foreach (var medium in status.Media)
            if (medium.Carrier is { } carrier)
            {
                page.Write($"{medium.Type} {medium.Link}: carrier ");
                page.Write(carrier, carrier == "no" ? Ink.Bad : Ink.Plain);
                page.WriteLine();
            }
        foreach (var medium in status.Media.Where(m => m.Fault is not null))
        {
            page.Write($"{medium.Type} {medium.Link}: ", Ink.Bad);
            page.WriteLine(medium.Fault!);
        }
    }

    private static void Groups(Page page, StatusView status, DateTimeOffset now)
    {
        if (status.Groups.IsEmpty)
        {
            page.WriteLine("No resource groups.");
            return;
        }
        foreach (var group in status.Groups)
        {
            page.Write(group.Key, Ink.Head);
            page.Write(": ");
            page.Write(group.State, group.State is "running" or "stopped" or "starting" or "stopping" ? Ink.Good : Ink.Bad);
            page.WriteLine(group.Owner is null ? ", on no node" : $" on {group.Owner}");
            if (group.HeldForSeconds is { } held)
                page.Indented(string.Create(CultureInfo.InvariantCulture, $"since {now.AddSeconds(-held):yyyy-MM-dd HH:mm:ss}, for {Durations.Text(held * 1000)}"));
            if (group.Resources.Length > 1) page.Indented($"resources: {string.Join(' ', group.Resources)}");
            page.Indented($"preferred node {group.PreferredNode}; {group.Why}");
            if (group.Monitor is { } monitor && (group.Owner == status.Node || monitor.Failures > 0 || monitor.Failed || monitor.State == "off")) page.Indented(Monitored(monitor));
        }
    }

    private static string Monitored(MonitorView monitor)
    {
        var words = monitor.State == "off" ? "not monitored (appliance monitor off)" : monitor.Last is null ? "monitored; not asked yet" : $"monitored; {Durations.Text(monitor.LastAgoMs ?? 0)} ago {monitor.Last}";
        var counts = string.Create(CultureInfo.InvariantCulture, $"; {monitor.Failures} failure{(monitor.Failures == 1 ? "" : "s")}, {monitor.RestartsLeft} restart{(monitor.RestartsLeft == 1 ? "" : "s")} left");
        return words + counts + (monitor.Failed ? ", failed here too often" : "") + (monitor.TriedAgainInMs is { } ms ? $"; tried again in {Durations.Text(ms)}" : "");
    }

    private static string Since(double? milliseconds) => milliseconds is { } ms ? Durations.Text(ms) : "never";

    internal static Cell Number(long value, bool bad = false) => new(value.ToString(CultureInfo.InvariantCulture), bad && value > 0 ? Ink.Bad : Ink.Plain);
}
