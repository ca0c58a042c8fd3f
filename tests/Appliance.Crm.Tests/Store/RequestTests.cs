using Appliance.Cib;
using Appliance.Crm.Store;

namespace Appliance.Crm.Tests.Store;

/// <summary>What requests do to the version and say of themselves, where cibadmin on a file does not show it.</summary>
public class A_request
{
    private static readonly CibMoment Moment = new(CibTime.FromEpoch(1_800_000_000), "Fri Jan 15 08:00:00 2027");

    private static CibElement Document => CibElement.Parse("""
        <cib crm_feature_set="3.20.5" validate-with="pacemaker-4.0" admin_epoch="0" epoch="7" num_updates="4">
          <configuration><crm_config/><nodes><node id="1" uname="n1"/></nodes><resources/><constraints/></configuration>
          <status><node_state id="1" uname="n1"/></status>
        </cib>
        """, "d");

    private static CibRequest Modify(string xml, string? section = null) => new(CibOperation.Modify, section, CibElement.Parse(xml, "i")) { Origin = "n1", Client = "crm_attribute", User = "root" };

    private static string Version(CibOutcome outcome) => CibVersion.Of(outcome.Document).ToString();

    [Test]
    public void On_the_configuration_makes_an_epoch_and_notes_who_wrote()
    {
        var outcome = CibRequests.Perform(Document, Modify("<node id='1' uname='n1' type='member'/>"), Moment);
        Assert.That((outcome.Error, outcome.ConfigurationChanged, Version(outcome)), Is.EqualTo((CibError.None, true, "0.8.0")));
        Assert.That(outcome.Document["cib-last-written"], Is.EqualTo("Fri Jan 15 08:00:00 2027"));
        Assert.That((outcome.Document["update-origin"], outcome.Document["update-client"], outcome.Document["update-user"]), Is.EqualTo(("n1", "crm_attribute", "root")));
    }

    [Test]
    public void On_the_status_makes_an_update_and_says_nothing_of_who_wrote()
    {
        var outcome = CibRequests.Perform(Document, Modify("<node_state id='1' in_ccm='true'/>", "status"), Moment);
        Assert.That((outcome.Error, outcome.ConfigurationChanged, Version(outcome)), Is.EqualTo((CibError.None, false, "0.7.5")));
        Assert.That(outcome.Document["update-origin"], Is.Null);
    }

    [Test]
    public void That_changes_nothing_leaves_the_version()
    {
        var document = Document;
        var outcome = CibRequests.Perform(document, Modify("<node id='1' uname='n1'/>"), Moment);
        Assert.That((outcome.Error, outcome.Patch, Version(outcome)), Is.EqualTo((CibError.None, (CibElement?)null, "0.7.4")));
        Assert.That(outcome.Document, Is.SameAs(document));
    }

    [Test]
    public void Makes_a_patch_that_makes_the_same_document_of_another_copy()
    {
        var outcome = CibRequests.Perform(Document, Modify("<node id='1' uname='n1' type='member'/>"), Moment);
        Assert.That(CibPatch.Apply(Document, outcome.Patch!, checkVersion: true, out var result, out var problem), Is.EqualTo(PatchOutcome.Applied), problem);
        Assert.That(result!.ToString(), Is.EqualTo(outcome.Document.ToString()));
    }

    /// <summary>Tools that write a part anew do not keep the order of attributes.</summary>
    [Test]
    public void That_gives_attributes_in_another_order_makes_the_same_text_everywhere()
    {
        var request = new CibRequest(CibOperation.Replace, "nodes", CibElement.Parse("<nodes><node uname='n1' id='1'/><node uname='n2' id='2'/></nodes>", "i"));
        var outcome = CibRequests.Perform(Document, request, Moment);
        Assert.That(CibPatch.Apply(Document, outcome.Patch!, checkVersion: true, out var result, out var problem), Is.EqualTo(PatchOutcome.Applied), problem);
        Assert.That(result!.ToString(), Is.EqualTo(outcome.Document.ToString()));
        Assert.That(result.Descendants("node").Count(), Is.EqualTo(2));
    }

    [Test]
    public void That_is_only_tried_changes_nothing()
    {
        var document = Document;
        var before = document.ToString();
        var outcome = CibRequests.Perform(document, Modify("<node id='1' uname='n1' type='member'/>") with { Options = CibOptions.DryRun }, Moment);
        Assert.That((outcome.Error, outcome.Document.ToString(), outcome.Patch), Is.EqualTo((CibError.None, before, (CibElement?)null)));
        Assert.That(outcome.Output!.Descendants("node").Single()["type"], Is.EqualTo("member"));
    }

