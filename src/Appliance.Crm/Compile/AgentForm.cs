using System.Collections.Immutable;
using Appliance.Core.Resources;

namespace Appliance.Crm.Compile;

/// <summary>A resource of haresources as a CIB has it: agent and instance attributes.</summary>
public sealed record AgentForm(AgentSpec Agent, ImmutableArray<InstanceAttribute> Attributes)
{
    /// <summary>What the v1 resource manager calls it, where agents make state files of that: the CRM must call it the same. Null: as it reads well.</summary>
    public string? Instance { get; init; }

    /// <summary>What a script of resource.d gets: positional arguments, which Pacemaker's class <c>heartbeat</c> has as attributes named 1, 2, ...</summary>
    public static AgentForm OfScript(ResourceSpec resource)
    {
        var attributes = ImmutableArray.CreateBuilder<InstanceAttribute>();
        for (var i = 0; i < resource.Arguments.Length; i++) attributes.Add(new((i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), resource.Arguments[i]));
        return new(new("heartbeat", "", resource.Script), attributes.ToImmutable());
    }

    /// <summary>An entry that names its agent: <c>NAME=VALUE</c> arguments are its attributes (ocf); others have none.</summary>
    public static AgentForm OfAgent(ResourceSpec resource, AgentSpec agent)
    {
        var attributes = ImmutableArray.CreateBuilder<InstanceAttribute>();
        foreach (var argument in resource.Arguments)
            if (argument.IndexOf('=', StringComparison.Ordinal) is > 0 and var at) attributes.Add(new(argument[..at], argument[(at + 1)..]));
        return new(agent, attributes.ToImmutable());
    }
}

/// <summary>One <c>nvpair</c>.</summary>
public sealed record InstanceAttribute(string Name, string Value);
