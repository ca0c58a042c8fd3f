using Appliance.Core.Diagnostics;

namespace Appliance.Cib.Tests;

public class A_configuration
{
    private static readonly string[] Frame =
    [
        "<cib validate-with='pacemaker-3.9' admin_epoch='0' epoch='1' num_updates='0'><configuration>",
        "<crm_config><cluster_property_set id='o'><nvpair id='o1' name='stonith-enabled' value='false'/></cluster_property_set></crm_config>",
        "<nodes><node id='1' uname='n1'/></nodes>",
        "<resources><primitive id='r1' class='ocf' provider='heartbeat' type='Dummy'/><primitive id='r2' class='lsb' type='x'/></resources>",
        "<constraints/>",
        "</configuration><status/></cib>",
    ];

    /// <summary>What is wrong, given as a section of the configuration with its replacement, and what is said of it; nothing if it is right.</summary>
    internal static readonly (string Section, string Error)[] Cases =
    [
        ("", ""),
        ("<resources><primitive id='a' class='ocf' provider='heartbeat' typ='Dummy'/></resources>", "primitive a has an unknown attribute typ (did you mean type?)|primitive a has no type (the resource agent's name)"),
        ("<resources><primitve id='a' class='lsb' type='x'/></resources>", "<primitve> cannot stand in <resources> (did you mean primitive?)"),
        ("<resources><primitive id='a' type='x'/></resources>", "primitive a has no class (class and type, or a template)"),
        ("<resources><primitive id='a' class='ocf' type='x'/></resources>", "primitive a has no provider (agents of the class ocf have one: heartbeat, pacemaker...)"),
        ("<resources><primitive id='a' class='lsb' provider='heartbeat' type='x'/></resources>", "primitive a has a provider (only agents of the class ocf have one, not lsb)"),
        ("<resources><primitive id='a' class='sysv' type='x'/></resources>", "primitive a: class=\"sysv\" is not valid (ocf, lsb, heartbeat, stonith, service, systemd)"),
        ("<resources><primitive id='1a' class='lsb' type='x'/></resources>", "primitive 1a: id=\"1a\" is not valid (a letter or _ first, then letters, digits and . - _)"),
        ("<resources><primitive id='a' class='lsb' type='x'/><primitive id='a' class='lsb' type='x'/></resources>", "the id a is used twice: <primitive> of line 1 has it (an id names one element)"),
        ("<resources><primitive class='lsb' type='x'/></resources>", "<primitive> has no id"),
        ("<resources><primitive id='a' template='t'/></resources>", "primitive a refers to t (template), which does not exist"),
        ("<resources><group id='g'/></resources>", "group g has no <primitive>"),
        ("<resources><clone id='c'/></resources>", "clone c has not exactly one resource (one primitive or one group)"),
        ("<resources><primitive id='a' class='lsb' type='x'><operations><op id='o2' name='monitor'/></operations></primitive></resources>", "op o2 has no interval"),
        ("<resources><primitive id='a' class='lsb' type='x'><operations><op id='o2' name='monitor' interval='0' on-fail='panic'/></operations></primitive></resources>",
            "op o2: on-fail=\"panic\" is not valid (ignore, block, demote, stop, restart, standby, fence, restart-container)"),
        ("<resources><primitive id='a' class='lsb' type='x'><meta_attributes id='m' score='high'/></primitive></resources>", "meta_attributes m: score=\"high\" is not valid (a number, INFINITY or -INFINITY)"),
        ("<resources><primitive id='a' class='lsb' type='x'><meta_attributes/></primitive></resources>", "<meta_attributes> has neither id nor id-ref"),
        ("<resources><primitive id='a' class='lsb' type='x'><meta_attributes id='m'><nvpair id='n' value='1'/></meta_attributes></primitive></resources>", "nvpair n has no name"),
        ("<resources><bundle id='b'><network/></bundle></resources>", "bundle b has not exactly one container technology (docker or podman)"),
        ("<resources><bundle id='b'><docker/></bundle></resources>", "<docker> has no image"),
        ("<constraints><rsc_location id='l' rsc='r1' node='n1' score='1'/></constraints>", ""),
        ("<constraints><rsc_location id='l' rsc='r9' node='n1' score='1'/></constraints>", "rsc_location l refers to r9 (rsc), which does not exist (did you mean r1?)"),
        ("<constraints><rsc_location id='l' rsc='r1' node='n1'/></constraints>", "location constraint l has no score"),
        ("<constraints><rsc_location id='l' rsc='r1'/></constraints>", "location constraint l names no node (node and score, or a rule)"),
        ("<constraints><rsc_location id='l' node='n1' score='1'/></constraints>", "location constraint l must say in one way which resources it is for (rsc, rsc-pattern, or resource sets)"),
        ("<constraints><rsc_colocation id='l' rsc='r1'/></constraints>", "rsc_colocation l has no with-rsc"),
        ("<constraints><rsc_order id='l' first='r1' then='r2' kind='Sometimes'/></constraints>", "rsc_order l: kind=\"Sometimes\" is not valid (Optional, Mandatory, Serialize)"),
        ("<constraints><rsc_order id='l' first='r1' then='r2' symmetrical='yes'/></constraints>", "rsc_order l: symmetrical=\"yes\" is not valid (true or false)"),
        ("<constraints><rsc_order id='l'><resource_set id='s'><resource_ref id='r7'/></resource_set></rsc_order></constraints>", "<resource_ref> of resource_set s refers to r7 (id), which does not exist (did you mean r1?)"),
        ("<constraints><rsc_order id='l'><resource_set id='s'/></rsc_order></constraints>", "resource_set s has no <resource_ref>"),
        ("<constraints><rsc_ticket id='l' rsc='r1'/></constraints>", "rsc_ticket l has no ticket"),
        ("<constraints><rsc_location id='l' rsc='r1'><rule id='u' score='1'/></rsc_location></constraints>", "rule u has no conditions"),
        ("<constraints><rsc_location id='l' rsc='r1'><rule id='u' score='1'><expression id='e' attribute='a' operation='like' value='1'/></rule></rsc_location></constraints>",
            "expression e: operation=\"like\" is not valid (lt, gt, lte, gte, eq, ne, defined, not_defined)"),
        ("<constraints><rsc_location id='l' rsc='r1'><rule id='u' score='1'><date_expression id='e' operation='gt'/></rule></rsc_location></constraints>", "date_expression e: gt needs a start"),
        ("<nodes><node uname='n1'/></nodes>", "<node> has no id"),
        ("<nodes><node id='1' uname='n1' type='ghost'/></nodes>", "node 1: type=\"ghost\" is not valid (member, remote)"),
        ("<fencing-topology><fencing-level id='f' target='n1' index='1' devices='r1'/></fencing-topology>", ""),
        ("<fencing-topology><fencing-level id='f' index='1' devices='r1'/></fencing-topology>", "fencing-level f must say in one way which nodes it is for (target, target-pattern, or target-attribute and target-value)"),
        ("<fencing-topology><fencing-level id='f' target='n1' index='0' devices='r1'/></fencing-topology>", "fencing-level f: index=\"0\" is not valid (a number from 1 to 9)"),
        ("<fencing-topology><fencing-level id='f' target='n1' index='1' devices='r1, r2'/></fencing-topology>", "fencing-level f: devices=\"r1, r2\" is not valid (ids of fencing resources, separated by commas)"),
        ("<acls><acl_target id='u'><role id='reader'/></acl_target></acls>", "<role> of acl_target u refers to reader (id), which does not exist"),
        ("<acls><acl_role id='reader'><acl_permission id='p' kind='read'/></acl_role></acls>", "acl_permission p has none of xpath, reference, object-type"),
        ("<tags><tag id='t'/></tags>", "tag t has no <obj_ref>"),
        ("<alerts><alert id='al'/></alerts>", "alert al has no path"),
        ("<alerts><alert id='al' path='/bin/true'><select><select_attributes><attribute id='x' name='y'/></select_attributes></select><recipient id='rc' value='v'/></alert></alerts>", ""),
    ];

