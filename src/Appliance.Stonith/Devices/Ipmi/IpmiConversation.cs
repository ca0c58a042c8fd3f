using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>One order to one BMC: logs in, reads the power, switches it, and reads it until it is as wanted or the time is up.</summary>
/// <remarks>
/// A session is kept from the first look to the last and closed at the end. A BMC that falls silent in between is logged in to again: many restart their
/// network while they switch power. A switch whose receipt was lost is followed by a look, and only a machine that is still as before is told again.
/// </remarks>
internal sealed class IpmiConversation(DeviceOrder order) : Conversation
{
    private const byte Down = 0, Up = 1, Cycle = 2, Interrupt = 4, PowerIsOn = 0x01, PowerFault = 0x08, ControlFault = 0x10;

    /// <summary>A machine that took the order and has not changed after this long is told once more.</summary>
    private static readonly TimeSpan ToldAgainAfter = TimeSpan.FromSeconds(5);
    private readonly BmcAccess _access = new(order.Parameters, order.Memory, order.Entropy);
    private IpmiSession? _session;
    private PowerState? _state;
    private byte? _control;
    private string _faults = "";
    private DeviceVerdict? _trouble;

    public override ReadOnlyMemory<byte> Farewell => _session?.Closing() ?? default;

    public override IEnumerable<Step> Steps()
    {
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action is FenceAction.Off or FenceAction.Reboot) yield return new Pause(delay);
        Doing = "logging in to the BMC";
        foreach (var step in Login()) yield return step;
        if (_trouble is null) foreach (var step in Look()) yield return step;
        if (_trouble is not null)
        {
            Verdict = _trouble;
            yield break;
        }
        var steps = order.Action switch
        {
            FenceAction.Off => Off(),
            FenceAction.On => On(),
            FenceAction.Reboot when order.Parameters["method"].Equals("cycle", StringComparison.OrdinalIgnoreCase) => CycleIt(),
            FenceAction.Reboot => Reboot(),
            FenceAction.Diag => Diagnose(),
            FenceAction.List => Unsupported(),
            _ => Report(),
        };
        foreach (var step in steps) yield return step;
    }

    private IEnumerable<Step> Report()
    {
        Verdict = DeviceVerdict.Is(_state!.Value, $"the BMC says that the power is {Word(_state.Value)}{_faults}");
        yield break;
    }

    private IEnumerable<Step> Unsupported()
    {
        Verdict = new(VerdictKind.Unsupported, "a BMC is one machine's own: there is nothing to list");
        yield break;
    }

    private IEnumerable<Step> Off()
    {
        if (_state == PowerState.Off)
        {
            Verdict = DeviceVerdict.Is(PowerState.Off, "the BMC says that the power was off already") with { WasAlready = true };
            yield break;
        }
        foreach (var step in Switch(Down, PowerState.Off)) yield return step;
        Verdict = _trouble ?? DeviceVerdict.Is(PowerState.Off, "the BMC was told to cut the power and then said that it is off");
    }

    private IEnumerable<Step> On()
    {
        if (_state == PowerState.On)
        {
            Verdict = DeviceVerdict.Is(PowerState.On, "the BMC says that the power was on already") with { WasAlready = true };
            yield break;
        }
        for (var attempt = 0; attempt < Math.Max(1, order.Parameters.Integer("retry_on")); attempt++)
        {
            _trouble = null;
            foreach (var step in Switch(Up, PowerState.On)) yield return step;
            if (_trouble is null) break;
        }
        Verdict = _trouble ?? DeviceVerdict.Is(PowerState.On, "the BMC was told to switch on and then said that the power is on");
    }

    private IEnumerable<Step> Reboot()
    {
        foreach (var step in Off()) yield return step;
        if (Verdict is not { IsProven: true } off) yield break;
        Verdict = null;
        _state = PowerState.Off;
        foreach (var step in On()) yield return step;
        // What counts is the proven off; a machine that does not come back is safe.
        Verdict = Verdict is { IsProven: true }
            ? DeviceVerdict.Is(PowerState.On, $"{off.Sentence}; it is on again")
            : DeviceVerdict.Is(PowerState.Off, $"{off.Sentence}; switching on again failed: {Verdict?.Sentence}");
    }

    /// <summary>The BMC's own power cycle: proven only if the power is seen off in between.</summary>
    private IEnumerable<Step> CycleIt()
    {
        if (_state == PowerState.Off)
        {
            foreach (var step in Reboot()) yield return step;
            yield break;
        }
        Doing = "power cycling";
        foreach (var step in Control(Cycle)) yield return step;
        if (_trouble is not null)
        {
            Verdict = _trouble;
            yield break;
        }
        var until = Now + TimeSpan.FromSeconds(10);
        for (var looks = 0; Now < until; looks++)
        {
            yield return new Pause(looks < 40 ? TimeSpan.FromMilliseconds(50) : TimeSpan.FromMilliseconds(250));
            foreach (var step in Look()) yield return step;
            if (_trouble is null && _state == PowerState.Off)
            {
                Verdict = DeviceVerdict.Is(PowerState.Off, "the BMC cycled the power, and it was seen off");
                yield break;
            }
        }
        Verdict = new(VerdictKind.Accepted, "the BMC took the power cycle; nobody saw the power off, so nothing is proven: use method=onoff");
    }

    private IEnumerable<Step> Diagnose()
    {
        foreach (var step in Control(Interrupt)) yield return step;
        Verdict = _trouble ?? new(VerdictKind.Accepted, "the BMC took the diagnostic interrupt; it proves nothing");
    }

    /// <summary>Switches and looks until it is so; <see cref="_trouble"/> says why it is not.</summary>
    private IEnumerable<Step> Switch(byte control, PowerState wanted)
    {
        Doing = $"waiting for the power to go {Word(wanted)}";
        var given = order.Parameters.Seconds("power_timeout");
        var until = Now + (given > TimeSpan.Zero ? given : TimeSpan.FromSeconds(20));
        DeviceVerdict? refused = null;
        for (var told = 0; ; told++)
        {
            foreach (var step in Control(control)) yield return step;
            if (_trouble is { Kind: VerdictKind.NotAllowed })
            {
                refused = _trouble;
                _trouble = null;
            }
            var wait = order.Parameters.Seconds("power_wait");
            if (wait > TimeSpan.Zero) yield return new Pause(wait);
            var tellAgain = Now + (_control == CompletionCodes.Done ? ToldAgainAfter : TimeSpan.Zero);
            for (var looks = 0; ; looks++)
            {
                foreach (var step in Look()) yield return step;
                if (_trouble is null && _state == wanted) yield break;
                if (refused is not null && _trouble is null)
                {
                    _trouble = refused;      // it said no, and the power is as before
                    yield break;
                }
                if (Now >= until)
                {
                    _trouble = TooLate(wanted);
                    yield break;
                }
                if (_trouble is { Kind: VerdictKind.Refused or VerdictKind.Garbled }) yield break;
                if (_trouble is null && Now >= tellAgain && (looks > 0 || _control is null)) break;
                yield return new Pause(StandardParameters.NextLook(looks + 1));
            }
        }
    }

    private DeviceVerdict TooLate(PowerState wanted) => _trouble is not null
        ? new(VerdictKind.TimedOut, $"the BMC was told to switch {Word(wanted)} and cannot be asked whether it did: {_trouble.Sentence}")
        : new(VerdictKind.StillOn, wanted == PowerState.Off
            ? $"the BMC {(_control == CompletionCodes.Done ? "took the order" : "did not take the order")}, and the power is still on{_faults}: a BMC that asks the operating system first (ACPI) waits for it; make the system ignore the power button, or raise power_timeout"
            : $"the BMC was told to switch on, and the power is still off{_faults}") { State = _state };

    /// <summary>Sends one order; its receipt is in <see cref="_control"/>, <c>null</c> when it was lost.</summary>
    private IEnumerable<Step> Control(byte what)
    {
        (_trouble, _control) = (null, null);
        if (!_session!.IsOpen) yield break;      // as if the order was lost
        var request = new IpmiRequest(IpmiCommand.ChassisControl, what) { Once = true };
        foreach (var step in _session.Ask(request)) yield return step;
        _control = request.Answer is { IsUndelivered: false } received ? received.Code : null;
        _trouble = _control switch
        {
            null => what is Cycle or Interrupt ? new(VerdictKind.TimedOut, "the BMC did not acknowledge the order") : null,
            CompletionCodes.Done or CompletionCodes.NotInThisState => null,      // "not in this state": it is there already, perhaps; the look says
            { } code when CompletionCodes.IsRefusal(code) =>
                new(VerdictKind.NotAllowed, $"user {_access.User} may not switch power as {_access.PrivilegeName}: at least privlvl=operator is needed, and the BMC must grant it"),
            { } code => new(VerdictKind.NotAllowed, $"the BMC refused to switch power: {CompletionCodes.Words(code)}"),
        };
    }

    /// <summary>Reads the power into <see cref="_state"/>; logs in again when the session is gone.</summary>
    private IEnumerable<Step> Look()
    {
        (_trouble, _state) = (null, null);
        if (!_session!.IsOpen) foreach (var step in Login()) yield return step;      // the last look ended without a session
        if (_trouble is not null) yield break;
        for (var fresh = false; ; fresh = true)
        {
            var request = new IpmiRequest(IpmiCommand.ChassisStatus);
            foreach (var step in _session.Ask(request)) yield return step;
            if (request.Answer is { Code: CompletionCodes.Done, Data.Length: >= 3 } answer)
            {
                var power = answer.Data.Span[0];
                _state = (power & PowerIsOn) != 0 ? PowerState.On : PowerState.Off;
                _faults = (power & (PowerFault | ControlFault)) switch { 0 => "", PowerFault => "; it reports a power fault", ControlFault => "; it reports that it could not switch", _ => "; it reports power faults" };
                yield break;
            }
            if (fresh || request.Answer is not null)
            {
                _trouble = request.Answer switch
                {
                    { IsUndelivered: true } undelivered => _access.Undelivered(undelivered.Code),
                    { } refused when CompletionCodes.IsRefusal(refused.Code) => new(VerdictKind.Refused, $"user {_access.User} may not read the power state as {_access.PrivilegeName}: raise privlvl"),
                    { Code: CompletionCodes.Done } => new(VerdictKind.Garbled, "the BMC's chassis status is too short to hold a power state"),
                    { } refused => new(VerdictKind.TimedOut, $"the BMC does not tell the power state: {CompletionCodes.Words(refused.Code)}"),
                    null => new(VerdictKind.TimedOut, "the BMC takes logins, and does not answer in the session"),
                };
                yield break;
            }
            foreach (var step in Login()) yield return step;
            if (_trouble is not null) yield break;
        }
    }

    private IEnumerable<Step> Login()
    {
        var old = _access.IsPlus ? null : new OldSession(_access, this);
        _session = old is null ? new PlusSession(_access, this) : old;
        foreach (var step in _session.Open()) yield return step;
        if (old is { WantsPlus: true })
        {
            _session = new PlusSession(_access, this);
            foreach (var step in _session.Open()) yield return step;
        }
        _trouble = _session.Problem;
    }

    private static string Word(PowerState state) => state == PowerState.On ? "on" : "off";
}
