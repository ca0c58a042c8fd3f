namespace Appliance.Policy.Simulation;

/// <summary>What a simulation is to pretend before it looks: changes of the status, in the groups in which they are made, each in the order given.</summary>
/// <remarks>Source: crm_simulate(8) of Pacemaker 2.1.5, "Synthetic Cluster Events".</remarks>
public sealed class Injections
{
    /// <summary>The value of have-quorum; alone it changes nothing, as with the original.</summary>
    public string? Quorum { get; set; }
    public string? Watchdog { get; set; }
    /// <summary>Nodes that come up; with any of them, every node that is spoken of and not configured gets an entry in the configuration.</summary>
    public List<string> NodesUp { get; } = [];
    public List<string> NodesDown { get; } = [];
    public List<string> NodesFailed { get; } = [];
    public List<string> TicketsGranted { get; } = [];
    public List<string> TicketsRevoked { get; } = [];
    public List<string> TicketsStandby { get; } = [];
    public List<string> TicketsActive { get; } = [];
    /// <summary>Results of operations, RESOURCE_TASK_INTERVAL@NODE=RC.</summary>
    public List<string> Operations { get; } = [];

    /// <summary>Whether there is anything to be changed.</summary>
    public bool Any => Watchdog is not null || NodesUp.Count + NodesDown.Count + NodesFailed.Count + TicketsGranted.Count + TicketsRevoked.Count
        + TicketsStandby.Count + TicketsActive.Count + Operations.Count > 0;
}
