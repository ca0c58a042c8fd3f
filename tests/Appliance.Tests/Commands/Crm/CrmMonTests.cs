using System.Globalization;
using System.Text;
using System.Text.Json;
using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Policy.Report;

namespace Appliance.Tests.Commands.Crm;

public class Crm_mon
{
    private const string Shown = """
        crm_mon -1
        crm_mon
        crm_mon -N
        crm_mon -1 -r
        crm_mon -1 -n
        crm_mon -1 -n -r
        crm_mon -1 -b
        crm_mon -1 -b -r
        crm_mon -1 -b -n -r
        crm_mon -1 -R
        crm_mon -1 -R -r -n
        crm_mon -1rfAo
        crm_mon -1 -t
        crm_mon -1Rt
        crm_mon -1 -c
        crm_mon -1 -L
        crm_mon -1 -L cli
        crm_mon -1 -m
        crm_mon -1 -m0
        crm_mon -1 --fence-history=3
        crm_mon -1 -D
        crm_mon -1 --include=all
        crm_mon -1 --include=all,options
        crm_mon -1 --include=none
        crm_mon -1 --include=none,nodes,bans:low
        crm_mon -1 --include=none,options
        crm_mon -1 --include=none,maint-mode
        crm_mon -1 --exclude=nodes -I default -U times
        crm_mon -1 --exclude=all --include=counts,dc
        crm_mon -1 --exclude=none
        crm_mon -1 -i 5s
        crm_mon -1 -i 250ms
        crm_mon -1 -V
        crm_mon -1 -Q
        crm_mon -1 -Q --include=times
        crm_mon -1 --include=all --quiet
        crm_mon --output-as=xml -Q
        crm_mon -1 foo
        crm_mon -1 --output-as=text
        crm_mon -1 --output-as=console
        crm_mon -1 --output-as=foo
        crm_mon --output-to=@out
        crm_mon --output-as=xml --output-to=@out
        crm_mon --output-as=html --output-to=@out
        crm_mon -h @out
        crm_mon --output-as=xml
        crm_mon --output-as=xml -n
        crm_mon --output-as=xml --include=none,nodes
        crm_mon --output-as=xml --exclude=resources,nodes
        crm_mon -X
        crm_mon -X -D
        crm_mon --output-as=html
        crm_mon --output-as=html -r
        crm_mon --output-as=html -n -r
        crm_mon --output-as=html -n -R -b
        crm_mon --output-as=html --include=all
        crm_mon --output-as=html --include=none,options -t
        crm_mon --output-as=html --html-title='A < B' --html-stylesheet=x.css
        crm_mon --output-as=html --html-cgi -1
        crm_mon -w
        crm_mon -s
        crm_mon -sX
        crm_mon -s --output-as=xml
        crm_mon -s --output-as=html
        crm_mon -1 --node=alpha
        crm_mon -1 --node=left -r -f -o -A
        crm_mon -1 --node=none
        crm_mon -1 --node=beta -n -r
        crm_mon --output-as=xml --node=alpha
        crm_mon --output-as=html --node=gamma -r
        crm_mon -1 --resource=ip
        crm_mon -1 --resource=mine -r -o
        crm_mon -1 --resource=web -r -n
        crm_mon -1 --resource=nginx -r -b
        crm_mon -1 --resource=none -r
        crm_mon -1 --resource=db-clone -r
        crm_mon -1 --resource=db -r -R
        crm_mon -1 --resource=box -r
        crm_mon -1 --resource=httpd -r
        crm_mon --output-as=xml --resource=fs
        crm_mon --output-as=xml --resource=db
        crm_mon --output-as=xml --resource=box
        crm_mon --output-as=html --resource=layers -r
        """;

