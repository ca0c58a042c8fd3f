using System.Collections.Immutable;
using System.Net.Sockets;
using Appliance.Cib;
using Appliance.Commands.Crm;
using Appliance.Control;
using Appliance.Crm;
using Appliance.Crm.Controller;
using Appliance.Crm.Store;
using Appliance.Lrm.Agents;
using NUnit.Framework;

namespace Appliance.Tests.Crm;

[TestFixture]
public sealed class CrmDeskTests
{
    private static readonly CrmUser Operator = new(false, "operator", ["haclient", "admins"]);

    /// <summary>A host that notes what it is asked.</summary>
    private sealed class Host
    {
        public Host(int mostWaiting = 256) => Desk = new(Ask, Hung.Add, mostWaiting);

        public CrmDesk Desk { get; }
        public List<CrmQuestion> Questions { get; } = [];
        public List<Action<CrmAnswer>> Answers { get; } = [];
        public List<long> Hung { get; } = [];

        private long Ask(CrmQuestion question, Action<CrmAnswer> answer)
        {
            Questions.Add(question);
            Answers.Add(answer);
            return Questions.Count;
        }

        public CrmQuestion? Take(CrmRequest request, CrmUser user, Action<ControlAnswer>? answer = null)
        {
            var before = Questions.Count;
            Desk.Ask(new("crm", Crm: request), user, answer ?? (_ => GC.KeepAlive(before)));      // another one each time
            return Questions.Count > before ? Questions[^1] : null;
        }
    }

    private static CibRequest CibOf(CrmRequest request, CrmUser user) => ((CrmQuestion.Cib)new Host().Take(request, user)!).Request;

    [Test]
    public void Gives_each_answer_to_who_asked()
    {
        var (host, answers) = (new Host(), new List<string>());
        host.Take(new("state"), CrmUser.Cluster, a => answers.Add($"first {a.Crm!.Error}"));
        host.Take(new("get"), CrmUser.Cluster, a => answers.Add($"second {a.Crm!.Error} {a.Crm.Problem}"));
        Assert.That(host.Questions, Is.EqualTo(new CrmQuestion[] { new CrmQuestion.State(), new CrmQuestion.GetAttributes(null, null) }));
        host.Answers[1](new CrmAnswer.Refused(CibError.NoSuch, "none"));
        host.Answers[0](new CrmAnswer.Done());
        Assert.That(answers, Is.EqualTo(new[] { "second 6 none", "first 0" }));
        Assert.That(host.Desk.Waiting, Is.Zero);
    }

    [Test]
    public void Tells_the_host_of_a_client_that_is_gone_and_of_none_that_has_its_answer()
    {
        var host = new Host();
        Action<ControlAnswer> gone = _ => { }, answered = _ => { };
        host.Take(new("change"), CrmUser.Cluster, gone);
        host.Take(new("change"), CrmUser.Cluster, answered);
        host.Answers[1](new CrmAnswer.Done());
        host.Desk.Hung(answered);
        host.Desk.Hung(gone);
        host.Desk.Hung(gone);
        Assert.That(host.Hung, Is.EqualTo(new long[] { 1 }));
    }

    [Test]
    public void Keeps_nothing_of_a_question_that_is_answered_at_once()
    {
        var desk = new CrmDesk((_, answer) =>
        {
            answer(new CrmAnswer.Done());
            return 1;
        }, _ => Assert.Fail("it was answered"));
        Action<ControlAnswer> client = _ => { };
        desk.Ask(new("crm", Crm: new("state")), CrmUser.Cluster, client);
        desk.Hung(client);
        Assert.That(desk.Waiting, Is.Zero);
    }

    [Test]
    public void Believes_only_the_cluster_itself_on_whose_behalf_it_asks()
    {
        var request = new CrmRequest("cib") { Operation = "commit", User = "root", Groups = ["wheel"], Steps = [new("cib") { Operation = "erase", User = "" }] };
        var cluster = CibOf(request, CrmUser.Cluster);
        Assert.That((cluster.User, cluster.Groups), Is.EqualTo(("root", new[] { "wheel" })));
        Assert.That(CibOf(new("cib") { Operation = "erase" }, CrmUser.Root).User, Is.EqualTo("root"), "its own name, where it says none");
        var other = CibOf(request, Operator);
        Assert.That((other.User, other.Groups), Is.EqualTo(("operator", new[] { "haclient", "admins" })));
        Assert.That((other.Steps[0].User, other.Steps[0].Groups), Is.EqualTo(("operator", new[] { "haclient", "admins" })));
    }

