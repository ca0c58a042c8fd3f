using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>The way to pulse.</summary>
internal interface IPulse
{
    /// <summary>Sends a command, or queues it while pulse is busy. Never waits.</summary>
    void Send(ClusterCommand command);
}

/// <summary>Runs operations beside the control thread; each end comes back as <see cref="ControlInput.OperationEnded"/>.</summary>
internal interface IOperations
{
    /// <param name="takenFrom">The node whose silence alone made us start it, or <c>null</c>.</param>
    void Start(int operationId, string groupKey, ResourceSpec resource, ResourceAction action, string? takenFrom = null);

    /// <summary>An agent's end, as it came from its thread: the operation that it was, to be told to the resource manager.</summary>
    (int OperationId, OperationResult Result)? Ended(int callId, OperationResult result, Instant now);

    /// <summary>The resource of a group that has this agent, among those that something was done with.</summary>
    (string GroupKey, string Resource)? With(AgentSpec agent);

    /// <summary>What was done with each resource.</summary>
    OperationsView View(Instant now);

    /// <summary>Tells the network again where a running group's addresses are. Its end is not told.</summary>
    void Announce(string groupKey, ImmutableArray<ResourceSpec> resources);
}

/// <summary>Resets nodes beside the control thread; each end comes back as <see cref="ResourceManagerInput.FencingEnded"/>.</summary>
internal interface IFencer
{
    void Start(int fencingId, string node, string why);
}

/// <summary>This node's mailboxes on shared disks; on the control thread only.</summary>
internal interface ISlots
{
    Instant NextDeadline { get; }

    /// <summary>Services may be started.</summary>
    bool IsReady { get; }

    void Begin(Instant now);

    void Tick(Instant now);

    void WatchdogIs(int seconds, Instant now);
}

/// <summary>Runs the administrator's own scripts for messages.</summary>
internal interface IHooks
{
    void Run(string type, Message message);
}

/// <summary>The <c>respawn</c> and <c>failfast</c> programs of ha.cf.</summary>
internal interface IClients
{
    void Want(bool running);

    /// <summary>Whether a client of that name (its program's file name) runs here.</summary>
    bool IsOnline(string name);
}

/// <summary>Runs the monitor's questions beside everything else; each end comes back as <see cref="ControlInput.Answered"/>.</summary>
internal interface IQuestions
{
    /// <summary>Asks a resource for its status.</summary>
    void Ask(int operationId, string groupKey, ResourceSpec resource, TimeSpan within);

    /// <summary>Ends a question now. Its end is told all the same.</summary>
    void Cancel(int operationId);
}

/// <summary>Where the monitor's memory survives a restart of the daemon.</summary>
internal interface IMonitorStore
{
    /// <exception cref="IOException">It could not be stored.</exception>
    void Store(MonitorMemory memory);
}

/// <summary>Where the groups held survive a crash of the daemon.</summary>
internal interface IHeldStore
{
    /// <summary>A crash of the daemon after this returns finds it.</summary>
    /// <exception cref="IOException">It could not be stored.</exception>
    void Store(HeldGroups held);
}