    private static IEnumerable<int> Numbers => Enumerable.Range(0, Cases.Length);

    private static string Document(string section)
    {
        var parts = (string[])Frame.Clone();
        var at = Array.FindIndex(parts, p => section.Length > 0 && p.StartsWith(section[..section.IndexOfAny([' ', '>', '/'])], StringComparison.Ordinal));
        if (at >= 0) parts[at] = section;
        else parts[4] += section;
        return string.Concat(parts);
    }

    [Test]
    public void Is_told_what_is_wrong_with_it([ValueSource(nameof(Numbers))] int number)
    {
        var (section, error) = Cases[number];
        var cib = SchemaUpgrade.ToLatest(CibElement.Parse(Document(section), "f"), "f", out _)!;
        var problems = CibValidator.Check(cib, "f").FindAll(p => p.Severity == Severity.Error);
        Assert.That(string.Join("|", problems.Select(p => p.Remedy.Length > 0 ? $"{p.Message} ({p.Remedy})" : p.Message)), Is.EqualTo(error), section);
        Assert.That(problems.TrueForAll(p => p.Line == 1 && p.Column > 1), Is.True);
    }

    /// <summary>The same documents given to the real crm_verify: it refuses what is refused here, and nothing else.</summary>
    [Test, Category("peer")]
    public void Is_refused_when_the_real_crm_verify_refuses_it([ValueSource(nameof(Numbers))] int number)
    {
        var (section, error) = Cases[number];
        var theirs = Peer.Run("crm_verify", ["-X", Document(section)]);
        Assert.That(theirs.Exit, Is.EqualTo(error.Length > 0 ? 78 : 0), theirs.Error);      // 78: CRM_EX_CONFIG
    }

