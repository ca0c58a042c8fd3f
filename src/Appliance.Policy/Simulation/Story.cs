using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Policy.Simulation;

/// <summary>What is to be told, and what is to be pretended.</summary>
public sealed class StoryOptions
{
    /// <summary>Only what was asked for by name.</summary>
    public bool Quiet { get; init; }
    public bool Scores { get; init; }
    public bool Utilization { get; init; }
    public StatusSections Sections { get; init; }
    public Injections Injections { get; init; } = new();
    /// <summary>Operations that fail when they come up, RESOURCE_TASK_INTERVAL@NODE=RC.</summary>
    public IReadOnlyList<string> Failures { get; init; } = [];
    /// <summary>The document is a copy for others, in which passwords cannot be compared.</summary>
    public bool SecretsBlotted { get; init; } = true;
    /// <inheritdoc cref="Scheduling.Offset"/>
    public int Offset { get; init; }
    /// <summary>What is said about the instant each time a status is read; null for nothing.</summary>
    public string? ClockLine { get; init; }
}

/// <summary>A simulation told chapter by chapter: the status, what is changed, what the cluster would do, and the status after it.</summary>
/// <remarks>Its caller goes through the chapters in their order and may stop after any; between them it writes what it was asked to keep.</remarks>
public sealed class Story(CibElement cib, long now, StoryOptions options, SimulationReport report)
{
    private bool _printed;
    /// <summary>A status that was read and is still the document's: deciding goes on from it.</summary>
    private PolicyRun? _read;

    /// <summary>The document as it is now.</summary>
    public CibElement Cib { get; private set; } = cib;

    private bool ConfiguresNodes => options.Injections.NodesUp.Count > 0;

    /// <summary>What is said of the instant.</summary>
    /// <param name="given">As somebody gave it; null: it is the document's own.</param>
    public static string Clock(string? given, long epoch) => given is not null ? $"Setting effective cluster time: {given}"
        : "Using the original execution date of: " + DateTimeOffset.FromUnixTimeSeconds(epoch).ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The status, and then the changes that are to be pretended.</summary>
    /// <param name="read">The status, where it was read before.</param>
    /// <returns>False when what is to be pretended cannot be: then the story ends here.</returns>
    public bool Begin(PolicyRun? read = null)
    {
        if (options.ClockLine is not null) report.Note(options.ClockLine);
        if (options.Quiet && !options.Injections.Any) return true;
        var run = read ?? PolicyRun.ReadStatus(Cib, now, options.SecretsBlotted, offset: options.Offset);
        // To ask for fail counts may settle when failures are forgotten, which is then to be decided anew.
        if (read is null && !options.Injections.Any && (options.Sections & StatusSections.FailCounts) == 0 && report is TextSimulation) _read = run;
        if (!options.Quiet)
        {
            if (run.Model.Options.MaintenanceMode) _printed = report.Maintenance(run.Model);
            var (all, disabled, blocked) = StatusReport.Count(run.Model);
            if (disabled > 0 || blocked > 0)
            {
                Space();
                report.Note(string.Create(CultureInfo.InvariantCulture, $"{disabled} of {all} resource instances DISABLED and {blocked} BLOCKED from further action due to failure"));
                _printed = true;
            }
            Space();
            report.Status(run.Model, revised: false, showPending: true, options.Sections);
            _printed = true;
        }
        if (!options.Injections.Any) return true;
        Space();
        report.BeginModifications(options.Injections);
        Cib = Injector.Apply(Cib, options.Injections, run, now, out var steps);
        foreach (var step in steps) report.Tell(step);
        report.End();
        _printed = true;
        if (steps.Exists(static s => s is Step.Problem { IsFatal: true })) return false;
        if (options.ClockLine is not null) report.Note(options.ClockLine);
        return true;
    }

    private void Space()
    {
        if (_printed) report.Spacer();
    }

    /// <summary>What the cluster would do; told are scores and capacities.</summary>
    /// <param name="patterns">As <see cref="PolicyRun.Schedule"/> takes them.</param>
    /// <param name="stage">As <see cref="PolicyRun.Decide"/> takes it.</param>
    public PolicyRun Decide(Func<string, ExtendedPattern?> patterns, Action<string>? stage = null)
    {
        var run = _read ?? PolicyRun.ReadStatus(Cib, now, options.SecretsBlotted, offset: options.Offset);
        _read = null;
        run.Decide(patterns, stage: stage, noted: options.Scores || options.Utilization);
        if (!options.Scores && !options.Utilization) return run;
        Space();
        report.Assignment(run.Model.AssignmentNotes.FindAll(n => n.IsUtilization ? options.Utilization : options.Scores), options.Scores, options.Utilization);
        _printed = true;
        return run;
    }

    /// <summary>Tells what will be done.</summary>
    public void Tell(PolicyRun run)
    {
        if (options.Quiet) return;
        Space();
        report.Changes(run.Changes);
        _printed = true;
    }

    /// <summary>Carries it out in thought, and tells the status after it.</summary>
    /// <returns>False when there was more in the graph than could be done.</returns>
    public bool CarryOut(PolicyRun run)
    {
        Space();
        report.BeginTransition();
        var (steps, after, complete) = Simulator.Run(Cib, run.Graph, now, name => run.Model.Find(name) is not null, options.Failures, ConfiguresNodes);
        foreach (var step in steps) report.Tell(step);
        if (!complete)
        {
            report.Problem("Transition failed: terminated");
            report.Problem("An invalid transition was produced");
        }
        report.End();
        Cib = after;
        if (options.Quiet) return complete;
        if (options.ClockLine is not null) report.Note(options.ClockLine);
        var revised = PolicyRun.ReadStatus(Cib, now, options.SecretsBlotted, offset: options.Offset);
        report.Spacer();
        report.Status(revised.Model, revised: true, showPending: false, options.Sections);
        return complete;
    }
}
