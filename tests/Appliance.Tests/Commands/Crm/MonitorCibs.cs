namespace Appliance.Tests.Commands.Crm;

/// <summary>CIBs whose status has something to show.</summary>
internal static class MonitorCibs
{
    private const string Magic = "crm_feature_set=\"3.16.1\" transition-key=\"7:0:0:c0ffee00-0000-4000-8000-000000000001\" transition-magic=\"0:0;7:0:0:c0ffee00-0000-4000-8000-000000000001\"";

    private static string Done(string resource, string agent, string task, int rc, int call, string more = "", int interval = 0, int status = 0) =>
        $"<lrm_resource id=\"{resource}\" {agent}><lrm_rsc_op id=\"{resource}_{(rc is 0 or 7 or 8 && status == 0 ? "last_0" : "last_failure_0")}\" operation_key=\"{resource}_{task}_{interval}\" operation=\"{task}\" {Magic} "
        + $"on_node=\"x\" call-id=\"{call}\" rc-code=\"{rc}\" op-status=\"{status}\" interval=\"{interval}\" last-rc-change=\"1763700000\" exec-time=\"1234\" queue-time=\"5\" {more}/></lrm_resource>";

    private const string Dummy = "class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"", Stateful = "class=\"ocf\" provider=\"pacemaker\" type=\"Stateful\"";

