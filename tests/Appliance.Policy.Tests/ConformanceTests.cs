using System.Globalization;
using System.Text;
using Appliance.Linux;

namespace Appliance.Policy.Tests;

/// <summary>How many of Pacemaker's cases the engine answers as Pacemaker does; what was reached must not be lost.</summary>
public class The_engine
{
    /// <summary>At least this many cases of a tier agree in everything; raised as the engine grows.</summary>
    private static readonly int[] Reached = [0, 14, 34, 110, 148, 83, 102, 122, 51, 52, 51];

    [Test, Category("beside")]
    public void Answers_the_cases_of_Pacemaker_as_Pacemaker_does()
    {
        if (Conformance.Folder is not { } folder)
        {
            Assert.Ignore("the cases (../shared/conformance/scheduler) are not beside this checkout");
            return;
        }
        var verdicts = Conformance.Cases(folder).ConvertAll(c => Conformance.Judge(folder, c));
        var text = new StringBuilder("tier  cases  scores  dot  exp  summary  all\n");
        var lost = new List<string>();
        foreach (var tier in verdicts.GroupBy(static v => v.Case.Tier).OrderBy(static g => g.Key))
        {
            text.AppendLine(Line(tier.Key.ToString(CultureInfo.InvariantCulture), [.. tier]));
            var passed = tier.Count(static v => v.All);
            if (tier.Key < Reached.Length && passed < Reached[tier.Key]) lost.Add($"tier {tier.Key}: {passed} pass, {Reached[tier.Key]} did before");
        }
        text.AppendLine(Line("all", verdicts));
        foreach (var verdict in verdicts.Where(static v => !v.All)) text.AppendLine(CultureInfo.InvariantCulture, $"not yet: {verdict.Case.Name}");
        foreach (var verdict in verdicts.Where(static v => v.Problem is not null)) text.AppendLine(CultureInfo.InvariantCulture, $"{verdict.Case.Name}: {verdict.Problem}");
        TestContext.Out.WriteLine(text.ToString());
        Assert.That(lost, Is.Empty, text.ToString());
    }

    /// <summary>A group that failed once, a clone, and constraints between them, on two nodes of which one is in standby.</summary>
    private const string Small = """
        <cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1">
          <configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="alpha"/><node id="2" uname="beta"><instance_attributes id="b"><nvpair id="b1" name="standby" value="on"/></instance_attributes></node></nodes>
            <resources>
              <group id="web"><primitive id="ip" class="ocf" provider="heartbeat" type="IPaddr2"/><primitive id="nginx" class="systemd" type="nginx"/></group>
              <clone id="ping-clone"><primitive id="ping" class="ocf" provider="pacemaker" type="ping"/></clone>
            </resources>
            <constraints>
              <rsc_location id="l" rsc="web" node="beta" score="100"/>
              <rsc_order id="w" first="ping-clone" then="web"/>
              <rsc_colocation id="c" rsc="web" with-rsc="ping-clone" score="INFINITY"/>
            </constraints>
          </configuration>
          <status>
            <node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources/></lrm></node_state>
            <node_state id="2" uname="beta" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="2"><lrm_resources/></lrm></node_state>
          </status>
        </cib>
        """;

    [Test]
    public void Gives_the_same_answer_to_the_same_question()
    {
        var cib = Cib.CibElement.Parse(Small, "small");
        var before = cib.ToString();
        var first = PolicyRun.Schedule(cib, 1_700_000_000, PosixPattern.Of).GraphText();
        foreach (var start in new[] { "ip_start_0", "nginx_start_0", "ping:0_start_0" }) Assert.That(first, Does.Contain($"operation_key=\"{start}\""));
        Assert.That(PolicyRun.Schedule(cib, 1_700_000_000, PosixPattern.Of).GraphText(), Is.EqualTo(first));
        Assert.That(PolicyRun.Schedule(Cib.CibElement.Parse(Small, "small"), 1_700_000_000, PosixPattern.Of).GraphText(), Is.EqualTo(first));
        Assert.That(cib.ToString(), Is.EqualTo(before), "the document is only read");
    }

    private static string Line(string name, List<Conformance.Verdict> verdicts) => string.Create(CultureInfo.InvariantCulture,
        $"{name,4}  {verdicts.Count,5}  {verdicts.Count(static v => v.Scores),6}  {verdicts.Count(static v => v.Dot),3}  {verdicts.Count(static v => v.Graph),3}  {verdicts.Count(static v => v.Summary),7}  {verdicts.Count(static v => v.All),3}");
}
