using System.Collections.Immutable;

namespace Appliance.Stonith.Devices;

/// <summary>What a parameter's value is (the fence-agents API's content types).</summary>
public enum ParameterKind { Text, Integer, Seconds, Boolean, Choice }

/// <summary>One parameter of a device type, declared once: checks, metadata, help and command-line options come from here.</summary>
/// <param name="Name">The name of fence-agents' metadata, lower case with underscores: <c>ip</c>, <c>username</c>, <c>snmp_version</c>.</param>
/// <param name="Short">One line for metadata and help.</param>
public sealed record DeviceParameter(string Name, ParameterKind Kind, string Short)
{
    /// <summary>Names it had before: <c>ipaddr</c>, <c>login</c>, <c>passwd</c>, <c>port</c>. Accepted for ever.</summary>
    public ImmutableArray<string> OldNames { get; init; } = [];

    /// <summary>Its one-letter option on fence-agents' command line; NUL when it has none.</summary>
    public char Letter { get; init; }
    public string? Default { get; init; }
    public bool Required { get; init; }

    /// <summary>Shown to nobody: not in a log, not in a process list, not in history.</summary>
    public bool IsSecret { get; init; }

    /// <summary>Of <see cref="ParameterKind.Choice"/>.</summary>
    public ImmutableArray<string> Choices { get; init; } = [];

    /// <summary>What each of its values presets: values of other parameters that count where those are not given.</summary>
    public ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> Presets { get; init; } = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;
}
