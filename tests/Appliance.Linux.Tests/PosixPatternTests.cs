using System.Diagnostics;

namespace Appliance.Linux.Tests;

public class A_posix_pattern
{
    [TestCase("^node[0-9]+$", "node12", "node12")]
    [TestCase("[[:digit:]]+", "a12b", "12")]
    [TestCase("a|ab", "ab", "ab")]
    [TestCase("node", "Node", null)]
    [TestCase("^$", "", "")]
    [TestCase("a{2}", "aa", "aa")]
    [TestCase("ü", "Müller", "ü")]
    public void Takes_the_leftmost_and_longest_match_as_grep_does(string expression, string text, string? expected)
    {
        Assert.That(PosixPattern.Of(expression)!.Match(text)?[0], Is.EqualTo(expected));
        Assert.That(Grep(expression, text), Is.EqualTo(expected is null ? 1 : 0));
    }

    [TestCase("(")]
    [TestCase("a{2,1}")]
    [TestCase("[[:none:]]")]
    [TestCase("a\\")]
    public void Is_none_where_the_text_is_no_extended_regular_expression_as_grep_says(string expression)
    {
        Assert.That(PosixPattern.Of(expression), Is.Null);
        Assert.That(Grep(expression, "a"), Is.EqualTo(2));
    }

    [Test]
    public void Says_what_its_groups_stand_for()
    {
        var groups = PosixPattern.Of("^(rsc|grp)-([a-zü]+)(-x)?")!.Match("rsc-grün")!;
        Assert.That(groups, Is.EqualTo(new[] { "rsc-grün", "rsc", "grün", "", "", "", "", "", "", "" }));
        Assert.That(PosixPattern.Of("(1)(2)(3)(4)(5)(6)(7)(8)(9)(0)")!.Match("1234567890"), Is.EqualTo(new[] { "1234567890", "1", "2", "3", "4", "5", "6", "7", "8", "9" }), "nine at most");
    }

    [Test]
    public void Is_the_other_one_where_the_expression_is_the_same()
    {
        var (one, other) = (PosixPattern.Of("a+"), PosixPattern.Of("a+"));
        Assert.That(one, Is.EqualTo(other));
        Assert.That(one, Is.Not.EqualTo(PosixPattern.Of("a*")));
    }

    private static int Grep(string expression, string text)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, text + "\n");
            using var grep = Process.Start(new ProcessStartInfo("grep") { ArgumentList = { "-Eq", "-e", expression, file }, RedirectStandardError = true })!;
            grep.WaitForExit();
            return grep.ExitCode;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
