using Appliance.Cib;
using Appliance.Commands.Crm;

namespace Appliance.Tests.Commands.Crm;

public class Small_tools_of_Pacemaker
{
    private const string Shadow = """
        crm_shadow -w
        crm_shadow -d
        crm_shadow -p
        CIB_shadow=s crm_shadow -w
        CIB_shadow=s crm_shadow --which
        CIB_shadow=s crm_shadow -F
        CIB_shadow=s crm_shadow -p
        CIB_shadow=s crm_shadow -d
        CIB_shadow=same crm_shadow -d
        CIB_shadow=none crm_shadow -d
        CIB_shadow=none crm_shadow -p
        CIB_shadow=s crm_shadow -E
        CIB_shadow=s EDITOR=/nonexistent/editor crm_shadow -E
        crm_shadow -c new
        crm_shadow --create new --batch
        crm_shadow -c s
        crm_shadow -c s -f
        CIB_file= crm_shadow -c new
        crm_shadow -e new
        crm_shadow -e new -v pacemaker-2.0
        crm_shadow -e s
        crm_shadow -e s --force
        CIB_shadow=s crm_shadow -e new
        CIB_shadow=s crm_shadow -c new
        crm_shadow -s s
        crm_shadow -s none
        PS1='shadow[s] # ' crm_shadow -s s
        crm_shadow -r s
        crm_shadow -r none
        CIB_shadow=s crm_shadow -r s
        crm_shadow -D s
        crm_shadow -D s -f
        crm_shadow -D none -f
        PS1='shadow[s] # ' crm_shadow -D s -f
        CIB_shadow=s crm_shadow -D new -f
        CIB_shadow=s crm_shadow -D new
        crm_shadow -C s
        crm_shadow -C none -f
        CIB_file= crm_shadow -C s -f
        crm_shadow -f
        ~crm_shadow
        ~crm_shadow -x
        ~crm_shadow --help
        ~crm_shadow -?
        ~crm_shadow --version
        ~crm_shadow -c
        ~crm_shadow -w foo
        """;

    private const string Diff = """
        crm_diff -o @cib.xml -n @cib.xml
        crm_diff -o @cib.xml -n @new.xml
        crm_diff --original @cib.xml --new @new.xml --cib
        crm_diff -c -o @cib.xml -n @new.xml
        crm_diff -u -o @cib.xml -n @new.xml
        crm_diff -o @cib.xml -N '<cib/>'
        crm_diff -u -o @cib.xml -N '<cib/>'
        crm_diff -o @new.xml -n @cib.xml
        crm_diff -o @cib.xml -p @patch.xml
        crm_diff -c -o @cib.xml -p @patch.xml
        crm_diff -c -o @new.xml -p @patch.xml
        crm_diff -u -o @cib.xml -p @patch.xml
        crm_diff -c -u -o @cib.xml -n @new.xml
        crm_diff -o @none.xml -n @new.xml
        crm_diff -o @cib.xml -n @none.xml
        crm_diff
        crm_diff -s < '<a/>'
        crm_diff -O '<a b="1" c="2"/>' -N '<a b="1" c="2"/>'
        crm_diff -O '<cib crm_feature_set="3.16.1" a="1" b="2"/>' -N '<cib crm_feature_set="3.16.1" b="2" a="1"/>'
        crm_diff -c -O '<cib crm_feature_set="3.16.1" a="1" b="2"/>' -N '<cib crm_feature_set="3.16.1" b="2" a="1"/>'
        crm_diff --foo
        crm_diff -o
        ~crm_diff --help
        ~crm_diff --version
        """;

