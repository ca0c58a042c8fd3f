using System.Text;
using Appliance.Messaging;

namespace Appliance.Control.Tests;

public class The_command_fifo
{
    private static (List<string> Messages, FifoParser Parser) Feed(params string[] pieces)
    {
        var (parser, messages) = (new FifoParser(), new List<string>());
        foreach (var piece in pieces) parser.Feed(Encoding.Latin1.GetBytes(piece), m => messages.Add(m.ToString()));
        return (messages, parser);
    }

    [TestCase(">>>\nt=ask_resources\nrsc_hold=all\ninfo=me\n<<<\n", "t=ask_resources rsc_hold=all info=me")]
    [TestCase(">>>\nt=hb_takeover\nrsc_hold=failback\n<<<\n", "t=hb_takeover rsc_hold=failback")]
    [TestCase(">>>\nt=addnode\nnodelist=gamma delta\n<<<\n", "t=addnode nodelist=gamma delta")]
    [TestCase(">>>\nt=setsite\nnode=alpha\nsite=\n<<<\n", "t=setsite node=alpha site=")]
    [TestCase("noise\n>>> \nt=x\na=b=c\n<<<junk\nnoise\n", "t=x a=b=c")]
    [TestCase(">>>\nt=x\nsrc=beta\nseq=1\nhg=1\nts=1\nttl=1\nauth=1 0\n<<<\n", "t=x", TestName = "Drops_the_fields_that_messaging_adds_itself")]
    public void Takes_what_the_tools_of_3_0_6_write(string written, string expected) => Assert.That(Feed(written).Messages, Is.EqualTo(new[] { expected }));

    [Test]
    public void Takes_messages_in_any_pieces()
    {
        const string text = ">>>\nt=a\n<<<\n>>>\nt=b\n<<<\n";
        for (var cut = 0; cut <= text.Length; cut++)
            Assert.That(Feed(text[..cut], text[cut..]).Messages, Is.EqualTo(new[] { "t=a", "t=b" }), $"cut at {cut}");
    }

    [TestCase(">>>\nrsc_hold=all\n<<<\n", "no field t")]
    [TestCase(">>>\nt=\n<<<\n", "no field t")]
    [TestCase(">>>\nt=x\nrubbish\n<<<\n", "a line without name=value")]
    [TestCase(">>>\nt=x\n=value\n<<<\n", "a line without name=value")]
    [TestCase(">>>\nt=x\n(1)bin=AAAA\n<<<\n", "a typed field; only strings can be written here")]
    [TestCase(">>>\nt=x\n>>>\n<<<\n", "no field t")]
    [TestCase(">>>\nt=status\nst=dead\n<<<\n", "type status is messaging's own")]
    [TestCase(">>>\nt=NS_ackmsg\n<<<\n", "type NS_ackmsg is messaging's own")]
    [TestCase(">>>\nt=x\na=\0\n<<<\n", "a NUL in a line")]
    public void Counts_what_is_malformed_and_goes_on(string written, string fault)
    {
        var (messages, parser) = Feed(written, ">>>\nt=good\n<<<\n");
        Assert.That(messages, Is.EqualTo(new[] { "t=good" }));
        Assert.That(parser.Malformed, Is.GreaterThanOrEqualTo(1));
        Assert.That(parser.LastFault, Is.EqualTo(fault));
    }

    [Test]
    public void Takes_neither_endless_lines_nor_endless_messages()
    {
        var (messages, parser) = Feed(">>>\nt=x\na=" + new string('x', 100_000) + "\n<<<\n", ">>>\nt=x\n" + string.Concat(Enumerable.Repeat("a=b\n", 100_000)) + "<<<\n");
        Assert.That(messages, Is.Empty);
        Assert.That(parser.Malformed, Is.EqualTo(2));
    }

    [FsCheck.NUnit.Property(MaxTest = 500)]
    public bool Never_throws_and_never_lets_a_reserved_field_through(byte[] bytes)
    {
        var parser = new FifoParser();
        var good = true;
        parser.Feed(Encoding.Latin1.GetBytes(">>>\nt=x\n"), _ => { });
        parser.Feed(bytes, m => good &= m.Type.Length is > 0 and < 32 && m["src"] is null && m["auth"] is null);
        parser.Feed(Encoding.Latin1.GetBytes("\n<<<\n"), m => good &= m.Type.Length is > 0 and < 32);
        return good;
    }
}
