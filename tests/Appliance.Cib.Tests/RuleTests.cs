using static Appliance.Cib.RuleVerdict;

namespace Appliance.Cib.Tests;

public class A_rule
{
    private static readonly CibTime Noon = CibTime.FromDate(2005, 6, 15) with { Seconds = 43200 };     // a Wednesday, day 166, week 24

    private static RuleVerdict Evaluate(string conditions, RuleInput? input = null, string attributes = "", NextChange? next = null) =>
        Rule.Evaluate(CibElement.Parse($"<rule id='r' {attributes}>{conditions}</rule>", "f"), input ?? new RuleInput(Noon), next);

    [TestCase("operation='gt' start='2005-06-15 11:59:59Z'", Passes, null)]
    [TestCase("operation='gt' start='2005-06-15 12:00:00Z'", Before, "2005-06-15 12:00:01Z")]
    [TestCase("operation='gt' end='2005-06-15'", Malformed, null)]
    [TestCase("operation='lt' end='2005-06-15 12:00:01Z'", Passes, "2005-06-15 12:00:01Z")]
    [TestCase("operation='lt' end='2005-06-15 12:00:00Z'", After, null)]
    [TestCase("operation='in_range' start='2005-06-15 12:00:00Z' end='2005-06-15 12:00:00Z'", Passes, "2005-06-15 12:00:01Z")]
    [TestCase("start='2005-06-15 12:00:01Z'", Before, "2005-06-15 12:00:01Z")]
    [TestCase("end='2005-06-15 11:59:59Z'", After, null)]
    [TestCase("operation='in_range'", Malformed, null)]
    [TestCase("operation='in_range' start='soon'", Malformed, null)]
    [TestCase("operation='eq' start='2005-06-15'", Malformed, null)]
    [TestCase("operation='gt' start='2005-06-15 13:00:00 +02:00'", Passes, null)]
    public void Compares_the_time_with_dates(string attributes, RuleVerdict expected, string? change)
    {
        var next = new NextChange();
        Assert.That(Rule.EvaluateCondition(CibElement.Parse($"<date_expression id='d' {attributes}/>", "f"), new RuleInput(Noon), next), Is.EqualTo(expected));
        Assert.That(next.At?.ToString(), Is.EqualTo(change));
    }

    [TestCase("2005-06-15 11:00:00Z", "hours='1'", Passes)]
    [TestCase("2005-06-15 11:00:00Z", "minutes='59' seconds='59'", After)]
    [TestCase("2005-06-14 11:00:00Z", "days='1' hours='1'", Passes)]
    [TestCase("2005-06-01", "weeks='2'", After)]
    [TestCase("2004-06-16", "years='1'", Passes)]
    [TestCase("2005-05-31", "months='1'", Passes)]
    [TestCase("2005-05-31", "months='x'", Malformed)]
    public void Lets_a_range_end_after_a_duration(string start, string duration, RuleVerdict expected) =>
        Assert.That(Rule.EvaluateCondition(CibElement.Parse($"<date_expression id='d' operation='in_range' start='{start}'><duration id='u' {duration}/></date_expression>", "f"), new RuleInput(Noon)), Is.EqualTo(expected));

    [TestCase("hours='9-16'", Passes)]
    [TestCase("hours='9-16' weekdays='1-5'", Passes)]
    [TestCase("weekdays='6-7'", Before)]
    [TestCase("weekdays='3'", Passes)]
    [TestCase("hours='13-'", Before)]
    [TestCase("hours='-11'", After)]
    [TestCase("months='6' monthdays='15' years='2005-2006' minutes='0' seconds='0' yeardays='166' weekyears='2005' weeks='24'", Passes)]
    [TestCase("weeks='25-'", Before)]
    [TestCase("", Passes)]
    [TestCase("hours='x'", Malformed)]
    [TestCase("hours='9-16x'", Malformed)]
    [TestCase("hours='-'", Malformed)]
    [TestCase("hours=''", Malformed)]
    public void Compares_the_parts_of_the_time_with_ranges(string spec, RuleVerdict expected) =>
        Assert.That(Rule.EvaluateCondition(CibElement.Parse($"<date_expression id='d' operation='date_spec'><date_spec id='s' {spec}/></date_expression>", "f"), new RuleInput(Noon)), Is.EqualTo(expected));

