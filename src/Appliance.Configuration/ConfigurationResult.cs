using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;

namespace Appliance.Configuration;

/// <summary>A whole configuration that can be started.</summary>
public sealed record ClusterConfiguration(HaCf HaCf, AuthKeys AuthKeys, ImmutableArray<ResourceGroup> Groups);

/// <summary>What was read, and every problem of every file.</summary>
/// <param name="Configuration"><c>null</c> when there is an error: nothing starts half-read.</param>
/// <param name="Diagnostics">In the order of files, lines and columns.</param>
public sealed record ConfigurationResult(ClusterConfiguration? Configuration, ImmutableArray<Diagnostic> Diagnostics)
{
    public bool HasErrors => Diagnostics.Any(d => d.Severity == Severity.Error);
}

/// <summary>One file's result: <paramref name="Value"/> is <c>null</c> when there is an error.</summary>
public sealed record ReadResult<T>(T? Value, ImmutableArray<Diagnostic> Diagnostics) where T : class;

/// <summary>The groups of haresources, in order.</summary>
public sealed record Haresources(ImmutableArray<ResourceGroup> Groups);
