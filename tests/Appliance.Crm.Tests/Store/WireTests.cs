using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Store;
using Appliance.Messaging;
using Appliance.Messaging.Wire;

namespace Appliance.Crm.Tests.Store;

/// <summary>Stores' words as cluster messages: each comes out as it went in, and none is larger than what a serial line takes.</summary>
public class The_wire_of_the_store
{
    private static CibElement Document(int resources)
    {
        var cib = CibRequests.Empty();
        for (var i = 0; i < resources; i++) cib.Element("configuration")!.Element("resources")!.Add("primitive").Set("id", $"r{i}").Set("class", "lsb").Set("type", "päckchen").Set("description", "a <b> & \"c\"\t'd'");
        return cib;
    }

    private static CibMessage[] All =>
    [
        new CibMessage.Hello(7, new(6, true, new(1, 20, 0)), new(1, 22, 333), "d1", "d2", ["k1", "k2"]),
        new CibMessage.Fetch(7),
        new CibMessage.Offer(7, Document(3), ["k1", "k2"]),
        new CibMessage.Base(7, 12, new(4), "d1", null, []),
        new CibMessage.Base(7, 12, new(4), "d1", Document(900), ["k1"]),
        new CibMessage.Patch(7, 13, new(4, true, new(0, 9, 0)), CibElement.Parse("<diff format='2'/>", "p"), true),
        new CibMessage.Stored(7, 13),
        new CibMessage.Want(7),
        new CibMessage.Reach(7, 14),
        new CibMessage.Reached(7, 15),
        new CibMessage.Ask(7, 4, new(CibOperation.Modify, "//a[@b='c']", CibElement.Parse("<x y='ä'/>", "i"), CibOptions.XPath | CibOptions.ScoreUpdate)
            { User = "alice", Groups = ["a b", "c"], Client = "cibadmin", Origin = "n1", SchemaLimit = "pacemaker-3.0", Digest = "d" }),
        new CibMessage.Ask(7, 5, new(CibOperation.Commit) { Steps = [new(CibOperation.Bump), new(CibOperation.Delete, "nodes", CibElement.Parse("<node id='1'/>", "i"))] }),
        new CibMessage.Answer(7, 4, CibError.Schema, CibElement.Parse("<failed/>", "o"), "it is « wrong »; sehr"),
        new CibMessage.Answer(7, 4, CibError.None, null, ""),
    ];

    [Test]
    public void Carries_every_word_unchanged([Range(0, 13)] int number)
    {
        var message = All[number];
        var assembly = new CibAssembly();
        CibMessage? read = null;
        foreach (var piece in CibWire.Write(message, "n2"))
        {
            Assert.That(read, Is.Null);
            Assert.That((piece.Type, piece["dest"]), Is.EqualTo((CibWire.Type, "n2")));
            read = assembly.Take("n1", piece);
        }
        Assert.That(Describe(read), Is.EqualTo(Describe(message)));
    }

    /// <summary>The pair is upgraded one node at a time: an older version says with a hello the term its document is from, and with a document nothing, which is then of its own time in office.</summary>
    [Test]
    public void Is_understood_from_and_by_a_version_that_knows_terms_only()
    {
        var hello = Read(Message.Of(CibWire.Type, ("f", "hello"), ("term", "7"), ("of", "5"), ("ver", "0.3.1"), ("dig", "d"), ("sdig", "s"), ("known", "")));
        Assert.That((hello as CibMessage.Hello)?.Standing, Is.EqualTo(new CibStanding(5)));
        Assert.That((Read(Message.Of(CibWire.Type, ("f", "base"), ("term", "7"), ("n", "1"), ("dig", "d"), ("known", ""))) as CibMessage.Base)?.Standing, Is.EqualTo(new CibStanding(7)));
        var patch = CibWire.Write(new CibMessage.Patch(7, 13, new(4), CibElement.Parse("<diff format='2'/>", "p"), true), null)[0];
        Assert.That((Read(new Message([.. patch.Fields.Where(f => f.Name != "of")])) as CibMessage.Patch)?.Standing, Is.EqualTo(new CibStanding(7)));
        Assert.That(CibWire.Write(new CibMessage.Hello(7, new(5, true, new(0, 3, 0)), new(0, 4, 0), "d", "s", []), null)[0]["of"], Is.EqualTo("5"), "a number, as it was");

        static CibMessage? Read(Message message) => new CibAssembly().Take("n1", message);
    }

