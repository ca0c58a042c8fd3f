using Appliance.Cib;
using Appliance.Cib.Requests;
using Appliance.Commands.Crm;
using Appliance.Commands.ResourceTools;

namespace Appliance.Tests.Commands.Crm;

public class Crm_resource_on_a_cib
{
    private const string Questions = """
        crm_resource
        crm_resource -L
        crm_resource --list -Q
        crm_resource -L --output-as=xml
        crm_resource -l
        crm_resource -l --output-as=xml
        crm_resource -l -Q
        crm_resource -c
        crm_resource --list-cts -Q
        crm_resource -c --output-as=xml
        crm_resource -c -r ip
        crm_resource -O
        crm_resource -o
        crm_resource -O -N beta
        crm_resource -O -r ip
        crm_resource -o -r web
        crm_resource -o -r none
        crm_resource -O -N none
        crm_resource -o --output-as=xml
        crm_resource -q -r ip
        crm_resource -q -r fence
        crm_resource -w -r web
        crm_resource -q -r ping
        crm_resource -q -r db
        crm_resource -w -r db --output-as=xml
        crm_resource -q -r ip --output-as=xml
        crm_resource -q -r none
        crm_resource -q
        crm_resource -W -r ip
        crm_resource -W -r web
        crm_resource -W -r ping
        crm_resource -W -r ping-clone
        crm_resource -W -r db
        crm_resource -W -r db-clone -Q
        crm_resource -W -r grp
        crm_resource -W -r fs -Q
        crm_resource -W -r ip --output-as=xml
        crm_resource -W -r db-clone --output-as=xml
        crm_resource -W -r none
        crm_resource -Y
        crm_resource -Y -r ip
        crm_resource -Y -r grp
        crm_resource -Y -r ping-clone
        crm_resource -Y -r ip -N alpha
        crm_resource -Y -r ip -N beta
        crm_resource -Y --output-as=xml
        crm_resource -Y -r ip --output-as=xml
        crm_resource -Y -r ip -N alpha --output-as=xml
        crm_resource -g ip -r ip
        crm_resource --get-parameter cidr_netmask --resource ip
        crm_resource -g foo -r ip
        crm_resource -g ip -r ip --output-as=xml
        crm_resource -m -g target-role -r ip
        crm_resource -m -g foo -r ip
        crm_resource -m -g resource-stickiness -r ip
        crm_resource -m -g is-managed -r ping
        crm_resource -m -g promotable -r db-clone
        crm_resource -z -g cpu -r fs
        crm_resource -z -g cpu -r ip
        crm_resource -G type -r ip
        crm_resource -G class -r web
        crm_resource -G provider -r ip --output-as=xml
        crm_resource -a -r ip
        crm_resource -A -r ip
        crm_resource -a -r grp
        crm_resource -A -r grp
        crm_resource -a -r fs
        crm_resource -a -r fs -f
        crm_resource -a -r fence
        crm_resource -a -r db-clone
        crm_resource -a -r web
        crm_resource -a -r ip --recursive
        crm_resource -R
        crm_resource -R -N alpha
        crm_resource -C -N none
        crm_resource -C -r none
        crm_resource -r ip -F -N alpha
        crm_resource -r ip -F
        crm_resource -F -N alpha
        crm_resource --digests -r ip
        crm_resource --digests -r ip -N alpha
        crm_resource --digests -r fs -N alpha
        crm_resource --digests -r ip -N alpha --output-as=xml
        crm_resource --digests -r ip -N alpha ip=192.0.2.7
        crm_resource --digests -r fs -N alpha fake=z --output-as=xml
        crm_resource --digests -r d1 -N alpha --output-as=xml
        crm_resource --digests -r d1 -N alpha fake=z
        crm_resource --digests -r d1 -N alpha fake=z --output-as=xml
        crm_resource --digests -r made -N beta
        crm_resource --digests -r ip -N none
        crm_resource -a -r ip --output-as=xml
        crm_resource -A -r grp --output-as=xml
        crm_resource -A -r fence --output-as=xml
        crm_resource -r d1 --force-check
        crm_resource -r d1 --force-check --output-as=xml
        crm_resource -r d1 --force-check state=/nonexistent/state
        crm_resource --force-check -r d1 state=/nonexistent/state
        crm_resource -r d1 --validate
        crm_resource -r grp --force-start
        crm_resource -r fence --force-start
        crm_resource -r none --force-start
        crm_resource --expired
        crm_resource -L foo
        crm_resource -N none -W -r ip
        CIB_file= crm_resource -L
        CIB_file= crm_resource -r ip -W
        CIB_file=@none crm_resource -L
        CIB_file= crm_resource -W
        """;