    private const string Rules = """
        crm_rule -c -r during -d 2026-11-21
        crm_rule -c -r during -d 2020-01-01
        crm_rule -c -r during -d 2030-01-01
        crm_rule -c -r from -d 2019-01-01
        crm_rule -c -r from -d 2021-01-01
        crm_rule -c -r until -d 2019-01-01
        crm_rule -c -r until -d 2021-01-01
        crm_rule -c -r year -d 2020-06-01
        crm_rule -c -r year -d 2021-06-01
        crm_rule -c -r year -d 2019-06-01
        crm_rule -c -r months -d 2021-06-01
        crm_rule -c -r moon -d 2021-06-01
        crm_rule -c -r none
        crm_rule -c -r plain
        crm_rule -c -r two
        crm_rule -c -r during -r from -r none -d 2021-01-01
        crm_rule -c -r during -d 2026-11-21 --output-as=xml
        crm_rule -c -r none -r from --output-as=xml
        crm_rule -c -r from --output-as=none
        crm_rule -c -r from
        crm_rule -c -r until
        crm_rule --check --rule=until --date='2019-01-01 12:00'
        crm_rule -r from
        crm_rule -c
        crm_rule
        crm_rule -c -r from -d nonsense
        crm_rule -c -r x -X '<cib><configuration><constraints><rsc_location id="l"><rule id="x"><date_expression id="e" operation="lt" end="2020-01-01"/></rule></rsc_location></constraints></configuration></cib>'
        crm_rule -c -r x -X - < '<cib><configuration><constraints><rsc_location id="l"><rule id="x"><date_expression id="e" operation="gt" start="2020-01-01"/></rule></rsc_location></constraints></configuration></cib>'
        crm_rule -c -r broken -d 2021-01-01
        CIB_file= crm_rule -c -r x
        CIB_file= crm_rule -c -r x --output-as=xml
        CIB_file=@none crm_rule -c -r x
        crm_rule --foo
        crm_rule -r
        ~crm_rule --help
        """;

    private const string Dates = """
        iso8601 -d 2005-040
        iso8601 -d '2019-09-24 00:30:00 +01:00'
        iso8601 -d '2019-09-24 00:30:00 +01:00' -L
        iso8601 -Ld '2019-09-24 00:30:00 +01:00'
        iso8601 -d '2019-09-24 00:30:00 +01:00' -O
        iso8601 -d '2019-09-24 00:30:00 +01:00' -W
        iso8601 -d '2019-09-24 00:30:00 +01:00' -s
        iso8601 -d '2019-09-24 00:30:00 +01:00' -S
        iso8601 -d '2019-09-24 00:30:00 +01:00' -S -W -O -L
        iso8601 -d 2019-040 -D P1M
        iso8601 -d 2019-040 -D P1M -W
        iso8601 -d 2019-040 -D P1M -E '2019-03-09 00:00:00Z'
        iso8601 -d 2019-040 -D P1M -E '2019-03-10 00:00:00Z'
        iso8601 -d 2019-040 -E '2019-02-09 00:00:00Z'
        iso8601 -d 2019-040 -E nonsense
        iso8601 -D P1Y2M3DT4H5M6S
        iso8601 -D PT90S
        iso8601 -D nonsense
        iso8601 -d nonsense
        iso8601 -p 2005-040/2005-043
        iso8601 -p 2005-040/P3D
        iso8601 -p P3D/2005-043
        iso8601 -p 2005-040/2005-043 -O
        iso8601 -p nonsense
        iso8601
        iso8601 -d 2019-040 -D P1M -p 2005-040/2005-043
        iso8601 --date=2019-040 --duration=PT1H --expected='2019-02-09 01:00:00Z'
        iso8601 --foo
        iso8601 -d
        ~iso8601 --help
        ~iso8601 --version
        """;

