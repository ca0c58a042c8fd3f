using System.Text;
using Appliance.Cib;
using Appliance.Policy.Simulation;

namespace Appliance.Policy.Report;

/// <summary>The whole story as one text: the status, what will be done, doing it in thought, and the status after it.</summary>
public static class Summary
{
    /// <summary>As <c>crm_simulate -S</c> prints it, both its outputs in one.</summary>
    /// <param name="clockLine">What is said about the instant before each status; null for nothing.</param>
    /// <param name="before">The status as it was read, without decisions.</param>
    /// <param name="run">A run that went to the graph.</param>
    public static (string Text, CibElement After, bool Complete) Simulate(CibElement cib, PolicyRun before, PolicyRun run, long now, string? clockLine)
    {
        var report = new TextSimulation(fancy: true, quiet: false);
        var story = new Story(cib, now, new() { ClockLine = clockLine, Offset = run.Model.Offset }, report);
        story.Begin(before);
        story.Tell(run);
        var complete = story.CarryOut(run);
        var text = new StringBuilder();
        foreach (var part in report.Take()) text.Append(part.Text);
        return (text.ToString(), story.Cib, complete);
    }
}
