using System.Globalization;
using System.Text;
using Appliance.Cib;
using Appliance.Crm.Store;

namespace Appliance.Crm.Tests.Store;

/// <summary>Requests given to Debian's cibadmin (2.1.5) on a file and to ours: the same exit code, answer and document.</summary>
[Category("peer")]
public class Against_the_real_cibadmin
{
    private static readonly CibMoment Moment = new(CibTime.FromEpoch(1_800_000_000), "Fri Jan 15 08:00:00 2027");

    private const string Document = """
        <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="5" num_updates="3" admin_epoch="1" cib-last-written="Sat Nov 21 11:00:00 2026" update-origin="n1" update-client="cibadmin" have-quorum="1">
          <configuration>
            <crm_config>
              <cluster_property_set id="cib-bootstrap-options">
                <nvpair id="o1" name="stonith-enabled" value="false"/>
                <nvpair id="o2" name="cluster-name" value="pair"/>
                <nvpair id="o3" name="enable-acl" value="ACL"/>
              </cluster_property_set>
            </crm_config>
            <nodes>
              <node id="1" uname="n1"><instance_attributes id="na1"><nvpair id="na1-s" name="standby" value="off"/></instance_attributes></node>
              <node id="2" uname="n2"/>
            </nodes>
            <resources>
              <primitive id="a" class="ocf" provider="heartbeat" type="Dummy">
                <meta_attributes id="am"><nvpair id="am1" name="priority" value="10"/><nvpair id="am2" name="target-role" value="Started"/></meta_attributes>
                <operations><op id="ao" name="monitor" interval="10s" timeout="20s"/></operations>
              </primitive>
              <!-- between -->
              <group id="g"><primitive id="b" class="ocf" provider="heartbeat" type="Dummy"/><primitive id="c" class="lsb" type="x"/></group>
              <clone id="cl"><primitive id="d" class="ocf" provider="pacemaker" type="ping"/></clone>
            </resources>
            <constraints>
              <rsc_location id="l1" rsc="a" node="n1" score="100"/>
              <rsc_location id="l2" rsc="g" node="n2" score="-INFINITY"/>
              <rsc_colocation id="k1" rsc="a" with-rsc="g" score="INFINITY"/>
            </constraints>
            <acls>
              <acl_role id="reader"><acl_permission id="r1" kind="read" xpath="/cib"/></acl_role>
              <acl_role id="ops"><acl_permission id="p1" kind="write" xpath="//meta_attributes"/><acl_permission id="p2" kind="write" reference="g"/><acl_permission id="p3" kind="deny" reference="am2"/></acl_role>
              <acl_role id="locator"><acl_permission id="c1" kind="write" object-type="constraints"/><acl_permission id="c2" kind="read" object-type="primitive"/><acl_permission id="c3" kind="deny" reference="l2"/></acl_role>
              <acl_role id="scores"><acl_permission id="s1" kind="read" xpath="//configuration"/><acl_permission id="s2" kind="write" object-type="rsc_location" attribute="score"/><acl_permission id="s3" kind="deny" xpath="//crm_config"/></acl_role>
              <acl_role id="blind"><acl_permission id="b1" kind="deny" xpath="/cib"/></acl_role>
              <acl_role id="all"><acl_permission id="w1" kind="write" xpath="/cib"/><acl_permission id="w2" kind="deny" xpath="//acls"/></acl_role>
              <acl_target id="alice"><role id="reader"/></acl_target>
              <acl_target id="bob"><role id="reader"/><role id="ops"/></acl_target>
              <acl_target id="carol"><role id="locator"/></acl_target>
              <acl_target id="dave"><role id="scores"/></acl_target>
              <acl_target id="eve"><role id="blind"/></acl_target>
              <acl_target id="frank"><role id="all"/></acl_target>
            </acls>
          </configuration>
          <status>
            <node_state id="1" uname="n1" in_ccm="true"><lrm id="1"><lrm_resources/></lrm></node_state>
            <node_state id="2" uname="n2" in_ccm="false"/>
          </status>
        </cib>
        """;

