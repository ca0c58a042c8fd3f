using System.Collections.Immutable;
using System.Diagnostics;
using System.Xml.Linq;
using Appliance.Commands.FenceAgents;
using Appliance.Stonith.Devices;

namespace Appliance.Commands.Tests;

/// <summary>Native devices under fence-agents' names: its input, texts and exit statuses.</summary>
public class Fence_agent
{
    private static (int Status, string Output, string Errors) Run(string name, string input, params string[] args)
    {
        var (type, defaults) = DeviceTypes.Find(name)!.Value;
        using var given = new StringReader(input);
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var status = new FenceAgentCommand.Call(name, type, defaults, given, output, errors).Run(args);
        return (status, output.ToString(), errors.ToString());
    }

    private static Dictionary<string, string>? Options(params string[] args)
    {
        using var errors = new StringWriter();
        return new FenceAgentOptions("fence_ipmilan", DeviceTypes.Find("fence_ipmilan")!.Value.Type, errors).FromArguments(args);
    }

    private static Dictionary<string, string> Lines(string text, out string said)
    {
        using var errors = new StringWriter();
        using var input = new StringReader(text);
        var given = new FenceAgentOptions("fence_ipmilan", DeviceTypes.Find("fence_ipmilan")!.Value.Type, errors).FromInput(input);
        said = errors.ToString();
        return given;
    }

    [Test]
    public void Takes_lines_of_standard_input()
    {
        var given = Lines("# a remark\n\n ipaddr = 10.0.0.1 \nlogin=\"admin \"\npasswd=a=b\nlanplus=maybe\nnodename=beta\nnodeid=2\nport-as-ip=YES\noption=off\nip=10.0.0.2\nnonsense\n", out var said);
        Assert.That(given, Is.EquivalentTo(new Dictionary<string, string> { ["ip"] = "10.0.0.2", ["username"] = "admin ", ["password"] = "a=b", ["port_as_ip"] = "YES", ["action"] = "off" }));
        Assert.That(said, Does.Contain("Ignoring option 'lanplus'").And.Contain("not NAME=VALUE").And.Not.Contains("maybe").And.Not.Contains("nonsense"));
    }

    [TestCase("-a", "10.0.0.1", "-l", "admin", "-psecret", "-P", "-o", "status")]
    [TestCase("--ip=10.0.0.1", "--username", "admin", "--password=secret", "--lanplus", "--action=status")]
    [TestCase("--ipaddr=10.0.0.1", "--login=admin", "--passwd", "secret", "--lanp", "--act", "status")]
    [TestCase("-Pa", "10.0.0.1", "-ladmin", "-p", "secret", "-ostatus", "--")]
    public void Takes_options_as_getopt_does(params string[] args) => Assert.That(Options(args), Is.EquivalentTo(
        new Dictionary<string, string> { ["ip"] = "10.0.0.1", ["username"] = "admin", ["password"] = "secret", ["lanplus"] = "1", ["action"] = "status" }));

    [TestCase("--bogus")]
    [TestCase("--ip=1", "--power=3")]       // power_timeout or power_wait
    [TestCase("-a")]
    [TestCase("--lanplus=1")]
    [TestCase("-Z")]
    [TestCase("stray")]
    public void Refuses_options_that_make_no_sense(params string[] args) => Assert.That(Options(args), Is.Null);

    [TestCase("status", 0, "Status: ON\n")]
    [TestCase("off", 0, "Success: Powered OFF\n")]
    [TestCase("on", 0, "Success: Powered ON\n")]
    [TestCase("reboot", 0, "Success: Rebooted\n")]
    [TestCase("monitor", 0, "")]
    [TestCase("list", 0, "alpha,\nbeta,\n")]
    [TestCase("list-status", 0, "alpha,,UNKNOWN\nbeta,,UNKNOWN\n")]
    [TestCase("validate-all", 0, "")]
    public void Says_what_an_agent_says(string action, int status, string output) =>
        Assert.That(Run("null", $"action={action}\nplug=beta\nhostlist=alpha beta\n"), Is.EqualTo((status, output, action == "reboot" ? "null: the null device says so\n" : "")));

