using Appliance.Policy.Model;
using Appliance.Policy.Simulation;

namespace Appliance.Policy.Report;

/// <summary>What is shown of a status besides nodes and resources.</summary>
[Flags]
public enum StatusSections { None = 0, Attributes = 1, FailCounts = 2 }

/// <summary>A piece of output, for standard output or for standard error; their order counts.</summary>
public sealed class ReportPart(bool isError, string text)
{
    public bool IsError => isError;
    public string Text => text;
}

/// <summary>Tells a simulation as it goes on; as text or as XML.</summary>
public abstract class SimulationReport
{
    /// <summary>A line for people; programs are not told.</summary>
    public abstract void Note(string line);

    /// <summary>Something that cannot be done as asked.</summary>
    public abstract void Problem(string text);

    /// <summary>An empty line before what comes next, where that is text.</summary>
    public abstract void Spacer();

    /// <summary>Whether a cluster in maintenance was announced.</summary>
    public abstract bool Maintenance(Scheduling model);

    public abstract void Status(Scheduling model, bool revised, bool showPending, StatusSections sections);

    public abstract void BeginModifications(Injections wanted);
    public abstract void BeginTransition();
    public abstract void Tell(Step step);

    /// <summary>Ends modifications or a transition.</summary>
    public abstract void End();

    /// <param name="notes">Those that are asked for.</param>
    public abstract void Assignment(IReadOnlyList<AssignmentNote> notes, bool scores, bool utilization);

    public abstract void Changes(IReadOnlyList<PlannedChange> changes);
}
