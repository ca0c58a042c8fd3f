using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Cli;

namespace Appliance.Stonith.Tests.Cli;

public sealed class CliTests
{
    private static readonly CliSwitchDevice Switch = new();
    private static readonly CliStripDevice Strip = new();

    /// <summary>A switch's command line, scripted.</summary>
    private sealed class Shell(string row = "")
    {
        public bool IsDisabled { get; private set; }
        public bool Obeys { get; init; } = true;
        public string? Refuses { get; init; }
        public string? Closed { get; init; }
        public List<string> Lines { get; } = [];

        public void Do(Step step)
        {
            var say = (Say)step;
            if (Closed is not null)
            {
                say.Closed = Closed;
                return;
            }
            if (say.Line is { } line) Lines.Add(line);
            var answer = say.Line switch
            {
                "switchshow" => $"switchName: sw0\r\nIndex Port\r\n=====\r\n   2   2   010200   id    N8   Online   FC  F-Port 50:06\r\n{(row.Length > 0 ? row : IsDisabled ? "   3   3   010300   id    N8   No_Light    FC Disabled (Persistent)" : "   3   3   010300   id    N8   Online   FC  F-Port 50:07")}\r\n",
                "portcfgpersistentdisable 3" => Set(true),
                "portcfgpersistentenable 3" => Set(false),
                _ => "",
            };
            say.Heard = $"{say.Line}\r\n{answer}sw0:admin> ";
            say.Answered = say.Until(say.Heard);
        }

        private string Set(bool disabled)
        {
            if (Refuses is not null) return Refuses;
            if (Obeys) IsDisabled = disabled;
            return "";
        }
    }

    private static DeviceVerdict Play(FenceAction action, string plug, Shell shell)
    {
        var parameters = DeviceParameters.Read(Switch.Parameters, new Dictionary<string, string> { ["ip"] = "sw0", ["username"] = "admin", ["password"] = "secret", ["profile"] = "brocade" });
        Assert.That(parameters.Problems.Concat(Switch.Check(parameters)), Is.Empty);
        return new VirtualRunner { Do = shell.Do }.Run(Switch.Converse(new(action, plug.Length == 0 ? [] : [plug], parameters, new(), new KnownEntropy())));
    }

    [Test]
    public void A_port_is_off_when_the_switch_lists_it_as_disabled()
    {
        var shell = new Shell();
        var off = Play(FenceAction.Off, "3", shell);
        Assert.That((off.Kind, off.State, shell.IsDisabled), Is.EqualTo((VerdictKind.Proven, PowerState.Off, true)), off.Sentence);
        Assert.That(shell.Lines, Is.EqualTo(new[] { "switchshow", "portcfgpersistentdisable 3", "switchshow", "exit" }));
        Assert.That(Play(FenceAction.On, "3", shell).State, Is.EqualTo(PowerState.On));
    }

    [Test]
    public void Nothing_else_is_off()
    {
        Assert.Multiple(() =>
        {
            Assert.That(Play(FenceAction.Off, "9", new()).Kind, Is.EqualTo(VerdictKind.NoSuchPlug));
            Assert.That(Play(FenceAction.Off, "3", new() { Obeys = false }).Kind, Is.EqualTo(VerdictKind.StillOn));
            Assert.That(Play(FenceAction.Off, "3", new() { Refuses = "RBAC permission denied.\r\n" }).Kind, Is.EqualTo(VerdictKind.NotAllowed));
            Assert.That(Play(FenceAction.Off, "3", new() { Closed = "Permission denied (password)" }).Kind, Is.EqualTo(VerdictKind.Refused));
            Assert.That(Play(FenceAction.Off, "3", new() { Closed = "connect: no route" }).Kind, Is.EqualTo(VerdictKind.Unreachable));
            Assert.That(Play(FenceAction.Off, "3; reboot", new()).Kind, Is.EqualTo(VerdictKind.Misconfigured));
        });
    }

    [TestCase("1", PowerState.On)]
    [TestCase("Outlet 2", PowerState.Off)]
    [TestCase("3", null)]
    public void Rows_of_a_strip_are_read_by_number_or_name(string plug, PowerState? state) =>
        Assert.That(Strip.CliProfiles.Single(p => p.Name == "apc").Find("E000: Success\r\n 1: Outlet 1: On\r\n 2: Outlet 2: Off\r\n 3: Outlet 3: Unknown\r\napc>", plug).State, Is.EqualTo(state));

    [Test]
    public void Every_profile_is_read() => Assert.That(Switch.CliProfiles.Concat(Strip.CliProfiles).Select(p => p.Name), Is.EqualTo(new[] { "brocade", "apc" }));

    [FsCheck.NUnit.Property(MaxTest = 1000)]
    public void Any_answer_is_read_without_an_exception(string? text) => _ = Switch.CliProfiles[0].Find($"====\n{text}", "3");
}
