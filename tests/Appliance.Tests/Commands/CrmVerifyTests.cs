using System.Collections.Concurrent;
using System.Diagnostics;
using Appliance.Commands.Policy;
using Appliance.Tests.Commands;

namespace Appliance.Commands.Tests;

/// <summary>The same CIBs given to Pacemaker 2.1.5's crm_verify and to ours.</summary>
public class Crm_verify
{
    private const string Theirs = "/usr/sbin/crm_verify";
    private string _directory = "";

    [OneTimeSetUp]
    public void Make() => _directory = Directory.CreateTempSubdirectory("crm-verify-").FullName;

    [OneTimeTearDown]
    public void Gone() => Directory.Delete(_directory, recursive: true);

    private const string Dummy = "<primitive id=\"r\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/>";

    private static string Cib(string resources = Dummy, string constraints = "", string options = "", string status = "<status/>", string schema = "pacemaker-3.9", string fencing = "false", string nodes = "", string tail = "") => $"""
        <cib validate-with="{schema}" epoch="1" num_updates="0" admin_epoch="0" crm_feature_set="3.16.2" have-quorum="1" dc-uuid="1">
         <configuration>
          <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="{fencing}"/>{options}</cluster_property_set></crm_config>
          <nodes><node id="1" uname="a"/><node id="2" uname="b"/>{nodes}</nodes>
          <resources>{resources}</resources>
          <constraints>{constraints}</constraints>{tail}
         </configuration>
         {status}
        </cib>
        """;

    private static string Option(string name, string value) => $"<nvpair id=\"opt-{name}\" name=\"{name}\" value=\"{value}\"/>";
    private static string Meta(string name, string value) => $"<meta_attributes id=\"m-{name}\"><nvpair id=\"n-{name}\" name=\"{name}\" value=\"{value}\"/></meta_attributes>";
    private static string Primitive(string id, string inside = "") => $"<primitive id=\"{id}\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">{inside}</primitive>";

    private static string Running(string resource) => $"""
        <status><node_state id="1" uname="a" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources><lrm_resource id="{resource}" class="ocf" provider="pacemaker" type="Dummy">
        <lrm_rsc_op id="{resource}_last_0" operation_key="{resource}_start_0" operation="start" transition-key="1:1:0:00000000-0000-0000-0000-000000000000" transition-magic="0:0;1:1:0:00000000-0000-0000-0000-000000000000" call-id="1" rc-code="0" op-status="0" interval="0" on_node="a"/>
        </lrm_resource></lrm_resources></lrm></node_state></status>
        """;

    private const string Member = "in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"";
    private const string Lost = "in_ccm=\"false\" crmd=\"offline\" join=\"down\" expected=\"member\"";
    private const string Fencing = "<primitive id=\"f\" class=\"stonith\" type=\"fence_ipmilan\"/>";

    /// <summary>Both nodes in these conditions, with these results of r on them ("start 1": operation and exit status).</summary>
    private static string States(string one, string other, string onOne = "", string onOther = "", string attributes = "")
    {
        static string State(string id, string name, string condition, string results, string attributes) =>
            $"<node_state id=\"{id}\" uname=\"{name}\" {condition}><transient_attributes id=\"{id}\"><instance_attributes id=\"ia{id}\">{attributes}</instance_attributes></transient_attributes><lrm id=\"{id}\"><lrm_resources>"
            + $"<lrm_resource id=\"r\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\">{string.Concat(results.Split(',', StringSplitOptions.RemoveEmptyEntries).Select((r, i) => Result(r.Split(' ')[0], r.Split(' ')[1], i + 1, name)))}</lrm_resource></lrm_resources></lrm></node_state>";
        static string Result(string task, string code, int call, string name)
        {
            var wanted = task == "monitor" && code != "4" ? "7" : "0";
            return $"<lrm_rsc_op id=\"r_{(code is "0" or "7" ? "last" : "last_failure")}_0\" operation_key=\"r_{task}_0\" operation=\"{task}\" crm_feature_set=\"3.16.2\" transition-key=\"{call}:1:{wanted}:00000000-0000-0000-0000-000000000000\" "
                + $"transition-magic=\"0:{code};{call}:1:{wanted}:00000000-0000-0000-0000-000000000000\" exit-reason=\"{(code is "0" or "7" ? "" : "it broke")}\" call-id=\"{call}\" rc-code=\"{code}\" op-status=\"0\" interval=\"0\" last-rc-change=\"1700000000\" "
                + $"op-digest=\"f2317cad3d54cec5d7d7aa7d0bf35cf8\" on_node=\"{name}\"/>";
        }
        return $"<status>{State("1", "a", one, onOne, attributes)}{State("2", "b", other, onOther, "")}</status>";
    }

