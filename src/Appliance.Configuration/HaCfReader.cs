using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core;

namespace Appliance.Configuration;

/// <summary>ha.cf, directive by directive (reference, sections 1 and 2). Option directives are a table; whole-line directives have their own readers below it.</summary>
internal sealed partial class HaCfReader
{
    private readonly Problems _problems;
    private readonly IConfigurationFacts _facts;
    private readonly string _path;
    private readonly List<(string Name, int Line)> _nodes = [];
    private readonly ImmutableArray<MediumSpec>.Builder _media = ImmutableArray.CreateBuilder<MediumSpec>();
    private readonly ImmutableArray<ClientChild>.Builder _clients = ImmutableArray.CreateBuilder<ClientChild>();
    private readonly ImmutableArray<ApiAuth>.Builder _apiAuth = ImmutableArray.CreateBuilder<ApiAuth>();
    private readonly ImmutableArray<StonithLine>.Builder _stonith = ImmutableArray.CreateBuilder<StonithLine>();
    private readonly ImmutableArray<(string, string)>.Builder _environment = ImmutableArray.CreateBuilder<(string, string)>();
    private readonly SortedDictionary<string, string> _parameters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _lineOf = new(StringComparer.Ordinal);
    private HaCf _cf = new();
    private TimeSpan? _deadTime, _warnTime, _initDead, _deadPing;
    private int? _port, _baud;
    private bool _logging, _failbackGiven;
    private int _line, _column;

    private HaCfReader(SourceFile file, IConfigurationFacts facts) => (_problems, _facts, _path) = (new Problems(file.Path), facts, file.PathAsPrinted);

    public static ReadResult<HaCf> Read(SourceFile file, SourceFile? nodeInfo, IConfigurationFacts facts, out ImmutableArray<string> nodes)
    {
        var reader = new HaCfReader(file, facts);
        if (file.Content is null)
        {
            reader._problems.Error(0, 0, $"Cannot open config file [{reader._path}]", "write one; an example is among the documentation");
            nodes = [];
            return new(null, reader._problems.InOrder());
        }
        foreach (var raw in file.Encoding.GetString(file.Content).Split('\n')) reader.Line(raw);
        nodes = [.. reader._nodes.Select(n => n.Name).Distinct()];
        var local = (nodeInfo?.Content is { } info ? nodeInfo.Encoding.GetString(info).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() : null) ?? facts.HostName;
        reader.Finish(local.ToLowerInvariant(), nodes, file);
        return new(reader._problems.HasErrors ? null : reader._cf, reader._problems.InOrder());
    }

    private void Line(string raw)
    {
        _line++;
        var text = (raw.IndexOf('#', StringComparison.Ordinal) is >= 0 and var comment ? raw[..comment] : raw).TrimEnd();
        var rest = text.TrimStart();
        if (rest.Length == 0) return;
        _column = text.Length - rest.Length + 1;
        var end = rest.IndexOfAny([' ', '\t', ',']);
        var name = end < 0 ? rest : rest[..end];
        var value = end < 0 ? "" : rest[end..].Trim(' ', '\t', ',');
        _lineOf[name] = _line;
        if (WholeLine(name, value)) return;
        if (!Options.TryGetValue(name, out var option))
        {
            Unknown(name);
            return;
        }
        var words = value.Split([' ', '\t', ','], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) Error($"{name}: no value", $"{name} {option.Form}");
        foreach (var word in words)
        {
            _column = text.IndexOf(word, Math.Min(text.Length, _column + name.Length), StringComparison.Ordinal) is >= 0 and var at ? at + 1 : _column;
            if (!option.Set(this, word)) Error($"{name} {word}: not a valid value", $"{name} {option.Form}");
            _parameters[name] = word;
        }
    }

    private void Unknown(string name)
    {
        if (name is "hbaping" or "tipc" or "openais" or "rds") Error($"Illegal directive [{name}] in {_path}", "this medium is not available, as in Debian's 3.0.6; use serial, bcast, mcast or ucast");
        else
        {
            var near = Options.Keys.Concat(WholeLineNames).OrderBy(k => Distance(k, name)).ThenBy(k => k, StringComparer.Ordinal).First();
            Error($"Illegal directive [{name}] in {_path}", Distance(near, name) <= Math.Max(2, name.Length / 3) ? $"did you mean {near}? Names are case sensitive" : "see ha.cf(5) for the directives");
        }
    }

    private void Error(string message, string remedy) => _problems.Error(_line, _column, message, remedy);

    private void Warn(string message, string remedy) => _problems.Warn(_line, _column, message, remedy);