    private const string Errors = """
        crm_error
        crm_error -l
        crm_error -l -n
        crm_error -r -l
        crm_error -r -l -n
        crm_error -X -l
        crm_error -X -l -n
        crm_error -l --output-as=xml
        crm_error -r -n -l --output-as=xml
        crm_error -X -n -l --output-as=xml
        crm_error 0
        crm_error 203
        crm_error 211
        crm_error -n 211
        crm_error 6 203 999
        crm_error -- -203 -6
        crm_error -n 203
        crm_error -n 6
        crm_error -n 201
        crm_error -n 999
        crm_error -r -- -1013 6 999
        crm_error -r -n -- -1013 6 999 -9999
        crm_error -X 105 77 200 254 255 300
        crm_error -X -n 105 200 255
        crm_error -V 203
        crm_error -V -n 203
        crm_error nonsense
        crm_error 203 --output-as=xml
        crm_error -n 203 --output-as=xml
        crm_error --foo
        ~crm_error --help
        ~crm_error --version
        """;

    private static readonly string New = Cibs.Plain.Replace("epoch=\"5\"", "epoch=\"6\"", StringComparison.Ordinal).Replace("value=\"false\"", "value=\"it's\"", StringComparison.Ordinal)
        .Replace("<constraints/>", "<constraints><rsc_location id=\"l\" rsc=\"d1\" node=\"alpha\" score=\"1\"/></constraints>", StringComparison.Ordinal)
        .Replace("<node id=\"1\" uname=\"alpha\"/><node id=\"2\" uname=\"beta\"/>", "<node id=\"2\" uname=\"beta\" description=\"x\"/><node id=\"1\" uname=\"alpha\"/>", StringComparison.Ordinal)
        .Replace("<meta_attributes id=\"d2-meta\"><nvpair id=\"d2-tr\" name=\"target-role\" value=\"Stopped\"/></meta_attributes>", "", StringComparison.Ordinal);

    private const string Patch = """
        <diff format="2"><version><source admin_epoch="0" epoch="5" num_updates="3"/><target admin_epoch="0" epoch="6" num_updates="0"/></version>
        <change operation="create" path="/cib/configuration/nodes" position="0"><node id="9" uname="nine"/></change></diff>
        """;

    private static readonly string Ruled = Cibs.Plain.Replace("<constraints/>", """
        <constraints><rsc_location id="l" rsc="d1">
          <rule id="during" score="1"><date_expression id="e1" operation="in_range" start="2025-01-01" end="2027-01-01"/></rule></rsc_location><rsc_location id="l2" rsc="d1">
          <rule id="from" score="1"><date_expression id="e2" operation="gt" start="2020-01-01"/></rule></rsc_location><rsc_location id="l3" rsc="d1">
          <rule id="until" score="1"><date_expression id="e3" operation="lt" end="2020-01-01"/></rule></rsc_location><rsc_location id="l4" rsc="d1">
          <rule id="year" score="1"><date_expression id="e4" operation="date_spec"><date_spec id="s4" years="2020"/></date_expression></rule></rsc_location><rsc_location id="l5" rsc="d1">
          <rule id="months" score="1"><date_expression id="e5" operation="date_spec"><date_spec id="s5" months="6"/></date_expression></rule></rsc_location><rsc_location id="l6" rsc="d1">
          <rule id="plain" score="1"><expression id="e6" attribute="#uname" operation="eq" value="alpha"/></rule></rsc_location><rsc_location id="l7" rsc="d1">
          <rule id="two" score="1"><date_expression id="e7" operation="gt" start="2020-01-01"/><date_expression id="e8" operation="lt" end="2030-01-01"/></rule></rsc_location>
        </constraints>
        """, StringComparison.Ordinal);

