namespace Appliance.Cib.Tests;

/// <summary>
/// Pacemaker's own regression cases (cts/scheduler/xml of its sources): each is read, printed, read again, upgraded and judged. They stand beside the checkout, in ../shared/conformance; APPLIANCE_CIBS names another folder.
/// </summary>
[Category("beside")]
public class The_cibs_of_a_folder
{
    public static IEnumerable<string> Files()
    {
        if (Environment.GetEnvironmentVariable("APPLIANCE_CIBS") is { Length: > 0 } named) return Directory.GetFiles(named, "*.xml");
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (Path.Combine(at.FullName, "..", "shared", "conformance", "scheduler", "xml") is var folder && Directory.Exists(folder)) return Directory.GetFiles(folder, "*.xml").Order(StringComparer.Ordinal);
        return [];
    }

    [Test]
    public void Are_read_written_and_upgraded()
    {
        if (!Files().Any()) Assert.Ignore("the cases (../shared/conformance) are not beside this checkout");
        foreach (var file in Files())
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
    }
}
