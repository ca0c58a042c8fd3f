using System.Collections.Immutable;

namespace Appliance.Lrm.Classes;

/// <summary>How resources of one standard (class) are run.</summary>
public interface IResourceClass
{
    /// <summary>Runs one operation. Blocks until it ended or was given up, and never throws for what an agent does.</summary>
    /// <param name="environment">What every agent of this node gets besides its own variables; nothing else is inherited.</param>
    /// <exception cref="OperationCanceledException">Nobody wants the answer any more.</exception>
    AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel);
}
