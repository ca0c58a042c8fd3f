using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Commands.Crm;

namespace Appliance.Tests.Commands.Crm;

public class Cibadmin
{
    private const string Lines = """
        cibadmin -Q
        cibadmin --query --local
        cibadmin --qu
        cibadmin -Ql
        cibadmin -Q -o resources
        cibadmin -Q -oresources
        cibadmin --query --scope=nodes
        cibadmin -Q -o configuration
        cibadmin -Q -o status
        cibadmin -Q -o acls
        cibadmin -Q -o tags
        cibadmin -Q -o op_defaults
        cibadmin -Q -o all
        cibadmin -Q -o cib
        cibadmin -Q -o foo
        cibadmin -Q -n
        cibadmin -Q -n -o nodes
        cibadmin -Q -A //nvpair
        cibadmin -Q -A //primitive
        cibadmin -Q -A "//primitive[@id='d1']"
        cibadmin -Q -A //primitive -n
        cibadmin -Q -A "//node[1]" -n
        cibadmin -Q -A //primitive -e
        cibadmin -Q -A //primitive -e -n
        cibadmin -Q --node-path
        cibadmin -Q -e -o nodes
        cibadmin -Q -A //foo
        cibadmin -Q -A /cib
        cibadmin -Q -A /
        cibadmin -Q -A '//foo['
        cibadmin -Q -A 'count(//primitive)'
        cibadmin -Q -A //comment()
        cibadmin -Q -A "//nvpair[@name='target-role'] | //node"
        cibadmin -C -o resources -X '<primitive id="d3" class="ocf" provider="pacemaker" type="Dummy"/>'
        cibadmin -C -o resources -X '<primitive id="d1" class="ocf" provider="pacemaker" type="Dummy"/>'
        cibadmin -C -o resources -X '<resources><primitive id="d3" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="d4" class="ocf" provider="pacemaker" type="Dummy"/></resources>'
        cibadmin -C -o resources -X '<resources><primitive id="d3" class="ocf" provider="pacemaker" type="Dummy"/><primitive id="d1" class="ocf" provider="pacemaker" type="Dummy"/></resources>'
        cibadmin -C -o resources -X '<primitive id="d4" clas="ocf" provider="pacemaker" type="Dummy"/>'
        cibadmin -C -o resources -X '<group id="g9"><primitive id="d9" class="ocf" provider="pacemaker" type="Dummy"/></group>'
        cibadmin -C -o constraints -X '<rsc_location id="l9" rsc="d1" node="alpha" score="5"/>'
        cibadmin -C -o constraints -X '<rsc_location id="l9" rsc="d1" node="alpha" score="x"/>'
        cibadmin -C -o foo -X '<rsc_location id="l9" rsc="d1" node="alpha" score="5"/>'
        cibadmin -C -o acls -X '<acl_role id="r"/>'
        cibadmin -C -o status -X '<node_state id="9" uname="nine"/>'
        cibadmin -C -o nodes -X '<node id="1" uname="alpha"/>'
        cibadmin -C -X '<primitive id="d3" class="ocf" provider="pacemaker" type="Dummy"/>'
        cibadmin -C -c -X '<primitive id="d3" class="ocf" provider="pacemaker" type="Dummy"/>'
        cibadmin -C -X '<cib><configuration><nodes><node id="7" uname="seven"/></nodes></configuration></cib>'
        cibadmin -C -o nodes -X '<cib><configuration><nodes><node id="7" uname="seven"/></nodes></configuration></cib>'
        cibadmin -C -o all -X '<node id="1" uname="alpha" description="x"/>'
        cibadmin -C -A //resources -X '<primitive id="d3" class="ocf" provider="pacemaker" type="Dummy"/>'
        cibadmin -C
        cibadmin -C -o resources
        cibadmin -M -o resources -X '<primitive id="d1" description="x"/>'
        cibadmin -M -o resources -X '<primitive id="d9" class="ocf" provider="pacemaker" type="Dummy"/>'
        cibadmin -M -X '<primitive id="d1" description="x"><meta_attributes id="m9"><nvpair id="n9" name="a" value="1"/></meta_attributes></primitive>'
        cibadmin -M -X '<nodes><node id="1" description="one"/><node id="77" uname="new"/></nodes>'
        cibadmin -M -X '<cib admin_epoch="admin_epoch++"/>'
        cibadmin -M -X '<cib admin_epoch="admin_epoch+=5"/>'
        cibadmin -M -X '<cib epoch="epoch++"/>'
        cibadmin -M -X '<cib epoch="1"/>'
        cibadmin -M -X '<cib admin_epoch="0" epoch="0"/>'
        cibadmin -M -X '<cib remote-tls-port="99"/>'
        cibadmin -M -X '<cib crm_feature_set="9.9.9"/>'
        cibadmin -M -X '<cib validate-with="none"/>'
        cibadmin -M -A "//node[@uname='alpha']" -X '<node id="1" description="x"/>'
        cibadmin -M -A "//node" -X '<node id="2" description="x"/>'
        cibadmin -M -A //foo -X '<node id="1" description="x"/>'
        cibadmin -M -A //nodes -X '<node id="1" score="score++"/>'
        cibadmin -M -o acls -X '<acls><acl_role id="r"/></acls>'
        cibadmin -M -o acls -X '<acl_role id="r"/>'
        cibadmin -M -o status -X '<node_state id="1" crmd="offline"/>'
        cibadmin -M
        cibadmin -M -X '<node id="1"/>'
        cibadmin -R -o resources -X '<resources/>'
        cibadmin -R -X '<resources/>'
        cibadmin -R -o nodes -X '<node id="1" uname="other"/>'
        cibadmin -R -X '<node id="1" uname="alpha"/>'
        cibadmin -R -X '<node id="nope" uname="alpha"/>'
        cibadmin -R -o constraints -X '<node id="1" uname="alpha"/>'
        cibadmin -R -X '<cib/>'
        cibadmin -R -X '<cib epoch="900" admin_epoch="0" num_updates="1" validate-with="pacemaker-3.9"><configuration><crm_config/><nodes/><resources/><constraints/></configuration></cib>'
        cibadmin -R -X '<cib epoch="1" admin_epoch="7" num_updates="1" validate-with="pacemaker-3.9" crm_feature_set="3.16.1"><configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>'
        cibadmin -R -o nodes -X '<cib epoch="900" admin_epoch="0" num_updates="1" validate-with="pacemaker-3.9"><configuration><crm_config/><nodes><node id="4" uname="four"/></nodes><resources/><constraints/></configuration></cib>'
        cibadmin -R -A "//node[@id='1']" -X '<node id="5" uname="five"/>'
        cibadmin -R -A "//node[@id='1']" -X '<node id="1" uname="alpha"/>'
        cibadmin -R -A "//node" -X '<node id="6" uname="six"/>'
        cibadmin -R -A "//foo" -X '<node id="6" uname="six"/>'
        cibadmin -R
        cibadmin -R -o nodes
        cibadmin -D -X '<primitive id="d1"/>'
        cibadmin -D -o resources -X '<primitive id="d1"/>'
        cibadmin -D -o resources -X '<primitive id="d1" class="lsb"/>'
        cibadmin -D -o resources -X '<primitive/>'
        cibadmin -D -o resources -X '<primitive class="OCF" type="dummy"/>'
        cibadmin -D -o resources -X '<resources><primitive id="d1"/></resources>'
        cibadmin -D -o nodes -X '<nodes/>'
        cibadmin -D -X '<nodes/>'
        cibadmin -D -X '<foo/>'
        cibadmin -D -o acls -X '<acl_role id="x"/>'
        cibadmin -D -A //nvpair
        cibadmin -D -A //foo
        cibadmin -D -A /cib
        cibadmin -D -A "//node[@id='2']"
        cibadmin -d -A //nvpair
        cibadmin -d -f -A //nvpair
        cibadmin --delete-all --force --xpath "//primitive | //nvpair"
        cibadmin -d -f -X '<nvpair/>'
        cibadmin -D
        cibadmin -B
        cibadmin --bump
        cibadmin -E
        cibadmin -E --force
        cibadmin -u
        cibadmin -u -f
        cibadmin --upgrade --force
        cibadmin -a
        cibadmin --empty
        cibadmin -a pacemaker-1.0
        cibadmin -a -Q
        cibadmin -5
        cibadmin -6
        cibadmin -5 -x @cib.xml
        cibadmin -6 -x @cib.xml
        cibadmin -5 -X '<a b="c"/>'
        cibadmin -6 -X '<a b="c"/>'
        cibadmin --md5-sum-versioned -X '<cib crm_feature_set="3.0.4" update-user="x"/>'
        cibadmin --md5-sum-versioned -X '<cib crm_feature_set="3.0.5" update-user="x"/>'
        cibadmin -5 -p < '<a/>'
        cibadmin -Q -x @nothing.xml
        cibadmin -Q -X ''
        cibadmin -Q -X 'no xml'
        cibadmin -M -p < '<node id="1" description="from stdin"/>'
        cibadmin -M -p < ''
        cibadmin -M -x @data.xml
        cibadmin -M -x @data.xml -X '<foo/>'
        cibadmin -P -X '<diff/>'
        cibadmin -P -X '<diff format="2"><version><source admin_epoch="0" epoch="1" num_updates="1"/><target admin_epoch="0" epoch="2" num_updates="0"/></version></diff>'
        cibadmin -P -X '<diff format="2"><version><source admin_epoch="9" epoch="1" num_updates="1"/><target admin_epoch="9" epoch="2" num_updates="0"/></version></diff>'
        cibadmin -P -X '<diff format="2"><version><source admin_epoch="0" epoch="5" num_updates="3"/><target admin_epoch="0" epoch="6" num_updates="0"/></version><change operation="create" path="/cib/configuration/nodes" position="0"><node id="9" uname="nine"/></change></diff>'
        cibadmin -P
        cibadmin -b -Q
        cibadmin -b -Q -f
        cibadmin -Q -t 5
        cibadmin -Q -t x
        cibadmin -Q -N somewhere
        cibadmin -Q -U root
        cibadmin -Q -s
        CIB_file=@nothing.xml cibadmin -Q
        CIB_file=@bad.xml cibadmin -Q
        CIB_file= cibadmin -Q
        CIB_file= cibadmin -M -X '<node id="1"/>'
        CIB_shadow=s cibadmin -Q
        CIB_shadow=s cibadmin -B
        CIB_shadow=none cibadmin -Q
        ~cibadmin
        ~cibadmin --help
        ~cibadmin -?
        ~cibadmin -$
        ~cibadmin --version
        ~cibadmin -V
        ~cibadmin -z
        ~cibadmin --foo
        ~cibadmin --x
        ~cibadmin --scope
        ~cibadmin -X
        ~cibadmin --query=3
        ~cibadmin -Q foo
        ~cibadmin -o nodes
        ~cibadmin -Q -- -x
        """;

