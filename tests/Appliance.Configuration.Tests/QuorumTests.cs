using Appliance.Core.Diagnostics;

namespace Appliance.Configuration.Tests;

/// <summary><c>quorum</c>, the directive of ours.</summary>
public class The_quorum_line
{
    [Test]
    public void Says_nothing_when_it_is_not_there() => Assert.That(Given.With("").Value!.Quorum, Is.Null);

    [Test]
    public void Says_what_it_says()
    {
        var read = Given.With("ping 10.0.0.9\nquorum two_node=no wait_for_all=yes tiebreaker=ALPHA needs=ping");
        Assert.That(read.Value!.Quorum, Is.EqualTo(new QuorumSpec(false, true, "alpha", QuorumNeeds.Ping)));
        Assert.That(read.Warnings(), Is.EqualTo(new[] { "quorum has no effect without crm" }));
    }

    [TestCase("quorum two_nodes=yes", 6, 8, "quorum: [two_nodes=yes] is not known")]
    [TestCase("quorum two_node", 6, 8, "quorum: [two_node] is not known")]
    [TestCase("quorum two_node=2", 6, 17, "quorum: two_node [2] is neither yes nor no")]
    [TestCase("quorum wait_for_all=yes wait_for_all=no", 6, 25, "quorum: wait_for_all is there twice")]
    [TestCase("quorum needs=luck", 6, 14, "quorum: needs [luck] is not known")]
    [TestCase("quorum needs=ping", 6, 1, "quorum: needs=ping, and there is no ping node")]
    [TestCase("quorum needs=carrier", 6, 1, "quorum: needs=carrier, and there is no serial line")]
    [TestCase("quorum two_node=no tiebreaker=omega", 6, 31, "quorum: tiebreaker [omega] is no node")]
    [TestCase("quorum two_node=yes\nnode gamma", 6, 1, "quorum: two_node is for two nodes, and there are 3")]
    [TestCase("quorum wait_for_all=no\nquorum wait_for_all=no", 7, 1, "quorum is there twice")]
    public void Is_refused_where_it_is_wrong(string lines, int line, int column, string message)
    {
        var error = Given.With(lines).Diagnostics.Single(d => d.Severity == Severity.Error);
        Assert.That((error.Line, error.Column, error.Message), Is.EqualTo((line, column, message)));
    }

    [TestCase("quorum", "quorum has no value: the line means nothing")]
    [TestCase("quorum tiebreaker=lowest", "quorum: with two_node each node may go on alone, whatever the tiebreaker")]
    [TestCase("quorum tiebreaker=lowest\nnode gamma", "quorum: 3 nodes never part into halves")]
    [TestCase("serial /dev/ttyS0\ncrm yes\nquorum needs=carrier", "quorum: needs=carrier alone, in a pair: a machine that loses its power takes its carrier along, and the other one does not go on")]
    [TestCase("ping 10.0.0.9\nquorum two_node=no needs=ping", "quorum: needs is asked for only where there is no majority, and then nothing is done here")]
    public void Is_warned_of_where_it_means_nothing(string lines, string message) => Assert.That(Given.With(lines).Warnings(), Does.Contain(message));

    [Test]
    public void Is_not_warned_of_where_a_ping_node_is_asked_besides_the_carrier() =>
        Assert.That(Given.With("serial /dev/ttyS0\nping 10.0.0.9\ncrm yes\nquorum needs=ping,carrier").Warnings(), Has.None.Contains("carrier"));

    [Test]
    public void Is_guessed() => Assert.That(Given.With("quorum wait_for_al=yes").Diagnostics.Single(d => d.Severity == Severity.Error).Remedy, Does.StartWith("did you mean wait_for_all=?"));
}
