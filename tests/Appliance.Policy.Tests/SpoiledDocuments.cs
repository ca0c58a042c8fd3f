using System.Text;
using System.Xml.Linq;
using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy.Report;

namespace Appliance.Policy.Tests;

/// <summary>Documents that nobody in their right mind would write, each by its seed, and what the engine makes of one.</summary>
internal sealed class SpoiledDocuments
{
    private const long Now = 1_700_003_600;

    /// <summary>
    /// What answering one may allocate. The engine answers on one thread and keeps what it makes, so this bounds the memory it takes; and as no stage works for long without making
    /// something, a document that makes it work far too long shows here on every machine alike. The most that was seen, 418 MB, is a bundle with as
    /// many replicas as it may have.
    /// </summary>
    public const long MostBytes = 2_000_000_000;

    private readonly List<XElement> _sound;

    public SpoiledDocuments()
    {
        var here = TestContext.CurrentContext.TestDirectory;
        var files = Directory.GetFiles(Path.Combine(here, "Small"), "*.xml").Order(StringComparer.Ordinal).ToList();
        Assert.That(files, Is.Not.Empty);
        _sound = files.ConvertAll(static f => XElement.Load(f));
        // One with everything in it, as often as all others together.
        var rich = XElement.Load(Path.Combine(here, "Hostile", "one-of-everything.xml"));
        for (var i = files.Count; i > 0; i--) _sound.Add(rich);
    }

    /// <summary>A sound document that was changed in one to six places.</summary>
    public XElement Make(Random random) => new HostileDocuments(random).Spoil(_sound[random.Next(_sound.Count)], random.Next(1, 7));

    /// <summary>The text of one; of every fourth the letters are spoiled too, so that most of those are no XML any more.</summary>
    public string MakeText(int seed)
    {
        var random = new Random(seed);
        var text = Make(random).ToString(SaveOptions.DisableFormatting);
        return random.Next(4) == 0 ? Scratch(text, random) : text;
    }

    private static string Scratch(string text, Random random)
    {
        var letters = new StringBuilder(text);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(letters.Length);
            switch (random.Next(4))
            {
                case 0: letters[at] = "<>&\"'=/ \0\uFFFF\uD800aA0-:"[random.Next(16)]; break;
                case 1: letters.Remove(at, Math.Min(random.Next(1, 200), letters.Length - at)); break;
                case 2: letters.Insert(random.Next(letters.Length), letters.ToString(at, Math.Min(random.Next(1, 400), letters.Length - at))); break;
                default: letters.Insert(at, ["&#0;", "&#x10FFFF;", "<!--", "<![CDATA[", "<!DOCTYPE x [<!ENTITY a \"b\">]>", "&lt;", "<a>", "</a>"], random); break;
            }
            if (letters.Length == 0) break;
        }
        return letters.ToString();
    }

    /// <summary>What is told, the scores, and the graph.</summary>
    public static (string Told, string Scores, string Graph) Answer(CibElement cib)
    {
        var run = PolicyRun.Schedule(cib, Now, PosixPattern.Of);
        var told = Summary.Simulate(cib, PolicyRun.ReadStatus(cib, Now), run, Now, null).Text;
        return (told, string.Join('\n', run.ScoreLines), run.GraphText());
    }

    /// <summary>Reads, checks, upgrades and answers a text, as far as it can be.</summary>
    /// <returns>Whether it could be read.</returns>
    public static bool Answer(string text)
    {
        if (!CibElement.TryParse(text, "spoiled", out var cib, out _)) return false;
        CibValidator.Check(cib!, "spoiled");
        // What cannot be upgraded is answered as it is: the engine is to bear anything.
        Answer(SchemaUpgrade.ToLatest(cib!.Clone(), "spoiled", out _) ?? cib);
        return true;
    }
}

/// <summary>Inserting one of several.</summary>
file static class Choice
{
    public static void Insert(this StringBuilder text, int at, string[] of, Random random) => text.Insert(at, of[random.Next(of.Length)]);
}
