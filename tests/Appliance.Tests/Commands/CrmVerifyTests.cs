using System.Diagnostics;
using Appliance.Commands.Policy;

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
