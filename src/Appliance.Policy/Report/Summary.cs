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
    /// <param name="before">The status as it was read, without decisions.</param>
    public static (string Text, bool Complete) Simulate(CibElement cib, PolicyRun before, PolicyRun run, long now, string? executionDate)
    {
        var text = new StringBuilder();
        if (executionDate is not null) text.Append("Using the original execution date of: ").Append(executionDate).Append('\n');
        var (all, disabled, blocked) = StatusReport.Count(before.Model);
        if (disabled > 0 || blocked > 0) text.Append($"{disabled} of {all} resource instances DISABLED and {blocked} BLOCKED from further action due to failure\n\n");
        Section(text, "Current cluster status:", StatusReport.Lines(before.Model));
        Section(text, "Transition Summary:", TransitionSummary.Lines(run.Model));
        var (lines, after, complete) = Simulator.Run(cib, run.Graph, now);
        Section(text, "Executing Cluster Transition:", lines);
        if (!complete) text.Append("Transition failed: terminated\nAn invalid transition was produced\n");
        if (executionDate is not null) text.Append("Using the original execution date of: ").Append(executionDate).Append('\n');
        Section(text, "Revised Cluster Status:", StatusReport.Lines(PolicyRun.ReadStatus(after, now).Model));
        return (text.ToString(), complete);
    }

    private static void Section(StringBuilder text, string title, List<string> lines)
    {
        text.Append(title).Append('\n');
        foreach (var line in lines) text.Append(line).Append('\n');
        text.Append('\n');
    }
}
