using System.Text;

namespace Appliance.Lrm.Tests.Scripts;

public class The_output_of_a_script
{
    [TestCase("a\nb\n", "a|b")]
    [TestCase("a\n\n \nb", "a|b")]
    [TestCase("tab\there\n", "tab here")]
    [TestCase("red \u001b[31m\r\n", "red ?[31m")]
    [TestCase("", "")]
    public void Becomes_lines_without_control_characters(string output, string expected) => Assert.That(Lines(Encoding.UTF8.GetBytes(output), 3), Is.EqualTo(expected));

    [Test]
    public void Is_cut_where_a_line_is_too_long()
    {
        var lines = Lines([.. Enumerable.Repeat((byte)'x', 5000), (byte)'\n', (byte)'y', (byte)'\n'], 1000).Split('|');
        Assert.That(lines, Is.EqualTo((string[])[new string('x', OutputLines.MaxLine) + " ...", "y"]));
    }

    [FsCheck.NUnit.Property]
    public void Of_any_bytes_in_any_pieces_gives_the_same_lines(byte[] output, FsCheck.PositiveInt size) =>
        Assert.That(Lines(output, 1 + size.Get % 5), Is.EqualTo(Lines(output, Math.Max(1, output.Length))));

    private static string Lines(byte[] output, int pieceSize)
    {
        var all = new List<string>();
        var lines = new OutputLines(all.Add);
        foreach (var piece in output.Chunk(pieceSize)) lines.Read(piece);
        lines.Finish();
        return string.Join('|', all);
    }
}
