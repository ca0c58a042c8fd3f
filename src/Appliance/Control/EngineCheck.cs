using System.Collections.Immutable;
using Appliance.Cib;
using Appliance.Configuration;
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
                ? $"the CIB in {Paths.Cib} (version {CibVersion.Of(stored)}) has other {section} than haresources: appliance engine crm --fresh puts it aside"
                : $"the CIB has other {section} than haresources: what is not in haresources would be lost (appliance haresources2cib shows what haresources comes to)");
        if (_problems.Count > 0) return Refused;

        var names = new List<string>();
        foreach (var primitive in cib.Descendants("primitive"))
            if (primitive["class"] != "stonith") names.Add(primitive.Id!);
        var runs = wanted.Target == Engine.Crm ? AskAsCrm(cib, groups, names) : AskAsHaresources(groups, names);
        return new(Digests.OfDocument(cib), _problems.ToImmutable(), [.. names], runs);
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
                foreach (var obstacle in MoveObstacles.Of(cf, groups, directive => LineOf(text, directive))) Complain(obstacle with { File = $"{Paths.HaDir}/{obstacle.File}" });
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
    private static CibElement? Stored(MoveMark wanted)
    {
        if (wanted is { Target: Engine.Crm, IsFresh: true } || !Directory.Exists(Paths.Cib)) return null;
        if (wanted.Target == Engine.Crm) return new CibFiles(Paths.Cib).Load().Document;
        var file = Path.Combine(Paths.Cib, "cib.xml");      // what is told stored may be on its way there; the CRM is at rest
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
    private ImmutableArray<string> AskAsCrm(CibElement cib, ImmutableArray<ResourceGroup> groups, List<string> names)
    {
        using var systemd = new SystemdClass(new(), log.FromAgent, static _ => { });
        using var classes = new ResourceClasses(new LrmPaths(), log.FromAgent, systemd);
        var runs = ImmutableArray.CreateBuilder<string>();
        if (CrmRelease.Probes(cib, running.LocalNode, DateTimeOffset.Now) is not { } probes)
        {
            _problems.Add("haresources as a CIB cannot be read");
            return [];
        }
        var at = 0;
        foreach (var group in groups)
        {
            var holds = Holds(group);
            foreach (var resource in group.Resources)
            {
                var name = names[at++];
                if (probes.Find(p => p.Resource == name) is not { } probe) continue;
                var end = classes.Run(probe, environment, CancellationToken.None);
                var found = end switch
                {
                    { Status: OperationStatus.Done, Code: OcfCode.Success or OcfCode.RunningPromoted } => true,
                    { Status: OperationStatus.Done, Code: OcfCode.NotRunning or OcfCode.Installed } or { Status: OperationStatus.NotInstalled } => false,
                    _ => (bool?)null,
                };
                if (found == true) runs.Add(name);
                if (found != holds) Mismatch(group, $"{resource} (as {probe.Agent})", holds, found, end.Reason.Length > 0 ? end.Reason : $"{end.Status}, {end.Code}");
            }
        }
        return runs.ToImmutable();
    }

    /// <summary>The status of each, as the v1 resource manager asks it: a group is where all of it runs.</summary>
    private ImmutableArray<string> AskAsHaresources(ImmutableArray<ResourceGroup> groups, List<string> names)
    {
        var runs = ImmutableArray.CreateBuilder<string>();
        var at = 0;
        foreach (var group in groups)
        {
            bool? holds = null;
            foreach (var resource in group.Resources)
            {
                var result = executor.ExecuteAsync(group.Key, resource, ResourceAction.Status, environment, CancellationToken.None).GetAwaiter().GetResult();
                var found = result.Outcome switch { OperationOutcome.Ok => true, OperationOutcome.NotRunning or OperationOutcome.NotFound => false, _ => (bool?)null };
                if (found == true) runs.Add(names[at]);
                at++;
                holds ??= found;
                if (found is null || found != holds) Mismatch(group, resource.ToString(), holds ?? false, found, result.Reason);
            }
            if (holds == true) Misplaced(group);
        }
        return runs.ToImmutable();
    }

    /// <summary>Whether the v1 resource manager has it here.</summary>
    private bool Holds(ResourceGroup group)
    {
        foreach (var known in report?.Groups ?? [])
        {
            if (known.Key != group.Key) continue;
            if (known.State is not (GroupState.Running or GroupState.Stopped)) _problems.Add($"{At(group)} is {known.State.ToString().ToLowerInvariant()}: {known.Why}");
            if (known.Owner != running.LocalNode) return false;
            Misplaced(group);
            return true;
        }
        _problems.Add($"{At(group)}: the daemon does not know it yet");
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

    private static string At(ResourceGroup group) => $"{Paths.Haresources}:{group.Line}: {group.Key}";

    private void Complain(Diagnostic problem) => _problems.Add(problem.ToString());
}
