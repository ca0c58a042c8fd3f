namespace Appliance.Policy.Simulation;

/// <summary>One thing a simulation did or has to say, in the order in which it came up.</summary>
public abstract class Step
{
    private Step() { }

    /// <summary>A node was brought up, taken down, or made to fail.</summary>
    public sealed class NodeChanged(string name, NodeChange change) : Step
    {
        public string Name => name;
        public NodeChange Change => change;
    }

    /// <summary>A ticket was changed: Granting, Revoking, Standby or Activating.</summary>
    public sealed class TicketChanged(string id, string change) : Step
    {
        public string Id => id;
        public string Change => change;
    }

    /// <summary>A result is put into the configuration.</summary>
    public sealed class ResultGiven(string text) : Step
    {
        public string Text => text;
    }

    /// <summary>A transient attribute of a node was set.</summary>
    public sealed class AttributeSet(string name, string value, string nodeId) : Step
    {
        public string Name => name;
        public string Value => value;
        public string NodeId => nodeId;
    }

    public sealed class PseudoAction(string task, string? node) : Step
    {
        public string Task => task;
        public string? Node => node;
    }
    public sealed class ResourceAction(string name, string operation, long intervalMs, string node) : Step
    {
        public string Name => name;
        public string Operation => operation;
        public long IntervalMs => intervalMs;
        public string Node => node;
    }
    public sealed class ClusterAction(string task, string? resource, string node) : Step
    {
        public string Task => task;
        public string? Resource => resource;
        public string Node => node;
    }
    public sealed class NodeFenced(string target, string operation) : Step
    {
        public string Target => target;
        public string Operation => operation;
    }

    /// <summary>An action was made to fail.</summary>
    public sealed class Pretended(string action, int code) : Step
    {
        public string Action => action;
        public int Code => code;
    }

    /// <summary>Something that cannot be done as asked; after a fatal one nothing else is.</summary>
    public sealed class Problem(string text, bool isFatal = false) : Step
    {
        public bool IsFatal => isFatal;
        public string Text => text;
    }
}

/// <summary>What becomes of a node.</summary>
public enum NodeChange { Online, Offline, Failing }
