using System.Collections.Immutable;
using Appliance.Control;

namespace Appliance.Commands.Tests;

public class The_command_cl_status
{
    private const string RealVersion = "3.0.6 (node: 958e11be8686759f1b99204c17812f2c2633b169)", OurVersion = "3.0.6 (node: appliance 4.0.0)";

    /// <summary>The daemon of one state of the recorded pairs.</summary>
    private sealed class Daemon(string state) : IStatusSource
    {
        private static readonly Dictionary<string, string> Parameters = new()
        {
            ["deadtime"] = "2", ["keepalive"] = "200ms", ["logfile"] = "/var/log/ha-log", ["auto_failback"] = "on", ["udpport"] = "694", ["hbversion"] = OurVersion,
            ["warntime"] = "1", ["logfacility"] = "none", ["debug"] = "0",
        };

        public ControlAnswer Ask(ControlRequest request, TimeSpan within) => request switch
        {
            _ when state == "all down" => throw new NotRunningException("heartbeat is not running on this machine"),
            { Do: "status" } => new(true, Status: Status()),
            { Do: "parameter" } => Parameters.TryGetValue(request.Name!, out var value) ? new(true, Text: value) : ControlAnswer.Failed("no such parameter"),
            { Do: "clientstatus", Node: "nosuch" } or { TimeoutMs: <= 1 } => ControlAnswer.Failed("No timely response."),
            _ => new(true, Text: "offline"),
        };

        private StatusView Status()
        {
            var beta = state != "peer dead";
            ImmutableArray<NodeView> nodes =
            [
                Node("alpha", "active", ("/dev/ttyS0", false), ("eth0", true), ("eth1", true)),
                Node("beta", beta ? "active" : "dead", ("/dev/ttyS0", beta), ("eth0", beta), ("eth1", beta)),
            ];
            if (state == "with ping") nodes = nodes.Add(Node("10.91.0.2", "ping", ("10.91.0.2", true)));
            return Views.Status with { Nodes = nodes, RscStatus = state switch { "peer dead" => "all", "with ping" => "transition", _ => "local" } };
        }

        private static NodeView Node(string name, string status, params (string Link, bool Up)[] links) =>
            Views.Peer with { Name = name, Status = status, IsPing = status == "ping", Site = "", Links = [.. links.Select(l => Views.Link with { Link = l.Link, Up = l.Up })] };
    }

    private static IEnumerable<TestCaseData> Recorded() =>
        from record in File.ReadAllText(Path.Combine(TestContext.CurrentContext.TestDirectory, "Captures/cl_status.txt")).Split("\n\n").Skip(1)
        let lines = record.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        where lines.Length > 2
        select new TestCaseData(
            lines[0][2..], lines[1]["$ cl_status".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries),
            string.Concat(lines.Where(l => l.StartsWith("O ", StringComparison.Ordinal)).Select(l => l[2..] + "\n")),
            string.Concat(lines.Where(l => l.StartsWith("E ", StringComparison.Ordinal)).Select(l => l[2..] + "\n")),
            int.Parse(lines[^1][2..], null)).SetName($"{lines[0][2..]}: {lines[1][2..]}");

    [TestCaseSource(nameof(Recorded))]
    public void Says_what_3_0_6_says(string state, string[] args, string output, string errors, int exit)
    {
        var (o, e) = (new StringWriter { NewLine = "\n" }, new StringWriter { NewLine = "\n" });
        var status = new ClStatus(new Daemon(state), o, e, "LOG ERROR: ").Run(args);
        Assert.Multiple(() =>
        {
            Assert.That(o.ToString(), Is.EqualTo(output.Replace(RealVersion, OurVersion, StringComparison.Ordinal)));
            Assert.That(e.ToString(), Is.EqualTo(errors));
            Assert.That(status, Is.EqualTo(exit));
        });
    }

    [Test]
    public void Was_recorded_in_all_states() => Assert.That(Recorded().Count(), Is.GreaterThan(200));

    [Test]
    public void Prints_its_usage_when_asked_for_help() => Assert.That(new ClStatus(new Daemon("running"), new StringWriter(), new StringWriter(), "").Run(["--help"]), Is.Zero);
}
