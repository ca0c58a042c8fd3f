using System.Text;
using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Simulation;

namespace Appliance.Policy.Report;

/// <summary>The whole story as text: the status, what will be done, doing it in thought, and the status after it.</summary>
public static class Summary
{
    /// <summary>As <c>crm_simulate -S</c> prints it.</summary>
    /// <param name="run">A run that went to the graph.</param>
    /// <param name="clockLine">What is said about the instant before each status; null for nothing.</param>
    /// <param name="before">The status as it was read, without decisions.</param>
    public static (string Text, CibElement After, bool Complete) Simulate(CibElement cib, PolicyRun before, PolicyRun run, long now, string? clockLine)
    {
        var text = new StringBuilder();
        if (clockLine is not null) text.Append(clockLine).Append('\n');
        if (before.Model.Options.MaintenanceMode) text.Append("\n              *** Resource management is DISABLED ***\n  The cluster will not attempt to start, stop or recover services\n\n");
        var (all, disabled, blocked) = StatusReport.Count(before.Model);
        if (disabled > 0 || blocked > 0) text.Append($"{disabled} of {all} resource instances DISABLED and {blocked} BLOCKED from further action due to failure\n\n");
        Section(text, "Current cluster status:", StatusReport.Lines(before.Model, showPending: true));
        Section(text, "Transition Summary:", run.Changes);
        var (lines, after, complete) = Simulator.Run(cib, run.Graph, run.Model, now);
        Section(text, "Executing Cluster Transition:", lines);
        if (!complete) text.Append("Transition failed: terminated\nAn invalid transition was produced\n");
        if (clockLine is not null) text.Append(clockLine).Append('\n');
        Section(text, "Revised Cluster Status:", StatusReport.Lines(PolicyRun.ReadStatus(after, now, offset: run.Model.Offset).Model, showPending: false));
        return (text.ToString(), after, complete);
    }

    private static void Section(StringBuilder text, string title, IReadOnlyList<string> lines)
    {
        text.Append(title).Append('\n');
        foreach (var line in lines) text.Append(line).Append('\n');
        text.Append('\n');
    }
}
