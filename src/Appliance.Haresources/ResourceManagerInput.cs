using System.Collections.Immutable;
using Appliance.Core.Resources;
using Appliance.Messaging;

namespace Appliance.Haresources;

/// <summary>What is moved or held, as seen by the node that holds or gives up: <c>local</c> are the groups whose line begins with its own name.</summary>
[Flags]
public enum Holding { None = 0, Local = 1, Foreign = 2, All = 3 }

/// <summary>Why a planned hand-over or shutdown was asked for, and by whom.</summary>
public abstract record ResourceManagerInput
{
    private ResourceManagerInput() { }

    /// <summary>Something happened in the cluster.</summary>
    public sealed record Cluster(ClusterEvent Event) : ResourceManagerInput;

    /// <summary>An operation started by <see cref="ResourceManagerEffect.Run"/> ended.</summary>
    public sealed record OperationEnded(int OperationId, OperationResult Result) : ResourceManagerInput;

    /// <summary>A fencing asked for by <see cref="ResourceManagerEffect.Fence"/> ended.</summary>
    public sealed record FencingEnded(int FencingId, FencingResult Result, string Reason) : ResourceManagerInput;

    /// <summary>The haresources file, at start and whenever it was found changed.</summary>
    public sealed record GroupsRead(ImmutableArray<ResourceGroup> Groups) : ResourceManagerInput;

    /// <summary>hb_standby, or a message written into the FIFO: send this message as if a client had.</summary>
    public sealed record Inject(Message Message) : ResourceManagerInput;

    /// <summary>SIGTERM, <c>heartbeat -k</c>.</summary>
    public sealed record ShutdownRequested : ResourceManagerInput;

    /// <summary>SIGHUP with a changed ha.cf, or an upgrade: restart the daemon, leave the services running.</summary>
    public sealed record RestartRequested : ResourceManagerInput;

    /// <summary>The operator cleared a blocked group (a stop that failed and could not be fenced), or one that failed: its failures count no longer.</summary>
    public sealed record Cleanup(string GroupKey) : ResourceManagerInput;

    /// <summary>The service manager tells that a resource of a group stopped, which nobody had stopped: known at once, and not only when the monitor asks.</summary>
    /// <param name="Resource">As written in haresources.</param>
    public sealed record ResourceLost(string GroupKey, string Resource, string Reason) : ResourceManagerInput;

    /// <summary>The operator switches the monitor off or on, on this node.</summary>
    /// <param name="GroupKey"><c>null</c>: for all groups.</param>
    public sealed record SwitchMonitor(bool On, string? GroupKey) : ResourceManagerInput;

    /// <summary>Nothing happened but time.</summary>
    public sealed record Tick : ResourceManagerInput;
}

/// <summary>How a fencing ended. Only <see cref="Confirmed"/> allows a takeover.</summary>
public enum FencingResult { Confirmed, Failed, TimedOut, NoDevice, BadHost }

/// <summary>What the resource manager wants done, in order.</summary>
public abstract record ResourceManagerEffect
{
    private ResourceManagerEffect() { }

    /// <summary>Give messaging this command (usually <see cref="ClusterCommand.Send"/>).</summary>
    public sealed record Command(ClusterCommand Do) : ResourceManagerEffect;

    /// <summary>Run a resource's agent; answered by <see cref="ResourceManagerInput.OperationEnded"/>. The executor bounds its time.</summary>
    public sealed record Run(int OperationId, string GroupKey, ResourceSpec Resource, ResourceAction Action) : ResourceManagerEffect
    {
        /// <summary>Only for a start: the node whose silence alone made it ours, so that its kernel may still hold what is started (docs/decisions/0008); else <c>null</c>.</summary>
        public string? TakenFrom { get; init; }

        /// <summary>How long it may take; <c>null</c>: as long as the executor allows. Only for the monitor's questions.</summary>
        public TimeSpan? Within { get; init; }
    }

    /// <summary>The end of this operation is wanted now, its result is not; it is answered all the same, when it has ended.</summary>
    public sealed record Cancel(int OperationId) : ResourceManagerEffect;

    /// <summary>Tell the network again where the addresses of a group that runs here are. Not answered.</summary>
    public sealed record Announce(string GroupKey, ImmutableArray<ResourceSpec> Resources) : ResourceManagerEffect;

    /// <summary>Run the administrator's own <c>rc.d/TYPE</c> for a message, if there is one. Not answered.</summary>
    public sealed record Hook(string Type, Message Message) : ResourceManagerEffect;

    /// <summary>Reset a node; answered by <see cref="ResourceManagerInput.FencingEnded"/>.</summary>
    public sealed record Fence(int FencingId, string Node, string Why) : ResourceManagerEffect;

    /// <summary>Start (<c>true</c>) or stop the <c>respawn</c> and <c>failfast</c> clients.</summary>
    public sealed record Clients(bool Wanted) : ResourceManagerEffect;

    /// <summary>This node must not go on (a stop failed, nobody can fence us, and the configuration says to reboot): stop petting the watchdog.</summary>
    public sealed record SelfFence(string Why) : ResourceManagerEffect;

    /// <summary>What must survive a crash of the daemon: which groups we hold, since when. Stored before later effects are carried out.</summary>
    public sealed record Remember(HeldGroups Held) : ResourceManagerEffect;

    /// <summary>What the monitor must not forget when the daemon is restarted. Stored before later effects are carried out.</summary>
    public sealed record RememberMonitor(MonitorMemory Memory) : ResourceManagerEffect;

    public sealed record Log(Core.Diagnostics.LogPriority Priority, string Text) : ResourceManagerEffect;
}

/// <summary>Groups this node holds or is starting or stopping, as stored across a restart of the daemon.</summary>
public sealed record HeldGroups(ImmutableSortedDictionary<string, DateTimeOffset> SinceByKey);
