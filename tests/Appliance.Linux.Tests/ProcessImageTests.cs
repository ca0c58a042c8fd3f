using System.Globalization;

namespace Appliance.Linux.Tests;

public class The_memory_of_a_process_that_has_started
{
    /// <summary>MADV_DONTNEED_LOCKED; before it the advice is refused and nothing changes.</summary>
    private static readonly Version Needed = new(5, 18);

    [Test]
    public void Holds_less_of_its_files_once_the_start_is_forgotten_and_works_as_before()
    {
        if (Environment.OSVersion.Version < Needed) Assert.Ignore($"needs Linux {Needed}");
        var before = FileKib();
        ProcessImage.ForgetStartUp();
        Assert.DoesNotThrow(ProcessImage.ForgetStartUp, "once more");
        Assert.Multiple(() =>
        {
            Assert.That(FileKib(), Is.LessThan(before / 2));
            Assert.That(string.Create(CultureInfo.InvariantCulture, $"{Math.Sqrt(2):0.000}"), Is.EqualTo("1.414"));
        });
    }

    private static int FileKib() => int.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith("RssFile:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);
}
