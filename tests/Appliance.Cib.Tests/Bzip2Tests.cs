using System.Diagnostics;
using System.Text;

namespace Appliance.Cib.Tests;

public class What_bzip2_packed
{
    private const int Limit = 10_000_000;

    private static byte[] Packed(byte[] bytes, string option = "-9")
    {
        if (!File.Exists("/usr/bin/bzip2") && !File.Exists("/bin/bzip2")) Assert.Ignore("bzip2 is not installed");
        var start = new ProcessStartInfo("bzip2", ["-c", option]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        var writing = Task.Run(() =>
        {
            process.StandardInput.BaseStream.Write(bytes);
            process.StandardInput.Close();
        });
        using var packed = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(packed);
        writing.Wait();
        process.WaitForExit();
        return packed.ToArray();
    }

    private static IEnumerable<TestCaseData> Contents()
    {
        yield return new TestCaseData(Array.Empty<byte>()).SetName("nothing");
        yield return new TestCaseData("a"u8.ToArray()).SetName("one byte");
        yield return new TestCaseData(Encoding.UTF8.GetBytes(new string('x', 4))).SetName("four equal bytes");
        yield return new TestCaseData(Encoding.UTF8.GetBytes(new string('x', 259) + "y")).SetName("the longest run");
        yield return new TestCaseData(new byte[300_000]).SetName("more than a block of one byte");
        yield return new TestCaseData(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 20_000).Select(static n => $"<nvpair id=\"p{n}\" value=\"{n * 7919 % 1000}\"/>\n")))).SetName("XML of several blocks");
        var random = new byte[250_000];
        new Random(7).NextBytes(random);
        yield return new TestCaseData(random).SetName("noise of all bytes");
    }

    [TestCaseSource(nameof(Contents))]
    public void Comes_out_again(byte[] content)
    {
        foreach (var option in new[] { "-1", "-9" })
        {
            Assert.That(Bzip2.TryDecode(Packed(content, option), Limit, out var bytes), Is.True, option);
            Assert.That(bytes.AsSpan().SequenceEqual(content), Is.True, option);
        }
    }

    [Test]
    public void May_be_several_streams_after_each_other()
    {
        Assert.That(Bzip2.TryDecode([.. Packed("one, "u8.ToArray()), .. Packed("two"u8.ToArray())], Limit, out var bytes), Is.True);
        Assert.That(Encoding.UTF8.GetString(bytes), Is.EqualTo("one, two"));
    }

    [Test]
    public void Is_refused_beyond_a_limit() => Assert.That(Bzip2.TryDecode(Packed(new byte[1_000_000]), 999_999, out _), Is.False);

    [Test]
    public void Is_refused_when_any_bit_is_wrong()
    {
        var packed = Packed("Everything is checked before it is believed; everything."u8.ToArray());
        for (var bit = 0; bit < packed.Length * 8; bit++)
        {
            var damaged = (byte[])packed.Clone();
            damaged[bit / 8] ^= (byte)(0x80 >> (bit % 8));
            // The block size (its digit) and what fills the last byte say nothing about the content.
            if (Bzip2.TryDecode(damaged, Limit, out var bytes)) Assert.That(Encoding.UTF8.GetString(bytes), Does.StartWith("Everything is checked before it is believed; everything."), $"bit {bit}");
        }
        for (var length = 0; length < packed.Length; length++) Assert.That(Bzip2.TryDecode(packed.AsSpan(0, length), Limit, out _), Is.False, $"{length} bytes");
    }

    [Test]
    public void Never_throws()
    {
        var random = new Random(3);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = new byte[random.Next(200)];
            random.NextBytes(bytes);
            if (bytes.Length > 10) new byte[] { 0x42, 0x5A, 0x68, 0x31, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59 }.CopyTo(bytes, 0);
            Assert.That(Bzip2.TryDecode(bytes, 100_000, out _), Is.False);
        }
    }
}
