using System.Collections.Immutable;
using System.Text;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.External;

/// <summary>One order to a program of the fence-agents API. After <c>off</c> the program is asked for the state: only its "off" is a proof.</summary>
/// <remarks>Everything, secrets above all, goes in on standard input; the command line is empty.</remarks>
internal sealed class ExternalConversation(string path, ExternalAgent agent, DeviceOrder order) : Conversation
{
    private const int Done = 0, IsOff = 2;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    public override IEnumerable<Step> Steps()
    {
        if (Unsendable() is { } name)
        {
            Verdict = new(VerdictKind.Misconfigured, $"{name} holds a line end, which cannot be given to {agent.Name}");
            yield break;
        }
        var plugs = order.Plugs.IsDefaultOrEmpty ? [""] : order.Plugs;
        switch (order.Action)
        {
            case FenceAction.List:
                var list = Call("list", "");
                yield return list;
                Verdict = Trouble(list, Done) ?? new(VerdictKind.Proven, "") { Outlets = Outlets(list.Output) };
                yield break;
            case FenceAction.Monitor:
                var monitor = Call("monitor", plugs[0]);
                yield return monitor;
                Verdict = monitor.ExitCode == IsOff ? DeviceVerdict.Is(PowerState.Off, "the agent reaches its device") : Trouble(monitor, Done) ?? new(VerdictKind.Proven, "the agent reaches its device");
                yield break;
            case FenceAction.Status:
                foreach (var step in Status(plugs)) yield return step;
                yield break;
            case FenceAction.Diag:
                var diag = Call("diag", plugs[0]);
                yield return diag;
                Verdict = Trouble(diag, Done) ?? new(VerdictKind.Accepted, "the agent took it; it proves nothing");
                yield break;
        }
        var wantsOff = order.Action is FenceAction.Off or FenceAction.Reboot;
        // Off first and each verified, also for a reboot: an agent's own "reboot" says less.
        var stepwise = order.Action == FenceAction.Reboot && agent.Actions.Contains(FenceAction.Off) && agent.Actions.Contains(FenceAction.Status) && Method != "cycle";
        var word = order.Action == FenceAction.On ? "on" : order.Action == FenceAction.Reboot && !stepwise ? "reboot" : "off";
        foreach (var plug in plugs)
        {
            Doing = $"waiting for {agent.Name} to carry out {word}";
            var call = Call(word, plug);
            yield return call;
            if (Trouble(call, Done) is not { } trouble) continue;
            Verdict = trouble;
            yield break;
        }
        if (!agent.Actions.Contains(FenceAction.Status) || word == "reboot")
        {
            Verdict = word switch
            {
                "reboot" => new(VerdictKind.Accepted, $"{agent.Name} says that it rebooted the machine; whether it was off nobody can ask: not proven"),
                "off" => DeviceVerdict.Is(PowerState.Off, $"{agent.Name} says so, and has no status to ask for: this rests on its word"),
                _ => DeviceVerdict.Is(PowerState.On, $"{agent.Name} says so"),
            };
            yield break;
        }
        foreach (var step in Status(plugs)) yield return step;
        if (Verdict is not { IsProven: true } read) yield break;
        if (wantsOff && read.State != PowerState.Off)
        {
            Verdict = new(VerdictKind.StillOn, $"{agent.Name} said that it switched off, and then that the power is on") { State = PowerState.On };
            yield break;
        }
        if (!wantsOff && read.State != PowerState.On)
        {
            Verdict = new(VerdictKind.StillOn, $"{agent.Name} said that it switched on, and then that the power is off") { State = PowerState.Off };
            yield break;
        }
        Verdict = DeviceVerdict.Is(read.State!.Value, $"{agent.Name} switched {(wantsOff ? "off" : "on")}, and then read {(read.State == PowerState.Off ? "off" : "on")}");
        if (!stepwise) yield break;
        var off = Verdict;
        foreach (var plug in plugs)
        {
            Doing = $"waiting for {agent.Name} to switch on again";
            var on = Call("on", plug);
            yield return on;
            if (Trouble(on, Done) is not { } trouble) continue;
            Verdict = off with { Sentence = $"{off.Sentence}; switching on again failed: {trouble.Sentence}" };
            yield break;
        }
        Verdict = DeviceVerdict.Is(PowerState.On, $"{off.Sentence}; on again");
    }

    private string Method => order.Parameters["method"];

