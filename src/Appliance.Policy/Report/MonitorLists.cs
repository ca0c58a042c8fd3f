using System.Globalization;
using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>The status of a cluster as <c>crm_mon</c> 2.1.5 shows it to people: text, or a page.</summary>
internal sealed class MonitorLists(Scheduling model, MonitorScope view, ReportLists text)
{
    private readonly ClusterFacts _facts = new(model, view);

    /// <summary>What was shown needs an empty line after it.</summary>
    private bool _before;

    public void Write()
    {
        if (view.DaemonSeen is { } seen) text.Item(MonitorReport.DaemonLine(seen));
        AddSummary();
        var status = new StatusReport(model, view.Status, text);
        if (view.Shows(MonitorSections.Nodes) && model.Nodes.Count > 0) _before |= status.AddNodes(_before);
        if (view.Shows(MonitorSections.Resources)) _before |= status.AddResources(_before);
        if (view.Shows(MonitorSections.Attributes)) AddAttributes();
        if (view.Shows(MonitorSections.FailCounts | MonitorSections.Operations)) AddHistory();
        if (view.Shows(MonitorSections.Failures)) AddList("Failed Resource Actions", _facts.Failures().ConvertAll(Failure));
        if (view.Shows(MonitorSections.FencingFailed)) AddFencing("Failed Fencing Actions", _facts.Fenced(FencingState.Failed));
        if (view.Shows(MonitorSections.Tickets)) AddTickets();
        if (view.Shows(MonitorSections.Bans)) AddList("Negative Location Constraints", _facts.Bans().ConvertAll(Ban));
        if (view.Shows(MonitorSections.FencingSucceeded)) AddFencing("Fencing History", [.. _facts.Fenced(FencingState.Pending), .. _facts.Fenced(FencingState.Done)]);
        else if (view.Shows(MonitorSections.FencingPending)) AddFencing("Pending Fencing Actions", _facts.Fenced(FencingState.Pending));
    }

    private void Begin(string title)
    {
        if (_before) text.Spacer();
        text.Begin(title);
        _before = true;
    }

    private void AddList(string title, List<string> lines)
    {
        if (lines.Count == 0) return;
        Begin(title);
        foreach (var line in lines) text.Item(line);
        text.End();
    }

    // ---- the cluster as a whole ----

    private void AddSummary()
    {
        var begun = false;
        void Open()
        {
            if (!begun) Begin("Cluster Summary");
            begun = true;
        }
        if (view.Shows(MonitorSections.Stack))
        {
            Open();
            text.Pieces(new("Stack: ", "bold"), new(_facts.Stack));
        }
        if (view.Shows(MonitorSections.Dc) || _facts.Dc is null)
        {
            Open();
            AddDc();
        }
        if (view.Shows(MonitorSections.Times))
        {
            Open();
            text.Pieces(new("Last updated: ", "bold"), new(_facts.Updated));
            text.Pieces(new("Last change: ", "bold"), new(text.IsPage ? _facts.Change : " " + _facts.Change));
        }
        if (view.Shows(MonitorSections.Counts))
        {
            Open();
            AddCounts();
        }
        if (view.Shows(MonitorSections.Options))
        {
            if (!text.IsPage) Open();
            else
            {
                // Where it comes first, 2.1.5 leaves this list open, and all others are in it.
                if (begun) text.End();
                text.Begin("Config Options");
                _before = true;
            }
            AddOptions();
        }
        if (begun) text.End();
        if (text.IsPage || !view.Shows(MonitorSections.MaintenanceMode)) return;
        if (model.Options.MaintenanceMode) text.Line("\n              *** Resource management is DISABLED ***\n  The cluster will not attempt to start, stop or recover services");
        else if (model.Options.StopAll) text.Line("\n    *** Resource management is DISABLED ***\n  The cluster will keep all resources stopped");
        else return;
        _before = true;
    }

    private void AddDc()
    {
        if (_facts.Dc is not { } dc)
        {
            text.Pieces(new("Current DC: ", "bold"), new("NONE", "warning"));
            return;
        }
        text.Pieces(new("Current DC: ", "bold"), new($"{StatusReport.DisplayName(dc, view.Status.Details)} (version {_facts.Version ?? "unknown"}) -"), new(_facts.Mixed ? " MIXED-VERSION" : "", "warning"),
            new(" partition"), new($" {_facts.Quorum}", _facts.Quorate ? null : "warning"), new(" quorum"));
    }

    private void AddCounts()
    {
        var (all, disabled, blocked) = view.Counts;
        text.Pieces(new ReportPiece($"{Texts.Text(_facts.Nodes)} node{(_facts.Nodes == 1 ? "" : "s")} configured"));
        var configured = $"{Texts.Text(all)} resource instance{(all == 1 ? "" : "s")} configured";
        var pieces = new List<ReportPiece>();
        if (disabled > 0) pieces.AddRange([new($"{configured} ({Texts.Text(disabled)} "), new("DISABLED", "bold")]);
        if (blocked > 0) pieces.AddRange([new(disabled > 0 ? $", {Texts.Text(blocked)} " : $"{configured} ({Texts.Text(blocked)} "), new("BLOCKED", "bold"), new(" from further action due to failure")]);
        // Each thought ends in a piece of its own, or in the last one's.
        if (pieces.Count == 0) pieces.Add(new(configured));
        else if (blocked > 0) pieces[^1] = new(pieces[^1].Text + ")");
        else pieces.Add(new(")"));
        text.Pieces([.. pieces]);
    }

