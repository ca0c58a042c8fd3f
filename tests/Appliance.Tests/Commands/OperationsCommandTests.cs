using Appliance.Commands;
using Appliance.Control;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Operations;
using NUnit.Framework;

namespace Appliance.Tests.Commands;

[TestFixture]
public sealed class OperationsCommandTests
{
    private static readonly AgentSpec Dummy = new("ocf", "pacemaker", "Dummy");

    private static OperationRecord Record(int call, string action, int seconds, int code, OperationStatus status, int ageSeconds, string reason = "") =>
        new(call, new OperationOrder("web", Dummy, action, TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(20)), new(code, status, reason), TimeSpan.Zero, TimeSpan.FromMilliseconds(40), At(ageSeconds), At(ageSeconds));

    private static Instant At(int ageSeconds) => new(TimeSpan.FromSeconds(1000 - ageSeconds).Ticks);

    private static string Shown(params OperationRecord[] records)
    {
        var history = new ResourceHistory("web");
        foreach (var record in records) history.Add(record);
        var output = new StringWriter();
        OperationsCommand.Print(OperationsView.Of(1, 0, [history], At(0)), output);
        return output.ToString();
    }

    [Test]
    public void Tell_what_is_done_again_and_again_and_since_when_it_is_so() =>
        Assert.That(Shown(Record(1, "start", 0, 0, OperationStatus.Done, 200), Record(2, "monitor", 10, 0, OperationStatus.Done, 190)), Is.EqualTo("""
            1 running, 0 waiting
            web (ocf:pacemaker:Dummy): start ok, 3 min 20 s ago, took 40 ms
              every 10.0 s: monitor running, for 3 min 10 s

            """));

    [Test]
    public void Tell_what_is_under_way_and_the_failure_before_it() =>
        Assert.That(Shown(Record(1, "start", 0, 0, OperationStatus.Done, 200), Record(2, "monitor", 10, 7, OperationStatus.Done, 30, "gone"), Record(3, "stop", 0, 193, OperationStatus.Pending, 0)), Is.EqualTo("""
            1 running, 0 waiting
            web (ocf:pacemaker:Dummy): stop is under way
              last failure: monitor not running, 30.0 s ago, took 40 ms: gone

            """));

    [Test]
    public void Corosync_conf_names_the_nodes_and_no_addresses() =>
        Assert.That(CorosyncConfCommand.Text("lab", [new("alpha", "1", "member"), new("beta", "beta", "lost")]), Does.Contain("    cluster_name: lab\n").And.EndWith("""
            nodelist {
                node {
                    name: alpha
                    nodeid: 1
                }
                node {
                    name: beta
                }
            }

            """));
}
