namespace Appliance.Tests.Commands.Crm;

/// <summary>CIBs that tools are tried on.</summary>
internal static class Cibs
{
    public const string Plain = """
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="3" admin_epoch="0" cib-last-written="Fri Nov 20 10:00:00 2026">
          <configuration>
            <crm_config>
              <cluster_property_set id="cib-bootstrap-options">
                <nvpair id="opt-stonith" name="stonith-enabled" value="false"/>
              </cluster_property_set>
            </crm_config>
            <nodes><node id="1" uname="alpha"/><node id="2" uname="beta"/></nodes>
            <resources>
              <primitive id="d1" class="ocf" provider="pacemaker" type="Dummy"/>
              <!-- a comment -->
              <primitive id="d2" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="d2-meta"><nvpair id="d2-tr" name="target-role" value="Stopped"/></meta_attributes></primitive>
            </resources>
            <constraints/>
          </configuration>
          <status/>
        </cib>
        """;

    /// <summary>Of everything something, with a status.</summary>
    public const string Rich = """
        <?xml version="1.0"?>
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="40" num_updates="12" admin_epoch="2" have-quorum="1" dc-uuid="2" update-origin="beta" update-client="crm_attribute" update-user="root">
          <configuration>
            <crm_config>
              <cluster_property_set id="cib-bootstrap-options">
                <nvpair id="cib-bootstrap-options-stonith-enabled" name="stonith-enabled" value="false"/>
                <nvpair id="cib-bootstrap-options-no-quorum-policy" name="no-quorum-policy" value="ignore"/>
                <nvpair id="cib-bootstrap-options-name" name="cluster-name" value="it's &quot;a &lt; b&quot;"/>
              </cluster_property_set>
              <cluster_property_set id="other" score="2">
                <nvpair id="other-stonith" name="stonith-enabled" value="true"/>
              </cluster_property_set>
            </crm_config>
            <nodes>
              <node id="1" uname="alpha">
                <instance_attributes id="nodes-1">
                  <nvpair id="nodes-1-standby" name="standby" value="off"/>
                  <nvpair id="nodes-1-rack" name="rack" value="left"/>
                  <nvpair id="nodes-1-rack2" name="rack-two" value="right"/>
                </instance_attributes>
                <utilization id="nodes-1-utilization"><nvpair id="nodes-1-utilization-cpu" name="cpu" value="4"/></utilization>
              </node>
              <node id="2" uname="beta"><instance_attributes id="nodes-2"><nvpair id="nodes-2-standby" name="standby" value="on"/></instance_attributes></node>
              <node id="3" uname="Gamma"/>
            </nodes>
            <resources>
              <primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2">
                <instance_attributes id="ip-params"><nvpair id="ip-addr" name="ip" value="192.168.1.1"/><nvpair id="ip-mask" name="cidr_netmask" value="24"/></instance_attributes>
                <operations><op id="ip-mon" name="monitor" interval="10s" timeout="20s"/></operations>
                <meta_attributes id="ip-meta"><nvpair id="ip-meta-tr" name="target-role" value="Started"/></meta_attributes>
              </primitive>
              <group id="grp">
                <primitive id="fs" class="ocf" provider="heartbeat" type="Filesystem"><utilization id="fs-u"><nvpair id="fs-u-cpu" name="cpu" value="1"/></utilization></primitive>
                <primitive id="web" class="systemd" type="nginx"/>
              </group>
              <clone id="ping-clone"><meta_attributes id="ping-clone-meta"><nvpair id="ping-clone-im" name="is-managed" value="true"/></meta_attributes>
                <primitive id="ping" class="ocf" provider="pacemaker" type="ping"/></clone>
              <clone id="db-clone"><meta_attributes id="db-clone-meta"><nvpair id="db-clone-pr" name="promotable" value="true"/></meta_attributes>
                <primitive id="db" class="ocf" provider="pacemaker" type="Stateful"/></clone>
              <primitive id="fence" class="stonith" type="fence_dummy"/>
            </resources>
            <constraints>
              <rsc_location id="loc-ip" rsc="ip" node="alpha" score="100"/>
              <rsc_colocation id="col" rsc="grp" with-rsc="ip" score="INFINITY"/>
              <rsc_order id="ord" first="ip" then="grp"/>
              <rsc_location id="cli-ban-web-on-beta" rsc="web" role="Started" node="beta" score="-INFINITY"/>
              <rsc_location id="cli-prefer-ip" rsc="ip"><rule id="cli-prefer-rule-ip" score="INFINITY" boolean-op="and"><expression id="cli-prefer-expr-ip" attribute="#uname" operation="eq" value="beta" type="string"/>
                <date_expression id="cli-prefer-lifetime-end-ip" operation="lt" end="2020-01-01 00:00:00 +00:00"/></rule></rsc_location>
            </constraints>
            <rsc_defaults><meta_attributes id="rsc-options"><nvpair id="rsc-options-st" name="resource-stickiness" value="10"/></meta_attributes></rsc_defaults>
            <tags><tag id="both"><obj_ref id="ip"/><obj_ref id="web"/></tag></tags>
          </configuration>
          <status>
            <node_state id="1" uname="alpha" in_ccm="true" crmd="online" crm-debug-origin="do_update_resource" join="member" expected="member">
              <transient_attributes id="1"><instance_attributes id="status-1">
                <nvpair id="status-1-fail-count-web.monitor_10000" name="fail-count-web#monitor_10000" value="2"/>
                <nvpair id="status-1-fail-count-web.start_0" name="fail-count-web#start_0" value="INFINITY"/>
                <nvpair id="status-1-fail-count-ip.monitor_10000" name="fail-count-ip#monitor_10000" value="3"/>
                <nvpair id="status-1-pingd" name="pingd" value="100"/>
              </instance_attributes></transient_attributes>
              <lrm id="1"><lrm_resources>
                <lrm_resource id="ip" class="ocf" provider="heartbeat" type="IPaddr2"><lrm_rsc_op id="ip_last_0" operation_key="ip_start_0" operation="start" crm_feature_set="3.16.1" transition-key="7:0:0:c0ffee00-0000-4000-8000-000000000001" transition-magic="0:0;7:0:0:c0ffee00-0000-4000-8000-000000000001" exit-reason="" on_node="alpha" call-id="10" rc-code="0" op-status="0" interval="0" last-rc-change="1763700000" exec-time="20" queue-time="0" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/></lrm_resource>
                <lrm_resource id="web" class="systemd" type="nginx"><lrm_rsc_op id="web_last_0" operation_key="web_monitor_0" operation="monitor" crm_feature_set="3.16.1" transition-key="8:0:7:c0ffee00-0000-4000-8000-000000000001" transition-magic="0:7;8:0:7:c0ffee00-0000-4000-8000-000000000001" exit-reason="" on_node="alpha" call-id="11" rc-code="7" op-status="0" interval="0" last-rc-change="1763700001" exec-time="2" queue-time="0" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/></lrm_resource>
              </lrm_resources></lrm>
            </node_state>
            <node_state id="2" uname="beta" in_ccm="true" crmd="online" crm-debug-origin="do_update_resource" join="member" expected="member"><lrm id="2"><lrm_resources/></lrm></node_state>
            <tickets><ticket_state id="T1" granted="true" last-granted="1763700000" standby="false"/><ticket_state id="T2" granted="false"/></tickets>
          </status>
        </cib>
        """;