    private const string TicketLines = """
        crm_ticket -l
        crm_ticket -L
        crm_ticket -w
        crm_ticket -q
        crm_ticket -c
        crm_ticket -l -t T1
        crm_ticket -L -t T1
        crm_ticket -L -t T2
        crm_ticket -w -t T1
        crm_ticket -q -t T1
        crm_ticket -c -t T1
        crm_ticket -c -t T3
        crm_ticket -l -t none
        crm_ticket -q -t none
        crm_ticket --info --ticket T3
        crm_ticket -G granted -t T1
        crm_ticket -G granted
        crm_ticket -G foo -t T1
        crm_ticket -G foo -t T1 -d bar
        crm_ticket -G foo -t none -d bar
        crm_ticket -t T1 -g
        crm_ticket -t T1 -r
        crm_ticket -t T1 -r -f
        crm_ticket -t T1 --revoke --force
        crm_ticket -t T1 -s
        crm_ticket -t T1 -a
        crm_ticket -t T2 -a -r -f
        crm_ticket -t new -s
        crm_ticket -t new -r -f
        crm_ticket -t T1 -S foo -v bar
        crm_ticket -t T1 -v bar -S foo
        crm_ticket -t T1 -S foo -v bar -S more -v x -s
        crm_ticket -t T1 -S foo
        crm_ticket -S foo
        crm_ticket -t T1 -v bar
        crm_ticket -t T1 -s -v bar
        crm_ticket -t T1 -s -S bar
        crm_ticket -s
        crm_ticket -t T1 -D standby
        crm_ticket -t T1 -D granted
        crm_ticket -t T1 -D granted -f
        crm_ticket -t none -D foo
        crm_ticket -t T1 -D standby -S foo -v bar
        crm_ticket -t T1 -C
        crm_ticket -t T1 -C -f
        crm_ticket -t T2 -C
        crm_ticket -t T3 -C
        crm_ticket -t none -C
        crm_ticket -t none -C -f
        crm_ticket -C
        crm_ticket
        crm_ticket --foo
        crm_ticket -t
        CIB_file= crm_ticket -l
        CIB_file=@none crm_ticket -l
        ~crm_ticket --help
        """;

    private static readonly string Ticketed = Cibs.Rich
        .Replace("</constraints>", "<rsc_ticket id=\"rt1\" rsc=\"ip\" ticket=\"T1\" loss-policy=\"stop\"/><rsc_ticket id=\"rt3\" rsc=\"ip\" ticket=\"T3\"/><rsc_ticket id=\"rt4\" rsc=\"grp\" ticket=\"T3\"/></constraints>", StringComparison.Ordinal)
        .Replace("<ticket_state id=\"T2\"", "<ticket_state id=\"another-one\" granted=\"false\" last-granted=\"5\" owner=\"x\" expires=\"99\"/><ticket_state id=\"zebra\" standby=\"true\"/><ticket_state id=\"T2\"", StringComparison.Ordinal);

    private const string Nodes = """
        crm_node -n
        crm_node -i
        crm_node -l
        crm_node -p
        crm_node -q
        crm_node -N 1
        crm_node --name-for-id=1
        crm_node -R foo
        crm_node -R foo -f
        crm_node --remove foo --force
        crm_node -n extra
        OCF_RESKEY_CRM_meta_on_node=alpha crm_node -n
        OCF_RESKEY_CRM_meta_on_node=alpha crm_node -i
        crm_node --foo
        crm_node -N
        crm_node -R
        ~crm_node
        ~crm_node -C
        ~crm_node --help
        ~crm_node --version
        """;

    private static IEnumerable<TestCaseData> NodeCases() => BothTools.Cases(Nodes, ("plain", Cibs.Plain));

