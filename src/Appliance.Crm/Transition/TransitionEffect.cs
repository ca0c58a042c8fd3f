using Appliance.Cib;
using Appliance.Core.Diagnostics;
using Appliance.Policy.Graph;

namespace Appliance.Crm.Transition;

/// <summary>What a transitioner wants done, in order.</summary>
public abstract record TransitionEffect
{
    private TransitionEffect() { }

    /// <summary>A node is to do an operation of a resource.</summary>
    /// <param name="Node">Where it happens.</param>
    /// <param name="Router">Who is told: the node itself, or the one that has the connection to it.</param>
    /// <param name="OperationKey">Resource, operation and interval; of a cancellation: what is cancelled.</param>
    /// <param name="Timeout">The wait before the start included; zero when nothing is said.</param>
    /// <param name="Interval">Zero for what is done once.</param>
    /// <param name="Awaited">False: no answer is waited for.</param>
    /// <param name="Action">The <c>rsc_op</c> with its resource, parameters and meta-attributes, and with the key as <c>transition-key</c>: as it goes to the node.</param>
    public sealed record Execute(string Node, string NodeId, string Router, string Task, string OperationKey, TransitionKey Key, TimeSpan Timeout, TimeSpan Interval, bool Awaited, CibElement Action) : TransitionEffect
    {
        public string Resource => Action.Element("primitive")!.Id!;

        /// <summary>The resource's parameters for the agent, without meta-attributes.</summary>
        public SortedDictionary<string, string> Parameters
        {
            get
            {
                var parameters = new SortedDictionary<string, string>(StringComparer.Ordinal);
                if (Action.Element("attributes") is not { } attributes) return parameters;
                foreach (var attribute in attributes.Attributes)
                    if (attribute.Name != "crm_feature_set" && !attribute.Name.StartsWith("CRM_meta_", StringComparison.Ordinal)) parameters[attribute.Name] = attribute.Value;
                // A name that begins with a digit cannot be an attribute's.
                foreach (var odd in attributes.Elements("param"))
                    if (odd["name"] is { } name) parameters[name] = odd["value"] ?? "";
                return parameters;
            }
        }

        /// <summary>Without the parameters, which may be secrets.</summary>
        public override string ToString() => $"Execute {Task} ({OperationKey}) on {Node} by {Router}, {Key}";
    }

    /// <summary>Answered by <see cref="TransitionInput.Fenced"/>, always: the fencer keeps the time.</summary>
    /// <param name="Action"><c>off</c>, <c>reboot</c> or <c>on</c>.</param>
    /// <param name="Timeout">For one device, where it has none of its own.</param>
    /// <param name="Delay">Before it, so that the more important one of two nodes survives.</param>
    public sealed record Fence(string Target, string TargetId, string Action, TimeSpan Timeout, TimeSpan Delay, TransitionKey Key) : TransitionEffect;

    /// <summary>A node is proven off: it is down, and neither its history nor its transient attributes say anything any more.</summary>
    public sealed record NodeIsDown(string Node, string NodeId) : TransitionEffect;

    /// <summary>A node was turned on: the attributes that say so.</summary>
    /// <param name="DigestsAll">Of the devices' parameters with which it was done; null: none.</param>
    public sealed record NodeIsUnfenced(string Node, string NodeId, string? DigestsAll, string? DigestsSecure) : TransitionEffect;

    /// <summary>Another node may stop: it is expected to be down from here on.</summary>
    public sealed record ShutDown(string Node, string NodeId, TransitionKey Key) : TransitionEffect;

    /// <summary>What is counted against a resource on a node is forgotten.</summary>
    public sealed record ClearFailures(string Node, string NodeId, string Resource, TransitionKey Key) : TransitionEffect;

    /// <summary>A resource's history on a node goes out of the CIB; answered by <see cref="TransitionInput.Deleted"/>.</summary>
    public sealed record DeleteHistory(string Node, string NodeId, string Resource, TransitionKey Key) : TransitionEffect;

    /// <summary>A remote node is in maintenance, or is no longer.</summary>
    public sealed record Maintenance(string NodeId, bool InMaintenance) : TransitionEffect;

    /// <summary>An operation failed: node attributes.</summary>
    /// <param name="Node">Null when only the id is known.</param>
    public sealed record Failure(string? Node, string NodeId, string Resource, string Operation, long IntervalMs, FailCountChange Count) : TransitionEffect
    {
        public string FailCountName => Name("fail-count");

        /// <summary>The attribute that gets the wall clock's seconds.</summary>
        public string LastFailureName => Name("last-failure");

        private string Name(string prefix) => string.Create(null, $"{prefix}-{Resource}#{Operation}_{IntervalMs}");
    }

    /// <summary>Nobody answered: the history is to have an entry of it, with status <see cref="ExecutionStatus.TimedOut"/>, exit code 1 and call -1.</summary>
    public sealed record RecordLost(string Node, string NodeId, TransitionKey Key, CibElement Action, string Reason) : TransitionEffect
    {
        public override string ToString() => $"RecordLost {Key} on {Node}: {Reason}";
    }

    /// <summary>The transition has ended; every action of it is accounted for.</summary>
    /// <param name="Next">What follows; the policy run of a <see cref="AfterTransition.Restart"/> is asked for besides.</param>
    public sealed record Ended(int Transition, AfterTransition Next, string Reason, GraphProgress Progress) : TransitionEffect;

    /// <summary>Nothing is under way, and something happened: the policy engine should look at the CIB as it is now. Answered by <see cref="TransitionInput.Begin"/>.</summary>
    /// <param name="Question">Higher than every one before; the highest alone counts.</param>
    public sealed record PolicyNeeded(int Question, string Reason) : TransitionEffect;

    /// <summary>A graph cannot be read; nothing of it was started.</summary>
    public sealed record Refused(string Problem) : TransitionEffect;

    public sealed record Log(LogPriority Priority, string Text) : TransitionEffect;
}

/// <summary>What a failure does to the fail count; the time of the last failure is noted in any case.</summary>
public enum FailCountChange
{
    /// <summary>The operation's failures are to be ignored.</summary>
    None,
    OneMore,
    /// <summary>Once is enough to keep the resource away from the node.</summary>
    Infinity,
}
