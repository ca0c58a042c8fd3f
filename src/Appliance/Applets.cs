using Appliance.Commands;
using Appliance.Commands.Crm;

namespace Appliance;

/// <summary>The one table of what this binary can be.</summary>
internal static class Applets
{
    private static readonly SortedDictionary<string, (Func<string[], int> Run, string What)> Table = new(StringComparer.Ordinal)
    {
        ["agent"] = (AgentApplet.Run, "run a built-in resource agent under the OCF conventions"),
        ["agents"] = (ApplianceCommand.Applet("agents"), "list, describe and check the resource agents of this machine"),
        ["check"] = (CheckCommand.Run, "report every problem of ha.cf, authkeys and haresources"),
        ["attrd_updater"] = (CrmWorld.Applet(AttrdUpdater.Run), "set and show transient node attributes (Pacemaker)"),
        ["cibadmin"] = (CrmWorld.Applet(CibAdmin.Run), "ask a CIB, and change it (Pacemaker)"),
        ["cl_status"] = (ClStatus.Applet, "ask the running daemon, with the words and exit statuses of 3.0.6"),
        ["cleanup"] = (ApplianceCommand.Applet("cleanup"), "forget the failure of a resource group and ask for its status"),
        ["completion"] = (ApplianceCommand.Applet("completion"), "print the completion of bash, zsh or fish"),
        ["control"] = (Composition.Control, "the process that manages resources (started by heartbeat)"),
        ["corosync-conf"] = (ApplianceCommand.Applet("corosync-conf"), "print the nodes as pcs reads them"),
        ["crm_attribute"] = (CrmWorld.Applet(CrmAttribute.Run), "ask for and set cluster options and node attributes (Pacemaker)"),
        ["crm_diff"] = (CrmWorld.Applet(CrmDiff.Run), "make and apply patches of a CIB (Pacemaker)"),
        ["crm_error"] = (CrmWorld.Applet(CrmError.Run), "say what Pacemaker's numbers mean (Pacemaker)"),
        ["crm_explain"] = (MemoryLimit.SaidBy(Commands.Policy.CrmExplain.Applet), "why a resource is where it is, and what would change that"),
        ["crm_failcount"] = (CrmWorld.Applet(NodeAttributeTools.FailCount), "show how often a resource failed (Pacemaker)"),
        ["crm_master"] = (CrmWorld.Applet(NodeAttributeTools.Master), "ask for and set a resource's promotion score (Pacemaker)"),
        ["crm_mon"] = (MemoryLimit.SaidBy(CrmMon.Applet), "show the status of the cluster (Pacemaker)"),
        ["crm_node"] = (CrmWorld.Applet(CrmNode.Run), "what the cluster knows of its nodes (Pacemaker)"),
        ["crm_resource"] = (MemoryLimit.SaidBy(Commands.ResourceTools.CrmResource.Applet), "ask about resources and agents, move resources, set parameters (Pacemaker)"),
        ["crm_rule"] = (CrmWorld.Applet(CrmRule.Run), "check whether a rule is in effect (Pacemaker)"),
        ["crm_shadow"] = (CrmWorld.Applet(CrmShadow.Run), "try changes on a copy of the CIB (Pacemaker)"),
        ["crm_simulate"] = (MemoryLimit.SaidBy(Commands.Policy.CrmSimulate.Applet), "show what the cluster would do with a CIB (Pacemaker)"),
        ["crm_standby"] = (CrmWorld.Applet(NodeAttributeTools.Standby), "keep resources away from a node (Pacemaker)"),
        ["crm_ticket"] = (CrmWorld.Applet(CrmTicket.Run), "show, grant and revoke tickets (Pacemaker)"),
        ["crm_verify"] = (MemoryLimit.SaidBy(Commands.Policy.CrmVerify.Applet), "check a CIB for errors, in the words of Pacemaker 2.1.5"),
        ["crmadmin"] = (CrmWorld.Applet(CrmAdmin.Run), "who decides for the cluster, and which nodes there are (Pacemaker)"),
        ["explain"] = (MemoryLimit.SaidBy(Commands.Policy.CrmExplain.Applet), "the same as crm_explain"),
        ["fence"] = (FenceCommand.Run, "order one fencing device: status, off, on, reboot, list"),
        ["fencing"] = (ApplianceCommand.Applet("fencing"), "show fencing devices, whether they would work now, and what was fenced"),
        ["haresources2cib"] = (Commands.Crm.HaresourcesToCib.Run, "show ha.cf and haresources as a CIB, as the CRM runs them"),
        ["heartbeat"] = (Composition.Heartbeat, "the daemon, with the options of 3.0.6"),
        ["hb_addnode"] = (HbAddNode.Applet, "add nodes to the running cluster"),
        ["hb_delnode"] = (HbDelNode.Applet, "remove nodes from the running cluster"),
        ["hb_setsite"] = (HbSetSite.Applet, "set the site of a node"),
        ["hb_setweight"] = (HbSetWeight.Applet, "set the weight of a node"),
        ["hb_standby"] = (HbStandby.Applet, "give resources to the other node"),
        ["hb_takeover"] = (HbTakeover.Applet, "take resources from the other node"),
        ["iso8601"] = (CrmWorld.Applet(Iso8601Tool.Run), "read dates and durations (Pacemaker)"),
        ["links"] = (ApplianceCommand.Applet("links"), "show each link: last beat, lateness, latency, and a safe deadtime"),
        ["meatclient"] = (Commands.FencingTools.Meatclient.Applet, "confirm that a machine was reset by hand (cluster-glue)"),
        ["engine"] = (ApplianceCommand.Applet("engine"), "say which engine manages, or move to the other while services run"),
        ["monitor"] = (ApplianceCommand.Applet("monitor"), "switch the monitor of resources off and on"),
        ["operations"] = (ApplianceCommand.Applet("operations"), "show what was last done with each resource"),
        ["rehearse"] = (ApplianceCommand.Applet("rehearse"), "prove that fencing a node works and hits the right machine"),
        ["sbd"] = (Commands.FencingTools.SbdTool.Applet, "create, show and write the slots of shared disks, as sbd does"),
        ["status"] = (ApplianceCommand.Applet("status"), "show nodes, links and resources, and why each is where it is"),
        ["stonith"] = (Commands.FencingTools.Stonith.Applet, "order one fencing device, in the words of cluster-glue"),
        ["stonith_admin"] = (Commands.FencingTools.StonithAdmin.Applet, "order and query fencing, in the words of Pacemaker 2.1.5"),
        ["systemd"] = (ApplianceCommand.Applet("systemd"), "try a unit of systemd as the resource manager would run it"),
        ["upgrade"] = (ApplianceCommand.Applet("upgrade"), "replace the running daemon in place; services run on"),
        ["version"] = (ApplianceCommand.Applet("version"), "print the version"),
    };

    /// <summary>Each command and what it does, in a line.</summary>
    public static IEnumerable<(string Name, string What)> Lines
    {
        get
        {
            foreach (var (name, applet) in Table) yield return (name, applet.What);
        }
    }

    public static Func<string[], int>? Find(string name) => Table.TryGetValue(name, out var applet) ? applet.Run : Commands.FenceAgents.FenceAgentCommand.Named(name) ?? AgentApplet.Named(name);
}
