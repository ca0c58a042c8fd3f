using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Cli;

namespace Appliance.Stonith.Tests.Cli;

public sealed class CliTests
{
    private static ScriptedShell Like(bool isDeaf = false, (int, string)? closes = null, int? hangsAt = null, Func<string, string>? mangle = null) =>
        new("", (_, _) => "") { IsDeaf = isDeaf, Closes = closes, HangsAt = hangsAt, Mangle = mangle ?? (text => text) };

    private static ScriptedShell Shell(string agent, ScriptedShell? like = null) => agent switch
    {
        "fence_brocade" => Shells.Brocade(like),
        "fence_sanbox2" => Shells.Sanbox(like),
        "fence_apc" => Shells.Apc(like),
        "fence_cdu" => Shells.Sentry(like),
        "fence_cyberpower_ssh" => Shells.Cyberpower(like),
        _ => Shells.Raritan(like),
    };

    private static readonly object[] Devices =
    [
        new[] { "fence_brocade", "3", "9" }, new[] { "fence_sanbox2", "3", "9" }, new[] { "fence_apc", "1", "9" }, new[] { "fence_cdu", ".A12", ".B1" },
        new[] { "fence_cyberpower_ssh", "1", "9" }, new[] { "fence_raritan_px3", "8", "10" },
    ];

    [TestCaseSource(nameof(Devices))]
    public void Every_device_is_switched_off_and_on_and_says_so(string agent, string plug, string missing)
    {
        var shell = Shell(agent);
        var off = shell.Play(agent, FenceAction.Off, plug);
        Assert.That((off.Kind, off.State, off.WasAlready, shell.Off.Contains(plug)), Is.EqualTo((VerdictKind.Proven, PowerState.Off, false, true)), off.Sentence);
        var again = Next(shell, agent).Play(agent, FenceAction.Off, plug);
        Assert.That((again.State, again.WasAlready), Is.EqualTo((PowerState.Off, true)), again.Sentence);
        Assert.That(Next(shell, agent).Play(agent, FenceAction.Status, plug).State, Is.EqualTo(PowerState.Off));
        var on = Next(shell, agent).Play(agent, FenceAction.On, plug);
        Assert.That((on.Kind, on.State), Is.EqualTo((VerdictKind.Proven, PowerState.On)), on.Sentence);
        Assert.That(Shell(agent).Play(agent, FenceAction.Off, missing).Kind, Is.EqualTo(VerdictKind.NoSuchPlug));

        static ScriptedShell Next(ScriptedShell before, string agent)
        {
            var next = Shell(agent);
            next.Off.UnionWith(before.Off);
            return next;
        }
    }

    [TestCaseSource(nameof(Devices))]
    public void Nothing_else_is_off(string agent, string plug, string missing) => Assert.Multiple(() =>
    {
        var still = Shell(agent, Like(isDeaf: true)).Play(agent, FenceAction.Off, plug);
        Assert.That((still.Kind, still.State), Is.EqualTo((VerdictKind.StillOn, PowerState.On)), still.Sentence);
        Assert.That(Shell(agent, Like(closes: (0, "Permission denied (password)"))).Play(agent, FenceAction.Off, plug).Kind, Is.EqualTo(VerdictKind.Refused));
        Assert.That(Shell(agent, Like(closes: (0, "Host key verification failed."))).Play(agent, FenceAction.Off, plug).Kind, Is.EqualTo(VerdictKind.Refused));
        Assert.That(Shell(agent, Like(closes: (0, "No route to host"))).Play(agent, FenceAction.Off, plug).Kind, Is.EqualTo(VerdictKind.Unreachable));
        for (var line = 0; line < Lines(agent, plug); line++)
        {
            Assert.That(Shell(agent, Like(hangsAt: line)).Play(agent, FenceAction.Off, plug).Kind, Is.EqualTo(VerdictKind.TimedOut), $"hangs at {line}");
            Assert.That(Shell(agent, Like(closes: (line, "it broke"))).Play(agent, FenceAction.Off, plug).Kind, Is.EqualTo(VerdictKind.Unreachable), $"breaks at {line}");
        }
        Assert.That(Shell(agent, Like(mangle: _ => "%&/()=")).Play(agent, FenceAction.Off, plug).IsProven, Is.False);
        Assert.That(missing, Is.Not.EqualTo(plug));
    });

    /// <summary>Lines up to the look that proves.</summary>
    private static int Lines(string agent, string plug)
    {
        var shell = Shell(agent);
        Assert.That(shell.Play(agent, FenceAction.Off, plug).IsProven);
        return shell.Lines.Count - (agent is "fence_sanbox2" ? 2 : 1);
    }

