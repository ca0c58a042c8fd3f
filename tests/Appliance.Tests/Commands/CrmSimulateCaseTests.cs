using Appliance.Commands.Policy;

namespace Appliance.Tests.Commands;

/// <summary>Pacemaker's own regression cases (beside the checkout) through the whole tool: reading, upgrading, checking, and both its outputs.</summary>
[Category("beside")]
public class Crm_simulate_on_the_cases_of_Pacemaker
{
    [Test]
    public void Tells_each_story_to_the_last_blank()
    {
        var folder = PacemakersCases.Needed();
        var wrong = new List<string>();
        var count = 0;
        foreach (var line in File.ReadLines(Path.Combine(folder, "cases.tsv")).Skip(1))
        {
            var row = line.Split('\t');
            var name = row[0];
            count++;
            using var output = new StringWriter();
            // Both outputs go into one: their order counts.
            var status = new CrmSimulate(TextReader.Null, output, output, DateTimeOffset.UtcNow.ToUnixTimeSeconds()).Run(["-x", Path.Combine(folder, "xml", name + ".xml"), "-S", .. Words(row.Length > 2 ? row[2] : "")]);
            var expected = File.ReadAllText(Path.Combine(folder, "summary", name + ".summary"));
            if (output.ToString() != expected) wrong.Add($"{name} ({status}): {First(expected.Split('\n'), output.ToString().Split('\n'))}");
        }
        Assert.That(count, Is.GreaterThan(700));
        Assert.That(wrong, Is.Empty, string.Join('\n', wrong));
    }

    private static string[] Words(string arguments)
    {
        if (arguments.Length == 0) return [];
        var cut = arguments.IndexOf(' ', StringComparison.Ordinal);
        return [arguments[..cut], arguments[(cut + 1)..].Trim('"', '\'')];
    }

    private static string First(string[] expected, string[] actual)
    {
        for (var i = 0; i < expected.Length; i++)
            if (i >= actual.Length || actual[i] != expected[i]) return $"line {i + 1}: expected \"{expected[i]}\" but was \"{(i < actual.Length ? actual[i] : "the end")}\"";
        return $"more than {expected.Length} lines";
    }
}
