namespace Appliance.Policy.Report;

/// <summary>Words for results of agents and for what became of an execution (Pacemaker 3.0.2: crm_error -l -X, and its API's exec statuses).</summary>
public static class ResultWords
{
    public static string Of(int code) => code switch
    {
        0 => "OK",
        1 => "Error occurred",
        2 => "Invalid parameter",
        3 => "Unimplemented",
        4 => "Insufficient privileges",
        5 => "Not installed",
        6 => "Not configured",
        7 => "Not running",
        8 => "Promoted",
        9 => "Failed in promoted role",
        124 => "Timeout occurred",
        190 => "Service is active but might fail soon",
        191 => "Service is promoted but might fail soon",
        193 => "No result",
        _ => "Unknown exit status",
    };

    /// <summary>Those of 2.1.5.</summary>
    public static string Old(int code) => code switch
    {
        0 => "ok",
        1 => "error",
        2 => "invalid parameter",
        3 => "unimplemented feature",
        4 => "insufficient privileges",
        5 => "not installed",
        6 => "not configured",
        7 => "not running",
        8 => "promoted",
        9 => "promoted (failed)",
        190 => "OCF_DEGRADED",
        191 => "promoted (degraded)",
        _ => "unknown",
    };

    /// <summary>As Pacemaker 2.1.5's logs have them.</summary>
    public static string Short(int code) => code == 190 ? "degraded" : Old(code);

    public static string OldExecution(int status) => status switch
    {
        -1 => "pending",
        0 => "complete",
        2 => "Timed Out",
        3 => "NOT SUPPORTED",
        _ => OfExecution(status),
    };

    public static string OfExecution(int status) => status switch
    {
        -1 => "Pending",
        0 => "Done",
        1 => "Cancelled",
        2 => "Timed out",
        3 => "Unsupported",
        4 => "Error",
        5 => "Hard error",
        6 => "Fatal error",
        7 => "Not installed",
        8 => "Internal communication failure",
        9 => "Cannot execute now",
        10 => "No fence device",
        11 => "CIB secrets unavailable",
        _ => "Unrecognized status (bug?)",
    };
}
