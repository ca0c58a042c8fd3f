using System.Text;

namespace Appliance.Cib.Tests;

public class A_document
{
    [TestCase("<a>\n  <b x=\"1\"/>\n</a>", "a 1:1, b 2:3")]
    [TestCase("<?xml version=\"1.0\"?>\n<!-- one -->\n<a\n b='1'\n c='2'><d/><e/></a>\n<!-- after -->\n", "a 3:1, d 5:8, e 5:12")]
    [TestCase("<a x='\n\n'><b/>text\n<c/></a>", "a 1:1, b 3:3, c 4:1")]
    [TestCase("<a><!--\n--><b/></a>", "a 1:1, b 2:4")]
    [TestCase("\uFEFF<a/>", "a 1:1")]
    public void Knows_where_each_element_stands(string text, string expected)
    {
        var root = CibElement.Parse(text, "f");
        Assert.That(string.Join(", ", root.Descendants().Prepend(root).Select(e => $"{e.Name} {e.Line}:{e.Column}")), Is.EqualTo(expected));
    }

    [TestCase("<a x='&lt;&gt;&amp;&quot;&apos;'/>", "<>&\"'")]
    [TestCase("<a x='&#65;&#x42;&#x1F600;'/>", "AB\U0001F600")]
    [TestCase("<a x='1\t2\n3\r\n4'/>", "1 2 3 4")]
    [TestCase("<a x='1&#9;2&#10;3'/>", "1\t2\n3")]
    [TestCase("<a x = \"it's\" />", "it's")]
    [TestCase("<a x=''/>", "")]
    public void Has_values_as_xml_means_them(string text, string expected) => Assert.That(CibElement.Parse(text, "f")["x"], Is.EqualTo(expected));

