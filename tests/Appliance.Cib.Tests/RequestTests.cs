using Appliance.Cib.Requests;
namespace Appliance.Cib.Tests;

public class A_request
{
    private const string Document = """
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="3" admin_epoch="0"><configuration>
          <crm_config/><nodes><node id="1" uname="alpha"/><node id="2" uname="beta"/></nodes>
          <resources><primitive id="a" class="lsb" type="x"><meta_attributes id="m"><nvpair id="n" name="target-role" value="Stopped"/></meta_attributes></primitive><primitive id="b" class="lsb" type="y"/></resources>
          <constraints/></configuration><status/></cib>
        """;

    private static CibElement Cib => CibElement.Parse(Document, "f");

    private static (CibReply Reply, CibElement After) Do(CibOperation operation, string? section, string? data, CibOptions options = CibOptions.None)
    {
        var reply = FileRequests.Apply(Cib, new(operation, section, data is null ? null : CibElement.Parse(data, "data"), options), out var after);
        return (reply, after);
    }

    [TestCase(CibOperation.Modify, null, "<node id='1' description='x'/>", CibResult.Ok, "0.6.0")]
    [TestCase(CibOperation.Modify, null, "<node id='1' uname='alpha'/>", CibResult.Ok, "0.5.3")]
    [TestCase(CibOperation.Modify, null, "<cib admin_epoch='admin_epoch++'/>", CibResult.Ok, "1.5.4")]
    [TestCase(CibOperation.Modify, null, "<cib admin_epoch='admin_epoch+=5'/>", CibResult.Ok, "5.5.4")]
    [TestCase(CibOperation.Modify, null, "<cib epoch='1'/>", CibResult.OldData, "0.5.3")]
    [TestCase(CibOperation.Modify, null, "<node id='9'/>", CibResult.NoSuchObject, "0.5.3")]
    [TestCase(CibOperation.Modify, "resources", "<primitive id='a' klass='x'/>", CibResult.SchemaViolated, "0.5.3")]
    [TestCase(CibOperation.Modify, null, "<cib crm_feature_set='99.0'/>", CibResult.NotSupported, "0.5.3")]
    [TestCase(CibOperation.Create, "nodes", "<node id='3' uname='gamma'/>", CibResult.Ok, "0.6.0")]
    [TestCase(CibOperation.Create, "nodes", "<node id='2' uname='gamma'/>", CibResult.Exists, "0.5.3")]
    [TestCase(CibOperation.Create, "status", "<node_state id='1' uname='alpha'/>", CibResult.Ok, "0.5.4")]
    [TestCase(CibOperation.Replace, null, "<cib/>", CibResult.OldData, "0.5.3")]
    [TestCase(CibOperation.Replace, "resources", "<resources/>", CibResult.Ok, "0.6.0")]
    [TestCase(CibOperation.Replace, "resources", "<primitive id='z'/>", CibResult.NoSuchObject, "0.5.3")]
    [TestCase(CibOperation.Delete, null, "<primitive class='lsb'/>", CibResult.Ok, "0.6.0")]
    [TestCase(CibOperation.Delete, null, "<primitive class='ocf'/>", CibResult.Ok, "0.5.3")]
    [TestCase(CibOperation.Bump, null, null, CibResult.Ok, "0.6.4")]
    [TestCase(CibOperation.Erase, null, null, CibResult.Ok, "1.6.0")]
    [TestCase(CibOperation.Upgrade, null, null, CibResult.Ok, "0.5.3")]
    [TestCase(CibOperation.Modify, null, null, CibResult.Invalid, "0.5.3")]
    public void Makes_the_next_version_or_leaves_the_document_alone(CibOperation operation, string? section, string? data, CibResult result, string version)
    {
        var (reply, after) = Do(operation, section, data);
        Assert.That((reply.Result, CibVersion.Of(after).ToString()), Is.EqualTo((result, version)));
        if (result != CibResult.Ok) Assert.That(after.ToString(), Is.EqualTo(Cib.ToString()));
    }

    [Test]
    public void Merges_what_it_brings_into_what_is_there()
    {
        var (_, after) = Do(CibOperation.Modify, "resources", "<primitive id='a' description='d'><meta_attributes id='m'><nvpair id='n' value='Started'/><nvpair id='o' name='x' value='1'/></meta_attributes></primitive>");
        Assert.That(after.Descendants("primitive").First().ToString(CibFormat.Compact), Is.EqualTo(
            "<primitive id=\"a\" class=\"lsb\" type=\"x\" description=\"d\"><meta_attributes id=\"m\"><nvpair id=\"n\" name=\"target-role\" value=\"Started\"/><nvpair id=\"o\" name=\"x\" value=\"1\"/></meta_attributes></primitive>"));
    }