    [Test]
    public void Means_local_time_by_hours()
    {
        var spec = CibElement.Parse("<date_expression id='d' operation='date_spec'><date_spec id='s' hours='14'/></date_expression>", "f");
        Assert.That(Rule.EvaluateCondition(spec, new RuleInput(Noon with { Seconds = 14 * 3600, Offset = 7200 })), Is.EqualTo(Passes));
    }

    [TestCase("attribute='a' operation='defined'", Passes)]
    [TestCase("attribute='z' operation='defined'", Fails)]
    [TestCase("attribute='z' operation='not_defined'", Passes)]
    [TestCase("attribute='a' operation='defined' value='1'", Malformed)]
    [TestCase("attribute='a' operation='eq'", Malformed)]
    [TestCase("attribute='text' operation='eq' value='RED'", Passes)]
    [TestCase("attribute='text' operation='ne' value='blue'", Passes)]
    [TestCase("attribute='z' operation='eq' value='1'", Fails)]
    [TestCase("attribute='z' operation='ne' value='1'", Passes)]
    [TestCase("attribute='z' operation='lt' value='1'", Fails)]
    [TestCase("attribute='a' operation='lt' value='9'", After)]
    [TestCase("attribute='a' operation='lt' value='9' type='string'", Passes)]
    [TestCase("attribute='a' operation='gte' value='10'", Passes)]
    [TestCase("attribute='a' operation='gt' value='9.5'", Passes)]
    [TestCase("attribute='a' operation='lte' value='9.5' type='integer'", After)]
    [TestCase("attribute='a' operation='lt' value='10.5' type='number'", Passes)]
    [TestCase("attribute='v' operation='gt' value='1.2.9' type='version'", Passes)]
    [TestCase("attribute='v' operation='eq' value='1.2.10.0' type='version'", Passes)]
    [TestCase("attribute='text' operation='gt' value='5'", Passes)]
    [TestCase("attribute='a' operation='eq' value='p' value-source='param'", Passes)]
    [TestCase("attribute='a' operation='eq' value='m' value-source='meta'", Fails)]
    [TestCase("attribute='a' operation='eq' value='nothing' value-source='meta'", Fails)]
    [TestCase("attribute='z' operation='eq' value='nothing' value-source='meta'", Passes)]
    [TestCase("attribute='a' operation='eq' value='1' value-source='x'", Malformed)]
    [TestCase("attribute='a' operation='eq' value='1' type='x'", Malformed)]
    [TestCase("attribute='a' operation='like' value='1'", Malformed)]
    [TestCase("operation='eq' value='1'", Malformed)]
    [TestCase("attribute='site-%1' operation='eq' value='yes'", Passes)]
    public void Compares_node_attributes(string attributes, RuleVerdict expected)
    {
        var input = new RuleInput(Noon)
        {
            NodeAttributes = new Dictionary<string, string> { ["a"] = "10", ["text"] = "red", ["v"] = "1.2.10", ["site-db"] = "yes" },
            Parameters = new Dictionary<string, string> { ["p"] = "10" },
            Meta = new Dictionary<string, string> { ["m"] = "11" },
            Submatches = ["rsc-db", "db"],
        };
        Assert.That(Rule.EvaluateCondition(CibElement.Parse($"<expression id='e' {attributes}/>", "f"), input), Is.EqualTo(expected));
    }

    [TestCase("<rsc_expression id='e' class='ocf' provider='heartbeat' type='IPaddr2'/>", Passes)]
    [TestCase("<rsc_expression id='e' class='ocf'/>", Passes)]
    [TestCase("<rsc_expression id='e' class='OCF'/>", Fails)]
    [TestCase("<rsc_expression id='e' type='Dummy'/>", Fails)]
    [TestCase("<rsc_expression class='ocf'/>", Malformed)]
    [TestCase("<op_expression id='e' name='monitor'/>", Passes)]
    [TestCase("<op_expression id='e' name='monitor' interval='10s'/>", Passes)]
    [TestCase("<op_expression id='e' name='monitor' interval='PT10S'/>", Passes)]
    [TestCase("<op_expression id='e' name='monitor' interval='5s'/>", Fails)]
    [TestCase("<op_expression id='e' name='start'/>", Fails)]
    [TestCase("<op_expression id='e' interval='10s'/>", Malformed)]
    [TestCase("<op_expression id='e' name='monitor' interval='often'/>", Malformed)]
    [TestCase("<weather id='e'/>", Malformed)]
    public void Looks_at_the_resource_and_the_operation(string condition, RuleVerdict expected) =>
        Assert.That(Rule.EvaluateCondition(CibElement.Parse(condition, "f"),
            new RuleInput(Noon) { Class = "ocf", Provider = "heartbeat", Type = "IPaddr2", Operation = "monitor", IntervalMs = 10_000 }), Is.EqualTo(expected));

