using System.Runtime.CompilerServices;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Configuration.Tests;

public class The_sample_files
{
    [Test]
    public void Start_without_error_or_warning()
    {
        var facts = new FakeFacts();
        facts.Interfaces["eth1"] = new(true, true);
        var read = ConfigurationReader.Read(new(Sample("ha.cf", 0x1A4), Sample("authkeys", 0x180), Sample("haresources", 0x1A4)), facts);
        Assert.That(read.Diagnostics.Where(d => d.Severity != Severity.Info), Is.Empty);
        Assert.That(read.Configuration!.Groups, Has.Length.GreaterThan(0));
    }

    private static SourceFile Sample(string name, int mode, [CallerFilePath] string here = "") =>
        new("/etc/ha.d/" + name, File.ReadAllBytes(Path.Combine(Path.GetDirectoryName(here)!, "../../docs/sample", name)), mode);
}
