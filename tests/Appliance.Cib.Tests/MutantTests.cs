using Appliance.Core.Diagnostics;

namespace Appliance.Cib.Tests;

/// <summary>A document with everything in it, damaged in one place at a time: the real crm_verify and ours accept the same ones.</summary>
[Category("peer")]
public class A_damaged_configuration
{
    private const string Whole = """
        <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0" crm_feature_set="3.16.1" have-quorum="1" dc-uuid="1">
          <configuration>
            <crm_config><cluster_property_set id="o" score="5"><rule id="o-r"><expression id="o-e" attribute="#uname" operation="eq" value="n1"/></rule><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
            <rsc_defaults><meta_attributes id="rd"><rule id="rdr" boolean-op="or"><rsc_expression id="rde" class="ocf" provider="heartbeat" type="Dummy"/></rule><nvpair id="rd1" name="resource-stickiness" value="1"/></meta_attributes></rsc_defaults>
            <op_defaults><meta_attributes id="od"><rule id="odr"><op_expression id="ode" name="monitor" interval="10s"/></rule><nvpair id="od1" name="timeout" value="1min"/></meta_attributes></op_defaults>
            <nodes><node id="1" uname="n1" type="member"><instance_attributes id="na"><nvpair id="na1" name="a" value="b"/></instance_attributes><utilization id="nu"><nvpair id="nu1" name="cpu" value="4"/></utilization></node><node id="2" uname="n2"/></nodes>
            <resources>
              <primitive id="r1" class="ocf" provider="heartbeat" type="Dummy" description="d"><operations><op id="m1" name="monitor" interval="10s" timeout="20s" enabled="true" role="Started" on-fail="restart"><meta_attributes id="om"><nvpair id="om1" name="x" value="y"/></meta_attributes></op></operations>
                <meta_attributes id="ma"><nvpair id="ma1" name="priority" value="1"/></meta_attributes><instance_attributes id="ia"><nvpair id="ia1" name="fake" value="1"/></instance_attributes></primitive>
              <template id="tpl" class="ocf" provider="heartbeat" type="Dummy"/>
              <primitive id="r2" template="tpl"><meta_attributes id-ref="ma"/></primitive>
              <group id="g"><primitive id="g1" class="lsb" type="x"/><primitive id="g2" class="systemd" type="y"/></group>
              <clone id="c"><meta_attributes id="cm"><nvpair id="cm1" name="promotable" value="true"/></meta_attributes><primitive id="c1" class="ocf" provider="pacemaker" type="Stateful"/></clone>
              <bundle id="b"><docker image="i" replicas="2" promoted-max="1"/><network ip-range-start="10.0.0.1" control-port="9999" host-netmask="24"><port-mapping id="pm" port="80"/></network><storage><storage-mapping id="sm" source-dir="/a" target-dir="/b"/></storage><primitive id="b1" class="ocf" provider="heartbeat" type="Dummy"/></bundle>
            </resources>
            <constraints>
              <rsc_location id="l1" rsc="r1" node="n1" score="INFINITY" resource-discovery="always"/>
              <rsc_location id="l2" rsc-pattern="g.*"><rule id="l2r" score="-5" boolean-op="and"><expression id="l2e" attribute="site" operation="ne" value="x" type="string"/><date_expression id="l2d" operation="in_range" start="2020-01-01"><duration id="l2u" months="1"/></date_expression><date_expression id="l2s" operation="date_spec"><date_spec id="l2t" hours="9-16"/></date_expression></rule></rsc_location>
              <rsc_colocation id="k1" rsc="r1" with-rsc="g" score="INFINITY" rsc-role="Started"/>
              <rsc_order id="p1" first="r1" then="g" kind="Mandatory" symmetrical="true" first-action="start"/>
              <rsc_order id="p2"><resource_set id="s1" sequential="false" require-all="true"><resource_ref id="r1"/><resource_ref id="r2"/></resource_set></rsc_order>
              <rsc_ticket id="t1" rsc="c" rsc-role="Master" ticket="tick" loss-policy="fence"/>
            </constraints>
            <fencing-topology><fencing-level id="f1" target="n1" index="1" devices="r1"/><fencing-level id="f2" target-attribute="a" target-value="b" index="2" devices="r1,r2"/></fencing-topology>
            <acls><acl_target id="u"><role id="ar"/></acl_target><acl_group id="gg"><role id="ar"/></acl_group><acl_role id="ar"><acl_permission id="ap" kind="read" xpath="/cib"/><acl_permission id="aq" kind="deny" object-type="nvpair" attribute="value"/></acl_role></acls>
            <tags><tag id="tg"><obj_ref id="r1"/></tag></tags>
            <alerts><alert id="al" path="/x"><select><select_nodes/><select_attributes><attribute id="sa" name="n"/></select_attributes></select><recipient id="rc" value="v"/></alert></alerts>
          </configuration>
          <status/>
        </cib>
        """;

