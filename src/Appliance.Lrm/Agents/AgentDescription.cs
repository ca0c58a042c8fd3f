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
    /// <summary>The meta-data's own word for the type, where it is not what the kind would be called.</summary>
    public string? Type { get; init; }
    /// <summary>OCF 1.1's form of <see cref="Unique"/>: no two resources have the same values in all parameters of a group.</summary>
    public string? UniqueGroup { get; init; }
    /// <summary>A change needs <c>reload-agent</c> only, and no restart (OCF 1.1).</summary>
    public bool Reloadable { get; init; }
    /// <summary>Shown as the default where the agent itself works it out from the call's environment; the value stays empty.</summary>
    public Func<IReadOnlyDictionary<string, string>, string>? WorkedOutDefault { get; init; }
    /// <summary>Other names under which the value may come, oldest last.</summary>
    public ImmutableArray<string> Aliases { get; init; } = [];
}

/// <summary>An action in the meta-data, with the least time a cluster manager should give it.</summary>
public sealed record AgentAction(string Name, int TimeoutSeconds, int? IntervalSeconds = null)
{
    /// <summary><c>Promoted</c> or <c>Unpromoted</c>, where monitors differ by role.</summary>
    public string? Role { get; init; }
}

/// <summary>What an agent is, as data.</summary>
/// <param name="Usage">Positional arguments in haresources.</param>
public sealed record AgentDescription(
    string Name, string Short, string Long, string Usage, ImmutableArray<AgentParameter> Parameters, ImmutableArray<AgentAction> Actions)
{
    public const string Version = "4.0";

    /// <summary>The version of OCF's resource agent API whose words the meta-data uses: 1.0 or 1.1.</summary>
    public string OcfVersion { get; init; } = "1.0";

    /// <summary>Whose agent of this name it stands for: <c>heartbeat</c>, <c>pacemaker</c>; <c>null</c>: there is no other.</summary>
    public string? StandsFor { get; init; } = "heartbeat";

    /// <summary>How it is written in haresources.</summary>
    public string InHaresources => Usage.Length == 0 ? Name : $"{Name}::{Usage}";

    /// <summary>A parameter's name, one that it had before, or what comes with every call (<c>CRM_meta_*</c>, <c>crm_feature_set</c>).</summary>
    public bool Knows(string parameter)
    {
        if (parameter.StartsWith("CRM_meta_", StringComparison.Ordinal) || parameter == "crm_feature_set") return true;
        foreach (var each in Parameters)
            if (each.Name == parameter || each.Aliases.Contains(parameter)) return true;
        return false;
    }

    public bool Has(string action)
    {
        foreach (var each in Actions)
            if (each.Name == action) return true;
        return false;
    }

    /// <summary>start, stop, status, monitor, validate-all and meta-data with these time-outs.</summary>
    public static ImmutableArray<AgentAction> StandardActions(int startSeconds, int stopSeconds, int monitorSeconds) =>
    [
        new("start", startSeconds), new("stop", stopSeconds), new("status", monitorSeconds, 10), new("monitor", monitorSeconds, 10),
        new("validate-all", 5), new("meta-data", 5),
    ];
}
