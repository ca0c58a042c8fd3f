using System.Text;

namespace Appliance.Cib.Tests;

/// <summary>Damaged documents given to libxml2's own program and to our reader: the same ones are well-formed.</summary>
[Category("peer")]
public class Against_the_real_libxml2
{
    private const string Whole = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<!-- c --><cib a=\"1\" b='&lt;&#65;&quot;x'>\n <!-- c -->\n <d e-1.x=\"x\ty\" f = ''/><![CDATA[f<>&]]>g&amp;\n <?pi x?><h></h ></cib>\n<!-- end -->\n";

    private const string Inserted = "<>&;'\"/!?-]=x1 \n.[\u00E9\u00D7\u0002";

    [Test]
    public void Refuses_what_it_refuses([Range(1, 4)] int seed)
    {
        var random = new Random(seed);
        var texts = new List<string>();
        while (texts.Count < 400)
        {
            var text = new StringBuilder(Whole);
            for (var i = random.Next(1, 3); i > 0; i--)
            {
                var at = random.Next(text.Length);
                switch (random.Next(4))
                {
                    case 0: text.Remove(at, Math.Min(random.Next(1, 4), text.Length - at)); break;
                    case 1: text.Insert(at, Inserted[random.Next(Inserted.Length)]); break;
                    case 2: text[at] = Inserted[random.Next(Inserted.Length)]; break;
                    case 3: text.Insert(at, Whole.AsSpan(random.Next(Whole.Length - 6), 6)); break;
                }
            }
            // Ours wants no document type at all, and of the declaration only what matters: it is left alone.
            if (!text.ToString().Contains("<!D", StringComparison.Ordinal) && text.ToString().StartsWith(Whole[..39], StringComparison.Ordinal)) texts.Add(text.ToString());
        }
        var folder = Directory.CreateTempSubdirectory().FullName;
        for (var i = 0; i < texts.Count; i++) File.WriteAllText($"{folder}/{i}.xml", texts[i]);
        var theirs = Peer.Run("xmllint", ["--noout", "--nonet", .. Enumerable.Range(0, texts.Count).Select(i => $"{folder}/{i}.xml")]).Error;
        Directory.Delete(folder, recursive: true);
        var refused = theirs.Split('\n').Where(l => l.Contains(": parser error", StringComparison.Ordinal)).Select(l => l[(folder.Length + 1)..l.IndexOf(".xml", StringComparison.Ordinal)]).ToHashSet();
        var differences = new List<string>();
        for (var i = 0; i < texts.Count; i++)
        {
            var read = CibElement.TryParse(Encoding.UTF8.GetBytes(texts[i]), "f", out _, out var problem);
            if (read == refused.Contains(i.ToString(System.Globalization.CultureInfo.InvariantCulture))) differences.Add($"{(read ? "read" : problem!.ToString())}: {texts[i]}");
        }
        Assert.That(differences, Is.Empty, string.Join("\n----\n", differences.Take(10)));
        Assert.That(refused, Has.Count.InRange(100, 399));
    }
}
