using System.Collections.Immutable;
using System.Text;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.External;

namespace Appliance.Stonith.Tests.External;

public sealed class ExternalTests
{
    private const string Metadata = """
        /usr/sbin/fence_x:5: DeprecationWarning: something is old
        <?xml version="1.0" ?>
        <resource-agent name="fence_x" shortdesc="An agent &amp; more" >
        <longdesc>It <![CDATA[does <things>]]>.</longdesc>
        <parameters>
        	<parameter name="ip" unique="0" required="1" obsoletes="ipaddr"><getopt mixed="-a" /><content type="string"  /><shortdesc lang="en">Address</shortdesc></parameter>
        	<parameter name="ipaddr" unique="0" required="1" deprecated="1"><content type="string"  /><shortdesc lang="en">Address</shortdesc></parameter>
        	<parameter name="plug" obsoletes="port"><content type="string"  /></parameter>
        	<parameter name="port" deprecated="1"><content type="string"  /></parameter>
        	<parameter name="password" obsoletes="passwd"><content type="string"  /></parameter>
        	<parameter name="method"><content type="select" default="onoff"><option value="onoff" /><option value="cycle" /></content></parameter>
        </parameters>
        <actions><action name="on" automatic="0"/><action name="off" /><action name="reboot" /><action name="status" /><action name="list" /><action name="monitor" /></actions>
        </resource-agent>
        """;

    private static ExternalAgent Agent(string metadata = Metadata) => new("/usr/sbin/fence_x", AgentMetadata.Read(metadata)!);

    private static (DeviceVerdict Verdict, List<string> Inputs) Play(FenceAction action, Func<string, (int Code, string Output, string Errors)> agent, string metadata = Metadata, string plugs = "1")
    {
        var device = Agent(metadata);
        var parameters = DeviceParameters.Read(device.Parameters, new Dictionary<string, string> { ["ipaddr"] = "10.0.0.9", ["passwd"] = "secret" });
        Assert.That(parameters.Problems, Is.Empty);
        var inputs = new List<string>();
        var runner = new VirtualRunner
        {
            Do = step =>
            {
                var run = (RunProgram)step;
                Assert.That(run.Arguments, Is.Empty);
                Assert.That(run.Environment, Is.Empty);
                inputs.Add(Encoding.UTF8.GetString(run.Input.Span));
                (run.ExitCode, run.Output, run.Errors) = agent(inputs[^1].Split('\n')[0]["action=".Length..]);
            },
        };
        return (runner.Run(device.Converse(new(action, [.. plugs.Split(',')], parameters, new(), new KnownEntropy()))), inputs);
    }

    [Test]
    public void Metadata_is_read_past_the_noise()
    {
        var agent = Agent();
        Assert.That((agent.Name, agent.Short, agent.Long, agent.IsPlugless), Is.EqualTo(("fence_x", "An agent & more", "It does <things>.", false)));
        Assert.That(agent.Parameters.Select(p => p.Name), Is.EqualTo(new[] { "ip", "plug", "password", "method" }));
        Assert.That(agent.Parameters[0].OldNames, Is.EqualTo(new[] { "ipaddr" }));
        Assert.That(agent.Parameters[2].IsSecret);
        Assert.That(agent.Parameters[3].Choices, Is.EqualTo(new[] { "onoff", "cycle" }));
    }

    [Test]
    public void Off_is_proven_by_a_status_that_says_off()
    {
        var (verdict, inputs) = Play(FenceAction.Off, action => (action == "status" ? 2 : 0, "", ""));
        Assert.That((verdict.Kind, verdict.State), Is.EqualTo((VerdictKind.Proven, PowerState.Off)));
        Assert.That(inputs[0], Is.EqualTo("action=off\nplug=1\nip=10.0.0.9\npassword=secret\n"));
    }

    /// <summary>What it does not tell that it takes it is given all the same, as Pacemaker does; a line end in it would be an option of its own.</summary>
    [TestCase("mode", "pass", VerdictKind.Proven)]
    [TestCase("mode", "pass\naction=on", VerdictKind.Misconfigured)]
    [TestCase("mo\nde", "pass", VerdictKind.Misconfigured)]
    public void A_parameter_that_its_metadata_does_not_name_is_passed_on(string name, string value, VerdictKind expected)
    {
        var device = Agent();
        var parameters = DeviceParameters.Read(device.Parameters, new Dictionary<string, string> { ["ip"] = "10.0.0.9", [name] = value });
        Assert.That((parameters.Problems.Length, parameters.Unknown.Single()), Is.EqualTo((0, name)));
        var inputs = new List<string>();
        var runner = new VirtualRunner
        {
            Do = step =>
            {
                inputs.Add(Encoding.UTF8.GetString(((RunProgram)step).Input.Span));
                ((RunProgram)step).ExitCode = 0;
            },
        };
        var verdict = runner.Run(device.Converse(new(FenceAction.Monitor, ["1"], parameters, new(), new KnownEntropy())));
        Assert.That(verdict.Kind, Is.EqualTo(expected));
        Assert.That(inputs, Is.EqualTo(expected == VerdictKind.Proven ? new[] { "action=monitor\nplug=1\nip=10.0.0.9\nmode=pass\n" } : []));
    }

