using System.Collections.Immutable;

namespace Appliance.Core.Resources;

/// <summary>One resource of a haresources line: <c>script::arg1::arg2</c>, or an address (which means <c>IPaddr::address</c>).</summary>
/// <param name="Text">The word as written: for the first resource of a line it is the group's key.</param>
/// <param name="Script">Name looked up in resource.d, among the built-in agents, and in init.d.</param>
/// <param name="Arguments">Positional arguments; empty ones have already disappeared, as in 3.0.6.</param>
public sealed record ResourceSpec(string Text, string Script, ImmutableArray<string> Arguments)
{
    /// <summary>The agent, where the entry names one by its standard (<c>systemd:nginx</c>, <c>ocf:heartbeat:pgsql::pgctl=...</c>); <c>null</c> for a script of resource.d.</summary>
    public AgentSpec? Agent { get; } = AgentSpec.Parse(Script);

    public override string ToString() => Text;
}

/// <summary>One logical line of haresources: resources that start left to right on one node and stop right to left.</summary>
/// <param name="Node">Preferred node, lower case.</param>
/// <param name="Resources">At least one; the first one's text is the group's key.</param>
public sealed record ResourceGroup(string Node, ImmutableArray<ResourceSpec> Resources, int Line)
{
    /// <summary>The name of the group everywhere: on the wire, in logs, in status output.</summary>
    public string Key => Resources[0].Text;

    public override string ToString() => Node + " " + string.Join(' ', Resources.Select(r => r.Text));
}

/// <summary>What is asked of a resource's agent.</summary>
public enum ResourceAction { Status, Start, Stop }

/// <summary>How a resource operation ended; a time-out is a result of its own, never success and never plain failure.</summary>
public enum OperationOutcome
{
    /// <summary>Start and stop: exit 0. Status: the resource runs.</summary>
    Ok,
    /// <summary>Status only: the resource does not run.</summary>
    NotRunning,
    /// <summary>The agent said no (exit code and last output in the result's text).</summary>
    Failed,
    /// <summary>The agent did not answer in time and was killed.</summary>
    TimedOut,
    /// <summary>Status only: the agent found it neither running well nor stopped, so that it may be active.</summary>
    Unclear,
    /// <summary>There is no script or built-in agent of that name.</summary>
    NotFound,
}

/// <summary>The end of one operation.</summary>
/// <param name="ExitCode">As the agent returned it; -1 when it never returned.</param>
/// <param name="Reason">One line for the log, without the resource's name; may be empty.</param>
public sealed record OperationResult(OperationOutcome Outcome, int ExitCode, string Reason);
