using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Report;

/// <summary>What was done with resources on the nodes that are there, as <c>crm_mon</c> 2.1.5 lists it.</summary>
internal sealed class OperationHistory(Scheduling model, MonitorScope view)
{
    /// <summary>A resource on a node: how often it failed, and what was done with it.</summary>
    /// <param name="Resource"><c>null</c>: nobody configures it any more.</param>
    public sealed record Entry(string Name, PolicyResource? Resource, int FailCount, long LastFailure, List<CibElement> Operations)
    {
        /// <summary>Infinity is more than any number.</summary>
        public static string Count(int count) => Scores.Text(count);
    }

    public sealed record OnNode(PolicyNode Node, List<Entry> Entries);

    /// <summary>Operations are listed, and not only failures counted.</summary>
    public bool Whole => view.Shows(MonitorSections.Operations);

    /// <summary>Nodes that are there; <c>null</c> where no state of any node is known.</summary>
    public List<OnNode>? Read()
    {
        List<OnNode>? found = null;
        foreach (var state in StatusDetails.StatesOfPresent(model))
        {
            var node = model.FindNodeById(state.Id)!;
            if (!view.Status.Shows(node)) continue;
            var entries = new List<Entry>();
            foreach (var history in state.Element("lrm")?.Element("lrm_resources")?.Elements("lrm_resource") ?? [])
                if (Of(node, history) is { } entry) entries.Add(entry);
            (found ??= []).Add(new(node, entries));
        }
        return found;
    }

    private Entry? Of(PolicyNode node, CibElement history)
    {
        if (history.Id is not { } id || model.Find(id) is not { } resource) return null;
        if (!StatusScope.Shows(view.Status.Resources, StatusReport.Name(resource)) && !view.Status.Names(resource.Top(includeBundle: true))) return null;
        var (count, last) = Counted(node, resource);
        if (!Whole) return count > 0 ? new(id, resource, count, last, []) : null;
        var operations = ResourceReport.Operations(history, active: false, asWritten: true).FindAll(static o => o["operation"] != Operation.Notify && !(IsProbe(o) && o["rc-code"] == "7"));
        return operations.Count == 0 ? null : new(StatusReport.Name(resource), resource, count, last, operations);
    }

    /// <remarks>Attributes that name no operation are counted only in CIBs from before 1.1.17, and those that name one only in later ones.</remarks>
    private (int Count, long Last) Counted(PolicyNode node, PolicyResource resource)
    {
        if (!IsOld(model.Cib["crm_feature_set"])) return (FailCounts.Of(model, node, resource, effective: false, launched: false, null, out var recent), recent);
        var name = resource.Unique ? resource.NameInHistory : Naming.Base(resource.NameInHistory);
        var (count, last) = (0, 0L);
        foreach (var (attribute, value) in node.Attributes)
        {
            if (attribute == "fail-count-" + name) count = Scores.Add(count, Scores.Parse(value) ?? 0);
            if (attribute == "last-failure-" + name) last = Texts.Integer(value) ?? 0;
        }
        return (count, count > 0 ? last : 0);
    }

    private static bool IsOld(string? features)
    {
        if (features is null) return true;
        long number = 0;
        var parts = features.Split('.');
        for (var i = 0; i < 3; i++) number = number * 1000 + (i < parts.Length ? Math.Clamp(Texts.Integer(parts[i]) ?? 0, 0, 999) : 0);
        return number < 3_000_013;
    }

    public static bool IsProbe(CibElement operation) => operation["operation"] == Operation.Monitor && operation["interval"] is null or "0";

    /// <summary>What was done; a monitor that happened once is a probe.</summary>
    public static string Task(CibElement operation) => IsProbe(operation) ? "probe" : operation["operation"] ?? "";
}