    [Test]
    public void Fits_a_serial_line()
    {
        var line = new byte[128 * 1024];
        var pieces = CibWire.Write(new CibMessage.Base(7, 12, new(4), new string('d', 32), Document(3000), [.. Enumerable.Range(0, 100).Select(i => i.ToString("x32", CultureInfo.InvariantCulture))]), "node-with-a-long-name");
        Assert.That(pieces, Has.Count.GreaterThan(10));
        foreach (var piece in pieces)
        {
            var wire = new WireMessage();
            Assert.That(wire.Load(piece));
            // Room for the sender's fields and the signature.
            Assert.That(Classic.Write(wire, line), Is.GreaterThan(0).And.LessThan(SerialFramer.MaxMessage - 1500));
        }
    }

    [Test]
    public void Forgets_what_the_sender_did_not_finish()
    {
        var assembly = new CibAssembly();
        var large = CibWire.Write(new CibMessage.Base(7, 1, new(4), "d", Document(900), []), null);
        assembly.Take("n1", large[0]);
        Assert.That(assembly.Take("n1", CibWire.Write(new CibMessage.Stored(7, 2), null)[0]), Is.EqualTo(new CibMessage.Stored(7, 2)));
        Assert.That(assembly.Take("n1", large[1]), Is.Null);
        CibMessage? read = null;
        foreach (var piece in large)
        {
            // Another node's pieces come between.
            assembly.Take("n2", large[0]);
            read = assembly.Take("n1", piece);
        }
        Assert.That(read, Is.InstanceOf<CibMessage.Base>());
    }

    [Test]
    public void Makes_nothing_of_damaged_messages([Range(1, 300)] int seed)
    {
        var random = new Random(seed);
        var assembly = new CibAssembly();
        foreach (var message in All)
            foreach (var piece in CibWire.Write(message, null))
            {
                var fields = piece.Fields;
                var at = random.Next(fields.Length);
                var value = fields[at].Value.ToArray();
                if (value.Length > 0) value[random.Next(value.Length)] = (byte)random.Next(256);
                fields = random.Next(3) == 0 ? fields.RemoveAt(at) : fields.SetItem(at, fields[at] with { Value = [.. value] });
                Assert.That(() => assembly.Take("n1", new Message(fields)), Throws.Nothing);
            }
    }

    [Test]
    public void Goes_out_in_small_portions_and_in_order()
    {
        var outbox = new CibOutbox();
        var pieces = CibWire.Write(new CibMessage.Base(7, 1, new(4), "d", Document(3000), []), null);
        outbox.Add(pieces);
        var sent = new List<Message>();
        for (var ms = 0; sent.Count < pieces.Count; ms += 5)
        {
            var now = new Instant(ms * TimeSpan.TicksPerMillisecond);
            sent.AddRange(outbox.Take(now));
            Assert.That(sent, Has.Count.LessThanOrEqualTo(8 * (ms / 20 + 1)));
            if (sent.Count < pieces.Count) Assert.That(outbox.NextDeadline, Is.GreaterThan(now));
        }
        Assert.That(sent, Is.EqualTo(pieces));
        Assert.That(outbox.NextDeadline, Is.EqualTo(Instant.Never));
    }

    private static string Describe(CibMessage? message) => message switch
    {
        CibMessage.Hello m => $"hello {m.Term} {m.Standing} {m.Version} {m.Digest} {m.StoredDigest} {string.Join(' ', m.Known)}",
        CibMessage.Offer m => $"offer {m.Term} {m.Document} {string.Join(' ', m.Known)}",
        CibMessage.Base m => $"base {m.Term} {m.Number} {m.Standing} {m.Digest} {m.Document} {string.Join(' ', m.Known)}",
        CibMessage.Patch m => $"patch {m.Term} {m.Number} {m.Standing} {m.Content} {m.Configuration}",
        CibMessage.Ask m => $"ask {m.Term} {m.Id} {Describe(m.Request)}",
        CibMessage.Answer m => $"answer {m.Term} {m.Id} {m.Error} {m.Output} {m.Problem}",
        _ => message?.ToString() ?? "nothing",
    };

    private static string Describe(CibRequest r) =>
        $"{r.Operation} {r.Section} {r.Input} {r.Options} {r.User} {string.Join(',', r.Groups)} {r.Client} {r.Origin} {r.SchemaLimit} {r.Digest} [{string.Join(';', r.Steps.Select(Describe))}]";
}
