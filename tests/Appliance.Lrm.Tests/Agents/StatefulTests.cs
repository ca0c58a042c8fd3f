using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Agents;

/// <summary>Codes and scores: what ocf:pacemaker:Stateful of Pacemaker 2.1.5 does in the same place.</summary>
public class A_stateful_resource
{
    private readonly NotedAttributes _attributes = new();
    private readonly Log _log = new();
    private Scratch _scratch = null!;

    [SetUp]
    public void Prepare()
    {
        _attributes.Told.Clear();
        _scratch = new Scratch();
    }

    [TearDown]
    public void CleanUp() => _scratch.Dispose();

    [TestCase("monitor", "7", "")]
    [TestCase("start monitor", "0 0", "master-db=5")]
    [TestCase("start start monitor", "0 0 0", "master-db=5 master-db=5")]
    [TestCase("start promote monitor", "0 0 8", "master-db=5 master-db=10")]
    [TestCase("start promote promote", "0 0 0", "master-db=5 master-db=10 master-db=10")]
    [TestCase("start promote demote monitor", "0 0 0 0", "master-db=5 master-db=10 master-db=5")]
    [TestCase("start demote monitor", "0 0 0", "master-db=5 master-db=5")]
    [TestCase("promote", "7", "")]
    [TestCase("demote", "7", "")]
    [TestCase("start promote start", "0 0 8", "master-db=5 master-db=10")]
    [TestCase("start promote stop", "0 0 8", "master-db=5 master-db=10 master-db=-")]
    [TestCase("start stop monitor", "0 0 7", "master-db=5 master-db=-")]
    [TestCase("stop", "0", "master-db=-")]
    [TestCase("start notify reload-agent", "0 0 0", "master-db=5")]
    [TestCase("migrate_to", "3", "")]
    [TestCase("reload", "3", "")]
    public void Answers_with_its_role_and_tells_how_good_it_would_be(string actions, string codes, string told)
    {
        Assert.That(string.Join(' ', actions.Split(' ').Select(a => Run(a, ("OCF_RESKEY_CRM_meta_interval", "10000")).Code)), Is.EqualTo(codes));
        Assert.That(string.Join(' ', _attributes.Told), Is.EqualTo(told));
    }

    [TestCase("start", 0, "master-db=5")]
    [TestCase("start promote", 8, "master-db=10")]
    [TestCase("stop", 7, null)]
    public void Restores_its_score_at_a_probe(string before, int code, string? told)
    {
        foreach (var action in before.Split(' ')) Run(action);
        _attributes.Told.Clear();
        Assert.That(Run("monitor", ("OCF_RESKEY_CRM_meta_interval", "0")).Code, Is.EqualTo(code));
        Assert.That(_attributes.Told, told is null ? Is.Empty : Is.EqualTo(new[] { told }));
    }

    [Test]
    public void Keeps_its_role_in_the_file_that_the_original_keeps_it_in()
    {
        Run("start");
        Assert.That(File.ReadAllText(_scratch.Path + "/Stateful-db.state"), Is.EqualTo("Unpromoted\n"));
        Run("promote");
        Assert.That(File.ReadAllText(_scratch.Path + "/Stateful-db.state"), Is.EqualTo("Promoted\n"));
    }

    [TestCase("db:2", "false", "Stateful-db.state")]
    [TestCase("db:2", "true", "Stateful-db:2.state")]
    [TestCase("db:x", "false", "Stateful-db:x.state")]
    public void Is_the_same_for_all_instances_of_an_anonymous_clone(string instance, string unique, string file)
    {
        Run("start", instance, ("OCF_RESKEY_CRM_meta_globally_unique", unique));
        Assert.That(Directory.GetFiles(_scratch.Path).Select(Path.GetFileName), Is.EqualTo(new[] { file }));
    }

    [Test]
    public void Says_what_is_wrong_with_a_state_it_cannot_read()
    {
        File.WriteAllText(_scratch.Path + "/Stateful-db.state", "Slave\n");
        Assert.That(Run("monitor"), Is.EqualTo(new AgentResult(OcfCode.Generic, $"{_scratch.Path}/Stateful-db.state holds neither Promoted nor Unpromoted")));
    }

    [Test]
    public void Succeeds_where_nobody_takes_its_score()
    {
        Assert.That(Run("start", "db", new NotedAttributes("nobody is there")).Code, Is.Zero);
        Assert.That(_log.Lines, Has.Some.Contains("promotion score not told: nobody is there"));
    }

    [Test]
    public void Shows_the_environment_of_each_call_when_asked()
    {
        var file = _scratch.Path + "/env";
        Run("start", ("OCF_RESKEY_envfile", file));
        Assert.That(File.ReadAllText(file), Does.Match("^### start @ .* ###\n(.*\n)*OCF_RESKEY_envfile=.*/env\n###\n$"));
    }

    private AgentResult Run(string action, params (string Name, string Value)[] environment) => Run(action, "db", environment);

    private AgentResult Run(string action, string instance, params (string Name, string Value)[] environment) => Run(action, instance, _attributes, environment);

    private AgentResult Run(string action, string instance, INodeAttributes attributes, params (string Name, string Value)[] environment)
    {
        var all = environment.ToDictionary(e => e.Name, e => e.Value);
        all["HA_VARRUN"] = _scratch.Path + "/";
        using var background = new InProcessBackground(_log.Write);
        return AgentRunner.Run(AgentRegistry.Find("Stateful")!, new(action, null, all, instance, _scratch.Path, _log.Write, background, TimeSpan.FromSeconds(20)) { Attributes = attributes }, CancellationToken.None);
    }
}
