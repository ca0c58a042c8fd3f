using System.Diagnostics;
using System.Globalization;
using System.Text;
using Appliance.Cib;
using Appliance.Crm;
using Appliance.Crm.Store;

namespace Appliance.Tests.Crm;

/// <summary>The CIB on disk: what was told stored is there after any crash, and what Debian's tools make of it.</summary>
public class The_files_of_the_cib
{
    private static CibElement Document(int epoch, string note = "") => CibElement.Parse(string.Create(CultureInfo.InvariantCulture, $"""
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" admin_epoch="0" epoch="{epoch}" num_updates="7" cib-last-written="Sat Nov 21 11:00:00 2026">
          <configuration><crm_config/><nodes/><resources><primitive id="a" class="ocf" provider="heartbeat" type="Dummy" description="{note}"/></resources><constraints/></configuration>
          <status><node_state id="1"/></status>
        </cib>
        """), "d");

    private static int Epoch(CibLoaded loaded) => loaded.Document is null ? -1 : CibVersion.Of(loaded.Document).Epoch;

    [Test]
    public void Give_back_what_was_stored_without_the_status()
    {
        var directory = new CrashingDirectory();
        Assert.That(new CibFiles(directory).Store(Document(4), new(9)), Is.Null);
        Assert.That(directory.Read("cib.xml"), Is.Null, "what follows is read from what waits");
        var loaded = new CibFiles(directory).Load();
        Assert.That((Epoch(loaded), loaded.Standing, loaded.Messages.Count), Is.EqualTo((4, new CibStanding(9), 0)));
        Assert.That(loaded.Document!.Element("status")!.Children, Is.Empty);
        Assert.That(loaded.Document["num_updates"], Is.EqualTo("0"));
    }

