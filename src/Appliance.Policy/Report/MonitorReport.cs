using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Report;

/// <summary>The status of a cluster as <c>crm_mon</c> 2.1.5 shows it.</summary>
public static class MonitorReport
{
    public static string Text(Scheduling model, MonitorScope view)
    {
        var text = new ReportText(fancy: true);
        new MonitorLists(model, view, text).Write();
        return text.Take();
    }

    /// <param name="view"><c>null</c>: only what is wrong.</param>
    /// <param name="refresh">After how many seconds it is to be fetched again.</param>
    public static string Page(Scheduling? model, MonitorScope? view, string title, string? sheet, long? refresh, IReadOnlyList<string> problems)
    {
        var page = new ReportPage(title, sheet, refresh);
        if (model is not null && view is not null) new MonitorLists(model, view, page).Write();
        page.Problems(problems);
        return page.ToString();
    }

    /// <summary>The elements that stand in a result.</summary>
    public static List<CibElement> Xml(Scheduling model, MonitorScope view) => new MonitorXml(model, view).Write();

    public static ResourceCounts Count(Scheduling model)
    {
        var (all, disabled, blocked) = StatusReport.Count(model);
        return new(all, disabled, blocked);
    }

    /// <summary>What a result of an agent means.</summary>
    public static string ResultWords(int code) => Report.ResultWords.Old(code);

    /// <summary>What became of an execution.</summary>
    public static string StatusWords(int status) => Report.ResultWords.OldExecution(status);

    /// <summary>That the daemon runs which is asked: where Pacemaker's does, its launcher answers.</summary>
    public static string DaemonLine(string seen) => $"Status of pacemakerd: 'Pacemaker is running' (last updated {seen})";

    /// <summary>In a line, for programs that watch others (Nagios and its kind).</summary>
    /// <param name="well">Nothing is missing.</param>
    public static string Line(Scheduling model, out bool well)
    {
        var missing = new List<string>();
        if (model.Dc is null) missing.Add("No DC");
        int online = 0, standby = 0, maintenance = 0;
        foreach (var node in model.Nodes)
        {
            if (!node.Online) missing.Add("offline node: " + node.Name);
            else if (node.Standby) standby++;
            else if (node.Maintenance) maintenance++;
            else online++;
        }
        well = missing.Count == 0;
        if (!well) return "CLUSTER WARN: " + (model.Dc is null && missing.Count > 1 ? $"No DC, {string.Join(' ', missing[1..])}" : string.Join(' ', missing));
        var (all, _, _) = StatusReport.Count(model);
        return $"CLUSTER OK: {Counted(online, "node")} online{(standby > 0 ? ", " + Counted(standby, "standby node") : "")}{(maintenance > 0 ? ", " + Counted(maintenance, "maintenance node") : "")}, {Counted(all, "resource instance")} configured";

        static string Counted(int number, string what) => $"{Texts.Text(number)} {what}{(number == 1 ? "" : "s")}";
    }
}