    /// <summary>Levenshtein's edit distance, case ignored.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1)));
        }
        return row[b.Length];
    }

    private void Finish(string local, ImmutableArray<string> nodes, SourceFile file)
    {
        _column = 0;
        foreach (var twice in _nodes.GroupBy(n => n.Name).Where(g => g.Count() > 1)) _problems.Warn(twice.Last().Line, 0, $"Node {twice.Key} is named twice.", "name each node once");
        if (nodes.Length == 0) _problems.Error(0, 0, "no nodes defined", $"node {local} and the other node's name, as uname -n prints them");
        else if (!nodes.Contains(local)) _problems.Error(_lineOf["node"], 0, $"Current node [{local}] not in configuration!", $"add {local} to the node line: it must be what uname -n prints (or /etc/ha.d/nodeinfo says)");
        var dead = _deadTime ?? _cf.DeadTime;
        if (dead <= 2 * _cf.KeepAlive) _problems.Error(At("deadtime", "keepalive"), 0, $"Dead time [{Ms(dead)}] is too small compared to keeplive [{Ms(_cf.KeepAlive)}]", "deadtime must be more than twice keepalive");
        var initial = _initDead ?? (dead > TimeSpan.FromSeconds(10) ? dead : dead < TimeSpan.FromSeconds(6) ? TimeSpan.FromSeconds(12) : 2 * dead);
        if (initial < dead) _problems.Error(At("initdead"), 0, $"Initial dead time [{Ms(initial)}] is smaller than deadtime [{Ms(dead)}]", "initdead must be at least deadtime");
        else if (initial < TimeSpan.FromSeconds(10)) _problems.Warn(At("initdead"), 0, $"Initial dead time [{Ms(initial)} ms] may be too small!", "after a power cut both machines need time to boot: 120 s is usual");
        var ping = _deadPing ?? dead;
        if (ping <= 2 * _cf.KeepAlive) _problems.Error(At("deadping", "deadtime"), 0, $"Ping dead time [{Ms(ping)}] is too small compared to keeplive [{Ms(_cf.KeepAlive)}]", "deadping must be more than twice keepalive");
        if (_media.Count == 0) _problems.Error(0, 0, "No heartbeat media defined", "for example: serial /dev/ttyS0, and bcast eth1");
        else if (_media.All(m => m is MediumSpec.Ping or MediumSpec.PingGroup)) _problems.Warn(0, 0, "Only ping nodes are configured: nothing carries heartbeats.", "for example: serial /dev/ttyS0, and bcast eth1");
        if (!_failbackGiven && !_cf.Crm)
        {
            _problems.Warn(0, 0, "Deprecated 'legacy' auto_failback option selected.", "auto_failback on or off");
            _problems.Warn(0, 0, "Please convert to 'auto_failback on'.", "see ha.cf(5)");
        }
        else if (_failbackGiven && _cf.AutoFailback == AutoFailback.Legacy) _problems.Warn(At("auto_failback", "nice_failback"), 0, "Deprecated 'legacy' auto_failback option selected.", "auto_failback on or off");
        if (_cf.Crm) _problems.Error(At("crm", "pacemaker"), 0, "The cluster resource manager is not part of this release.", "crm no: resources come from haresources");
        if (_stonith.Count > 0 && file.IsReadableByOthers) _problems.Error(_stonith[0].Line, 0, "ha.cf holds stonith parameters and others can read it", $"chmod 600 {file.Path}: passwords must not be readable by everyone");
        _cf = _cf with
        {
            Nodes = nodes, LocalNode = local, Media = _media.ToImmutable(), DeadTime = dead, InitDead = initial, DeadPing = ping, WarnTime = _warnTime ?? dead / 2,
            Clients = _clients.ToImmutable(), ApiAuth = _apiAuth.ToImmutable(), Stonith = _stonith.ToImmutable(), ChildEnvironment = _environment.ToImmutable(),
            UseLogd = _cf.UseLogd || !_logging, Parameters = _parameters.ToImmutableSortedDictionary(StringComparer.Ordinal),
        };
    }

    private int At(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            if (_lineOf.TryGetValue(name, out var line)) return line;
        return 0;
    }

    private static long Ms(TimeSpan time) => (long)time.TotalMilliseconds;

    private static bool? Boolean(string word) => word.ToLowerInvariant() switch
    {
        "true" or "on" or "yes" or "y" or "1" => true,
        "false" or "off" or "no" or "n" or "0" => false,
        _ => null,
    };

    /// <summary>Seconds, decimals allowed, or with <c>ms</c>, <c>us</c>, <c>usec</c> directly behind; rounded to milliseconds.</summary>
    internal static TimeSpan? Time(string word)
    {
        var digits = word.TakeWhile(c => char.IsAsciiDigit(c) || c == '.').Count();
        if (!double.TryParse(word[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return null;
        double? factor = word[digits..] switch { "" or "s" or "sec" => digits == word.Length ? 1000 : null, "ms" or "msec" => 1, "us" or "usec" => 0.001, _ => null };
        return factor is null || number * factor > 1e10 ? null : TimeSpan.FromMilliseconds(Math.Round(number * factor.Value));
    }
}