    private static readonly string[] Sections = ["crm_config", "nodes", "resources", "constraints", "status", "configuration", "cib", "all", "acls", "tags", "op_defaults", "rsc_defaults", "fencing-topology", "alerts"];

    private static readonly string[] Paths =
    [
        "//primitive", "//primitive[@id='a']", "//nvpair[@name='priority']", "//group/primitive", "//rsc_location", "//nothing", "/cib", "//node_state[@uname='n1']", "//@score", "/cib/configuration",
        "//meta_attributes//nvpair", "//constraints", "//nvpair | //primitive", "//primitive[last()]", "//group",
    ];

    private static readonly string[] Inputs =
    [
        "<primitive id='a' class='ocf' provider='heartbeat' type='Dummy'/>", "<primitive id='new' class='ocf' provider='heartbeat' type='Dummy'><meta_attributes id='nm'><nvpair id='nm1' name='x' value='y'/></meta_attributes></primitive>",
        "<primitive id='a'/>", "<primitive id='d'/>", "<primitive type='x'/>", "<primitive id='a' description='a &amp; b'/>",
        "<nvpair id='am1' name='priority' value='value++'/>", "<nvpair id='am1' value='value+=5'/>", "<nvpair id='am1' value='value+=-20'/>", "<nvpair id='o2' value='other'/>",
        "<rsc_location id='l1' score='score+=INFINITY'/>", "<rsc_location id='l1' score='score++'/>", "<rsc_location id='l3' rsc='a' node='n2' score='5'/>", "<rsc_location id='l1' rsc='a' node='n2' score='7'/>",
        "<resources><primitive id='b'/><primitive id='zz'/></resources>", "<resources/>", "<resources><primitive id='only' class='lsb' type='y'/></resources>",
        "<constraints><rsc_location id='l9' rsc='a' node='n1' score='1'/><rsc_location id='l1' rsc='a' node='n1' score='1'/></constraints>", "<constraints/>", "<constraints><rsc_location id='l1'/></constraints>",
        "<nodes><node id='1' uname='n1'/></nodes>", "<node id='3' uname='n3'/>", "<node id='2' uname='n2' bogus='1'/>",
        "<node_state id='1' in_ccm='false'/>", "<node_state id='3' uname='n3'/>", "<status><node_state id='2' uname='n2' crmd='online'/></status>", "<status/>",
        "<cib epoch='4'/>", "<cib epoch='9' admin_epoch='1'/>", "<cib admin_epoch='admin_epoch++'/>", "<cib><configuration><nodes><node id='7' uname='n7'/></nodes></configuration></cib>",
        "<crm_config><cluster_property_set id='cib-bootstrap-options'><nvpair id='o9' name='no-quorum-policy' value='ignore'/></cluster_property_set></crm_config>",
        "<tags><tag id='t'><obj_ref id='a'/></tag></tags>", "<tag id='t'><obj_ref id='a'/></tag>", "<rsc_defaults><meta_attributes id='rd'><nvpair id='rd1' name='resource-stickiness' value='1'/></meta_attributes></rsc_defaults>",
        "<meta_attributes id='am'><nvpair id='am2' name='target-role' value='Stopped'/></meta_attributes>", "<meta_attributes id='rd'/>", "<group id='g'><primitive id='b' description='x'/></group>",
        "<acls><acl_target id='alice'><role id='all'/></acl_target></acls>", "<acl_target id='zoe'><role id='all'/></acl_target>", "<op id='ao' name='monitor' interval='10s' timeout='TIMEOUT'/>", "<nothing/>",
        "<resources><!-- mine --><primitive id='a' type='Stateful'/></resources>",
    ];

    private static readonly string[] Users = ["alice", "bob", "carol", "dave", "eve", "frank", "nobody-special", "root", "hacluster"];

    [Test]
    public void Does_what_it_does([Range(1, 4)] int seed) => Compare(seed, 50, user: false);

    [Test]
    public void Lets_users_do_what_it_lets_them([Range(101, 104)] int seed) => Compare(seed, 50, user: true);

