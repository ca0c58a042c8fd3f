using Appliance.Cib;
using Appliance.Linux;
using Appliance.Policy.Report;

namespace Appliance.Policy.Tests;

/// <summary>
/// Small documents of our own, one feature each, with the transition summary and (after an empty line, sorted) what is executed. Each was given to crm_simulate 2.1.5 when it was
/// written, and said the same but for the columns.
/// </summary>
public class Each_feature
{
    private static string Folder => Path.Combine(TestContext.CurrentContext.TestDirectory, "Fixtures");

    private static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.xml").Select(static f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);

    [TestCaseSource(nameof(Names))]
    public void Is_answered_as_written_beside_it(string name)
    {
        var cib = CibElement.Parse(File.ReadAllText(Path.Combine(Folder, name + ".xml")), name);
        var told = Summary.Simulate(cib, PolicyRun.ReadStatus(cib, Now), PolicyRun.Schedule(cib, Now, PosixPattern.Of), Now, null).Text.Split('\n');
        string[] answer = [.. Section(told, "Transition Summary:"), "", .. Section(told, "Executing Cluster Transition:").Order(StringComparer.Ordinal)];
        Assert.That(string.Join('\n', answer).TrimEnd('\n'), Is.EqualTo(File.ReadAllText(Path.Combine(Folder, name + ".summary")).TrimEnd('\n')));
    }

    private const long Now = 1_700_000_000;

    private static IEnumerable<string> Section(string[] text, string title) => text.SkipWhile(l => l != title).Skip(1).TakeWhile(static l => l.Length > 0)
        .Select(static l => string.Join(' ', l.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)));
}
