using Appliance.Core;
using Appliance.Core.Resources;

namespace Appliance.Haresources;

/// <summary>What is wanted of a group.</summary>
internal enum Goal { Nothing, Run, Stop }

/// <summary>What the runner is doing with a group.</summary>
internal enum Step { Idle, Probe, StartStatus, Start, Unwind, Stop, StopStatus }

/// <summary>One resource group on this node: what is known of it, and what is being done to it.</summary>
internal sealed class Group(ResourceGroup spec)
{
    public ResourceGroup Spec { get; set; } = spec;
    public string Key => Spec.Key;
    public GroupState State { get; set; } = GroupState.Unknown;

    /// <summary>When we came to hold it.</summary>
    public Instant Since { get; set; }
    public string Why { get; set; } = "its status has not been asked yet";
    public Goal Goal { get; set; }
    public Step Step { get; set; }

    /// <summary>The resource being worked on.</summary>
    public int Index { get; set; }
    public int Retries { get; set; }

    /// <summary>The operation awaited; 0 when none is.</summary>
    public int Operation { get; set; }

    /// <summary>When a failed stop is tried again.</summary>
    public Instant RetryAt { get; set; } = Instant.Never;
    public int Running { get; set; }

    /// <summary>A resource did not say in time whether it runs.</summary>
    public bool IsUnclear { get; set; }

    /// <summary>When a group whose start failed here is offered to the peer.</summary>
    public Instant OfferAt { get; set; } = Instant.Never;

    /// <summary>It is here only because its preferred node was away.</summary>
    public bool GoesBack { get; set; }

    /// <summary>Until then a free group waits for its preferred node, which is up but not ready; <see cref="Instant.Never"/> before it begins to wait.</summary>
    public Instant PatientUntil { get; set; } = Instant.Never;
    public bool PatienceIsOver { get; set; }

    public void StopsWaiting() => (PatientUntil, PatienceIsOver) = (Instant.Never, false);

    /// <summary>While it is restarted in place: the leftmost resource of it that is stopped and started again.</summary>
    public int? RestartFrom { get; set; }

    /// <summary>Its start failed and nothing of it runs, but nobody else is to start it: it will be tried here again.</summary>
    public bool Kept { get; set; }

    /// <summary>What the monitor knows of it.</summary>
    public MonitorRecord Monitor { get; } = new();

    /// <summary>As of the last step: it failed here too often.</summary>
    public bool IsSpent { get; set; }

    /// <summary>It disappeared from haresources while it ran here: it stays until it is given up.</summary>
    public bool Removed { get; set; }

    /// <summary>Something of it may run here, or will: nobody else may start it.</summary>
    public bool Held => State is GroupState.Running or GroupState.Starting or GroupState.Stopping or GroupState.Blocked || Kept;
}
