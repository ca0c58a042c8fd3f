namespace Appliance.Policy.Simulation;

/// <summary>One thing a simulation did or has to say, in the order in which it came up.</summary>
public abstract record Step
{
    private Step() { }

    /// <summary>A node was brought up, taken down, or made to fail.</summary>
    public sealed record NodeChanged(string Name, NodeChange Change) : Step;

    /// <summary>A ticket was changed: Granting, Revoking, Standby or Activating.</summary>
    public sealed record TicketChanged(string Id, string Change) : Step;

    /// <summary>A result is put into the configuration.</summary>
    public sealed record ResultGiven(string Text) : Step;

    /// <summary>A transient attribute of a node was set.</summary>
    public sealed record AttributeSet(string Name, string Value, string NodeId) : Step;

    public sealed record PseudoAction(string Task, string? Node) : Step;
    public sealed record ResourceAction(string Name, string Operation, long IntervalMs, string Node) : Step;
    public sealed record ClusterAction(string Task, string? Resource, string Node) : Step;
    public sealed record NodeFenced(string Target, string Operation) : Step;

    /// <summary>An action was made to fail.</summary>
    public sealed record Pretended(string Action, int Code) : Step;

    /// <summary>Something that cannot be done as asked.</summary>
    public sealed record Problem(string Text) : Step;
}

/// <summary>What becomes of a node.</summary>
public enum NodeChange { Online, Offline, Failing }
