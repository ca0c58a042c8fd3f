using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Explain;

/// <summary>Tells a run's decisions about a resource: scores step by step, what decided between nodes, and what would change it.</summary>
public sealed class Explainer
{
    private readonly CibElement _cib;
    private readonly long _now;
    private readonly Scheduling _model;
    private readonly Func<string, ExtendedPattern?> _patterns;

    /// <param name="patterns">As <see cref="PolicyRun.Schedule"/> takes them.</param>
    public Explainer(CibElement cib, long now, Func<string, ExtendedPattern?> patterns, int offset = 0)
    {
        (_cib, _now, _patterns) = (cib, now, patterns);
        _model = PolicyRun.Schedule(cib, now, patterns, recorded: true, offset: offset, noted: false).Model;
    }

    /// <summary>Resources and nodes there are, for who mistyped one.</summary>
    public List<string> Resources
    {
        get
        {
            var names = new List<string>();
            foreach (var resource in _model.Resources) Add(resource);
            return names;
            void Add(PolicyResource resource)
            {
                names.Add(resource.Id);
                foreach (var child in resource.Children) Add(child);
            }
        }
    }

    public List<string> Nodes => _model.Nodes.ConvertAll(static n => n.Name);

    /// <summary>Explains a resource; of a group or clone each member or instance. Empty when there is none of that name.</summary>
    /// <param name="asked">The node that is wondered about: how it could be there.</param>
    public List<Explanation> Explain(string resource, string? asked)
    {
        var found = new List<Explanation>();
        var node = asked is null ? null : _model.FindNode(asked);
        if ((_model.Find(resource) ?? ByPlainName(resource)) is not { } one) return found;
        // An instance of an anonymous clone by its plain name means all of them.
        if (one.Id != resource && one.Parent is Clone clone) one = clone;
        Leaves(one);
        return found;

        void Leaves(PolicyResource at)
        {
            if (at.Children.Count == 0) { found.Add(One(at, node)); return; }
            foreach (var child in at.Children) Leaves(child);
        }
    }

    /// <summary>What is cloned, which has no history yet under its plain name.</summary>
    private PolicyResource? ByPlainName(string name)
    {
        foreach (var top in _model.Resources)
            if (Scheduling.Find(top, r => Naming.Base(r.Id) == name) is { } found) return found;
        return null;
    }

    private Explanation One(PolicyResource resource, PolicyNode? asked)
    {
        var chosen = resource.Node;
        var nodes = new List<NodeAccount>();
        foreach (var node in Ranked(resource, chosen)) nodes.Add(Account(resource, node, chosen));
        ImmutableArray<string> remedies = asked is null || asked == chosen ? [] : [.. new Remedies(_cib, _now, _model, _patterns).Find(resource, asked)];
        return new(resource.Id, RoleNow(resource).Text(), [.. resource.Active.ConvertAll(static n => n.Name)], resource.NextRole.Text(), chosen?.Name, Why(resource, chosen), [.. nodes],
            asked?.Name, remedies);
    }

    private static Role RoleNow(PolicyResource resource) =>
        resource.Active.Count == 0 ? Role.Stopped : resource.Role > Role.Stopped ? resource.Role : Role.Started;

    /// <summary>The chosen one, then in the order in which they stood when it was chosen.</summary>
    private List<PolicyNode> Ranked(PolicyResource resource, PolicyNode? chosen)
    {
        var list = new List<PolicyNode>();
        if (chosen is not null) list.Add(chosen);
        foreach (var choice in _model.Recorder!.Choices(resource))
            if (!list.Contains(choice.Node)) list.Add(choice.Node);
        foreach (var node in _model.Nodes)
            if (!list.Contains(node)) list.Add(node);
        return list;
    }

    private string Why(PolicyResource resource, PolicyNode? chosen)
    {
        if (!resource.Managed)
            return resource.Has(ResourceFlags.Blocked) ? "It is blocked by a failure: nothing is done with it until it is cleaned up."
                : resource.Has(ResourceFlags.Maintenance) ? "Maintenance: nothing is done with it."
                : _model.Options.FencingEnabled && !_model.HaveFencing ? "Fencing is enabled and no device is configured: nothing is started or stopped."
                : "It is not managed (is-managed=false): nothing is done with it.";
        if (_model.Options.StopAll) return "All resources are to be stopped (stop-all-resources).";
        if (chosen is not null) return resource.Active.Contains(chosen) ? $"It stays on {chosen.Name}." : resource.Active.Count > 0 ? $"It moves to {chosen.Name}." : $"It starts on {chosen.Name}.";
        if (resource.IsRemoved) return "It is not configured any more.";
        if (TargetRole(resource) is { } role) return $"It is to be stopped (target-role={role}).";
        if (!_model.Options.Quorate && _model.Options.NoQuorumPolicy != NoQuorumPolicy.Ignore && !AnyCanRun()) return "No node can run it, and there is no quorum.";
        return "No node may run it.";
    }

