using System.Text.Json;
using Appliance.Commands.Pages;
using Appliance.Control;

namespace Appliance.Commands.Tests;

public class What_appliance_prints
{
    private static readonly DateTimeOffset Now = new(2026, 11, 20, 23, 29, 35, TimeSpan.Zero);

    private static string Rendered(Action<Page> render, int width = 80, Inks inks = Inks.None)
    {
        var output = new StringWriter { NewLine = "\n" };
        render(new Page(output, width, inks));
        return output.ToString();
    }

    [Test]
    public void For_status_is_this() => Assert.That(Rendered(c => StatusRendering.Render(c, Views.Status, Now)), Is.EqualTo("""
        alpha: ok, holds local resources; auto_failback on

        NODE          STATUS  DAEMON           LAST BEAT  LATE  LOST  DEADTIME
        alpha         active  appliance        this node  0     0     2.0 s
        beta          active  heartbeat 3.0.6  120 ms     2     1     2.0 s
          eth0        up      link             120 ms
          /dev/ttyS0  up      link             130 ms

        IPaddr2::10.9.0.100/24/eth0: running on alpha
          since 2026-11-20 20:17:35, for 3 h 12 min
          resources: IPaddr2::10.9.0.100/24/eth0 Filesystem::/dev/sdb1::/srv/data::ext4
          postgresql
          preferred node alpha; it runs on its preferred node
        IPaddr2::10.9.0.101/24/eth0: running on beta
          since 2026-11-20 23:28:35, for 59.9 s
          preferred node beta; it runs on its preferred node

        """));

    [Test]
    public void For_serial_lines_says_whether_they_have_a_carrier()
    {
        var line = Views.Medium with { Type = "serial", Link = "/dev/ttyS0" };
        var status = Views.Status with { Groups = [], Media = [Views.Medium, line with { Carrier = "yes" }, line with { Link = "/dev/ttyS1", Carrier = "no" }, line with { Link = "/dev/ttyUSB0", Carrier = "unknown" }] };
        var rendered = Rendered(c => StatusRendering.Render(c, status, Now));
        Assert.That(rendered[rendered.IndexOf("  /dev/ttyS0", StringComparison.Ordinal)..], Is.EqualTo("""
              /dev/ttyS0  up      link             130 ms
            serial /dev/ttyS0: carrier yes
            serial /dev/ttyS1: carrier no
            serial /dev/ttyUSB0: carrier unknown

            No resource groups.

            """));
        var links = Rendered(c => LinksRendering.Render(c, new("alpha", 200, 2000, [], status.Media)));
        Assert.That(links.Split('\n').Where(l => l.Contains("carrier", StringComparison.Ordinal)), Is.EqualTo(new[] { "serial /dev/ttyS0: carrier yes", "serial /dev/ttyS1: carrier no", "serial /dev/ttyUSB0: carrier unknown" }));
        Assert.That(JsonSerializer.Serialize(status, ApplianceJson.Default.StatusView), Does.Contain("\"carrier\":\"yes\"").And.Contain("\"carrier\":\"unknown\""));
        Assert.That(JsonSerializer.Serialize(Views.Status, ApplianceJson.Default.StatusView), Does.Not.Contain("carrier"), "other media have none");
    }

    [Test]
    public void For_monitored_groups_says_what_was_heard_and_what_is_left()
    {
        var first = Views.Status.Groups[0] with { Resources = ["ip1"], Key = "ip1", HeldForSeconds = null };
        var status = Views.Status with
        {
            Nodes = [Views.Self],
            Groups =
            [
                first with { Monitor = new("on", "web: it runs", 3000, 1, 0, false, null) },
                first with { Key = "ip2", State = "failed", Monitor = new("on", "web: it does not run", 40, 3, 0, true, 59_900) },
                first with { Key = "ip3", Monitor = new("off", null, null, 0, 1, false, null) },
                first with { Key = "ip4", Owner = "beta", Monitor = new("on", null, null, 0, 1, false, null) },
            ],
        };
        var rendered = Rendered(c => StatusRendering.Render(c, status, Now));
        Assert.That(rendered[rendered.IndexOf("ip1: ", StringComparison.Ordinal)..], Is.EqualTo("""
            ip1: running on alpha
              preferred node alpha; it runs on its preferred node
              monitored; 3.0 s ago web: it runs; 1 failure, 0 restarts left
            ip2: failed on alpha
              preferred node alpha; it runs on its preferred node
              monitored; 40 ms ago web: it does not run; 3 failures, 0 restarts left, failed
              here too often; tried again in 59.9 s
            ip3: running on alpha
              preferred node alpha; it runs on its preferred node
              not monitored (appliance monitor off); 0 failures, 1 restart left
            ip4: running on beta
              preferred node alpha; it runs on its preferred node

            """));
    }

    [Test]
    public void For_a_degraded_status_begins_with_what_is_wrong()
    {
        var degraded = Views.Status with
        {
            Health = "degraded", Problems = ["node beta is dead", "bcast eth0 does not work: Network is down"], Stable = false, RscStatus = "transition",
            Nodes = [Views.Self, Views.Peer with { Status = "dead", Links = [], SinceLastBeatMs = null }],
            Media = [Views.Medium with { Fault = "Network is down" }],
            Groups = [new("one[x]", "alpha", ["one[x]"], null, "blocked", null, "its stop failed on alpha and nobody can fence alpha")],
        };
        Assert.That(Rendered(c => StatusRendering.Render(c, degraded, Now)), Is.EqualTo("""
            alpha: degraded, holds transition resources, in transition; auto_failback on
              ! node beta is dead
              ! bcast eth0 does not work: Network is down

            NODE   STATUS  DAEMON           LAST BEAT  LATE  LOST  DEADTIME
            alpha  active  appliance        this node  0     0     2.0 s
            beta   dead    heartbeat 3.0.6  never      2     1     2.0 s
            bcast eth0: Network is down

            one[x]: blocked, on no node
              preferred node alpha; its stop failed on alpha and nobody can fence alpha

            """));
    }