    /// <summary>Of everything something: nodes in many states, failures, what is partly there, tickets, bans, tags.</summary>
    public static string Busy { get; } = $"""
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="40" num_updates="12" admin_epoch="2" have-quorum="1" dc-uuid="1" cib-last-written="Fri Nov 20 10:00:00 2026" update-origin="alpha" update-client="crm_resource" update-user="root">
          <configuration>
            <crm_config><cluster_property_set id="o">
              <nvpair id="o-s" name="stonith-enabled" value="false"/><nvpair id="o-v" name="dc-version" value="2.1.5-a3f44794f94"/><nvpair id="o-i" name="cluster-infrastructure" value="corosync"/>
              <nvpair id="o-h" name="node-health-strategy" value="custom"/>
            </cluster_property_set></crm_config>
            <nodes>
              <node id="1" uname="alpha"><instance_attributes id="n1"><nvpair id="n1-a" name="rack" value="left"/></instance_attributes></node>
              <node id="2" uname="beta"><instance_attributes id="n2"><nvpair id="n2-s" name="standby" value="on"/></instance_attributes></node>
              <node id="3" uname="gamma"><instance_attributes id="n3"><nvpair id="n3-m" name="maintenance" value="true"/></instance_attributes></node>
              <node id="4" uname="delta"/>
              <node id="5" uname="node10"/>
              <node id="6" uname="node9"/>
            </nodes>
            <resources>
              <primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2" description="the address"/>
              <primitive id="twice" {Dummy} description="on two"><meta_attributes id="twice-m"><nvpair id="twice-b" name="multiple-active" value="block"/></meta_attributes></primitive>
              <primitive id="idle" {Dummy}><meta_attributes id="idle-m"><nvpair id="idle-t" name="target-role" value="Stopped"/></meta_attributes></primitive>
              <primitive id="loose" {Dummy}><meta_attributes id="loose-m"><nvpair id="loose-t" name="is-managed" value="false"/></meta_attributes></primitive>
              <primitive id="broken" {Dummy}><operations><op id="broken-m" name="monitor" interval="10s" on-fail="ignore"/></operations></primitive>
              <primitive id="absent" class="ocf" provider="heartbeat" type="VolGroup"/>
              <primitive id="fence" class="stonith" type="fence_dummy"/>
              <group id="web"><primitive id="fs" class="ocf" provider="heartbeat" type="Filesystem"/><primitive id="nginx" class="systemd" type="nginx"/><primitive id="mail" class="systemd" type="postfix"/></group>
              <clone id="ping-clone"><primitive id="ping" class="ocf" provider="pacemaker" type="ping"><instance_attributes id="ping-i"><nvpair id="ping-h" name="host_list" value="a b c"/><nvpair id="ping-n" name="name" value="pingd"/><nvpair id="ping-x" name="multiplier" value="100"/></instance_attributes></primitive></clone>
              <clone id="db-clone"><meta_attributes id="db-m"><nvpair id="db-p" name="promotable" value="true"/></meta_attributes><primitive id="db" {Stateful}/></clone>
              <clone id="stack"><group id="layers"><primitive id="low" {Dummy}/><primitive id="high" {Dummy}/></group></clone>
              <clone id="numbered"><meta_attributes id="nu-m"><nvpair id="nu-u" name="globally-unique" value="true"/><nvpair id="nu-x" name="clone-max" value="3"/></meta_attributes><primitive id="num" {Dummy}/></clone>
              <bundle id="box"><docker image="pcmk:http" replicas="2"/><network ip-range-start="192.168.1.50" control-port="9000"/><primitive id="httpd" class="ocf" provider="heartbeat" type="apache"/></bundle>
              <bundle id="one"><podman image="pcmk:one" replicas="1"/></bundle>
              <primitive id="vm" {Dummy}><meta_attributes id="vm-m"><nvpair id="vm-r" name="remote-node" value="guest"/></meta_attributes></primitive>
              <primitive id="far" class="ocf" provider="pacemaker" type="remote"/>
            </resources>
            <constraints>
              <rsc_location id="cli-ban-ip-on-beta" rsc="ip" node="beta" score="-INFINITY"/>
              <rsc_location id="low-db" rsc="db-clone" role="Promoted" node="gamma" score="-50"/>
              <rsc_location id="away" rsc="web"><rule id="away-rule" score="-100" boolean-op="or"><expression id="e1" attribute="#uname" operation="eq" value="delta"/><expression id="e2" attribute="#uname" operation="eq" value="beta"/></rule></rsc_location>
              <rsc_location id="both" rsc="web"><rule id="both-rule" score="-7"><expression id="e3" attribute="#kind" operation="eq" value="cluster"/></rule></rsc_location>
              <rsc_ticket id="t" rsc="ip" ticket="T9" loss-policy="freeze"/>
            </constraints>
            <tags><tag id="mine"><obj_ref id="ip"/><obj_ref id="nginx"/></tag><tag id="left"><obj_ref id="alpha"/><obj_ref id="delta"/></tag></tags>
          </configuration>
          <status>
            <node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member">
              <transient_attributes id="1"><instance_attributes id="s1">
                <nvpair id="s1-f" name="#feature-set" value="3.16.2"/><nvpair id="s1-p" name="pingd" value="200"/><nvpair id="s1-1" name="fail-count-broken#monitor_10000" value="2"/><nvpair id="s1-2" name="last-failure-broken#monitor_10000" value="1763700001"/>
                <nvpair id="s1-3" name="fail-count-nginx#start_0" value="INFINITY"/><nvpair id="s1-h" name="#health-disk" value="yellow"/><nvpair id="s1-m" name="master-db" value="10"/>
              </instance_attributes></transient_attributes>
              <lrm id="1"><lrm_resources>
                {Done("ip", "class=\"ocf\" provider=\"heartbeat\" type=\"IPaddr2\"", "start", 0, 10)}
                {Done("twice", Dummy, "start", 0, 11)}
                {Done("loose", Dummy, "start", 0, 12)}
                {Done("broken", Dummy, "monitor", 1, 13, "exit-reason=\"it &lt;broke&gt; 'here'\"", 10000)}
                {Done("absent", "class=\"ocf\" provider=\"heartbeat\" type=\"VolGroup\"", "monitor", 5, 14)}
                {Done("fs", "class=\"ocf\" provider=\"heartbeat\" type=\"Filesystem\"", "start", 0, 15)}
                {Done("nginx", "class=\"systemd\" type=\"nginx\"", "start", 1, 16, "exit-reason=\"no\"", status: 2)}
                {Done("ping:0", "class=\"ocf\" provider=\"pacemaker\" type=\"ping\"", "start", 0, 17)}
                {Done("db:0", Stateful, "promote", 0, 18)}
                {Done("low:0", Dummy, "start", 0, 19)}
                {Done("num:0", Dummy, "start", 0, 20)}
                {Done("gone", Dummy, "start", 0, 21)}
                {Done("box-docker-0", "class=\"ocf\" provider=\"heartbeat\" type=\"docker\"", "start", 0, 22)}
                {Done("box-ip-192.168.1.50", "class=\"ocf\" provider=\"heartbeat\" type=\"IPaddr2\"", "start", 0, 23)}
                {Done("box-0", "class=\"ocf\" provider=\"pacemaker\" type=\"remote\"", "start", 0, 24)}
                {Done("vm", Dummy, "start", 0, 25)}
                {Done("guest", "class=\"ocf\" provider=\"pacemaker\" type=\"remote\"", "start", 0, 26)}
                {Done("far", "class=\"ocf\" provider=\"pacemaker\" type=\"remote\"", "start", 0, 27)}
              </lrm_resources></lrm>
            </node_state>
            <node_state id="2" uname="beta" in_ccm="true" crmd="online" join="member" expected="member">
              <transient_attributes id="2"><instance_attributes id="s2"><nvpair id="s2-f" name="#feature-set" value="3.15.0"/><nvpair id="s2-p" name="pingd" value="0"/></instance_attributes></transient_attributes>
              <lrm id="2"><lrm_resources>
                {Done("twice", Dummy, "start", 0, 11)}
                {Done("db:1", Stateful, "start", 0, 12)}
                {Done("low:1", Dummy, "start", 0, 13)}
                {Done("high:1", Dummy, "start", 0, 14)}
                {Done("ping:1", "class=\"ocf\" provider=\"pacemaker\" type=\"ping\"", "start", 0, 15)}
              </lrm_resources></lrm>
            </node_state>
            <node_state id="3" uname="gamma" in_ccm="true" crmd="online" join="member" expected="member">
              <transient_attributes id="3"><instance_attributes id="s3"><nvpair id="s3-h" name="#health-fan" value="red"/><nvpair id="s3-p" name="pingd" value="300"/></instance_attributes></transient_attributes>
              <lrm id="3"><lrm_resources>{Done("db:2", Stateful, "start", 0, 12)}</lrm_resources></lrm></node_state>
            <node_state id="4" uname="delta" in_ccm="false" crmd="offline" join="down" expected="down"/>
            <node_state id="5" uname="node10" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="5"><lrm_resources/></lrm></node_state>
            <node_state id="6" uname="node9" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="6"><lrm_resources/></lrm></node_state>
            <node_state id="guest" uname="guest" remote_node="true"><lrm id="guest"><lrm_resources>{Done("idle", Dummy, "monitor", 7, 3)}</lrm_resources></lrm></node_state>
            <tickets><ticket_state id="T1" granted="true" last-granted="1763700000" standby="true" owner="me" booth="1"/><ticket_state id="T2" granted="false"/></tickets>
          </status>
        </cib>
        """;

