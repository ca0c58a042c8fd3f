namespace Appliance.Cib.Tests;

public class Sets_of_name_value_pairs
{
    private static readonly CibTime Now = CibTime.FromDate(2005, 6, 15);

    private static string Unpack(string document, string? first = null, Dictionary<string, string>? values = null)
    {
        var root = CibElement.Parse(document, "f");
        values ??= [];
        NvSets.Unpack(root.Element("owner")!, "meta_attributes", first, new RuleInput(Now) { Ids = new IdIndex(root) }, values);
        return string.Join(" ", values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => v.Key + "=" + v.Value));
    }

    private static string Set(string id, string attributes, string pairs) => $"<meta_attributes id='{id}' {attributes}>{pairs}</meta_attributes>";
    private static string Pair(string id, string name, string value) => $"<nvpair id='{id}' name='{name}' value='{value}'/>";

    [TestCase("score='1'", "score='2'", "x=b")]
    [TestCase("score='2'", "score='1'", "x=a")]
    [TestCase("", "score='-1'", "x=a")]
    [TestCase("score='INFINITY'", "score='5000000'", "x=b")]
    [TestCase("", "", "x=b")]
    public void Count_by_their_score_and_the_last_of_several_with_one(string a, string b, string expected) =>
        Assert.That(Unpack("<c><owner>" + Set("a", a, Pair("a1", "x", "a")) + Set("b", b, Pair("b1", "x", "b")) + "</owner></c>"), Is.EqualTo(expected));

    [Test]
    public void Give_way_to_the_one_that_is_always_first() =>
        Assert.That(Unpack("<c><owner>" + Set("a", "score='9'", Pair("a1", "x", "a")) + Set("b", "", Pair("b1", "x", "b")) + "</owner></c>", "b"), Is.EqualTo("x=b"));

    [Test]
    public void Leave_what_is_there_already() =>
        Assert.That(Unpack("<c><owner>" + Set("a", "", Pair("a1", "x", "a") + Pair("a2", "y", "a")) + "</owner></c>", null, new() { ["x"] = "before" }), Is.EqualTo("x=before y=a"));

    [Test]
    public void Keep_the_first_of_two_pairs_with_one_name() =>
        Assert.That(Unpack("<c><owner>" + Set("a", "", Pair("a1", "x", "1") + Pair("a2", "x", "2")) + "</owner></c>"), Is.EqualTo("x=1"));

    [Test]
    public void Unset_by_the_value_default() =>
        Assert.That(Unpack("<c><owner>" + Set("a", "score='2'", Pair("a1", "x", "1")) + Set("b", "score='1'", Pair("b1", "x", "#default") + Pair("b2", "y", "2")) + "</owner></c>"), Is.EqualTo("y=2"));

    [Test]
    public void Are_left_out_when_their_rule_does_not_pass()
    {
        var no = "<rule id='r'><expression id='e' attribute='z' operation='defined'/></rule>";
        Assert.That(Unpack("<c><owner>" + Set("a", "score='2'", no + Pair("a1", "x", "1")) + Set("b", "", Pair("b1", "x", "2")) + "</owner></c>"), Is.EqualTo("x=2"));
    }

    [Test]
    public void May_stand_elsewhere_as_may_their_pairs()
    {
        Assert.That(Unpack("<c><owner><meta_attributes id-ref='a'/><meta_attributes id='b'><nvpair id-ref='p'/><nvpair id-ref='p' name='other'/></meta_attributes></owner><z>"
            + Set("a", "", Pair("a1", "x", "a")) + Set("q", "", Pair("p", "y", "7")) + "</z></c>"), Is.EqualTo("other=7 x=a y=7"));
    }

    [Test]
    public void Refer_to_nothing_without_harm() => Assert.That(Unpack("<c><owner><meta_attributes id-ref='nothing'/></owner></c>"), Is.Empty);
}

public class A_primitive_with_a_template
{
    private const string Document = """
        <resources>
          <template id="t" class="ocf" provider="heartbeat" type="Dummy">
            <operations><op id="t-m" name="monitor" interval="10"/><op id="t-mm" name="monitor" interval="5" role="Master"/><op id="t-s" name="start" interval="0"/></operations>
            <meta_attributes id="t-a"/>
          </template>
          <primitive id="p" template="t"><operations><op id="p-m" name="monitor" interval="20" role="Slave"/></operations></primitive>
          <primitive id="bare" template="t"/>
          <primitive id="lost" template="nothing"/>
          <primitive id="self" template="self"/>
          <primitive id="own" class="ocf" provider="heartbeat" type="Dummy"/>
        </resources>
        """;