    /// <summary>Where no cluster runs, as in every test.</summary>
    [TestCaseSource(nameof(NodeCases)), Category("peer")]
    public void Crm_node_says_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmNode.Run);

    private static IEnumerable<TestCaseData> TicketCases() => BothTools.Cases(TicketLines, ("tickets", Ticketed), ("plain", Cibs.Plain));

    [TestCaseSource(nameof(TicketCases)), Category("peer")]
    public void Crm_ticket_says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmTicket.Run);

    private static IEnumerable<TestCaseData> Shadows() => BothTools.Cases(Shadow, ("plain", Cibs.Plain));
    private static IEnumerable<TestCaseData> Diffs() => BothTools.Cases(Diff, ("plain", Cibs.Plain));
    private static IEnumerable<TestCaseData> RuleLines() => BothTools.Cases(Rules, ("ruled", Ruled));
    private static IEnumerable<TestCaseData> DateLines() => BothTools.Cases(Dates, ("plain", Cibs.Plain));
    private static IEnumerable<TestCaseData> ErrorLines() => BothTools.Cases(Errors, ("plain", Cibs.Plain));

    [TestCaseSource(nameof(Shadows)), Category("peer")]
    public void Crm_shadow_says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmShadow.Run, ("shadow.s", New), ("shadow.same", Cibs.Plain));

    [TestCaseSource(nameof(Diffs)), Category("peer")]
    public void Crm_diff_says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmDiff.Run, ("new.xml", New), ("patch.xml", Patch));

    [TestCaseSource(nameof(RuleLines)), Category("peer")]
    public void Crm_rule_says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmRule.Run);

    [TestCaseSource(nameof(DateLines)), Category("peer")]
    public void Iso8601_says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, Iso8601Tool.Run);

    [TestCaseSource(nameof(ErrorLines)), Category("peer")]
    public void Crm_error_says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmError.Run);

    /// <summary>2.1.5 says that it was done, and forgets it where the CIB is in a file.</summary>
    [Test]
    public void What_crm_shadow_commits_is_stored()
    {
        var directory = Directory.CreateTempSubdirectory("crm-").FullName;
        File.WriteAllText(directory + "/cib.xml", Cibs.Plain);
        File.WriteAllText(directory + "/shadow.s", New);
        var variables = new Dictionary<string, string> { ["CIB_file"] = directory + "/cib.xml", ["CIB_shadow_dir"] = directory };
        var output = new StringWriter();
        var status = CrmShadow.Run(new(output, output, new StringReader(""), v => variables.GetValueOrDefault(v), () => 0), ["-C", "s", "-f"]);
        var after = CibElement.Parse(File.ReadAllText(directory + "/cib.xml"), "after");
        Directory.Delete(directory, recursive: true);
        Assert.That((status, after.Descendants("rsc_location").Count(), CibVersion.Of(after).ToString()), Is.EqualTo((0, 1, "0.6.0")), output.ToString());
    }

    /// <summary>Who may read nothing of the cluster's CIB is told so, as Debian's tools tell it; but crm_mon, which says there that pacemakerd runs, and ends with 0.</summary>
    [TestCase("crm_resource -L", 4, "Insufficient privileges")]
    [TestCase("crm_resource -M -r web -N alpha", 4, "Insufficient privileges")]
    [TestCase("crm_ticket -t Z -g --force", 4, "Permission denied")]
    [TestCase("crm_shadow -c yy -b --force", 4, "Permission denied")]
    [TestCase("crm_mon -1", 4, "Permission denied")]
    public void Say_that_it_is_not_permitted(string line, int status, string words)
    {
        var directory = Directory.CreateTempSubdirectory("denied-").FullName;
        var output = new StringWriter();
        var world = new CrmWorld(output, output, new StringReader(""), v => v == "CIB_shadow_dir" ? directory : null, () => 0)
        {
            Ask = asked => asked.Ask == "state" ? new(0) { State = new("alpha", "alpha", "decides", true, "", [], "3.20.5", "", true) } : new(-13),
        };
        var args = line.Split(' ')[1..];
        var ended = line[..line.IndexOf(' ')] switch
        {
            "crm_resource" => Appliance.Commands.ResourceTools.CrmResource.Run(world, args),
            "crm_ticket" => CrmTicket.Run(world, args),
            "crm_shadow" => CrmShadow.Run(world, args),
            _ => CrmMon.Run(world, args, new(MonitorSources.Cib)),
        };
        Directory.Delete(directory, recursive: true);
        Assert.That((ended, output.ToString()), Is.EqualTo((status, output.ToString())));
        Assert.That(output.ToString(), Does.Contain(words).And.Not.Contain("OK"));
    }
}