    private const string Wrong = """
        crm_mon -1 --foo
        crm_mon -1 -m4
        crm_mon -1 -i x
        crm_mon -1 --interval
        crm_mon -1 --output-to=/nonexistent/x
        CIB_file=@none crm_mon -1
        CIB_file=@none crm_mon --output-as=xml
        CIB_file=@none crm_mon --output-as=html
        CIB_file=@none crm_mon -s
        CIB_file=@bad.xml crm_mon -1
        CIB_shadow=s crm_mon -1
        ~crm_mon --include=list
        ~crm_mon --exclude=foo
        ~crm_mon --help
        ~crm_mon --help-all
        ~crm_mon --version
        """;

    private static IEnumerable<TestCaseData> Lines() =>
        BothTools.Cases("crm_mon -1 -r -o\ncrm_mon --output-as=xml", ("pending", MonitorCibs.Pending)).Concat(BothTools.Cases(Shown, ("busy", MonitorCibs.Busy), ("well", MonitorCibs.Well), ("rich", Cibs.Rich), ("remote", Cibs.Remote), ("plain", Cibs.Plain)));

    private static IEnumerable<TestCaseData> WrongLines() => BothTools.Cases(Wrong, ("plain", Cibs.Plain));

    [TestCaseSource(nameof(Lines)), Category("peer")]
    public void Shows_what_Debians_shows(string line, string cib) => BothTools.CompareBut(WithoutNow, line, cib, CrmMon.Run);

    [TestCaseSource(nameof(WrongLines)), Category("peer")]
    public void Fails_as_Debians_does(string line, string cib) => BothTools.CompareBut(WithoutNow, line, cib, CrmMon.Run, ("bad.xml", "<cib/>"), ("shadow.s", MonitorCibs.Well));

    /// <summary>The one line that says when it was written.</summary>
    private static string WithoutNow(string said)
    {
        var text = new StringBuilder();
        foreach (var line in said.Split('\n'))
            if (!line.Contains("Last updated", StringComparison.Ordinal) && !line.Contains("<last_update ", StringComparison.Ordinal)) text.Append(line).Append('\n');
        return text.ToString();
    }

