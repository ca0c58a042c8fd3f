using System.Globalization;
using Appliance.Cib;
using Appliance.Control;
using Appliance.Control.Tests;
using Appliance.Crm;
using Appliance.Linux;
using Appliance.Pulse;

namespace Appliance.Tests.Crm;

/// <summary>The thread that stores: each document is told when it survives, and the file that others read follows.</summary>
public class The_store_of_the_cib
{
    private string _path = null!;
    private Deeds _deeds = null!;
    private Inbox _inbox = null!;
    private readonly List<string?> _told = [];

    [SetUp]
    public void Make()
    {
        (_path, _deeds, _inbox) = (Directory.CreateTempSubdirectory("cib-").FullName, new(), new());
        _told.Clear();
    }

    [TearDown]
    public void Remove()
    {
        _deeds.Dispose();
        _inbox.Dispose();
        Directory.Delete(_path, recursive: true);
    }

    private static CibElement Document(int epoch) => CibElement.Parse(string.Create(CultureInfo.InvariantCulture,
        $"""<cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" admin_epoch="0" epoch="{epoch}" num_updates="0"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>"""), "d");

    private CibStore Store() => new(new CibFiles(_path), new FileDirectory(_path), _inbox, _deeds.Log);

    private bool IsInPlace(int epoch) => File.Exists($"{_path}/cib.xml") && File.ReadAllText($"{_path}/cib.xml").Contains($" epoch=\"{epoch}\"", StringComparison.Ordinal);

    private void Take()
    {
        while (_inbox.TryTake(out var input)) ((ControlInput.Found)input).Take();
    }

    [Test]
    public void Tells_each_document_in_its_order_and_has_the_last_in_place_when_it_ends()
    {
        using (var store = Store())
            for (var epoch = 1; epoch <= 40; epoch++) store.Write(Document(epoch), new(1), _told.Add);
        Take();
        Assert.That(_told, Is.EqualTo(new string?[40]));
        Assert.That(IsInPlace(40), Is.True);
        foreach (var file in Directory.GetFiles(_path, "cib.next*")) Assert.That(File.ReadAllText(file), Does.StartWith("-\n"), "nothing waits");
    }

    [Test]
    public void Has_a_document_in_place_soon_after_without_another()
    {
        using var store = Store();
        store.Write(Document(1), new(1), _told.Add);
        Assert.That(() => IsInPlace(1), Is.True.After(5000, 5));
    }

    /// <summary>Replacing the file gives way to what is to be stored, but not for ever.</summary>
    [Test]
    public void Replaces_the_file_under_a_stream_of_changes_too()
    {
        using var store = Store();
        var epoch = 0;
        var until = DateTime.UtcNow.AddSeconds(20);
        while (!File.Exists($"{_path}/cib.xml.sig") && DateTime.UtcNow < until)
        {
            Take();
            if (_told.Count < epoch - 3) Thread.Sleep(1);
            else store.Write(Document(++epoch), new(1), _told.Add);
        }
        Assert.That(DateTime.UtcNow, Is.LessThan(until));
    }

    [Test]
    public void Says_what_kept_a_document_from_the_disk()
    {
        var files = Directory.CreateDirectory(Path.Combine(_path, "gone")).FullName;
        using (var store = new CibStore(new CibFiles(files), new FileDirectory(_path), _inbox, _deeds.Log))
        {
            Directory.Delete(files);
            store.Write(Document(1), new(1), _told.Add);
        }
        Take();
        Assert.That(_told, Has.Count.EqualTo(1));
        Assert.That(_told[0], Does.Contain("/gone"));
    }

    /// <summary>As Pacemaker keeps them; the system's bzip2 reads what was packed, and so do our own tools.</summary>
    [Test, Category("peer")]
    public void Keeps_inputs_of_the_policy_engine_packed()
    {
        if (!File.Exists("/usr/bin/bzcat") && !File.Exists("/bin/bzcat")) Assert.Ignore("bzcat is missing (Debian package bzip2)");
        if (Bzip2Compressor.Load() is not { } bzip2)
        {
            Assert.Ignore("libbz2.so.1.0 is missing (Debian package libbz2-1.0)");
            return;
        }
        var large = Document(7);
        for (var i = 0; i < 20_000; i++) large.Add("x").Set("id", $"{i * 7919L % 100_003}");
        using (var store = new CibStore(new CibFiles(_path), new FileDirectory(_path), _inbox, _deeds.Log, bzip2))
        {
            store.Keep(new("pe-input-3.bz2", Document(7), "pe-input.last", "4"));
            store.Keep(new("pe-warn-0.bz2", large, "pe-warn.last", "1"));
        }
        Assert.That(File.ReadAllText($"{_path}/pe-input.last"), Is.EqualTo("4"));
        foreach (var (file, document) in new[] { ("pe-input-3.bz2", Document(7)), ("pe-warn-0.bz2", large) })
        {
            using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("bzcat", [$"{_path}/{file}"]) { RedirectStandardOutput = true })!;
            var read = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.That(read, Is.EqualTo(document.ToString(CibFormat.Pretty)));
            Assert.That(global::Appliance.Commands.Policy.PolicyInput.Text($"{_path}/{file}"), Is.EqualTo(read));
        }
    }
}
