using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Crm;
using Appliance.Crm.Move;
using Appliance.Haresources;
using Appliance.Logging;
using Appliance.Lrm;
using Appliance.Lrm.Classes;
using Appliance.Lrm.Systemd;
using Appliance.Operations;

namespace Appliance.Control;

/// <summary>Whether this node can move to another engine: what the files say, and whether each agent, asked as the new engine will ask it, finds its resource where the engine that manages now has it.</summary>
/// <param name="running">ha.cf as the daemon has it.</param>
/// <param name="report">What the v1 resource manager knows; null: the CRM manages.</param>
/// <param name="executor">Runs agents as the v1 resource manager does.</param>
internal sealed class EngineCheck(ControlComposition composition, HaCf running, ResourceReport? report, IResourceExecutor executor, ImmutableSortedDictionary<string, string> environment, ApplianceLog log)
{
    private readonly ImmutableArray<string>.Builder _problems = ImmutableArray.CreateBuilder<string>();

    /// <summary>On a thread that may wait.</summary>
    public MoveCheck Run(MoveMark wanted)
    {
        if (Read(wanted.Target) is not var (cf, groups)) return Refused;
        var first = FirstCib.Of(cf, groups, Paths.HaCf);
        foreach (var problem in first.Problems) Complain(problem);
        if (first.Cib is not { Cib: var cib }) return Refused;
        foreach (var problem in CibValidator.Check(SchemaUpgrade.ToLatest(cib, "the CIB of haresources", out _) ?? cib, "the CIB of haresources"))
            if (problem.Severity == Severity.Error) Complain(problem);
        if (Stored(wanted) is { } stored && Differs(stored, cib) is { } section)
            _problems.Add(wanted.Target == Engine.Crm
                ? $"the CIB in {Paths.Cib} (version {CibVersion.Of(stored)}) has other {section} than haresources: {(report is null ? "the CRM, which waits here, has it: stop the daemon here, give that directory another name, and start it" : "appliance engine crm --fresh puts it aside")}"
                : $"the CIB has other {section} than haresources: what is not in haresources would be lost (appliance haresources2cib shows what haresources comes to)");
        if (_problems.Count > 0) return Refused;

        // A node that has the engine already waits for this one: nothing may run there.
        var runs = wanted.Target == Engine.Crm ? AskAsCrm(cib, groups) : AskAsHaresources(cib, groups);
        return new(Digests.OfDocument(cib), _problems.ToImmutable(), [.. Names(cib)], runs);
    }

    private MoveCheck Refused => new("", _problems.ToImmutable(), [], []);

    /// <summary>Both files as they are now, if the engine that is wanted can have them.</summary>
    private (HaCf, ImmutableArray<ResourceGroup>)? Read(Engine target)
    {
        var text = File.ReadAllText(Paths.HaCf);
        var (cf, problems) = composition.ParseHaCf(text);
        foreach (var problem in problems)
            if (problem.Severity == Severity.Error) Complain(problem);
        if (cf is null) return null;
        if (cf.Crm != (target == Engine.Crm))
            _problems.Add($"{Paths.HaCf}:{LineOf(text, "crm")}: crm is {(cf.Crm ? "yes" : "no")}: say crm {(cf.Crm ? "no" : "yes")} on all nodes first; the daemon goes on as it is until it moves");
        if (!cf.Nodes.AsSpan().SequenceEqual(running.Nodes.AsSpan())) _problems.Add($"{Paths.HaCf}:{LineOf(text, "node")}: the nodes are others than those that the daemon runs with");
        if (!File.Exists(Paths.Haresources)) _problems.Add($"{Paths.Haresources} is not there: what runs is not known");
        else
        {
            var read = composition.ParseGroups(cf, File.ReadAllText(Paths.Haresources));
            foreach (var problem in read.Diagnostics)
                if (problem.Severity == Severity.Error) Complain(problem);
            if (read.Groups is { } groups)
            {
                foreach (var obstacle in MoveObstacles.Of(cf, directive => LineOf(text, directive))) Complain(obstacle with { File = $"{Paths.HaDir}/{obstacle.File}" });
                return (cf, groups);
            }
        }
        return null;
    }