    private static (int Status, string Output, string Errors) Run(string cib, MonitorSources? sources, params string[] args)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, cib);
            var (output, errors) = (new StringWriter(), new StringWriter());
            var world = new CrmWorld(output, errors, new StringReader(""), n => n == "CIB_file" ? path : null, () => 1763700100);
            var status = sources is null ? CrmMon.Run(world, args) : CrmMon.Run(world, args, sources);
            return (status, output.ToString(), errors.ToString());
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Test]
    public void Says_as_JSON_what_its_XML_says()
    {
        var (status, output, _) = Run(MonitorCibs.Busy, null, "--json");
        using var json = JsonDocument.Parse(output);
        var root = json.RootElement;
        Assert.Multiple(() =>
        {
            Assert.That(status, Is.Zero);
            Assert.That(root.GetProperty("summary").GetProperty("nodes_configured").GetProperty("number").GetInt32(), Is.EqualTo(10));
            Assert.That(root.GetProperty("summary").GetProperty("current_dc").GetProperty("with_quorum").GetBoolean(), Is.True);
            Assert.That(root.GetProperty("nodes")[0].GetProperty("name").GetString(), Is.EqualTo("alpha"));
            Assert.That(root.GetProperty("status").GetInt32(), Is.Zero);
        });
    }

    [TestCase("busy", 1)]
    [TestCase("well", 0)]
    public void Ends_as_strictly_as_it_is_asked_to(string name, int status) =>
        Assert.That(Run(name == "busy" ? MonitorCibs.Busy : MonitorCibs.Well, null, "-s", "--strict-status").Status, Is.EqualTo(status));

    private static readonly FencingEvent[] History =
    [
        new("reboot", "beta", "stonith_admin.7", "alpha", null, FencingState.Pending, null, null),
        new("off", "beta", "stonith_admin.6", "alpha", "gamma", FencingState.Failed, "no route", 1763700001000),
        new("reboot", "beta", "crmd.1", "alpha", "gamma", FencingState.Done, null, 1763700000000),
        new("reboot", "beta", "crmd.1", "alpha", "gamma", FencingState.Done, null, 1763600000000),
    ];

    [TestCase("-r", "Failed Fencing Actions:\n  * turning off of beta by gamma for stonith_admin.6@alpha last failed (no route) at 2025-11-21 04:40:01Z\n\nPending Fencing Actions:\n  * reboot of beta for stonith_admin.7@alpha last pending\n")]
    [TestCase("-m1", "Failed Fencing Actions:\n  * turning off of beta by gamma for stonith_admin.6@alpha last failed (no route) at 2025-11-21 04:40:01Z\n\nPending Fencing Actions:\n  * reboot of beta for stonith_admin.7@alpha last pending\n")]
    [TestCase("-m2", "Fencing History:\n  * reboot of beta for stonith_admin.7@alpha pending\n  * reboot of beta by gamma for crmd.1@alpha successful at 2025-11-21 04:40:00Z\n  * reboot of beta by gamma for crmd.1@alpha successful at 2025-11-20 00:53:20Z\n")]
    [TestCase("-m3", "  * reboot of beta by gamma for crmd.1@alpha successful at 2025-11-20 00:53:20Z\n")]
    [TestCase("-Rm1", "Failed Fencing Actions:\n  * turning off of beta failed (no route): delegate=gamma, client=stonith_admin.6, origin=alpha, last-failed='2025-11-21 04:40:01Z'\n\nPending Fencing Actions:\n  * reboot of beta pending: client=stonith_admin.7, origin=alpha\n")]
    [TestCase("-Rm3", "  * reboot of beta successful: delegate=gamma, client=crmd.1, origin=alpha, completed='2025-11-20 00:53:20Z'\n")]
    public void Shows_as_much_of_the_fencing_history_as_is_asked_for(string level, string end) =>
        Assert.That(Run(MonitorCibs.Well, new(CibAccess.Open, () => History), "-1", level).Output, Does.EndWith(end));

    /// <summary>XML has the whole history or none; a page says of what kind each event is. As a pair with 2.1.5 answered.</summary>
    [TestCase("-1 -m1 --output-as=xml", 4)]
    [TestCase("-1 --output-as=xml", 4)]
    [TestCase("-1 --include=none,fencing --output-as=xml", 4)]
    [TestCase("-1 -m0 --output-as=xml", 0)]
    [TestCase("-1 --exclude=fencing-succeeded --output-as=xml", 0)]
    [TestCase("-1 --include=none,fencing-failed --output-as=xml", 0)]
    public void Has_the_whole_fencing_history_in_XML_or_none(string line, int events)
    {
        var output = Run(MonitorCibs.Well, new(CibAccess.Open, () => History), line.Split(' ')).Output;
        Assert.That((output.Split("<fence_event ").Length - 1, output.Contains("<fence_history>", StringComparison.Ordinal)), Is.EqualTo((events, events > 0)), output);
    }

    [TestCase("-1 --output-as=html", 1, 0, 1)]
    [TestCase("-1 -m2 --output-as=html", 1, 2, 1)]
    [TestCase("-1 -m0 --output-as=html", 0, 0, 0)]
    public void Says_on_a_page_of_what_kind_each_fencing_is(string line, int failed, int succeeded, int pending)
    {
        var output = Run(MonitorCibs.Well, new(CibAccess.Open, () => History), line.Split(' ')).Output;
        Assert.That((Count("failed"), Count("successful"), Count("pending")), Is.EqualTo((failed, succeeded, pending)), output);

        int Count(string kind) => output.Split($"<li class=\"{kind}-stonith-event\">").Length - 1;
    }

    /// <summary>The one that tried before anybody else, and what is no later success of the same says nothing.</summary>
    [TestCase("gamma", "gamma")]
    [TestCase("delta", "epsilon")]
    [TestCase(null, "epsilon")]
    public void Says_which_attempt_had_success_where_one_failed(string? tried, string later)
    {
        FencingEvent[] history =
        [
            new("on", "beta", "a", "alpha", "delta", FencingState.Done, null, 9000),
            new("off", "beta", "a", "alpha", "epsilon", FencingState.Done, null, 7000),
            new("off", "beta", "a", "alpha", "gamma", FencingState.Done, null, 6000),
            new("off", "beta", "a", "alpha", tried, FencingState.Failed, "", 5000),
            new("off", "beta", "a", "alpha", tried, FencingState.Done, null, 4000),
        ];
        Assert.That(FencingWords.LaterSucceeded(history[3], history), Is.EqualTo(later));
        foreach (var options in new[] { "-m1", "-Rm1" })
            Assert.That(Run(MonitorCibs.Well, new(CibAccess.Open, () => history), "-1", options).Output, Does.EndWith($" (a later attempt from {later} succeeded)\n"), options);
    }

    [Test]
    public void Tells_the_administrators_program_what_is_new_and_only_that()
    {
        var agent = new MonitorAgent("/bin/true", "me", fencing: true, new(TextWriter.Null, TextWriter.Null, TextReader.Null, _ => null, () => 0));
        var before = Read(MonitorCibs.Well);
        Assert.That(agent.News(before), Is.Empty, "the first look");
        Assert.That(agent.News(Read(MonitorCibs.Well)), Is.Empty, "nothing changed");
        var news = agent.News(Read(MonitorCibs.Well.Replace("call-id=\"10\" rc-code=\"0\" op-status=\"0\"", "call-id=\"11\" rc-code=\"1\" op-status=\"0\"", StringComparison.Ordinal)));
        Assert.That(news.ConvertAll(n => string.Join(' ', n.Variables("me").Select(v => $"{v.Key[11..]}={v.Value}"))),
            Is.EqualTo(new[] { "recipient=me node=alpha rsc=d task=start desc=error rc=1 target_rc=0 status=0" }));

        Assert.That(agent.Fenced([.. History[2..]]), Is.Empty, "the first look");
        Assert.That(agent.Fenced(History).ConvertAll(n => n.Node + " " + n.Task + " " + n.Code.ToString(CultureInfo.InvariantCulture)), Is.EqualTo(new[] { "beta off 1" }));
    }

    private static CibElement Read(string text) => CibElement.TryParse(text, "test", out var root, out _) ? root! : throw new FormatException();

    [Test]
    public void Shows_and_hides_with_its_keys()
    {
        var options = new CrmMonOptions();
        Assert.That(options.Read([], calledCgi: false, out _), Is.Null);
        var screen = new MonitorScreen(options, (out Appliance.Policy.PolicyRun? run) => { run = null; return ""; }, new(CibAccess.Open), (_, _) => { }, TextWriter.Null);
        Assert.Multiple(() =>
        {
            Assert.That(screen.Press('c') && (options.Sections & MonitorSections.Tickets) != 0, "c shows");
            Assert.That(screen.Press('c') && (options.Sections & MonitorSections.Tickets) == 0, "c hides");
            Assert.That(screen.Press('n') && options.Status.ByNode, "n");
            Assert.That(screen.Press('m') && (options.Sections & MonitorSections.Fencing) == MonitorSections.Fencing, "m: from what failed or is going on, to all");
            Assert.That(screen.Press('m') && screen.Press('m') && (options.Sections & MonitorSections.Fencing) == 0, "m: to nothing");
            Assert.That(screen.Press('t') && options.Status.Timing && (options.Sections & MonitorSections.Operations) != 0, "t");
            Assert.That(screen.Help(), Does.Contain("* n:").And.Contain("  c:"));
            Assert.That(screen.Press('?') && screen.Press('q'), "q leaves the help");
            Assert.That(screen.Press('q'), Is.False, "q ends");
        });
    }
}