    private static readonly Dictionary<string, string> Written = new(StringComparer.Ordinal)
    {
        ["good"] = Cib(),
        ["good without status"] = Cib(status: ""),
        ["no fencing devices"] = Cib(fencing: "true"),
        ["no fencing devices, no status"] = Cib(fencing: "true", status: ""),
        ["fencing device"] = Cib(Dummy + "<primitive id=\"f\" class=\"stonith\" type=\"fence_ipmilan\"/>", fencing: "true"),
        ["watchdog"] = Cib(fencing: "true", options: Option("have-watchdog", "true")),
        ["nothing to run"] = Cib(""),
        ["unknown element"] = Cib().Replace("nodes>", "nodez>", StringComparison.Ordinal),
        ["unknown attribute"] = Cib().Replace("class=", "klass=", StringComparison.Ordinal),
        ["no provider"] = Cib("<primitive id=\"r\" class=\"ocf\" type=\"Dummy\"/>"),
        ["id twice"] = Cib(Dummy.Replace("\"r\"", "\"o1\"", StringComparison.Ordinal)),
        ["id of odd form"] = Cib(Primitive("1r")),
        ["unknown schema"] = Cib(schema: "pacemaker-9.9"),
        ["schema none"] = Cib(schema: "none"),
        ["old schema"] = Cib(schema: "pacemaker-1.2"),
        ["schema 2.10"] = Cib(schema: "pacemaker-2.10"),
        ["location of nothing"] = Cib(constraints: "<rsc_location id=\"l\" rsc=\"nope\" node=\"a\" score=\"5\"/>"),
        ["location on an unknown node"] = Cib(constraints: "<rsc_location id=\"l\" rsc=\"r\" node=\"zzz\" score=\"5\"/>"),
        ["location of a node's id"] = Cib(constraints: "<rsc_location id=\"l\" rsc=\"o1\" node=\"a\" score=\"5\"/>"),
        ["location with a bad score"] = Cib(constraints: "<rsc_location id=\"l\" rsc=\"r\" node=\"a\" score=\"five\"/>"),
        ["location of nothing, schema none"] = Cib(constraints: "<rsc_location id=\"l\" rsc=\"nope\" node=\"a\" score=\"5\"/>", schema: "none"),
        ["colocation with nothing, schema none"] = Cib(constraints: "<rsc_colocation id=\"c\" rsc=\"r\" with-rsc=\"nope\" score=\"5\"/>", schema: "none"),
        ["colocation of nothing, schema none"] = Cib(constraints: "<rsc_colocation id=\"c\" rsc=\"nope\" with-rsc=\"r\" score=\"5\"/>", schema: "none", status: ""),
        ["order with nothing, schema none"] = Cib(constraints: "<rsc_order id=\"c\" first=\"r\" then=\"nope\"/>", schema: "none"),
        ["ticket of nothing, schema none"] = Cib(constraints: "<rsc_ticket id=\"c\" rsc=\"nope\" ticket=\"t\"/>", schema: "none"),
        ["set of nothing, schema none"] = Cib(constraints: "<rsc_order id=\"c\"><resource_set id=\"s\"><resource_ref id=\"r\"/><resource_ref id=\"nope\"/></resource_set></rsc_order>", schema: "none"),
        ["colocation with nothing"] = Cib(constraints: "<rsc_colocation id=\"c\" rsc=\"r\" with-rsc=\"nope\" score=\"5\"/>"),
        ["two tags colocated"] = Cib(Primitive("r") + Primitive("s"), "<rsc_colocation id=\"c\" rsc=\"t1\" with-rsc=\"t2\" score=\"5\"/>",
            tail: "<tags><tag id=\"t1\"><obj_ref id=\"r\"/></tag><tag id=\"t2\"><obj_ref id=\"s\"/></tag></tags>"),
        ["serialized and symmetrical"] = Cib(Primitive("r") + Primitive("s"), "<rsc_order id=\"c\" first=\"r\" then=\"s\" kind=\"Serialize\" symmetrical=\"true\"/>"),
        ["serialized and symmetrical set"] = Cib(Primitive("r") + Primitive("s"), "<rsc_order id=\"c\" kind=\"Serialize\" symmetrical=\"true\"><resource_set id=\"s1\"><resource_ref id=\"r\"/><resource_ref id=\"s\"/></resource_set></rsc_order>"),
        ["order of a strange kind"] = Cib(Primitive("r") + Primitive("s"), "<rsc_order id=\"c\" first=\"r\" then=\"s\" kind=\"sometimes\"/>", schema: "none"),
        ["bad influence"] = Cib(Primitive("r") + Primitive("s"), "<rsc_colocation id=\"c\" rsc=\"r\" with-rsc=\"s\" score=\"5\" influence=\"some\"/>", schema: "none"),
        ["unique instances of what has none"] = Cib($"<clone id=\"c\">{Meta("globally-unique", "true")}<primitive id=\"r\" class=\"lsb\" type=\"cron\"/></clone>"),
        ["ticket that fences"] = Cib(constraints: "<rsc_ticket id=\"c\" rsc=\"r\" ticket=\"t\" loss-policy=\"fence\"/>"),
        ["bad boolean"] = Cib(options: Option("symmetric-cluster", "perhaps")),
        ["bad time"] = Cib(options: Option("cluster-delay", "a while")),
        ["bad number"] = Cib(options: Option("batch-limit", "many")),
        ["bad quorum policy"] = Cib(options: Option("no-quorum-policy", "pray")),
        ["bad placement"] = Cib(options: Option("placement-strategy", "anywhere")),
        ["bad health strategy"] = Cib(options: Option("node-health-strategy", "doctor")),
        ["bad fencing action"] = Cib(options: Option("stonith-action", "explode")),
        ["suicide without fencing"] = Cib(options: Option("no-quorum-policy", "suicide")),
        ["unknown option"] = Cib(options: Option("colour", "blue")),
        ["number with a tail"] = Cib(options: Option("batch-limit", "5x")),
        ["lock limit"] = Cib(options: Option("shutdown-lock-limit", "5 parsecs")),
        ["bad target role"] = Cib(Primitive("r", Meta("target-role", "Sleeping"))),
        ["promoted without promotable"] = Cib(Primitive("r", Meta("target-role", "Promoted"))),
        ["promoted promotable"] = Cib($"<clone id=\"c\"><meta_attributes id=\"m\"><nvpair id=\"m1\" name=\"promotable\" value=\"true\"/><nvpair id=\"m2\" name=\"target-role\" value=\"Promoted\"/></meta_attributes>{Dummy}</clone>"),
        ["bad target role of a clone"] = Cib($"<clone id=\"c\">{Meta("target-role", "Sleeping")}{Dummy}</clone>"),
        ["bad target role of a group"] = Cib($"<group id=\"g\">{Meta("target-role", "Sleeping")}{Dummy}</group>"),
        ["bad requires"] = Cib(Primitive("r", Meta("requires", "luck"))),
        ["requires fencing"] = Cib(Primitive("r", Meta("requires", "fencing"))),
        ["requires unfencing"] = Cib(Primitive("r", Meta("requires", "unfencing"))),
        ["clone with two a node"] = Cib($"<clone id=\"c\">{Meta("clone-node-max", "2")}{Dummy}</clone>"),
        ["empty group, schema none"] = Cib("<group id=\"g\"/>", schema: "none"),
        ["two nodes of one name"] = Cib(nodes: "<node id=\"3\" uname=\"a\"/>"),
        ["state of a stranger"] = Cib(status: "<status><node_state id=\"9\" uname=\"stranger\" in_ccm=\"true\" crmd=\"online\" join=\"member\" expected=\"member\"/></status>"),
        ["orphan"] = Cib(status: Running("ghost")),
        ["orphan that may stay"] = Cib(options: Option("stop-orphan-resources", "false"), status: Running("ghost")),
        ["running"] = Cib(status: Running("r")),
        ["monitor twice"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"monitor\" interval=\"10s\"/><op id=\"p2\" name=\"monitor\" interval=\"10s\"/></operations>")),
        ["monitor twice, no status"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"monitor\" interval=\"10s\"/><op id=\"p2\" name=\"monitor\" interval=\"10s\"/></operations>"), status: ""),
        ["monitors of two intervals"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"monitor\" interval=\"10s\"/><op id=\"p2\" name=\"monitor\" interval=\"11s\"/></operations>")),
        ["recurring start"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"start\" interval=\"10s\"/></operations>")),
        ["fencing after a failure without fencing"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"monitor\" interval=\"10s\" on-fail=\"fence\"/></operations>"), status: Running("r")),
        ["stop that stops"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"stop\" interval=\"0\" on-fail=\"stop\"/></operations>"), status: Running("r")),
        ["stop that blocks"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"stop\" interval=\"0\" on-fail=\"block\"/></operations>"), status: Running("r")),
        ["demote after a monitor"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"monitor\" interval=\"10s\" on-fail=\"demote\"/></operations>"), status: Running("r")),
        ["template"] = Cib("<template id=\"t\" class=\"ocf\" provider=\"pacemaker\" type=\"Dummy\"/><primitive id=\"r\" template=\"t\"/>"),
        ["template that is missing"] = Cib("<primitive id=\"r\" template=\"t\"/>"),
        ["poweroff"] = Cib(options: Option("stonith-action", "poweroff")),
        ["removing after stops"] = Cib(options: Option("remove-after-stop", "true")),
        ["unordered group"] = Cib($"<group id=\"g\">{Meta("ordered", "false")}{Dummy}</group>"),
        ["ordered group"] = Cib($"<group id=\"g\">{Meta("ordered", "true")}{Dummy}</group>"),
        ["some of a clone"] = Cib($"<clone id=\"c\">{Dummy}</clone>{Primitive("s")}", "<rsc_order id=\"x\" first=\"c\" then=\"s\" require-all=\"false\"/>"),
        ["clone without instances"] = Cib($"<clone id=\"c\">{Meta("clone-max", "0")}{Dummy}</clone>", status: Running("r")),
        ["ping node"] = Cib(nodes: "<node id=\"3\" uname=\"c\" type=\"ping\"/>"),
        ["scored order"] = Cib(Primitive("r") + Primitive("s"), "<rsc_order id=\"c\" first=\"r\" then=\"s\" score=\"5\"/>"),
        ["fencing levels"] = Cib(Dummy + "<primitive id=\"f\" class=\"stonith\" type=\"fence_ipmilan\"/>", fencing: "true", tail: "<fencing-topology><fencing-level id=\"fl\" target=\"a\" index=\"1\" devices=\"f\"/></fencing-topology>"),
        ["fencing level 0"] = Cib(tail: "<fencing-topology><fencing-level id=\"fl\" target=\"a\" index=\"0\" devices=\"f\"/></fencing-topology>"),
        ["rule"] = Cib(constraints: "<rsc_location id=\"l\" rsc=\"r\"><rule id=\"u\" score=\"5\"><expression id=\"e\" attribute=\"x\" operation=\"defined\"/></rule></rsc_location>"),
        ["rule without conditions"] = Cib(constraints: "<rsc_location id=\"l\" rsc=\"r\"><rule id=\"u\" score=\"5\"/></rsc_location>"),
        ["failed start"] = Cib(status: States(Member, Member, "start 1")),
        ["failed start, threshold reached"] = Cib(Primitive("r", Meta("migration-threshold", "1")), status: States(Member, Member, "start 1", attributes: "<nvpair id=\"fc\" name=\"fail-count-r#start_0\" value=\"1\"/>")),
        ["failed stop"] = Cib(Dummy + Fencing, fencing: "true", status: States(Member, Member, "stop 1")),
        ["failed stop without fencing"] = Cib(status: States(Member, Member, "stop 5")),
        ["failure that is ignored"] = Cib(Primitive("r", "<operations><op id=\"p1\" name=\"start\" interval=\"0\" on-fail=\"ignore\"/></operations>"), status: States(Member, Member, "start 1")),
        ["agent without rights"] = Cib(status: States(Member, Member, "monitor 4")),
        ["agent not configured"] = Cib(status: States(Member, Member, "start 6")),
        ["active twice"] = Cib(status: States(Member, Member, "start 0", "start 0")),
        ["active twice, blocked"] = Cib(Primitive("r", Meta("multiple-active", "block")), status: States(Member, Member, "start 0", "start 0")),
        ["active twice, stopped"] = Cib(Primitive("r", Meta("multiple-active", "stop_only")), status: States(Member, Member, "start 0", "start 0")),
        ["active twice, unexpectedly"] = Cib(Primitive("r", Meta("multiple-active", "stop_unexpected")), status: States(Member, Member, "start 0", "start 0")),
        ["lost node"] = Cib(Dummy + Fencing, fencing: "true", status: States(Member, Lost, onOther: "start 0")),
        ["lost node that cannot be fenced"] = Cib(status: States(Member, "in_ccm=\"true\" crmd=\"offline\" join=\"down\" expected=\"member\"", onOther: "start 0")),
        ["pending node"] = Cib(Dummy + Fencing, fencing: "true", status: States(Member, "in_ccm=\"true\" crmd=\"online\" join=\"pending\" expected=\"member\"", "monitor 7")),
        ["no quorum"] = Cib(status: States(Member, Member)).Replace("have-quorum=\"1\"", "have-quorum=\"0\"", StringComparison.Ordinal),
        ["no quorum needed"] = Cib(options: Option("no-quorum-policy", "ignore"), status: States(Member, Member)).Replace("have-quorum=\"1\"", "have-quorum=\"0\"", StringComparison.Ordinal),
        ["state without id"] = Cib(status: "<status><node_state uname=\"a\" in_ccm=\"true\"/></status>", schema: "none"),
        ["failure timeout that blocks"] = Cib(Primitive("r", Meta("failure-timeout", "10s") + "<operations><op id=\"p1\" name=\"start\" interval=\"0\" on-fail=\"block\"/></operations>"),
            status: States(Member, Member, "start 1", attributes: "<nvpair id=\"fc\" name=\"fail-count-r#start_0\" value=\"1\"/>")),
        ["wanted where it is and elsewhere"] = Cib(constraints: "<rsc_location id=\"l1\" rsc=\"r\" node=\"a\" score=\"INFINITY\"/><rsc_location id=\"l2\" rsc=\"r\" node=\"b\" score=\"INFINITY\"/>", status: States(Member, Member, "start 0", "monitor 7")),
        ["wanted on both nodes"] = Cib(constraints: "<rsc_location id=\"l1\" rsc=\"r\" node=\"a\" score=\"INFINITY\"/><rsc_location id=\"l2\" rsc=\"r\" node=\"b\" score=\"INFINITY\"/>", status: States(Member, Member)),
        ["shutdown that waits for a person"] = Cib(Primitive("r", Meta("is-managed", "false")), status: States(Member, Member, "start 0,stop 1", attributes: "<nvpair id=\"sd\" name=\"shutdown\" value=\"1700000000\"/>")),
        ["discovery forbidden on a node"] = Cib(status: States(Member, Member, attributes: "<nvpair id=\"rd\" name=\"resource-discovery-enabled\" value=\"false\"/>")),
        ["not closed"] = Cib().Replace("</resources>", "", StringComparison.Ordinal),
        ["cut off"] = Cib()[..300],
        ["another document"] = "<foo/>",
        ["another broken document"] = "<foo><bar></foo>",
        ["nothing"] = "",
        ["no XML"] = "hello",
    };

    public static IEnumerable<string> Names => Written.Keys;

    [TestCaseSource(nameof(Names))]
    public void Ends_as_Pacemakers_with_the_same_complaints(string name)
    {
        var file = Write(name);
        foreach (var verbosity in (string[][])[[], ["-V"], ["-VV"]])
        {
            var ours = Ours(null, ["-x", file, .. verbosity]);
            var theirs = TheirAnswer(null, ["-x", file, .. verbosity]);
            if (theirs is not { } answer)
            {
                Assert.Ignore("crm_verify is missing (Debian package pacemaker-cli-utils)");
                return;
            }
            Assert.Multiple(() =>
            {
                Assert.That(ours.Status, Is.EqualTo(answer.Status), $"{string.Join(' ', verbosity)}: ours said\n{ours.Errors}theirs\n{answer.Errors}");
                Assert.That(ours.Output, Is.EqualTo(answer.Output));
                // What a schema or XML's own rules say is told in other words, and Pacemaker repeats itself.
                Assert.That(Complaints(ours.Errors), Is.EquivalentTo(Complaints(answer.Errors)), string.Join(' ', verbosity));
            });
        }
    }

    /// <summary>What the scheduler says differs where it decides otherwise: 2.1.5 and 3.0.2 do in these.</summary>
    private static readonly Dictionary<string, string> DecidedOtherwise = new(StringComparer.Ordinal)
    {
        ["expired-stop-1"] = "what expires",
        ["migrate-fencing"] = "the word for the attribute terminate",
        ["node-pending-timeout"] = "2.1.5 knows no such time-out",
        ["orphan-0"] = "the option's name is new",
    };

    /// <summary>Pacemaker's own cases, with the names of options that 2.1.5 knows: every line that names something to look at, and the exit status.</summary>
    [Test, Category("beside")]
    public void Says_what_Pacemakers_says_of_its_own_cases()
    {
        var folder = PacemakersCases.Needed();
        if (!File.Exists(Theirs)) Assert.Ignore("crm_verify is missing (Debian package pacemaker-cli-utils)");
        var differ = new ConcurrentBag<string>();
        var files = Directory.GetFiles(folder + "/xml", "*.xml");
        Parallel.ForEach(files, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, file =>
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var copy = Path.Combine(_directory, "case-" + name);
            File.WriteAllText(copy, PacemakersCases.InOlderWords(File.ReadAllText(file)));
            var ours = Ours(null, ["-x", copy, "-VV"]);
            var theirs = TheirAnswer(null, ["-x", copy, "-VV"])!.Value;
            var (only, missing) = (Complaints(ours.Errors).Except(Complaints(theirs.Errors)).ToList(), Complaints(theirs.Errors).Where(static l => !IsInward(l)).Except(Complaints(ours.Errors)).ToList());
            if ((ours.Status != theirs.Status || only.Count + missing.Count > 0) != DecidedOtherwise.ContainsKey(name))
                differ.Add($"{name}: {ours.Status} {theirs.Status}\n{string.Concat(only.Select(static l => $"    ours: {l}\n"))}{string.Concat(missing.Select(static l => $"    peer: {l}\n"))}");
            if (ours.Status != theirs.Status) differ.Add($"{name}: status {ours.Status}, theirs {theirs.Status}");
        });
        Assert.That(files, Has.Length.GreaterThan(700));
        Assert.That(differ.Order(), Is.Empty);
    }

    /// <summary>About 2.1.5's own inner working, and nothing to look at: a step that is mapped to another, or is not.</summary>
    private static bool IsInward(string line) => line.StartsWith("(action_for_ordering)", StringComparison.Ordinal) || line.StartsWith("(multi_update_interleave_actions)", StringComparison.Ordinal);

    /// <summary>Debian's says nothing, and nothing in the circle is ever done.</summary>
    [Test]
    public void Names_constraints_that_go_in_a_circle()
    {
        var ours = Ours(Cib(Primitive("r") + Primitive("s"), "<rsc_order id=\"rs\" first=\"r\" then=\"s\"/><rsc_order id=\"sr\" first=\"s\" then=\"r\"/>", status: States(Member, Member, "monitor 7", "monitor 7")), ["-p", "-V"]);
        Assert.That(ours.Status, Is.EqualTo(78));
        Assert.That(ours.Errors, Does.Contain("error: Constraint 'sr' is not followed because it closes a circle with rs: "));
    }

    [TestCase("good"), TestCase("no fencing devices"), TestCase("requires fencing"), TestCase("another document"), TestCase("nothing")]
    public void Prints_the_same_XML(string name)
    {
        var file = Write(name);
        if (TheirAnswer(null, ["-x", file, "--output-as=xml"]) is not { } answer)
        {
            Assert.Ignore("crm_verify is missing (Debian package pacemaker-cli-utils)");
            return;
        }
        var ours = Ours(null, ["-x", file, "--output-as=xml"]);
        Assert.That((ours.Status, ours.Output), Is.EqualTo((answer.Status, answer.Output.Replace(Theirs, "crm_verify", StringComparison.Ordinal))));
    }

    [TestCase("-p"), TestCase("--xml-pipe"), TestCase("-p -V"), TestCase(""), TestCase("--frob"), TestCase("-Z"), TestCase("-x"), TestCase("--xml-file"), TestCase("-x /nonexistent/cib"), TestCase("--output-as=colour -p"),
        TestCase("-X <foo/>"), TestCase("-p operand"), TestCase("-p --verbose -V --text-fancy")]
    public void Reads_its_command_line_as_Pacemakers(string line)
    {
        var args = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (TheirAnswer(Written["bad boolean"], args) is not { } answer)
        {
            Assert.Ignore("crm_verify is missing (Debian package pacemaker-cli-utils)");
            return;
        }
        var ours = Ours(Written["bad boolean"], args);
        Assert.Multiple(() =>
        {
            Assert.That(ours.Status, Is.EqualTo(answer.Status), ours.Errors + answer.Errors);
            Assert.That(Complaints(ours.Errors), Is.EquivalentTo(Complaints(answer.Errors)));
        });
    }

    [Test]
    public void Saves_what_it_checked()
    {
        var copy = Path.Combine(_directory, "saved");
        Assert.That(Ours(Written["good"], ["-p", "-S", copy]).Status, Is.EqualTo(0));
        Assert.That(Ours(null, ["-x", copy]).Status, Is.EqualTo(0));
    }

    [Test]
    public void Names_the_place_of_what_the_schema_forbids()
    {
        var file = Write("unknown attribute");
        Assert.That(Ours(null, ["-x", file]).Errors, Does.StartWith($"{file}:5:").And.Contain("has an unknown attribute klass"));
    }

    [Test]
    public void Is_quiet_when_asked_to_be() => Assert.That(Ours(Written["bad boolean"], ["-p", "-q", "-V"]), Is.EqualTo((78, "", "")));

    [Test]
    public void Says_that_there_is_no_live_cluster() => Assert.That(Ours(null, ["-L"]), Is.EqualTo((66, "", "crm_verify: CIB query failed: Input file not available (no cluster with a CIB runs here)\n")));

    private string Write(string name)
    {
        var file = Path.Combine(_directory, name.Replace(' ', '-').Replace(',', '-') + ".xml");
        File.WriteAllText(file, Written[name]);
        return file;
    }

    /// <summary>Lines about the configuration, each once: not those of the XML library, and not log lines of stages that judge nothing.</summary>
    private static List<string> Complaints(string errors)
    {
        var lines = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in errors.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.StartsWith('/') || line.Contains("validity error", StringComparison.Ordinal) || line.StartsWith("string:", StringComparison.Ordinal) || line.StartsWith("stdin:", StringComparison.Ordinal)) continue;
            if (line.StartsWith("(log_xmllib_err)", StringComparison.Ordinal) || line.StartsWith("(filename2xml)", StringComparison.Ordinal) || line.StartsWith("(string2xml)", StringComparison.Ordinal)
                || line.StartsWith("(crm_parse_interval_spec)", StringComparison.Ordinal) || line.StartsWith("(scan_ll)", StringComparison.Ordinal)) continue;
            lines.Add(line);
        }
        return [.. lines];
    }

    private static (int Status, string Output, string Errors) Ours(string? input, string[] args)
    {
        using StringWriter output = new(), errors = new();
        using var from = new StringReader(input ?? "");
        return (new CrmVerify(from, output, errors, DateTimeOffset.UtcNow.ToUnixTimeSeconds()).Run(args), output.ToString(), errors.ToString());
    }

    private static (int Status, string Output, string Errors)? TheirAnswer(string? input, string[] args)
    {
        if (!File.Exists(Theirs)) return null;
        var start = new ProcessStartInfo(Theirs, args) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Write(input ?? "");
        process.StandardInput.Close();
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.Result);
    }
}
