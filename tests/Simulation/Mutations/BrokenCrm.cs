using Appliance.Crm.Controller;
using Appliance.Crm.Membership;
using Appliance.Crm.Store;
using Appliance.Messaging;
using Appliance.Operations;
using Appliance.Simulation.Machines;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Mutations;

/// <summary>What is given to the disk is told stored at once.</summary>
internal sealed class Acknowledges_before_the_disk : Mutation
{
    public override IEnumerable<CrmInput>? CrmSays(Machine machine, CrmNode node, CrmEffect real, Action happens)
    {
        if (real is not CrmEffect.WriteCib write) return null;
        happens();
        return [new CrmInput.CibWritten(write.Ticket, null)];
    }
}

/// <summary>The CIB's files are written and not flushed.</summary>
internal sealed class Flushes_nothing : Mutation
{
    public override bool Flushes => false;
}

/// <summary>A fencing is as good as done when it is ordered.</summary>
internal sealed class Takes_over_before_the_proof : Mutation
{
    public override IEnumerable<CrmInput>? CrmSays(Machine machine, CrmNode node, CrmEffect real, Action happens)
    {
        if (real is not CrmEffect.Fence fence) return null;
        happens();
        return [new CrmInput.FencingEnded(fence.Ticket, new($"believed-{fence.Ticket}", FencingOutcome.Done, "it was ordered", machine.Name))];
    }
}

/// <summary>Plans are made as if nobody could fence. (That a lost node has left is not enough: what its history says runs there has it fenced all the same.)</summary>
internal sealed class Skips_the_fence : Mutation
{
    public override CrmEffect.RunPolicy Policy(Machine machine, CrmNode node, CrmEffect.RunPolicy real)
    {
        var document = real.Document.Clone();
        foreach (var option in document.Descendants("nvpair"))
            if (option["name"] == "stonith-enabled") option.Set("value", "false");
        return real with { Document = document };
    }
}

/// <summary>A stop is answered before it is done, and forgotten then.</summary>
internal sealed class Forgets_a_stop : Mutation
{
    public override IEnumerable<CrmInput>? CrmSays(Machine machine, CrmNode node, CrmEffect real, Action happens) =>
        real is CrmEffect.CallAgent { Order.Action: "stop" } call ? [new CrmInput.AgentEnded(call.CallId, new(OcfCode.Success, OperationStatus.Done))] : null;
}

/// <summary>Nothing runs where nobody knows better.</summary>
internal sealed class Probes_nothing : Mutation
{
    public override IEnumerable<CrmInput>? CrmSays(Machine machine, CrmNode node, CrmEffect real, Action happens) =>
        real is CrmEffect.CallAgent { Order: { Action: "monitor", IsRecurring: false } } call ? [new CrmInput.AgentEnded(call.CallId, new(OcfCode.NotRunning, OperationStatus.Done))] : null;
}

/// <summary>At a join nobody asks of which DC's time a document is: the copy of who decides wins, lost or not.</summary>
internal sealed class Lets_its_own_copy_win : Mutation
{
    public override IEnumerable<CrmInput>? CrmHears(Machine machine, CrmNode node, CrmInput real) =>
        real is CrmInput.Cluster { Event: ClusterEvent.Received { FromSelf: false, Message: { Type: CibWire.Type } message } heard } && message["f"] == "hello"
            ? [new CrmInput.Cluster(heard with { Message = new Message([.. message.Fields.Where(f => f.Name is not ("of" or "alone"))]).With("of", "0") })] : null;
}

/// <summary>A node that is to stop does so, whatever runs there.</summary>
internal sealed class Leaves_without_asking : Mutation
{
    public override IEnumerable<CrmInput>? CrmHears(Machine machine, CrmNode node, CrmInput real) =>
        real is CrmInput.ShutdownRequested && node.Dc is { } dc && dc != machine.Name
            ? [real, new CrmInput.Cluster(new ClusterEvent.Received(dc, new CrmWord.MayStop().ToMessages(machine.Name)[0], false))] : null;
}

/// <summary>Now and then a word is heard after the one that was said next.</summary>
internal sealed class Hears_out_of_order : Mutation
{
    private readonly System.Runtime.CompilerServices.ConditionalWeakTable<CrmNode, Held> _held = [];

    public override IEnumerable<CrmInput>? CrmHears(Machine machine, CrmNode node, CrmInput real)
    {
        if (real is not CrmInput.Cluster { Event: ClusterEvent.Received { FromSelf: false, Message.Type: [ 'x', '_', 'c', .. ] } }) return null;
        var held = _held.GetValue(node, _ => new());
        if (++held.Count % 5 == 0)
        {
            held.Back = real;
            return [];
        }
        if (held.Back is not { } back) return null;
        held.Back = null;
        return [real, back];
    }

    private sealed class Held
    {
        public int Count { get; set; }
        public CrmInput? Back { get; set; }
    }
}

/// <summary>Nobody hears who else is there: each decides for itself.</summary>
internal sealed class Decides_alone : Mutation
{
    public override IEnumerable<CrmInput>? CrmHears(Machine machine, CrmNode node, CrmInput real) =>
        real is CrmInput.Cluster { Event: ClusterEvent.Received { FromSelf: false, Message.Type: MembershipWord.Type } } ? [] : null;
}

/// <summary>Who decides and stops takes along what it did last: nobody hears of it, and it does not ask whether anybody has.</summary>
internal sealed class Takes_its_last_word_along : Mutation
{
    public override IEnumerable<CrmInput>? CrmSays(Machine machine, CrmNode node, CrmEffect real, Action happens)
    {
        if (real is not CrmEffect.Send { Message: { Type: CibWire.Type } message } || !node.IsDc || !IsStopping(machine, node)) return null;
        return message["f"] switch
        {
            "patch" => [],
            "reach" => [new CrmInput.Cluster(new ClusterEvent.Received(message["dest"]!, message.With("f", "reached").With("dest", machine.Name), false))],
            _ => null,
        };
    }

    private static bool IsStopping(Machine machine, CrmNode node) =>
        node.Document.Element("status")?.Elements("node_state").FirstOrDefault(s => s["uname"] == machine.Name)?.Descendants("nvpair").Any(p => p["name"] == "shutdown") == true;
}

/// <summary>Nobody stands in for a node that is to be fenced: it has itself fenced, and what is proven is nobody's.</summary>
internal sealed class Has_itself_fenced : Mutation
{
    public override IEnumerable<ClusterFencerEffect> Fencer(Machine machine, List<ClusterFencerEffect> real) => real.Where(e => e is not ClusterFencerEffect.Send { Message: { Type: FencerWire.Type } message } || message["f"] != "standin");
}

/// <summary>Which life of a node was shot is forgotten: when it is missed nobody knows why.</summary>
internal sealed class Forgets_whom_it_shot : Mutation
{
    public override IEnumerable<CrmInput>? CrmHears(Machine machine, CrmNode node, CrmInput real) => real is CrmInput.Switching ? [] : null;
}

/// <summary>A majority that loses a node does not wait for what else it is losing. (All else takes as long as it does.)</summary>
internal sealed class Shoots_before_it_has_counted : Mutation
{
    private static readonly TimeSpan ForTheMachine = TimeSpan.FromMilliseconds(250);

    public override CrmStart CrmBegins(Machine machine, CrmStart real) => real with { KeepAlive = -ForTheMachine, DeadTime = real.DeadTime + real.KeepAlive + ForTheMachine };
}