    private IEnumerable<Step> Status(ImmutableArray<string> plugs)
    {
        var state = PowerState.Off;
        foreach (var plug in plugs)
        {
            var call = Call("status", plug);
            yield return call;
            if (call.ExitCode == IsOff && !call.TimedOut) continue;
            if (Trouble(call, Done) is { } trouble)
            {
                Verdict = trouble;
                yield break;
            }
            state = PowerState.On;
        }
        Verdict = DeviceVerdict.Is(state, $"{agent.Name} says {(state == PowerState.On ? "on" : "off")}");
    }

    private RunProgram Call(string action, string plug)
    {
        var input = new StringBuilder().Append("action=").Append(action).Append('\n');
        if (plug.Length > 0 && !agent.IsPlugless)
        {
            var name = agent.Parameters.Any(p => p.Name == "plug") ? "plug" : "port";
            input.Append(name).Append('=').Append(plug).Append('\n');
        }
        foreach (var parameter in agent.Parameters)
        {
            // Defaults are the agent's own business.
            var value = order.Parameters[parameter.Name];
            if (value.Length == 0 || value == parameter.Default || parameter.Name is "action" || (parameter.Name is "plug" or "port" && plug.Length > 0)) continue;
            input.Append(parameter.Name).Append('=').Append(value).Append('\n');
        }
        // What it does not tell that it knows it may know all the same, and else it says so itself.
        foreach (var (name, value) in order.Parameters.Others) input.Append(name).Append('=').Append(value).Append('\n');
        return new(path, [], Longest) { Input = Encoding.UTF8.GetBytes(input.ToString()) };
    }

    /// <summary>Why a call is not what was asked for; <c>null</c> when it ended as it should.</summary>
    private DeviceVerdict? Trouble(RunProgram call, int good) => call switch
    {
        { NotStarted: { } reason } => new(VerdictKind.Misconfigured, $"{agent.Name} cannot be run: {reason}"),
        { TimedOut: true } => new(VerdictKind.TimedOut, $"{agent.Name} did not end in time"),
        { ExitCode: var code } when code == good => null,
        { ExitCode: < 0 } => new(VerdictKind.Garbled, $"{agent.Name} died by a signal"),
        _ when Says(call, "timed out") => new(VerdictKind.TimedOut, $"{agent.Name}: {Sentence(call)}"),
        _ when Says(call, "unrecognised action") || Says(call, "unrecognized action") => new(VerdictKind.Unsupported, $"{agent.Name}: {Sentence(call)}"),
        _ when Says(call, "unable to connect/login") || Says(call, "unable to log in") => new(VerdictKind.Refused, $"{agent.Name}: {Sentence(call)}"),
        _ => new(VerdictKind.StillOn, $"{agent.Name} ended with status {call.ExitCode}: {Sentence(call)}"),
    };

    private static bool Says(RunProgram call, string words) => call.Errors.Contains(words, StringComparison.OrdinalIgnoreCase);

    private string Sentence(RunProgram call) => Complaint.Of(call, agent.Parameters, order.Parameters);

    /// <summary>Input is a line an option: a value with a line end in it would be read as another option.</summary>
    private string? Unsendable()
    {
        foreach (var parameter in agent.Parameters)
            if (HoldsLineEnd(order.Parameters[parameter.Name])) return parameter.Name;
        foreach (var (other, value) in order.Parameters.Others)
            if (HoldsLineEnd(other) || HoldsLineEnd(value)) return other.Split('\n', '\r', '\0')[0];
        foreach (var plug in order.Plugs.IsDefault ? [] : order.Plugs)
            if (HoldsLineEnd(plug)) return "plug";
        return null;
    }

    private static bool HoldsLineEnd(string value) => value.AsSpan().ContainsAny('\n', '\r', '\0');

    /// <summary><c>PLUG,ALIAS</c> a line; anything else (notices of agents that cannot list) is no outlet.</summary>
    private static ImmutableArray<Outlet> Outlets(string output)
    {
        var outlets = ImmutableArray.CreateBuilder<Outlet>();
        foreach (var raw in output.Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line.Contains("NOTICE", StringComparison.Ordinal)) continue;
            var words = line.Split(',', 2);
            if (words[0].AsSpan().IndexOfAny(" \t:") < 0) outlets.Add(new(words[0], words.Length > 1 ? words[1].Trim() : "", null));
        }
        return outlets.ToImmutable();
    }
}
