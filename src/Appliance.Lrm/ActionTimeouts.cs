using System.Globalization;
using Appliance.Core.Resources;

namespace Appliance.Lrm;

/// <summary>How long an action may take before it is ended and counts as timed out.</summary>
/// <remarks>
/// 3.0.6 waits for ever; a script that hangs takes the whole cluster hostage. The defaults are meant never to hit a script that works: start and stop
/// 5 minutes, status 1 minute, hooks 5 minutes. In ha.cf <c>env APPLIANCE_TIMEOUT_START=30</c> (STOP, STATUS, HOOK) changes them, and
/// <c>env APPLIANCE_TIMEOUT_START_db2=900</c> for one agent; values as ha.cf has them: seconds, or with <c>ms</c>, <c>s</c>, <c>m</c>.
/// The variables are looked up as scripts see them, with the prefix <c>HA_</c>, or without.
/// </remarks>
public static class ActionTimeouts
{
    public static readonly TimeSpan Start = TimeSpan.FromMinutes(5), Stop = TimeSpan.FromMinutes(5), Status = TimeSpan.FromMinutes(1), Hook = TimeSpan.FromMinutes(5);

    /// <summary>From SIGTERM to SIGKILL.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static TimeSpan For(ResourceAction action, string agent, IReadOnlyDictionary<string, string> environment) => action switch
    {
        ResourceAction.Start => Find("START", agent, environment) ?? Start,
        ResourceAction.Stop => Find("STOP", agent, environment) ?? Stop,
        ResourceAction.Status => Find("STATUS", agent, environment) ?? Status,
        _ => throw new ArgumentOutOfRangeException(nameof(action)),
    };

    public static TimeSpan ForHook(string type, IReadOnlyDictionary<string, string> environment) => Find("HOOK", type, environment) ?? Hook;

    private static TimeSpan? Find(string action, string agent, IReadOnlyDictionary<string, string> environment)
    {
        foreach (var name in (ReadOnlySpan<string>)[$"APPLIANCE_TIMEOUT_{action}_{agent}", $"APPLIANCE_TIMEOUT_{action}"])
            if ((environment.TryGetValue("HA_" + name, out var text) || environment.TryGetValue(name, out text)) && TryParse(text, out var span)) return span;
        return null;
    }

    /// <summary>Reads <c>30</c>, <c>1.5s</c>, <c>500ms</c>, <c>2m</c>; positive values only.</summary>
    internal static bool TryParse(string text, out TimeSpan span)
    {
        var (number, unit) = text.Trim() switch
        {
            var t when t.EndsWith("ms", StringComparison.Ordinal) => (t[..^2], 0.001),
            var t when t.EndsWith('s') => (t[..^1], 1.0),
            var t when t.EndsWith('m') => (t[..^1], 60.0),
            var t => (t, 1.0),
        };
        span = default;
        if (!double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)) return false;
        value *= unit;
        if (value is not (> 0 and <= 86400)) return false;        // NaN is neither
        span = TimeSpan.FromSeconds(value);
        return true;
    }
}