    [TestCaseSource(nameof(Devices))]
    public void Echoes_that_wrap_and_colours_do_no_harm(string agent, string plug, string missing)
    {
        var shell = Shell(agent, Like(mangle: text => text.Length > 12 ? "\e[1mlate\e[0m\r\n" + text[..6] + " \r" + text[6..] + "\e]0;title\a" : text));
        Assert.That(shell.Play(agent, FenceAction.Off, plug).State, Is.EqualTo(PowerState.Off));
        Assert.That(missing, Is.Not.EqualTo(plug));
    }

    [Test]
    public void The_dialogue_with_a_brocade_is_this()
    {
        var shell = Shells.Brocade();
        Assert.That(shell.Play("fence_brocade", FenceAction.Off, "3,4").State, Is.EqualTo(PowerState.Off));
        Assert.That(shell.Lines, Is.EqualTo(new[] { "switchshow", "portcfgpersistentdisable 3", "portcfgpersistentdisable 4", "switchshow", "exit" }));
        Assert.That(Shells.Brocade().Play("fence_brocade", FenceAction.Reboot, "3").Kind, Is.EqualTo(VerdictKind.Unsupported));
        Assert.That(Shells.Brocade().Play("fence_brocade", FenceAction.List, "").Outlets.Select(o => (o.Plug, o.State)),
            Is.EqualTo(new (string, PowerState?)[] { ("0", PowerState.On), ("1", PowerState.On), ("2", PowerState.On), ("3", PowerState.On), ("4", PowerState.On) }));
    }

    [TestCase("   3   3   010300   id    N8   No_Light    FC  (No POD License) Disabled")]
    [TestCase("   3   1   3   010300   id    N8   No_Light    FC  Disabled (Persistent)")]
    [TestCase("   3   3   Disabled")]
    [TestCase("   3   3   010300   id    N8   No_Light    FC  NotDisabled")]
    [TestCase("   3   3   010300   id    N8   No_Light    FC  Disabled\r\n   3   3   010300   id    N8   Online    FC  F-Port")]
    public void A_port_laid_out_otherwise_is_never_off(string row)
    {
        var off = Shells.Brocade(Like(isDeaf: true), row).Play("fence_brocade", FenceAction.Off, "3");
        Assert.That((off.IsProven, off.State), Is.EqualTo((false, default(PowerState?))), off.Sentence);
        Assert.That(Shells.Brocade(null, row).Play("fence_brocade", FenceAction.Status, "3").IsProven, Is.False);
    }

    [Test]
    public void A_sanbox_is_logged_in_to_by_telnet_and_left()
    {
        var shell = Shells.Sanbox();
        Assert.That(shell.Play("fence_sanbox2", FenceAction.Off, "3").State, Is.EqualTo(PowerState.Off));
        Assert.That(shell.Lines, Is.EqualTo(new[] { "admin", "(hidden)", "admin start", "show port 3", "set port 3 state offline", "show port 3", "admin end", "exit" }));
        Assert.That(Shells.Sanbox().Play("fence_sanbox2", FenceAction.Off, "3", ("passwd", "wrong")).Kind, Is.EqualTo(VerdictKind.Refused));
        Assert.That(Shells.Sanbox().Play("fence_sanbox2", FenceAction.Off, "3; reset").Kind, Is.EqualTo(VerdictKind.Misconfigured));
        Assert.That(Shells.Sentry().Play("fence_cdu", FenceAction.Off, ".A12", ("passwd", "wrong")).Kind, Is.EqualTo(VerdictKind.Refused));
    }