    [TestCase("nonsense")]
    [TestCase("cib")]
    [TestCase("set")]
    [TestCase("fail")]
    [TestCase("remove")]
    public void Refuses_what_makes_no_sense_and_tells_the_core_nothing(string ask)
    {
        ControlAnswer? answer = null;
        Assert.That(new Host().Take(new(ask), CrmUser.Cluster, a => answer = a), Is.Null);
        Assert.That(answer, Is.EqualTo(ControlAnswer.Failed("the CRM does not know this question")));
    }

    // The first would take all resources away, as the cluster.
    [TestCase("x", "a\u0001b", null, null)]
    [TestCase("x", "alpha", "a\u0001b", null)]
    [TestCase("x", "alpha", null, "\u0001")]
    [TestCase("x\u0000", "alpha", null, null)]
    public void Tells_the_core_no_word_that_no_document_can_hold(string name, string host, string? set, string? value)
    {
        var (fromHost, answer) = (new Host(), (ControlAnswer?)null);
        Assert.That(fromHost.Take(new("set") { Attributes = [new(name, host, value, set)] }, Operator, a => answer = a), Is.Null);
        Assert.That(answer!.Crm!.Error, Is.EqualTo((int)CibError.Invalid));
        Assert.That(fromHost.Take(new("set") { Attributes = [new("x", "alpha", "it's\t\ud83d\ude00", "s")] }, Operator), Is.Not.Null);
    }

    /// <summary>A path names what has an apostrophe in it as well as everything else.</summary>
    [TestCase("cleanup")]
    [TestCase("fail")]
    [TestCase("remove")]
    public void Takes_names_with_apostrophes_and_none_that_no_document_can_hold(string ask)
    {
        Assert.That(new Host().Take(new(ask) { Name = "a'b", Host = "a'b", Resource = "r'" }, CrmUser.Cluster), Is.Not.Null);
        Assert.That(new Host().Take(new(ask) { Name = "a\u0001b", Host = "alpha", Resource = "r" }, CrmUser.Cluster), Is.Null);
        Assert.That(new Host().Take(new(ask) { Name = "a", Host = "alpha", Resource = "r\u0001" }, CrmUser.Cluster), Is.Null);
    }

    [Test]
    public void Has_the_ACLs_judge_who_would_have_something_written_and_may_not_write_it()
    {
        var (host, answers) = (new Host(), new List<int>());
        foreach (var request in (CrmRequest[])[new("set") { Attributes = [new("standby", "alpha", "on")] }, new("cleanup"), new("fail") { Host = "alpha", Resource = "r" }, new("remove") { Name = "beta" }])
        {
            var before = host.Questions.Count;
            var trial = (CrmQuestion.Cib)host.Take(request, Operator, a => answers.Add(a.Crm!.Error))!;
            Assert.That((trial.Request.User, trial.Request.Options), Is.EqualTo(("operator", CibOptions.CanCreate | CibOptions.DryRun)));
            host.Answers[before](new CrmAnswer.Cib(CibError.Denied, null, "no"));
            Assert.That(host.Questions, Has.Count.EqualTo(before + 1), "it is not passed on");
        }
        Assert.That(answers, Is.EqualTo(new[] { 13, 13, 13, 13 }));
        host.Take(new("cleanup"), Operator, a => answers.Add(a.Crm!.Error));
        host.Answers[^1](new CrmAnswer.Cib(CibError.None, null, ""));
        Assert.That(host.Questions[^1], Is.TypeOf<CrmQuestion.Cleanup>());
        host.Answers[^1](new CrmAnswer.Done());
        Assert.That((answers[^1], host.Desk.Waiting), Is.EqualTo((0, 0)));
        Assert.That(host.Take(new("cleanup"), CrmUser.Cluster), Is.TypeOf<CrmQuestion.Cleanup>());
    }

    [Test]
    public void Refuses_a_transaction_inside_of_a_transaction()
    {
        var step = new CrmRequest("cib") { Operation = "commit", Steps = [] };
        Assert.That(new Host().Take(new("cib") { Operation = "commit", Steps = [step] }, CrmUser.Cluster), Is.Null);
    }

    [Test]
    public void Has_a_bound_and_says_that_it_is_busy()
    {
        var host = new Host(mostWaiting: 2);
        host.Take(new("state"), CrmUser.Cluster);
        host.Take(new("state"), CrmUser.Cluster);
        ControlAnswer? answer = null;
        Assert.That(host.Take(new("state"), CrmUser.Cluster, a => answer = a), Is.Null);
        Assert.That(answer!.Error, Does.Contain("busy"));
        host.Answers[1](new CrmAnswer.Done());
        Assert.That(host.Take(new("state"), CrmUser.Cluster), Is.Not.Null);
    }

