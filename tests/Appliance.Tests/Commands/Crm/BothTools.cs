using System.Diagnostics;
using System.Text;
using Appliance.Commands.Crm;

namespace Appliance.Tests.Commands.Crm;

/// <summary>What a tool said, and what became of the CIB.</summary>
internal sealed record Said(int Status, string Output, string Errors, string Cib);

/// <summary>Runs one command line by Pacemaker 2.1.5's tool (Debian: pacemaker-cli-utils) and by ours, each on the same CIB in the same file.</summary>
/// <remarks>
/// A line is the words that a shell would be given: with quotes, <c>NAME=VALUE</c> in front, and <c>&lt; 'text'</c> at its end for standard input. <c>@</c> at the beginning of a word, or after "=", is
/// the directory of the test. A line that begins with "~" ends in a usage text, which is our own: of it the exit status and the CIB are compared only.
/// </remarks>
internal static class BothTools
{
    private static readonly string[] Passed = ["PATH"];

    public static void Compare(string line, string cib, Func<CrmWorld, string[], int> ours, params (string Name, string Text)[] files) => CompareBut(static text => text, line, cib, ours, files);

    /// <param name="equal">Takes out what cannot be the same twice: the present instant.</param>
    public static void CompareBut(Func<string, string> equal, string line, string cib, Func<CrmWorld, string[], int> ours, params (string Name, string Text)[] files)
    {
        var usage = line.StartsWith('~');
        var directory = Directory.CreateTempSubdirectory("crm-").FullName;
        try
        {
            var (variables, words, input) = Split(line.TrimStart('~', ' '), directory);
            if (!File.Exists("/usr/sbin/" + words[0])) Assert.Ignore($"{words[0]} is missing (Debian package pacemaker-cli-utils)");
            variables.TryAdd("CIB_file", directory + "/cib.xml");
            variables["CIB_shadow_dir"] = directory;
            variables["TZ"] = "UTC";
            variables["LC_ALL"] = "C.UTF-8";
            if (variables["CIB_file"].Length == 0) variables.Remove("CIB_file");
            Lay(directory, cib, files);
            var theirs = Theirs(words, variables, input, directory);
            Lay(directory, cib, files);
            var mine = Ours(ours, words, variables, input, directory);
            if (usage) (theirs, mine) = (theirs with { Output = "", Errors = "" }, mine with { Output = "", Errors = "" });
            Assert.That(equal(Show(mine)), Is.EqualTo(equal(Show(theirs))), line);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Show(Said said) => $"exit status {said.Status}\n--- output\n{said.Output}--- errors\n{said.Errors}--- CIB\n{said.Cib}";

    private static void Lay(string directory, string cib, (string Name, string Text)[] files)
    {
        foreach (var file in Directory.GetFiles(directory)) File.Delete(file);
        File.WriteAllText(directory + "/cib.xml", cib);
        foreach (var (name, text) in files) File.WriteAllText($"{directory}/{name}", text);
    }

    /// <summary>All files as they are afterwards: tools may write others than the CIB.</summary>
    private static string Files(string directory)
    {
        var all = new StringBuilder();
        foreach (var file in Directory.GetFiles(directory).Order(StringComparer.Ordinal)) all.Append($"{Path.GetFileName(file)}:\n{File.ReadAllText(file)}");
        return all.ToString();
    }

    private static Said Theirs(List<string> words, Dictionary<string, string> variables, string input, string directory)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = directory };
        foreach (var name in start.Environment.Keys.Except(Passed).ToArray()) start.Environment.Remove(name);
        foreach (var (name, value) in variables) start.Environment[name] = value;
        start.Environment["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin";
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, errors.Result, Files(directory));
    }

    private static Said Ours(Func<CrmWorld, string[], int> tool, List<string> words, Dictionary<string, string> variables, string input, string directory)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var world = new CrmWorld(output, errors, new StringReader(input), name => variables.GetValueOrDefault(name), () => DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var status = tool(world, [.. words.Skip(1)]);
        return new(status, output.ToString(), errors.ToString(), Files(directory));
    }

    internal static (Dictionary<string, string> Variables, List<string> Words, string Input) Split(string line, string directory)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        var words = new List<string>();
        var word = new StringBuilder();
        var (open, quote, input) = (false, '\0', "");
        foreach (var c in line + " ")
        {
            if (quote != '\0' ? c == quote : c is '\'' or '"')
            {
                quote = quote == '\0' ? c : '\0';
                open = true;
            }
            else if (quote != '\0' || c != ' ')
            {
                if (c == '@' && quote == '\0' && (word.Length == 0 || word[^1] == '=')) word.Append(directory);
                else word.Append(c);
                open = true;
            }
            else if (open)
            {
                var text = word.ToString();
                if (words.Count == 0 && text.IndexOf('=', StringComparison.Ordinal) is > 0 and var at) variables[text[..at]] = text[(at + 1)..];
                else words.Add(text);
                word.Clear();
                open = false;
            }
        }
        if (words.Count > 2 && words[^2] == "<")
        {
            input = words[^1];
            words.RemoveRange(words.Count - 2, 2);
        }
        return (variables, words, input);
    }

    /// <summary>The lines of a table, as test cases.</summary>
    public static IEnumerable<TestCaseData> Cases(string table, params (string Name, string Cib)[] cibs)
    {
        foreach (var (name, cib) in cibs)
            foreach (var line in table.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                if (!line.StartsWith('#')) yield return new TestCaseData(line, cib).SetArgDisplayNames(name, line);
    }
}