    [Test]
    public void An_outlet_is_meant_by_its_number_first_and_by_its_name_only_if_one_has_it() => Assert.Multiple(() =>
    {
        var shell = Shells.Apc();
        shell.Off.Add("3");      // the outlet that is called "2"
        Assert.That(shell.Play("fence_apc", FenceAction.Off, "2").State, Is.EqualTo(PowerState.Off));
        Assert.That(shell.Off, Does.Contain("2"));
        shell = Shells.Apc();
        Assert.That(shell.Play("fence_apc", FenceAction.Off, "Outlet 1").State, Is.EqualTo(PowerState.Off));
        Assert.That(shell.Lines, Does.Contain("olOff 1"));
        Assert.That(Shells.Apc().Play("fence_apc", FenceAction.Off, "db").Kind, Is.EqualTo(VerdictKind.Garbled));
        Assert.That(Shells.Apc().Play("fence_apc", FenceAction.Status, "4").State, Is.EqualTo(PowerState.On), "the name holds the word");
        Assert.That(Shells.Apc().Play("fence_apc", FenceAction.Status, "6").Kind, Is.EqualTo(VerdictKind.Garbled));
        Assert.That(Shells.Cyberpower().Play("fence_cyberpower_ssh", FenceAction.Status, "2").State, Is.EqualTo(PowerState.On), "the name holds the word");
        Assert.That(Shells.Cyberpower().Play("fence_cyberpower_ssh", FenceAction.Off, "10").State, Is.EqualTo(PowerState.Off));
        Assert.That(Shells.Raritan().Play("fence_raritan_px3", FenceAction.Status, "Test rack").State, Is.EqualTo(PowerState.On));
        Assert.That(Shells.Raritan().Play("fence_raritan_px3", FenceAction.Off, "9").Kind, Is.EqualTo(VerdictKind.NoSuchPlug), "a heading laid out otherwise");
        Assert.That(Shells.Sentry(null, isNew: true).Play("fence_cdu", FenceAction.Off, "AA12", ("profile", "sentry8")).State, Is.EqualTo(PowerState.Off));
        Assert.That(Shells.Sentry().Play("fence_cdu", FenceAction.Off, "node2").State, Is.EqualTo(PowerState.Off));
    });

    [Test]
    public void A_reboot_is_done_when_off_is_proven()
    {
        var reboot = Shells.Apc().Play("fence_apc", FenceAction.Reboot, "1,2");
        Assert.That((reboot.Kind, reboot.State), Is.EqualTo((VerdictKind.Proven, PowerState.On)), reboot.Sentence);
        var half = Shells.Apc(Like(closes: (5, "it broke"))).Play("fence_apc", FenceAction.Reboot, "1");
        Assert.That((half.IsProven, half.State), Is.EqualTo((true, PowerState.Off)), half.Sentence);
    }

    [Test]
    public void What_the_device_answers_to_an_order_is_told()
    {
        var shell = new ScriptedShell("sw0:user> ", (_, line) => line == "switchshow" ? "====\r\n 3 3 010300 id N8 Online FC F-Port\r\n" : "RBAC permission denied.\r\n");
        var off = shell.Play("fence_brocade", FenceAction.Off, "3");
        Assert.That((off.Kind, off.Sentence), Is.EqualTo((VerdictKind.NotAllowed, "port 3 cannot be switched by this user: the device says \"RBAC permission denied.\"")));
        var menus = new ScriptedShell("> ", (_, _) => "------- Control Console -------\r\n 1- Device Manager\r\n") { Greeting = "------- Control Console -------\r\n 1- Device Manager\r\n" };
        Assert.That(menus.Play("fence_apc", FenceAction.Off, "3", ("cmd_prompt", "\\n>")).Kind, Is.EqualTo(VerdictKind.Unsupported));
        var taken = new ScriptedShell("SANbox #> ", (_, _) => "Another user has the administration\r\n");
        Assert.That(taken.Play("fence_sanbox2", FenceAction.Off, "3", ("ssh", "1")).Kind, Is.EqualTo(VerdictKind.NotAllowed));
    }

    [TestCase("[\\n]>", null)]
    [TestCase("\\n>", ">")]
    [TestCase("\napc>", "apc>")]
    [TestCase(".*\\[My PDU\\] #", "[My PDU] #")]
    [TestCase("a|b", null)]
    [TestCase("", "")]
    public void Prompts_given_as_expressions_are_plain_texts(string given, string? prompt) => Assert.That(CommandPrompt.Of(given), Is.EqualTo(prompt));

    [Test]
    public void Parameters_that_do_not_go_together_are_named()
    {
        var type = DeviceTypes.Find("fence_brocade")!.Value.Type;
        string Problems(params (string, string)[] given) => string.Join('\n', type.Check(DeviceParameters.Read(type.Parameters, given.ToDictionary(g => g.Item1, g => g.Item2))));
        Assert.That(Problems(("ip", "-oProxyCommand=x"), ("username", "-x"), ("profile", "nix"), ("identity_file", "id"), ("command_prompt", "(a|b)"), ("ssh", "0")).Split('\n'), Has.Length.EqualTo(5));
        Assert.That(Problems(("ip", "a"), ("username", "b"), ("ssh", "0"), ("profile", "brocade")), Is.EqualTo("password is missing: telnet knows no keys"));
        Assert.That(Problems(("ip", "a"), ("username", "b"), ("dialogue_file", "/x/my.profile"), ("dialogue_text", "prompt = >\nrow = {plug} {stat}")), Does.StartWith("/x/my.profile:2: row: there is no place {stat}"));
    }
}
