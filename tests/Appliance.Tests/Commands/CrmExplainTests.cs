using System.Text.Json;
using Appliance.Commands.Policy;

namespace Appliance.Commands.Tests;

public class Crm_explain
{
    private const string Cib = """
        <cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1">
         <configuration>
          <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
          <nodes><node id="1" uname="alpha"/><node id="2" uname="beta"/></nodes>
          <resources><primitive id="db" class="ocf" provider="pacemaker" type="Dummy"/></resources>
          <constraints><rsc_location id="likes" rsc="db" node="alpha" score="50"/></constraints>
         </configuration>
         <status>
          <node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"/>
          <node_state id="2" uname="beta" in_ccm="true" crmd="online" join="member" expected="member"/>
         </status>
        </cib>
        """;

    private static (int Status, string Output, string Errors) Run(params string[] args)
    {
        using StringWriter output = new(), errors = new();
        using var input = new StringReader(Cib);
        return (new CrmExplain(input, output, errors, 1_700_000_000).Run(args), output.ToString(), errors.ToString());
    }

    [Test]
    public void Tells_the_scores_and_what_would_change_them() => Assert.That(Run("db", "beta", "-p"), Is.EqualTo((0, """
        db: not active -> Started on alpha
          It starts on alpha.
          alpha: 50, chosen: the highest score
                  +50  location constraint likes
          beta: 0, 50 points less than alpha
          It would be on beta:
            - with 51 points for beta (a location constraint of that score)

        """, "")));

    [Test]
    public void Takes_a_resource_and_a_node_as_its_siblings_do()
    {
        var plain = Run("db", "beta", "-p");
        Assert.That(plain.Status, Is.Zero);
        Assert.That(Run("-r", "db", "-N", "beta", "-p"), Is.EqualTo(plain));
        Assert.That(Run("--resource=db", "--node=beta", "-p"), Is.EqualTo(plain));
        Assert.That(Run("--version").Output, Does.StartWith("crm_explain of appliance "));
    }

    [Test]
    public void Writes_JSON()
    {
        var (status, output, _) = Run("db", "--json", "--xml-pipe");
        using var json = JsonDocument.Parse(output);
        var about = json.RootElement.GetProperty("resources")[0];
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.EqualTo(0));
            Assert.That(about.GetProperty("node").GetString(), Is.EqualTo("alpha"));
            Assert.That(about.GetProperty("nodes")[0].GetProperty("steps")[0].GetProperty("id").GetString(), Is.EqualTo("likes"));
            Assert.That(about.GetProperty("nodes")[1].GetProperty("score").GetString(), Is.EqualTo("0"));
            Assert.That(output.TrimEnd(), Does.Not.Contain("\n"));
        });
    }

    [TestCase("", 64, "name a resource"), TestCase("db", 66, "name the CIB"), TestCase("db beta gamma -p", 64, "at most"), TestCase("db --frob -p", 64, "Unknown option --frob"), TestCase("db -x", 64, "Missing argument for -x")]
    [TestCase("bd -p", 105, "there is no resource bd (did you mean db?)"), TestCase("db betta -p", 105, "there is no node betta (did you mean beta?)"), TestCase("db -x /nonexistent/cib", 66, "/nonexistent/cib")]
    [TestCase("db -p -t soon", 64, "soon is no instant")]
    public void Says_what_it_cannot_do(string line, int status, string words)
    {
        var said = Run(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.That((said.Status, said.Output), Is.EqualTo((status, "")), said.Errors);
        Assert.That(said.Errors, Does.Contain(words));
    }
}