    private const string Yes = "<expression id='y' attribute='z' operation='not_defined'/>";
    private const string No = "<expression id='n' attribute='z' operation='defined'/>";
    private const string Bad = "<expression id='b' attribute='z' operation='?'/>";

    [TestCase("", Yes + Yes, Passes)]
    [TestCase("", Yes + No, Fails)]
    [TestCase("boolean-op='or'", No + Yes, Passes)]
    [TestCase("boolean-op='or'", No + No, Fails)]
    [TestCase("boolean-op='or'", Bad + Yes, Passes)]
    [TestCase("boolean-op='AND'", Bad + Yes, Fails)]
    [TestCase("boolean-op='xor'", Yes, Malformed)]
    [TestCase("", "", Passes)]
    [TestCase("boolean-op='or'", "", Passes)]
    [TestCase("", "<rule id='i' boolean-op='or'>" + No + Yes + "</rule>", Passes)]
    [TestCase("", "<rule>" + Yes + "</rule>", Fails)]
    public void Joins_its_conditions(string attributes, string conditions, RuleVerdict expected) => Assert.That(Evaluate(conditions, null, attributes), Is.EqualTo(expected));

    [Test]
    public void That_refers_to_itself_does_not_pass()
    {
        var root = CibElement.Parse("<c><rule id='r'><rule id-ref='r'/></rule></c>", "f");
        Assert.That(Rule.Passes(root.Children[0], new RuleInput(Noon) { Ids = new IdIndex(root) }), Is.False);
    }

    [Test]
    public void That_multiplies_without_end_ends()
    {
        var text = "<c>";
        for (var level = 0; level < 20; level++) text += $"<rule id='r{level}'>" + string.Concat(Enumerable.Repeat($"<rule id-ref='r{level + 1}'/>", 10)) + "</rule>";
        var root = CibElement.Parse(text + $"<rule id='r20'>{Yes}</rule></c>", "f");
        Assert.That(Rule.Passes(root.Children[0], new RuleInput(Noon) { Ids = new IdIndex(root) }), Is.False);
    }

    [Test]
    public void May_stand_elsewhere_in_the_document()
    {
        var root = CibElement.Parse($"<c><meta_attributes id='m'><rule id-ref='r'/></meta_attributes><x><rule id='r'>{No}</rule></x><y><rule id-ref='q'/></y></c>", "f");
        var problems = new List<string>();
        Assert.That(Rule.Evaluate(root.Children[0].Children[0], new RuleInput(Noon)), Is.EqualTo(Fails));
        Assert.That(Rule.Evaluate(root.Children[2].Children[0], new RuleInput(Noon) { Ids = new IdIndex(root), Problems = problems }), Is.EqualTo(Malformed));
        Assert.That(problems, Is.EqualTo(new[] { "rule id-ref q refers to no rule" }));
    }
}

[Category("peer")]
public class Against_the_real_crm_rule
{
    private const string Frame = """
        <cib validate-with="pacemaker-3.0" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config/><nodes/>
        <resources><primitive id="r" class="ocf" provider="heartbeat" type="Dummy"/></resources>
        <constraints><rsc_location id="l" rsc="r"><rule id="ru" score="1">{0}</rule></rsc_location></constraints></configuration><status/></cib>
        """;

