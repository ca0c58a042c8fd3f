namespace Appliance.Control;

/// <summary>Where everything lies, as in 3.0.6 (configuration reference, section 9).</summary>
internal static class Paths
{
    public const string HaDir = "/etc/ha.d";
    public const string HaCf = HaDir + "/ha.cf";
    public const string AuthKeys = HaDir + "/authkeys";
    public const string Haresources = HaDir + "/haresources";
    public const string HooksDir = HaDir + "/rc.d";
    public const string RunDir = "/run/heartbeat";
    public const string CommandSocket = RunDir + "/appliance.sock";
    public const string RegisteredKeys = RunDir + "/appliance-keys";
    public const string Monitor = RunDir + "/appliance-monitor";
    public const string CrmRuns = RunDir + "/appliance-crm";
    public const string Engine = RunDir + "/appliance-engine";
    public const string Move = RunDir + "/appliance-move";
    public const string MoveThenStop = RunDir + "/appliance-move-stop";
    public const string StateDir = "/var/lib/heartbeat";
    public const string Fifo = StateDir + "/fifo";
    public const string FencingHistory = StateDir + "/appliance-fencing";
    public const string SlotWait = StateDir + "/appliance-slot-wait";
    public const string Held = StateDir + "/appliance-held";

    /// <summary>Where tools look for Pacemaker's CIB, and for the inputs of its policy engine.</summary>
    public const string Cib = "/var/lib/pacemaker/cib", PolicyInputs = "/var/lib/pacemaker/pengine";

    /// <summary>How 3.0.6 prints the two paths that operators' scripts look for.</summary>
    public const string HooksDirAsPrinted = HaDir + "//rc.d";
}
