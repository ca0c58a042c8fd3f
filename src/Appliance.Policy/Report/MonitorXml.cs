using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>The status of a cluster as <c>crm_mon</c> 2.1.5 shows it to programs (crm_mon-2.24.rng).</summary>
internal sealed class MonitorXml(Scheduling model, MonitorScope view)
{
    private readonly ClusterFacts _facts = new(model, view);
    private readonly List<CibElement> _elements = [];

    public List<CibElement> Write()
    {
        if (view.DaemonSeen is { } seen) New("pacemakerd").Set("sys_from", "pacemakerd").Set("state", "running").Set("last_updated", seen);
        AddSummary();
        if (view.Shows(MonitorSections.Nodes)) AddNodes();
        if (view.Shows(MonitorSections.Resources)) AddResources();
        if (view.Shows(MonitorSections.Attributes)) AddAttributes();
        if (view.Shows(MonitorSections.FailCounts | MonitorSections.Operations)) AddHistory();
        if (view.Shows(MonitorSections.Failures)) AddFailures();
        if (view.Shows(MonitorSections.Fencing)) AddFencing();
        if (view.Shows(MonitorSections.Tickets)) AddTickets();
        if (view.Shows(MonitorSections.Bans)) AddBans();
        return _elements;
    }

    private static string Text(bool value) => value ? "true" : "false";

    private CibElement New(string name)
    {
        var element = new CibElement(name);
        _elements.Add(element);
        return element;
    }

    private void AddSummary()
    {
        var summary = new CibElement("summary");
        if (view.Shows(MonitorSections.Stack)) summary.Add("stack").Set("type", _facts.Stack);
        if (_facts.Dc is not { } dc)
        {
            summary.Add("current_dc").Set("present", "false");
        }
        else if (view.Shows(MonitorSections.Dc))
            summary.Add("current_dc").Set("present", "true").Set("version", _facts.Version ?? "").Set("name", dc.Name).Set("id", dc.Id).Set("with_quorum", Text(_facts.Quorate)).Set("mixed_version", Text(_facts.Mixed));
        if (view.Shows(MonitorSections.Times))
        {
            summary.Add("last_update").Set("time", _facts.Updated);
            summary.Add("last_change").Set("time", _facts.Changed).Set("user", _facts.User ?? "").Set("client", _facts.Client ?? "").Set("origin", _facts.Origin ?? "");
        }
        if (view.Shows(MonitorSections.Counts))
        {
            var (all, disabled, blocked) = view.Counts;
            summary.Add("nodes_configured").Set("number", Texts.Text(_facts.Nodes));
            summary.Add("resources_configured").Set("number", Texts.Text(all)).Set("disabled", Texts.Text(disabled)).Set("blocked", Texts.Text(blocked));
        }
        var options = model.Options;
        if (view.Shows(MonitorSections.Options))
            summary.Add("cluster_options").Set("stonith-enabled", Text(options.FencingEnabled)).Set("symmetric-cluster", Text(options.SymmetricCluster)).Set("no-quorum-policy", _facts.QuorumPolicy)
                .Set("maintenance-mode", Text(options.MaintenanceMode)).Set("stop-all-resources", Text(options.StopAll)).Set("stonith-timeout-ms", Texts.Text(options.FencingTimeoutMs))
                .Set("priority-fencing-delay-ms", Texts.Text(options.PriorityFencingDelayMs));
        if (summary.Children.Count > 0) _elements.Add(summary);
    }

    private void AddNodes()
    {
        if (model.Nodes.Count == 0) return;
        var list = New("nodes");
        foreach (var node in model.Nodes)
        {
            if (!view.Status.Shows(node)) continue;
            var xml = StatusXml.Node(model, node);
            list.Add(xml);
            if (!view.Status.ByNode) continue;
            foreach (var resource in node.Running) StatusXml.Add(xml, resource, view.Status);
        }
    }

