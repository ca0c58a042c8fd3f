using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;

namespace Appliance.Stonith.Tests.Manual;

/// <summary>Devices without a protocol: a relay, a person, the machine itself.</summary>
public sealed class RelayAndOperatorTests
{
    private static (DeviceVerdict Verdict, TimeSpan Took) Play(string type, FenceAction action, string plug, Action<Step> world, params (string Name, string Value)[] given)
    {
        var device = DeviceTypes.Find(type)!.Value.Type;
        var parameters = DeviceParameters.Read(device.Parameters, given.ToDictionary(g => g.Name, g => g.Value));
        Assert.That(parameters.Problems.Concat(device.Check(parameters)), Is.Empty);
        var runner = new VirtualRunner { Do = world };
        var began = runner.Now;
        var verdict = runner.Run(device.Converse(new(action, plug.Length == 0 ? [] : [plug], parameters, new(), new KnownEntropy())), TimeSpan.FromMinutes(20));
        return (verdict, runner.Now - began);
    }

    /// <summary>A relay, and a machine behind it whose capacitors last for some looks.</summary>
    private sealed class Wires
    {
        public bool IsOpen { get; private set; }
        public int Lasts { get; set; } = 3;
        public bool Sticks { get; init; }
        public string? Failure { get; init; }
        public List<string> Set { get; } = [];

        public void Do(Step step)
        {
            switch (step)
            {
                case SetLine set:
                    set.Failure = Failure;
                    Set.Add($"{set.Line} {(set.Active ? "high" : "low")}");
                    if (!Sticks) IsOpen = set.Active;
                    break;
                case ReadLine read:
                    read.Failure = Failure;
                    read.Active = !IsOpen || Lasts-- > 0;
                    break;
            }
        }
    }

    [Test]
    public void A_relay_with_feedback_proves_that_the_power_is_gone()
    {
        var wires = new Wires();
        var (verdict, _) = Play("relay", FenceAction.Off, "", wires.Do, ("device", "/dev/ttyS0"), ("line", "dtr"), ("feedback", "dcd"));
        Assert.That((verdict.Kind, verdict.State, wires.IsOpen), Is.EqualTo((VerdictKind.Proven, PowerState.Off, true)));
        Assert.That(Play("relay", FenceAction.Reboot, "", new Wires().Do, ("device", "/dev/ttyS0"), ("feedback", "dcd")).Verdict.State, Is.EqualTo(PowerState.On));
    }

    [Test]
    public void A_relay_that_sticks_is_found_out_only_by_feedback() =>
        Assert.That(Play("relay", FenceAction.Off, "", new Wires { Sticks = true }.Do, ("device", "/dev/ttyS0"), ("feedback", "cts")).Verdict.Kind, Is.EqualTo(VerdictKind.StillOn));

    [Test]
    public void Without_feedback_the_hold_is_kept_and_a_reset_line_proves_nothing()
    {
        var (mains, took) = Play("relay", FenceAction.Reboot, "", new Wires().Do, ("device", "/dev/gpiochip0"), ("line", "4"), ("hold", "7"));
        Assert.That((mains.IsProven, took), Is.EqualTo((true, TimeSpan.FromSeconds(7))));
        Assert.That(Play("relay", FenceAction.Reboot, "", new Wires().Do, ("device", "/dev/ttyS0"), ("cuts", "reset")).Verdict.Kind, Is.EqualTo(VerdictKind.Accepted));
        Assert.That(Play("relay", FenceAction.Off, "", new Wires { Failure = "No such file" }.Do, ("device", "/dev/ttyS9")).Verdict.Kind, Is.EqualTo(VerdictKind.Unreachable));
    }

