using System.Globalization;
using System.Runtime.InteropServices;

namespace Appliance.Commands.Crm;

/// <summary>Pacemaker 2.1.5's numbers for what came of something, with their names and words (crm/common/results.h): return codes, the older ones of its libraries, and exit statuses.</summary>
internal static class PacemakerCodes
{
    public const int NoSuchObject = 6, PermissionDenied = 13, NotUnique = 76, NotConnected = 107;

    // A line a code, from -1001 downwards: the name, the older code that means the same (0: none), the words.
    private const string Own = """
        error 201 Error
        unknown_format 217 Unknown output format
        bad_nvpair 216 Bad name/value pair given
        already 215 Already in requested state
        node_unknown 214 Node not found
        multiple 213 Resource active on multiple nodes
        cib_corrupt 212 Could not parse on-disk configuration
        cib_save 210 Could not save new configuration to disk
        cib_backup 209 Could not archive previous configuration
        cib_modified 208 On-disk configuration was manually modified
        diff_resync 207 Application of update diff failed, requesting full refresh
        diff_failed 206 Application of update diff failed
        old_data 205 Update was older than existing configuration
        transform_failed 204 Schema transform failed
        schema_unchanged 211 Schema is already the latest available
        schema_validation 203 Update does not conform to the configured schema
        no_quorum 202 Operation requires quorum
        ipc_unauthorized 0 IPC server is blocked by unauthorized process
        ipc_unresponsive 0 IPC server is unresponsive
        ipc_pid_only 0 IPC server process is active but not accepting connections
        op_unsatisfied 0 Not applicable under current conditions
        undetermined 0 Result undetermined
        before_range 0 Result occurs before given range
        within_range 0 Result occurs within given range
        after_range 0 Result occurs after given range
        no_output 0 Output message produced no output
        no_input 0 Input file not available
        underflow 0 Value too small to be stored in data type
        dot_error 0 Error writing dot(1) file
        graph_error 0 Error writing graph file
        invalid_transition 0 Cluster simulation produced invalid transition
        unpack_error 0 Unable to parse CIB XML
        duplicate_id 0 Two or more XML elements have the same ID
        """;

    // The names of errno from 1 on; "-": Pacemaker has none.
    private const string SystemNames = """
        EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL
        ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM ERANGE EDEADLOCK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP - ENOMSG EIDRM
        ECHRNG EL2NSYNC EL3HLT EL3RST - EUNATCH - EL2HLT EBADE EBADR EXFULL - EBADRQC EBADSLT - - ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK - -
        ECOMM EPROTO EMULTIHOP - EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK
        EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN
        ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN ESHUTDOWN - ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS
        ESTALE EUCLEAN - - EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED
        """;

    private const string Exits = """
        0 OK OK
        1 ERROR Error occurred
        2 INVALID_PARAM Invalid parameter
        3 UNIMPLEMENT_FEATURE Unimplemented
        4 INSUFFICIENT_PRIV Insufficient privileges
        5 NOT_INSTALLED Not installed
        6 NOT_CONFIGURED Not configured
        7 NOT_RUNNING Not running
        8 PROMOTED Promoted
        9 FAILED_PROMOTED Failed in promoted role
        64 USAGE Incorrect usage
        65 DATAERR Invalid data given
        66 NOINPUT Input file not available
        67 NOUSER User does not exist
        68 NOHOST Host does not exist
        69 UNAVAILABLE Necessary service unavailable
        70 SOFTWARE Internal software bug
        71 OSERR Operating system error occurred
        72 OSFILE System file not available
        73 CANTCREAT Cannot create output file
        74 IOERR I/O error occurred
        75 TEMPFAIL Temporary failure, try again
        76 PROTOCOL Protocol violated
        77 NOPERM Insufficient privileges
        78 CONFIG Invalid configuration
        100 FATAL Fatal error occurred, will not respawn
        101 PANIC System panic required
        102 DISCONNECT Not connected
        103 OLD Update was older than existing configuration
        104 DIGEST Digest mismatch
        105 NOSUCH No such object
        106 QUORUM Quorum required
        107 UNSAFE Operation not safe
        108 EXISTS Requested item already exists
        109 MULTIPLE Multiple items match request
        110 EXPIRED Requested item has expired
        111 NOT_YET_IN_EFFECT Requested item is not yet in effect
        112 INDETERMINATE Could not determine status
        113 UNSATISFIED Not applicable under current conditions
        124 TIMEOUT Timeout occurred
        190 DEGRADED Service is active but might fail soon
        191 DEGRADED_PROMOTED Service is promoted but might fail soon
        193 NONE No exit status available
        255 UNKNOWN Error occurred
        """;

