using Appliance.Commands;

namespace Appliance;

/// <summary>The one table of what this binary can be.</summary>
internal static class Applets
{
    private static readonly SortedDictionary<string, Func<string[], int>> Table = new(StringComparer.Ordinal)
    {
        ["agent"] = AgentApplet.Run,
        ["check"] = CheckCommand.Run,
        ["cl_status"] = ClStatus.Applet,
        ["cleanup"] = ApplianceCommand.Applet("cleanup"),
        ["completion"] = ApplianceCommand.Applet("completion"),
        ["control"] = Composition.Control,
        ["heartbeat"] = Composition.Heartbeat,
        ["hb_addnode"] = HbAddNode.Applet,
        ["hb_delnode"] = HbDelNode.Applet,
        ["hb_setsite"] = HbSetSite.Applet,
        ["hb_setweight"] = HbSetWeight.Applet,
        ["hb_standby"] = HbStandby.Applet,
        ["hb_takeover"] = HbTakeover.Applet,
        ["links"] = ApplianceCommand.Applet("links"),
        ["status"] = ApplianceCommand.Applet("status"),
        ["upgrade"] = ApplianceCommand.Applet("upgrade"),
        ["version"] = ApplianceCommand.Applet("version"),
    };

    public static IEnumerable<string> Names => Table.Keys;

    public static Func<string[], int>? Find(string name) => Table.GetValueOrDefault(name) ?? AgentApplet.Named(name);
}
