namespace Appliance.Cib.Tests;

public class An_xpath
{
    private const string Document = """
        <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0"><configuration>
          <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes/>
          <resources>
            <primitive id="r1" class="ocf" provider="heartbeat" type="Dummy"><operations><op id="m1" name="monitor" interval="10s"/><op id="m2" name="start" interval="0" timeout="20"/></operations></primitive>
            <group id="g"><primitive id="r2" class="lsb" type="x"><meta_attributes id="ma"><nvpair id="t" name="target-role" value="Stopped"/></meta_attributes></primitive><primitive id="r3" class="lsb" type="y"/></group>
            <clone id="c"><primitive id="r4" class="ocf" provider="pacemaker" type="Stateful"/></clone>
          </resources><constraints/></configuration><status/></cib>
        """;

    private static readonly string[] Selecting =
    [
        "/", "/cib", "/cib/configuration/resources", "//primitive", "//*[@id='r1']", "//nvpair[@name='target-role']", "//nvpair[@name=\"target-role\"]/@value", "//@interval", "//op[1]", "//op[2]", "(//op)[2]", "//op[last()]",
        "//op/..", "//primitive | //group", "//group | //primitive", "//primitive[@class='ocf' and @type='Dummy']", "//primitive[@class='ocf' or @type='y']", "//primitive[not(@provider)]", "//primitive[starts-with(@id, 'r')]",
        "//primitive[contains(@type, 'um')]", "//op[@timeout > 10]", "//op[@timeout >= 20]", "//op[@timeout < 20]", "//primitive[operations]", "//primitive[operations/op[@name='start']]", "//primitive[.//nvpair]", "//group/primitive[position() = 2]",
        "//primitive[count(operations/op) = 2]", "//resources/*", "//resources/node()", "//primitive/ancestor::*", "//primitive[@id='r3']/ancestor::group", "//primitive[@id='r2']/following-sibling::primitive", "//primitive[@id='r3']/preceding-sibling::*[1]",
        "//primitive[@id='r1']/following::primitive", "//primitive[@id='r4']/preceding::primitive[1]", "//*[name()='clone']", "//*[local-name()='clone']//*", "//group//descendant-or-self::*", "//primitive[string-length(@type) = 1]",
        "//primitive[substring(@type, 2, 3) = 'umm']", "//primitive[substring-before(@type, 'ful') = 'State']", "//primitive[substring-after(@type, 'State') = 'ful']", "//primitive[translate(@type, 'xy', 'yx') = 'x']", "//primitive[normalize-space(@type) = 'x']",
        "//primitive[concat(@class, ':', @type) = 'lsb:y']", "//op[@interval = '0' or number(@timeout) = 20]", "//primitive[@id != 'r1']", "//primitive[@id = //nvpair/../../@id]", "//primitive[position() mod 2 = 1]", "//op[3 - 1]", "//op[-1 + 2]",
        "//primitive[boolean(@provider)]", "//primitive[true()]", "/*[false()]", "//primitive[sum(//op/@timeout) != sum(//op/@timeout)]", "//op[floor(1.7)]", "//op[round(1.5)]", "//op[ceiling(1.2)]", "self::node()/cib", "./cib", "//primitive/.", "//nothing",
        "//attribute::name", "child::cib/child::*", "//primitive[@id='r1' ] [1]", " // primitive [ @id = 'r1' ] ", "//op[@name='monitor']/parent::operations/parent::primitive", "//*[@id='g' or @id='c']/primitive", "//status", "//primitive[@*[. = 'y']]",
    ];

    private static readonly string[] Wrong = ["//primitive[", "//primitive[@id='r1'", "", "//", "count(", "//primitive[@id=]", "foo()", "//primitive[unknown(@id)]", "//primitive]", "//sideways::x", "'abc", "1 +", "//primitive[count()]"];

    /// <summary>The real cibadmin selects the same elements (it names an element once for each of its attributes that matches).</summary>
    [TestCase("plain")]
    [TestCase("it's")]
    [TestCase("say \"so\"")]
    [TestCase("it's \"so\"")]
    [TestCase("'\"'\"")]
    [TestCase("x'] | //*[@id=\"a")]
    public void Has_any_text_as_a_literal(string text)
    {
        var root = new CibElement("r");
        root.Add("e").Set("id", "a");
        root.Add("e").Set("id", text);
        Assert.That(CibPath.TryParse($"//e[@id={CibPath.Literal(text)}]", out var path, out var problem), Is.True, problem);
        Assert.That(path!.Select(root, out _).Select(e => e.Id), Is.EqualTo(new[] { text }));
    }

