using Appliance.Lrm.Agents;
using Appliance.Lrm.Catalog;

namespace Appliance.Lrm.Tests.Agents;

public class A_catalog_of_agents
{
    private Scratch _scratch = null!;

    [SetUp]
    public void Lay()
    {
        _scratch = new Scratch();
        _scratch.Script("ocf/resource.d/acme/Rocket", "[ $1 = meta-data ] && echo '<resource-agent name=\"Rocket\"><parameters><parameter name=\"fuel\" required=\"1\"/></parameters></resource-agent>'; [ $1 != validate-all ] || { echo ocf-exit-reason:no $OCF_RESKEY_fuel >&2; exit 6; }");
        _scratch.Script("ocf/resource.d/heartbeat/Dummy", "exit 0");
        _scratch.Script("ocf/resource.d/heartbeat/.helper", "exit 0");
        _scratch.Script("init.d/web", "exit 0");
        _scratch.Script("ha.d/resource.d/mine", "exit 0");
        File.WriteAllText(_scratch.Path + "/ocf/resource.d/acme/README", "");
        Directory.CreateDirectory(_scratch.Path + "/ocf/resource.d/.isolation");
    }

    [TearDown]
    public void CleanUp() => _scratch.Dispose();

    [TestCase("ocf:heartbeat:IPaddr2", "ocf", "heartbeat", "IPaddr2")]
    [TestCase("lsb:ssh", "lsb", null, "ssh")]
    [TestCase("stonith:external/ssh", "stonith", null, "external/ssh")]
    [TestCase("systemd:getty@tty1:x", "systemd", null, "getty@tty1:x")]
    [TestCase("OCF:a:b:c", "OCF", "a", "b:c")]
    public void Reads_the_names_of_agents(string text, string standard, string? provider, string type)
    {
        Assert.That(AgentName.Parse(text), Is.EqualTo(new AgentName(standard, provider, type)));
        Assert.That(AgentName.Parse(text)!.ToString(), Is.EqualTo(text));
    }

    [TestCase(""), TestCase("Dummy"), TestCase("ocf:Dummy"), TestCase("ocf::Dummy"), TestCase("ocf:heartbeat:"), TestCase(":x"), TestCase("lsb:")]
    public void Takes_nothing_else_for_one(string text) => Assert.That(AgentName.Parse(text), Is.Null);

    [Test]
    public void Lists_what_is_installed_and_what_is_built_in()
    {
        var catalog = Catalog();
        Assert.That(catalog.Standards, Is.EqualTo(new[] { "ocf", "lsb", "service" }));
        Assert.That(catalog.OcfProviders(), Is.EqualTo(new[] { "acme", "appliance", "heartbeat", "pacemaker" }));
        Assert.That(catalog.List("ocf", "acme"), Is.EqualTo(new[] { new AgentEntry(new("ocf", "acme", "Rocket"), _scratch.Path + "/ocf/resource.d/acme/Rocket", false) }));
        Assert.That(catalog.List("ocf", "pacemaker").Select(e => $"{e.Spec} {e.Path} {e.BuiltIn}"), Is.EqualTo(new[] { "ocf:pacemaker:Stateful  True", "ocf:pacemaker:ping  True" }));
        Assert.That(catalog.List("ocf", "heartbeat"), Has.Member(new AgentEntry(new("ocf", "heartbeat", "Dummy"), _scratch.Path + "/ocf/resource.d/heartbeat/Dummy", true)));
        Assert.That(catalog.List("ocf", "appliance").Select(e => e.Spec.Type), Is.EqualTo(AgentRegistry.All.Select(a => a.Description.Name)));
        Assert.That(catalog.List("lsb").Select(e => e.Spec.ToString()), Is.EqualTo(new[] { "lsb:web" }));
        Assert.That(catalog.List("service").Select(e => e.Spec.ToString()), Is.EqualTo(new[] { "service:web" }));
        Assert.That(catalog.List("heartbeat").Select(e => e.Spec.Type), Is.EquivalentTo((string[])[.. AgentRegistry.All.Select(a => a.Description.Name), "mine"]));
        Assert.That(catalog.List("nosuch"), Is.Empty);
    }

