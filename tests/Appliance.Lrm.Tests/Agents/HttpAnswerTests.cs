using System.Text;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Agents;

public class An_HTTP_answer
{
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok")]
    [TestCase("HTTP/1.0 404 Not Found\r\ncontent-length:3\r\n\r\nno!and more", 404, "no!")]
    [TestCase("HTTP/1.1 204 No Content\r\n\r\n", 204, "")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, "x")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na;name=v\r\n0123456789\r\n0\r\n\r\n", 200, "abc0123456789")]
    [TestCase("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", 200, "")]
    public void Is_read_as_soon_as_it_is_whole_and_not_before(string text, int status, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.That(HttpAnswer.Read(bytes, ended: false), Is.EqualTo(new HttpAnswer(status, body)));
        if (body.Length > 0) Assert.That(HttpAnswer.Read(bytes.AsSpan(0, Encoding.UTF8.GetByteCount(text[..text.LastIndexOf(body[^1])])), ended: false), Is.Null);
    }

    [TestCase("HTTP/1.1 200 OK\r\n\r\nuntil the end", 200, "until the end")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbroken off", 200, "broken off")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nbroken off", 200, "broken off")]
    public void Without_a_length_ends_with_the_connection(string text, int status, string body)
    {
        Assert.That(HttpAnswer.Read(Encoding.UTF8.GetBytes(text), ended: false), Is.Null);
        Assert.That(HttpAnswer.Read(Encoding.UTF8.GetBytes(text), ended: true), Is.EqualTo(new HttpAnswer(status, body)));
    }

    [TestCase("", "the answer breaks off in its head")]
    [TestCase("HTTP/1.1 200 OK\r\n", "the answer breaks off in its head")]
    [TestCase("220 mail.example.org ESMTP\r\n\r\n", "the answer is not HTTP/1")]
    [TestCase("HTTP/2.0 200 OK\r\n\r\n", "the answer is not HTTP/1")]
    [TestCase("HTTP/1.1 2x0 OK\r\n\r\n", "the answer is not HTTP/1")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "the answer's chunks cannot be read")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n", "the answer's chunks cannot be read")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\nab", "the answer's chunks cannot be read")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7ffffffe\r\nab", "the answer's chunks cannot be read")]
    public void That_is_none_is_refused(string text, string why) =>
        Assert.That(() => HttpAnswer.Read(Encoding.UTF8.GetBytes(text), ended: true), Throws.TypeOf<FormatException>().With.Message.EqualTo(why));

    /// <summary>As many as fit into what is looked at, on a stack like a worker's.</summary>
    [Test]
    public void That_never_comes_after_interim_ones_is_waited_for_without_end_of_the_stack()
    {
        var bytes = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("HTTP/1.1 100\r\n\r\n", HttpAnswer.MostBytes / 16)));
        HttpAnswer? answer = null;
        var thread = new Thread(() => answer = HttpAnswer.Read(bytes, ended: false), 512 * 1024);
        thread.Start();
        thread.Join();
        Assert.That(answer, Is.Null);
    }

    [TestCase(1), TestCase(2), TestCase(3), TestCase(4), TestCase(5)]
    public void Made_of_any_bytes_never_does_worse_than_be_refused(int seed)
    {
        var random = new Random(seed);
        var whole = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n3\r\nabc\r\n0\r\n\r\n"u8.ToArray();
        for (var i = 0; i < 2000; i++)
        {
            var bytes = whole.AsSpan(0, random.Next(whole.Length + 1)).ToArray();
            for (var n = random.Next(4); n > 0 && bytes.Length > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                _ = HttpAnswer.Read(bytes, ended: random.Next(2) == 0);
            }
            catch (FormatException)
            {
            }
        }
    }
}
