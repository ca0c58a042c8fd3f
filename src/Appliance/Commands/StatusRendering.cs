using System.Globalization;
using Spectre.Console;

namespace Appliance.Commands;

/// <summary>A status as text for people: readable without colour, in 80 columns.</summary>
internal static class StatusRendering
{
    private static readonly Style Good = new(Color.Green), Bad = new(Color.Red, decoration: Decoration.Bold), Head = new(decoration: Decoration.Bold), Dim = new(Color.Grey);

    /// <param name="now">Wall clock, for since when.</param>
    public static void Render(IAnsiConsole console, StatusView status, DateTimeOffset now)
    {
        console.Write(new Text($"{status.Node}: {status.Health}", status.Health == "ok" ? Good : Bad));
        console.WriteLine($", holds {status.RscStatus} resources{(status.Stable ? "" : ", in transition")}; auto_failback {status.AutoFailback}");
        foreach (var problem in status.Problems)
        {
            console.Write(new Text("  ! ", Bad));
            console.WriteLine(problem);
        }
        console.WriteLine();
        Nodes(console, status);
        console.WriteLine();
        Groups(console, status, now);
        if (status.SharedDisks is not { } disks) return;
        console.WriteLine();
        foreach (var line in disks.Lines()) console.WriteLine(line);
    }

    private static void Nodes(IAnsiConsole console, StatusView status)
    {
        var table = Table("NODE", "STATUS", "DAEMON", "LAST BEAT", "LATE", "LOST", "DEADTIME");
        foreach (var node in status.Nodes)
        {
            table.AddRow(
                new Text(node.Name, Head),
                new Text(node.Status, node.Status is "active" or "ping" ? Good : Bad),
                new Text(node.Daemon switch { "appliance" => "appliance", "heartbeat" => "heartbeat 3.0.6", _ => node.IsPing ? "ping node" : "-" }),
                new Text(node.IsLocal ? "this node" : Since(node.SinceLastBeatMs)),
                Number(node.LateBeats), Number(node.LostPackets), new Text(Durations.Text(node.DeadtimeMs)));
            if (node.IsLocal) continue;         // our own copies come back on some media and not on others: it means nothing
            foreach (var link in node.Links)
                table.AddRow(
                    new Text("  " + link.Link), new Text(link.Up ? "up" : "dead", link.Up ? Good : Bad), new Text("link", Dim), new Text(Since(link.SinceLastPacketMs)),
                    new Text(""), new Text(""), new Text(""));
        }
        console.Write(table);
        foreach (var medium in status.Media.Where(m => m.Fault is not null))
        {
            console.Write(new Text($"{medium.Type} {medium.Link}: ", Bad));
            console.WriteLine(medium.Fault!);
        }
    }

    private static void Groups(IAnsiConsole console, StatusView status, DateTimeOffset now)
    {
        if (status.Groups.IsEmpty)
        {
            console.WriteLine("No resource groups.");
            return;
        }
        foreach (var group in status.Groups)
        {
            console.Write(new Text(group.Key, Head));
            console.Write(": ");
            console.Write(new Text(group.State, group.State is "running" or "stopped" or "starting" or "stopping" ? Good : Bad));
            console.WriteLine(group.Owner is null ? ", on no node" : $" on {group.Owner}");
            if (group.HeldForSeconds is { } held)
                Indented(console, string.Create(CultureInfo.InvariantCulture, $"since {now.AddSeconds(-held):yyyy-MM-dd HH:mm:ss}, for {Durations.Text(held * 1000)}"));
            if (group.Resources.Length > 1) Indented(console, $"resources: {string.Join(' ', group.Resources)}");
            Indented(console, $"preferred node {group.PreferredNode}; {group.Why}");
            if (group.Monitor is { } monitor && (group.Owner == status.Node || monitor.Failures > 0 || monitor.Failed || monitor.State == "off")) Indented(console, Monitored(monitor));
        }
    }

    private static string Monitored(MonitorView monitor)
    {
        var words = monitor.State == "off" ? "not monitored (appliance monitor off)" : monitor.Last is null ? "monitored; not asked yet" : $"monitored; {Durations.Text(monitor.LastAgoMs ?? 0)} ago {monitor.Last}";
        var counts = string.Create(CultureInfo.InvariantCulture, $"; {monitor.Failures} failure{(monitor.Failures == 1 ? "" : "s")}, {monitor.RestartsLeft} restart{(monitor.RestartsLeft == 1 ? "" : "s")} left");
        return words + counts + (monitor.Failed ? ", failed here too often" : "") + (monitor.TriedAgainInMs is { } ms ? $"; tried again in {Durations.Text(ms)}" : "");
    }

    /// <summary>A paragraph that keeps its indentation when it wraps.</summary>
    private static void Indented(IAnsiConsole console, string text) => console.Write(new Padder(new Text(text)).Padding(2, 0, 0, 0));

    private static string Since(double? milliseconds) => milliseconds is { } ms ? Durations.Text(ms) : "never";

    internal static Table Table(params string[] heads)
    {
        var table = new Table().NoBorder();
        foreach (var head in heads) table.AddColumn(new TableColumn(new Text(head, Dim)).NoWrap().PadLeft(0).PadRight(2));
        return table;
    }

    internal static Text Number(long value, bool bad = false) => new(value.ToString(CultureInfo.InvariantCulture), bad && value > 0 ? Bad : Style.Plain);
}
