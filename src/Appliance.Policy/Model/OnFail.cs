namespace Appliance.Policy.Model;

/// <summary>What is done about a failure, in rising order: a later failure only replaces what ranks lower.</summary>
public enum OnFail { Ignore, Demote, Restart, ResetRemote, RestartContainer, Ban, Block, Stop, Standby, Fence }

/// <summary>What must be given before an action may run.</summary>
public enum Needs { Nothing, Quorum, Fencing }

/// <summary>What is done about a resource that is active on more than one node.</summary>
public enum MultipleActive { StopStart, StopOnly, Block, StopUnexpected }

/// <summary>Whether a resource is looked for on a node it is not known on (<c>resource-discovery</c>), in rising order.</summary>
public enum Discovery { Always, Never, Exclusive }

/// <summary>What a partition without quorum does.</summary>
public enum NoQuorumPolicy { Freeze, Stop, Ignore, Fence, Demote }
