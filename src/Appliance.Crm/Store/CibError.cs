namespace Appliance.Crm.Store;

/// <summary>What became of a request to the CIB: 0, an errno of Linux, or one of Pacemaker's own numbers (include/crm/common/results.h of 3.0.2), as clients know them.</summary>
public enum CibError
{
    None = 0,
    NoSuch = 6,
    Denied = 13,
    Exists = 17,
    Invalid = 22,
    TimedOut = 62,
    TooNew = 93,
    NotSupported = 95,

    /// <summary>Nobody can say whether the change was made: who was to make it has gone.</summary>
    NotKnown = 104,

    NotConnected = 107,
    Generic = 201,
    Schema = 203,
    Transform = 204,
    OldData = 205,
    PatchFailed = 206,
    SchemaUnchanged = 211,
    Corrupt = 212,
}

/// <summary>Texts and exit codes of <see cref="CibError"/>, as Pacemaker's tools give them.</summary>
public static class CibErrors
{
    /// <summary>The number as it is in an answer (<c>cib_rc</c>): 0 or negative.</summary>
    public static int Code(this CibError error) => -(int)error;

    public static string Text(this CibError error) => error switch
    {
        CibError.None => "OK",
        CibError.NoSuch => "No such device or address",
        CibError.Denied => "Permission denied",
        CibError.Exists => "File exists",
        CibError.Invalid => "Invalid argument",
        CibError.TimedOut => "Timer expired",
        CibError.TooNew => "Protocol not supported",
        CibError.NotSupported => "Operation not supported",
        CibError.NotKnown => "Connection reset by peer",
        CibError.NotConnected => "Transport endpoint is not connected",
        CibError.Schema => "Update does not conform to the configured schema",
        CibError.Transform => "Schema transform failed",
        CibError.OldData => "Update was older than existing configuration",
        CibError.PatchFailed => "Application of update diff failed",
        CibError.SchemaUnchanged => "Schema is already the latest available",
        CibError.Corrupt => "Could not parse on-disk configuration",
        _ => "Error",
    };

    /// <summary>The exit code of a tool whose request ended so (<c>crm_exit_t</c>).</summary>
    public static int ExitCode(this CibError error) => error switch
    {
        CibError.None => 0,
        CibError.Denied => 4,
        CibError.Invalid => 70,
        CibError.NotSupported => 3,
        CibError.TooNew => 76,
        CibError.Schema or CibError.Transform or CibError.Corrupt => 78,
        CibError.NotKnown or CibError.NotConnected => 102,
        CibError.OldData => 103,
        CibError.NoSuch => 105,
        CibError.Exists => 108,
        CibError.TimedOut => 124,
        _ => 1,
    };
}