    /// <summary>How many codes of its own Pacemaker has.</summary>
    public static int OwnCodes { get; } = Own.Split('\n').Length;

    /// <summary>What a return code means, in words.</summary>
    public static string Text(int rc) => rc == 0 ? "OK" : Find(rc) is { } own ? own[2] : rc < 0 ? "Error" : Marshal.GetPInvokeErrorMessage(rc);

    /// <summary>A return code's name in Pacemaker's sources.</summary>
    public static string Name(int rc)
    {
        if (rc == 0) return "pcmk_rc_ok";
        if (Find(rc) is { } own) return "pcmk_rc_" + own[0];
        var names = SystemNames.Split(' ', '\n');
        return rc > 0 && rc <= names.Length && names[rc - 1] != "-" ? names[rc - 1] : "Unknown";
    }

    /// <summary>The return code that an older code means.</summary>
    public static int FromLegacy(int code)
    {
        if (code == int.MinValue) return code;
        code = Math.Abs(code);
        var at = code == 0 ? -1 : Array.FindIndex(Own.Split('\n'), l => l.Split(' ')[1] == code.ToString(CultureInfo.InvariantCulture));
        return at < 0 ? code : -1001 - at;
    }

    public static string LegacyName(int code) => FromLegacy(code) is var rc && rc < 0 && rc != -1015 && code > 0 ? rc == -1001 ? "pcmk_err_generic" : "pcmk_err_" + Find(rc)![0] : Name(code == int.MinValue ? code : Math.Abs(code));

    /// <summary>Words for an exit status.</summary>
    public static string ExitText(int status) => FindExit(status) is { } exit ? exit[2] : status is > 128 and < 255 ? "Interrupted by signal" : "Unknown exit status";

    /// <summary>An exit status's name; null for a number that has none.</summary>
    public static string? ExitName(int status) => FindExit(status) is { } exit ? "CRM_EX_" + exit[1] : null;

    /// <summary>The exit status that says most nearly what a return code says.</summary>
    public static int Exit(int rc) => rc switch
    {
        0 or -1024 => 0,
        -1017 => 106,
        -1013 => 103,
        -1016 or -1014 or -1032 => 78,
        -1003 => 2,
        13 => 4,
        9 or 22 or 14 or 38 or 75 or -1028 => 70,
        74 or 90 or 42 or 92 or 71 or 93 or 91 => 76,
        70 or 12 => 71,
        103 or 111 or 104 or 107 => 102,
        17 or -1004 => 108,
        5 or -1026 or -1029 or -1030 => 74,
        95 => 3,
        76 or -1006 or -1033 => 109,
        19 or 2 or 6 or -1005 or -1002 => 105,
        62 or 110 => 124,
        11 or 16 or -1021 => 113,
        -1023 => 111,
        -1025 => 110,
        -1022 => 112,
        -1027 => 66,
        _ => 1,
    };

    private static string[]? Find(int rc)
    {
        var lines = Own.Split('\n');
        var at = -1001 - rc;
        return at >= 0 && at < lines.Length ? lines[at].Split(' ', 3) : null;
    }

    private static string[]? FindExit(int status)
    {
        var number = status.ToString(CultureInfo.InvariantCulture) + " ";
        return Array.Find(Exits.Split('\n'), l => l.StartsWith(number, StringComparison.Ordinal))?.Split(' ', 3);
    }
}