    [TestCase("<date_expression id='d' operation='in_range' start='2005-01-01' end='2005-02-01'/>")]
    [TestCase("<date_expression id='d' operation='in_range' start='2005-01-31'><duration id='u' months='1'/></date_expression>")]
    [TestCase("<date_expression id='d' operation='in_range' start='2004-12-31 12:00:00Z'><duration id='u' years='1' hours='12'/></date_expression>")]
    [TestCase("<date_expression id='d' operation='in_range' start='2005-01-01'><duration id='u' weeks='2' days='3' minutes='4' seconds='5'/></date_expression>")]
    [TestCase("<date_expression id='d' operation='gt' start='2005-01-10'/>")]
    [TestCase("<date_expression id='d' operation='lt' end='2005-W03-1'/>")]
    [TestCase("<date_expression id='d' operation='date_spec'><date_spec id='s' years='2005-2006'/></date_expression>")]
    public void Says_the_same_of_a_date(string expression)
    {
        var text = Frame.Replace("{0}", expression);
        var rule = CibElement.Parse(text, "f").Descendants("rule").Single();
        foreach (var date in new[] { "2004-06-01 00:00:00Z", "2004-12-31 23:59:59Z", "2005-01-01 00:00:00Z", "2005-01-09 23:59:59Z", "2005-01-10 00:00:00Z", "2005-01-10 00:00:01Z", "2005-01-17 00:00:00Z",
            "2005-01-18 00:04:05Z", "2005-01-18 00:04:06Z", "2005-02-01 00:00:00Z", "2005-02-01 00:00:01Z", "2005-02-28 00:00:00Z", "2005-02-28 00:00:01Z", "2006-01-01 00:00:00Z", "2006-01-01 00:00:01Z", "2007-01-01 00:00:00Z" })
        {
            Iso8601.TryDate(date, default, out var now, out _);
            var ours = Rule.Evaluate(rule, new RuleInput(now)) == Passes
                ? 0 : Rule.EvaluateCondition(rule.Children[0], new RuleInput(now)) == Before ? 111 : 110;      // CRM_EX_NOT_YET_IN_EFFECT, CRM_EX_EXPIRED
            Assert.That(ours, Is.EqualTo(Peer.Run("crm_rule", ["-c", "-r", "ru", "-d", date, "-X", text]).Exit), date);
        }
    }
}

/// <summary>Location constraints with one expression each, and what the real policy engine makes of them: the score it gives the resource on the node.</summary>
[Category("peer")]
public class Against_the_real_crm_simulate
{
    private static readonly Dictionary<string, string> Node = new() { ["ten"] = "10", ["text"] = "Red", ["version"] = "1.2.10", ["point"] = "2.5", ["empty"] = "", ["inf"] = "INFINITY", ["#uname"] = "n1" };

    [Test]
    public void Expressions_pass_for_the_same_nodes()
    {
        var expressions = new List<string>();
        foreach (var attribute in new[] { "ten", "text", "version", "point", "inf", "missing", "#uname" })
        {
            expressions.Add($"attribute='{attribute}' operation='defined'");
            expressions.Add($"attribute='{attribute}' operation='not_defined'");
            foreach (var operation in new[] { "eq", "ne", "lt", "lte", "gt", "gte" })
                foreach (var (type, values) in new[] { ("string", "10 9 red n1 1.2.9"), ("integer", "9 10 11"), ("number", "9.5 10 2.5"), ("version", "1.2.9 1.2.10 10") })
                    foreach (var value in values.Split(' ')) expressions.Add($"attribute='{attribute}' operation='{operation}' type='{type}' value='{value}'");
            foreach (var value in new[] { "10", "Red", "rED", "2.5" }) expressions.Add($"attribute='{attribute}' operation='eq' value='{value}'");
        }
        var resources = string.Concat(expressions.Select((_, i) => $"<primitive id='r{i}' class='ocf' provider='heartbeat' type='Dummy'/>"));
        var constraints = string.Concat(expressions.Select((e, i) => $"<rsc_location id='l{i}' rsc='r{i}'><rule id='u{i}' score='7'><expression id='e{i}' {e}/></rule></rsc_location>"));
        var attributes = string.Concat(Node.Where(a => a.Key[0] != '#').Select(a => $"<nvpair id='a-{a.Key}' name='{a.Key}' value='{a.Value}'/>"));
        using var files = new PeerFiles($"""
            <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0" have-quorum="1"><configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="n1"><instance_attributes id="na">{attributes}</instance_attributes></node></nodes>
            <resources>{resources}</resources><constraints>{constraints}</constraints></configuration>
            <status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources/></lrm></node_state></status></cib>
            """);
        var theirs = Peer.Run("crm_simulate", ["-x", files[0], "-sQ"]).Output;
        var input = new RuleInput(CibTime.FromEpoch(0)) { NodeAttributes = Node };
        var differences = new List<string>();
        for (var i = 0; i < expressions.Count; i++)
        {
            var passes = theirs.Contains($" r{i} allocation score on n1: 7\n", StringComparison.Ordinal);
            Assert.That(passes || theirs.Contains($" r{i} allocation score on n1: 0\n", StringComparison.Ordinal), Is.True, expressions[i]);
            if (Rule.EvaluateCondition(CibElement.Parse($"<expression id='e' {expressions[i]}/>", "f"), input) == Passes != passes) differences.Add(expressions[i]);
        }
        Assert.That(differences, Is.Empty, string.Join("\n", differences));
    }

