using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>One order over one login: in, list, switch, list until it is as wanted, out.</summary>
internal sealed class CliConversation(DeviceOrder order, CliProfile profile) : Conversation
{
    private readonly CliTerminal _terminal = new(profile, order.Parameters);
    private readonly string _thing = profile.IsFabric ? "port" : "outlet";
    private readonly SortedDictionary<string, CliRow> _rows = new(StringComparer.Ordinal);
    private ImmutableArray<CliRow> _all = [];
    private DeviceVerdict? _trouble;

    public override IEnumerable<Step> Steps()
    {
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action is FenceAction.Off or FenceAction.Reboot) yield return new Pause(delay);
        Verdict = Impossible();
        if (Verdict is not null) yield break;
        Doing = "logging in";
        foreach (var step in _terminal.LogIn(Endpoint is Endpoint.Telnet)) yield return step;
        _trouble = _terminal.Trouble;
        if (_trouble is null) foreach (var step in Act()) yield return step;
        Verdict = _trouble ?? Verdict;
        foreach (var step in _terminal.Leave()) yield return step;
    }

    /// <summary>What cannot be asked of this device at all; nothing is sent then.</summary>
    private DeviceVerdict? Impossible()
    {
        if (order.Action is not FenceAction.Status and not FenceAction.Off and not FenceAction.On and not FenceAction.Reboot and not FenceAction.List and not FenceAction.Monitor || (profile.IsFabric && order.Action == FenceAction.Reboot))
            return new(VerdictKind.Unsupported, $"the device does not know {order.Action.ToString().ToLowerInvariant()}");
        if (order.Plugs.IsDefaultOrEmpty && order.Action is not FenceAction.List and not FenceAction.Monitor) return new(VerdictKind.Misconfigured, $"which {_thing}? give plug");
        if (profile.AsksOneByOne)
            foreach (var plug in order.Plugs)
                if (!IsPlain(plug)) return new(VerdictKind.Misconfigured, $"a {_thing} of this device is letters, digits and . / _ -");
        return null;
    }

    private IEnumerable<Step> Act()
    {
        Doing = $"listing the {_thing}s";
        foreach (var step in Look()) yield return step;
        if (_trouble is not null) yield break;
        switch (order.Action)
        {
            case FenceAction.Off or FenceAction.Reboot:
                foreach (var step in Switch(profile.SwitchOff, PowerState.Off)) yield return step;
                if (order.Action == FenceAction.Off || _trouble is not null || Verdict is not { IsProven: true } off) yield break;
                foreach (var step in Switch(profile.SwitchOn, PowerState.On)) yield return step;
                Verdict = _trouble is { } failed ? off with { Sentence = $"{off.Sentence}; switching on again failed: {failed.Sentence}" } : DeviceVerdict.Is(PowerState.On, $"{off.Sentence}; on again");
                _trouble = null;
                break;
            case FenceAction.On:
                foreach (var step in Switch(profile.SwitchOn, PowerState.On)) yield return step;
                break;
            case FenceAction.List or FenceAction.Monitor when order.Plugs.IsDefaultOrEmpty:
                var outlets = ImmutableArray.CreateBuilder<Outlet>();
                foreach (var row in _all) outlets.Add(new(row.Plug, row.Name, row.State));
                Verdict = new(VerdictKind.Proven, profile.AsksOneByOne ? $"it lets us in; {_thing}s are asked one by one" : $"{outlets.Count} {_thing}s") { Outlets = outlets.ToImmutable() };
                break;
            default:
                Verdict = Told();
                break;
        }
    }

    /// <summary>The state of the plugs of the order: on if any is on; a word that is neither is an error.</summary>
    private DeviceVerdict Told()
    {
        var (on, words) = (false, new List<string>());
        foreach (var (plug, row) in _rows)
        {
            if (row.State is not { } state) return Unknown(plug, row);
            on |= state == PowerState.On;
            words.Add($"{plug} is {Word(state)}");
        }
        return DeviceVerdict.Is(on ? PowerState.On : PowerState.Off, $"{_thing} {string.Join(", ", words)}");
    }

    private DeviceVerdict Unknown(string plug, CliRow row) => new(VerdictKind.Garbled, $"{_thing} {plug} is \"{row.Word}\", which this device's profile ({profile.Name}) knows neither as on nor as off");

    /// <summary>Switches all that are not as wanted, then lists until all are. A state that is not understood is switched too: it is the list behind it that proves.</summary>
    private IEnumerable<Step> Switch(string command, PowerState wanted)
    {
        var told = 0;
        var complaints = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (plug, row) in _rows)
        {
            if (row.State == wanted) continue;
            told++;
            Doing = $"switching {_thing} {plug} {Word(wanted)}";
            foreach (var step in _terminal.Order(command.Replace("{plug}", row.Plug, StringComparison.Ordinal))) yield return step;
            _trouble = _terminal.Trouble;
            if (_trouble is not null) yield break;
            if (_terminal.Complaint() is { } complaint) complaints[plug] = complaint;
        }
        var wait = order.Parameters.Seconds("power_wait");
        if (wait > TimeSpan.Zero && told > 0) yield return new Pause(wait);
        var until = Now + order.Parameters.Seconds("power_timeout");
        Doing = $"waiting for {_thing} {string.Join(", ", _rows.Keys)} to be {Word(wanted)}";
        for (var looks = 1; told > 0; looks++)
        {
            foreach (var step in Look()) yield return step;
            if (_trouble is not null) yield break;
            if (Lacking(wanted) is not { } lacking) break;
            if (complaints.TryGetValue(lacking, out var complaint))
            {
                _trouble = new(VerdictKind.NotAllowed, $"{_thing} {lacking} cannot be switched by this user: the device says \"{complaint}\"");
                yield break;
            }
            if (Now >= until)
            {
                _trouble = _rows[lacking].State is null ? Unknown(lacking, _rows[lacking]) : new(VerdictKind.StillOn, $"{_thing} {lacking} was told to go {Word(wanted)} and did not within {order.Parameters.Seconds("power_timeout").TotalSeconds:0} s") { State = PowerState.On };
                if (wanted == PowerState.On && _trouble.State is not null) _trouble = _trouble with { State = PowerState.Off };
                yield break;
            }
            yield return new Pause(StandardParameters.NextLook(looks));
        }
        Verdict = DeviceVerdict.Is(wanted, $"{_thing} {string.Join(", ", _rows.Keys)} {(told == 0 ? $"was {Word(wanted)} already" : $"was switched and then listed as {Word(wanted)}")}") with { WasAlready = told == 0 };
    }

    /// <summary>A plug that is not as wanted; <c>null</c>: all are.</summary>
    private string? Lacking(PowerState wanted)
    {
        foreach (var (plug, row) in _rows)
            if (row.State != wanted) return plug;
        return null;
    }

    /// <summary>Lists, and finds the plugs of the order. A plug must stay the same outlet from one list to the next.</summary>
    private IEnumerable<Step> Look()
    {
        if (!profile.AsksOneByOne)
        {
            foreach (var step in _terminal.List(null)) yield return step;
            _trouble = _terminal.Trouble;
            if (_trouble is not null) yield break;
            _all = _terminal.Rows;
            foreach (var plug in order.Plugs.IsDefault ? [] : order.Plugs)
                if (_trouble is null) Found(plug);
            yield break;
        }
        foreach (var plug in order.Plugs.IsDefault ? [] : order.Plugs)
        {
            foreach (var step in _terminal.List(plug)) yield return step;
            _trouble = _terminal.Trouble;
            if (_trouble is not null) yield break;
            _all = _terminal.Rows;
            Found(plug);
            if (_trouble is not null) yield break;
        }
    }

    private void Found(string plug)
    {
        var (row, problem) = CliList.Find(_all, plug);
        if (problem is not null) _trouble = new(VerdictKind.Garbled, problem);
        else if (row is null) _trouble = new(VerdictKind.NoSuchPlug, $"the device lists no {_thing} {plug}");
        else if (_rows.TryGetValue(plug, out var before) && before.Plug != row.Plug) _trouble = new(VerdictKind.Garbled, $"{_thing} {plug} was {before.Plug} and is {row.Plug} now: it was renamed meanwhile");
        else _rows[plug] = row;
    }

    private static bool IsPlain(string plug)
    {
        foreach (var c in plug)
            if (!char.IsAsciiLetterOrDigit(c) && c is not '/' and not '_' and not '-' and not '.') return false;
        return plug.Length > 0;
    }

    private static string Word(PowerState state) => state == PowerState.Off ? "off" : "on";
}
