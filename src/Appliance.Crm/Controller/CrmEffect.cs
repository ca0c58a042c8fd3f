using Appliance.Cib;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Messaging;
using Appliance.Operations;
using Appliance.Stonith.Cluster;

namespace Appliance.Crm.Controller;

/// <summary>What a node's CRM wants of the process it lives in, in this order.</summary>
public abstract record CrmEffect
{
    private CrmEffect() { }

    /// <summary>A message for the cluster (its field <c>dest</c> names the node it is for, where it is for one).</summary>
    public sealed record Send(Message Message) : CrmEffect;

    /// <summary>Call a resource's agent, beside this thread; answered by <see cref="CrmInput.AgentEnded"/>, always.</summary>
    public sealed record CallAgent(int CallId, OperationOrder Order) : CrmEffect;

    /// <summary>Have an agent say what it is (<c>meta-data</c>), beside this thread; answered by <see cref="CrmInput.Described"/>, always.</summary>
    public sealed record Describe(AgentSpec Agent) : CrmEffect;

    /// <summary>Have the policy engine look at a document, beside this thread; answered by <see cref="CrmInput.PolicyEnded"/>, always. There is one at a time.</summary>
    /// <param name="Document">Is not changed any more.</param>
    /// <param name="Now">The instant for it, with the machine's offset.</param>
    public sealed record RunPolicy(int Question, CibElement Document, DateTimeOffset Now) : CrmEffect;

    /// <summary>An input of the policy engine that is to be kept.</summary>
    public sealed record KeepInput(KeptInput Input) : CrmEffect;

    /// <summary>Store the document beside this thread; answered by <see cref="CrmInput.CibWritten"/>, always. There is one at a time.</summary>
    public sealed record WriteCib(long Ticket, CibElement Document, CibStanding Standing) : CrmEffect;

    /// <summary>Store that this node has heard of a term, beside this thread; answered by <see cref="CrmInput.TermWritten"/>, always.</summary>
    public sealed record WriteTerm(long Term) : CrmEffect;

    /// <summary>Keep this document aside, before anything else is written.</summary>
    public sealed record KeepLost(CibElement Document) : CrmEffect;

    /// <summary>A fencing; answered by <see cref="CrmInput.FencingEnded"/>, always.</summary>
    public sealed record Fence(int Ticket, FencingWish Wish) : CrmEffect;

    /// <summary>Fencing devices and levels may be others than before.</summary>
    public sealed record FencingConfigured(CibElement Document) : CrmEffect;

    public sealed record Answer(long Client, CrmAnswer With) : CrmEffect;

    /// <summary>Something that whoever is configured to be told of (<c>alerts</c>) should know.</summary>
    public sealed record Alert(CrmAlert What) : CrmEffect;

    /// <summary>Nothing runs here any more, and everybody knows it: the node may stop.</summary>
    public sealed record Left : CrmEffect;

    /// <summary>This node must not go on.</summary>
    public sealed record SelfFence(string Why) : CrmEffect;

    /// <summary>This node must not go on, and everybody knows it: what runs here is stopped by whatever means, by nobody who decides anything. Nothing is stepped afterwards.</summary>
    public sealed record GiveUp(string Why) : CrmEffect;

    public sealed record Log(LogPriority Priority, string Text) : CrmEffect;
}

/// <summary>What alert agents are told (<c>CRM_alert_*</c>).</summary>
/// <param name="Kind"><c>node</c>, <c>fencing</c>, <c>resource</c> or <c>attribute</c>.</param>
/// <param name="Document">The configuration at that time, in which the agents stand.</param>
/// <param name="Fields">Names without <c>CRM_alert_</c>, and values.</param>
public sealed record CrmAlert(string Kind, CibElement Document, IReadOnlyList<(string Name, string Value)> Fields);