    [TestCase("<node id='1' bogus='1'/>", CibError.Schema)]
    [TestCase("<node id='9'/>", CibError.NoSuch)]
    [TestCase("<cib epoch='6'/>", CibError.OldData)]
    [TestCase("<cib crm_feature_set='99.0'/>", CibError.TooNew)]
    public void That_is_refused_leaves_the_document(string xml, CibError expected)
    {
        var document = Document;
        var before = document.ToString();
        var outcome = CibRequests.Perform(document, Modify(xml), Moment);
        Assert.That((outcome.Error, outcome.Document.ToString()), Is.EqualTo((expected, before)));
    }

    [Test]
    public void Of_several_steps_does_all_or_nothing()
    {
        var good = Modify("<node id='1' uname='n1' type='member'/>");
        var bad = new CibRequest(CibOperation.Create, "nodes", CibElement.Parse("<node id='1' uname='other'/>", "i"));
        var document = Document;
        Assert.That(CibRequests.Perform(document, new(CibOperation.Commit) { Steps = [good, bad] }, Moment).Error, Is.EqualTo(CibError.Exists));
        Assert.That(document.Descendants("node").Single()["type"], Is.Null);
        var both = CibRequests.Perform(document, new(CibOperation.Commit) { Steps = [good, new(CibOperation.Create, "nodes", CibElement.Parse("<node id='2' uname='n2'/>", "i"))] }, Moment);
        Assert.That(both.Document.Descendants("node").Select(n => n.Id), Is.EqualTo(new[] { "1", "2" }));
        Assert.That(both.ConfigurationChanged, Is.True);
    }

    [Test]
    public void To_upgrade_raises_the_administrators_number_and_says_when_there_is_nothing_to_do()
    {
        var old = Document.Set("validate-with", "pacemaker-3.0");
        var outcome = CibRequests.Perform(old, new(CibOperation.Upgrade), Moment);
        Assert.That((outcome.Error, outcome.Document["validate-with"], outcome.Document["admin_epoch"]), Is.EqualTo((CibError.None, "pacemaker-3.9", "1")), "what tools with Debian's schemas can read");
        foreach (var newest in new[] { "pacemaker-3.9", "pacemaker-3.10", "pacemaker-4.0" })
            Assert.That(CibRequests.Perform(Document.Set("validate-with", newest), new(CibOperation.Upgrade), Moment).Error, Is.EqualTo(CibError.SchemaUnchanged), newest);
        Assert.That(CibRequests.Perform(old, new(CibOperation.Upgrade) { SchemaLimit = "pacemaker-4.0" }, Moment).Document["validate-with"], Is.EqualTo("pacemaker-4.0"), "who asks for it");
    }

    /// <summary>A document with a group and access control, in which alice may read all and write what the permission says.</summary>
    private static CibElement Guarded(string permission)
    {
        var document = Document;
        var configuration = document.Element("configuration")!;
        configuration.Element("crm_config")!.Add(CibElement.Parse("<cluster_property_set id='o'><nvpair id='o1' name='enable-acl' value='true'/></cluster_property_set>", "i"));
        configuration.Element("resources")!.Add(CibElement.Parse("<group id='g'><primitive id='a' class='lsb' type='x'/><primitive id='b' class='lsb' type='y'/></group>", "i"));
        configuration.Add(CibElement.Parse($"<acls><acl_target id='alice'><role id='r'/></acl_target><acl_role id='r'><acl_permission id='p' kind='read' object-type='nodes'/>{permission}</acl_role></acls>", "i"));
        return document;
    }

    [TestCase("", CibError.Denied)]
    [TestCase("<acl_permission id='w' kind='write' object-type='nodes'/>", CibError.Denied)]
    [TestCase("<acl_permission id='w' kind='write' object-type='primitive'/>", CibError.None)]
    [TestCase("<acl_permission id='w' kind='write' reference='g'/>", CibError.None)]
    public void To_put_a_group_into_another_order_needs_a_permission_for_its_members(string permission, CibError expected)
    {
        var request = new CibRequest(CibOperation.Replace, "resources", CibElement.Parse("<group id='g'><primitive id='b' class='lsb' type='y'/><primitive id='a' class='lsb' type='x'/></group>", "i")) { User = "alice" };
        Assert.That(CibRequests.Perform(Guarded(permission), request, Moment).Error, Is.EqualTo(expected));
    }