    [Test]
    public void An_agent_that_says_yes_and_then_on_is_not_believed() =>
        Assert.That(Play(FenceAction.Off, _ => (0, "Success: Already OFF", "")).Verdict.Kind, Is.EqualTo(VerdictKind.StillOn));

    [Test]
    public void On_is_proven_by_a_status_that_says_on_and_by_no_other()
    {
        Assert.That(Play(FenceAction.On, _ => (0, "", "")).Verdict, Is.EqualTo(DeviceVerdict.Is(PowerState.On, "fence_x switched on, and then read on")));
        var (verdict, _) = Play(FenceAction.On, action => (action == "status" ? 2 : 0, "", ""));
        Assert.That((verdict.IsProven, verdict.State), Is.EqualTo((false, PowerState.Off)), verdict.Sentence);
    }

    [Test]
    public void A_reboot_is_off_proven_and_then_on()
    {
        var done = new List<string>();
        var (verdict, _) = Play(FenceAction.Reboot, action =>
        {
            done.Add(action);
            return (action == "status" ? 2 : 0, "", "");
        }, plugs: "1,2");
        Assert.That((verdict.Kind, string.Join(' ', done)), Is.EqualTo((VerdictKind.Proven, "off off status status on on")));
    }

    [TestCase(1, "fence_x: Connection timed out", VerdictKind.TimedOut)]
    [TestCase(1, "ERROR Unrecognised action 'off'", VerdictKind.Unsupported)]
    [TestCase(1, "Unable to connect/login to fencing device", VerdictKind.Refused)]
    [TestCase(1, "something else", VerdictKind.StillOn)]
    [TestCase(-1, "", VerdictKind.Garbled)]
    public void Every_way_to_fail_has_its_verdict(int code, string errors, VerdictKind kind) => Assert.That(Play(FenceAction.Off, _ => (code, "", errors)).Verdict.Kind, Is.EqualTo(kind));

    [Test]
    public void A_secret_that_the_agent_repeats_is_taken_out() =>
        Assert.That(Play(FenceAction.Off, _ => (1, "", "login with secret failed")).Verdict.Sentence, Is.EqualTo("fence_x ended with status 1: login with *** failed"));

    [Test]
    public void A_plug_that_would_be_read_as_another_option_is_not_sent()
    {
        var (verdict, inputs) = Play(FenceAction.Off, _ => (0, "", ""), plugs: "1\naction=on");
        Assert.That((verdict.Kind, inputs.Count), Is.EqualTo((VerdictKind.Misconfigured, 0)));
    }

    [Test]
    public void A_notice_is_no_outlet() =>
        Assert.That(Play(FenceAction.List, _ => (0, "NOTICE: List option is not working on this device yet\n", "")).Verdict.Outlets, Is.Empty);

    [Test]
    public void A_list_is_plugs_and_names() =>
        Assert.That(Play(FenceAction.List, _ => (0, "1,alpha\n2,\n", "")).Verdict.Outlets, Is.EqualTo(new[] { new Outlet("1", "alpha", null), new("2", "", null) }));

    [Test]
    public void An_agent_without_status_is_taken_at_its_word_and_that_is_said()
    {
        var (verdict, _) = Play(FenceAction.Off, _ => (0, "", ""), Metadata.Replace("<action name=\"status\" />", "", StringComparison.Ordinal));
        Assert.That(verdict.IsProven);
        Assert.That(verdict.Sentence, Does.Contain("its word"));
    }

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void Any_text_is_read_as_metadata_without_an_exception(int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder(Metadata);
        for (var i = random.Next(20); i > 0; i--)
            if (random.Next(2) == 0) text.Remove(random.Next(text.Length), 1);
            else text.Insert(random.Next(text.Length), "<>&\"/='![CDATA[;a"[random.Next(16)]);
        _ = AgentMetadata.Read(text.ToString());
    }

    [Test]
    public void Depth_and_length_have_an_end()
    {
        Assert.That(AgentMetadata.Read("<resource-agent name=\"x\">" + string.Concat(Enumerable.Repeat("<a>", 100_000))), Is.Null);
        Assert.That(AgentMetadata.Read("<resource-agent name=\"x\">" + new string('x', 2 << 20)), Is.Null);
    }
}