    private void AddResources()
    {
        CibElement? list = null;
        foreach (var resource in model.Resources)
        {
            if (resource.IsRemoved && !resource.IsActive(all: true) || !StatusReport.IsListed(view.Status, resource)) continue;
            StatusXml.Add(list ??= New("resources"), resource, view.Status);
        }
    }

    private void AddAttributes()
    {
        CibElement? list = null;
        foreach (var node in model.Nodes)
        {
            if (!view.Status.Shows(node)) continue;
            var attributes = StatusDetails.AttributesOf(model, node);
            if (attributes.Count == 0) continue;
            var one = (list ??= New("node_attributes")).Add("node").Set("name", node.Name);
            foreach (var attribute in attributes)
                one.Add("attribute").Set("name", attribute.Name).Set("value", attribute.Value).Set("expected", attribute.Expected is { } expected ? Texts.Text(expected) : null);
        }
    }

    private void AddHistory()
    {
        var history = new OperationHistory(model, view);
        if (history.Read() is not { } nodes) return;
        var list = New("node_history");
        foreach (var (node, entries) in nodes)
        {
            if (entries.Count == 0) continue;
            var on = list.Add("node").Set("name", node.Name);
            foreach (var entry in entries)
            {
                var one = on.Add("resource_history").Set("id", entry.Name).Set("orphan", "false").Set("migration-threshold", Texts.Text(entry.Resource!.MigrationThreshold))
                    .Set("fail-count", entry.FailCount > 0 ? Texts.Text(entry.FailCount) : null).Set("last-failure", entry.LastFailure > 0 ? view.Date(entry.LastFailure) : null);
                foreach (var operation in entry.Operations) one.Add(Done(operation));
            }
        }
    }

    private CibElement Done(CibElement operation)
    {
        var code = (int)(Texts.Integer(operation["rc-code"]) ?? 0);
        var xml = new CibElement("operation_history").Set("call", operation["call-id"]).Set("task", OperationHistory.Task(operation)).Set("rc", operation["rc-code"]).Set("rc_text", ResultWords.Old(code));
        if (operation["interval"] is { } interval && interval != "0") xml.Set("interval", interval + "ms");
        if (!view.Status.Timing) return xml;
        if (Texts.Integer(operation["last-rc-change"]) is { } at and > 0) xml.Set("last-rc-change", view.Date(at));
        return xml.Set("exec-time", operation["exec-time"] is { } took ? took + "ms" : null).Set("queue-time", operation["queue-time"] is { } queued ? queued + "ms" : null);
    }

    private void AddFailures()
    {
        CibElement? list = null;
        foreach (var entry in _facts.Failures())
            if (StatusDetails.FailedXml(entry, old: true) is { } failure) (list ??= New("failures")).Add(failure);
    }

    private void AddFencing()
    {
        // All that happened or, where some of it is not wanted, nothing.
        if (view.History is null || !view.FullHistory) return;
        CibElement? list = null;
        foreach (var one in view.History)
            if (StatusScope.Shows(view.Status.Nodes, one.Target)) (list ??= New("fence_history")).Add(FencingWords.ToXml(one));
    }

    private void AddTickets()
    {
        CibElement? list = null;
        foreach (var held in _facts.Tickets())
        {
            (list ??= New("tickets")).Add("ticket").Set("id", held.Ticket.Id).Set("status", held.Ticket.Granted ? "granted" : "revoked").Set("standby", Text(held.Ticket.Standby))
                .Set("last-granted", held.LastGranted is { } at and > 0 ? view.Date(at) : null);
        }
    }

    private void AddBans()
    {
        CibElement? list = null;
        foreach (var ban in _facts.Bans())
            (list ??= New("bans")).Add("ban").Set("id", ban.Id).Set("resource", StatusReport.Name(ban.Resource)).Set("node", ban.Node.Name).Set("weight", Texts.Text(ban.Score))
                .Set("promoted-only", Text(ban.PromotedOnly)).Set("master_only", Text(ban.PromotedOnly));
    }
}