    [Test]
    public void Is_refused_when_the_real_crm_verify_refuses_it([Range(1, 4)] int part)
    {
        var random = new Random(part);
        for (var i = 0; i < 20; i++)
        {
            var cib = CibElement.Parse(Whole, "f");
            var what = i == 0 && part == 1 ? "nothing" : Damage(cib, random);
            var text = cib.ToString();
            var upgraded = SchemaUpgrade.ToLatest(CibElement.Parse(text, "f"), "f", out var messages);
            var problems = upgraded is null ? messages : messages.FindAll(m => m.Severity == Severity.Error);
            if (upgraded is not null) problems = [.. problems, .. CibValidator.Check(upgraded, "f").FindAll(m => m.Severity == Severity.Error)];
            var theirs = Peer.Run("crm_verify", ["-V", "-X", text]);
            Assert.That(problems.Count > 0, Is.EqualTo(theirs.Exit == 78 && !SchedulerOnly(theirs.Error)), $"{part}/{i} {what}\n{string.Join("\n", problems)}\n{theirs.Error}\n{text}");
        }
    }

    /// <summary>Many damages at once, under every schema: whatever comes of it is said in messages, never by an exception.</summary>
    [Test]
    public void Is_upgraded_and_judged_whatever_it_looks_like([Range(1, 10)] int seed)
    {
        var random = new Random(seed);
        string[] words = ["master", "lifetime", "rule", "nvpair", "cluster_property_set", "rsc_location", "acl_user", "read", "role_ref", "primitive", "op", "bundle", "rkt"];
        for (var i = 0; i < 150; i++)
        {
            var cib = CibElement.Parse(Whole, "f").Set("validate-with", $"pacemaker-{random.Next(1, 4)}.{random.Next(0, 4)}");
            for (var damages = random.Next(1, 30); damages > 0; damages--)
            {
                Damage(cib, random);
                var all = cib.Element("configuration")!.Descendants().ToList();
                if (all.Count == 0) break;
                if (random.Next(3) == 0) all[random.Next(all.Count)].Rename(words[random.Next(words.Length)]);
                if (random.Next(3) == 0 && all[random.Next(all.Count)].Id is { } id) all[random.Next(all.Count)].Set("id-ref", id);
            }
            var upgraded = SchemaUpgrade.ToLatest(cib, "f", out _)!;
            CibValidator.Check(upgraded, "f");
            var values = new Dictionary<string, string>();
            foreach (var owner in upgraded.Descendants().ToList()) NvSets.Unpack(owner, "meta_attributes", null, new RuleInput(CibTime.FromEpoch(0)), values);
            Assert.That(CibElement.Parse(upgraded.ToString(), "f").SameAs(upgraded), Is.True);
            Assert.That(CibPatch.Apply(cib, CibPatch.Create(cib, upgraded, attributeOrder: true)!, false, out var again, out var problem), Is.AnyOf(PatchOutcome.Applied, PatchOutcome.Unmatched), problem);
        }
    }

    /// <summary>crm_verify runs the policy engine too, which has complaints of its own about valid documents.</summary>
    private static bool SchedulerOnly(string error) => !error.Contains("validate", StringComparison.Ordinal) && !error.Contains("schema", StringComparison.OrdinalIgnoreCase);

    private static string Damage(CibElement cib, Random random)
    {
        var all = cib.Element("configuration")!.Descendants().ToList();
        if (all.Count == 0) return "nothing left";
        while (true)
        {
            var one = all[random.Next(all.Count)];
            var attributes = one.Attributes.ToArray();
            var attribute = attributes.Length > 0 ? attributes[random.Next(attributes.Length)].Name : null;
            switch (random.Next(6))
            {
                case 0 when attribute is not null:
                    one.Set(attribute, null);
                    return $"without {attribute} of {one.Name}";
                case 1 when attribute is not null:
                    one.Set(attribute, "no such thing");
                    return $"{attribute} of {one.Name} wrong";
                case 2:
                    one.Set("colour", "red");
                    return $"unknown attribute of {one.Name}";
                case 3:
                    var name = one.Name;
                    one.Remove();
                    return $"without {name}";
                case 4:
                    one.Add("weather").Set("id", "w");
                    return $"unknown element in {one.Name}";
                case 5:
                    var other = all[random.Next(all.Count)];
                    if (other == one || one.Descendants().Contains(other)) continue;
                    other.Add(one.Remove());
                    return $"{one.Name} in {other.Name}";
            }
        }
    }
}
