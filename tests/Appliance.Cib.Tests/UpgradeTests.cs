using Appliance.Core.Diagnostics;

namespace Appliance.Cib.Tests;

public class An_upgrade
{
    private static string Cib(string version, string configuration) =>
        $"<cib validate-with='{version}' epoch='1' num_updates='0' admin_epoch='0'><configuration>{configuration}</configuration><status/></cib>";

    private static (string Configuration, string Messages) Upgrade(string version, string configuration)
    {
        var cib = SchemaUpgrade.ToLatest(CibElement.Parse(Cib(version, configuration), "f"), "f", out var messages);
        Assert.That(cib!["validate-with"], Is.EqualTo("pacemaker-4.0"));
        var text = cib.Element("configuration")!.ToString(CibFormat.Compact);
        return (text["<configuration>".Length..^"</configuration>".Length].Replace('"', '\''), string.Join("\n", messages.Select(m => $"{m.Severity}: {m.Message}" + (m.Remedy.Length > 0 ? $" ({m.Remedy})" : ""))));
    }

    private static void Becomes(string version, string before, string after, string messages)
    {
        Assert.That(Upgrade(version, before), Is.EqualTo((after, messages)));
    }

    [TestCase(null, "f:1:1: error: the document names no schema (validate-with=\"pacemaker-1.0\" to \"pacemaker-4.0\")")]
    [TestCase("pacemaker-0.6", "f:1:1: error: the schema 'pacemaker-0.6' is not known (validate-with=\"pacemaker-1.0\" to \"pacemaker-4.0\")")]
    [TestCase("pacemaker-5.0", "f:1:1: error: the schema 'pacemaker-5.0' is not known (validate-with=\"pacemaker-1.0\" to \"pacemaker-4.0\")")]
    public void Needs_a_schema_it_knows(string? schema, string expected)
    {
        Assert.That(SchemaUpgrade.ToLatest(CibElement.Parse("<cib/>", "f").Set("validate-with", schema), "f", out var messages), Is.Null);
        Assert.That(messages.Single().ToString(), Is.EqualTo(expected));
    }

    [Test]
    public void Leaves_the_document_itself_as_it_is()
    {
        var before = CibElement.Parse(Cib("pacemaker-3.9", "<resources><master id='m'/></resources>"), "f");
        var text = before.ToString();
        SchemaUpgrade.ToLatest(before, "f", out _);
        Assert.That(before.ToString(), Is.EqualTo(text));
    }

    [Test]
    public void Changes_nothing_without_a_schema_or_with_the_latest()
    {
        foreach (var schema in new[] { "none", "pacemaker-4.0" })
        {
            var cib = CibElement.Parse(Cib(schema, "<resources><master id='m'/></resources>"), "f");
            Assert.That(SchemaUpgrade.ToLatest(cib, "f", out var messages)!.SameAs(cib), Is.True);
            Assert.That(messages, Is.Empty);
        }
    }

    [Test]
    public void Turns_users_permissions_into_roles() => Becomes("pacemaker-1.2",
        "<acls><acl_role id='r'><write id='b' tag='nvpair' attribute='value'/><deny id='d' xpath='//x' attribute='z'/></acl_role><acl_user id='u'><role_ref id='r'/></acl_user><acl_user id='v'><read id='a' xpath='/cib'/></acl_user></acls>",
        "<acls><acl_role id='r'><acl_permission id='b' kind='write' object-type='nvpair' attribute='value'/><acl_permission id='d' kind='deny' xpath='//x[@z]'/></acl_role>"
        + "<acl_target id='u'><role id='r'/></acl_target><acl_target id='v'><role id='auto-v'/></acl_target><acl_role id='auto-v'><acl_permission id='a' kind='read' xpath='/cib'/></acl_role></acls>",
        "Info: ACL user u becomes a target with roles\nInfo: ACL user v becomes a target with the role auto-v, which has its permissions\n"
        + "Info: ACL permission b: the attribute value is matched by its presence now\nInfo: ACL permission d: the attribute z is matched by its presence now");

    [Test]
    public void Moves_options_to_the_defaults() => Becomes("pacemaker-2.5",
        "<crm_config><cluster_property_set id='o'><nvpair id='a' name='default-resource-stickiness' value='5'/><nvpair id='b' name='stonith_enabled' value='true'/><nvpair id='c' name='expected-quorum-votes' value='2'/></cluster_property_set></crm_config>",
        "<crm_config><cluster_property_set id='o'><nvpair id='b' name='stonith-enabled' value='true'/></cluster_property_set></crm_config>"
        + "<rsc_defaults><meta_attributes id='_2TO3_-rsc-defaults'><nvpair id='a' name='resource-stickiness' value='5'/></meta_attributes></rsc_defaults>",
        "Info: cluster option default-resource-stickiness moves to rsc_defaults as resource-stickiness unless that has it\nInfo: cluster option stonith_enabled is called stonith-enabled now\nInfo: cluster option expected-quorum-votes is dropped");

