using Appliance.Cib;
using Appliance.Core.Resources;
using Appliance.Crm.Controller;
using Appliance.Crm.Store;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Crm;

/// <summary>What people ask of a cluster with a CRM, at one of its machines.</summary>
internal static class Administrator
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static void Modify(Machine machine, string section, string xml, Action<CrmAnswer>? answered = null) =>
        Ask(machine, new CrmQuestion.Cib(new(CibOperation.Modify, section, CibElement.Parse(xml, "an administrator"), CibOptions.CanCreate) { Client = "cibadmin" }, Patience), answered);

    public static void Option(Machine machine, string name, string value) =>
        Modify(machine, "crm_config", $"<crm_config><cluster_property_set id=\"cib-bootstrap-options\"><nvpair id=\"cib-bootstrap-options-{name}\" name=\"{name}\" value=\"{value}\"/></cluster_property_set></crm_config>");

    public static void Standby(Machine machine, string node, bool on) => Ask(machine, new CrmQuestion.SetAttributes([new("standby", node, on ? "on" : null)]));

    /// <param name="owner">What the resource is: <c>primitive</c>, <c>group</c> or <c>clone</c>.</param>
    public static void Role(Machine machine, string owner, string resource, string role) =>
        Modify(machine, "resources", $"<resources><{owner} id=\"{resource}\"><meta_attributes id=\"{resource}-meta\"><nvpair id=\"{resource}-role\" name=\"target-role\" value=\"{role}\"/></meta_attributes></{owner}></resources>");

    public static void Cleanup(Machine machine, bool everything = false) => Ask(machine, new CrmQuestion.Cleanup(null, null, null, null, everything));

    /// <summary>Stops the daemon, changes <c>crm</c> in ha.cf, and starts the daemon again; the last word counts.</summary>
    public static void SetsEngine(World world, Machine machine, bool crm)
    {
        machine.EngineWanted = crm;
        Go();

        void Go()
        {
            if (machine.EngineWanted != crm || machine.HaCf.Crm == crm && machine.Pulse is not null) return;
            if (machine.Pulse is { } pulse) pulse.Signal(Messaging.DaemonRequest.Shutdown);
            else
            {
                machine.HaCf = machine.HaCf with { Crm = crm };
                machine.DaemonWanted = true;
                machine.StartDaemon();
                return;
            }
            world.After(TimeSpan.FromSeconds(1), Go);
        }
    }

    public static void Ask(Machine machine, CrmQuestion question, Action<CrmAnswer>? answered = null)
    {
        if (machine.Control is CrmControl { Node: not null } control) control.Ask(question, answered ?? (static _ => { }));
    }

    /// <summary>Undoes whatever was asked for in the storm, where it still stands; and forgets failures.</summary>
    public static void SetsRight(World world)
    {
        if (world.Machines.FirstOrDefault(m => m.Control is CrmControl { Node.IsDc: true }) is not { } dc) return;
        var document = ((CrmControl)dc.Control!).Node!.Document;
        foreach (var pair in document.Descendants("nvpair"))
        {
            if (pair["name"] == "maintenance-mode" && pair["value"] == "true") Option(dc, "maintenance-mode", "false");
            if (pair["name"] == "target-role" && pair["value"] == "Stopped") Modify(dc, "resources", Started(document, pair.Id!));
        }
        foreach (var state in document.Element("status")?.Elements("node_state") ?? [])
        {
            if (state.Descendants("nvpair").Any(p => p["name"] == "standby")) Standby(dc, state["uname"]!, false);
            if (state.Descendants("nvpair").Any(p => p["name"]!.StartsWith("fail-count-", StringComparison.Ordinal))) Cleanup(dc);
        }
        foreach (var operation in document.Descendants("lrm_rsc_op"))
            if (operation["op-status"] is not ("0" or "-1") || operation.Id!.Contains("_last_failure_", StringComparison.Ordinal))
            {
                Cleanup(dc);
                break;
            }
    }

    private static string Started(CibElement document, string pair)
    {
        var id = pair[..^"-role".Length];
        var owner = document.Element("configuration")!.Element("resources")!.Children.First(r => r.Id == id).Name;
        return $"<resources><{owner} id=\"{id}\"><meta_attributes id=\"{id}-meta\"><nvpair id=\"{pair}\" name=\"target-role\" value=\"Started\"/></meta_attributes></{owner}></resources>";
    }
}