    [TestCase("reboot")]
    [TestCase("monitor")]
    [TestCase("status")]
    public void Fails_with_one(string action)
    {
        Assert.That(Run("null", $"action={action}\nplug=beta\nanswer=fail\n"), Is.EqualTo((1, "", "null: the null device was told to fail\n")));
        Assert.That(Run("null", $"action={action}\nplug=beta\nanswer=nonsense\n").Status, Is.EqualTo(1));
    }

    [TestCase("fence_ipmilan", "list")]
    [TestCase("fence_ipmilan", "explode")]
    [TestCase("fence_ifmib", "reboot")]
    [TestCase("fence_ipmilan", "1")]
    public void Says_in_Pacemakers_word_that_it_does_not_know_an_action(string name, string action) =>
        Assert.That(Run(name, $"action={action}\n").Errors, Does.Contain("Unrecognised action"));

    [Test]
    public void Says_what_is_missing_before_anything_is_sent()
    {
        Assert.That(Run("fence_ipmilan", "action=validate-all\n"), Is.EqualTo((1, "", "fence_ipmilan: ip is missing: name or address of the BMC\n")));
        Assert.That(Run("fence_ipmilan", "action=off\nquiet=1\n"), Is.EqualTo((1, "", "")));
        Assert.That(Run("fence_ipmilan", "action=validate-all\nip=10.0.0.1\nnew_thing=1\n"), Is.EqualTo((0, "", "Parse error: Ignoring unknown option 'new_thing'\n")));
    }

    [TestCase("-h", "Usage: fence_ilo3")]
    [TestCase("-V", "fence_ilo3 of appliance")]
    public void Explains_itself(string option, string begins) => Assert.That(Run("fence_ilo3", "", option).Output, Does.StartWith(begins));

    public static IEnumerable<string> Names => DeviceTypes.All.SelectMany(t => t.AgentNames.Keys);

    [TestCaseSource(nameof(Names))]
    public void Describes_itself(string name)
    {
        var text = Run(name, "", "-o", "metadata").Output;
        var xml = XElement.Parse(text);
        var parameters = xml.Element("parameters")!.Elements().ToList();
        Assert.That(xml.Attribute("name")!.Value, Is.EqualTo(name));
        Assert.That(parameters.Select(p => p.Attribute("name")!.Value), Is.Unique.And.SupersetOf(new[] { "action", "help", "version", "verbose", "delay" }));
        foreach (var replaced in parameters.Select(p => p.Attribute("obsoletes")?.Value).OfType<string>())
            Assert.That(parameters.Single(p => p.Attribute("name")!.Value == replaced).Attribute("deprecated")?.Value, Is.EqualTo("1"), replaced);
        Assert.That(xml.Element("actions")!.Elements().Select(a => a.Attribute("name")!.Value), Is.SupersetOf(new[] { "on", "off", "status", "monitor", "metadata", "validate-all" }));
    }

    /// <summary>fence-agents ships the schema that its own agents are tried with.</summary>
    [TestCaseSource(nameof(Names))]
    public void Describes_itself_as_the_schema_of_fence_agents_has_it(string name)
    {
        const string schema = "/usr/share/cluster/relaxng/metadata.rng", xmllint = "/usr/bin/xmllint";
        if (!File.Exists(schema) || !File.Exists(xmllint)) Assert.Ignore("Debian's fence-agents or libxml2-utils is missing");
        using var lint = Process.Start(new ProcessStartInfo(xmllint, ["--noout", "--relaxng", schema, "-"]) { RedirectStandardInput = true, RedirectStandardError = true })!;
        lint.StandardInput.Write(Run(name, "", "-o", "metadata").Output);
        lint.StandardInput.Close();
        var said = lint.StandardError.ReadToEnd();
        lint.WaitForExit();
        Assert.That(lint.ExitCode, Is.Zero, said);
    }

    [Test]
    public void A_blank_is_part_of_an_outlets_name()
    {
        static ImmutableArray<string> Plugs(string plug, string separator) =>
            DeviceParameters.Read([StandardParameters.Plug, .. StandardParameters.WithoutEffect], new Dictionary<string, string> { ["plug"] = plug, ["plug_separator"] = separator }).Plugs();
        Assert.That(Plugs("Outlet 5,Outlet 6", ","), Is.EqualTo(new[] { "Outlet 5", "Outlet 6" }));
        Assert.That(Plugs("fc1/1;fc1/2", ";"), Is.EqualTo(new[] { "fc1/1", "fc1/2" }));
    }
}