    [Test]
    public void Moves_what_a_start_requires_to_the_resource() => Becomes("pacemaker-2.5",
        "<resources><primitive id='p'><operations><op id='s' name='start' requires='nothing'/><op id='m' name='monitor' requires='quorum'/></operations></primitive></resources>",
        "<resources><primitive id='p'><operations><op id='s' name='start'/><op id='m' name='monitor'/></operations><meta_attributes id='_2TO3_p-meta'><nvpair id='_2TO3_s-meta-requires' name='requires' value='nothing'/></meta_attributes></primitive></resources>",
        "Info: operation s: requires moves to the meta-attributes of p unless they have it\nInfo: operation m: requires is dropped; only start and promote have it");

    [Test]
    public void Disables_isolated_resources() => Becomes("pacemaker-2.5",
        "<resources><primitive id='p'><meta_attributes id='m'><nvpair id='i' name='isolation' value='true'/></meta_attributes></primitive></resources>",
        "<resources><primitive id='p'><meta_attributes id='m'><nvpair id='i' name='target-role' value='Stopped'/></meta_attributes></primitive></resources>",
        "Warning: resource p: isolation is called target-role=Stopped now (the resource is disabled; use a bundle)");

    [Test]
    public void Makes_masters_promotable_clones() => Becomes("pacemaker-3.9",
        "<resources><master id='m'><primitive id='p'/></master></resources>",
        "<resources><clone id='m'><meta_attributes id='pcmk__3_10_upgrade-promotable-legacy-m-meta_attributes' score='INFINITY'>"
        + "<nvpair id='pcmk__3_10_upgrade-promotable-legacy-m-meta_attributes-promotable' name='promotable' value='true'/></meta_attributes><primitive id='p'/></clone></resources>",
        "Info: master m becomes a clone with promotable=true");

    [Test]
    public void Sorts_sets_and_keeps_one_pair_of_a_name() => Becomes("pacemaker-3.9",
        "<crm_config><cluster_property_set id='low' score='1'/><cluster_property_set id='high' score='2'><nvpair id='a' name='x' value='1'/><nvpair id='b' name='x' value='2'/><nvpair id='c' name='y'/>"
        + "<nvpair id='d' name='z' value='1'/><nvpair id='e' name='z' value='#default'/><nvpair id='f' name='z' value='2'/></cluster_property_set><cluster_property_set id='cib-bootstrap-options' score='-5'/></crm_config>",
        "<crm_config><cluster_property_set id='cib-bootstrap-options' score='-5'/><cluster_property_set id='high' score='2'><nvpair id='a' name='x' value='1'/><nvpair id='f' name='z' value='2'/></cluster_property_set><cluster_property_set id='low' score='1'/></crm_config>",
        "Info: y (c) is dropped: it has no value\nInfo: x (b) is dropped: a of the same set counts\nInfo: z (d) is dropped: f of the same set counts\nInfo: z (e) is dropped: f of the same set counts");

    [Test]
    public void Makes_a_lifetime_a_condition() => Becomes("pacemaker-3.9",
        "<constraints><rsc_location id='l' rsc='r' node='n' score='7'><lifetime><rule id='t'><date_expression id='d' operation='lt' end='2030-01-01'/></rule></lifetime></rsc_location>"
        + "<rsc_order id='o' first='r' then='s'><lifetime><rule id='u'><date_expression id='v' operation='lt' end='2030-01-01'/></rule></lifetime></rsc_order></constraints>",
        "<constraints><rsc_location id='l' rsc='r'><rule id='pcmk__3_10_upgrade-l-lifetime-and-rule' boolean-op='and'><rule id='pcmk__3_10_upgrade-l-node-score-rule' score='7'>"
        + "<expression id='pcmk__3_10_upgrade-l-node-score-rule-expr' attribute='#uname' operation='eq' value='n'/></rule><rule id='t'><date_expression id='d' operation='lt' end='2030-01-01'/></rule></rule></rsc_location>"
        + "<rsc_order id='o' first='r' then='s'/></constraints>",
        "Warning: constraint o: its lifetime is dropped, so that its rules no longer count for it\nInfo: location constraint l: its lifetime becomes part of its rule");