    /// <summary>Of an older schema, without a status.</summary>
    public const string Old = """
        <cib validate-with="pacemaker-2.5" epoch="7" num_updates="0" admin_epoch="1">
          <configuration>
            <crm_config/><nodes><node id="1" uname="alpha"/></nodes>
            <resources><primitive id="d1" class="ocf" provider="pacemaker" type="Dummy"><instance_attributes id="p"><nvpair id="p1" name="state" value="x"/></instance_attributes></primitive></resources>
            <constraints/>
          </configuration>
        </cib>
        """;

    /// <summary>Remote nodes, guests, and bundles.</summary>
    public const string Remote = """
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="4" num_updates="2" admin_epoch="0">
          <configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o-s" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="alpha"/><node id="far" uname="far" type="remote"><instance_attributes id="nodes-far"><nvpair id="nodes-far-x" name="x" value="1"/></instance_attributes></node></nodes>
            <resources>
              <primitive id="far" class="ocf" provider="pacemaker" type="remote"><instance_attributes id="far-i"><nvpair id="far-i-s" name="server" value="10.0.0.9"/></instance_attributes></primitive>
              <primitive id="other" class="ocf" provider="pacemaker" type="remote"/>
              <primitive id="vm" class="ocf" provider="pacemaker" type="Dummy"><meta_attributes id="vm-m"><nvpair id="vm-m-r" name="remote-node" value="guest"/></meta_attributes></primitive>
              <primitive id="d" class="ocf" provider="pacemaker" type="Dummy"/>
            </resources>
            <constraints><rsc_location id="l" rsc="d" node="alpha" score="-7"/></constraints>
          </configuration>
          <status>
            <node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources/></lrm></node_state>
            <node_state id="gone" uname="gone" remote_node="true"/>
          </status>
        </cib>
        """;
}
