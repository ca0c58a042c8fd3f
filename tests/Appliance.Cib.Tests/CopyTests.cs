using System.Security.Cryptography;
using System.Text;

namespace Appliance.Cib.Tests;

/// <summary>Copies know what they have in common; whatever is done to either, nothing may be taken for unchanged that has changed.</summary>
public class A_copy
{
    private const string Document = """
        <cib admin_epoch="1" epoch="2" num_updates="3" update-origin="here" cib-last-written="now">
          <configuration><crm_config><cluster_property_set id="o"><nvpair id="o-a" name="a" value="1"/><nvpair id="o-b" name="b" value="&lt;&amp;&quot;'&#9;&#127;ä€"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="n1"/><node id="2" uname="n2"/></nodes><!-- resources --><resources><primitive id="p" class="ocf"/><primitive id="q" class="ocf"><operations><op id="q-m"/><op id="q-n"/></operations></primitive></resources></configuration>
          <status><node_state id="1" crm-debug-origin="x"><lrm id="1"><lrm_resources><lrm_resource id="p"><lrm_rsc_op id="p-1"/><lrm_rsc_op id="p-2"/></lrm_resource></lrm_resources></lrm></node_state></status>
        </cib>
        """;

    [Test]
    public void Tells_what_changed_whatever_is_changed([Range(1, 200)] int seed)
    {
        var chance = new Random(seed);
        var documents = new List<CibElement> { CibElement.Parse(Document, "f") };
        for (var step = 0; step < 40; step++)
        {
            var from = documents[chance.Next(documents.Count)];
            if (chance.Next(3) == 0) documents.Add(from.Clone());
            else Change(from, chance);
            _ = Digests.OfDocument(from);       // what may be kept is kept
            _ = Digests.OnDisk(from);
            if (documents.Count > 4) documents.RemoveAt(0);
            foreach (var document in documents) RequireTexts(document);
            var (before, after) = (documents[chance.Next(documents.Count)], documents[^1]);
            var known = CibDiff.Between(before, after, attributeOrder: true).ConvertAll(CibPatch.ToXml);
            // The same documents without anything in common but what they say.
            var plain = CibDiff.Between(Again(before), Again(after), attributeOrder: true).ConvertAll(CibPatch.ToXml);
            Assert.That(known.ConvertAll(c => c.ToString()), Is.EqualTo(plain.ConvertAll(c => c.ToString())), $"step {step}");
            Assert.That(after.SameAs(before), Is.EqualTo(Again(after).SameAs(Again(before))), $"step {step}");
        }
    }

    [Test]
    public void Is_changed_for_itself()
    {
        var one = CibElement.Parse(Document, "f");
        var (other, shallow) = (one.Clone(), one.CloneShallow());
        one.Set("epoch", "9").Set("new", "1").RenameAttribute("num_updates", "n");
        other.Set("epoch", "8");
        Assert.That((one["epoch"], other["epoch"], shallow["epoch"], other["new"], shallow["n"]), Is.EqualTo(("9", "8", "2", (string?)null, (string?)null)));
    }

    private static CibElement Again(CibElement document) => CibElement.Parse(document.ToString(CibFormat.Compact | CibFormat.WithText), "f");

    private static void RequireTexts(CibElement document)
    {
        var (whole, filtered) = (document.ToString(CibFormat.Compact), document.ToString(CibFormat.Filtered));
        Assert.That(Encoding.UTF8.GetString(document.ToUtf8()), Is.EqualTo(whole));
        Assert.That((Digests.OnDisk(document), Digests.OfDocument(document)), Is.EqualTo((Sum(" " + whole + "\n"), Sum(filtered))));
    }

#pragma warning disable CA5351
    private static string Sum(string text) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
#pragma warning restore CA5351

    private static void Change(CibElement document, Random chance)
    {
        CibElement[] all = [document, .. document.Descendants()];
        var element = all[chance.Next(all.Length)];
        switch (chance.Next(8))
        {
            case 0: element.Set("epoch", chance.Next(5).ToString(System.Globalization.CultureInfo.InvariantCulture)); break;
            case 1: element.Set(chance.Next(2) == 0 ? "value" : "crm-debug-origin", null); break;
            case 2: element.Add("nvpair").Set("id", $"new-{chance.Next(1000)}").Set("value", "<"); break;
            case 3: element.RenameAttribute("id", "id"); element.RenameAttribute("class", "kind"); break;
            case 4 when element != document: element.Remove(); break;
            case 5 when element != document: element.Rename("renamed"); break;
            case 6 when element.Nodes.Count > 1: element.Reorder([.. element.Nodes.Reverse()]); break;
            case 7 when element != document: element.ReplaceWith(all[chance.Next(all.Length)].CloneShallow()); break;
        }
    }
}