    /// <summary>Two nodes, and nothing wrong.</summary>
    public static string Well { get; } = $"""
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="4" num_updates="1" admin_epoch="0" have-quorum="1" dc-uuid="2">
          <configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o-s" name="stonith-enabled" value="false"/><nvpair id="o-m" name="maintenance-mode" value="true"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="alpha"/><node id="2" uname="beta"/></nodes>
            <resources><primitive id="d" {Dummy}/></resources><constraints/>
          </configuration>
          <status>
            <node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources>{Done("d", Dummy, "start", 0, 10)}</lrm_resources></lrm></node_state>
            <node_state id="2" uname="beta" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="2"><lrm_resources>{Done("d", Dummy, "monitor", 7, 10)}</lrm_resources></lrm></node_state>
          </status>
        </cib>
        """;

    /// <summary>Operations that are not done yet: they have no number.</summary>
    public static readonly string Pending = $"""
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="9" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1"><configuration><crm_config/><nodes><node id="1" uname="alpha"/></nodes>
        <resources><primitive id="e" {Dummy}/><primitive id="f" {Dummy}/></resources><constraints/></configuration>
        <status><node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources>
        <lrm_resource id="e" {Dummy}>{Waiting("e", "last_0", "monitor", 0)}{Waiting("e", "monitor_10000", "monitor", 10000)}</lrm_resource>
        <lrm_resource id="f" {Dummy}><lrm_rsc_op id="f_last_0" operation_key="f_start_0" operation="start" {Magic} call-id="7" rc-code="0" op-status="0" interval="0" last-rc-change="1795285062" exec-time="0" queue-time="0" on_node="alpha"/>
        {Waiting("f", "monitor_10000", "monitor", 10000)}{Waiting("f", "monitor_5000", "monitor", 5000)}</lrm_resource>
        </lrm_resources></lrm></node_state></status></cib>
        """;

    private static string Waiting(string resource, string place, string action, int interval) =>
        $"<lrm_rsc_op id=\"{resource}_{place}\" operation_key=\"{resource}_{action}_{interval}\" operation=\"{action}\" crm_feature_set=\"3.16.1\" transition-key=\"7:0:0:c0ffee00-0000-4000-8000-000000000001\" transition-magic=\"-1:193;7:0:0:c0ffee00-0000-4000-8000-000000000001\" call-id=\"-1\" rc-code=\"193\" op-status=\"-1\" interval=\"{interval}\" last-rc-change=\"1795285062\" exec-time=\"0\" queue-time=\"0\" on_node=\"alpha\"/>";
}
