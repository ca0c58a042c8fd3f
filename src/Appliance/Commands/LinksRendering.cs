using System.Collections.Immutable;
using System.Globalization;
using Appliance.Commands.Pages;

namespace Appliance.Commands;

/// <summary>What each link has shown, as text for people.</summary>
internal static class LinksRendering
{
    private const string Bars = " .:-=+*#%@";       // plain characters: a serial console shows them too

    public static void Render(Page page, LinksView view)
    {
        foreach (var node in view.Nodes.Where(n => !n.IsLocal))
        {
            page.WriteLine($"{node.Name} ({node.Status}): intervals between packets");
            var table = new Table("LINK", "STATE", "PACKETS", "DUPL", "MIN", "P50", "P99", "MAX");
            foreach (var link in node.Links)
                table.AddRow(
                    new("  " + link.Link), new(link.Up ? "up" : "dead"), StatusRendering.Number(link.Packets), StatusRendering.Number(link.Duplicates),
                    Span(link.MinMs, link), Span(link.P50Ms, link), Span(link.P99Ms, link), Span(link.MaxMs, link));
            table.WriteTo(page);
            foreach (var link in node.Links.Where(l => l.Intervals > 0)) page.WriteLine($"  {link.Link} histogram {Histogram(link.BucketCounts)}");
            if (!node.IsPing) page.WriteLine("  " + Proposal(node, view));
            page.WriteLine();
        }
        Media(page, view.Media);
    }

    /// <summary>One character per bucket from the first that holds something to the last, darker for more (logarithmic), between its ends.</summary>
    public static string Histogram(ImmutableArray<long> counts)
    {
        var (first, last, most) = (-1, -1, 1L);
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] == 0) continue;
            (first, last, most) = (first < 0 ? i : first, i, Math.Max(most, counts[i]));
        }
        if (first < 0) return "(empty)";
        var bars = new char[last - first + 1];
        for (var i = first; i <= last; i++)
            bars[i - first] = counts[i] == 0 ? ' ' : Bars[1 + (int)Math.Round((Bars.Length - 2) * Math.Log(1 + counts[i]) / Math.Log(1 + most))];
        var to = last == counts.Length - 1 ? "longer" : Durations.Text(0.1 * (1L << last));
        return $"{(first == 0 ? "0 ms" : Durations.Text(0.1 * (1L << (first - 1))))} |{new string(bars)}| {to}";
    }

    private static string Proposal(NodeView node, LinksView view)
    {
        if (node.ProposedDeadtimeMs is not { } proposed) return $"deadtime {Durations.Text(view.DeadtimeMs)}; fewer than 1000 heartbeats seen on any link: too few to propose another";
        var verdict = proposed < view.DeadtimeMs ? "could be shorter" : proposed > view.DeadtimeMs ? "is too short" : "fits";
        return $"deadtime {Durations.Text(view.DeadtimeMs)} {verdict}: what these links have shown makes {Durations.Text(proposed)} safe";
    }

    private static void Media(Page page, ImmutableArray<MediumView> media)
    {
        var table = new Table("MEDIUM", "SENT", "FAILED", "RECEIVED", "DROPPED", "OVERRUN");
        foreach (var m in media)
            table.AddRow(
                new($"{m.Type} {m.Link}"), StatusRendering.Number(m.Sent), StatusRendering.Number(m.SendErrors, true), StatusRendering.Number(m.Received),
                StatusRendering.Number(m.Malformed + m.BadSignature + m.Replayed + m.UnknownNode, true), StatusRendering.Number(m.Overruns, true));
        table.WriteTo(page);
        foreach (var m in media)
        {
            var reasons = new List<string>();
            foreach (var (count, why) in new[] { (m.Malformed, "malformed"), (m.BadSignature, "badly signed"), (m.Replayed, "replayed"), (m.UnknownNode, "from an unknown node") })
                if (count > 0) reasons.Add(string.Create(CultureInfo.InvariantCulture, $"{count} {why}"));
            var dropped = string.Join(", ", reasons);
            if (m.Carrier is not null) page.WriteLine($"{m.Type} {m.Link}: carrier {m.Carrier}");
            if (dropped.Length > 0) page.WriteLine($"{m.Type} {m.Link} dropped {dropped}");
            if (m.Fault is not null) page.WriteLine($"{m.Type} {m.Link} does not work: {m.Fault}");
        }
    }

    private static Cell Span(double milliseconds, LinkView link) => new(link.Intervals == 0 ? "-" : Durations.Text(milliseconds));
}
