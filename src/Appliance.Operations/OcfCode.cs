namespace Appliance.Operations;

/// <summary>Exit codes of OCF resource agents (OCF resource agent API 1.1, section "Action outcomes").</summary>
public static class OcfCode
{
    public const int Success = 0;
    public const int Generic = 1;
    /// <summary>The action was called with wrong arguments.</summary>
    public const int Arguments = 2;
    public const int Unimplemented = 3;
    public const int Permission = 4;
    /// <summary>Something this machine lacks: a program, a device, kernel support.</summary>
    public const int Installed = 5;
    /// <summary>The parameters make no sense on any machine.</summary>
    public const int Configured = 6;
    public const int NotRunning = 7;
    /// <summary>It runs, in the promoted role.</summary>
    public const int RunningPromoted = 8;
    /// <summary>It is in the promoted role, and has failed there.</summary>
    public const int FailedPromoted = 9;
}