    /// <summary>Terms go on from there: what another node has of them must not be worth more.</summary>
    [Test]
    public void Tell_what_the_last_document_was_worth_where_there_is_none()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        files.Store(Document(4), new(9));
        files.Settle();
        directory.Delete("cib.xml");
        directory.Delete("cib.xml.sig");
        var loaded = new CibFiles(directory).Load();
        Assert.That((loaded.Document, loaded.Standing), Is.EqualTo(((CibElement?)null, new CibStanding(9))));
        Assert.That(Encoding.UTF8.GetString(directory.Read("cib.term")!), Is.EqualTo("9 0 4 0\n"), "as versions before have it, which know terms only");
    }

    private static CibStanding Standing(int epoch) => epoch switch { <= 3 => new(5), < 10 => new(6, true, new(0, 4, 0)), _ => new(7) };

    private static void StoreAndSettle(CibFiles files, int epoch)
    {
        files.Store(Document(epoch), Standing(epoch));
        Assert.That(files.Settle(), Is.True);
    }

    /// <summary>The machine ends before every single step, and the disk loses any of what was not flushed, or has half of it: every file is written in every of these stories.</summary>
    /// <param name="story">s: another document is stored; p: it is put in its place; 1, 2, 3: that is begun, and gives way so many flushes later; n: a new process goes on.</param>
    [TestCase("sp")]
    [TestCase("sspsp")]
    [TestCase("sss")]
    [TestCase("s1s2s3sp")]
    [TestCase("s3psn")]
    [TestCase("ssnsps")]
    [TestCase("s2ns3np")]
    [TestCase("tstps1ttp")]
    public void Hold_what_was_told_stored_after_a_crash_at_any_step(string story)
    {
        var (crashes, kept) = (0, 0);
        for (var end = 0; ; end++)
        {
            var directory = new CrashingDirectory();
            var files = new CibFiles(directory);
            for (var epoch = 1; epoch <= 3; epoch++) StoreAndSettle(files, epoch);
            directory.EndsAfter = directory.Steps + end;
            var (begun, told, whole) = (3, 3, true);
            var (beginsToHear, heard) = (0L, 0L);
            try
            {
                foreach (var step in story)
                    switch (step)
                    {
                        case 's':
                            begun = begun == 3 ? 8 : begun + 1;
                            files.Store(Document(begun), Standing(begun));
                            told = begun;
                            break;
                        case 't':
                            files.StoreTerm(++beginsToHear);
                            heard = beginsToHear;
                            break;
                        case 'p':
                            Assert.That(files.Settle(), Is.True);
                            break;
                        case 'n':
                            files = new(directory);
                            Assert.That((Epoch(files.Load()), files.IsBehind), Is.EqualTo((told, false)));
                            break;
                        default:
                            var questions = 0;
                            Assert.That(files.Settle(() => ++questions > step - '1'), Is.False);
                            Assert.That(files.IsBehind, Is.True);
                            break;
                    }
            }
            catch (CrashingDirectory.Ended)
            {
                (whole, crashes) = (false, crashes + 1);
            }
            for (var seed = 0; seed < 40; seed++)
            {
                var random = new Random(seed);
                // The first two lose everything and nothing.
                var after = directory.AfterCrash(() => seed < 2 ? seed * 2 : random.Next(3));
                var loaded = LoadThroughCrashes(ref after, new Random(seed));
                var found = Epoch(loaded);
                Assert.That(found, Is.EqualTo(told).Or.EqualTo(begun), $"step {end}, seed {seed}: {string.Join(' ', after.List())}");
                Assert.That(loaded.Standing, Is.EqualTo(Standing(found)), $"step {end}, seed {seed}");
                Assert.That(loaded.HeardTerm, Is.EqualTo(heard).Or.EqualTo(beginsToHear), $"step {end}, seed {seed}");
                Assert.That(loaded.Messages, Is.Empty, $"a crash is not an administrator's hand: step {end}, seed {seed}");
                if (found == told && told < begun) kept++;
                StoreAndSettle(new(after), 30);
                Assert.That(Epoch(new CibFiles(after).Load()), Is.EqualTo(30));
                Assert.That(Encoding.UTF8.GetString(after.Read("cib.xml")!), Does.Contain("epoch=\"30\""));
            }
            if (whole) break;
        }
        Assert.That(crashes, Is.GreaterThan(story.Length));
        Assert.That(kept, Is.GreaterThan(0), "a crash before the flush has ended leaves the document before");
    }

    /// <summary>The document before, which its backup has, is put back while nothing runs.</summary>
    [Test]
    public void Do_not_come_back_when_an_administrator_puts_the_document_before_in_their_place()
    {
        var directory = new CrashingDirectory();
        for (var epoch = 1; epoch <= 3; epoch++) StoreAndSettle(new(directory), epoch);
        directory.Write("cib.xml", directory.Read("cib-1.raw")!);
        directory.Write("cib.xml.sig", directory.Read("cib-1.raw.sig")!);
        Assert.That(Epoch(new CibFiles(directory).Load()), Is.EqualTo(2));
    }

    /// <summary>What waited is of no use where an administrator has put another document in place meanwhile, with its digest.</summary>
    [Test]
    public void Do_not_replace_what_an_administrator_put_there_while_nothing_ran()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        for (var epoch = 1; epoch <= 3; epoch++) StoreAndSettle(files, epoch);
        files.Store(Document(4), new(5));
        directory.Write("cib.xml", directory.Read("cib-0.raw")!);
        directory.Write("cib.xml.sig", directory.Read("cib-0.raw.sig")!);
        Assert.That(Epoch(new CibFiles(directory).Load()), Is.EqualTo(1));
        Assert.That(Epoch(new CibFiles(directory).Load()), Is.EqualTo(1));
    }

    [Test]
    public void Give_what_waited_where_the_document_in_place_cannot_be_read()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        for (var epoch = 1; epoch <= 3; epoch++) StoreAndSettle(files, epoch);
        files.Store(Document(8), new(6));
        directory.Write("cib.xml", "<cib"u8.ToArray());
        var loaded = new CibFiles(directory).Load();
        Assert.That((Epoch(loaded), loaded.Standing, loaded.Messages.Count), Is.EqualTo((8, new CibStanding(6), 2)));
        Assert.That(Epoch(new CibFiles(directory).Load()), Is.EqualTo(8), "it is in its place now");
    }

    /// <summary>As a version before this one left it: one file, and no number in it.</summary>
    [Test]
    public void Take_what_waits_from_an_older_version()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        StoreAndSettle(files, 1);
        files.Store(Document(2), new(5));
        var lines = Encoding.UTF8.GetString(directory.Read("cib.next.1") is { } second && !second.AsSpan().StartsWith("-"u8) ? second : directory.Read("cib.next")!).Split('\n');
        var words = lines[1].Split(' ');
        var size = int.Parse(words[2], CultureInfo.InvariantCulture);
        var said = $"{words[0]} {words[1]} {size}\n{string.Join('\n', lines[2..])[..size]}";
        directory.Write("cib.next.1", "-\n"u8.ToArray());
        directory.Write("cib.next", Encoding.UTF8.GetBytes($"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(said)))}\n{said}\n\n\n"));
        Assert.That(Epoch(new CibFiles(directory).Load()), Is.EqualTo(2));
    }

    /// <summary>What was told stored, and then could not be put in its place, is not lost by what comes after, wherever the error was.</summary>
    [Test]
    public void Go_on_after_an_error_at_any_step()
    {
        for (var end = 0; ; end++)
        {
            var directory = new CrashingDirectory();
            var files = new CibFiles(directory);
            StoreAndSettle(files, 1);
            files.Store(Document(2), new(5));
            directory.EndsAfter = directory.Steps + end;
            try
            {
                Assert.That(files.Settle(), Is.True);
                return;
            }
            catch (CrashingDirectory.Ended)
            {
            }
            Assert.That(files.IsBehind, Is.True);
            Assert.That(() => files.Store(Document(3), new(5)), Throws.InstanceOf<IOException>(), "the disk is still of no use");
            Assert.That(Epoch(new CibFiles(directory.AfterCrash(() => 0)).Load()), Is.EqualTo(2), $"step {end}");
            directory.EndsAfter = null;
            StoreAndSettle(files, 3);
            Assert.That(Epoch(files.Load()), Is.EqualTo(3));
            Assert.That(directory.List(), Does.Contain("cib-0.raw").And.Not.Contain("cib-bad.0.raw"), $"step {end}");
        }
    }

    /// <summary>Nothing is read where nobody else has written.</summary>
    [Test]
    public void See_that_somebody_changed_the_document_while_they_were_in_use()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        StoreAndSettle(files, 1);
        directory.Write("cib.xml", "<cib edited='by hand'/>"u8.ToArray());
        Assert.That(files.Store(Document(2), new(5)), Does.Contain("cib-bad.0.raw"));
        Assert.That(Epoch(new CibFiles(directory.AfterCrash(() => 0)).Load()), Is.EqualTo(2));
        Assert.That(files.Settle(), Is.True);
        Assert.That(directory.Read("cib-bad.0.raw"), Is.EqualTo("<cib edited='by hand'/>"u8.ToArray()));
    }

    /// <summary>Reading puts things in order, and may be interrupted too.</summary>
    private static CibLoaded LoadThroughCrashes(ref CrashingDirectory directory, Random random)
    {
        for (var tries = 0; tries < 3; tries++)
        {
            directory.EndsAfter = directory.Steps + random.Next(3);
            try
            {
                var loaded = new CibFiles(directory).Load();
                directory.EndsAfter = null;
                return loaded;
            }
            catch (CrashingDirectory.Ended)
            {
                directory = directory.AfterCrash(() => random.Next(3));
            }
        }
        return new CibFiles(directory).Load();
    }

    [Test]
    public void Fall_back_to_the_newest_backup_when_somebody_edited_the_document_and_keep_it()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        for (var epoch = 1; epoch <= 3; epoch++) StoreAndSettle(files, epoch);
        var edited = Encoding.UTF8.GetString(directory.Read("cib.xml")!).Replace("Dummy", "Stateful", StringComparison.Ordinal);
        directory.Write("cib.xml", Encoding.UTF8.GetBytes(edited));
        var loaded = files.Load();
        Assert.That(Epoch(loaded), Is.EqualTo(2));
        Assert.That(loaded.Messages, Has.Count.EqualTo(2));
        Assert.That(loaded.Messages[0], Does.Contain("cib-bad.0.raw"));
        Assert.That(Encoding.UTF8.GetString(directory.Read("cib-bad.0.raw")!), Is.EqualTo(edited));
        files.Store(Document(5), new(5));
        Assert.That((Epoch(files.Load()), directory.Read("cib-bad.0.raw") is not null), Is.EqualTo((5, true)));
    }

    [Test]
    public void Take_a_document_that_an_administrator_put_there_without_a_digest()
    {
        var directory = new CrashingDirectory();
        directory.Write("cib.xml", Encoding.UTF8.GetBytes(Document(12).ToString()));
        var loaded = new CibFiles(directory).Load();
        Assert.That((Epoch(loaded), loaded.Messages.Count), Is.EqualTo((12, 1)));
    }

    [TestCase("")]
    [TestCase("<cib")]
    [TestCase("<other/>")]
    public void Say_that_there_is_none_when_nothing_can_be_read(string content)
    {
        var directory = new CrashingDirectory();
        directory.Write("cib.xml", Encoding.UTF8.GetBytes(content));
        directory.Write("cib.xml.sig", Encoding.UTF8.GetBytes("0123"));
        var loaded = new CibFiles(directory).Load();
        Assert.That((loaded.Document, loaded.Messages.Count), Is.EqualTo(((CibElement?)null, 1)));
        Assert.That(directory.Read("cib-bad.0.raw"), Is.EqualTo(Encoding.UTF8.GetBytes(content)));
    }

    [Test]
    public void Keep_a_bounded_number_of_backups_the_newest_ones()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        for (var epoch = 1; epoch <= 130; epoch++) StoreAndSettle(files, epoch);
        var backups = directory.List().FindAll(f => f.EndsWith(".raw", StringComparison.Ordinal));
        Assert.That(backups, Has.Count.EqualTo(CibFiles.Backups));
        var epochs = backups.ConvertAll(b => CibVersion.Of(CibElement.Parse(Encoding.UTF8.GetString(directory.Read(b)!), b)).Epoch);
        Assert.That((epochs.Min(), epochs.Max()), Is.EqualTo((30, 129)));
        Assert.That(Encoding.ASCII.GetString(directory.Read("cib.last")!), Is.EqualTo("29"));
        Assert.That(files.Load().Known, Has.Count.EqualTo(CibFiles.Backups));
    }

    [Test]
    public void Keep_a_lost_document_under_a_name_of_its_own()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        Assert.That((files.KeepLost(Document(3), out _), files.KeepLost(Document(4), out _)), Is.EqualTo(("cib-lost.0.raw", "cib-lost.1.raw")));
        Assert.That(files.Load().Document, Is.Null);
    }

    [Test]
    public void Keep_no_more_lost_documents_than_somebody_looks_at()
    {
        var directory = new CrashingDirectory();
        var files = new CibFiles(directory);
        string? gone = null;
        for (var i = 0; i < CibFiles.LostCopies; i++)
        {
            files.KeepLost(Document(i + 1), out gone);
            Assert.That(gone, Is.Null);
        }
        Assert.That((files.KeepLost(Document(90), out gone), gone), Is.EqualTo(("cib-lost.20.raw", "cib-lost.0.raw")));
        Assert.That((files.KeepLost(Document(91), out gone), gone), Is.EqualTo(("cib-lost.21.raw", "cib-lost.1.raw")));
        Assert.That(directory.List().Count(f => f.StartsWith("cib-lost.", StringComparison.Ordinal)), Is.EqualTo(2 * CibFiles.LostCopies), "each with its digest");
    }

    [Test]
    public void Are_written_and_found_in_a_real_directory()
    {
        var path = Directory.CreateTempSubdirectory("cib-").FullName;
        try
        {
            var files = new CibFiles(path);
            Assert.That(files.Load().Document, Is.Null);
            for (var epoch = 1; epoch <= 3; epoch++)
            {
                files.Store(Document(epoch), new(epoch));
                files.Settle();
            }
            Assert.That(files.KeepLost(Document(9), out _), Is.EqualTo("cib-lost.0.raw"));
            var loaded = new CibFiles(path).Load();
            Assert.That((Epoch(loaded), loaded.Standing, loaded.Known.Count), Is.EqualTo((3, new CibStanding(3), 2)));
            Assert.That(Directory.GetFiles(path).Select(Path.GetFileName).Order(StringComparer.Ordinal), Is.EqualTo(new[]
            {
                "cib-0.raw", "cib-0.raw.sig", "cib-1.raw", "cib-1.raw.sig", "cib-lost.0.raw", "cib-lost.0.raw.sig", "cib.last", "cib.next", "cib.next.1", "cib.term", "cib.xml", "cib.xml.sig",
            }));
            Directory.Delete(path, recursive: true);
            Assert.That(() => files.Store(Document(4), new(4)), Throws.InstanceOf<IOException>());
        }
        finally
        {
            if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>Debian's cibadmin calculates the digest that stands beside the document, and takes the document.</summary>
    [Test, Category("peer")]
    public void Are_such_as_cibadmin_accepts()
    {
        const string cibadmin = "/usr/sbin/cibadmin", verify = "/usr/sbin/crm_verify";
        if (!File.Exists(cibadmin) || !File.Exists(verify)) Assert.Ignore("cibadmin is missing (Debian package pacemaker-cli-utils)");
        var path = Directory.CreateTempSubdirectory("cib-").FullName;
        try
        {
            var files = new CibFiles(path);
            files.Store(Document(3, "first"), new(1));
            files.Settle();
            files.Store(Document(4, "a &lt;b&gt; &amp; c"), new(1));
            files.Settle();
            var sum = Run(cibadmin, "--md5-sum", "-x", Path.Combine(path, "cib.xml"));
            Assert.That(sum.Trim(), Is.EqualTo(File.ReadAllText(Path.Combine(path, "cib.xml.sig"))));
            var backup = Run(cibadmin, "--md5-sum", "-x", Path.Combine(path, "cib-0.raw"));
            Assert.That(backup.Trim(), Is.EqualTo(File.ReadAllText(Path.Combine(path, "cib-0.raw.sig"))));
            Assert.That(Run(verify, "-x", Path.Combine(path, "cib.xml")), Is.Empty);
            Assert.That(Epoch(files.Load()), Is.EqualTo(4));
            Assert.That(File.GetUnixFileMode(Path.Combine(path, "cib.xml")), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        }
        finally
        {
            Directory.Delete(path, recursive: true);
        }
    }

    private static string Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return output;
    }
}
