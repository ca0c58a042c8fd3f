using System.Net;
using System.Xml;
using Appliance.Linux;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Agents;

/// <summary>Built-in agents called as programs.</summary>
public class An_agent_called_from_outside
{
    private Scratch _scratch = null!;

    [SetUp]
    public void Prepare() => _scratch = new Scratch();

    [TearDown]
    public void CleanUp() => _scratch.Dispose();

    [Test]
    public void By_heartbeats_way_prints_the_words_and_returns_the_codes()
    {
        Assert.That(Run("Dummy", "one status"), Is.EqualTo((7, "stopped\n", "")));
        Assert.That(Run("Dummy", "one start"), Is.EqualTo((0, "", "")));
        Assert.That(Run("Dummy", "one status"), Is.EqualTo((0, "running\n", "")));
        Assert.That(Run("Dummy", "one monitor"), Is.EqualTo((0, "", "")));
        Assert.That(Run("Dummy", "two status"), Is.EqualTo((7, "stopped\n", "")), "another instance");
        Assert.That(Run("Dummy", "one stop"), Is.EqualTo((0, "", "")));
        Assert.That(Run("Dummy", "one stop"), Is.EqualTo((0, "", "")));
    }

    [Test]
    public void By_OCFs_way_takes_its_parameters_from_the_environment()
    {
        var state = _scratch.Path + "/here";
        Assert.That(Run("Dummy", "start", ("OCF_RESKEY_state", state)), Is.EqualTo((0, "", "")));
        Assert.That(File.Exists(state), Is.True);
        Assert.That(Run("Dummy", "monitor", ("OCF_RESKEY_state", state)).Code, Is.Zero);
        Assert.That(Run("Dummy", "stop", ("OCF_RESKEY_state", state)).Code, Is.Zero);
        Assert.That(Run("Dummy", "monitor", ("OCF_RESKEY_state", state)).Code, Is.EqualTo(7));
    }

    [TestCase("IPaddr2", "start", 6, "ocf-exit-reason:parameter ip (IPv4 or IPv6 address) is missing\n")]
    [TestCase("IPaddr2", "monitor", 6, "ocf-exit-reason:parameter ip (IPv4 or IPv6 address) is missing\n")]
    [TestCase("IPaddr2", "10.0.0.1 eth0 start", 2, "ocf-exit-reason:usage: IPaddr2 ADDRESS[/MASK[/INTERFACE[:LABEL][/BROADCAST]]]\n")]
    [TestCase("Dummy", "promote", 3, "Dummy: no action 'promote': start|stop|status|monitor|reload|migrate_to|migrate_from|validate-all|meta-data|usage\n")]
    [TestCase("Delay", "notify", 3, "Delay: no action 'notify': start|stop|status|monitor|validate-all|meta-data|usage\n")]
    [TestCase("Delay", "soon start", 6, "ocf-exit-reason:startdelay=soon: must be a number of seconds; stopdelay=soon: must be a number of seconds\n")]
    [TestCase("Dummy", "", 2, "usage: Dummy [ANYTHING...] {start|stop|status|monitor|reload|migrate_to|migrate_from|validate-all|meta-data|usage}\n")]
    public void Wrongly_says_what_is_wrong(string agent, string words, int code, string error) =>
        Assert.That(Run(agent, words), Is.EqualTo((code, "", error)));

    [Test]
    public void Delay_waits_and_remembers()
    {
        Assert.That(Run("Delay", "0.01 start").Code, Is.Zero);
        Assert.That(Run("Delay", "0.01 status"), Is.EqualTo((0, "running\n", "")));
        Assert.That(Run("Delay", "0.01 stop").Code, Is.Zero);
        Assert.That(Run("Delay", "0.01 status"), Is.EqualTo((7, "stopped\n", "")));
    }