    [Test]
    public void Passes_XML_and_attributes_over_the_line_as_they_are()
    {
        var xml = CibElement.Parse("<a id=\"x\" v=\"&quot;&amp;&#10;ä€\"><b/><!--c--></a>", "test");
        var request = new ControlRequest("crm", Crm: new("cib") { Operation = "modify", Section = "//a[@id=\"x\"]", Input = new(xml), Options = 10, WithinMs = 5 });
        var line = CommandProtocol.Write(request);
        Assert.That(line.AsSpan().IndexOf((byte)'\n'), Is.EqualTo(line.Length - 1));
        var (read, fault) = CommandProtocol.Read(line.AsSpan(0, line.Length - 1));
        Assert.That(fault, Is.Empty);
        var asked = (CrmQuestion.Cib)new Host().Take(read!.Crm!, CrmUser.Cluster)!;
        Assert.That((asked.Request.Operation, asked.Request.Section, asked.Request.Options, asked.Within), Is.EqualTo((CibOperation.Modify, "//a[@id=\"x\"]", CibOptions.XPath | CibOptions.CanCreate, TimeSpan.FromMilliseconds(5))));
        Assert.That(asked.Request.Input!.SameAs(xml), Is.True);
        var answer = CommandProtocol.ReadAnswer(CommandProtocol.Write(new ControlAnswer(true, Crm: CrmQuestions.Write(new CrmAnswer.Attributes([new("n", "h", "v") { Set = "s", IsPrivate = true, Dampening = TimeSpan.FromSeconds(5) }])))));
        Assert.That(answer!.Crm!.Attributes, Is.EqualTo(new[] { new AttributeView("n", "h", "v", "s", 5000, true) }));
    }

    [Test]
    public void A_line_whose_XML_is_none_is_refused()
    {
        var (request, fault) = CommandProtocol.Read("{\"do\":\"crm\",\"crm\":{\"ask\":\"cib\",\"operation\":\"modify\",\"input\":\"<a>\"}}"u8);
        Assert.That(request, Is.Null);
        Assert.That(fault, Does.StartWith("not a request"));
    }

    // ---- over a real socket, to a node ----

    [Test]
    public void A_member_of_the_cluster_group_is_judged_by_the_ACLs_of_the_CIB()
    {
        using var node = new LiveNode("""
            <cib validate-with="pacemaker-3.9" epoch="1" num_updates="0" admin_epoch="0"><configuration><crm_config><cluster_property_set id="o"><nvpair id="o1" name="enable-acl" value="true"/></cluster_property_set></crm_config>
            <nodes/><resources/><constraints/><acls><acl_role id="r"><acl_permission id="p" kind="read" xpath="//crm_config"/></acl_role><acl_target id="operator"><role id="r"/></acl_target></acls></configuration><status/></cib>
            """);
        node.Settle();
        node.User = Operator;
        Assert.That(node.Ask(new("cib") { Operation = "query", Section = "crm_config" })!.Error, Is.Zero);
        Assert.That(node.Ask(new("cib") { Operation = "query", Section = "acls" })!.Error, Is.EqualTo((int)CibError.NoSuch));
        Assert.That(node.Ask(new("cib") { Operation = "erase", User = "root" })!.Error, Is.EqualTo((int)CibError.Denied));
        var attribute = new CrmRequest("set") { Attributes = [new("standby", "", "on")] };
        Assert.That(node.Ask(attribute)!.Error, Is.EqualTo((int)CibError.Denied));
        Assert.That(node.Ask(new("get"))!.Attributes!.Select(a => a.Name), Is.EqualTo(new[] { "#feature-set" }));
        node.User = CrmUser.Cluster;
        var writes = new CibElement("acl_role").Set("id", "r");
        writes.Add("acl_permission").Set("id", "p2").Set("kind", "write").Set("xpath", "/cib/status");
        Assert.That(node.Ask(new("cib") { Operation = "modify", Section = "acls", Input = new(writes) })!.Error, Is.Zero);
        node.User = Operator;
        Assert.That(node.Ask(attribute)!.Error, Is.Zero);
        Assert.That(node.Ask(new("get") { Name = "standby" })!.Attributes, Is.EqualTo(new[] { new AttributeView("standby", "alpha", "on", DampeningMs: 0) }));
        node.User = CrmUser.Cluster;
        Assert.That(node.Ask(new("cib") { Operation = "query", Section = "acls" })!.Output!.Root.Descendants("acl_target").Count(), Is.EqualTo(1));
        node.Refuse = (_, _) => $"{Permissions.Denied}: not you";
        var (output, errors) = (new StringWriter(), new StringWriter());
        Assert.That(CrmAdmin.Run(node.World(output, errors, new StringReader(""), []), ["-D"]), Is.EqualTo(4));
        Assert.That(errors.ToString(), Is.EqualTo("error: Could not connect to controller: Permission denied\nerror: Command failed: Permission denied\n"));
    }