    [TestCase("0", "", 1)]
    [TestCase("500ms", "", 1)]
    [TestCase("1", "", 0)]
    [TestCase("0", "cts", 0)]
    public void A_hold_that_no_supply_would_notice_is_refused_where_nothing_reads_the_power(string hold, string feedback, int problems)
    {
        var device = DeviceTypes.Find("relay")!.Value.Type;
        var parameters = DeviceParameters.Read(device.Parameters, new Dictionary<string, string> { ["device"] = "/dev/ttyS0", ["hold"] = hold, ["feedback"] = feedback });
        Assert.That(device.Check(parameters).Count(), Is.EqualTo(problems));
    }

    /// <summary>Each wiring of hw/relay, against a machine that has power while its relay is closed.</summary>
    [TestCase("mains-rts", "rts", false, VerdictKind.Proven)]
    [TestCase("mains-rts-cts", "rts", false, VerdictKind.Proven)]
    [TestCase("mains-dtr-dcd", "dtr", false, VerdictKind.Proven)]
    [TestCase("mains-gpio", "17", true, VerdictKind.Proven)]
    [TestCase("rcd-serial", "rts", true, VerdictKind.Accepted)]
    public void A_wiring_is_named_and_looking_at_it_moves_nothing(string profile, string line, bool opensAt, VerdictKind kind)
    {
        var lines = new SortedDictionary<string, bool>(StringComparer.Ordinal) { [line] = !opensAt };
        var moves = new List<bool>();
        void World(Step step)
        {
            if (step is SetLine set)
            {
                Assert.That(set.Line, Is.EqualTo(line));
                moves.Add(lines[set.Line] = set.Active);
            }
            else if (step is ReadLine read)
            {
                Assert.That(read.Rest, Is.EqualTo((line, !opensAt)), "the relay is closed while it rests");
                read.Active = lines[line] != opensAt;
            }
        }
        (string, string)[] given = profile == "mains-gpio" ? [("device", "/dev/gpiochip0"), ("line", line), ("profile", profile)] : [("device", "/dev/ttyS0"), ("profile", profile)];
        Assert.That(Play("relay", FenceAction.Monitor, "", World, given).Verdict.IsProven);
        Assert.That(moves, Is.Empty);
        Assert.That(Play("relay", FenceAction.Off, "", World, given).Verdict.Kind, Is.EqualTo(kind));
        Assert.That(moves[0], Is.EqualTo(opensAt));
    }

    [Test]
    public void A_wiring_that_is_not_there_is_named_with_those_that_are() =>
        Assert.That(DeviceParameters.Read(DeviceTypes.Find("relay")!.Value.Type.Parameters, new Dictionary<string, string> { ["device"] = "/dev/ttyS0", ["profile"] = "mains" }).Problems,
            Is.EqualTo(new[] { "profile must be one of mains-dtr-dcd, mains-gpio, mains-rts, mains-rts-cts, rcd-serial, and is \"mains\"" }));

    [TestCase(true, VerdictKind.Proven)]
    [TestCase(false, VerdictKind.NotAllowed)]
    [TestCase(null, VerdictKind.TimedOut)]
    public void Only_an_operators_yes_counts(bool? answer, VerdictKind kind) =>
        Assert.That(Play("meatware", FenceAction.Reboot, "beta", step => ((AskOperator)step).Confirmed = answer).Verdict.Kind, Is.EqualTo(kind));

    [Test]
    public void A_machine_that_cannot_be_asked_is_not_fenced_by_asking()
    {
        Assert.That(Play("sshreboot", FenceAction.Off, "beta", step => ((RunProgram)step).ExitCode = 255).Verdict.Kind, Is.EqualTo(VerdictKind.Unreachable));
        foreach (var action in new[] { FenceAction.On, FenceAction.Diag })
            Assert.That(Play("sshreboot", action, "beta", step => Assert.Fail($"{((RunProgram)step).Path} was run for {action}")).Verdict.Kind, Is.EqualTo(VerdictKind.Unsupported));
        Assert.That(DeviceTypes.All.Where(t => t.Unsafe is not null).Select(t => t.Name), Is.EqualTo(new[] { "sshreboot", "null" }));
    }
}
