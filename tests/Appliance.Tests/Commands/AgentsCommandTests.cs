using System.Text.Json;
using Appliance.Commands.ResourceTools;
using Appliance.Lrm;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Catalog;

namespace Appliance.Tests.Commands;

public class The_agents_command
{
    private string _directory = "";

    [SetUp]
    public void Lay()
    {
        _directory = Directory.CreateTempSubdirectory("agents-test-").FullName;
        Script("ocf/resource.d/acme/Rocket", """
            if [ $1 = meta-data ]; then echo '<resource-agent name="Rocket"><version>1.1</version><longdesc lang="en">
            Goes up.

              Comes down.
            </longdesc><shortdesc lang="en">A rocket</shortdesc><parameters><parameter name="fuel" required="1" unique-group="tank"><longdesc>What burns</longdesc><shortdesc>Fuel</shortdesc><content type="select" default=""><option value="coal"/><option value="oil"/></content></parameter>
            <parameter name="speed" reloadable="1"><shortdesc>Speed</shortdesc><content type="integer" default="7"/></parameter></parameters>
            <actions><action name="start" timeout="20s"/><action name="monitor" timeout="5s" interval="10s" depth="1" role="Promoted"/></actions></resource-agent>'
            exit; fi
            [ "$OCF_RESKEY_fuel" = coal ] || { echo "ocf-exit-reason:does not burn: $OCF_RESKEY_fuel ($OCF_CHECK_LEVEL)" >&2; exit 6; }
            """);
        Script("init.d/web", "exit 3");
    }

    [TearDown]
    public void CleanUp() => Directory.Delete(_directory, recursive: true);

    [TestCase("ocf:acme", 0, "ocf:acme:Rocket  {0}/ocf/resource.d/acme/Rocket\n", "")]
    [TestCase("ocf:pacemaker", 0, "ocf:pacemaker:Stateful  built in\nocf:pacemaker:ping      built in\n", "")]
    [TestCase("lsb", 0, "lsb:web  {0}/init.d/web\n", "")]
    [TestCase("systemd", 1, "", "appliance agents: no agents of systemd\n")]
    [TestCase("ocf:nosuch", 1, "", "appliance agents: no agents of ocf:nosuch\n")]
    [TestCase("nosuch", 64, "", "appliance agents: there is no standard 'nosuch'; there are ocf, lsb, heartbeat, systemd, stonith, service\n")]
    [TestCase("lsb:x", 64, "", "appliance agents: lsb has no providers\n")]
    public void Lists(string what, int status, string output, string error) =>
        Assert.That(Run(c => c.List(what, false)), Is.EqualTo((status, output.Replace("{0}", _directory, StringComparison.Ordinal), error)));

    [Test]
    public void Lists_everything_when_nothing_is_named()
    {
        var (status, output, _) = Run(c => c.List(null, false));
        Assert.That(status, Is.Zero);
        foreach (var name in (string[])["ocf:acme:Rocket", "ocf:appliance:IPaddr2", "ocf:heartbeat:IPaddr2", "lsb:web", "heartbeat:IPaddr2"]) Assert.That(output, Does.Contain(name + " "));
    }

    [Test]
    public void Lists_as_JSON()
    {
        var (status, output, _) = Run(c => c.List("ocf:acme", true));
        Assert.That((status, output), Is.EqualTo((0, $$"""{"agents":[{"agent":"ocf:acme:Rocket","class":"ocf","provider":"acme","type":"Rocket","path":"{{_directory}}/ocf/resource.d/acme/Rocket","builtIn":false}]}""" + "\n")));
    }

    [Test]
    public void Describes()
    {
        var (status, output, _) = Run(c => c.Info("ocf:acme:Rocket", false));
        Assert.That((status, output), Is.EqualTo((0, $"""
            ocf:acme:Rocket: A rocket
            {_directory}/ocf/resource.d/acme/Rocket

            Goes up.

              Comes down.

            Parameters:
              fuel (coal|oil, required, unique in tank): Fuel
                  What burns
              speed (integer, reloadable, default 7): Speed

            Actions:
              start timeout 20s
              monitor timeout 5s interval 10s role Promoted depth 1

            """)));
        using var json = JsonDocument.Parse(Run(c => c.Info("ocf:acme:Rocket", true)).Output);
        Assert.That(json.RootElement.GetProperty("parameters")[0].GetProperty("uniqueGroup").GetString(), Is.EqualTo("tank"));
        Assert.That(json.RootElement.GetProperty("actions")[1].GetProperty("interval").GetString(), Is.EqualTo("10s"));
    }

    [TestCase("ocf:acme:Rocket", "fuel=coal", 0, "ocf:acme:Rocket: valid\n", "")]
    [TestCase("ocf:acme:Rocket", "fuel=water", 1, "", "ocf:acme:Rocket: does not burn: water ()\n")]
    [TestCase("ocf:acme:Rocket", "", 1, "", "ocf:acme:Rocket: the required parameter fuel is missing\n")]
    [TestCase("ocf:acme:Rocket", "fuel=coal wings=2", 1, "", "ocf:acme:Rocket: Rocket has no parameter wings\n")]
    [TestCase("ocf:appliance:IPaddr2", "ip=10.0.0.1 nic=nosuch", 1, "", "ocf:appliance:IPaddr2: there is no interface nosuch\n")]
    [TestCase("ocf:appliance:IPaddr2", "ip=10.0.0.1 nic=lo netmask=32", 0, "ocf:appliance:IPaddr2: valid\n", "")]
    [TestCase("lsb:web", "", 0, "lsb:web: valid\n", "")]
    [TestCase("lsb:web", "a=b", 1, "", "lsb:web: agents of lsb have no parameters\n")]
    [TestCase("ocf:acme:Sledge", "", 2, "", "appliance agents: there is no agent ocf:acme:Sledge, or it does not describe itself\n")]
    [TestCase("Rocket", "", 64, "", "appliance agents: 'Rocket' is no agent: CLASS:TYPE, or ocf:PROVIDER:TYPE\n")]
    [TestCase("ocf:acme:Rocket", "fuel", 64, "", "appliance agents: 'fuel' is not NAME=VALUE\n")]
    public void Checks(string agent, string words, int status, string output, string error) =>
        Assert.That(Run(c => c.Validate(agent, words.Split(' ', StringSplitOptions.RemoveEmptyEntries), 0, false)), Is.EqualTo((status, output, error)));

    [Test]
    public void Checks_as_deep_as_asked_and_answers_in_JSON() =>
        Assert.That(Run(c => c.Validate("ocf:acme:Rocket", ["fuel=water"], 10, true)), Is.EqualTo((1, """{"agent":"ocf:acme:Rocket","valid":false,"status":6,"problems":["does not burn: water (10)"]}""" + "\n", "")));

    private (int Status, string Output, string Error) Run(Func<AgentsCommand, int> call)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var paths = new LrmPaths { InitDirectory = _directory + "/init.d", HaDirectory = _directory + "/ha.d", StateDirectory = _directory };
        var catalog = new AgentCatalog(paths, _directory + "/ocf");
        using var background = new InProcessBackground((_, _, _) => { });
        var status = call(new AgentsCommand(output, error, catalog, new AgentTrial(catalog, paths, background)));
        return (status, output.ToString(), error.ToString());
    }

    private void Script(string path, string body)
    {
        Directory.CreateDirectory(Path.GetDirectoryName($"{_directory}/{path}")!);
        File.WriteAllText($"{_directory}/{path}", $"#!/bin/sh\n{body}\n");
        File.SetUnixFileMode($"{_directory}/{path}", (UnixFileMode)0b111_101_101);
    }
}