    /// <summary>Where a directive stands, the last time: that is the one that counts.</summary>
    private static int LineOf(string text, string directive)
    {
        var lines = text.Split('\n');
        for (var i = lines.Length; i > 0; i--)
            if (lines[i - 1].AsSpan().TrimStart() is var line && line.StartsWith(directive, StringComparison.Ordinal) && (line.Length == directive.Length || char.IsWhiteSpace(line[directive.Length]))) return i;
        return 0;
    }

    /// <summary>The CIB that counts after a move to the CRM, or before a move from it; null: haresources as one.</summary>
    private CibElement? Stored(MoveMark wanted)
    {
        var hasCrm = report is null;
        if (!hasCrm && wanted is { Target: Engine.Crm, IsFresh: true } || !Directory.Exists(Paths.Cib)) return null;
        if (!hasCrm) return new CibFiles(Paths.Cib).Load().Document;
        // The CRM of this process has them open. What is told stored may be on its way there; it is at rest, or waits for this move.
        var file = Path.Combine(Paths.Cib, "cib.xml");
        return File.Exists(file) ? CibElement.Parse(File.ReadAllText(file), file) : null;
    }

    /// <summary>What of a CIB is another than in haresources' own; null: nothing that says what runs where.</summary>
    private static string? Differs(CibElement stored, CibElement compiled)
    {
        foreach (var section in (ReadOnlySpan<string>)["resources", "constraints", "fencing-topology"])
        {
            var (there, here) = (stored.Element("configuration")?.Element(section), compiled.Element("configuration")?.Element(section));
            if (!(there ?? new CibElement(section)).SameAs(here ?? new CibElement(section))) return section;
        }
        return null;
    }

    /// <summary>Probes as the CRM's. An agent that finds something else than what the v1 resource manager knows would have the CRM stop and start what is well.</summary>
    private ImmutableArray<string> AskAsCrm(CibElement cib, ImmutableArray<ResourceGroup> groups)
    {
        var runs = ImmutableArray.CreateBuilder<string>();
        foreach (var (group, resource, probe) in Probes(cib, groups))
        {
            var holds = Holds(group);
            // Until it moves, a built-in agent's state has the name that the v1 resource manager gave it.
            var (found, reason) = Ask(probe with { Resource = IsBuiltIn(resource, probe) ? resource.Text : probe.Resource });
            if (found == true) runs.Add(probe.Resource);
            if (found != holds) Mismatch(group, $"{resource} (as {probe.Agent})", holds, found, reason);
        }
        foreach (var group in groups)
            if (Holds(group)) Misplaced(group);
        return runs.ToImmutable();
    }

    /// <summary>The status of each, as the v1 resource manager asks it: a group is where all of it runs.</summary>
    private ImmutableArray<string> AskAsHaresources(CibElement cib, ImmutableArray<ResourceGroup> groups)
    {
        var runs = ImmutableArray.CreateBuilder<string>();
        ResourceGroup? of = null;
        var holds = false;
        foreach (var (group, resource, probe) in Probes(cib, groups))
        {
            var (found, reason) = IsBuiltIn(resource, probe) ? Ask(probe) : AskAsHaresources(group, resource);
            if (found == true) runs.Add(probe.Resource);
            if (group != of)
            {
                (of, holds) = (group, found == true);
                if (holds) Misplaced(group);
            }
            if (found != holds) Mismatch(group, resource.ToString(), holds, found, reason);
        }
        return runs.ToImmutable();
    }

    private (bool? Runs, string Reason) AskAsHaresources(ResourceGroup group, ResourceSpec resource)
    {
        var result = executor.ExecuteAsync(group.Key, resource, ResourceAction.Status, environment, CancellationToken.None).GetAwaiter().GetResult();
        return (result.Outcome switch { OperationOutcome.Ok => true, OperationOutcome.NotRunning or OperationOutcome.NotFound => false, _ => null }, result.Reason);
    }

    private (bool? Runs, string Reason) Ask(OperationOrder probe)
    {
        using var systemd = new SystemdClass(new(), log.FromAgent, static _ => { });
        using var classes = new ResourceClasses(new LrmPaths(), log.FromAgent, systemd);
        var end = classes.Run(probe, environment, CancellationToken.None);
        return (end switch
        {
            { Status: OperationStatus.Done, Code: OcfCode.Success or OcfCode.RunningPromoted } => true,
            { Status: OperationStatus.Done, Code: OcfCode.NotRunning or OcfCode.Installed } or { Status: OperationStatus.NotInstalled } => false,
            _ => null,
        }, end.Reason.Length > 0 ? end.Reason : $"{end.Status}, {end.Code}");
    }

