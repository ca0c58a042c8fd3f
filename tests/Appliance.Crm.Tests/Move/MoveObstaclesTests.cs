using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Crm.Move;

namespace Appliance.Crm.Tests.Move;

[TestFixture]
public sealed class MoveObstaclesTests
{
    private static readonly HaCf Pair = new() { LocalNode = "alpha", Nodes = ["alpha", "beta"], AutoFailback = AutoFailback.On };

    private static string Of(HaCf haCf) => string.Join('\n', MoveObstacles.Of(haCf, directive => directive.Length));

    [Test]
    public void A_pair_without_peculiarities_has_none() => Assert.That(Of(Pair), Is.Empty);

    [Test]
    public void Each_is_said_with_its_line()
    {
        var obstacles = Of(Pair with
        {
            Nodes = ["alpha", "beta", "gamma"], AutoFailback = AutoFailback.Legacy,
            Clients = [new("hacluster", "/usr/lib/heartbeat/ipfail", [], false, 17), new("root", "/usr/local/bin/ipfailure", [], false, 18)],
        });
        Assert.That(obstacles.Split('\n').Select(o => o[..o.IndexOf(' ', StringComparison.Ordinal)]), Is.EqualTo(new[] { "ha.cf:4:", "ha.cf:13:", "ha.cf:17:" }), obstacles);
    }

    [TestCase("1a crm alpha", "1a", Engine.Crm, "alpha", false)]
    [TestCase("1a haresources beta fresh\n", "1a", Engine.Haresources, "beta", true)]
    public void A_mark_is_read_as_it_was_written(string text, string id, Engine target, string leader, bool fresh)
    {
        var mark = MoveMark.Read(text);
        Assert.That(mark, Is.EqualTo(new MoveMark(id, target, leader, fresh)));
        Assert.That(mark!.ToString(), Is.EqualTo(text.Trim()));
    }

    [TestCase("")]
    [TestCase(null)]
    [TestCase("1a pacemaker alpha")]
    [TestCase("1a crm")]
    public void What_is_no_mark_is_none(string? text) => Assert.That(MoveMark.Read(text), Is.Null);
}