    private static void Compare(int seed, int count, bool user)
    {
        var random = new Random(seed);
        var text = Document.Replace("ACL", user ? "true" : "false", StringComparison.Ordinal);
        var document = CibElement.Parse(text, "document");
        var different = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            var (request, arguments) = Draw(random, document, user);
            if (KnownDifference(request)) continue;
            var theirs = CibAdmin.Run(text, arguments);
            var ours = CibRequests.Perform(document, request, Moment);
            var answer = (request.Operation == CibOperation.Query ? ours.Output is { } o ? Answer(o) : "" : theirs.Output);
            var exit = ours.Error.ExitCode();
            if (ours.Patch is not null)
                Assert.That(CibPatch.Apply(document, ours.Patch, checkVersion: true, out _, out var problem), Is.EqualTo(PatchOutcome.Applied), $"{string.Join(' ', arguments)}: {problem}");
            // 2.1.5 does not notice that what a modification creates is in the configuration, and gives it no epoch.
            if (request.Has(CibOptions.CanCreate) && CibVersion.Of(theirs.Document).Epoch == CibVersion.Of(document).Epoch) CibVersion.Of(ours.Document).WriteTo(theirs.Document);
            // 2.1.5 lets a user replace an element by one of another shape; that it then finds invalid is another matter.
            if (request is { Operation: CibOperation.Replace, User: not null } && ours.Error == CibError.Denied && theirs.Exit == CibError.Schema.ExitCode()) continue;
            if (exit == theirs.Exit && (theirs.Exit != 0 || answer == theirs.Output) && Same(ours.Document, theirs.Document)) continue;
            different.Append(CultureInfo.InvariantCulture, $"\n{i}: cibadmin {string.Join(' ', arguments)}\n  theirs {theirs.Exit} {theirs.Error.Trim().Split((char)10)[^1]}\n  ours {exit} {ours.Problem}\n");
            if (answer != theirs.Output) different.Append(CultureInfo.InvariantCulture, $"  answer theirs:\n{theirs.Output}\n  answer ours:\n{answer}\n");
            else if (!Same(ours.Document, theirs.Document))
                foreach (var change in CibDiff.Between(theirs.Document, ours.Document)) different.Append("  ").Append(CibPatch.ToXml(change).ToString(CibFormat.Compact)).Append('\n');
        }
        Assert.That(different.ToString(), Is.Empty);
    }

    /// <summary>What 3.0.2, which counts, does otherwise than the 2.1.5 that is compared with.</summary>
    private static bool KnownDifference(CibRequest request) =>
        // 2.1.5 takes an unknown section for the whole document; 3.0.2 finds none.
        request.Operation == CibOperation.Create && request.Has(CibOptions.XPath)
        // 2.1.5 crashes when a whole document is replaced by its path.
        || request is { Operation: CibOperation.Replace, Section: "/cib" }
        // 2.1.5 does not notice a new element without attributes, and deletes any comment where the input has one.
        || request.Operation == CibOperation.Create && request.Input?.Attributes.Length == 0 || request.Operation == CibOperation.Delete && request.Input?.Nodes.Any(n => n.IsComment) == true
        // 2.1.5 looks for a schema that fits where a document names none; to 3.0.2 it is invalid. The tool itself adds a status where there is none.
        || request.Operation == CibOperation.Replace && request.Input is { Name: "cib" } whole && (whole["validate-with"] is null || whole.Element("status") is null)
        // 2.1.5 calculates such values wherever they come from; 3.0.2 only in updates that ask for it.
        || request.Operation is not CibOperation.Modify && request.Input?.ToString(CibFormat.Compact) is { } text && (text.Contains("++", StringComparison.Ordinal) || text.Contains("+=", StringComparison.Ordinal));

    private static string Answer(CibElement output) => output.Name == "xpath-query" && output.Element("xpath-query-path") is not null
        ? string.Concat(output.Children.Select(c => c.Id + "\n")) : output.ToString();

    private static bool Same(CibElement ours, CibElement theirs) => CibDiff.Between(ours, theirs).Count == 0;

    private static (CibRequest, List<string>) Draw(Random random, CibElement document, bool user)
    {
        var arguments = new List<string>();
        string? section = null;
        var options = CibOptions.ScoreUpdate | CibOptions.NoTime;
        var byPath = random.Next(3) == 0;
        if (byPath)
        {
            section = Paths[random.Next(Paths.Length)];
            options |= CibOptions.XPath;
            arguments.AddRange(["-A", section]);
        }
        else if (random.Next(4) != 0)
        {
            section = Sections[random.Next(Sections.Length)];
            arguments.AddRange(["-o", section]);
        }
        CibElement? input = null;
        void Data(string xml)
        {
            arguments.AddRange(["-X", xml]);
            input = CibElement.Parse(xml, "input");
        }
        CibOperation operation;
        switch (random.Next(12))
        {
            case 0 or 1:
                operation = CibOperation.Query;
                arguments.Add("-Q");
                if (random.Next(4) == 0)
                {
                    arguments.Add("-n");
                    options |= CibOptions.NoChildren;
                }
                else if (byPath && random.Next(3) == 0)
                {
                    arguments.Add("-e");
                    options |= CibOptions.XPathAddress;
                }
                break;
            case 2 or 3:
                operation = CibOperation.Create;
                arguments.Add("-C");
                Data(Inputs[random.Next(Inputs.Length)]);
                break;
            case 4 or 5 or 6:
                operation = CibOperation.Modify;
                arguments.Add("-M");
                if (random.Next(3) == 0)
                {
                    arguments.Add("-c");
                    options |= CibOptions.CanCreate;
                }
                Data(Inputs[random.Next(Inputs.Length)]);
                break;
            case 7 or 8:
                operation = CibOperation.Replace;
                arguments.Add("-R");
                if (random.Next(5) == 0)
                {
                    var whole = document.Clone().Set("epoch", random.Next(4, 7).ToString(CultureInfo.InvariantCulture)).Set("num_updates", random.Next(2, 5).ToString(CultureInfo.InvariantCulture));
                    if (random.Next(2) == 0) whole.Descendants("primitive").First().Set("description", "replaced");
                    Data(whole.ToString(CibFormat.Compact));
                }
                else Data(Inputs[random.Next(Inputs.Length)]);
                break;
            case 9:
                operation = CibOperation.Delete;
                if (byPath && random.Next(2) == 0)
                {
                    arguments.AddRange(["-d", "--force"]);
                    options |= CibOptions.Multiple;
                }
                else arguments.Add("-D");
                if (!byPath) Data(Inputs[random.Next(Inputs.Length)]);
                break;
            case 10:
                operation = random.Next(2) == 0 ? CibOperation.Erase : CibOperation.Bump;
                arguments.AddRange(operation == CibOperation.Erase ? ["-E", "--force"] : ["-B"]);
                break;
            default:
                operation = CibOperation.ApplyPatch;
                var target = document.Clone();
                var inner = new CibRequest(CibOperation.Modify, null, CibElement.Parse(Inputs[random.Next(Inputs.Length)], "i"), CibOptions.NoTime);
                var made = CibRequests.Perform(target, inner, Moment);
                var patch = made.Patch ?? CibElement.Parse("<diff format='2'><version><source admin_epoch='1' epoch='5' num_updates='3'/><target admin_epoch='1' epoch='5' num_updates='3'/></version></diff>", "p");
                if (random.Next(4) == 0) patch.Element("version")!.Element("source")!.Set("epoch", random.Next(3, 8).ToString(CultureInfo.InvariantCulture));
                patch.Set("digest", null);
                arguments.Add("-P");
                Data(patch.ToString(CibFormat.Compact));
                break;
        }
        string? name = null;
        if (user)
        {
            name = Users[random.Next(Users.Length)];
            arguments.AddRange(["-U", name]);
        }
        return (new CibRequest(operation, section, input, options) { User = name }, arguments);
    }
}