    [TestCase("p", "<primitive id=\"p\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"><meta_attributes id=\"t-a\"/><operations><op id=\"p-m\" name=\"monitor\" interval=\"20\" role=\"Slave\"/>"
        + "<op id=\"t-mm\" name=\"monitor\" interval=\"5\" role=\"Master\"/><op id=\"t-s\" name=\"start\" interval=\"0\"/></operations></primitive>")]
    [TestCase("own", "<primitive id=\"own\" class=\"ocf\" provider=\"heartbeat\" type=\"Dummy\"/>")]
    [TestCase("lost", "resource lost refers to the template nothing, which does not exist")]
    [TestCase("self", "resource self refers to itself as its template")]
    public void Is_what_both_say(string id, string expected)
    {
        var root = CibElement.Parse(Document, "f");
        var ids = new IdIndex(root);
        var whole = ResourceTemplates.Expand(ids.Find(id)!, ids, out var problem);
        Assert.That(whole?.ToString(CibFormat.Compact) ?? problem, Is.EqualTo(expected));
    }
}

public class A_tag
{
    private static readonly CibTags Tags = new(CibElement.Parse("""
        <configuration><resources><template id="t"/><template id="unused"/><primitive id="a" template="t"/><group id="g"><primitive id="b" template="t"/></group><primitive id="c"/></resources>
        <tags><tag id="x"><obj_ref id="c"/><obj_ref id="a"/></tag><tag id="y"><obj_ref id="x"/></tag></tags></configuration>
        """, "f"));

    [TestCase("x", "c a")]
    [TestCase("y", "x")]
    [TestCase("t", "a b")]
    [TestCase("unused", "")]
    [TestCase("c", "c")]
    [TestCase("nothing", "nothing")]
    public void Stands_for_what_it_lists_and_a_template_for_what_is_made_of_it(string id, string expected) => Assert.That(string.Join(" ", Tags.Expand(id)), Is.EqualTo(expected));

    [Test]
    public void Is_told_from_a_template_and_a_resource()
    {
        Assert.That((Tags.IsName("x"), Tags.IsTemplate("x"), Tags.IsName("t"), Tags.IsTemplate("t"), Tags.IsName("c")), Is.EqualTo((true, false, true, true, false)));
        Assert.That(Tags.Of("a"), Is.EqualTo(new[] { "t", "x" }));
    }
}

public class A_value
{
    [TestCase("5", 5)]
    [TestCase(" -7", -7)]
    [TestCase("INFINITY", 1_000_000)]
    [TestCase("+INFINITY", 1_000_000)]
    [TestCase("-INFINITY", -1_000_000)]
    [TestCase("99999999999999999999", 1_000_000)]
    [TestCase("-99999999999999999999", -1_000_000)]
    [TestCase("12abc", 12)]
    [TestCase("red", -1_000_000)]
    [TestCase("Green", 0)]
    [TestCase(null, 0)]
    public void Is_read_as_a_score(string? text, int expected)
    {
        Assert.That(Values.TryScore(text, out var score), Is.True);
        Assert.That(score, Is.EqualTo(expected));
    }

    [Test]
    public void That_is_no_score_is_none() => Assert.That(Values.TryScore("high", out _) || Values.TryScore("infinity", out _) || Values.TryScore("", out _), Is.False);

    [TestCase("10", 10_000)]
    [TestCase("10s", 10_000)]
    [TestCase("10 sec", 10_000)]
    [TestCase("250ms", 250)]
    [TestCase("1500us", 1)]
    [TestCase("2min", 120_000)]
    [TestCase("1.9h", 3_600_000)]
    [TestCase("PT1M30S", 90_000)]
    [TestCase(null, 0)]
    public void Is_read_as_milliseconds(string? text, long expected)
    {
        Assert.That(Values.TryMilliseconds(text, out var milliseconds), Is.True);
        Assert.That(milliseconds, Is.EqualTo(expected));
    }

    [TestCase("x")]
    [TestCase("-5s")]
    [TestCase("5 parsecs")]
    [TestCase("P")]
    [TestCase("")]
    public void That_is_no_time_is_refused(string text) => Assert.That(Values.TryMilliseconds(text, out _), Is.False);

    [TestCase("1.2.10", "1.2.9", 1)]
    [TestCase("1.2", "1.2.0", 0)]
    [TestCase(" 3.0-rc1", "3.0", 0)]
    [TestCase("1.1.24", "2.0", -1)]
    [TestCase("", "0", 0)]
    [TestCase("x", "1", -1)]
    [TestCase("1..5", "1", 0)]
    public void Is_compared_as_a_version(string a, string b, int expected) => Assert.That((Values.CompareVersions(a, b), Values.CompareVersions(b, a)), Is.EqualTo((expected, -expected)));

    [TestCase("1.5", 1.5)]
    [TestCase("-.5e1x", -5.0)]
    [TestCase("7e", 7.0)]
    public void Is_read_as_a_number(string text, double expected)
    {
        Assert.That(Values.TryNumber(text, out var value), Is.True);
        Assert.That(value, Is.EqualTo(expected));
    }

    [TestCase("9223372036854775807", 9223372036854775807L, true)]
    [TestCase("-9223372036854775808", -9223372036854775808L, true)]
    [TestCase("9223372036854775808", 9223372036854775807L, false)]
    public void Is_read_as_an_integer_up_to_the_last_bit(string text, long expected, bool whole) =>
        Assert.That((Values.TryInteger(text, out var value), value), Is.EqualTo((whole, expected)));
}
