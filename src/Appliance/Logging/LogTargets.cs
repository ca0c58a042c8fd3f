using Appliance.Configuration;

namespace Appliance.Logging;

/// <summary>Where ha.cf wants the log.</summary>
/// <param name="LogFile">Everything but debug; <c>null</c> for none.</param>
/// <param name="DebugFile">Everything; <c>null</c> for none.</param>
/// <param name="Facility">Syslog facility; <c>null</c> for no syslog.</param>
/// <param name="Journal">systemd's journal, in place of a /dev/log that is the journal's own.</param>
internal sealed record LogTargets(string? LogFile, string? DebugFile, string? Facility, bool Journal, bool Stderr)
{
    /// <summary>
    /// 3.0.6 hands its log to ha_logd when <c>use_logd</c> says so or no directive names a place; there is no ha_logd here, so that log goes where
    /// ha_logd sends it by default: syslog, facility daemon.
    /// </summary>
    public static LogTargets From(HaCf cf, bool underSystemd, bool foreground)
    {
        var facility = cf.LogFacility is "none" ? null : cf.LogFacility;
        var nowhere = cf.LogFile is null && cf.DebugFile is null && cf.LogFacility is null;
        if (cf.UseLogd || nowhere) facility ??= "daemon";
        return new(Named(cf.LogFile), Named(cf.DebugFile), facility, underSystemd, foreground);
    }

    private static string? Named(string? path) => path is null or "/dev/null" ? null : path;
}