    /// <summary>A script's name that means an agent in this program.</summary>
    private static bool IsBuiltIn(ResourceSpec resource, OperationOrder probe) => resource.Agent is null && probe.Agent.Standard == "ocf";

    /// <summary>Entries of haresources with their probes. The compiler makes a primitive of each, in their order; devices follow.</summary>
    private List<(ResourceGroup Group, ResourceSpec Resource, OperationOrder Probe)> Probes(CibElement cib, ImmutableArray<ResourceGroup> groups)
    {
        var all = new List<(ResourceGroup, ResourceSpec, OperationOrder)>();
        var probes = CrmRelease.Probes(cib, running.LocalNode, DateTimeOffset.Now) ?? [];
        foreach (var group in groups)
            foreach (var resource in group.Resources)
                if (all.Count < probes.Count) all.Add((group, resource, probes[all.Count]));
        Invariant.Require(all.Count == probes.Count, "each entry of haresources is a primitive of its CIB");
        return all;
    }

    /// <summary>State that built-in agents keep in files (what is not really there to be asked: a mail that was sent) gets the names that the new engine has for their resources.</summary>
    public static void Carry(ControlComposition composition, Engine target)
    {
        if (composition.ParseHaCf(File.ReadAllText(Paths.HaCf)).HaCf is not { } cf || composition.ParseGroups(cf, File.ReadAllText(Paths.Haresources)).Groups is not { } groups) return;
        if (FirstCib.Of(cf, groups, Paths.HaCf).Cib is not { } compiled) return;
        var names = Names(compiled.Cib);
        var at = 0;
        foreach (var group in groups)
            foreach (var resource in group.Resources)
            {
                var (text, id) = ($"-{Uri.EscapeDataString(resource.Text)}.state", $"-{Uri.EscapeDataString(names[at++])}.state");
                if (resource.Agent is not null) continue;
                var (from, to) = target == Engine.Crm ? (text, id) : (id, text);
                foreach (var file in Directory.Exists(State) ? Directory.GetFiles(State) : [])
                    if (file.EndsWith(from, StringComparison.Ordinal)) File.Move(file, file[..^from.Length] + to, overwrite: true);
            }
    }

    private static string State { get; } = new LrmPaths().StateDirectory;

    private static List<string> Names(CibElement cib)
    {
        var names = new List<string>();
        foreach (var primitive in cib.Descendants("primitive"))
            if (primitive["class"] != "stonith") names.Add(primitive.Id!);
        return names;
    }

    /// <summary>Whether the v1 resource manager has it here.</summary>
    private bool Holds(ResourceGroup group)
    {
        if (report is null) return false;
        foreach (var known in report.Groups)
        {
            if (known.Key != group.Key) continue;
            if (known.State is not (GroupState.Running or GroupState.Stopped)) Say($"{At(group)} is {known.State.ToString().ToLowerInvariant()}: {known.Why}");
            return known.Owner == running.LocalNode;
        }
        Say($"{At(group)}: the daemon does not know it yet");
        return false;
    }

    /// <summary>With auto_failback the new engine would take it home at once.</summary>
    private void Misplaced(ResourceGroup group)
    {
        if (running.AutoFailback == AutoFailback.On && group.Node != running.LocalNode)
            _problems.Add($"{At(group)} runs here, and would be moved to {group.Node} at once (auto_failback on): move it first (hb_takeover there), or say auto_failback off");
    }

    private void Mismatch(ResourceGroup group, string resource, bool holds, bool? found, string reason) => _problems.Add(
        $"{At(group)}: {resource} {(holds ? "should run here" : "should not run here")}, and its agent {(found switch { true => "says that it does", false => "says that it does not", _ => $"does not say whether it does ({reason})" })}");

    /// <summary>Once, however many resources find it.</summary>
    private void Say(string problem)
    {
        if (!_problems.Contains(problem)) _problems.Add(problem);
    }

    private static string At(ResourceGroup group) => $"{Paths.Haresources}:{group.Line}: {group.Key}";

    private void Complain(Diagnostic problem) => _problems.Add(problem.ToString());
}