    [Test]
    public void For_links_is_this()
    {
        var view = new LinksView("alpha", 200, 2000, Views.Status.Nodes, [Views.Medium with { Malformed = 3, BadSignature = 2 }]);
        Assert.That(Rendered(c => LinksRendering.Render(c, view)), Is.EqualTo("""
            beta (active): intervals between packets
            LINK          STATE  PACKETS  DUPL    MIN     P50     P99     MAX
              eth0        up     123456   123450  180 ms  205 ms  410 ms  312 ms
              /dev/ttyS0  up     61000    0       180 ms  205 ms  410 ms  312 ms
              eth0 histogram 102 ms |@*| 410 ms
              /dev/ttyS0 histogram 102 ms |@*| 410 ms
              deadtime 2.0 s could be shorter: what these links have shown makes 940 ms safe

            MEDIUM      SENT   FAILED  RECEIVED  DROPPED  OVERRUN
            bcast eth0  61728  0       123456    5        0
            bcast eth0 dropped 3 malformed, 2 badly signed

            """));
    }

    [Test]
    public void Wraps_between_words_where_the_terminal_ends_and_nowhere_else() => Assert.That(Rendered(Lines, width: 20), Is.EqualTo("""
        node alpha: the disk
        is full
        a/path/that/is/wider/than/twenty
        and more
          one two three four
          five
        key: one
        LONG HEAD OF A COLUMN  B
        x                      a cell with blanks

        """));

    [TestCase(nameof(Inks.None), "good bad head\nH\n-\n")]
    [TestCase(nameof(Inks.Bold), "good \u001b[1mbad\u001b[0m \u001b[1mhead\u001b[0m\nH\n-\n")]
    [TestCase(nameof(Inks.Colours), "\u001b[32mgood\u001b[0m \u001b[1;91mbad\u001b[0m \u001b[1mhead\u001b[0m\n\u001b[90mH\u001b[0m\n-\n")]
    public void Stands_out_where_the_terminal_can(string inks, string expected) => Assert.That(Rendered(page =>
    {
        page.Write("good", Ink.Good);
        page.Write(" ");
        page.Write("bad", Ink.Bad);
        page.Write(" ");
        page.Write("head", Ink.Head);
        page.WriteLine();
        var table = new Table("H");
        table.AddRow(new Cell("-"));
        table.WriteTo(page);
    }, inks: Enum.Parse<Inks>(inks)), Is.EqualTo(expected));

    [TestCase("xterm-256color", null, nameof(Inks.Colours))]
    [TestCase("linux", null, nameof(Inks.Colours))]
    [TestCase("xterm", "1", nameof(Inks.Bold))]
    [TestCase("dumb", null, nameof(Inks.None))]
    [TestCase("", null, nameof(Inks.None))]
    [TestCase(null, null, nameof(Inks.None))]
    public void Stands_out_only_on_a_terminal_and_without_colour_for_those_who_want_none(string? terminal, string? noColour, string expected) =>
        Assert.That(Page.InksOf(terminal, noColour).ToString(), Is.EqualTo(expected));

    private static void Lines(Page page)
    {
        page.Write("node alpha: ", Ink.Bad);
        page.WriteLine("the disk is full");
        page.WriteLine("a/path/that/is/wider/than/twenty and more");
        page.Indented("one two three four five");
        page.Write("key", Ink.Head);
        page.Write(": ");
        page.WriteLine("one");
        var table = new Table("LONG HEAD OF A COLUMN", "B");
        table.AddRow(new Cell("x"), new Cell("a cell with blanks"));
        table.WriteTo(page);
    }

    [TestCase(0.1, "0.1 ms")]
    [TestCase(12.34, "12.3 ms")]
    [TestCase(999, "999 ms")]
    [TestCase(5_200, "5.2 s")]
    [TestCase(90_000, "1 min 30 s")]
    [TestCase(3_600_000 * 25.5, "1 d 1 h")]
    public void As_a_span_of_time_is_short(double milliseconds, string expected) => Assert.That(Durations.Text(milliseconds), Is.EqualTo(expected));

    [Test]
    public void As_json_is_one_line_that_reads_back()
    {
        var json = JsonSerializer.Serialize(Views.Status, ApplianceJson.Default.StatusView);
        Assert.That(json, Does.Not.Contain('\n'));
        Assert.That(json, Does.StartWith("""{"version":"4.0.0","node":"alpha","health":"ok","problems":[],"rscStatus":"local","stable":true,"phase":"stable","shuttingDown":false,"communicationUp":true,"generation":7,"autoFailback":"on","keepaliveMs":200,"deadtimeMs":2000,"warntimeMs":1000,"nodes":[{"name":"alpha","isPing":false,"isLocal":true,"status":"active","daemon":"appliance","sinceLastBeatMs":12,"""));
        Assert.That(json, Does.Contain("""{"key":"IPaddr2::10.9.0.101/24/eth0","preferredNode":"beta","resources":["IPaddr2::10.9.0.101/24/eth0"],"owner":"beta","state":"running","heldForSeconds":59.9,"why":"it runs on its preferred node"}"""));
        var back = JsonSerializer.Deserialize(json, ApplianceJson.Default.StatusView)!;
        Assert.That(JsonSerializer.Serialize(back, ApplianceJson.Default.StatusView), Is.EqualTo(json));
    }
}
