namespace Appliance.Cib.Tests;

/// <summary>Every CIB of a folder named by APPLIANCE_CIBS (Pacemaker's own regression cases: cts/scheduler/xml of its sources): read, printed, read again, upgraded.</summary>
public class The_cibs_of_a_folder
{
    private static string[] Files()
    {
        var folder = Environment.GetEnvironmentVariable("APPLIANCE_CIBS");
        return folder is not null && Directory.Exists(folder) ? Directory.GetFiles(folder, "*.xml") : [];
    }

    [Test]
    public void Are_read_written_and_upgraded()
    {
        var files = Files();
        if (files.Length == 0) Assert.Pass("APPLIANCE_CIBS names no folder with CIBs");
        foreach (var file in files)
        {
            Assert.That(CibElement.TryParse(File.ReadAllBytes(file), file, out var root, out var problem), Is.True, problem?.ToString());
            var printed = root!.ToString();
            var again = CibElement.Parse(printed, file);
            Assert.That(again.ToString(), Is.EqualTo(printed), file);
            Assert.That(again.SameAs(root), Is.True, file);
            Assert.That(CibElement.Parse(root.ToString(CibFormat.Compact), file).SameAs(root), Is.True, file);

            var latest = SchemaUpgrade.ToLatest(root, file, out var messages);
            Assert.That(latest, Is.Not.Null, file);
            Assert.That(messages.FindAll(m => m.Severity == Core.Diagnostics.Severity.Error), Is.Empty, file);
            if (latest!["validate-with"] == SchemaVersion.None) continue;
            Assert.That(CibValidator.Check(latest, file).FindAll(m => m.Severity == Core.Diagnostics.Severity.Error), Is.Empty, file);
            Assert.That(SchemaUpgrade.ToLatest(latest, file, out _)!.SameAs(latest), Is.True, file);
            Assert.That(latest.Descendants().Where(e => e["id-ref"] is not null && IdIndex.Resolve(e, new IdIndex(latest)) is null), Is.Empty, file);
        }
        Assert.Pass($"{files.Length} documents");
    }
}
