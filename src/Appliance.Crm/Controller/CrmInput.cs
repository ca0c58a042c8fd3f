using Appliance.Cib;
using Appliance.Core.Resources;
using Appliance.Crm.Attributes;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Messaging;
using Appliance.Operations;
using Appliance.Stonith.Fencer;
using AttributeChange = Appliance.Crm.Attributes.AttributeChange;

namespace Appliance.Crm.Controller;

/// <summary>What happens to a node's CRM.</summary>
public abstract record CrmInput
{
    private CrmInput() { }

    /// <summary>What messaging tells.</summary>
    public sealed record Cluster(ClusterEvent Event) : CrmInput;

    /// <summary>The end of <see cref="CrmEffect.CallAgent"/>.</summary>
    public sealed record AgentEnded(int CallId, AgentEnd End) : CrmInput;

    /// <summary>The end of <see cref="CrmEffect.Describe"/>.</summary>
    /// <param name="Metadata">What the agent says of itself; null: it cannot be had.</param>
    public sealed record Described(AgentSpec Agent, string? Metadata) : CrmInput;

    /// <summary>Whoever watches a resource found it gone, or going: its monitors run now and not at their time.</summary>
    public sealed record ResourceLost(string Resource, string Reason) : CrmInput;

    /// <summary>The end of <see cref="CrmEffect.RunPolicy"/>.</summary>
    public sealed record PolicyEnded(PolicyAnswer Answer) : CrmInput;

    /// <summary>The end of <see cref="CrmEffect.WriteCib"/>.</summary>
    /// <param name="Error">Why it is not on the disk; null: it is.</param>
    public sealed record CibWritten(long Ticket, string? Error) : CrmInput;

    /// <summary>The end of <see cref="CrmEffect.WriteTerm"/>.</summary>
    /// <param name="Error">Why it is not on the disk; null: it is.</param>
    public sealed record TermWritten(long Term, string? Error) : CrmInput;

    /// <summary>The end of <see cref="CrmEffect.Fence"/>.</summary>
    public sealed record FencingEnded(int Ticket, FencingEnd End) : CrmInput;

    /// <summary>A device of this node is about to cut a node off, by whoever's order, or a person says here that it is off; once for each try. What came of it is told by <see cref="FencingRecorded"/> with the order's id.</summary>
    public sealed record Switching(string Order, string Target) : CrmInput;

    /// <summary>The fencer's history has this: a fencing that ended, wherever and by whoever it was ordered.</summary>
    public sealed record FencingRecorded(FencingRecord Record) : CrmInput;

    /// <summary>A client of this node asks; answered by <see cref="CrmEffect.Answer"/>, always.</summary>
    /// <param name="Client">A number of its own for each question.</param>
    public sealed record Asked(long Client, CrmQuestion Question) : CrmInput;

    /// <summary>Nobody waits for the answer any more.</summary>
    public sealed record Hung(long Client) : CrmInput;

    /// <summary>This node is to stop: what it runs moves first.</summary>
    public sealed record ShutdownRequested : CrmInput;

    public sealed record Tick : CrmInput;
}

/// <summary>What the policy engine made of a document.</summary>
/// <param name="Question">The <see cref="CrmEffect.RunPolicy.Question"/> it answers.</param>
/// <param name="Graph">Null: it could not be run on this document.</param>
/// <param name="RecheckBy">Seconds of the epoch at which the answer would be another by time alone; 0: never.</param>
/// <param name="Lines">What it had to say, with its priority.</param>
public sealed record PolicyAnswer(int Question, CibElement? Graph, PolicyVerdict Verdict, long RecheckBy, IReadOnlyList<(Core.Diagnostics.LogPriority Priority, string Text)> Lines);

/// <summary>What a client may ask of a node's CRM.</summary>
public abstract record CrmQuestion
{
    private CrmQuestion() { }

    /// <summary>Of the CIB.</summary>
    /// <param name="Within">How long the client waits.</param>
    public sealed record Cib(CibRequest Request, TimeSpan Within) : CrmQuestion;

    /// <summary>Answered when the document is another than the one with this version and digest of the status; at the latest after <paramref name="Within"/>, with the version there is.</summary>
    public sealed record NextChange(string Version, TimeSpan Within) : CrmQuestion;

    /// <summary>New values of node attributes. An empty host means this node.</summary>
    public sealed record SetAttributes(IReadOnlyList<AttributeChange> Changes) : CrmQuestion;

    /// <summary>Values of node attributes as this node knows them.</summary>
    /// <param name="Name">Null: all.</param>
    /// <param name="Host">Null: on all nodes.</param>
    public sealed record GetAttributes(string? Name, string? Host) : CrmQuestion;

    /// <summary>What is counted against a resource is forgotten (<c>crm_resource --cleanup</c>), or all that is known of it (<c>--refresh</c>).</summary>
    /// <param name="Host">Null: on all nodes.</param>
    /// <param name="Resource">Null: of all resources.</param>
    /// <param name="Operation">With <paramref name="IntervalMs"/>: of this operation only; null: of all.</param>
    public sealed record Cleanup(string? Host, string? Resource, string? Operation, long? IntervalMs, bool Everything) : CrmQuestion;

    /// <summary>A failure that an administrator tells of (<c>crm_resource --fail</c>).</summary>
    public sealed record Fail(string Host, string Resource) : CrmQuestion;

    /// <summary>A node that is gone for good is forgotten everywhere (<c>crm_node --remove</c>).</summary>
    public sealed record RemoveNode(string Name) : CrmQuestion;

    /// <summary>How things stand (<c>crmadmin</c>, <c>crm_node</c>).</summary>
    public sealed record State : CrmQuestion;

    /// <summary>In what state a node's controller is, by its own word.</summary>
    public sealed record StateOf(string Host) : CrmQuestion;
}

/// <summary>What a client is answered.</summary>
public abstract record CrmAnswer
{
    private CrmAnswer() { }

    public sealed record Cib(CibError Error, CibElement? Output, string Problem) : CrmAnswer;

    /// <summary>The version of the document (<c>admin_epoch.epoch.num_updates</c>).</summary>
    public sealed record Version(string Text) : CrmAnswer;

    public sealed record Attributes(IReadOnlyList<AttributeChange> Values) : CrmAnswer;

    /// <summary>It is done, or is as good as done: every node will know it.</summary>
    public sealed record Done : CrmAnswer;

    public sealed record Refused(CibError Error, string Problem) : CrmAnswer;

    public sealed record State(CrmState Now) : CrmAnswer;

    /// <param name="Word">Pacemaker's (<see cref="CrmState.Controller"/>).</param>
    public sealed record StateOf(string Word) : CrmAnswer;
}

/// <summary>How things stand, as this node sees them.</summary>
/// <param name="Controller">Pacemaker's word for the state of the controller (<c>S_IDLE</c>, <c>S_NOT_DC</c>, <c>S_TRANSITION_ENGINE</c>, …).</param>
/// <param name="Quorate">Whether this partition may act; null: not known yet.</param>
/// <param name="Nodes">Name, id, whether it is a member.</param>
/// <param name="Progress">Of the present or last transition; empty where this node does not decide.</param>
public sealed record CrmState(string Self, string? Dc, string Controller, bool? Quorate, string QuorumReason, IReadOnlyList<CrmNodeState> Nodes, string FeatureSet, string Progress, bool IsSettled);

/// <param name="State"><c>member</c>, <c>pending</c> or <c>lost</c>.</param>
public sealed record CrmNodeState(string Name, string Id, string State);
