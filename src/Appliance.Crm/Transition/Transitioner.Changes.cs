using Appliance.Cib;

namespace Appliance.Crm.Transition;

public sealed partial class Transitioner
{
    /// <summary>Results are judged; what the plan was made from, and is another now, ends it.</summary>
    private void Changed(IReadOnlyList<CibChange> changes)
    {
        if (!_active) return;
        var outside = new List<int>();
        foreach (var change in changes) Changed(change, outside);
    }

    private void Changed(CibChange change, List<int> outside)
    {
        var path = change.Path;
        var element = change switch { CibChange.Created created => created.Element, CibChange.Modified modified => modified.Element, _ => null };
        if (element is { IsComment: true }) return;
        if (change is CibChange.Moved)
        {
            // The order of resources decides between equals; no other order means anything.
            if (path.StartsWith("/cib/configuration/resources", StringComparison.Ordinal)) Abort(Infinity, AfterTransition.Restart, "Configuration change", path);
        }
        else if (path.StartsWith("/cib/configuration", StringComparison.Ordinal) || element is { Name: "configuration" }) Abort(Infinity, AfterTransition.Restart, "Configuration change", path);
        else if (path.Contains("/tickets", StringComparison.Ordinal) || element is { Name: "tickets" }) Abort(Infinity, AfterTransition.Restart, "Ticket attribute change", path);
        else if (path.Contains("/transient_attributes[", StringComparison.Ordinal) || element is { Name: "transient_attributes" })
            AbortUnlessDown(change, "Transient attribute change");
        else if (change is CibChange.Deleted deleted) Gone(deleted);
        else if (change is CibChange.Modified && element is { Name: not ("lrm_rsc_op" or "lrm_resource") }) { }
        else if (element is not null) StatusIs(element, NodeIn(path) ?? "", change is CibChange.Created, outside);
    }

    /// <param name="below">What stands below it is new as well.</param>
    private void StatusIs(CibElement element, string nodeId, bool below, List<int> outside)
    {
        switch (element.Name)
        {
            case "lrm_rsc_op":
                Judge(OperationResult.Read(element, nodeId), outside);
                return;
            case "lrm_resource" when element["shutdown-lock"] == "0":
                Abort(Infinity, AfterTransition.Restart, "Shutdown lock cleared", element.Id ?? "");
                break;
            case "lrm_resources" when below && element.Children.Count > 1 && _inFlight.Count == 0:
                // Several resources at once: a node that tells everything again. Nobody waits for any of it.
                Abort(Infinity, AfterTransition.Restart, "History refresh", nodeId);
                return;
            case "cib" or "status" or "node_state" or "lrm" or "lrm_resources" or "lrm_resource":
                break;
            default:
                return;
        }
        if (!below) return;
        foreach (var child in element.Children) StatusIs(child, element.Name == "node_state" ? element.Id ?? "" : nodeId, below, outside);
    }

    private void Gone(CibChange.Deleted deleted)
    {
        if (deleted.Element.Name == "lrm_rsc_op")
        {
            if (!Cancelled(deleted.Element.Id ?? "", NodeIn(deleted.Path) ?? "")) Abort(Infinity, AfterTransition.Restart, "Resource operation removal", deleted.Element.Id ?? "");
        }
        else if (deleted.Path.Contains("/lrm[", StringComparison.Ordinal)) AbortUnlessDown(deleted, "Resource state removal");
        else if (deleted.Path.Contains("/node_state[", StringComparison.Ordinal)) AbortUnlessDown(deleted, "Node state removal");
    }

    /// <summary>What was known of a node that was taken down goes with it.</summary>
    private void AbortUnlessDown(CibChange change, string reason)
    {
        if (change is CibChange.Deleted && NodeIn(change.Path) is { } id && TookDown(id) is not null) return;
        Abort(Infinity, AfterTransition.Restart, reason, change.Path);
    }

    /// <summary>The id of the node whose status a path leads into.</summary>
    private static string? NodeIn(string path)
    {
        const string before = "/node_state[@id='";
        var at = path.IndexOf(before, StringComparison.Ordinal);
        if (at < 0) return null;
        at += before.Length;
        var end = path.IndexOf('\'', at);
        return end < 0 ? null : path[at..end];
    }
}