    private const string Changes = """
        crm_resource -r ip -p target-role -m -v Stopped
        crm_resource -r ip -p target-role -m -v Stopped -Q
        crm_resource -r ip -p target-role -m -v Stopped --output-as=xml
        crm_resource -r ip -p foo -v 1
        crm_resource -r ip -p foo -v 1 -s own-set
        crm_resource -r ip -p foo -v 1 -i own-id
        crm_resource -r ip -p foo -m -v 1
        crm_resource -r ip -p ip -v 10.0.0.1
        crm_resource -r ip -p target-role -v 1
        crm_resource -r ip -p target-role -v 1 -Q
        crm_resource -r ip -p target-role -v 1 -f
        crm_resource -r ip -p cpu -z -v 1
        crm_resource -r fs -p cpu -z -v 8
        crm_resource -r grp -p is-managed -m -v false
        crm_resource -r web -p is-managed -m -v false
        crm_resource -r ping -p is-managed -m -v false
        crm_resource -r ping -p is-managed -m -v false -f
        crm_resource -r ping-clone -p target-role -m -v Stopped
        crm_resource -r db-clone -p promotable -m -v false
        crm_resource -r db -p foo -v bar
        crm_resource -r ip -p target-role -m -v Stopped --recursive
        crm_resource -r ip -p x
        crm_resource -p x -v 1
        crm_resource -r none -p x -v 1
        crm_resource -r ip -d ip
        crm_resource -r ip -d foo
        crm_resource -r ip -d ip -m
        crm_resource -r ip -d target-role -m
        crm_resource -r ip -d target-role -m -Q
        crm_resource -r ping -d is-managed -m
        crm_resource -r fs -d cpu -z
        crm_resource -r grp -d is-managed -m
        crm_resource -d x
        crm_resource -r ip -M
        crm_resource -r ip -M -N beta
        crm_resource -r ip -M -N alpha
        crm_resource -r ip -M -N alpha -f
        crm_resource -r ip -M -N beta -f
        crm_resource -r ip -M -N none
        crm_resource -r ip -M -N beta --output-as=xml
        crm_resource -r ip -M -N beta -u nonsense
        crm_resource -r ip -M -u nonsense
        crm_resource -r grp -M -N beta
        crm_resource -r db-clone -M -N beta
        crm_resource -r db-clone -M -N alpha --promoted
        crm_resource -r db -M -N alpha --promoted
        crm_resource -r ip -M -N beta --promoted
        crm_resource -r db-clone -M
        crm_resource -r ping-clone -M
        crm_resource -r db -M
        crm_resource -r ping -M
        crm_resource -r web -M
        crm_resource -M
        crm_resource -r ip -B
        crm_resource -r ip -B -N alpha
        crm_resource -r ip -B -N beta -Q
        crm_resource -r db-clone -B -N beta --master
        crm_resource -r db-clone -B
        crm_resource -r grp -B
        crm_resource -r fence -B
        crm_resource -r ping:0 -B -N alpha
        crm_resource -r ip -B -N none
        crm_resource -r web -U
        crm_resource -r web -U -N beta
        crm_resource -r web -U -N alpha
        crm_resource -r web -U -Q
        crm_resource -r ip -U
        crm_resource -r ip -U -N beta
        crm_resource -r ip -U -N alpha
        crm_resource -r ip -U -N alpha -f
        crm_resource -r ip -U --expired
        crm_resource -U --expired
        crm_resource -U -e -N alpha
        crm_resource -r web -U -e
        crm_resource -U
        crm_resource -r ip -D
        crm_resource -r ip -D -t primitive
        crm_resource -r fence -D -t primitive
        crm_resource -r none -D -t primitive
        crm_resource -r ip -S type -v Dummy -t primitive
        crm_resource -r ip -S description -v text -t primitive
        crm_resource -r ip -S type -v Dummy
        crm_resource -r ip -S type -t primitive
        """;