    private bool AnyCanRun() => _model.Nodes.Exists(Availability.CanRun);

    private static string? TargetRole(PolicyResource resource) =>
        Roles.Parse(resource.Meta.GetValueOrDefault("target-role")) == Role.Stopped ? resource.Meta["target-role"] : null;

    private NodeAccount Account(PolicyResource resource, PolicyNode node, PolicyNode? chosen)
    {
        var steps = new List<ScoreAccount>();
        ScoreStep? ban = null;
        foreach (var step in _model.Recorder!.Steps(resource, node))
        {
            if (step.After <= -Scores.Infinity && step.Before > -Scores.Infinity) ban = step;
            steps.Add(new(Word(step.Cause), step.Id, step.With, Change(step), Scores.Text(step.After), Text(resource, node, step)));
        }
        var score = ScoreOf(resource, node);
        var states = States(node);
        return new(node.Name, Scores.Text(score), states, [.. steps], Verdict(resource, node, chosen, score, states, ban));
    }

    private int ScoreOf(PolicyResource resource, PolicyNode node) =>
        _model.Recorder!.Steps(resource, node) is { Count: > 0 } steps ? steps[^1].After : 0;

    private static ImmutableArray<string> States(PolicyNode node)
    {
        var states = new List<string>();
        if (node.Unclean) states.Add("unclean");
        if (!node.Online) states.Add("offline");
        else if (node.Pending) states.Add("pending");
        if (node.StandbyOnFail) states.Add("standby after a failure");
        else if (node.Standby) states.Add("standby");
        if (node.Maintenance) states.Add("maintenance");
        if (node.Shutdown && node.Online) states.Add("shutting down");
        return [.. states];
    }

    private string Verdict(PolicyResource resource, PolicyNode node, PolicyNode? chosen, int score, ImmutableArray<string> states, ScoreStep? ban)
    {
        if (node == chosen) return resource.Managed ? Chosen(resource, node) : "it is here, and nothing is done with it";
        if (states.Length > 0) return $"cannot run anything: {string.Join(", ", states)}";
        if (score <= -Scores.Infinity && ban is not null) return $"forbidden: {Text(resource, node, ban)}";
        if (score < 0) return "its score is below 0";
        if (chosen is null) return resource.Managed ? "nothing speaks against it, but the resource is not to run" : "nothing is done with the resource";
        var best = ScoreOf(resource, chosen);
        if (score < best) return best >= Scores.Infinity ? $"{chosen.Name} is demanded" : $"{Points(best - score)} less than {chosen.Name}";
        if (score > best) return $"a better score than {chosen.Name}'s; the clone's instances were counted first, or an instance was kept where it is";
        return $"the same score as {chosen.Name}, but {Tie(resource, chosen, node)}";
    }

    private string Chosen(PolicyResource resource, PolicyNode node)
    {
        Choice? second = null;
        foreach (var choice in _model.Recorder!.Choices(resource))
            if (choice.Node != node && choice.CanRun && choice.Score >= 0) { second = choice; break; }
        if (second is null) return "chosen: no other node may run it";
        var score = ScoreOf(resource, node);
        if (score > second.Score) return "chosen: the highest score";
        return score == second.Score ? $"chosen: the same score as {second.Node.Name}, but {Tie(resource, node, second.Node)}" : "chosen, although it has not the highest score";
    }

    /// <summary>What decides between equal scores, in the scheduler's order.</summary>
    private string Tie(PolicyResource resource, PolicyNode winner, PolicyNode loser)
    {
        if (resource.CurrentNode == winner && ScoreOf(resource, winner) > 0) return $"it is active on {winner.Name}";
        Choice? one = null, other = null;
        foreach (var choice in _model.Recorder!.Choices(resource))
            if (choice.Node == winner) one = choice;
            else if (choice.Node == loser) other = choice;
        var strategy = _model.Options.PlacementStrategy;
        if (one is not null && other is not null && strategy != "minimal")
        {
            if (one.Assigned != other.Assigned) return $"{winner.Name} has {one.Assigned} resources by then and {loser.Name} {other.Assigned}";
            if (resource.CurrentNode == winner) return $"it is active on {winner.Name}";
        }
        return strategy == "balanced" ? $"{winner.Name} has more room, or comes first by name" : $"{winner.Name} comes first by name";
    }

