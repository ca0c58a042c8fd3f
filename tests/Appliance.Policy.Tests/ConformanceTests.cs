using System.Globalization;
using System.Text;
using Appliance.Linux;

namespace Appliance.Policy.Tests;

/// <summary>How many of Pacemaker's cases the engine answers as Pacemaker does; what was reached must not be lost.</summary>
public class The_engine
{
    /// <summary>At least this many cases of a tier agree in everything; raised as the engine grows.</summary>
    private static readonly int[] Reached = [0, 14, 34, 110, 148, 83, 102, 122, 51, 52, 51];

    [Test]
    public void Answers_the_cases_of_Pacemaker_as_Pacemaker_does()
    {
        if (Conformance.Folder is not { } folder)
        {
            Assert.Pass("the cases (../shared/conformance/scheduler) are not beside this checkout");
            return;
        }
        var verdicts = Conformance.Cases(folder).ConvertAll(c => Conformance.Judge(folder, c));
        var text = new StringBuilder("tier  cases  scores  dot  exp  summary  all\n");
        var lost = new List<string>();
        foreach (var tier in verdicts.GroupBy(static v => v.Case.Tier).OrderBy(static g => g.Key))
        {
            text.AppendLine(Line(tier.Key.ToString(CultureInfo.InvariantCulture), [.. tier]));
            var passed = tier.Count(static v => v.All);
            if (tier.Key < Reached.Length && passed < Reached[tier.Key]) lost.Add($"tier {tier.Key}: {passed} pass, {Reached[tier.Key]} did before");
        }
        text.AppendLine(Line("all", verdicts));
        foreach (var verdict in verdicts.Where(static v => !v.All)) text.AppendLine(CultureInfo.InvariantCulture, $"not yet: {verdict.Case.Name}");
        foreach (var verdict in verdicts.Where(static v => v.Problem is not null)) text.AppendLine(CultureInfo.InvariantCulture, $"{verdict.Case.Name}: {verdict.Problem}");
        TestContext.Out.WriteLine(text.ToString());
        Assert.That(lost, Is.Empty, text.ToString());
    }

    [Test]
    public void Gives_the_same_answer_to_the_same_question()
    {
        if (Conformance.Folder is not { } folder)
        {
            Assert.Pass("the cases (../shared/conformance/scheduler) are not beside this checkout");
            return;
        }
        foreach (var name in new[] { "simple1", "group11", "bug-1572-1", "one-or-more-2" })
        {
            var cib = Cib.CibElement.Parse(File.ReadAllText(Path.Combine(folder, "xml", name + ".xml")), name);
            var before = cib.ToString();
            var first = PolicyRun.Schedule(cib, 1_700_000_000, PosixPattern.Of).GraphText();
            Assert.That(PolicyRun.Schedule(cib, 1_700_000_000, PosixPattern.Of).GraphText(), Is.EqualTo(first), name);
            Assert.That(cib.ToString(), Is.EqualTo(before), "the document is only read");
        }
    }

    private static string Line(string name, List<Conformance.Verdict> verdicts) => string.Create(CultureInfo.InvariantCulture,
        $"{name,4}  {verdicts.Count,5}  {verdicts.Count(static v => v.Scores),6}  {verdicts.Count(static v => v.Dot),3}  {verdicts.Count(static v => v.Graph),3}  {verdicts.Count(static v => v.Summary),7}  {verdicts.Count(static v => v.All),3}");
}
