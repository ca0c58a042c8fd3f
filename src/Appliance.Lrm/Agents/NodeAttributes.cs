using Appliance.Core.Diagnostics;

namespace Appliance.Lrm.Agents;

/// <summary>One transient node attribute of this node, to be set or taken away.</summary>
/// <param name="Value"><c>null</c>: taken away.</param>
public sealed record AttributeChange(string Name, string? Value)
{
    /// <summary>How long further changes are waited for before it is written, as the agent was given it (<c>5s</c>); empty: not at all.</summary>
    public string Dampening { get; init; } = "";

    /// <summary>The dampening holds from now on, also for an attribute that has one.</summary>
    public bool ChangesDampening { get; init; }

    /// <summary>How good this instance would be in the promoted role; <c>null</c>: no opinion any more.</summary>
    /// <remarks>The name is what Pacemaker 2.1's scheduler looks for (Pacemaker Explained, "Promotion scores").</remarks>
    public static AttributeChange Promotion(string instance, int? score) => new("master-" + instance, score?.ToString(System.Globalization.CultureInfo.InvariantCulture));
}

/// <summary>Where agents leave what the cluster is to know of this node.</summary>
public interface INodeAttributes
{
    /// <returns><c>null</c>: taken; or why not.</returns>
    string? Change(AttributeChange change, AgentCall call);
}

/// <summary>Where nobody keeps attributes (haresources has no rule that could ask for one): what agents find out is logged, and success.</summary>
public sealed class UnkeptAttributes : INodeAttributes
{
    public static UnkeptAttributes Instance { get; } = new();

    private UnkeptAttributes() { }

    public string? Change(AttributeChange change, AgentCall call)
    {
        call.Log(LogPriority.Debug, change.Value is { } value ? $"attribute {change.Name}={value}: nobody keeps it" : $"attribute {change.Name} taken away: nobody kept it");
        return null;
    }
}
