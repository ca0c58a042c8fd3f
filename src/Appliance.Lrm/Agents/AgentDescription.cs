using System.Collections.Immutable;

namespace Appliance.Lrm.Agents;

/// <summary>What a parameter's text must look like.</summary>
public enum ParameterKind
{
    Text,
    /// <summary>A decimal number, not negative.</summary>
    Number,
    /// <summary>yes true 1 on ja / no false 0 off, as ocf-shellfuncs has them; any case.</summary>
    YesNo,
    /// <summary>A number of seconds; may have decimals.</summary>
    Seconds,
}

/// <summary>One parameter, declared once: validation, meta-data and help come from here.</summary>
public sealed record AgentParameter(string Name, ParameterKind Kind, string Short, string Long)
{
    public string Default { get; init; } = "";
    public bool Required { get; init; }
    /// <summary>Two resources with the same value would be the same resource.</summary>
    public bool Unique { get; init; }
    /// <summary>The only values there are; empty: any.</summary>
    public ImmutableArray<string> Allowed { get; init; } = [];
    /// <summary>Integers only.</summary>
    public int Minimum { get; init; }
    /// <summary>Other names under which the value may come, oldest last.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];
}

/// <summary>An action in the meta-data, with the least time a cluster manager should give it.</summary>
public sealed record AgentAction(string Name, int TimeoutSeconds, int? IntervalSeconds = null);

/// <summary>What an agent is, as data.</summary>
/// <param name="Usage">Positional arguments in haresources.</param>
public sealed record AgentDescription(
    string Name, string Short, string Long, string Usage, ImmutableArray<AgentParameter> Parameters, ImmutableArray<AgentAction> Actions)
{
    public const string Version = "4.0";

    /// <summary>start, stop, status, monitor, validate-all and meta-data with these time-outs.</summary>
    public static ImmutableArray<AgentAction> StandardActions(int startSeconds, int stopSeconds, int monitorSeconds) =>
    [
        new("start", startSeconds), new("stop", stopSeconds), new("status", monitorSeconds, 10), new("monitor", monitorSeconds, 10),
        new("validate-all", 5), new("meta-data", 5),
    ];
}