    [TestCase("", "f:1:1: error: the document has no element")]
    [TestCase("<a>", "f:1:4: error: the document ends inside <a> of line 1")]
    [TestCase("<a>\n<b>\n</a>", "f:3:1: error: </a> where </b> should be: <b> of line 2 is open")]
    [TestCase("<a></ab>", "f:1:4: error: </ab> where </a> should be: <a> of line 1 is open")]
    [TestCase("<a/><b/>", "f:1:5: error: a second root element (a document has one)")]
    [TestCase("<a/>x", "f:1:5: error: text outside of the root element: 'x'")]
    [TestCase("<a x='1' x='2'/>", "f:1:10: error: the attribute x is given twice in <a>")]
    [TestCase("<a x='1'y='2'/>", "f:1:9: error: no blank before the attribute y")]
    [TestCase("<a x/>", "f:1:4: error: the attribute x has no value (x=\"...\")")]
    [TestCase("<a x=1/>", "f:1:6: error: the value of the attribute x is not in quotes")]
    [TestCase("<a x='1/>", "f:1:6: error: the value of the attribute x has no closing quote")]
    [TestCase("<a x='<'/>", "f:1:7: error: \"<\" in the value of the attribute x (write &lt;, or close the quote before)")]
    [TestCase("<a x='&foo;'/>", "f:1:7: error: the entity &foo; is not known (only lt, gt, amp, quot, apos and numeric references are)")]
    [TestCase("<a x='a & b'/>", "f:1:9: error: \"&\" that starts no reference (write &amp; for the character itself)")]
    [TestCase("<a x='&#0;'/>", "f:1:7: error: &#0; is not a character of XML")]
    [TestCase("<a x='&#x110000;'/>", "f:1:7: error: &#x110000; is not a character of XML")]
    [TestCase("<a x='\u0001'/>", "f:1:7: error: character U+0001 is not allowed in XML")]
    [TestCase("<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/shadow'>]>\n<a>&x;</a>", "f:1:1: error: a document type (<!DOCTYPE) is not accepted (take it out: a CIB has none, and entities are not expanded)")]
    [TestCase("<a><!-- a -- b --></a>", "f:1:11: error: \"--\" inside a comment")]
    [TestCase("<a><!-- a </a>", "f:1:4: error: a comment without an end")]
    [TestCase("<a>< b/></a>", "f:1:4: error: \"<\" that starts no tag (write &lt; for the character itself)")]
    [TestCase("<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "f:1:21: error: encoding ISO-8859-1 is not supported (save the document as UTF-8)")]
    [TestCase("<a>]]></a>", "f:1:4: error: \"]]>\" in text")]
    [TestCase("</a>", "f:1:1: error: an end tag without a start")]
    [TestCase("<a", "f:1:3: error: the document ends inside the tag <a> of line 1")]
    [TestCase("<", "f:1:1: error: the document ends in the middle of a tag")]
    [TestCase("\n\n<a b='\uFFFF'/>", "f:3:7: error: character U+FFFF is not allowed in XML")]
    [TestCase("<a>\n<?xml version='1.0'?></a>", "f:2:1: error: an XML declaration that is not at the start of the document")]
    public void That_is_not_well_formed_is_refused_where_it_is_not(string text, string expected)
    {
        Assert.That(CibElement.TryParse(text, "f", out var root, out var problem), Is.False);
        Assert.That((root, problem!.ToString()), Is.EqualTo(((CibElement?)null, expected)));
    }

    [Test]
    public void With_half_a_surrogate_pair_is_refused()
    {
        Assert.That(CibElement.TryParse("<a x='" + (char)0xD800 + "'/>", "f", out _, out var problem), Is.False);
        Assert.That(problem!.ToString(), Is.EqualTo("f:1:7: error: half of a surrogate pair"));
    }

    [TestCase("3C 61 20 78 3D 27 C3 A9 27 2F 3E", "\u00E9")]
    [TestCase("EF BB BF 3C 61 20 78 3D 27 31 27 2F 3E", "1")]
    public void May_come_as_bytes(string hex, string expected)
    {
        Assert.That(CibElement.TryParse(Convert.FromHexString(hex.Replace(" ", "")), "f", out var root, out _), Is.True);
        Assert.That(root!["x"], Is.EqualTo(expected));
    }

    [TestCase("3C 61 0A 20 78 3D 27 E9 27 2F 3E", "f:2:5: error: byte 0xE9 is not valid UTF-8 (save the document as UTF-8)")]
    [TestCase("FF FE 3C 00 61 00 2F 00 3E 00", "f:1:1: error: the document is not UTF-8 (it looks like UTF-16 or UTF-32) (save it as UTF-8)")]
    public void That_is_not_utf8_is_refused(string hex, string expected)
    {
        Assert.That(CibElement.TryParse(Convert.FromHexString(hex.Replace(" ", "")), "f", out _, out var problem), Is.False);
        Assert.That(problem!.ToString(), Is.EqualTo(expected));
    }

    [Test]
    public void As_deep_as_the_limit_is_read_and_one_deeper_is_not()
    {
        static string Nested(int depth) => string.Concat(Enumerable.Repeat("<a>", depth)) + string.Concat(Enumerable.Repeat("</a>", depth));
        Assert.That(CibElement.TryParse(Nested(256), "f", out _, out _), Is.True);
        Assert.That(CibElement.TryParse(Nested(257), "f", out _, out var problem), Is.False);
        Assert.That(problem!.ToString(), Is.EqualTo("f:1:769: error: elements are nested more than 256 deep"));
    }

    [Test]
    public void Of_a_million_open_tags_is_refused_at_once()
    {
        var text = string.Concat(Enumerable.Repeat("<a>", 1_000_000));
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(CibElement.TryParse(text, "f", out _, out _), Is.False);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(200_000));      // 256 elements, and not a million
    }

    [Test]
    public void Longer_than_the_limit_is_refused_unread()
    {
        Assert.That(CibElement.TryParse(new string('<', 101), "f", out _, out var problem, new ReadLimits(Characters: 100)), Is.False);
        Assert.That(problem!.ToString(), Is.EqualTo("f: error: the document is longer than 100 characters (nothing of it was read)"));
        Assert.That(CibElement.TryParse(new byte[1000], "f", out _, out _, new ReadLimits(Characters: 100)), Is.False);
    }

    [Test]
    public void With_too_many_elements_or_attributes_is_refused()
    {
        Assert.That(CibElement.TryParse("<a><b/>\n<c/></a>", "f", out _, out var elements, new ReadLimits(Elements: 2)), Is.False);
        Assert.That(CibElement.TryParse("<a x='' y=''/>", "f", out _, out var attributes, new ReadLimits(Attributes: 1)), Is.False);
        Assert.That((elements!.ToString(), attributes!.ToString()), Is.EqualTo(("f:2:1: error: more than 2 elements", "f:1:9: error: <a> has more than 1 attributes")));
    }

    [FsCheck.NUnit.Property(MaxTest = 2000)]
    public bool Of_any_bytes_is_read_or_refused_with_a_place(byte[] bytes, bool wrapped)
    {
        var text = wrapped ? "<a b='" + Encoding.Latin1.GetString(bytes) + "'><c>" : Encoding.Latin1.GetString(bytes);
        return CibElement.TryParse(text, "f", out _, out var problem) || problem!.Line >= 1 && problem.Column >= 1;
    }

    /// <summary>Every prefix of a real document, and the document with each character replaced by others: read, or refused with a place, never an exception.</summary>
    [Test]
    public void Damaged_anywhere_is_read_or_refused()
    {
        const string whole = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<cib a=\"1\" b='&lt;&#65;'>\n <!-- c -->\n <d e=\"x\ty\"/><![CDATA[f]]>g&amp;\n <?pi?></cib>\n";
        for (var i = 0; i < whole.Length; i++)
        {
            Try(whole[..i]);
            foreach (var c in "<>&;'\"/!?-]x \n\0\uD800\uFFFF") Try(whole[..i] + c + whole[(i + 1)..]);
        }

        static void Try(string text)
        {
            if (!CibElement.TryParse(text, "f", out _, out var problem))
                Assert.That((problem!.Line >= 1, problem.Column >= 1, problem.Message.Length > 0), Is.EqualTo((true, true, true)), text);
        }
    }
}
