using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Relay;

/// <summary>A relay in a machine's power line, on an output of a serial port (DTR, RTS) or a GPIO line.</summary>
public sealed class RelayDevice : DeviceType
{
    public override string Name => "relay";
    public override string Short => "A power relay on a serial port's DTR or RTS, or on a GPIO line (in place of rcd_serial)";
    public override string Long =>
        "Opens a relay in the machine's supply for some time. With a feedback line (power-good on CTS, DSR, DCD, RI, or another GPIO line) off is proven by reading it. Without one, off is only as good as the wiring: "
        + "set cuts=mains if the relay breaks the supply itself and hold is longer than the power supply's capacitors last; a relay on the reset pins (cuts=reset) proves nothing and never counts.";

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } = PresetProfiles.AgentNames("relay");

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        new("device", ParameterKind.Text, "Serial port (/dev/ttyS0) or GPIO chip (/dev/gpiochip0)") { OldNames = ["serial_port", "ttydev"], Required = true },
        new("profile", ParameterKind.Text, "How the relay is wired (a file of hw/relay), in place of line, inverted, cuts, hold and feedback; what is given besides counts more") { Presets = PresetProfiles.Named("relay") },
        new("line", ParameterKind.Text, "dtr or rts; or the number of the GPIO line") { OldNames = ["dtr_rts"], Default = "rts" },
        new("inverted", ParameterKind.Boolean, "The relay opens when the line is low") { Default = "0" },
        new("cuts", ParameterKind.Choice, "What the relay breaks") { Default = "mains", Choices = ["mains", "reset"] },
        new("hold", ParameterKind.Seconds, "How long it stays open without a feedback line, and how long a reset pulse is") { OldNames = ["msduration", "time"], Default = "5" },
        new("feedback", ParameterKind.Text, "cts, dsr, dcd, ri, or the number of a GPIO line: active while the machine has power"),
        new("feedback_inverted", ParameterKind.Boolean, "The feedback line is low while the machine has power") { Default = "0" },
        StandardParameters.Plug,
        .. StandardParameters.Timing,
        .. StandardParameters.WithoutEffect,
    ];

    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.Monitor];
    public override bool IsPlugless => true;

    /// <summary>A supply bridges some hundredths of a second under load, and much more without: a shorter hold is surely none.</summary>
    private static readonly TimeSpan LeastHold = TimeSpan.FromSeconds(1);

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        if (!parameters["device"].StartsWith('/')) yield return $"device must be a path, as /dev/ttyS0, and is \"{parameters["device"]}\"";
        var line = parameters["line"].ToLowerInvariant();
        if (line is not "dtr" and not "rts" && !uint.TryParse(line, out _)) yield return $"line must be dtr, rts or the number of a GPIO line, and is \"{parameters["line"]}\"";
        var feedback = parameters["feedback"].ToLowerInvariant();
        if (feedback is not "" and not "cts" and not "dsr" and not "dcd" and not "ri" && !uint.TryParse(feedback, out _)) yield return $"feedback must be cts, dsr, dcd, ri or the number of a GPIO line, and is \"{parameters["feedback"]}\"";
        // The end of the hold is the only proof then.
        if (feedback.Length == 0 && parameters["cuts"] == "mains" && parameters.Seconds("hold") < LeastHold) yield return $"hold must be at least {LeastHold.TotalSeconds:0} s, and longer than the supply bridges, where no feedback line says that the power is gone";
    }

    public override Conversation Converse(DeviceOrder order) => new RelayConversation(order);
}

/// <summary>Opens and closes one relay.</summary>
internal sealed class RelayConversation(DeviceOrder order) : Conversation
{
    private DeviceVerdict? _trouble;
    private PowerState _state;

    private string Device => order.Parameters["device"];
    private bool HasFeedback => order.Parameters.Has("feedback");