    private const string RemoteLines = """
        crm_resource -L
        crm_resource -L --output-as=xml
        crm_resource -l
        crm_resource -c
        crm_resource -Y
        crm_resource -a -r d
        crm_resource -a -r vm
        crm_resource -r d -M -N guest
        crm_resource -r d -M -N far
        crm_resource -r d -B -N guest
        crm_resource -r d -U
        crm_resource -r vm -g remote-node -m
        crm_resource -r far -g server
        crm_resource -r d -Y -N guest
        """;

    private static IEnumerable<TestCaseData> Remotes() => BothTools.Cases(RemoteLines, ("remote", Cibs.Remote));

    [TestCaseSource(nameof(Remotes)), Category("peer")]
    public void Beside_remote_nodes_and_guests_says_and_does_what_Debians_does(string line, string cib) => BothTools.Compare(line, cib, CrmResource.Run);

    private static string Running => File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Captures", "Crm", "running.xml"));

    private static IEnumerable<TestCaseData> All() =>
        BothTools.Cases(Questions, ("plain", "plain"), ("rich", "rich"), ("running", "running")).Concat(BothTools.Cases(Changes, ("rich", "rich"), ("running", "running")));

    /// <summary>Standard output, standard error, exit status and all files are the same, byte for byte.</summary>
    [TestCaseSource(nameof(All)), Category("peer")]
    public void Says_and_does_what_Debians_does(string line, string cib) =>
        BothTools.Compare(line, cib switch { "plain" => Cibs.Plain, "rich" => Cibs.Rich, _ => Running }, CrmResource.Run);

    /// <summary>On cases that fail, move, are unmanaged, and have bundles, guests and removed resources in every state: where each is, and all that Pacemaker's flags say of it.</summary>
    [TestCase("bundle-*"), TestCase("stopped-monitor-*"), TestCase("rec-*"), TestCase("whitebox-*"), TestCase("migrate-fail-*"), TestCase("container-*"), TestCase("unmanaged-*"), Category("peer"), Category("beside")]
    public void Lists_for_audits_what_Debians_lists(string cases)
    {
        var files = Directory.GetFiles(PacemakersCases.Needed() + "/xml", cases + ".xml");
        Assert.That(files, Is.Not.Empty);
        Assert.Multiple(() =>
        {
            foreach (var file in files) BothTools.Compare("crm_resource -c", PacemakersCases.InOlderWords(File.ReadAllText(file)), CrmResource.Run);
        });
    }

