using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Operations;
using Appliance.Policy.Model;

namespace Appliance.Crm.History;

/// <summary>What an agent says of its parameters that a history keeps: with which a change can be reloaded, and which are shown to nobody.</summary>
/// <param name="Reload">The operation that takes a change in: <c>reload-agent</c>, <c>reload</c> of agents before OCF 1.1, or null.</param>
/// <param name="Restart">Parameters that need a restart when they change.</param>
/// <param name="Secret">Parameters that are shown to nobody.</param>
public sealed record AgentDigests(string? Reload, ImmutableArray<string> Restart, ImmutableArray<string> Secret)
{
    /// <summary>Secret in an agent that marks none: from before agents could.</summary>
    private static readonly ImmutableArray<string> AlwaysSecret = ["password", "passwd", "user"];

    /// <summary>What classes without parameters have, and agents that say nothing of themselves.</summary>
    public static AgentDigests None { get; } = new(null, [], []);

    /// <summary>Operations of whose entries this is a part; agents have parameters in these classes alone.</summary>
    public static bool AreNeeded(OperationOrder order) => order.Agent.Standard is "ocf" or "stonith"
        && order.Action is "start" or "monitor" or "promote" or "demote" or "reload" or "reload-agent" or "migrate_to" or "migrate_from";

    /// <returns><see cref="None"/>: this is no meta-data.</returns>
    public static AgentDigests Read(string? metadata)
    {
        var start = metadata?.IndexOf("<resource-agent", StringComparison.Ordinal) ?? -1;
        if (start < 0 || !CibElement.TryParse(metadata![start..], "meta-data", out var agent, out _)) return None;
        var version = agent!.Element("version")?.Text?.Trim();
        var isModern = version is { Length: > 0 } && Values.CompareVersions(version, "1.1") >= 0;
        string? reload = null;
        foreach (var action in agent.Element("actions")?.Elements("action") ?? [])
            if (action["name"] == (isModern ? "reload-agent" : "reload")) reload = action["name"];

        var (restart, secret, usual) = (new List<string>(), new List<string>(), new List<string>());
        foreach (var parameter in agent.Element("parameters")?.Elements("parameter") ?? [])
        {
            if (parameter["name"] is not { } name) continue;
            // Before OCF 1.1 "unique" was taken for "cannot be reloaded".
            if (isModern ? !Texts.IsTrue(parameter["reloadable"]) : Texts.IsTrue(parameter["unique"])) restart.Add(name);
            if (Texts.IsTrue(parameter["private"])) secret.Add(name);
            if (AlwaysSecret.Contains(name)) usual.Add(name);
        }
        if (secret.Count == 0) secret = usual;
        // Pacemaker's order: the last one first.
        restart.Reverse();
        secret.Reverse();
        return new(reload, [.. restart], [.. secret]);
    }

    /// <summary>The sum of all parameters that count.</summary>
    public static string Of(OperationOrder order) => Digests.OfOperation(All(order), old: true);

    /// <summary>What an entry says besides.</summary>
    public void AddTo(CibElement entry, OperationOrder order)
    {
        // A recurring operation is begun anew when anything changes.
        if (Reload is not null && !order.IsRecurring)
        {
            var kept = new CibElement("parameters");
            foreach (var name in Restart)
                if (order.Parameters.TryGetValue(name, out var value)) kept.Set(name, value);
            entry.Set("op-force-restart", Words(Restart)).Set("op-restart-digest", Digests.OfOperation(kept, old: true));
        }
        if (Secret.IsEmpty) return;
        var shown = All(order);
        foreach (var name in Secret) shown.Set(name, null);
        entry.Set("op-secure-params", Words(Secret)).Set("op-secure-digest", Digests.OfOperation(shown, old: true));
    }

    /// <remarks>With the escapes of Pacemaker up to 2.1, as the policy engine compares them.</remarks>
    private static CibElement All(OperationOrder order)
    {
        var parameters = new CibElement("parameters");
        foreach (var (name, value) in order.Parameters) parameters.Set(name, value);
        Digests.FilterOperation(parameters);
        return parameters;
    }

    /// <summary>Words that are looked for with a blank on each side.</summary>
    private static string Words(ImmutableArray<string> names) => names.IsEmpty ? "" : $"  {string.Join(' ', names)}  ";
}