    [Test]
    public void Splits_a_constraint_with_several_rules() => Becomes("pacemaker-3.9",
        "<constraints><rsc_location id='l' rsc='r'><rule id='a' score='1'/><rule id='b' score='2'/></rsc_location></constraints><acls><acl_role id='q'><acl_permission id='p' kind='read' reference='l'/></acl_role></acls>",
        "<constraints><rsc_location id='pcmk__3_10_upgrade-l-1' rsc='r'><rule id='a' score='1'/></rsc_location><rsc_location id='pcmk__3_10_upgrade-l-2' rsc='r'><rule id='b' score='2'/></rsc_location></constraints>"
        + "<acls><acl_role id='q'><acl_permission id='p' kind='read' xpath=\"//*[@id = 'pcmk__3_10_upgrade-l-1' or @id = 'pcmk__3_10_upgrade-l-2']\"/></acl_role></acls>".Replace('"', '\''),
        "Info: location constraint l becomes 2, one for each of its rules\nWarning: elements changed, so that permissions that name them by XPath may not mean what they meant (upgrade the stored document and look at its ACLs)");

    [Test]
    public void Drops_what_is_no_longer_supported_and_what_refers_to_it() => Becomes("pacemaker-3.9",
        "<resources><group id='g'><primitive id='n' class='nagios' type='x'/></group><primitive id='k' class='ocf' type='Dummy'><meta_attributes id='m'><nvpair id='t' name='restart-type' value='ignore'/></meta_attributes></primitive></resources>"
        + "<constraints><rsc_location id='a' rsc='g' node='1' score='1'/><rsc_order id='b' first='k' then='n'/><rsc_colocation id='c' rsc='k' with-rsc='k'/><rsc_order id='d'><resource_set id='e'><resource_ref id='n'/></resource_set></rsc_order></constraints>",
        "<resources><primitive id='k' class='ocf' type='Dummy'><meta_attributes id='m'/></primitive></resources><constraints><rsc_colocation id='c' rsc='k' with-rsc='k'/></constraints>",
        "Warning: resource n is dropped: its class is no longer supported (use a resource agent or systemd unit)\nInfo: group g is dropped: it would have no members\n"
        + "Info: constraint a is dropped: it is about a resource that was dropped\nInfo: constraint b is dropped: it is about a resource that was dropped\nInfo: constraint d is dropped: it is about a resource that was dropped\n"
        + "Warning: restart-type (t) is dropped: it is no longer supported (set kind of the orders it was meant for)");

    [Test]
    public void Keeps_references_and_gives_a_renamed_value_an_element_of_its_own() => Becomes("pacemaker-3.9",
        "<resources><primitive id='p'><meta_attributes id='m'><nvpair id='v' name='x' value='1'/></meta_attributes></primitive><primitive id='q'><meta_attributes id-ref='m'/><utilization id='u'><nvpair id-ref='v'/><nvpair id-ref='v' name='y'/></utilization></primitive></resources>",
        "<resources><primitive id='p'><meta_attributes id='m'><nvpair id='v' name='x' value='1'/></meta_attributes></primitive><primitive id='q'><meta_attributes id-ref='m'/><utilization id='u'><nvpair id-ref='v'/>"
        + "<nvpair id='pcmk__3_10_upgrade-v-y' name='y' value='1'/></utilization></primitive></resources>",
        "");

    [Test]
    public void Says_which_reference_leads_nowhere_or_to_itself()
    {
        var (_, messages) = Upgrade("pacemaker-3.9", "<resources><primitive id='p'><meta_attributes id-ref='nothing'/></primitive><x><rule id='r'><rule id-ref='r'/></rule></x></resources>");
        Assert.That(messages, Is.EqualTo("Error: meta_attributes refers to nothing, and there is no meta_attributes of that id\nError: rule r refers to itself"));
    }

    [Test]
    public void Ends_when_references_lead_on_and_on()
    {
        var text = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"<rule id='r{i}'><rule id-ref='r{i + 1}'/></rule>"));
        Assert.That(SchemaUpgrade.ToLatest(CibElement.Parse(Cib("pacemaker-3.9", $"<x>{text}</x>"), "f"), "f", out var messages), Is.Not.Null);
        Assert.That(messages.Exists(m => m.Severity == Severity.Error && m.Message.Contains("a chain of more than 16", StringComparison.Ordinal)), Is.True);
    }

    /// <summary>Rules that refer to rules that refer to rules...: ten levels of ten would be 10^10 elements.</summary>
    [Test]
    public void Ends_when_references_multiply()
    {
        var text = "<x>";
        for (var level = 0; level < 10; level++) text += $"<rule id='r{level}'>" + string.Concat(Enumerable.Repeat($"<rule id-ref='r{level + 1}'/>", 10)) + "</rule>";
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(SchemaUpgrade.ToLatest(CibElement.Parse(Cib("pacemaker-3.9", text + "<rule id='r10'/></x>"), "f"), "f", out var messages), Is.Not.Null);
        Assert.That(messages.Exists(m => m.Severity == Severity.Error && m.Message.StartsWith("references multiply", StringComparison.Ordinal)), Is.True);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000_000));
    }
}
