namespace Appliance.Operations;

/// <summary>How it went to run an operation, apart from what the agent said; the numbers are those of <c>op-status</c> in a CIB.</summary>
public enum OperationStatus
{
    Pending = -1,

    /// <summary>The agent answered: its code tells.</summary>
    Done = 0,
    Cancelled = 1,

    /// <summary>It did not answer in time and was ended.</summary>
    Timeout = 2,
    NotSupported = 3,

    /// <summary>It could not be run, or its answer is no answer.</summary>
    Error = 4,
    ErrorHard = 5,
    ErrorFatal = 6,

    /// <summary>There is no such agent here.</summary>
    NotInstalled = 7,
    NotConnected = 8,

    /// <summary>The order itself makes no sense.</summary>
    Invalid = 9,
    NoFenceDevice = 10,
    NoSecrets = 11,
}
