using System.Globalization;
using Appliance.Crm.Controller;
using Appliance.Crm.Store;
using Appliance.Messaging;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;
using Appliance.Simulation.Mutations;
using Appliance.Stonith.Cluster;

namespace Appliance.Simulation.Crm;

/// <summary>How much of what CRMs say to each other a version has. What a later one has besides, it neither says nor understands.</summary>
internal enum Words
{
    /// <summary>What a document is worth is said at a join only, as the term of the DC that it is from, and no word what it comes after; a failure that has expired is forgotten as one that is cleaned up.</summary>
    First,

    /// <summary>What a document is worth is a term; nobody says when it was changed alone.</summary>
    PlainTerms,

    All,
}

/// <summary>A cluster in the middle of an upgrade: some nodes are of versions with fewer words, and are upgraded, or go back, while it runs. No rule is broken by that.</summary>
/// <remarks>
/// The older versions are this one's core behind what an older one would not say or understand: fields and messages that it does not have are taken away where they are heard, be it the speaker or the hearer that lacks them.
/// One that decides, and leaves, asks nobody whether its last word was heard.
/// </remarks>
internal class OlderWords : Mutation
{
    private Words[] _installed = [], _has = [];
    private string[] _nodes = [];

    /// <summary>Which nodes begin with what, and when they get another version.</summary>
    public IEnumerable<Fault> Draw(ClusterPlan plan, SeededRandom chance)
    {
        _nodes = [.. plan.Nodes];
        var older = chance.Of(Words.First, Words.PlainTerms);
        var one = chance.Below(_nodes.Length);
        var both = chance.Chance(0.3);
        _installed = [.. _nodes.Select((_, i) => both || i == one ? older : Words.All)];
        _has = [.. _installed];
        var faults = new List<Fault>();
        for (var i = 0; i < _nodes.Length; i++)
        {
            if (!chance.Chance(0.6)) continue;
            var at = chance.Milliseconds(8_000, 40_000);
            faults.Add(chance.Chance(0.5) ? new Installed(at, TimeSpan.Zero, i, _installed[i] == Words.All ? older : Words.All) : new Installed(at, chance.Milliseconds(1_000, 12_000), i, _installed[i] == Words.All ? older : Words.All));
        }
        return faults;
    }

    /// <summary>The next life of this machine's CRM is of another version.</summary>
    public void Install(Machine machine, Words words) => _installed[machine.Index] = words;

    public override bool HasOlderWords(Machine machine) => _has[machine.Index] != Words.All;

    public override CrmStart CrmBegins(Machine machine, CrmStart real)
    {
        _has[machine.Index] = _installed[machine.Index];
        return real;
    }

    public override IEnumerable<CrmInput>? CrmHears(Machine machine, CrmNode node, CrmInput real)
    {
        if (real is not CrmInput.Cluster { Event: ClusterEvent.Received { FromSelf: false } heard }) return null;
        var (speaker, hearer) = (Of(heard.Node), _has[machine.Index]);
        if (speaker == Words.All && hearer == Words.All) return null;
        return Between(speaker, hearer, heard.Message) switch
        {
            null => [],
            var left when left == heard.Message => null,
            var left => [new CrmInput.Cluster(heard with { Message = left })],
        };
    }

    public override IEnumerable<CrmInput>? CrmSays(Machine machine, CrmNode node, CrmEffect real, Action happens) =>
        HasOlderWords(machine) && real is CrmEffect.Send { Message: { Type: CibWire.Type } message } && message["f"] == "reach" && message["dest"] is { } to
            ? [new CrmInput.Cluster(new ClusterEvent.Received(to, message.With("f", "reached").With("dest", machine.Name), false))] : null;

    public override IEnumerable<ClusterFencerEffect> Fencer(Machine machine, List<ClusterFencerEffect> real) =>
        real.Where(e => e is not ClusterFencerEffect.Send { Message: { Type: FencerWire.Type } message } || message["f"] != "standin" || !HasOlderWords(machine) && Of(message["dest"]) == Words.All);

    /// <summary>A message as one says it and the other understands it, of whom at least one is of an older version; <c>null</c>: not at all.</summary>
    protected virtual Message? Between(Words speaker, Words hearer, Message message)
    {
        var words = speaker < hearer ? speaker : hearer;
        switch (message.Type)
        {
            case CibWire.Type:
                return message["f"] switch
                {
                    "reach" or "reached" => null,
                    "hello" => Without(message, words == Words.First ? ["alone", "known"] : ["alone"]),
                    "base" or "patch" => Without(message, words == Words.First ? ["alone", "of"] : ["alone"]),
                    _ => message,
                };
            case CrmWord.Type:
                return message["f"] switch
                {
                    "off" => null,
                    "state?" or "state" when words == Words.First => null,
                    "expired" when speaker == Words.First => message.With("f", "cleanup").With("all", "0"),
                    "expired" when hearer == Words.First => null,
                    _ => message,
                };
            default: return message;
        }

        static Message Without(Message message, string[] fields) =>
            message.Fields.Any(f => fields.Contains(f.Name)) ? new Message([.. message.Fields.Where(f => !fields.Contains(f.Name))]) : message;
    }

    private Words Of(string? node) => Array.IndexOf(_nodes, node) is >= 0 and var i ? _has[i] : Words.All;
}

/// <summary>Who reads only what this version says: what an older one's document is worth, which that does not say with it, is no word at all.</summary>
internal sealed class Reads_no_older_words : OlderWords
{
    protected override Message? Between(Words speaker, Words hearer, Message message) => base.Between(speaker, hearer, message) is { } left && !(left.Type == CibWire.Type && left["f"] is "base" or "patch" && left["of"] is null) ? left : null;
}

/// <summary>A node gets another version: in place, or while its daemon is stopped.</summary>
internal sealed record Installed(TimeSpan At, TimeSpan For, int Machine, Words Words) : Fault(At, For)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"on machine {Machine}: {Words}{(For > TimeSpan.Zero ? ", while its daemon is stopped" : ", in place")}");

    protected override TimeSpan Aftermath => TimeSpan.FromSeconds(5);

    protected override void Begin(World world)
    {
        var machine = world.Machines[Machine];
        ((OlderWords)world.Mutation).Install(machine, Words);
        if (For > TimeSpan.Zero) machine.Pulse?.Signal(DaemonRequest.Shutdown);
        else machine.Control?.Ask(new Haresources.ResourceManagerInput.RestartRequested());
    }

    protected override void End(World world)
    {
        if (For == TimeSpan.Zero) return;
        world.Machines[Machine].DaemonWanted = true;
        world.Machines[Machine].StartDaemon();
    }
}
