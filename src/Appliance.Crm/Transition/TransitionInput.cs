using Appliance.Cib;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Transition;

/// <summary>What happens to a transitioner.</summary>
public abstract record TransitionInput
{
    private TransitionInput() { }

    /// <summary>This node decides from now on.</summary>
    public sealed record TakeOver : TransitionInput;

    /// <summary>Another node decides from now on: what is under way ends unanswered.</summary>
    public sealed record StepDown : TransitionInput;

    /// <summary>What the policy engine wants done.</summary>
    /// <param name="Graph">Belongs to the transitioner from here on.</param>
    /// <param name="Question">The <see cref="TransitionEffect.PolicyNeeded"/> that it answers; the answer to an older one is of yesterday.</param>
    /// <param name="Source">The file in which the engine's input was kept.</param>
    public sealed record Begin(int Question, CibElement Graph, string Source) : TransitionInput;

    /// <summary>The CIB has changed; operations' results are among it.</summary>
    public sealed record Changed(IReadOnlyList<CibChange> Changes) : TransitionInput;

    /// <summary>A result that is told directly, because it goes into no history (a cancellation, a notification, a deletion).</summary>
    public sealed record Answered(OperationResult Result) : TransitionInput;

    /// <summary>The end of <see cref="TransitionEffect.DeleteHistory"/>.</summary>
    public sealed record Deleted(TransitionKey Key) : TransitionInput;

    /// <summary>The end of <see cref="TransitionEffect.Fence"/>.</summary>
    public sealed record Fenced(TransitionKey Key, FencingOutcome Outcome, string Sentence) : TransitionInput;

    /// <summary>A fencing, wherever and by whoever it was ordered, has ended; for ours <see cref="Fenced"/> comes besides.</summary>
    /// <param name="Ours">This transitioner ordered it.</param>
    /// <param name="NodeId">The target's; null when it is not known here.</param>
    public sealed record FencingHeard(string Node, string? NodeId, bool TurnedOn, bool Succeeded, bool Ours) : TransitionInput;

    /// <summary>No fencing that was ordered will be answered.</summary>
    public sealed record FencerLost : TransitionInput;

    /// <summary>A node follows the one who decides from now on, or anew: what it was ordered before it may have passed over, and what it has under way it tells of itself.</summary>
    public sealed record NodeFollows(string Node, string NodeId) : TransitionInput;

    public sealed record NodeLost(string Node, string NodeId) : TransitionInput;

    /// <summary>The node is none any more: what was counted of it is forgotten. Null: of every node.</summary>
    public sealed record Forgotten(string? Node) : TransitionInput;

    /// <summary>Something else made the present plan pointless.</summary>
    public sealed record Aborted(int Priority, AfterTransition Next, string Reason) : TransitionInput;

    /// <summary>Options of the cluster.</summary>
    /// <param name="FencingAttempts"><c>stonith-max-attempts</c>.</param>
    /// <param name="NodeActions"><c>node-action-limit</c>, or twice the number of processors: how much a node does at once of which nothing was heard.</param>
    public sealed record Configured(int FencingAttempts, int NodeActions) : TransitionInput;

    /// <summary>How busy a node says it is, and how much it does at once at best.</summary>
    public sealed record Load(string Node, LoadLevel Level, int NodeActions) : TransitionInput;

    /// <summary>How many nodes take part.</summary>
    public sealed record Members(int Count) : TransitionInput;

    public sealed record Tick : TransitionInput;
}

/// <summary>What is to follow when a transition has ended; a later one outweighs those before it.</summary>
public enum AfterTransition
{
    /// <summary>Nothing.</summary>
    Done,
    /// <summary>Nothing, though the plan was not carried out: trying at once again would be of no use.</summary>
    Wait,
    /// <summary>Another run of the policy engine.</summary>
    Restart,
    /// <summary>This node stops.</summary>
    Shutdown,
}
