using Appliance.Lab.Harness;

namespace Appliance.Lab.Agents;

/// <summary>Debian's Pacemaker, a cluster of one node in namespaces of its own, runs our agents as it runs any: starts, promotes, watches, and keeps what they say of the node.</summary>
[NonParallelizable]
public sealed class PacemakerTests
{
    private const string Configuration = """
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
        <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/><nvpair id="o2" name="dc-deadtime" value="1s"/></cluster_property_set></crm_config>
        <nodes/><resources>
        <clone id="st-clone"><meta_attributes id="m"><nvpair id="m1" name="promotable" value="true"/></meta_attributes>
        <primitive id="st" class="ocf" provider="appliance" type="Stateful"><operations><op id="so1" name="monitor" interval="5s" role="Promoted"/><op id="so2" name="monitor" interval="6s" role="Unpromoted"/></operations></primitive></clone>
        <primitive id="pi" class="ocf" provider="appliance" type="ping"><instance_attributes id="pa"><nvpair id="pa1" name="host_list" value="127.0.0.1 192.0.2.1"/><nvpair id="pa2" name="multiplier" value="100"/>
        <nvpair id="pa3" name="dampen" value="1s"/><nvpair id="pa4" name="timeout" value="1"/></instance_attributes><operations><op id="po" name="monitor" interval="5s"/></operations></primitive>
        <primitive id="et" class="ocf" provider="appliance" type="ethmonitor"><instance_attributes id="ea"><nvpair id="ea1" name="interface" value="lo"/></instance_attributes><operations><op id="eo" name="monitor" interval="5s"/></operations></primitive>
        <primitive id="ip" class="ocf" provider="appliance" type="IPaddr2"><instance_attributes id="ia"><nvpair id="ia1" name="ip" value="10.80.0.100"/><nvpair id="ia2" name="nic" value="eth0"/></instance_attributes><operations><op id="io" name="monitor" interval="5s"/></operations></primitive>
        </resources><constraints/></configuration><status/></cib>
        """;

    private const string Script = """
        hostname alpha; ip link set lo up
        ip link add eth0 type veth peer name eth1; ip link set eth0 up; ip link set eth1 up; ip addr add 10.80.0.1/24 dev eth0
        cp -a /usr/lib/ocf/resource.d ROOT/ocf
        for d in /run /var/lib/pacemaker /var/lib/corosync /var/log /dev/shm /etc/corosync; do mount -t tmpfs none $d; done
        mkdir -p /run/lock /run/crm /run/heartbeat /run/resource-agents /run/corosync /var/log/pacemaker /var/log/corosync
        for d in cib pengine cores blackbox; do mkdir -p /var/lib/pacemaker/$d; done
        cp ROOT/cib.xml /var/lib/pacemaker/cib/cib.xml; chmod 600 /var/lib/pacemaker/cib/cib.xml
        chown -R hacluster:haclient /run/crm /var/lib/pacemaker /var/log/pacemaker
        mkdir -p ROOT/ocf/appliance; for a in Stateful ping ethmonitor IPaddr2; do ln -s ROOT/appliance ROOT/ocf/appliance/$a; done
        mount --bind ROOT/ocf /usr/lib/ocf/resource.d
        printf 'totem {\n version: 2\n cluster_name: lab\n transport: udpu\n}\nnodelist {\n node {\n  ring0_addr: 127.0.0.1\n  name: alpha\n  nodeid: 1\n }\n}\nquorum {\n provider: corosync_votequorum\n}\nlogging {\n to_syslog: no\n}\n' >/etc/corosync/corosync.conf
        corosync -f >ROOT/corosync.log 2>&1 &
        sleep 1
        PCMK_logfile=ROOT/pacemaker.log pacemakerd -f >/dev/null 2>&1 &
        wait_for() { for i in $(seq 100); do crm_mon -1A 2>/dev/null | tr -s ' \t' ' ' >ROOT/state; missing=; for w in "$@"; do grep -qE "$w" ROOT/state || missing=$w; done; [ -n "$missing" ] || return 0; sleep 0.25; done; echo "never: $missing"; cat ROOT/state; tail -n 30 ROOT/pacemaker.log; exit 1; }
        wait_for 'Promoted: \[ alpha' 'pi .*: Started' 'et .*: Started' 'ip .*: Started' '\* pingd : 100' '\* ethmonitor-lo : 1' '\* master-st : 10'
        echo running; ip -4 -o addr show dev eth0 | grep -c 10.80.0.100
        crm_resource -r pi --set-parameter target-role --meta -v Stopped >/dev/null; crm_resource -r et --set-parameter target-role --meta -v Stopped >/dev/null
        crm_resource -r ip --set-parameter target-role --meta -v Stopped >/dev/null; crm_resource -r st-clone --set-parameter target-role --meta -v Unpromoted >/dev/null
        wait_for 'master-st : 5'
        for i in $(seq 40); do crm_mon -1A | grep -qE 'pingd|ethmonitor-|ocf:' || break; sleep 0.25; done
        crm_mon -1A | grep -E 'pingd|ethmonitor-|ocf:'
        ip -4 -o addr show dev eth0 | grep -c 10.80.0.100
        echo stopped
        """;

    [Test]
    public void Runs_our_agents_and_keeps_their_attributes()
    {
        if (Environment.UserName != "root") Assert.Ignore("namespaces need root");
        foreach (var program in (string[])["/usr/sbin/corosync", "/usr/sbin/pacemakerd"])
            if (!File.Exists(program)) Assert.Ignore($"{program} is missing (Debian packages corosync and pacemaker)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        var root = Directory.CreateTempSubdirectory("pcmk-lab-").FullName;
        try
        {
            Shell.Run($"chmod 755 {root}; install -m 755 {Implementation.Ours.Tools.Trim()} {root}/appliance");
            File.WriteAllText(root + "/cib.xml", Configuration);
            File.WriteAllText(root + "/play", Script.Replace("ROOT", root, StringComparison.Ordinal));
            // The first process of its own process namespace: whatever it started ends with it.
            var (status, output) = Shell.Try($"timeout 55 unshare -m -n -u -i --pid --fork --kill-child --mount-proc sh {root}/play");
            Assert.That((status, output), Is.EqualTo((0, "running\n1\n0\nstopped")));
        }
        finally
        {
            Shell.Try($"rm -rf {root}");
        }
    }
}
