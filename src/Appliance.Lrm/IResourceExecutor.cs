using System.Collections.Immutable;
using Appliance.Core.Resources;

namespace Appliance.Lrm;

/// <summary>Runs resource agents: scripts of resource.d and init.d, and the built-in ones. Every call ends in bounded time.</summary>
public interface IResourceExecutor
{
    /// <summary>Runs one action and says how it ended. Never throws for what an agent does.</summary>
    /// <param name="environment">HA_* and OCF_* variables for a script (<see cref="Environment"/> of the daemon is not inherited beyond PATH).</param>
    Task<OperationResult> ExecuteAsync(
        string groupKey, ResourceSpec resource, ResourceAction action, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel);

    /// <summary>A resource that runs here was found gone by whoever watches it, with a reason; named by its agent. Raised on any thread.</summary>
    event Action<AgentSpec, string>? Lost;

    /// <summary>Tells the network again where a running resource is, if its agent is built in and there is something to tell. Never throws for what an agent does.</summary>
    void Announce(ResourceSpec resource, ImmutableSortedDictionary<string, string> environment);
}
