using System.Text;

namespace Appliance.Lrm.Tests.Scripts;

/// <summary>ResourceManager of 3.0.6, we_own_resource: <c>*[Nn][Oo][Tt]\ *[Rr]unning*</c>, then <c>*[Rr]unning*|*OK*</c>. Checked row by row with its shell.</summary>
public class A_status_action
{
    internal static readonly object[][] Rows =
    [
        ["", false], ["running", true], ["Running", true], ["RUNNING", false], ["rUNNING", false], ["is running...", true], ["OK", true], ["ok", false], ["Ok", false],
        ["INFO:  Running OK", true], ["INFO:  Resource is stopped", false], ["stopped", false], ["not running", false], ["Not running", false], ["NOT Running", false],
        ["nOt running", false], ["not  running", false], ["notrunning", true], ["is not dead but running", false], ["running, not stopped", true],
        ["cannot say", false], ["it is not\nrunning", true], ["not here\nbut running", false], ["OK\nnot running", false], ["not\trunning", true], ["unrunning", true],
        ["snot running", false], ["OKrunning", true], ["knot OK", true], ["not OK", true], ["runnin", false], ["O K", false], ["O\nK", false],
    ];

    [TestCaseSource(nameof(Rows))]
    public void Says_running_by_its_words(string output, bool running) => Assert.That(Judge(output, output.Length), Is.EqualTo(running));

    [FsCheck.NUnit.Property]
    public void Means_the_same_in_whatever_pieces_its_output_arrives(FsCheck.PositiveInt size)
    {
        foreach (var row in Rows) Assert.That(Judge((string)row[0], 1 + size.Get % 7), Is.EqualTo(row[1]), (string)row[0]);
    }

    [TestCaseSource(nameof(Rows)), Category("peer")]
    public void Means_to_us_what_it_means_to_the_shell_of_3_0_6(string output, bool running)
    {
        var judge = $"case '{output}' in *[Nn][Oo][Tt]\\ *[Rr]unning*) exit 3;; *[Rr]unning*|*OK*) exit 0;; *) exit 3;; esac";
        Assert.That(Machine.TryShell(judge).Code == 0, Is.EqualTo(running));
    }

    private static bool Judge(string output, int pieceSize)
    {
        var words = new StatusWords();
        foreach (var piece in Encoding.UTF8.GetBytes(output).Chunk(Math.Max(1, pieceSize))) words.Read(piece);
        return words.IsRunning;
    }
}