    private static IEnumerable<TestCaseData> All() => BothTools.Cases(Lines, ("plain", Cibs.Plain), ("rich", Cibs.Rich), ("old", Cibs.Old));

    /// <summary>Standard output, standard error, exit status and all files are the same, byte for byte.</summary>
    [TestCaseSource(nameof(All)), Category("peer")]
    public void Says_and_does_what_Debians_does(string line, string cib) =>
        BothTools.Compare(line, cib, CibAdmin.Run, ("data.xml", "<node id=\"1\" description=\"from a file\"/>"), ("bad.xml", "<cib epoch=\"1\" admin_epoch=\"0\" num_updates=\"0\" validate-with=\"pacemaker-9.9\"/>"), ("shadow.s", Cibs.Plain));

    /// <summary>The C library's words for what is wrong with the line are the same; the usage text after them is our own.</summary>
    [TestCase("-z", "cibadmin: invalid option -- 'z'")]
    [TestCase("--foo", "cibadmin: unrecognized option '--foo'")]
    [TestCase("--x", "cibadmin: option '--x' is ambiguous; possibilities: '--xml-text' '--xml-file' '--xml-pipe' '--xpath'")]
    [TestCase("--scope", "cibadmin: option '--scope' requires an argument")]
    [TestCase("-X", "cibadmin: option requires an argument -- 'X'")]
    [TestCase("--query=3", "cibadmin: option '--query' doesn't allow an argument")]
    public void A_line_that_is_wrong_is_explained(string word, string expected)
    {
        var errors = new StringWriter();
        var status = CibAdmin.Run(new(new StringWriter(), errors, new StringReader(""), _ => null, () => 0), [word]);
        Assert.That((status, errors.ToString().Split('\n')[0]), Is.EqualTo((64, expected)));
    }

