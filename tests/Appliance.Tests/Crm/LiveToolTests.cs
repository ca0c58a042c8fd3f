using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Commands.Policy;
using Appliance.Commands.ResourceTools;
using Appliance.Tests.Commands.Crm;
using NUnit.Framework;

namespace Appliance.Tests.Crm;

[TestFixture]
public sealed class LiveToolTests
{
    internal const string Cib = """
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration>
        <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
        <nodes/><resources>
        <primitive id="d1" class="ocf" provider="pacemaker" type="Dummy"><operations><op id="d1m" name="monitor" interval="10s"/></operations></primitive>
        </resources><constraints/></configuration><status/></cib>
        """;

    private static (int Status, string Output, string Errors) Run(LiveNode node, Func<CrmWorld, string[], int> tool, params string[] args)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var status = tool(node.World(output, errors, new StringReader(""), []), args);
        return (status, output.ToString(), errors.ToString());
    }

    private static IEnumerable<string> Captures() => Directory.GetFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "Captures", "CrmLive"), "*.txt").Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    private static readonly Dictionary<string, Func<CrmWorld, string[], int>> Tools = new(StringComparer.Ordinal)
    {
        ["attrd_updater"] = AttrdUpdater.Run, ["cibadmin"] = CibAdmin.Run, ["crm_attribute"] = CrmAttribute.Run, ["crm_failcount"] = NodeAttributeTools.FailCount, ["crm_master"] = NodeAttributeTools.Master,
        ["crm_node"] = CrmNode.Run, ["crm_resource"] = CrmResource.Run, ["crm_rule"] = CrmRule.Run, ["crm_diff"] = CrmDiff.Run, ["crm_mon"] = CrmMon.Run, ["crm_shadow"] = CrmShadow.Run, ["crm_simulate"] = (world, args) => CrmSimulate.Of(world).Run(args),
        ["crm_standby"] = NodeAttributeTools.Standby, ["crm_ticket"] = CrmTicket.Run,
        ["crm_verify"] = (world, args) => CrmVerify.Of(world).Run(args), ["crmadmin"] = CrmAdmin.Run,
    };

    /// <summary>Line by line what Debian's Pacemaker 2.1.5 says in a cluster of one node (<c>Captures/CrmLive/record.sh</c>).</summary>
    [TestCaseSource(nameof(Captures))]
    public void Tools_say_what_Debians_say_of_a_live_cluster(string file)
    {
        var directory = Path.Combine(TestContext.CurrentContext.TestDirectory, "Captures", "CrmLive");
        using var node = new LiveNode(File.ReadAllText(directory + "/cib.xml"));
        node.Settle();
        var shadows = Directory.CreateTempSubdirectory("shadows-").FullName;
        var different = new List<string>();
        foreach (var block in ("\n" + File.ReadAllText($"{directory}/{file}").TrimEnd('\n').Replace("\n= ", "\n$ = ", StringComparison.Ordinal)).Split("\n$ ").Skip(1))
        {
            var line = block.Split('\n')[0];
            var (variables, words, input) = BothTools.Split(line.StartsWith("= ", StringComparison.Ordinal) ? line[2..] : line, directory);
            variables["CIB_shadow_dir"] = shadows;
            var (output, errors) = (new StringWriter(), new StringWriter());
            var status = Tools[words[0]](node.World(output, errors, new StringReader(input), variables), [.. words.Skip(1)]);
            var got = $"{line}\n{Marked("O|", status == 78 ? "" : WithoutDaemon(output.ToString()))}{Marked("E|", errors.ToString())}rc={status}";
            if (got != block && line[0] != '=') different.Add($"\n$ {block}\nOURS: {got}\n");
        }
        Directory.Delete(shadows, recursive: true);
        Assert.That(string.Concat(different), Is.Empty);
    }

    private static string WithoutDaemon(string output) => output.StartsWith("Status of pacemakerd: ", StringComparison.Ordinal) ? output[(output.IndexOf('\n', StringComparison.Ordinal) + 1)..] : output;

    /// <summary>Debian's says so in a cluster with a launcher.</summary>
    [Test]
    public void Crm_mon_says_that_the_daemon_runs()
    {
        using var node = new LiveNode(Cib);
        node.Settle();
        const string when = "\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d(Z| [+-]\\d\\d:\\d\\d)";
        Assert.That(Run(node, CrmMon.Run, "-1").Output, Does.Match($"^Status of pacemakerd: 'Pacemaker is running' \\(last updated {when}\\)\nCluster Summary:\n"));
        Assert.That(Run(node, CrmMon.Run, "-s").Output, Does.Match($"^Status of pacemakerd: 'Pacemaker is running' \\(last updated {when}\\)\nCLUSTER OK: 1 node online"));
        Assert.That(Run(node, CrmMon.Run, "-1", "--output-as=xml").Output, Does.Match($">\\n  <pacemakerd sys_from=\"pacemakerd\" state=\"running\" last_updated=\"{when}\"/>\\n  <summary>"));
        Assert.That(Run(node, CrmMon.Run, "-1", "--output-as=html").Output, Does.Match($"<body>\\n<li>Status of pacemakerd: 'Pacemaker is running' \\(last updated {when}\\)</li>\\n<h2>Cluster Summary</h2>"));
        Assert.That(Run(node, CrmMon.Run, "-1", "--output-as=json").Output, Does.Not.Contain("pacemakerd"));
    }

    [Test]
    public void Cibadmin_shows_what_the_schema_refuses()
    {
        using var node = new LiveNode(Cib);
        node.Settle();
        var (status, output, errors) = Run(node, CibAdmin.Run, "-C", "-o", "resources", "-X", "<nonsense id='n'/>");
        Assert.That((status, errors), Is.EqualTo((78, "Call cib_create failed: Update does not conform to the configured schema\n")));
        Assert.That(CibElement.Parse(output, "output").Element("configuration")!.Element("resources")!.Children.Select(r => r.Name), Is.EqualTo(new[] { "primitive", "nonsense" }));
    }

    /// <summary>As a live pair with 2.1.5 answered; of a file neither says anything.</summary>
    [Test]
    public void Cibadmin_has_nothing_to_upgrade()
    {
        using var node = new LiveNode(Cib);
        node.Settle();
        Assert.That(Run(node, CibAdmin.Run, "--upgrade", "--force"), Is.EqualTo((0, "Upgrade unnecessary: Schema is already the latest available\n", "")));
    }

    private static string Marked(string mark, string text) => string.Concat(text.TrimEnd('\n').Split('\n').Where(l => text.Length > 0).Select(l => $"{mark}{l}\n"));

    [Test]
    public void Cibadmin_shows_and_changes_the_clusters_CIB()
    {
        using var node = new LiveNode(Cib);
        node.Settle();
        var (status, output, errors) = Run(node, CibAdmin.Run, "-Q");
        Assert.That((status, errors), Is.EqualTo((0, "")));
        Assert.That(CibElement.Parse(output, "output").Descendants("lrm_resource").Select(r => r.Id), Is.EqualTo(new[] { "d1" }), output);
        Assert.That(Run(node, CibAdmin.Run, "-C", "-o", "resources", "-X", "<primitive id='d2' class='ocf' provider='pacemaker' type='Dummy'/>"), Is.EqualTo((0, "", "")));
        node.Settle();
        Assert.That(Run(node, CibAdmin.Run, "-Q", "-A", "//primitive[@id='d2']"), Is.EqualTo((0, "<primitive id=\"d2\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>\n", "")));
        Assert.That(Run(node, CibAdmin.Run, "-Q", "-A", "/cib/status/node_state/lrm/lrm_resources/lrm_resource[@id='d2']/lrm_rsc_op[@operation='start']").Status, Is.Zero);
        Assert.That(Run(node, CibAdmin.Run, "-Q", "-n").Output, Does.Contain("update-client=\"cibadmin\""));
    }

    [Test]
    public void Crm_simulate_decides_over_the_clusters_CIB()
    {
        using var node = new LiveNode(Cib);
        node.Settle();
        var (status, output, errors) = Run(node, (world, args) => CrmSimulate.Of(world).Run(args), "-L", "-R");
        Assert.That((status, errors), Is.EqualTo((0, "")));
        Assert.That(output, Does.Contain("  * Online: [ alpha ]").And.Contain("d1\t(ocf:pacemaker:Dummy):\t Started alpha").And.Contain("Transition Summary:\n"));
        Assert.That(Run(node, (world, args) => CrmVerify.Of(world).Run(args), "-L", "-V"), Is.EqualTo((0, "", "")));
    }
}
