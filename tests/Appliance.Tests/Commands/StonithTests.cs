namespace Appliance.Commands.Tests;

/// <summary>cluster-glue's <c>stonith</c>, as far as no device is needed.</summary>
public class The_stonith_command
{
    private static (int Status, string Output, string Errors) Run(Dictionary<string, string> environment, params string[] args)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var status = new FencingTools.Stonith(output, errors, environment.GetValueOrDefault, _ => throw new FileNotFoundException()).Run(args);
        return (status, output.ToString(), errors.ToString());
    }

    [TestCase("beta")]
    [TestCase(@"a\b")]
    [TestCase(@"a\\b\")]
    [TestCase("a\"b")]
    public void Takes_a_value_of_the_environment_as_it_is_and_the_same_on_the_command_line(string value)
    {
        Assert.That(Run(new() { ["hostlist"] = value }, "-t", "null", "-E", "-l"), Is.EqualTo((0, value + Environment.NewLine, "")));
        Assert.That(Run([], "-t", "null", $"hostlist={value}", "-l"), Is.EqualTo((0, value + Environment.NewLine, "")));
    }
}
