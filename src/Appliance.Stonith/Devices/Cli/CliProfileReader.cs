using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>Reads a <see cref="CliProfile"/>, or says what is wrong with it: a sentence each, with file, line and field.</summary>
public sealed class CliProfileReader
{
    private static readonly ImmutableArray<string> Known =
    [
        "agent", "fabric", "telnet", "echo", "prompt", "login-prompt", "password-prompt", "login-refused", "start", "started", "leave", "unfit", "status", "rows-after", "heading", "row", "row-on",
        "off-is", "on-is", "switch-off", "switch-on", "confirm", "answer", "refused",
    ];
    private static readonly ImmutableArray<string> Repeatable = ["start", "leave", "heading", "row", "row-on"];
    private readonly ImmutableArray<string>.Builder _problems = ImmutableArray.CreateBuilder<string>();
    private readonly SortedDictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly ImmutableArray<string>.Builder _leave = ImmutableArray.CreateBuilder<string>();
    private readonly string _file;
    private CliProfile _profile;
    private string _where = "";

    private CliProfileReader(string file)
    {
        _file = file;
        var name = file[(file.LastIndexOf('/') + 1)..];
        _profile = new(name.EndsWith(".profile", StringComparison.Ordinal) ? name[..^".profile".Length] : name);
    }

    public static (CliProfile? Profile, ImmutableArray<string> Problems) Read(string file, string text)
    {
        var reader = new CliProfileReader(file);
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length > 0 && line[0] != '#') reader.Line(line, number);
        }
        reader.Whole();
        return (reader._problems.Count > 0 ? null : reader._profile, reader._problems.ToImmutable());
    }

    private void Line(string line, int number)
    {
        _where = $"{_file}:{number}";
        var at = line.IndexOf('=', StringComparison.Ordinal);
        var (key, value) = at < 0 ? (line, "") : (line[..at].Trim(), line[(at + 1)..].Trim());
        if (at <= 0) Wrong("this is not FIELD = VALUE");
        else if (!Known.Contains(key)) Wrong($"there is no field {key}; the fields are {string.Join(' ', Known)}");
        else if (value.Length == 0) Wrong($"{key} has no value");
        else if (value.AsSpan().ContainsAnyInRange('\0', '\x1f')) Wrong($"{key} holds a control character");
        else if (!_lines.TryAdd(key, number) && !Repeatable.Contains(key)) Wrong($"{key} was given before, in line {_lines[key]}");
        else Field(key, value);
    }

    private void Field(string key, string value)
    {
        switch (key)
        {
            case "agent": _profile = _profile with { Agents = [.. value.Split(' ', StringSplitOptions.RemoveEmptyEntries)] }; break;
            case "fabric": _profile = _profile with { IsFabric = YesNo(key, value) }; break;
            case "telnet": _profile = _profile with { IsTelnet = YesNo(key, value) }; break;
            case "echo": _profile = _profile with { Echoes = YesNo(key, value) }; break;
            case "prompt": _profile = _profile with { Prompts = Words(key, value) }; break;
            case "login-prompt": _profile = _profile with { LoginPrompts = Words(key, value) }; break;
            case "password-prompt": _profile = _profile with { PasswordPrompts = Words(key, value) }; break;
            case "login-refused": _profile = _profile with { LoginRefused = Words(key, value) }; break;
            case "start": _profile = _profile with { Start = _profile.Start.Add(value) }; break;
            case "started": _profile = _profile with { Started = value }; break;
            case "leave": _leave.Add(value); break;
            case "unfit": _profile = _profile with { Unfit = Words(key, value) }; break;
            case "status": _profile = _profile with { Status = value }; break;
            case "rows-after": _profile = _profile with { RowsAfter = value }; break;
            case "heading" when Pattern(key, value) is { } pattern: _profile = _profile with { Headings = _profile.Headings.Add(pattern) }; break;
            case "row" when Pattern(key, value) is { } pattern: _profile = _profile with { Rows = _profile.Rows.Add(pattern) }; break;
            case "row-on" when Pattern(key, value) is { } pattern: _profile = _profile with { RowsOn = _profile.RowsOn.Add(pattern) }; break;
            case "off-is": _profile = _profile with { Off = Words(key, value) }; break;
            case "on-is": _profile = _profile with { On = Words(key, value) }; break;
            case "switch-off": _profile = _profile with { SwitchOff = Order(key, value) }; break;
            case "switch-on": _profile = _profile with { SwitchOn = Order(key, value) }; break;
            case "confirm": _profile = _profile with { Confirm = Words(key, value) }; break;
            case "answer": _profile = _profile with { Answer = value }; break;
            case "refused": _profile = _profile with { Refused = Words(key, value) }; break;
            default: break;
        }
    }

    private void Wrong(string problem) => _problems.Add($"{_where}: {problem}");

    private bool YesNo(string key, string value)
    {
        if (value is not "yes" and not "no") Wrong($"{key} must be yes or no");
        return value == "yes";
    }

    private ImmutableArray<string> Words(string key, string value)
    {
        ImmutableArray<string> words = [.. value.Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        if (words.IsEmpty) Wrong($"{key} holds no word");
        return words;
    }

    private RowPattern? Pattern(string key, string value)
    {
        var pattern = RowPattern.Parse(value, out var problem);
        if (pattern is null) Wrong($"{key}: {problem}");
        else if (key == "row" && !pattern.HasState) Wrong("row has no {state}");
        else if (key != "row" && pattern.HasState) Wrong($"{key} has no {{state}}: only row does");
        else if (key == "heading" && !pattern.HasPlug) Wrong("heading has no {plug}");
        return pattern;
    }

    private string Order(string key, string value)
    {
        if (!value.Contains("{plug}", StringComparison.Ordinal)) Wrong($"{key} must hold {{plug}}, the place of the outlet or port");
        return value;
    }

    /// <summary>What only the whole file can show.</summary>
    private void Whole()
    {
        _where = _file;
        foreach (var needed in new[] { "prompt", "status", "row", "off-is", "on-is", "switch-off", "switch-on" })
            if (!_lines.ContainsKey(needed)) Wrong($"{needed} is missing");
        foreach (var word in _profile.Off)
            if (_profile.On.Contains(word, StringComparer.OrdinalIgnoreCase)) Wrong($"off-is and on-is: {word} cannot mean both");
        foreach (var row in (ImmutableArray<RowPattern>)[.. _profile.Rows, .. _profile.RowsOn])
            if (!row.HasPlug && _profile.Headings.IsEmpty && !_profile.AsksOneByOne) Wrong("row has no {plug}, no heading has one, and status does not ask for one: whose state is it?");
        if (_leave.Count > 0) _profile = _profile with { Leave = _leave.ToImmutable() };
    }
}