    [Test, Category("peer")]
    public void Selects_what_it_selects_for_the_real_cibadmin([ValueSource(nameof(Selecting))] string text)
    {
        var root = CibElement.Parse(Document, "f");
        Assert.That(CibPath.TryParse(text, out var path, out var problem), Is.True, problem);
        var ours = path!.Select(root, out problem).Select(CibDiff.PathOf);
        using var files = new PeerFiles(Document);
        var theirs = Peer.Run("cibadmin", ["-Q", "-e", "--xpath", text], cib: files[0]);
        Assert.That(theirs.Exit, Is.AnyOf(0, 105), theirs.Error);       // 105: nothing there
        Assert.That(ours, Is.EqualTo(theirs.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct()), problem);
    }

    [TestCase("//primitive", "r1 r2 r3 r4")]
    [TestCase("//primitive[@class='lsb'][2]", "r3")]
    [TestCase("(//primitive[@class='lsb'])[2]", "r3")]
    [TestCase("//nvpair/@value", "o1 t")]
    [TestCase("//primitive[@id='r3']/preceding::primitive[1]", "r2")]
    [TestCase("//group | //primitive[@id='r1']", "r1 g")]
    public void Selects_elements_in_document_order(string text, string expected)
    {
        Assert.That(CibPath.TryParse(text, out var path, out _), Is.True);
        Assert.That(string.Join(" ", path!.Select(CibElement.Parse(Document, "f"), out _).Select(e => e.Id)), Is.EqualTo(expected));
    }

    [TestCase("//primitive[", "the XPath //primitive[ is wrong at character 13: an expression is missing")]
    [TestCase("//primitive[@id='r1'", "the XPath //primitive[@id='r1' is wrong at character 21: \"]\" is missing")]
    [TestCase("//sideways::x", "the XPath //sideways::x is wrong at character 3: there is no axis sideways")]
    [TestCase("fox()", "the XPath fox() is wrong at character 1: there is no function fox()")]
    [TestCase("//a]", "the XPath //a] is wrong at character 4: ']' after the expression")]
    [TestCase("//a/text()", "the XPath //a/text() is wrong at character 5: text() is not supported")]
    public void That_is_wrong_is_refused_where_it_is(string text, string expected)
    {
        Assert.That(CibPath.TryParse(text, out _, out var problem), Is.False);
        Assert.That(problem, Is.EqualTo(expected));
    }

    [Test]
    public void That_is_wrong_is_refused([ValueSource(nameof(Wrong))] string text)
    {
        Assert.That(CibPath.TryParse(text, out _, out var problem), Is.False);
        Assert.That(problem, Is.Not.Empty);
    }

    [Test]
    public void For_something_else_than_elements_selects_none()
    {
        Assert.That(CibPath.TryParse("count(//op)", out var path, out _), Is.True);
        Assert.That(path!.Select(CibElement.Parse(Document, "f"), out var problem), Is.Empty);
        Assert.That(problem, Is.EqualTo("the XPath count(//op) selects no elements: it is a number"));
    }

    [Test]
    public void That_would_take_for_ever_is_given_up()
    {
        var root = new CibElement("a");
        for (var i = 0; i < 2000; i++) root.Add("b");
        Assert.That(CibPath.TryParse("//*[count(//*[count(//*) > 5000]) > 0]", out var path, out _), Is.True);
        Assert.That(path!.Select(root, out var problem), Is.Empty);
        Assert.That(problem, Is.EqualTo("the XPath //*[count(//*[count(//*) > 5000]) > 0] looks at too many elements"));
    }

    [Test]
    public void Nested_without_end_is_refused()
    {
        Assert.That(CibPath.TryParse(new string('(', 5000), out _, out var problem), Is.False);
        Assert.That(problem, Does.EndWith("too many levels"));
        Assert.That(CibPath.TryParse("//a[" + new string('-', 8000) + "1]", out var path, out _), Is.True);
        Assert.That(path!.Select(new CibElement("a"), out _), Has.Count.EqualTo(1));
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public bool Of_any_text_is_read_or_refused(string? text) => text is null || CibPath.TryParse(text, out _, out var problem) || problem.Length > 0;
}