    public override IEnumerable<Step> Steps()
    {
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action is FenceAction.Off or FenceAction.Reboot) yield return new Pause(delay);
        switch (order.Action)
        {
            case FenceAction.Status or FenceAction.Monitor:
                if (!HasFeedback)
                {
                    // Opening the port shows that it is there; what the relay does nobody can ask.
                    var look = Read(order.Parameters["line"]);
                    yield return look;
                    Verdict = look.Failure is { } failure ? new(VerdictKind.Unreachable, $"{Device}: {failure}")
                        : order.Action == FenceAction.Monitor ? new(VerdictKind.Proven, $"{Device} is there; without a feedback line nothing more can be asked")
                        : new(VerdictKind.Unsupported, "without a feedback line the state cannot be read");
                    yield break;
                }
                foreach (var step in Look()) yield return step;
                Verdict = _trouble ?? DeviceVerdict.Is(_state, $"the feedback line says {(_state == PowerState.On ? "on" : "off")}");
                yield break;
            case FenceAction.On:
                foreach (var step in Close()) yield return step;
                yield break;
            case FenceAction.Off or FenceAction.Reboot: break;
            default:
                Verdict = new(VerdictKind.Unsupported, $"a relay does not know {order.Action.ToString().ToLowerInvariant()}");
                yield break;
        }
        Doing = "opening the relay";
        var open = Set(open: true);
        yield return open;
        if (open.Failure is { } refused)
        {
            Verdict = new(VerdictKind.Unreachable, $"{Device}: {refused}");
            yield break;
        }
        var hold = order.Parameters.Seconds("hold");
        if (HasFeedback)
        {
            var time = order.Parameters.Seconds("power_timeout");
            var until = Now + (time > TimeSpan.Zero ? time : TimeSpan.FromSeconds(20));
            for (var looks = 0; ; looks++)
            {
                foreach (var step in Look()) yield return step;
                if (_trouble is null && _state == PowerState.Off) break;
                if (_trouble is not null || Now >= until)
                {
                    Verdict = _trouble ?? new(VerdictKind.StillOn, "the relay is open, and the feedback line says that the machine has power") { State = PowerState.On };
                    yield break;
                }
                yield return new Pause(StandardParameters.NextLook(looks + 1));
            }
            Verdict = DeviceVerdict.Is(PowerState.Off, "the relay was opened, and the feedback line says that the power is gone");
        }
        else
        {
            yield return new Pause(hold);
            Verdict = order.Parameters["cuts"] == "mains"
                ? DeviceVerdict.Is(PowerState.Off, $"the relay has kept the supply open for {hold.TotalSeconds:0.###} s; that it does is the wiring's word")
                : new(VerdictKind.Accepted, "the reset line was held; nobody can say whether the machine obeyed");
        }
        if (order.Action == FenceAction.Off && order.Parameters["cuts"] == "mains")
        {
            if (uint.TryParse(order.Parameters["line"], out _)) Verdict = Verdict with { Sentence = Verdict.Sentence + "; the line is held while this process runs, after that the chip decides" };
            yield break;
        }
        var off = Verdict;
        foreach (var step in Close()) yield return step;
        Verdict = off with { Sentence = Verdict is { IsProven: true } ? $"{off.Sentence}; closed again" : $"{off.Sentence}; closing it again failed: {Verdict?.Sentence}", State = off.IsProven ? PowerState.On : null };
    }

    private IEnumerable<Step> Close()
    {
        var close = Set(open: false);
        yield return close;
        Verdict = close.Failure is { } refused ? new(VerdictKind.Unreachable, $"{Device}: {refused}") : DeviceVerdict.Is(PowerState.On, "the relay is closed");
    }

    private SetLine Set(bool open) => new(Device, order.Parameters["line"].ToLowerInvariant(), open != order.Parameters.Flag("inverted"));

    private ReadLine Read(string line) => new(Device, line.ToLowerInvariant()) { Rest = (order.Parameters["line"].ToLowerInvariant(), order.Parameters.Flag("inverted")) };

    private IEnumerable<Step> Look()
    {
        _trouble = null;
        var read = Read(order.Parameters["feedback"]);
        yield return read;
        if (read.Failure is { } failure) _trouble = new(VerdictKind.Unreachable, $"{Device}: {failure}");
        else _state = read.Active != order.Parameters.Flag("feedback_inverted") ? PowerState.On : PowerState.Off;
    }
}