    private void AddOptions()
    {
        var options = model.Options;
        text.Item($"STONITH of failed nodes {(options.FencingEnabled ? "enabled" : "disabled")}");
        text.Item($"Cluster is {(options.SymmetricCluster ? "symmetric" : "asymmetric")}");
        text.Item(_facts.QuorumSentence);
        if (!text.IsPage) return;
        if (options.MaintenanceMode) text.Pieces(new("Resource management: "), new("DISABLED", "bold"), new(" (the cluster will not attempt to start, stop, or recover services)"));
        else if (options.StopAll) text.Pieces(new("Resource management: "), new("STOPPED", "bold"), new(" (the cluster will keep all resources stopped)"));
        else text.Item("Resource management: enabled");
    }

    // ---- nodes ----

    private void BeginNode(PolicyNode node)
    {
        var name = StatusReport.DisplayName(node, view.Status.Details);
        text.Begin(text.IsPage ? name + ":" : "Node: " + name);
    }

    private void AddAttributes()
    {
        var any = false;
        foreach (var node in model.Nodes)
        {
            if (!view.Status.Shows(node)) continue;
            var attributes = StatusDetails.AttributesOf(model, node);
            if (attributes.Count == 0) continue;
            if (!any) Begin("Node Attributes");
            any = true;
            BeginNode(node);
            foreach (var attribute in attributes)
            {
                if (!text.IsPage) text.Item(attribute.Text);
                else if (attribute.Expected is not null) text.Pieces(new($"{attribute.Name}: {attribute.Value}"), new(attribute.Complaint ?? "", "bold"));
                else text.Item($"{attribute.Name}: {attribute.Value}");
            }
            text.End();
        }
        if (any) text.End();
    }

    private void AddHistory()
    {
        var history = new OperationHistory(model, view);
        if (history.Read() is not { } nodes) return;
        Begin(history.Whole ? "Operations" : "Migration Summary");
        foreach (var (node, entries) in nodes)
        {
            if (entries.Count == 0) continue;
            BeginNode(node);
            foreach (var entry in entries)
            {
                if (!history.Whole)
                {
                    text.Item(Failures(entry));
                    continue;
                }
                text.Begin(Failures(entry));
                foreach (var operation in entry.Operations) text.Item(Done(operation));
                text.End();
            }
            text.End();
        }
        text.End();
    }

    private string Failures(OperationHistory.Entry entry)
    {
        var line = $"{entry.Name}: migration-threshold={Texts.Text(entry.Resource!.MigrationThreshold)}";
        if (entry.FailCount > 0) line += $" fail-count={Texts.Text(entry.FailCount)}";
        if (entry.LastFailure > 0) line += $" last-failure='{view.Date(entry.LastFailure)}'";
        return line;
    }

    private string Done(CibElement operation)
    {
        var line = $"({operation["call-id"]}) {OperationHistory.Task(operation)}";
        var details = "";
        if (operation["interval"] is { } interval && interval != "0") details += $" interval=\"{interval}ms\"";
        if (view.Status.Timing)
        {
            if (Texts.Integer(operation["last-rc-change"]) is { } at and > 0) details += $" last-rc-change=\"{view.Date(at)}\"";
            if (operation["exec-time"] is { } took) details += $" exec-time=\"{took}ms\"";
            if (operation["queue-time"] is { } queued) details += $" queue-time=\"{queued}ms\"";
            var code = (int)(Texts.Integer(operation["rc-code"]) ?? 0);
            details += string.Create(CultureInfo.InvariantCulture, $" rc={code} ({ResultWords.Old(code)})");
        }
        return details.Length > 0 ? $"{line}:{details}" : line;
    }

    // ---- the rest ----

    private string Failure(CibElement entry)
    {
        var node = StatusDetails.Node(entry);
        var name = node ?? "unknown node";
        return view.Status.Details ? StatusDetails.FailedRecord(entry, name, view.Date) : StatusDetails.FailedSentence(entry, name, view.Date);
    }

    private void AddTickets()
    {
        var tickets = _facts.Tickets();
        if (tickets.Count == 0) return;
        Begin("Tickets");
        foreach (var held in tickets)
        {
            var line = $"{held.Ticket.Id}:{(text.IsPage ? "\t" : " ")}{(held.Ticket.Granted ? "granted" : "revoked")}{(held.Ticket.Standby ? " [standby]" : "")}";
            if (held.LastGranted is { } at and > 0) line += $" last-granted=\"{view.Date(at)}\"";
            text.Item(line);
        }
        text.End();
    }

    private string Ban(ClusterFacts.Ban ban) =>
        $"{ban.Id}\tprevents {StatusReport.Name(ban.Resource)} from running{(ban.PromotedOnly ? " in Promoted role" : "")} on {StatusReport.DisplayName(ban.Node, view.Status.Details)}";

    // ---- fencing ----

    private void AddFencing(string title, List<FencingEvent> events)
    {
        if (view.History is not { } history || events.Count == 0) return;
        Begin(title);
        foreach (var one in events) text.Marked(Fenced(one, history), FencingWords.Kind(one));
        text.End();
    }

    private string Fenced(FencingEvent one, IReadOnlyList<FencingEvent> history)
    {
        var later = FencingWords.LaterSucceeded(one, history);
        return view.Status.Details ? FencingWords.Record(one, view.FullHistory, later) : FencingWords.Sentence(one, view.FullHistory, later);
    }
}
