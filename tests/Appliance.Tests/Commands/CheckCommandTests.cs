using System.Text.Json;
using Appliance.Linux;

namespace Appliance.Commands.Tests;

public class Appliance_check
{
    private string _directory = "";

    [SetUp]
    public void AnAdministratorsDirectory()
    {
        _directory = Directory.CreateTempSubdirectory("appliance-check-").FullName;
        var host = new SystemFacts(_ => true).HostName;
        Write("ha.cf", $"logfacility none\nlogfile /dev/null\nauto_failback on\nucast lo 127.0.0.1\nnode {host} other-node\n");
        Write("authkeys", "auth 1\n1 sha1 key\n");
        Write("haresources", $"{host} 192.0.2.5/24\n");
    }

    [TearDown]
    public void Gone() => Directory.Delete(_directory, recursive: true);

    [Test]
    public void Of_a_good_configuration_ends_with_0() => Assert.That(Check(), Is.EqualTo((0, "The configuration is good.\n", "")));

    [Test]
    public void Of_errors_prints_each_with_its_place_and_ends_with_6()
    {
        File.AppendAllText(At("ha.cf"), "keepalvie 2\n");
        File.SetUnixFileMode(At("authkeys"), (UnixFileMode)0x1A4);
        Assert.That(Check(), Is.EqualTo((6, $"""
            {At("ha.cf")}:6:1: error: Illegal directive [keepalvie] in {_directory}//ha.cf (did you mean keepalive?)
            {At("authkeys")}: error: Bad permissions on keyfile [{_directory}//authkeys], 600 recommended. (chmod 600 {At("authkeys")}; and change the keys, as others could read them)
            2 errors, 0 warnings: the daemon will not start.

            """, "")));
    }

    [Test]
    public void Of_warnings_ends_with_1_only_when_strict()
    {
        File.AppendAllText(At("ha.cf"), "warntime 60\n");
        Assert.That((Check().Status, Check("--strict").Status), Is.EqualTo((0, 1)));
    }

    [Test]
    public void Of_one_file_reports_that_file_only()
    {
        File.AppendAllText(At("ha.cf"), "foo\n");
        Write("haresources.new", "nobody 192.0.2.5/24\n");
        var (status, output, _) = Check(At("haresources.new"));
        Assert.That((status, output.Split('\n').Length), Is.EqualTo((6, 3)), output);
        Assert.That(output, Does.Contain("haresources.new:1:1: error: Bad nodename in").And.Not.Contain("foo"));
    }

    [Test]
    public void Prints_json_when_asked()
    {
        File.AppendAllText(At("ha.cf"), "foo\n");
        using var json = JsonDocument.Parse(Check("--json").Output);
        var problem = json.RootElement.EnumerateArray().Single();
        Assert.That((problem.GetProperty("severity").GetString(), problem.GetProperty("line").GetInt32(), problem.GetProperty("message").GetString()), Is.EqualTo(("error", 6, $"Illegal directive [foo] in {_directory}//ha.cf")));
    }

    [Test]
    public void Shows_control_characters_instead_of_sending_them_to_the_terminal()
    {
        File.AppendAllText(At("ha.cf"), "\e[2Jfoo 1\n");
        Assert.That(Check().Output, Does.Contain(@"[\x1b[2Jfoo]").And.Not.Contain("\e"));
    }

    [TestCase("--nonsense")]
    [TestCase("/tmp/what-is-this")]
    public void Refuses_a_command_line_that_makes_no_sense(string argument) => Assert.That(Check(argument).Status, Is.EqualTo(64));

    [Test]
    public void Refuses_a_directory_that_is_not_there()
    {
        var errors = new StringWriter();
        Assert.That((CheckCommand.Run(["--dir", "/nowhere"], TextWriter.Null, errors, new SystemFacts(_ => true)), errors.ToString()), Is.EqualTo((64, "appliance check: there is no directory /nowhere\n")));
    }

    private (int Status, string Output, string Errors) Check(params string[] arguments)
    {
        var (output, errors) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var status = CheckCommand.Run(["--dir", _directory, .. arguments], output, errors, new SystemFacts(_ => true));
        return (status, output.ToString(), errors.ToString());
    }

    private string At(string name) => Path.Combine(_directory, name);

    private void Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        File.SetUnixFileMode(At(name), (UnixFileMode)0x180);
    }
}
