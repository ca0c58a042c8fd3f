using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.External;

/// <summary>One order to a plugin of cluster-glue. Nothing can be read back from a plugin, so every success says that it rests on the plugin's word.</summary>
/// <remarks>
/// Before anything is switched the plugin must list the host: some (<c>null</c>) say yes for any. Parameters go in the environment, which is cluster-glue's convention;
/// the command line holds the verb and the host only.
/// </remarks>
internal sealed class PluginConversation(PluginAgent plugin, DeviceOrder order) : Conversation
{
    private const int Done = 0;
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>Where plugins find the system's programs, and cluster-glue's own ha_log.sh.</summary>
    private const string SearchPath = "/usr/sbin:/usr/bin:/sbin:/bin:/usr/share/cluster-glue:/usr/lib/heartbeat";

    public override IEnumerable<Step> Steps()
    {
        if (Unsendable() is { } problem)
        {
            Verdict = problem;
            yield break;
        }
        if (order.Action == FenceAction.Monitor)
        {
            Doing = $"waiting for {plugin.Name} to reach its device";
            var status = Call("status");
            yield return status;
            Verdict = Trouble(status) ?? new(VerdictKind.Proven, $"{plugin.Name} reaches its device");
            yield break;
        }
        if (order.Action is not (FenceAction.List or FenceAction.Off or FenceAction.On or FenceAction.Reboot))
        {
            Verdict = new(VerdictKind.Unsupported, $"a plugin of cluster-glue cannot {order.Action.ToString().ToLowerInvariant()}; it can off, on, reboot, list and monitor");
            yield break;
        }
        Doing = $"waiting for {plugin.Name} to list its hosts";
        var list = Call("gethosts");
        yield return list;
        if (Trouble(list) is { } unlisted)
        {
            Verdict = unlisted;
            yield break;
        }
        var hosts = Hosts(list.Output);
        if (order.Action == FenceAction.List)
        {
            Verdict = new(VerdictKind.Proven, "") { Outlets = [.. hosts.Select(h => new Outlet(h, "", null))] };
            yield break;
        }
        foreach (var step in Switch(hosts)) yield return step;
    }

    private IEnumerable<Step> Switch(ImmutableArray<string> hosts)
    {
        if (order.Plugs.IsDefaultOrEmpty)
        {
            Verdict = new(VerdictKind.Misconfigured, $"{plugin.Name} must be told which host (plug)");
            yield break;
        }
        foreach (var plug in order.Plugs)
        {
            if (hosts.Contains(plug, StringComparer.OrdinalIgnoreCase)) continue;
            Verdict = new(VerdictKind.NoSuchPlug, $"{plugin.Name} does not list {plug}; it lists {(hosts.IsEmpty ? "nothing" : string.Join(", ", hosts.Take(10)))}");
            yield break;
        }
        // Several hosts are several supplies of one machine: a reset of one after the other never takes its power, so that all go off before any goes on.
        var verb = order.Action switch { FenceAction.On => "on", FenceAction.Reboot when order.Plugs.Length == 1 => "reset", _ => "off" };
        foreach (var plug in order.Plugs)
        {
            Doing = $"waiting for {plugin.Name} to carry out {verb} {plug}";
            var call = Call(verb, Spelling(hosts, plug));
            yield return call;
            if (Trouble(call) is not { } trouble) continue;
            Verdict = trouble;
            yield break;
        }
        var sentence = $"{plugin.Name} says that it did {verb} {string.Join(", ", order.Plugs)}; it cannot be asked for the state, so this rests on the plugin's word";
        Verdict = new(VerdictKind.Proven, sentence) { State = verb switch { "on" => PowerState.On, "off" => PowerState.Off, _ => null } };
        if (order.Action != FenceAction.Reboot || verb == "reset") yield break;
        foreach (var plug in order.Plugs)
        {
            Doing = $"waiting for {plugin.Name} to switch {plug} on again";
            var on = Call("on", Spelling(hosts, plug));
            yield return on;
            if (Trouble(on) is { } trouble) Verdict = Verdict with { Sentence = $"{sentence}; switching on {plug} again failed: {trouble.Sentence}" };
        }
    }

    private static string Spelling(ImmutableArray<string> hosts, string plug) => hosts.First(h => h.Equals(plug, StringComparison.OrdinalIgnoreCase));

    private RunProgram Call(string verb, string host = "")
    {
        var environment = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var parameter in plugin.Parameters)
        {
            if (parameter.Name == "plug") continue;
            if (order.Parameters[parameter.Name] is { Length: > 0 } value) environment[parameter.Name] = value;
        }
        environment["PATH"] = SearchPath;
        environment["LC_ALL"] = "C";
        ImmutableArray<string> arguments = (plugin.Kind, verb) switch
        {
            (PluginKind.Executable, _) => host.Length > 0 ? [verb, host] : [verb],
            (_, "status") => ["-t", plugin.Name, "-E", "-S"],
            (_, "gethosts") => ["-t", plugin.Name, "-E", "-l"],
            _ => ["-t", plugin.Name, "-E", "-T", verb, host],
        };
        return new(plugin.Path, arguments, Longest) { Environment = environment.ToImmutable() };
    }

    /// <summary>Why a call is not what was asked for; <c>null</c> when it ended as it should.</summary>
    private DeviceVerdict? Trouble(RunProgram call) => call switch
    {
        { NotStarted: { } reason } => new(VerdictKind.Misconfigured, $"{plugin.Name} cannot be run: {reason}"),
        { TimedOut: true } => new(VerdictKind.TimedOut, $"{plugin.Name} did not end in time"),
        { ExitCode: Done } => null,
        { ExitCode: < 0 } => new(VerdictKind.Garbled, $"{plugin.Name} died by a signal"),
        { ExitCode: var code } => new(plugin.Kind == PluginKind.Library ? Meaning(code) : VerdictKind.StillOn, $"{plugin.Name} ended with status {code}: {Complaint.Of(call, plugin.Parameters, order.Parameters)}"),
    };

    /// <summary>The stonith program's codes (cluster-glue, stonith.h): S_BADCONFIG to S_OOPS.</summary>
    private static VerdictKind Meaning(int code) => code switch
    {
        1 or 3 => VerdictKind.Misconfigured,
        2 => VerdictKind.Refused,
        4 => VerdictKind.NoSuchPlug,
        6 => VerdictKind.TimedOut,
        8 => VerdictKind.Garbled,
        _ => VerdictKind.StillOn,
    };

    /// <summary>What cannot be an argument or an environment variable, or would be taken for an option.</summary>
    private DeviceVerdict? Unsendable()
    {
        foreach (var parameter in plugin.Parameters)
            if (order.Parameters[parameter.Name].Contains('\0', StringComparison.Ordinal)) return new(VerdictKind.Misconfigured, $"{parameter.Name} holds a NUL");
        foreach (var plug in order.Plugs.IsDefault ? [] : order.Plugs)
            if (!IsHost(plug)) return new(VerdictKind.Misconfigured, "the host's name (plug) is empty, starts with a dash, or holds spaces or control characters");
        return null;
    }

    private static bool IsHost(string text) => text.Length > 0 && text[0] != '-' && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    /// <summary>One host a word; <c>node:plug</c> of plugins that print their list as it was given is the node.</summary>
    private static ImmutableArray<string> Hosts(string output) =>
        [.. output.Split([' ', '\t', '\r', '\n', ','], StringSplitOptions.RemoveEmptyEntries).Select(word => word.Split(':')[0]).Where(IsHost).Take(1000)];
}