    /// <summary>One after the other they are looked for along the siblings, all at once in a table.</summary>
    [Test]
    public void Merges_many_as_it_merges_each([Range(1, 200)] int seed)
    {
        var random = new Random(seed);
        var (start, update) = (Any(random.Next(30)), Any(random.Next(60)));
        var (one, all) = (start.Clone(), start.Clone());
        foreach (var child in update.Nodes)
        {
            var alone = update.CloneShallow();
            alone.Add(child.Clone());
            CibMerge.Update(one, alone);
        }
        CibMerge.Update(all, update);
        Assert.That(all.ToString(), Is.EqualTo(one.ToString()), $"{start}\n{update}");

        CibElement Any(int children)
        {
            var element = new CibElement("top").Set("id", "t");
            for (var i = 0; i < children; i++)
            {
                var child = element.Add(random.Next(2) == 0 ? "x" : "y");
                if (random.Next(5) != 0) child.Set("id", $"{random.Next(20)}");
                if (random.Next(5) == 0) child.Set("id-ref", $"{random.Next(5)}");
                child.Set("value", random.Next(4) == 0 ? "value++" : $"{random.Next(9)}");
                if (random.Next(3) == 0) child.Add("z").Set("id", $"{random.Next(3)}").Set("v", $"{i}");
            }
            return element;
        }
    }

    /// <summary>Each compared with each, these would be ten thousand million.</summary>
    [Test, CancelAfter(20_000)]
    public void Merges_a_hundred_thousand_siblings_in_no_time(CancellationToken late)
    {
        var (target, update) = (new CibElement("top"), new CibElement("top"));
        for (var i = 0; i < 100_000; i++)
        {
            target.Add("x").Set("id", $"{i}");
            update.Add("x").Set("id", $"{i + 50_000}").Set("v", "1");
        }
        CibMerge.Update(target, update);
        Assert.That((target.Children.Count, target.Children[50_000]["v"], target.Children[49_999]["v"], late.IsCancellationRequested), Is.EqualTo((150_000, "1", (string?)null, false)));
        var made = new CibElement("parent");
        CibMerge.Create(made, update);
        Assert.That((made.Children[0].Children.Count, late.IsCancellationRequested), Is.EqualTo((100_000, false)));
    }

    [TestCase("//primitive", CibOptions.XPath, "b")]
    [TestCase("//primitive", CibOptions.XPath | CibOptions.Multiple, "")]
    [TestCase("//nothing", CibOptions.XPath, "a b")]
    public void Deletes_the_first_that_an_XPath_selects_or_all(string path, CibOptions options, string left) =>
        Assert.That(string.Join(' ', Do(CibOperation.Delete, path, null, options).After.Descendants("primitive").Select(p => p.Id)), Is.EqualTo(left));

    /// <summary>Even where it is the same: other nodes must hear of it, as with Pacemaker.</summary>
    [Test]
    public void That_replaces_something_makes_an_epoch() =>
        Assert.That(CibVersion.Of(Do(CibOperation.Replace, "//node[@id='2']", "<node id='2' uname='beta'/>", CibOptions.XPath).After).ToString(), Is.EqualTo("0.6.0"));

    [Test]
    public void Can_be_undone_by_the_tool_that_made_it()
    {
        var cib = Cib;
        Assert.That(FileRequests.Apply(cib, ResourceRequests.Ban("a", "alpha", promoted: false, end: null), out var banned).Result, Is.EqualTo(CibResult.Ok));
        Assert.That(FileRequests.Apply(banned, ResourceRequests.Prefer("a", "beta", promoted: false, end: "2030-01-01 00:00:00Z"), out banned).Result, Is.EqualTo(CibResult.Ok));
        Assert.That(string.Join(' ', banned.Descendants("rsc_location").Select(l => l.Id)), Is.EqualTo("cli-ban-a-on-alpha cli-prefer-a"));
        foreach (var node in (string[])["alpha", "beta"])
            foreach (var request in ResourceRequests.Clear("a", node, bans: true, anyNode: false)) FileRequests.Apply(banned, request, out banned);
        Assert.That(banned.Descendants("rsc_location"), Is.Empty);
    }

    [TestCase("crm_config", null, null, "//cib/configuration/crm_config//cluster_property_set//nvpair[@name='x']")]
    [TestCase("nodes", "1", null, "//cib/configuration/nodes//node[@id='1']//instance_attributes//nvpair[@name='x']")]
    [TestCase("nodes", "1", "utilization", "//cib/configuration/nodes//node[@id='1']//utilization//nvpair[@name='x']")]
    [TestCase("status", "1", null, "//cib/status//node_state[@id='1']//transient_attributes//nvpair[@name='x']")]
    [TestCase("tickets", null, null, "//cib/status//tickets//instance_attributes//nvpair[@name='x']")]
    public void For_an_attribute_looks_where_Pacemaker_looks(string section, string? node, string? kind, string path) =>
        Assert.That(AttributeRequests.Query(new(section, node, kind, null, null, "x")).Request?.Section, Is.EqualTo(path));

    [Test]
    public void Of_a_patch_is_shown_as_lines()
    {
        var after = Do(CibOperation.Modify, "resources", "<primitive id='a' description='d'/>").After;
        Assert.That(string.Join('\n', PatchText.Lines(CibPatch.Create(Cib, after)!)), Is.EqualTo("""
            Diff: --- 0.5.3 2
            Diff: +++ 0.6.0 (null)
            +  /cib:  @epoch=6, @num_updates=0
            +  /cib/configuration/resources/primitive[@id='a']:  @description=d
            """));
    }
}