    /// <summary>Which of two sets counts is seen by whether the resource is started.</summary>
    [TestCase("", "")]
    [TestCase("score='1'", "")]
    [TestCase("", "score='1'")]
    [TestCase("score='-INFINITY'", "score='-5'")]
    [TestCase("score='INFINITY'", "score='INFINITY'")]
    public void Sets_count_in_the_same_order(string first, string second)
    {
        foreach (var (one, other) in new[] { ("Stopped", "Started"), ("Started", "Stopped") })
        {
            var resource = $"<primitive id='r' class='ocf' provider='heartbeat' type='Dummy'><meta_attributes id='m' {first}><nvpair id='m1' name='target-role' value='{one}'/></meta_attributes><meta_attributes id='n' {second}><nvpair id='n1' name='target-role' value='{other}'/></meta_attributes></primitive>";
            using var files = new PeerFiles($"""
                <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0" have-quorum="1"><configuration>
                <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
                <nodes><node id="1" uname="n1"/></nodes><resources>{resource}</resources><constraints/></configuration>
                <status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources/></lrm></node_state></status></cib>
                """);
            var started = Peer.Run("crm_simulate", ["-x", files[0], "-S"]).Output.Contains("* Start ", StringComparison.Ordinal);
            var values = new Dictionary<string, string>();
            NvSets.Unpack(CibElement.Parse(resource, "f"), "meta_attributes", null, new RuleInput(CibTime.FromEpoch(0)), values);
            Assert.That(values["target-role"], Is.EqualTo(started ? "Started" : "Stopped"));
        }
    }

    /// <summary>Parts of the time, in another zone than UTC as well: they are those of local time.</summary>
    [TestCase("2005-06-15 12:00:00", "UTC", 0)]
    [TestCase("2004-12-31 23:59:59", "UTC", 0)]
    [TestCase("2005-01-01 00:00:00", "UTC", 0)]
    [TestCase("2009-12-28 07:30:00", "Etc/GMT-5", 5 * 3600)]      // POSIX counts the other way round: five hours ahead
    [TestCase("2012-02-29 18:15:45", "Etc/GMT+3", -3 * 3600)]
    public void Date_specs_pass_at_the_same_times(string time, string zone, int offset)
    {
        var specs = new List<string>();
        foreach (var (name, ranges) in new[]
        {
            ("years", "2005 2004-2005 2006- 2010-2012"), ("months", "6 1-2 12 7-"), ("monthdays", "15 1-14 29-31 1"), ("hours", "12 0-11 18-23 7"), ("minutes", "0 15-30 59"),
            ("seconds", "0 45 59"), ("yeardays", "1 60 166 365-366"), ("weekyears", "2004 2005 2009 2010-"), ("weeks", "24 53 1 9 52-53"), ("weekdays", "1 3 5-7 6"),
        })
            foreach (var range in ranges.Split(' ')) specs.Add($"{name}='{range}'");
        specs.Add("hours='0-12' weekdays='1-5'");
        var resources = string.Concat(specs.Select((_, i) => $"<primitive id='r{i}' class='ocf' provider='heartbeat' type='Dummy'/>"));
        var rules = specs.Select((s, i) => $"<rule id='u{i}' score='7'><date_expression id='e{i}' operation='date_spec'><date_spec id='s{i}' {s}/></date_expression></rule>").ToArray();
        using var files = new PeerFiles($"""
            <cib validate-with="pacemaker-3.9" admin_epoch="0" epoch="1" num_updates="0" have-quorum="1"><configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config><nodes><node id="1" uname="n1"/></nodes>
            <resources>{resources}</resources><constraints>{string.Concat(rules.Select((r, i) => $"<rsc_location id='l{i}' rsc='r{i}'>{r}</rsc_location>"))}</constraints></configuration>
            <status><node_state id="1" uname="n1" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources/></lrm></node_state></status></cib>
            """);
        var theirs = Peer.Run("crm_simulate", ["-x", files[0], "-sQ", "-t", time], timeZone: zone).Output;
        Assert.That(Iso8601.TryDate(time, new(2000, 1, 0, offset), out var now, out _), Is.True);
        var differences = specs.Where((s, i) => Rule.Passes(CibElement.Parse(rules[i], "f"), new RuleInput(now)) != theirs.Contains($" r{i} allocation score on n1: 7\n", StringComparison.Ordinal));
        Assert.That(differences, Is.Empty, theirs);
        Assert.That(theirs, Does.Contain("score on n1: 7"));
    }
}