    /// <summary>Which operation's parameters are summed up depends on what is in the history, and on its order: a word for each operation, its interval (seconds), its number, and ! for a failure.</summary>
    [Test, Category("peer")]
    public void Digests_are_those_of_the_operation_that_Debians_takes([Values(
        "stop/0/9 monitor/5/5", "stop/0/4 monitor/5/5", "monitor/5/5 stop/0/9", "monitor/5/5 stop/0/4", "start/0/4 monitor/5/5", "monitor/5/9 start/0/4", "monitor/5/4 start/0/9", "monitor/5/4 monitor/9/5",
        "monitor/5/7 monitor/9/5", "stop/0/9 monitor/5/8!", "monitor/5/8! stop/0/4", "stop/0/9 start/0/4!", "stop/0/4 start/0/9!", "start/0/4! monitor/5/9", "monitor/5/4 start/0/9!", "monitor/0/9! monitor/5/5",
        "stop/0/9 monitor/5/5 monitor/5/6!", "stop/0/5 monitor/5/5", "monitor/0/6 monitor/5/5", "stop/0/6")] string operations)
    {
        var history = string.Concat(operations.Split(' ').Select(static (word, at) =>
        {
            var parts = word.TrimEnd('!').Split('/');
            var (task, interval, call) = (parts[0], parts[1] == "0" ? "0" : parts[1] + "000", parts[2]);
            var id = word.EndsWith('!') ? "d_last_failure_0" : interval == "0" ? "d_last_0" : $"d_{task}_{interval}";
            return $"""<lrm_rsc_op id="{id}" operation_key="d_{task}_{interval}" operation="{task}" crm_feature_set="3.16.1" transition-key="{at}:8:0:1a203d78-9a7a-4e20-8170-eaed62b83392" transition-magic="0:0;{at}:8:0:1a203d78-9a7a-4e20-8170-eaed62b83392" on_node="alpha" call-id="{call}" rc-code="0" op-status="0" interval="{interval}" last-rc-change="{1_700_000_000 - at}" op-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8" op-force-restart="  state  " op-restart-digest="f2317cad3d54cec5d7d7aa7d0bf35cf8"/>""";
        }));
        BothTools.Compare("crm_resource -r d --digests -N alpha --output-as=xml", $"""
            <cib crm_feature_set="3.16.1" validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0" have-quorum="1"><configuration>
            <crm_config><cluster_property_set id="o"><nvpair id="o1" name="stonith-enabled" value="false"/></cluster_property_set></crm_config>
            <nodes><node id="1" uname="alpha"/></nodes><resources>
            <primitive id="d" class="ocf" provider="pacemaker" type="Dummy"><operations><op id="m" name="monitor" interval="5s" timeout="9s"/><op id="m9" name="monitor" interval="9s"/></operations></primitive>
            </resources><constraints/></configuration><status><node_state id="1" uname="alpha" in_ccm="true" crmd="online" join="member" expected="member"><lrm id="1"><lrm_resources>
            <lrm_resource id="d" class="ocf" provider="pacemaker" type="Dummy">{history}</lrm_resource></lrm_resources></lrm></node_state></status></cib>
            """, CrmResource.Run);
    }

    /// <summary>2.1.5 looks for them with an XPath that also selects other constraints of the node, and finds none.</summary>
    [TestCase("beta", "cli-prefer-ip")]
    [TestCase("alpha", "")]
    public void Expired_constraints_about_a_node_are_found(string node, string expected) =>
        Assert.That(string.Join(' ', ResourceRequests.Expired(CibElement.Parse(Cibs.Rich, "f"), CibTime.FromDate(2026, 11, 21), null, node, promoted: false)), Is.EqualTo(expected));

    /// <summary>Every option that is read is in the help, and each group in its own.</summary>
    [TestCase("--help-all", "--restart --wait --digests -L, -W, -Y, -M, -B, -U, -C, -R, -p, -g, -d, -O, -F, -D, --validate --output-as= --list-agents=")]
    [TestCase("--help-locations", "-M, -B, -U, -e, -u, --promoted")]
    [TestCase("--help-queries", "-L, -l, -O, -o, -q, -w, -g, -W, -a, -A, -Y, --show-metadata=")]
    [TestCase("--help-commands", "-C, -R, -p, -d, --validate")]
    [TestCase("--help-advanced", "-D, -F, --restart --wait --digests --force-check")]
    [TestCase("--help-additional", "-N, -t, -v, -m, -z, -n, -I, -s, -i, -T, -f, --class=")]
    [TestCase("--help-output", "--output-as= --output-to= --text-fancy")]
    [TestCase("--help", "--help-all -r, -Q,")]
    public void Help_names_its_options(string which, string options)
    {
        var output = new StringWriter();
        Assert.That(CrmResource.Run(CrmWorld.Real() with { Output = output }, [which]), Is.Zero);
        foreach (var option in options.Split(' ')) Assert.That(output.ToString(), Does.Contain(" " + option));
        if (which is "--help-locations") Assert.That(output.ToString(), Does.Not.Contain("--list-raw"));
    }
}