    [TestCase("<cib/>", "<cib> has no admin_epoch|<cib> has no epoch|<cib> has no num_updates|<cib> has no <configuration>")]
    [TestCase("<resources/>", "the root element is <resources> (a configuration is in <cib>)")]
    [TestCase("<cib admin_epoch='0' epoch='x' num_updates='0'><configuration>text<crm_config/><nodes/><resources/><constraints/></configuration></cib>",
        "<cib>: epoch=\"x\" is not valid (a number, 0 or more)|<configuration> has text in it: \"text\" (everything a configuration says stands in attributes)")]
    public void Must_be_whole(string document, string expected) =>
        Assert.That(string.Join("|", CibValidator.Check(CibElement.Parse(document, "f"), "f").Select(p => p.Remedy.Length > 0 ? $"{p.Message} ({p.Remedy})" : p.Message)), Is.EqualTo(expected));

    [TestCase("<constraints><rsc_location id='l' rsc='o' node='n1' score='1'/></constraints>", "rsc_location l is about o, which is a <cluster_property_set> (a resource, template or tag)")]
    [TestCase("<resources><primitive id='r1' template='o'/></resources>", "primitive r1 refers to o as its template, which is a <cluster_property_set>")]
    [TestCase("<nodes><node id='1' uname='n1'/><node id='2' uname='N1'/></nodes>", "two nodes are called N1")]
    [TestCase("<resources><primitive id='a' class='lsb' type='x'><meta_attributes id-ref='o'/></primitive></resources>", "<meta_attributes> refers to o, which is a <cluster_property_set> (id-ref names another <meta_attributes>)")]
    public void Refers_to_what_is_meant(string section, string expected) =>
        Assert.That(string.Join("|", CibValidator.Check(CibElement.Parse(Document(section), "f"), "f").Select(p => p.Remedy.Length > 0 ? $"{p.Message} ({p.Remedy})" : p.Message)), Is.EqualTo(expected));

    [Test]
    public void Is_warned_of_what_is_seldom_meant()
    {
        var document = Document("<resources><primitive id='a' class='lsb' type='x'><operations><op id='o2' name='monitor' interval='often'/></operations><meta_attributes id='m'><nvpair id='n' name='x' value='1'/><nvpair id='k' name='x' value='2'/></meta_attributes></primitive></resources>");
        Assert.That(CibValidator.Check(CibElement.Parse(document, "f"), "f").Select(p => $"{p.Severity}: {p.Message}"),
            Is.EqualTo(new[] { "Warning: op o2: interval=\"often\" is not a time and counts as the default", "Warning: meta_attributes m has x more than once; the first counts" }));
    }
}
