using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Messaging;

/// <summary>What messaging (in pulse) tells the resource manager (in control), in the order it happened.</summary>
public abstract record ClusterEvent
{
    private ClusterEvent() { }

    /// <summary>A message for the layers above: everything but status, NS_*, reqnodes and repnodes. Our own come back too, before they are transmitted.</summary>
    public sealed record Received(string Node, Message Message, bool FromSelf) : ClusterEvent;

    /// <summary>A node's status changed: by its own word (<paramref name="Cause"/> is that status message) or by silence (<c>Dead</c>, no cause).</summary>
    public sealed record NodeStatusChanged(string Node, NodeStatus Before, NodeStatus Now, Message? Cause) : ClusterEvent;

    /// <summary>A node came back with a higher generation: its daemon restarted and we had not declared it dead.</summary>
    public sealed record NodeRestarted(string Node, long Generation) : ClusterEvent;

    /// <summary>A node we had declared dead speaks again in the same generation: a partition healed, or it was frozen.</summary>
    public sealed record NodeReturned(string Node) : ClusterEvent;

    /// <summary>A node announced (or, after a restart with another daemon, no longer announces) our extensions; 0 is a 3.0.6.</summary>
    /// <param name="Crm">Its resources are the CRM's (<c>crm yes</c>).</param>
    /// <param name="Move">The move from one engine to the other that is under way there; null: none.</param>
    public sealed record NodeExtensions(string Node, int Version, bool Crm = false, string? Move = null) : ClusterEvent;

    /// <summary>Every configured node was heard or declared dead, and the node list was exchanged: we are <c>active</c>.</summary>
    public sealed record CommunicationUp : ClusterEvent;

    /// <summary>A node's link (named after our device) came or went.</summary>
    public sealed record LinkChanged(string Node, string Link, bool Up) : ClusterEvent;

    /// <summary>A serial line (named by its device) has a carrier now, or none, or (<c>null</c>) it is not known; before the first of these it is not known.</summary>
    public sealed record CarrierChanged(string Line, bool? Carrier) : ClusterEvent;

    /// <summary>We ourselves did not run for longer than our own dead time: peers have taken over, or will.</summary>
    public sealed record LocalPause(TimeSpan Length) : ClusterEvent;

    /// <summary>A line for the log, in 3.0.6's words where it has any.</summary>
    public sealed record Logged(LogPriority Priority, string Text) : ClusterEvent;

    /// <summary>The administrator asks something of the daemon by a signal to pulse.</summary>
    public sealed record Asked(DaemonRequest Request) : ClusterEvent;

    /// <summary>Answer to <see cref="ClusterCommand.Report"/>.</summary>
    public sealed record Reported(int RequestId, ClusterReport Report) : ClusterEvent;

    /// <summary>Answer to <see cref="ClusterCommand.SetWatchdog"/>: the time as the device has it now; 0: there is no device.</summary>
    public sealed record WatchdogIs(int Seconds) : ClusterEvent;
}

/// <summary>SIGTERM, SIGHUP, SIGUSR1, SIGUSR2.</summary>
public enum DaemonRequest { Shutdown, Reload, DebugMore, DebugLess }

/// <summary>What control asks of messaging.</summary>
public abstract record ClusterCommand
{
    private ClusterCommand() { }

    /// <summary>Number it, add the sender's fields, deliver it to ourselves, sign and transmit it on every medium.</summary>
    public sealed record Send(Message Message) : ClusterCommand;

    /// <summary>Control is up (again): messages can be delivered, and once communication is up we may call ourselves active.</summary>
    public sealed record ManagerReady : ClusterCommand;

    /// <summary>Announce a longer dead time for a while: before a restart in place, while clients start.</summary>
    public sealed record ExtendDeadTime(TimeSpan Extra, TimeSpan For) : ClusterCommand;

    /// <summary>Read authkeys again (SIGHUP).</summary>
    public sealed record ReloadKeys : ClusterCommand;

    public sealed record SetDebug(int Level) : ClusterCommand;

    /// <summary>Ask for a <see cref="ClusterReport"/>.</summary>
    public sealed record Report(int RequestId) : ClusterCommand;

    /// <summary>Control's sign of life, with how long its own loop last ran late.</summary>
    public sealed record Progress(TimeSpan Late) : ClusterCommand;

    /// <summary>All resources are given up (or kept on purpose): stop beating after <paramref name="After"/>.</summary>
    /// <param name="RestartInPlace">Replace the process by the installed binary with resources kept, instead of ending it.</param>
    public sealed record Stop(TimeSpan After, bool RestartInPlace) : ClusterCommand;

    /// <summary>This node must not go on: nobody pets the watchdog any more, whatever else is well. There is no way back.</summary>
    public sealed record SelfFence(string Why) : ClusterCommand;

    /// <summary>This node must not go on, and may stop what it runs: control is ended, everything is stopped without it, and the node stays away until it is started again.</summary>
    public sealed record GiveUp(string Why) : ClusterCommand;

    /// <summary>Set the watchdog's time; the answer is <see cref="ClusterEvent.WatchdogIs"/>.</summary>
    public sealed record SetWatchdog(int Seconds) : ClusterCommand;

    /// <summary>This node's mailboxes on the shared disks were read: the watchdog may be petted until then, on the machine's clock. <see cref="Instant.Never"/>: nothing runs here.</summary>
    public sealed record SlotLease(Instant Until) : ClusterCommand;

    /// <summary>Say in heartbeats from now on, until the next, that this move from one engine to the other is under way here; null: none is.</summary>
    public sealed record SayMove(string? Move) : ClusterCommand;

    /// <summary>Change the node list (addnode, delnode).</summary>
    public sealed record ChangeNodes(ImmutableArray<string> Add, ImmutableArray<string> Remove) : ClusterCommand;
}
