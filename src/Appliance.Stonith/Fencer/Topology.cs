using System.Collections.Immutable;
using Appliance.Core;

namespace Appliance.Stonith.Fencer;

/// <summary>Whom a topology level is for.</summary>
public abstract record LevelTarget
{
    private LevelTarget() { }

    public sealed record Node(string Name) : LevelTarget;

    /// <summary>A pattern that node names match.</summary>
    public sealed record Pattern(ExtendedPattern Expression) : LevelTarget;

    /// <summary>Nodes with this node attribute.</summary>
    public sealed record Attribute(string Name, string Value) : LevelTarget;
}

/// <summary>Devices that must all succeed, in order; levels are tried in rising index until one does.</summary>
/// <param name="Index">1 to 9 (ST_LEVEL_MAX).</param>
public sealed record TopologyLevel(LevelTarget Target, int Index, ImmutableArray<string> Devices);

/// <summary>Which devices fence which node, and in which order.</summary>
/// <remarks>An exact name wins; among the others the first in the order of the configuration (Pacemaker: hash order, which nobody can predict).</remarks>
public sealed class Topology(ImmutableArray<TopologyLevel> levels)
{
    /// <summary>The level indices Pacemaker takes.</summary>
    public const int FirstLevel = 1, LastLevel = 9;

    public ImmutableArray<TopologyLevel> Levels => levels;

    /// <summary>The levels for a node, lowest first; none: there is no topology for it.</summary>
    /// <param name="attributes">Values of the node's attributes.</param>
    public ImmutableArray<ImmutableArray<string>> For(string node, Func<string, string?> attributes)
    {
        var chosen = levels.Select(l => l.Target).FirstOrDefault(t => t is LevelTarget.Node named && named.Name == node)
            ?? levels.Select(l => l.Target).FirstOrDefault(t => Matches(t, node, attributes));
        return chosen is null ? [] : [.. levels.Where(l => l.Target == chosen).OrderBy(l => l.Index).ToList().ConvertAll(l => l.Devices)];
    }

    private static bool Matches(LevelTarget target, string node, Func<string, string?> attributes) => target switch
    {
        LevelTarget.Attribute attribute => attributes(attribute.Name) == attribute.Value,
        LevelTarget.Pattern pattern => pattern.Expression.Match(node) is not null,
        _ => false,
    };
}
