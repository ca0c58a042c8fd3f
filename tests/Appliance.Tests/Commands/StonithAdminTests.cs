using System.Collections.Immutable;
using System.Xml.Linq;
using Appliance.Commands.FencingTools;
using Appliance.Control;

namespace Appliance.Commands.Tests;

public class Stonith_admin
{
    private readonly List<ControlRequest> _asked = [];
    private FencingView _view = new();
    private ControlAnswer? _answer;

    private static readonly long At = new DateTimeOffset(2026, 11, 20, 21, 9, 4, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private static readonly ImmutableArray<FencingEventView> Events =
    [
        new("node2", "off", "node1", "stonith_admin.276", "node1", "done", At, ""),
        new("node2", "reboot", "node1", "stonith_admin.270", "node1", "done", At - 5000, ""),
        new("node4", "off", "node1", "stonith_admin.288", null, "failed", At, "nobody answers"),
        new("node5", "off", "node1", "stonith_admin.290", "a human", "done", At, ""),
        new("node6", "reboot", "node1", "haresources", null, "execute", null, ""),
    ];

    [SetUp]
    public void Forget()
    {
        _asked.Clear();
        (_view, _answer) = (new FencingView { History = Events }, null);
    }

    private (int Status, string Output, string Errors) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var errors = new StringWriter();
        var status = new StonithAdmin(output, errors, (request, _) =>
        {
            _asked.Add(request);
            return _answer ?? new(true, Fencing: _view);
        }, 4711).Run(StonithAdminOptions.Parse(args, name => name == "OCF_RESKEY_ip" ? "10.0.0.1" : null), args);
        return (status, output.ToString(), errors.ToString());
    }

    private static FencingDeviceView Device(string id, params string[] targets) => new(id, "ipmi", "static-list", [.. targets], true, "", 0, 10, 60000);

    [Test]
    public void Tells_the_latest_success_of_a_node() =>
        Assert.That(Run("-H", "node2").Output, Is.EqualTo("turning off of node2 successful: delegate=node1, client=stonith_admin.276, origin=node1, last-successful='2026-11-20 21:09:04Z'\n1 event found\n"));

    [Test]
    public void Tells_everything_when_asked_to_be_verbose() => Assert.That(Run("-H", "*", "-V").Output.Split('\n'), Is.EqualTo(new[]
    {
        "turning off of node2 successful: delegate=node1, client=stonith_admin.276, origin=node1, completed='2026-11-20 21:09:04Z'",
        "reboot of node2 successful: delegate=node1, client=stonith_admin.270, origin=node1, completed='2026-11-20 21:08:59Z'",
        "turning off of node4 failed (nobody answers): client=stonith_admin.288, origin=node1, completed='2026-11-20 21:09:04Z'",
        "turning off of node5 successful: delegate=a human, client=stonith_admin.290, origin=node1, completed='2026-11-20 21:09:04Z'",
        "reboot of node6 pending: client=haresources, origin=node1",
        "5 events found", "",
    }));

    [Test]
    public void Tells_only_the_time_when_quiet() => Assert.That(Run("--history=node2", "-q").Output, Is.EqualTo($"{At / 1000}\n0 events found\n"));

    [Test]
    public void Says_who_was_never_fenced() => Assert.That(Run("-h", "node9").Output, Is.EqualTo("Node node9 has never been fenced\n"));

    [Test]
    public void Lists_devices_with_their_count()
    {
        _view = new() { Devices = [Device("ipmi-a", "alpha"), Device("ipmi-b", "beta")] };
        Assert.That(Run("-L").Output, Is.EqualTo("ipmi-a\nipmi-b\n2 fence devices found\n"));
        Assert.That(Run("-l", "beta").Output, Is.EqualTo("ipmi-b\n1 fence device found\n"));
        Assert.That(Run("-s", "ipmi-a").Output, Is.EqualTo("alpha\n1 fence target found\n"));
        Assert.That(Run("-Q", "nosuch").Status, Is.EqualTo(105));
    }

    [TestCase("done", 0, "")]
    [TestCase("nodevice", 105, "stonith_admin: Couldn't fence node4: No such device")]
    [TestCase("failed", 1, "stonith_admin: Couldn't fence node4: No data available")]
    [TestCase("timedout", 124, "stonith_admin: Couldn't fence node4: Timer expired")]
    public void Ends_an_order_with_its_status(string outcome, int status, string error)
    {
        _answer = new(true, Fencing: new() { Outcome = outcome, Sentence = "why" });
        var (code, output, errors) = Run("-F", "node4", "-t", "40s", "--tolerance", "5m", "-y", "-1", "-T", "tag");
        Assert.That((code, output), Is.EqualTo((status, "")));
        Assert.That(errors, Does.StartWith(error));
        Assert.That(_asked.Single().Fencing, Is.EqualTo(new FencingRequest("node4", "off", 40_000, 300_000, -1000, "stonith_admin.tag.4711")));
    }

    [TestCase("-B", "fence")]
    [TestCase("-F", "fence")]
    [TestCase("-U", "unfence")]
    public void Calls_a_reboot_a_fencing(string order, string verb)
    {
        _answer = new(true, Fencing: new() { Outcome = "nodevice", Sentence = "why" });
        Assert.That(Run(order, "nobody").Errors, Is.EqualTo($"stonith_admin: Couldn't {verb} nobody: No such device (why)\n"));
    }

    [TestCase("-F")]
    [TestCase("--bogus")]
    [TestCase("-F", "a", "-t", "soon")]
    [TestCase("stray")]
    [TestCase("-K", "-a", "x", "-o", "novalue")]
    public void Refuses_a_line_that_makes_no_sense(params string[] args)
    {
        var (status, _, errors) = Run(args);
        Assert.That(status, Is.EqualTo(64));
        Assert.That(errors, Does.StartWith("stonith_admin: "));
        Assert.That(_asked, Is.Empty);
    }

    [Test]
    public void Speaks_XML_with_the_status_last()
    {
        var xml = XElement.Parse(Run("-H", "node4", "-V", "--output-as=xml").Output);
        Assert.That(xml.Name.LocalName, Is.EqualTo("pacemaker-result"));
        Assert.That(xml.Attribute("api-version")!.Value, Is.EqualTo("2.25"));
        var only = xml.Element("list")!.Elements().Single();
        Assert.That((only.Attribute("action")!.Value, only.Attribute("status")!.Value, only.Attribute("exit-reason")!.Value), Is.EqualTo(("off", "failed", "nobody answers")));
        Assert.That(xml.Elements().Last().Attribute("code")!.Value, Is.EqualTo("0"));
    }

    [Test]
    public void Cleans_and_confirms()
    {
        Assert.That(Run("-H", "*", "-c").Output, Is.EqualTo("cleaning up fencing-history for node *\n"));
        Assert.That(_asked.Single().Fencing!.Target, Is.Null);
        _asked.Clear();
        Assert.That(Run("-C", "beta").Status, Is.Zero);
        Assert.That((_asked.Single().Do, _asked.Single().Fencing!.Target), Is.EqualTo(("fence-confirm", "beta")));
    }
}