    internal static string Points(int count) => count == 1 ? "1 point" : $"{Texts.Text(count)} points";

    private static string Change(ScoreStep step)
    {
        if (step.After <= -Scores.Infinity) return "-INFINITY";
        if (step.After >= Scores.Infinity) return "INFINITY";
        var change = (long)step.After - step.Before;
        return change > 0 ? $"+{Texts.Text(change)}" : Texts.Text(change);
    }

    internal static string Word(ScoreCause cause) => cause switch
    {
        ScoreCause.Location => "location",
        ScoreCause.Health => "health",
        ScoreCause.Stickiness => "stickiness",
        ScoreCause.Threshold => "migration-threshold",
        ScoreCause.Failure => "failure",
        ScoreCause.Colocation => "colocation",
        ScoreCause.Dependent => "dependent",
        ScoreCause.Ticket => "ticket",
        ScoreCause.Discovery => "resource-discovery",
        ScoreCause.ShutdownLock => "shutdown-lock",
        ScoreCause.Promotion => "promotion",
        ScoreCause.Instances => "clone",
        ScoreCause.Utilization => "utilization",
        ScoreCause.Stopped => "stopped",
        ScoreCause.Unmanaged => "unmanaged",
        ScoreCause.Launcher => "container",
        _ => "other",
    };

    private string Text(PolicyResource resource, PolicyNode node, ScoreStep step) => step.Cause switch
    {
        ScoreCause.Location => LocationText(step.Id),
        ScoreCause.Stickiness => "resource-stickiness, as it is active here",
        ScoreCause.Threshold => ThresholdText(resource, node),
        ScoreCause.Failure => "a failure recorded here",
        ScoreCause.Colocation => $"{Named(step.Id)} with {step.With}{Where(step.With)}",
        ScoreCause.Dependent => $"{step.With} is to be with it ({Named(step.Id)}), and its preferences count",
        ScoreCause.Ticket => TicketText(resource),
        ScoreCause.Discovery => "resource-discovery=exclusive names other nodes",
        ScoreCause.ShutdownLock => $"it waits for {resource.LockNode?.Name ?? "another node"}, which was shut down cleanly (shutdown-lock)",
        ScoreCause.Promotion => "the agent's promotion score",
        ScoreCause.Instances => "as many instances as there may be, or one is here already (clone-max, clone-node-max)",
        ScoreCause.Utilization => "the node has not enough capacity left",
        ScoreCause.Stopped => TargetRole(resource) is { } role ? $"it is to be stopped (target-role={role})" : "it is to be stopped",
        ScoreCause.Unmanaged => "it is not managed and stays here",
        ScoreCause.Launcher => resource.IsInBundle ? "its container decides" : "what runs on or beside remote nodes keeps to other nodes",
        _ => "the rules for what it is part of",
    };

    private string LocationText(string? id)
    {
        if (id is null || _model.Ids.Find(id) is not { } element)
            return id == _model.Options.Health?.Strategy ? $"node health (node-health-strategy={id})" : $"location {id}";
        if (element.Name != "rule") return $"location constraint {id}{Moved(id)}";
        var up = element.Parent;
        while (up is not null && up.Name != "rsc_location") up = up.Parent;
        return up is null ? $"rule {id}" : $"rule {id} of location constraint {up.Id}{Moved(up.Id)}";
    }

    private static string Moved(string? id) =>
        id is null ? "" : id.StartsWith("cli-ban-", StringComparison.Ordinal) ? " (from crm_resource --ban or --move)" : id.StartsWith("cli-prefer-", StringComparison.Ordinal) ? " (from crm_resource --move)" : "";

    private string Named(string? id) => id is not null && _model.Ids.Find(id) is not null ? $"colocation {id}" : "membership of one group";

    private string Where(string? with) => with is null || _model.Find(with) is not { } other || other.Children.Count > 0 ? "" : other.Node is { } at ? $", which is on {at.Name}" : ", which runs nowhere";

    private string ThresholdText(PolicyResource resource, PolicyNode node)
    {
        var count = FailCounts.Of(_model, node, resource, effective: true, launched: true, null, out _);
        return count > 0 ? $"{Scores.Text(count)} failures here, and migration-threshold is {Scores.Text(resource.MigrationThreshold)}" : "a member or instance failed here as often as migration-threshold allows";
    }

    private static string TicketText(PolicyResource resource)
    {
        for (var at = resource; at is not null; at = at.Parent)
            foreach (var ticketing in at.Tickets)
                if (!ticketing.Ticket.Granted || ticketing.Ticket.Standby) return $"ticket {ticketing.Ticket.Id} is not granted ({ticketing.Id})";
        return "a ticket is not granted";
    }
}
