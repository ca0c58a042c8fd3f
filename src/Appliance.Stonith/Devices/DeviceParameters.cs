using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core;

namespace Appliance.Stonith.Devices;

/// <summary>Values for a device type's parameters, checked; a read of any of them cannot fail any more.</summary>
public sealed class DeviceParameters
{
    private static readonly string[] Yes = ["1", "yes", "on", "true"], No = ["0", "no", "off", "false"];
    private readonly ImmutableSortedDictionary<string, string> _values;

    private DeviceParameters(ImmutableSortedDictionary<string, string> values, ImmutableArray<string> problems, ImmutableArray<string> unknown) =>
        (_values, Problems, Unknown) = (values, problems, unknown);

    /// <summary>What is wrong, a sentence each that names the parameter and what would be right; empty when nothing is. Never quotes a secret.</summary>
    public ImmutableArray<string> Problems { get; }

    /// <summary>Names that mean nothing to this device type.</summary>
    public ImmutableArray<string> Unknown { get; }

    /// <summary>Those, with their values, as they were given: a program may know more than it tells of itself.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Others { get; private init; } = [];

    /// <param name="given">Name and value as the administrator wrote them; <c>-</c> and <c>_</c> are alike in names, and the last of repeated names counts.</param>
    /// <param name="defaults">What another name of the agent changes (fence_ilo3: power_wait 4).</param>
    public static DeviceParameters Read(ImmutableArray<DeviceParameter> known, IEnumerable<KeyValuePair<string, string>> given, ImmutableSortedDictionary<string, string>? defaults = null)
    {
        var values = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var (problems, unknown) = (ImmutableArray.CreateBuilder<string>(), ImmutableArray.CreateBuilder<string>());
        var others = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var (name, value) in given)
        {
            var plain = name.Replace('-', '_');
            if (known.FirstOrDefault(p => p.Name == plain || p.OldNames.Contains(plain)) is not { } parameter)
            {
                unknown.Add(name);
                others.Add(new(name, value));
            }
            else values[parameter.Name] = value;
        }
        foreach (var parameter in known)
        {
            if (parameter.Presets.IsEmpty || !values.TryGetValue(parameter.Name, out var preset)) continue;
            if (!parameter.Presets.TryGetValue(preset, out var presets)) problems.Add($"{parameter.Name} must be one of {string.Join(", ", parameter.Presets.Keys)}, and is \"{preset}\"");
            else foreach (var (name, value) in presets) defaults = (defaults ?? ImmutableSortedDictionary<string, string>.Empty).SetItem(name, value);
        }
        foreach (var parameter in known)
        {
            if (!values.TryGetValue(parameter.Name, out var value))
            {
                if (parameter.Required) problems.Add($"{parameter.Name} is missing: {parameter.Short}");
                if ((defaults?.GetValueOrDefault(parameter.Name) ?? parameter.Default) is { } normal) values[parameter.Name] = normal;
                continue;
            }
            if (Problem(parameter, value) is { } problem) problems.Add(problem);
        }
        return new(values.ToImmutable(), problems.ToImmutable(), unknown.ToImmutable()) { Others = others.ToImmutable() };
    }

    /// <summary>The same with one value more: what was found out just now (a password that a program told).</summary>
    public DeviceParameters With(string name, string value) => new(_values.SetItem(name, value), Problems, Unknown) { Others = Others };

    public bool Has(string name) => _values.TryGetValue(name, out var value) && value.Length > 0;

    /// <summary>Empty when it was not given and has no default.</summary>
    public string this[string name] => _values.GetValueOrDefault(name) ?? "";

    public Secret Secret(string name) => Core.Secret.Of(this[name]);

    public int Integer(string name) => int.TryParse(this[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : 0;

    public TimeSpan Seconds(string name) => TrySeconds(this[name], out var span) ? span : TimeSpan.Zero;

    public bool Flag(string name) => Yes.Contains(this[name], StringComparer.OrdinalIgnoreCase);

    /// <summary>Several values in one, as in <c>ip=10.0.0.1,10.0.0.2</c>.</summary>
    public ImmutableArray<string> List(string name) => [.. this[name].Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>The outlets that <c>plug</c> names. A blank is part of a name: only the separator that the administrator chose (a comma) parts them.</summary>
    public ImmutableArray<string> Plugs() => [.. this["plug"].Split(this["plug_separator"] is { Length: > 0 } own ? own : ",", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];

    /// <summary>Values that may be shown, for logs and history.</summary>
    public string Shown(ImmutableArray<DeviceParameter> known) =>
        string.Join(' ', known.Where(p => !p.IsSecret && _values.ContainsKey(p.Name)).OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => $"{p.Name}={_values[p.Name]}"));

    private static string? Problem(DeviceParameter parameter, string value) => parameter.Kind switch
    {
        ParameterKind.Integer when !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) => $"{parameter.Name} must be a whole number{Quote(parameter, value)}",
        ParameterKind.Seconds when !TrySeconds(value, out _) => $"{parameter.Name} must be a number of seconds{Quote(parameter, value)}",
        ParameterKind.Boolean when !Yes.Concat(No).Contains(value, StringComparer.OrdinalIgnoreCase) => $"{parameter.Name} must be 1 or 0 (yes, no, on, off, true, false){Quote(parameter, value)}",
        ParameterKind.Choice when !parameter.Choices.Contains(value, StringComparer.OrdinalIgnoreCase) => $"{parameter.Name} must be one of {string.Join(", ", parameter.Choices)}{Quote(parameter, value)}",
        _ => null,
    };

    private static string Quote(DeviceParameter parameter, string value) => parameter.IsSecret ? "" : $", and is \"{value}\"";

    /// <summary>A plain number, or one with the unit s, ms or m.</summary>
    private static bool TrySeconds(string text, out TimeSpan span)
    {
        var (number, unit) = text switch
        {
            _ when text.EndsWith("ms", StringComparison.Ordinal) => (text[..^2], 0.001),
            _ when text.EndsWith('s') => (text[..^1], 1.0),
            _ when text.EndsWith('m') => (text[..^1], 60.0),
            _ => (text, 1.0),
        };
        var good = double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value) && value * unit < 1e8;
        span = good ? TimeSpan.FromSeconds(value * unit) : TimeSpan.Zero;
        return good;
    }
}
