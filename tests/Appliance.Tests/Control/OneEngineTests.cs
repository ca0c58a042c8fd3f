using Appliance.Control;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Tests.Control;

/// <summary><c>crm yes</c> beside <c>crm no</c>.</summary>
[TestFixture]
internal sealed class OneEngineTests
{
    private readonly List<string> _log = [];

    private OneEngine Of(bool crm)
    {
        _log.Clear();
        return new("alpha", crm, (priority, text) => _log.Add($"{priority}: {text}"));
    }

    private static ClusterEvent.NodeStatusChanged Status(NodeStatus before, NodeStatus now) => new ClusterEvent.NodeStatusChanged("beta", before, now, null);

    private static ClusterEvent.NodeExtensions Extensions(bool crm, int version = 1) => new ClusterEvent.NodeExtensions("beta", version, crm);

    private static ClusterEvent Said => new ClusterEvent.Received("beta", Message.Of("resource"), FromSelf: false);

    private static readonly ClusterEvent Up = new ClusterEvent.CommunicationUp();

    [Test]
    public void Nodes_with_the_same_engine_hear_everything([Values] bool crm)
    {
        var engine = Of(crm);
        foreach (var happened in new[] { Extensions(crm), Status(NodeStatus.Init, NodeStatus.Active), Up, Said, Status(NodeStatus.Active, NodeStatus.Dead) })
            Assert.That(engine.Pass(happened), Is.EqualTo(new[] { happened }));
        Assert.That((engine.Problem, _log), Is.EqualTo(((string?)null, new List<string>())));
    }

    [Test]
    public void Who_finds_the_other_engine_alive_does_not_begin([Values] bool crm)
    {
        var engine = Of(crm);
        engine.Pass(Extensions(!crm));
        engine.Pass(Status(NodeStatus.Init, NodeStatus.Active));
        Assert.That(engine.Pass(Up), Is.Empty);
        Assert.That(engine.Problem, Does.Contain("nothing is managed here"));
        Assert.That(_log, Is.EqualTo(new[] { $"{LogPriority.Crit}: {engine.Problem}" }), "once, and for the operator");
    }

    [Test]
    public void It_begins_when_the_other_engine_is_gone([Values] bool crm)
    {
        var engine = Of(crm);
        engine.Pass(Extensions(!crm));
        engine.Pass(Status(NodeStatus.Init, NodeStatus.Active));
        engine.Pass(Up);
        Assert.That(engine.Pass(Status(NodeStatus.Active, NodeStatus.Dead)), Is.EqualTo(new[] { Status(NodeStatus.Active, NodeStatus.Dead), Up }));
        Assert.That(engine.Problem, Is.Null);
    }

    [Test]
    public void A_3_0_6_has_the_resources_of_haresources()
    {
        var engine = Of(crm: true);
        engine.Pass(Status(NodeStatus.Init, NodeStatus.Active));
        Assert.That(engine.Pass(Up), Is.Empty);
        engine = Of(crm: false);
        engine.Pass(Status(NodeStatus.Init, NodeStatus.Active));
        Assert.That(engine.Pass(Up), Is.EqualTo(new[] { Up }));
    }

    [Test]
    public void One_that_has_begun_hears_nothing_of_a_node_with_the_other()
    {
        var engine = Of(crm: true);
        engine.Pass(Status(NodeStatus.Init, NodeStatus.Dead));
        Assert.That(engine.Pass(Up), Is.EqualTo(new[] { Up }));
        foreach (var happened in new[] { Extensions(false), Status(NodeStatus.Dead, NodeStatus.Up), Status(NodeStatus.Up, NodeStatus.Active), Said, Status(NodeStatus.Active, NodeStatus.Dead) })
            if (happened is not ClusterEvent.NodeExtensions) Assert.That(engine.Pass(happened), Is.Empty, happened.ToString());
            else engine.Pass(happened);
        Assert.That(_log, Has.Count.EqualTo(1));
    }

    [Test]
    public void A_node_that_comes_back_with_this_engine_is_heard_again()
    {
        var engine = Of(crm: true);
        engine.Pass(Status(NodeStatus.Init, NodeStatus.Dead));
        engine.Pass(Up);
        engine.Pass(Extensions(false));
        engine.Pass(Status(NodeStatus.Dead, NodeStatus.Active));
        Assert.That(engine.Pass(new ClusterEvent.NodeRestarted("beta", 2)), Is.Empty);
        Assert.That(engine.Pass(Extensions(true)), Is.EqualTo(new ClusterEvent[] { Extensions(true), Status(NodeStatus.Dead, NodeStatus.Active) }));
        Assert.That(engine.Pass(Said), Is.EqualTo(new[] { Said }));
    }

    [Test]
    public void A_member_that_comes_back_with_the_other_engine_is_lost()
    {
        var engine = Of(crm: true);
        engine.Pass(Extensions(true));
        engine.Pass(Status(NodeStatus.Init, NodeStatus.Active));
        engine.Pass(Up);
        Assert.That(engine.Pass(new ClusterEvent.NodeRestarted("beta", 2)), Has.Count.EqualTo(1));
        Assert.That(engine.Pass(Extensions(false)), Is.EqualTo(new[] { Status(NodeStatus.Active, NodeStatus.Dead) }));
    }
}