    [Test]
    public void That_is_only_tried_shows_a_user_no_more_than_a_query()
    {
        var request = Modify("<primitive id='a' type='z'/>") with { User = "alice", Options = CibOptions.DryRun };
        var outcome = CibRequests.Perform(Guarded("<acl_permission id='w' kind='write' reference='a'/>"), request, Moment);
        Assert.That((outcome.Error, outcome.Output!.Descendants("primitive").Select(p => p.Id).Single(), outcome.Output.Element("status")), Is.EqualTo((CibError.None, "a", (CibElement?)null)));
    }

    /// <summary>What an ACL names is a text and no part of a path.</summary>
    [TestCase("reference=\"it's\"", "it's")]
    [TestCase("reference='it&apos;s &quot;b&quot;'", "it's \"b\"")]
    [TestCase("reference=\"x'] | //*[@id='b\"", "")]
    [TestCase("object-type=\"node | //primitive\"", "")]
    [TestCase("object-type=\"primitive\" attribute=\"id or @class\"", "")]
    [TestCase("object-type=\"primitive\" attribute=\"provider\"", "p")]
    public void Of_a_user_shows_what_the_words_of_an_ACL_stand_for(string words, string shown)
    {
        var document = Guarded($"<acl_permission id='q' kind='read' {words}/>");
        var resources = document.Element("configuration")!.Element("resources")!;
        foreach (var id in (string[])["it's", "it's \"b\"", "p"]) resources.Add("primitive").Set("id", id).Set("class", "ocf").Set("provider", id == "p" ? "pacemaker" : null);
        var outcome = CibRequests.Perform(document, new(CibOperation.Query) { User = "alice" }, Moment);
        Assert.That(string.Join('|', outcome.Output!.Descendants("primitive").Select(p => p.Id)), Is.EqualTo(shown));
    }

    [TestCase("cibadmin", null, true, true)]
    [TestCase("crmd", null, false, false)]
    [TestCase("cibadmin", "alice", true, false)]
    public void That_breaks_the_schema_is_shown_to_whoever_asked(string client, string? user, bool isShown, bool hasOptions)
    {
        var document = Guarded("<acl_permission id='w' kind='write' object-type='resources'/>");
        var outcome = CibRequests.Perform(document, new(CibOperation.Create, "resources", CibElement.Parse("<nonsense id='n'/>", "i")) { Client = client, User = user }, Moment);
        Assert.That((outcome.Error, outcome.Output?.Descendants("nonsense").Any() ?? false, outcome.Output?.Descendants("nvpair").Any() ?? false), Is.EqualTo((CibError.Schema, isShown, hasOptions)));
    }

    [Test]
    public void To_replace_a_part_by_itself_is_no_way_to_raise_the_epoch_without_a_permission()
    {
        var request = new CibRequest(CibOperation.Replace, "//primitive[@id='b']", CibElement.Parse("<primitive id='b' class='lsb' type='y'/>", "i"), CibOptions.XPath);
        Assert.That(Version(CibRequests.Perform(Guarded(""), request with { User = "alice" }, Moment)), Is.EqualTo("0.7.4"));
        Assert.That(Version(CibRequests.Perform(Guarded(""), request, Moment)), Is.EqualTo("0.8.0"));
    }

    [Test]
    public void Of_a_group_member_is_judged_by_the_groups_permissions()
    {
        var document = Document;
        document.Element("configuration")!.Element("crm_config")!.Add(CibElement.Parse("<cluster_property_set id='o'><nvpair id='o1' name='enable-acl' value='true'/></cluster_property_set>", "i"));
        document.Element("configuration")!.Add(CibElement.Parse(
            "<acls><acl_group id='ops'><role id='r'/></acl_group><acl_role id='r'><acl_permission id='p' kind='write' object-type='node'/></acl_role></acls>", "i"));
        var request = Modify("<node id='1' uname='n1' type='member'/>") with { User = "alice" };
        Assert.That(CibRequests.Perform(document, request, Moment).Error, Is.EqualTo(CibError.Denied));
        Assert.That(CibRequests.Perform(document, request with { Groups = ["users", "ops"] }, Moment).Error, Is.EqualTo(CibError.None));
    }
}
