using System.Collections.Immutable;
using System.Globalization;
using Appliance.Stonith.Devices.Snmp;

namespace Appliance.Stonith.Devices.Outlets;

/// <summary>How the outlets (or ports) of one kind of device are read and switched by SNMP: a file of <c>hw/pdu</c> or <c>hw/san</c>, or one of the administrator's.</summary>
/// <param name="Name">The file's name without its ending.</param>
public sealed record OutletProfile(string Name)
{
    public string Vendor { get; init; } = "";

    /// <summary>Prefix of the device's sysObjectID; <c>null</c>: only by name.</summary>
    public Oid? SysObjectId { get; init; }

    /// <summary>Profiles to look at when the device does not answer this one's table.</summary>
    public ImmutableArray<string> Also { get; init; } = [];

    /// <summary>Columns with the outlets' names, the most telling first.</summary>
    public ImmutableArray<OidTemplate> Names { get; init; } = [];
    public required OidTemplate Status { get; init; }

    /// <summary>The only values that count as on, off, and between the two; every other one is an error.</summary>
    public ImmutableArray<long> On { get; init; } = [];
    public ImmutableArray<long> Off { get; init; } = [];
    public ImmutableArray<long> Moving { get; init; } = [];

    /// <summary>On, and by the device's own settings not to be switched off.</summary>
    public ImmutableArray<long> Locked { get; init; } = [];
    public (OidTemplate Oid, long Value)? SwitchOn { get; init; }
    public (OidTemplate Oid, long Value)? SwitchOff { get; init; }

    /// <summary>For ports: a second column that must not say that the port works.</summary>
    public OidTemplate? Works { get; init; }
    public ImmutableArray<long> WorksNot { get; init; } = [];

    /// <summary>Number of the unit when none is given.</summary>
    public uint Unit { get; init; } = 1;
    public required PlugForm Plug { get; init; }

    /// <summary>The value as a state; <c>null</c>: neither on nor off nor between.</summary>
    public PowerState? StateOf(long value) => Off.Contains(value) ? PowerState.Off : On.Contains(value) || Locked.Contains(value) ? PowerState.On : Moving.Contains(value) ? PowerState.Moving : null;

