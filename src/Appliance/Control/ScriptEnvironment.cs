using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>The variables that resource scripts and hooks of 3.0.6 find. Source: configuration reference, section 7.</summary>
internal static class ScriptEnvironment
{
    /// <summary>Directives that 3.0.6 does not record as parameters: who, over what, and what holds passwords.</summary>
    private static readonly HashSet<string> NotRecorded =
    [
        "node", "serial", "bcast", "udp", "ucast", "mcast", "ucast6", "mcast6", "ping", "ping6", "ping_group", "stonith", "stonith_host", "apiauth", "respawn", "failfast", "env",
    ];

    /// <summary>A directive as it was written, if 3.0.6 tells it to scripts and to <c>cl_status hbparameter</c>.</summary>
    public static string? Recorded(HaCf cf, string name) => !NotRecorded.Contains(name) && cf.Parameters.TryGetValue(name, out var value) ? value : null;

    /// <summary>For every script: paths, where to log, and each parameter of ha.cf as <c>HA_name</c>.</summary>
    public static ImmutableSortedDictionary<string, string> Base(HaCf cf)
    {
        var all = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var name in cf.Parameters.Keys)
            if (Recorded(cf, name) is { } value) all["HA_" + name] = value;
        foreach (var (name, value) in cf.ChildEnvironment) all["HA_" + name] = value;
        all["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        all["HA_CURHOST"] = cf.LocalNode;
        all["HA_DIR"] = Paths.HaDir;
        all["HA_CF"] = Paths.HaCf;
        all["HA_RCDIR"] = Paths.HooksDir;
        all["HA_RESOURCEDIR"] = Paths.HaDir + "/resource.d";
        all["HA_FUNCS"] = Paths.HaDir + "/shellfuncs";
        all["HA_FIFO"] = Paths.Fifo;
        all["HA_DATEFMT"] = "%Y/%m/%d_%T ";
        all["HA_LOGFILE"] = cf.LogFile ?? "/dev/null";
        all["HA_DEBUGLOG"] = cf.DebugFile ?? "/dev/null";
        all["HA_LOGFACILITY"] = cf.LogFacility ?? "none";
        all["HA_LOGD"] = "no";
        all["HA_RSCTMP"] = Paths.RunDir + "/rsctmp";
        all["OCF_ROOT"] = "/usr/lib/ocf";
        if (cf.AutoFailback != AutoFailback.Legacy) all["HA_NICEFAILBACK"] = "yes";
        if (cf.Debug > 0) all["HA_DEBUG"] = cf.Debug.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return all.ToImmutable();
    }

    /// <summary>For a hook: every string field of its message besides.</summary>
    public static ImmutableSortedDictionary<string, string> ForMessage(ImmutableSortedDictionary<string, string> all, Message message, string ownStatus)
    {
        foreach (var field in message.Fields)
            if (field.Type == FieldType.String && field.Name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && !field.Text.Contains('\0'))
                all = all.SetItem("HA_" + field.Name, field.Text);
        return all.SetItem("HA_OSTATUS", ownStatus);
    }
}
