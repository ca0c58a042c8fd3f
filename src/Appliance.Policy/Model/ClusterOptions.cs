namespace Appliance.Policy.Model;

/// <summary>The options of <c>crm_config</c> that decide, as read and checked.</summary>
public sealed record ClusterOptions
{
    public NoQuorumPolicy NoQuorumPolicy { get; init; } = NoQuorumPolicy.Stop;
    public bool Quorate { get; init; }
    public bool SymmetricCluster { get; init; }
    public bool MaintenanceMode { get; init; }
    public bool StartFailureIsFatal { get; init; }
    public bool StartupProbes { get; init; }
    public bool FencingEnabled { get; init; }
    public string FencingAction { get; init; } = "reboot";
    public long FencingTimeoutMs { get; init; }
    public bool HaveWatchdog { get; init; }
    public bool ConcurrentFencing { get; init; }
    public bool StartupFencing { get; init; }
    public long PriorityFencingDelayMs { get; init; }
    public long NodePendingTimeoutMs { get; init; }
    public string ClusterDelay { get; init; } = "60s";
    public string FencingTimeout { get; init; } = "60s";
    public string BatchLimit { get; init; } = "0";
    public string MigrationLimit { get; init; } = "-1";
    public bool StopAll { get; init; }
    public bool StopRemoved { get; init; }
    public bool CancelRemoved { get; init; }
    public string PlacementStrategy { get; init; } = "default";
    public NodeHealth Health { get; init; } = new("none", 0, 0, 0, -Scores.Infinity);
    public bool ShutdownLock { get; init; }
    public long ShutdownLockMs { get; init; }
    public bool FenceRemoteWithoutQuorum { get; init; }
    public string? ClusterName { get; init; }
    public bool UnfencingInUse { get; init; }
}