    /// <summary>The profile of a text, or what is wrong with it: a sentence each, with file and line.</summary>
    public static (OutletProfile? Profile, ImmutableArray<string> Problems) Parse(string file, string text)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var (single, names) = (new Dictionary<string, string>(StringComparer.Ordinal), ImmutableArray.CreateBuilder<OidTemplate>());
        var nameLines = new List<int>();
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            var at = line.IndexOf('=', StringComparison.Ordinal);
            var (key, value) = at < 0 ? (line, "") : (line[..at].Trim(), line[(at + 1)..].Trim());
            if (at <= 0) problems.Add($"{file}:{number}: this is not FIELD = VALUE");
            else if (!Known.Contains(key)) problems.Add($"{file}:{number}: there is no field {key}; the fields are {string.Join(' ', Known)}");
            else if (value.Length == 0) problems.Add($"{file}:{number}: {key} has no value");
            else if (key == "name")
            {
                if (OidTemplate.Parse(value) is { } column)
                {
                    names.Add(column);
                    nameLines.Add(number);
                }
                else problems.Add($"{file}:{number}: name must be an object identifier with places, as 1.3.6.1.4.1.9.{{o}}");
            }
            else if (!single.TryAdd(key, value)) problems.Add($"{file}:{number}: {key} was given before, in line {lines[key]}");
            else lines[key] = number;
        }

        string Where(string field) => lines.TryGetValue(field, out var line) ? $"{file}:{line}" : file;
        OidTemplate? Template(string field)
        {
            if (!single.TryGetValue(field, out var value)) return null;
            if (OidTemplate.Parse(value) is { } template) return template;
            problems.Add($"{Where(field)}: {field} must be an object identifier with places, as 1.3.6.1.4.1.9.{{o}}");
            return null;
        }
        ImmutableArray<long> Values(string field)
        {
            var values = ImmutableArray.CreateBuilder<long>();
            foreach (var word in (single.GetValueOrDefault(field) ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
                if (long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)) values.Add(value);
                else problems.Add($"{Where(field)}: {field} must be whole numbers with blanks between, and has \"{word}\"");
            return values.ToImmutable();
        }
        (OidTemplate, long)? Order(string field)
        {
            if (!single.TryGetValue(field, out var text)) return null;
            if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var oid, var word] && OidTemplate.Parse(oid) is { } template && long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value))
            {
                if (value is >= int.MinValue and <= int.MaxValue) return (template, value);
                problems.Add($"{Where(field)}: {field} writes {value}, which is no INTEGER of SNMP: it has 32 bits");
                return null;
            }
            problems.Add($"{Where(field)}: {field} must be an object identifier with places and the number to write, as 1.3.6.1.4.1.9.{{o}} 2");
            return null;
        }

        if (!single.ContainsKey("status")) problems.Add($"{file}: status is missing: the object that says whether an outlet is on");
        foreach (var needed in new[] { "on", "off" })
            if (!single.ContainsKey(needed)) problems.Add($"{file}: {needed} is missing: the values of status that mean {needed}");
        if (single.ContainsKey("works") && !single.ContainsKey("works-not")) problems.Add($"{file}: works-not is missing: the values of works that a disabled port has");
        Oid? system = null;
        if (single.TryGetValue("sysobjectid", out var prefix) && (system = Oid.TryParse(prefix)) is null) problems.Add($"{Where("sysobjectid")}: sysobjectid must be an object identifier");
        var unit = 1u;
        if (single.TryGetValue("unit", out var word) && !uint.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out unit)) problems.Add($"{Where("unit")}: unit must be a number");
        var status = Template("status");
        PlugForm? plug = null;
        if (single.TryGetValue("plug", out var form) && (plug = PlugForm.Parse(form)) is null) problems.Add($"{Where("plug")}: plug must be text with places, as fc{{m}}/{{p}}");
        var (on, off, moving, locked) = (Values("on"), Values("off"), Values("moving"), Values("locked"));
        foreach (var value in off)
            if (on.Contains(value) || moving.Contains(value) || locked.Contains(value)) problems.Add($"{Where("off")}: {value} cannot mean off and something else");
        foreach (var value in on)
            if (moving.Contains(value) || locked.Contains(value)) problems.Add($"{Where("on")}: {value} cannot mean on and {(locked.Contains(value) ? "locked" : "moving")}");
        var (switchOn, switchOff, works) = (Order("switch-on"), Order("switch-off"), Template("works"));
        if (status is not null)
        {
            var letters = status.Letters;
            if (letters.IsEmpty) problems.Add($"{Where("status")}: status has no place for the outlet, as in 1.3.6.1.4.1.9.{{o}}");
            for (var i = 0; i < letters.Length; i++)
                if (letters.IndexOf(letters[i]) < i) problems.Add($"{Where("status")}: status has the place {{{letters[i]}}} twice; name it once");
            // A place that one has and another has not would be filled with 0: another outlet's row.
            void SamePlaces(string field, string where, ImmutableArray<char> its)
            {
                foreach (var letter in its)
                    if (!letters.Contains(letter)) problems.Add($"{where}: {field} has the place {{{letter}}}, which status does not have");
                foreach (var letter in letters)
                    if (!its.Contains(letter)) problems.Add($"{where}: {field} has no place {{{letter}}}, which status has");
            }
            if (switchOn is { } turnOn) SamePlaces("switch-on", Where("switch-on"), turnOn.Item1.Letters);
            if (switchOff is { } turnOff) SamePlaces("switch-off", Where("switch-off"), turnOff.Item1.Letters);
            if (works is not null) SamePlaces("works", Where("works"), works.Letters);
            if (plug is not null) SamePlaces("plug", Where("plug"), plug.Letters);
            for (var i = 0; i < names.Count; i++) SamePlaces("name", $"{file}:{nameLines[i]}", names[i].Letters);
            var sample = ImmutableSortedDictionary.CreateBuilder<char, uint>();
            foreach (var letter in letters) sample[letter] = 1000;
            var anywhere = new OutletIndex(sample.ToImmutable());
            if (switchOn is { } first && switchOff is { } second && first.Item2 == second.Item2 && first.Item1.Of(anywhere).Equals(second.Item1.Of(anywhere)))
                problems.Add($"{Where("switch-off")}: switch-off is the same order as switch-on, in {Where("switch-on")}");
        }
        var profile = status is null ? null : new OutletProfile(NameOf(file))
        {
            Vendor = single.GetValueOrDefault("vendor") ?? "",
            SysObjectId = system,
            Also = [.. (single.GetValueOrDefault("also") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            Names = names.ToImmutable(),
            Status = status,
            On = on,
            Off = off,
            Moving = moving,
            Locked = locked,
            SwitchOn = switchOn,
            SwitchOff = switchOff,
            Works = works,
            WorksNot = Values("works-not"),
            Unit = unit,
            Plug = plug ?? PlugForm.Of(status.Letters),
        };
        return (problems.Count > 0 ? null : profile, problems.ToImmutable());
    }

    private static readonly ImmutableArray<string> Known = ["vendor", "sysobjectid", "also", "name", "status", "on", "off", "moving", "locked", "switch-on", "switch-off", "works", "works-not", "unit", "plug"];

    private static string NameOf(string file)
    {
        var name = file[(file.LastIndexOf('/') + 1)..];
        return name.EndsWith(".profile", StringComparison.Ordinal) ? name[..^".profile".Length] : name;
    }
}