    [Test]
    public void Lists_what_others_know()
    {
        var catalog = Catalog(new Units());
        Assert.That(catalog.Standards, Is.EqualTo(new[] { "ocf", "lsb", "service", "systemd" }));
        Assert.That(catalog.List("systemd").Select(e => e.Spec.ToString()), Is.EqualTo(new[] { "systemd:nginx" }));
        Assert.That(catalog.List("service").Select(e => e.Spec.ToString()), Is.EqualTo(new[] { "service:web", "service:nginx" }));
        Assert.That(catalog.Find(new("service", null, "nginx")), Is.TypeOf<AgentPlace.Listed>());
        Assert.That(Trial(catalog).MetaData(new("systemd", null, "nginx")), Is.EqualTo("<nginx/>"));
        Assert.That(Trial(catalog).Run(new("systemd", null, "nginx"), "validate-all", new Dictionary<string, string> { ["x"] = "y" }, 0, "r", TimeSpan.FromSeconds(5))!.Reason, Is.EqualTo("x is no parameter"));
    }

    [TestCase("ocf:heartbeat:Dummy", "Script")]
    [TestCase("ocf:heartbeat:IPaddr2", "BuiltIn")]
    [TestCase("ocf:pacemaker:ping", "BuiltIn")]
    [TestCase("ocf:appliance:Dummy", "BuiltIn")]
    [TestCase("ocf:heartbeat:Http", null)]
    [TestCase("ocf:pacemaker:IPaddr2", null)]
    [TestCase("ocf:acme:../heartbeat/Dummy", null)]
    [TestCase("ocf:..:Dummy", null)]
    [TestCase("lsb:web", "Script")]
    [TestCase("lsb:../init.d/web", null)]
    public void Finds_an_agent_inside_its_place_only(string spec, string? place) => Assert.That(Catalog().Find(AgentName.Parse(spec)!)?.GetType().Name, Is.EqualTo(place));

    [TestCase("heartbeat", "IPaddr2", "ip cidr_netmask CRM_meta_interval crm_feature_set", true)]
    [TestCase("heartbeat", "IPaddr2", "ip netmask run_arping", true)]
    [TestCase("heartbeat", "IPaddr2", "ip clusterip_hash", false)]
    [TestCase("appliance", "IPaddr2", "ip", true)]
    [TestCase("pacemaker", "IPaddr2", "ip", false)]
    [TestCase("pacemaker", "ping", "host_list", true)]
    [TestCase("heartbeat", "Http", "statusurl", false)]
    [TestCase("heartbeat", "nosuch", "", false)]
    public void Has_a_built_in_agent_in_place_of_a_script_only_where_it_knows_every_parameter(string provider, string type, string parameters, bool expected) =>
        Assert.That(AgentRegistry.StandIn(provider, type, parameters.Split(' ', StringSplitOptions.RemoveEmptyEntries)) is not null, Is.EqualTo(expected));

    [Test]
    public void Asks_scripts_and_built_in_agents_alike()
    {
        var trial = Trial(Catalog());
        Assert.That(AgentFacts.Read(trial.MetaData(new("ocf", "acme", "Rocket"))!)!.Problems(new Dictionary<string, string> { ["payload"] = "1" }), Is.EqualTo(new[] { "the required parameter fuel is missing", "Rocket has no parameter payload" }));
        var reply = trial.Run(new("ocf", "acme", "Rocket"), "validate-all", new Dictionary<string, string> { ["fuel"] = "coal" }, 0, "r", TimeSpan.FromSeconds(20))!;
        Assert.That((reply.Code, reply.Reason), Is.EqualTo((6, "no coal")));
        reply = trial.Run(new("ocf", "appliance", "IPaddr2"), "validate-all", new Dictionary<string, string>(), 0, "r", TimeSpan.FromSeconds(20))!;
        Assert.That((reply.Code, reply.Reason), Is.EqualTo((6, "parameter ip (IPv4 or IPv6 address) is missing")));
        Assert.That(trial.Run(new("ocf", "acme", "Sledge"), "validate-all", new Dictionary<string, string>(), 0, "r", TimeSpan.FromSeconds(20)), Is.Null);
    }

    private AgentCatalog Catalog(params IAgentLister[] listers) =>
        new(new LrmPaths { InitDirectory = _scratch.Path + "/init.d", HaDirectory = _scratch.Path + "/ha.d", StateDirectory = _scratch.Path }, _scratch.Path + "/ocf", listers);

    private AgentTrial Trial(AgentCatalog catalog) => new(catalog, new LrmPaths { StateDirectory = _scratch.Path }, new InProcessBackground((_, _, _) => { }));

    private sealed class Units : IAgentLister
    {
        public string Standard => "systemd";

        public IReadOnlyList<string> Types() => ["nginx"];

        public string? MetaData(string type) => $"<{type}/>";

        public IReadOnlyList<string>? Problems(string type, IReadOnlyDictionary<string, string> parameters) => [.. parameters.Keys.Select(k => $"{k} is no parameter")];
    }
}