    [Test]
    public void Several_megabytes_go_both_ways_for_who_may_ask_the_CRM_and_not_for_others()
    {
        using var node = new LiveNode(LiveToolTests.Cib);
        node.Settle();
        // 1000 resources with 30 parameters each.
        var resources = new CibElement("resources");
        for (var i = 0; i < 1000; i++)
        {
            var set = resources.Add("primitive").Set("id", $"r{i}").Set("class", "ocf").Set("provider", "pacemaker").Set("type", "Dummy").Add("instance_attributes").Set("id", $"r{i}-a");
            for (var p = 0; p < 30; p++) set.Add("nvpair").Set("id", $"r{i}-a-{p}").Set("name", $"n{p}").Set("value", new string('x', 50));
        }
        Assert.That(resources.ToString(CibFormat.Compact).Length, Is.GreaterThan(2_900_000));
        Assert.That(node.Ask(new("cib") { Operation = "replace", Section = "resources", Input = new(resources) })!.Error, Is.Zero);
        Assert.That(node.Ask(new("cib") { Operation = "query", Section = "configuration" })!.Output!.Root.Descendants("nvpair").Count(), Is.EqualTo(30_001));
        node.Refuse = (request, _) => request.Do == "crm" ? $"{Permissions.Denied}: not you" : null;
        using var other = new CrmLink(node.Socket);
        Assert.That(other.Ask(new("cib") { Operation = "replace", Section = "resources", Input = new(resources) }), Is.Null);
    }

    [Test]
    public void Who_waits_for_a_change_is_told_of_it_and_who_leaves_is_forgotten()
    {
        using var node = new LiveNode(LiveToolTests.Cib);
        node.Settle();
        var version = node.Ask(new("change") { Version = "", WithinMs = 10 })!.Version!;
        using (var gone = new CrmLink(node.Socket))
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            socket.Connect(new UnixDomainSocketEndPoint(node.Socket));
            socket.Send(CommandProtocol.Write(new ControlRequest("crm", Crm: new("change") { Version = version, WithinMs = 600_000 })));
            Assert.That(() => node.Waiting, Is.EqualTo(1).After(5000, 10));
        }
        Assert.That(() => node.Waiting, Is.Zero.After(5000, 10));
        using var link = new CrmLink(node.Socket);
        var waiting = Task.Run(() => link.Ask(new("change") { Version = version, WithinMs = 60_000 }));
        Assert.That(() => node.Waiting, Is.EqualTo(1).After(5000, 10));
        Assert.That(waiting.IsCompleted, Is.False);
        Assert.That(node.Ask(new("cib") { Operation = "bump" })!.Error, Is.Zero);
        Assert.That(waiting.Result!.Version, Is.Not.EqualTo(version));
    }

    [Test]
    public void A_built_in_agent_leaves_its_attributes_with_the_cluster()
    {
        using var node = new LiveNode(LiveToolTests.Cib);
        node.Settle();
        using var background = new InProcessBackground((_, _, _) => { });
        var directory = Directory.CreateTempSubdirectory("agent-").FullName;
        try
        {
            var environment = ImmutableDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("OCF_RESOURCE_INSTANCE", "st"), KeyValuePair.Create("OCF_RESKEY_state", directory + "/state")]);
            AgentRequest Request(string action) => new(action, null, environment, "st", directory, (_, _, _) => { }, background, TimeSpan.FromSeconds(20)) { Attributes = node.Attributes };
            Assert.That(AgentRunner.Run(AgentRegistry.Find("Stateful")!, Request("start"), CancellationToken.None).Code, Is.Zero);
            Assert.That(node.Ask(new("get") { Name = "master-st" })!.Attributes, Is.EqualTo(new[] { new AttributeView("master-st", "alpha", "5", DampeningMs: 0) }));
            Assert.That(AgentRunner.Run(AgentRegistry.Find("Stateful")!, Request("promote"), CancellationToken.None).Code, Is.Zero);
            Assert.That(node.Ask(new("get") { Name = "master-st" })!.Attributes, Is.EqualTo(new[] { new AttributeView("master-st", "alpha", "10", DampeningMs: 0) }));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
