namespace Appliance.Cib.Tests;

public class An_element
{
    private static CibElement Sample() => CibElement.Parse("<a id='x' p='1'><b id='1'/><!-- c --><d id='2'><e/></d><b id='3'/></a>", "f");

    [Test]
    public void Shows_comments_among_its_nodes_only()
    {
        var a = Sample();
        Assert.That(a.Children.Select(c => c.Name), Is.EqualTo(new[] { "b", "d", "b" }));
        Assert.That(a.Nodes.Select(c => c.Name), Is.EqualTo(new[] { "b", "comment", "d", "b" }));
        Assert.That(a.Elements("b").Select(b => b.Id), Is.EqualTo(new[] { "1", "3" }));
        Assert.That(a.Descendants().Select(b => b.Name), Is.EqualTo(new[] { "b", "d", "e", "b" }));
        Assert.That(a.Element("d")!.Position, Is.EqualTo(2));
    }

    [Test]
    public void Keeps_the_order_of_its_attributes()
    {
        var a = Sample().Set("q", "2").Set("id", "y").Set("p", null).Set("nothing", null);
        Assert.That(a.CloneShallow().ToString(CibFormat.Compact), Is.EqualTo("<a id=\"y\" q=\"2\"/>"));
    }

    [Test]
    public void Moves_by_leaving_its_place_first()
    {
        var a = Sample();
        var d = a.Element("d")!;
        Assert.That(() => a.Add(d), Throws.TypeOf<Appliance.Core.InvariantViolation>());
        a.Insert(0, d.Remove());
        a.Children[1].ReplaceWith(new CibElement("n"));
        a.RemoveAll(n => n.IsComment);
        Assert.That(a.ToString(CibFormat.Compact), Is.EqualTo("<a id=\"x\" p=\"1\"><d id=\"2\"><e/></d><n/><b id=\"3\"/></a>"));
        Assert.That((d.Parent, d.Root), Is.EqualTo((a, a)));
    }

    [Test]
    public void Copies_everything_below_it()
    {
        var a = Sample();
        var copy = a.Clone();
        copy.Children[1].Add("f").Set("g", "h");
        Assert.That(a.ToString(), Is.EqualTo(Sample().ToString()));
        Assert.That(copy.SameAs(a), Is.False);
        Assert.That(a.Clone().SameAs(a), Is.True);
        Assert.That((copy.Children[1].Line, copy.Children[1].Parent, copy.Parent), Is.EqualTo((1, copy, (CibElement?)null)));
    }

    [Test]
    public void Is_printed_with_two_blanks_a_level() =>
        Assert.That(Sample().ToString(), Is.EqualTo("<a id=\"x\" p=\"1\">\n  <b id=\"1\"/>\n  <!-- c -->\n  <d id=\"2\">\n    <e/>\n  </d>\n  <b id=\"3\"/>\n</a>\n"));

    [TestCase(CibFormat.Compact, "<a x=\"&lt;&gt;&amp;&quot;'&#x09;&#x0A;&#x0D;\u00E9\"/>")]
    [TestCase(CibFormat.OldEscapes, "<a x=\"&lt;&gt;&amp;&quot;&apos;    \\n\\r\u00E9\"/>")]
    public void Is_printed_with_its_special_characters_replaced(CibFormat format, string expected) =>
        Assert.That(new CibElement("a").Set("x", "<>&\"'\t\n\r\u00E9").ToString(format), Is.EqualTo(expected));

    [Test]
    public void Says_what_it_said_after_being_written_and_read()
    {
        var a = new CibElement("a").Set("x", "<>&\"'\t\n\r\u00E9\u007F\U0001F600 ");
        Assert.That(CibElement.Parse(a.ToString(), "f").SameAs(a), Is.True);
    }

    [Test]
    public void Has_its_text_in_one_piece()
    {
        var a = CibElement.Parse("<a> one <b/>two<![CDATA[ <3 ]]></a>", "f");
        Assert.That(a.Text, Is.EqualTo(" one two <3 "));
        Assert.That(CibElement.Parse("<a>\n <b/>\n</a>", "f").Text, Is.Null);
        Assert.That(CibElement.Parse("<a><b>x &amp; y</b></a>", "f").ToString(CibFormat.WithText), Is.EqualTo("<a><b>x &amp; y</b></a>"));
    }
}
