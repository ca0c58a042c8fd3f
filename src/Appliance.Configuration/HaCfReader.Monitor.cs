using Appliance.Core;

namespace Appliance.Configuration;

/// <summary><c>monitor INTERVAL [restarts=N] [within=TIME] [timeout=TIME]</c>, or <c>monitor off</c>; heartbeat 3.0.6 has no such directive.</summary>
internal sealed partial class HaCfReader
{
    private const string MonitorForm = "monitor INTERVAL [restarts=N] [within=TIME] [timeout=TIME], for instance monitor 10 restarts=1 within=3600 timeout=20; or monitor off";

    /// <summary>A script takes some milliseconds: asked more often, the machine would be busy with questions.</summary>
    private const int LeastIntervalMs = 100;

    /// <summary>Of every failure that counts the time is remembered.</summary>
    private const int MostRestarts = 100;

    private const long DayMs = 86_400_000;
    private static readonly string[] MonitorOptions = ["restarts", "within", "timeout"];

    private bool _monitorSeen;

    private void Monitor(Place at, string rest, int column)
    {
        if (_monitorSeen) Error(at, "monitor is there twice", "one line holds for all groups; delete the other");
        _monitorSeen = true;
        var words = Words.Split(rest, column, Words.Blanks);
        if (words.Count == 0)
        {
            Error(at, "monitor has no interval", MonitorForm);
            return;
        }
        if (Numbers.Boolean(words[0].Text) is false && words[0].Text != "0")
        {
            if (words.Count > 1) Error(at with { Column = words[1].Column }, $"monitor is off: [{words[1].Text}] means nothing", "delete it, or write an interval instead of " + words[0].Text);
            return;
        }
        var errors = _problems.HasErrors;
        var spec = MonitorSpec.Usual with { Interval = MonitorTime(at, "interval", words[0].Text, words[0].Column, LeastIntervalMs, DayMs) ?? default };
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var word in words.Skip(1)) spec = MonitorOption(at with { Column = word.Column }, word.Text, spec, seen);
        if (!errors && _problems.HasErrors || spec.Interval == default) return;
        CheckMonitor(at, spec);
        _cf = _cf with { Monitor = spec };
    }

    private MonitorSpec MonitorOption(Place at, string word, MonitorSpec spec, HashSet<string> seen)
    {
        var equals = word.IndexOf('=', StringComparison.Ordinal);
        var (name, value) = equals < 0 ? (word, "") : (word[..equals], word[(equals + 1)..]);
        if (!MonitorOptions.Contains(name) || equals < 0)
        {
            Error(at, $"monitor: [{word}] is not known", Nearest.Of(name, MonitorOptions) is { } meant ? $"did you mean {meant}=? {MonitorForm}" : MonitorForm);
            return spec;
        }
        if (!seen.Add(name)) Error(at, $"monitor: {name} is there twice", "keep one of them");
        var place = at.Column + equals + 1;
        switch (name)
        {
            case "restarts":
                var number = Numbers.Atoi(value, out var complete);
                if (complete && number is >= 0 and <= MostRestarts) return spec with { Restarts = number };
                Error(at with { Column = place }, $"monitor: restarts [{value}] is out of range", $"a number from 0 (hand over at once) to {MostRestarts}");
                return spec;
            case "within":
                return spec with { Within = MonitorTime(at, name, value, place, 1000, 30 * DayMs) ?? spec.Within };
            default:
                return spec with { Timeout = MonitorTime(at, name, value, place, LeastIntervalMs, DayMs) ?? spec.Timeout };
        }
    }

    /// <summary>A time as everywhere in ha.cf; here also with <c>s</c>, <c>m</c> or <c>h</c>, as no older release reads the line.</summary>
    private TimeSpan? MonitorTime(Place at, string name, string value, int column, long least, long most)
    {
        var (number, factor) = value.Length == 0 || value.EndsWith("ms", StringComparison.Ordinal) || value.EndsWith("us", StringComparison.Ordinal) ? (value, 1) : value[^1] switch
        {
            's' => (value[..^1], 1),
            'm' => (value[..^1], 60),
            'h' => (value[..^1], 3600),
            _ => (value, 1),
        };
        var ms = Numbers.Milliseconds(number, out var clean);
        if (clean && (factor == 1 || char.IsAsciiDigit(number[^1])) && ms >= 0) ms *= factor;
        if (clean && ms >= least && ms <= most) return TimeSpan.FromMilliseconds(ms);
        Error(at with { Column = column }, clean ? $"monitor: {name} [{value}] is out of range" : $"monitor: {name} [{value}] is not a time",
            $"from {Text(least)}ms to {Text(most / 1000)} seconds: 10, 1.5, 10s, 500ms, 2m, 1h");
        return null;
    }

    private void CheckMonitor(Place at, MonitorSpec spec)
    {
        if (spec.Interval < TimeSpan.FromSeconds(1))
            Warn(at, $"monitor: every resource is asked every {Text(Ms(spec.Interval))} ms", "a script for each question costs more than it tells; 5 seconds and more are usual");
        if (spec.Within < spec.Interval * (spec.Restarts + 1))
            Warn(at, $"monitor: {Text(spec.Restarts + 1)} failures take longer than within={Text(Ms(spec.Within))}ms: nothing is ever handed over", "a longer within, a shorter interval, or fewer restarts");
    }
}
