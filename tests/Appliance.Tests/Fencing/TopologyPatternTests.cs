using Appliance.Linux;
using Appliance.Stonith.Fencer;

namespace Appliance.Tests.Fencing;

public class A_topology_by_pattern
{
    [Test]
    public void Is_for_the_nodes_that_match_unless_one_is_named()
    {
        static LevelTarget Pattern() => new LevelTarget.Pattern(PosixPattern.Of("^web[[:digit:]]$")!);
        var topology = new Topology([new(Pattern(), 2, ["b"]), new(Pattern(), 1, ["a"]), new(new LevelTarget.Node("web3"), 1, ["c"])]);
        Assert.That(Levels(topology, "web1"), Is.EqualTo("a b"));
        Assert.That(Levels(topology, "web3"), Is.EqualTo("c"));
        Assert.That(Levels(topology, "web12"), Is.EqualTo(""));
    }

    private static string Levels(Topology topology, string node) => string.Join(' ', topology.For(node, _ => null).Select(l => string.Join('+', l)));
}