    [Test]
    public void MailTo_hands_a_whole_mail_over_and_succeeds_even_where_the_program_fails()
    {
        var mail = _scratch.Path + "/mail";
        var program = _scratch.Script("sendmail", $"echo \"$*\" >{mail}; cat >>{mail}; exit 75");
        var (code, _, error) = Run("MailTo", "start", ("OCF_RESKEY_email", "ops@example.org,b@example.org\nBcc: x@evil"), ("OCF_RESKEY_subject", "Web\nX: y"), ("OCF_RESKEY_program", program), ("HA_CURHOST", "alpha"));
        Assert.That(code, Is.Zero);
        Assert.That(error, Does.Contain("mail not sent").And.Contain("Exited 75"));
        var lines = File.ReadAllLines(mail);
        Assert.That(lines[0], Is.EqualTo("-t -i"));
        Assert.That(lines[1], Does.StartWith("To: ops@example.org, b@example.org"));
        Assert.That(lines[2], Does.Match("^Subject: Web X: y Takeover in progress at .* on alpha$"));
        Assert.That(lines[3], Is.Empty, "nothing given can add a header");
        Assert.That(Run("MailTo", "stop", ("OCF_RESKEY_email", "ops@example.org"), ("OCF_RESKEY_program", "/no/such/program")).Code, Is.Zero);
        Assert.That(Directory.GetFiles(_scratch.Path, "mail-*"), Is.Empty);
    }

    [TestCaseSource(nameof(Names))]
    public void Describes_itself_in_XML_that_holds_every_parameter_and_time_out(string name)
    {
        var (code, xml, _) = Run(name, "meta-data");
        Assert.That(code, Is.Zero);
        var document = new XmlDocument { XmlResolver = null };
        document.LoadXml(xml.Replace("<!DOCTYPE resource-agent SYSTEM \"ra-api-1.dtd\">\n", "", StringComparison.Ordinal));
        var agent = AgentRegistry.Find(name)!.Description;
        Assert.That(document.SelectNodes("/resource-agent/parameters/parameter")!.Count, Is.EqualTo(agent.Parameters.Length));
        foreach (var action in (string[])["start", "stop", "monitor", "meta-data", "validate-all"])
            Assert.That(document.SelectSingleNode($"/resource-agent/actions/action[@name='{action}']/@timeout")?.Value, Does.Match("^[0-9]+s$"), action);
    }

    [TestCaseSource(nameof(NamesInOCF10)), Category("peer")]
    public void Describes_itself_validly_by_OCFs_own_definition(string name)
    {
        var dtd = (string[])["/usr/share/resource-agents/ra-api-1.dtd", "/usr/share/doc/resource-agents/ra-api-1.dtd"];
        if (dtd.FirstOrDefault(File.Exists) is not { } path)
        {
            Machine.Missing("needs ra-api-1.dtd (resource-agents)");
            return;
        }
        File.WriteAllText(_scratch.Path + "/agent.xml", Run(name, "meta-data").Output.Replace("\"ra-api-1.dtd\"", $"\"{path}\"", StringComparison.Ordinal));
        var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Parse, ValidationType = ValidationType.DTD, XmlResolver = new XmlUrlResolver() };
        using var reader = XmlReader.Create(_scratch.Path + "/agent.xml", settings);
        Assert.That(() => { while (reader.Read()) { } }, Throws.Nothing);
    }

    [TestCaseSource(nameof(Names))]
    public void Explains_itself(string name) => Assert.That(Run(name, "usage").Output, Does.Contain($"In haresources: {name}"));

    /// <summary>The definition has no words of OCF 1.1: agents that use those are compared with the originals (OriginalMetaDataTests), and checked by pcs in the lab.</summary>
    private static IEnumerable<string> NamesInOCF10 => AgentRegistry.All.Where(a => a.Description.OcfVersion == "1.0").Select(a => a.Description.Name);

    private static IEnumerable<string> Names => AgentRegistry.All.Select(a => a.Description.Name);

    private (int Code, string Output, string Error) Run(string agent, string words, params (string Name, string Value)[] environment)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var all = environment.ToDictionary(e => e.Name, e => e.Value);
        all["HA_RSCTMP"] = _scratch.Path;
        var code = new AgentCommand(output, error, all, new Foreground()).Run(AgentRegistry.Find(agent)!, words.Split(' ', StringSplitOptions.RemoveEmptyEntries), CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Does everything at once, and announces nothing.</summary>
    private sealed class Foreground : IAgentBackground
    {
        public void Announce(string key, NetworkLink link, IPAddress address, int count, TimeSpan interval) { }

        public void Cancel(string key) { }

        public void Do(string name, Action work) => work();
    }
}