    /// <summary>2.1.5 counts what --allow-create adds as a change of the status only, so that other nodes could lose it; a change of the configuration makes an epoch here.</summary>
    [Test]
    public void What_is_created_by_a_modification_makes_an_epoch()
    {
        var reply = FileRequests.Apply(CibElement.Parse(Cibs.Plain, "f"), new(CibOperation.Modify, "resources", CibElement.Parse("<primitive id='d9' class='ocf' provider='pacemaker' type='Dummy'/>", "d"), CibOptions.CanCreate), out var after);
        Assert.That((reply.Result, CibVersion.Of(after).ToString()), Is.EqualTo((CibResult.Ok, "0.6.0")));
        Assert.That(after.Descendants("primitive").Select(p => p.Id), Is.EqualTo((string[])["d1", "d2", "d9"]));
    }

    /// <summary>2.1.5 takes anything for a patch that changes nothing.</summary>
    [Test]
    public void What_is_no_patch_is_refused()
    {
        var before = CibElement.Parse(Cibs.Plain, "f");
        var reply = FileRequests.Apply(before, new(CibOperation.Patch, null, new CibElement("foo")), out var after);
        Assert.That((reply.Result, after), Is.EqualTo((CibResult.Invalid, before)));
    }

    [Test]
    public void Says_where_and_why_a_file_is_no_XML()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "<resources>\n  <primitive id='a'>\n</resources>\n");
            var errors = new StringWriter();
            Assert.That(CibAdmin.Run(new(new StringWriter(), errors, new StringReader(""), _ => null, () => 0), ["-R", "-x", path]), Is.EqualTo(78));
            Assert.That(errors.ToString(), Does.Match($@"^{path}:3:\d+: error: [^\n]+\nCouldn't parse input from {path}\.\n$"));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
