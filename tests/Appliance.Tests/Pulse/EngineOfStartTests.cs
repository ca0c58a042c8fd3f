using Appliance.Crm.Move;
using Appliance.Pulse;

namespace Appliance.Tests.Pulse;

/// <summary>Which engine a daemon starts with.</summary>
[TestFixture]
internal sealed class EngineOfStartTests
{
    private string _root = "";

    private HeartbeatFiles Files => new(_root);

    [SetUp]
    public void Machine()
    {
        _root = Directory.CreateTempSubdirectory("engine-").FullName;
        Directory.CreateDirectory(_root + "/run/heartbeat");
    }

    [TearDown]
    public void Gone() => Directory.Delete(_root, recursive: true);

    [Test]
    public void After_a_boot_or_a_stop_it_is_the_one_of_ha_cf()
    {
        Assert.That((Files.BeginEngine(Engine.Haresources, out var warning), warning), Is.EqualTo((Engine.Haresources, (string?)null)));
        Files.EndEngine();
        Assert.That((Files.BeginEngine(Engine.Crm, out warning), warning), Is.EqualTo((Engine.Crm, (string?)null)));
    }

    [Test]
    public void A_daemon_that_died_goes_on_with_its_own([Values] Engine ran)
    {
        var other = ran == Engine.Crm ? Engine.Haresources : Engine.Crm;
        Files.BeginEngine(ran, out _);
        for (var i = 0; i < 2; i++)
        {
            Assert.That(Files.BeginEngine(other, out var warning), Is.EqualTo(ran));
            Assert.That(warning, Does.Contain($"appliance engine {other.Word()}"));
        }
    }

    [Test]
    public void A_move_to_the_other_changes_it_and_a_move_elsewhere_does_not()
    {
        Files.BeginEngine(Engine.Haresources, out _);
        File.WriteAllText(_root + "/run/heartbeat/appliance-move", "1a haresources alpha\n");
        Assert.That(Files.BeginEngine(Engine.Crm, out _), Is.EqualTo(Engine.Haresources));
        File.WriteAllText(_root + "/run/heartbeat/appliance-move", "1a crm alpha\n");
        Assert.That((Files.BeginEngine(Engine.Crm, out var warning), warning), Is.EqualTo((Engine.Crm, (string?)null)));
        File.Delete(_root + "/run/heartbeat/appliance-move");
        Assert.That(Files.BeginEngine(Engine.Crm, out _), Is.EqualTo(Engine.Crm), "it stays so");
    }
}
