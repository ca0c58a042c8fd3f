using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;

namespace Appliance.Haresources;

/// <summary>Starts groups left to right and stops them right to left, one resource after the other; independent groups side by side.</summary>
/// <remarks>
/// 3.0.6's ResourceManager: a start asks for the status first; a failed start stops the whole group; a failed stop is tried 10 times, 1 s apart, then status decides.
/// Where 3.0.6 then reboots the machine, the group is <see cref="GroupState.Blocked"/> (docs/decisions/0004).
/// </remarks>
internal sealed partial class GroupRunner(IGroupRunnerClient client)
{
    /// <summary>HA_STOPRETRYMAX of 3.0.6.</summary>
    public const int MaxStopRetries = 10;
    private static readonly TimeSpan StopRetry = TimeSpan.FromSeconds(1);

    private readonly SortedDictionary<int, Group> _byOperation = [];
    private int _operation;

    /// <summary>Operations that have not ended.</summary>
    public int Pending => _byOperation.Count;

    /// <summary>Asks every resource of the group whether it runs; ends in <see cref="IGroupRunnerClient.Probed"/>.</summary>
    public void Probe(Group group, Instant now)
    {
        (group.Step, group.Index, group.Running, group.IsUnclear) = (Step.Probe, 0, 0, false);
        Run(group, ResourceAction.Status, now);
    }

    /// <summary>Wants the group to run here.</summary>
    public void Start(Group group, string why, Instant now)
    {
        group.Why = why;
        if (group.State == GroupState.Blocked) return;      // a half-stopped group needs the operator or a fence
        group.Goal = Goal.Run;
        if (group.Step is not Step.Idle) return;            // judged again when the step under way ends
        if (group.State == GroupState.Running) client.Ended(group, now);
        else BeginStart(group, now);
    }

    /// <summary>Wants the group not to run here.</summary>
    public void Stop(Group group, string why, Instant now)
    {
        group.Why = why;
        group.OfferAt = Instant.Never;
        group.RestartFrom = null;       // a restart under way goes on to the left end
        Forget(group);
        if (group.State == GroupState.Blocked) return;
        group.Goal = Goal.Stop;
        if (group.Step is not Step.Idle) return;
        if (group.State is GroupState.Stopped or GroupState.Failed) client.Ended(group, now);
        else BeginStop(group, group.Spec.Resources.Length - 1, now);
    }

    public void Ended(int operation, OperationResult result, Instant now)
    {
        if (Answered(operation, result, now)) return;
        if (!_byOperation.Remove(operation, out var group) || group.Operation != operation) return;
        group.Operation = 0;
        var resource = group.Spec.Resources[Math.Min(group.Index, group.Spec.Resources.Length - 1)];
        switch (group.Step)
        {
            case Step.Probe:
                if (result.Outcome is OperationOutcome.Ok or OperationOutcome.TimedOut or OperationOutcome.Unclear) group.Running++;
                group.IsUnclear |= result.Outcome is OperationOutcome.TimedOut or OperationOutcome.Unclear;
                if (++group.Index < group.Spec.Resources.Length) Run(group, ResourceAction.Status, now);
                else
                {
                    group.Step = Step.Idle;
                    client.Probed(group, now);
                }
                break;
            case Step.StartStatus when group.Goal == Goal.Stop:
                BeginStop(group, group.Index, now);
                break;
            case Step.StartStatus when result.Outcome == OperationOutcome.Ok:
                NextStart(group, now);
                break;
            case Step.StartStatus:
                group.Step = Step.Start;
                Run(group, ResourceAction.Start, now);
                break;
            case Step.Start when result.Outcome == OperationOutcome.Ok && group.Goal == Goal.Run:
                NextStart(group, now);
                break;
            case Step.Start when result.Outcome == OperationOutcome.Ok:
                BeginStop(group, group.Index, now);
                break;
            case Step.Start:
                Complain(resource, "start", result);
                client.Log(LogPriority.Crit, $"ResourceManager: Giving up resources due to failure of {resource}");
                group.Why = $"it could not be started here: {resource}: {Reason(result)}";
                group.Step = Step.Unwind;
                group.Retries = 0;
                RunStop(group, now);
                break;
            case Step.Stop or Step.Unwind when result.Outcome == OperationOutcome.Ok:
                NextStop(group, now);
                break;
            case Step.Stop or Step.Unwind when result.Outcome == OperationOutcome.NotFound:
                Complain(resource, "stop", result);
                NextStop(group, now);
                break;
            case Step.Stop or Step.Unwind when ++group.Retries < MaxStopRetries:
                Complain(resource, "stop", result);
                group.RetryAt = now + StopRetry;
                break;
            case Step.Stop or Step.Unwind:
                Complain(resource, "stop", result);
                group.Step = Step.StopStatus;
                Run(group, ResourceAction.Status, now);
                break;
            case Step.StopStatus when result.Outcome == OperationOutcome.NotRunning:
                client.Log(LogPriority.Error, $"ResourceManager: {resource.Script} is probably not LSB-compliant.");
                client.Log(LogPriority.Error, $"ResourceManager: it MUST succeed on a stop when already stopped");
                group.Step = Step.Stop;
                NextStop(group, now);
                break;
            case Step.StopStatus:
                (group.Step, group.Goal, group.State, group.RestartFrom) = (Step.Idle, Goal.Nothing, GroupState.Blocked, null);
                group.Why = $"it is blocked here: {resource} does not stop ({Reason(result)})";
                client.Log(LogPriority.Crit, $"ResourceManager: {resource} did not stop after {MaxStopRetries} tries; group {group.Key} is blocked on this node and is given to nobody");
                client.Blocked(group, now);
                break;
        }
    }

    /// <summary>Tries failed stops again whose time has come.</summary>
    public void Tick(Group group, Instant now)
    {
        if (group.RetryAt > now) return;
        group.RetryAt = Instant.Never;
        RunStop(group, now);
    }

    private void BeginStart(Group group, Instant now)
    {
        client.Log(LogPriority.Info, $"ResourceManager: Acquiring resource group: {group.Spec}");
        (group.State, group.Index, group.Step) = (GroupState.Starting, 0, Step.StartStatus);
        group.Since = now;
        group.OfferAt = Instant.Never;
        Forget(group);
        client.Changed();
        Run(group, ResourceAction.Status, now);
    }

    private void NextStart(Group group, Instant now)
    {
        if (group.Goal == Goal.Stop) BeginStop(group, group.Index, now);
        else if (++group.Index < group.Spec.Resources.Length)
        {
            group.Step = Step.StartStatus;
            Run(group, ResourceAction.Status, now);
        }
        else Finish(group, GroupState.Running, now);
    }

    private void BeginStop(Group group, int from, Instant now)
    {
        client.Log(LogPriority.Info, $"ResourceManager: Releasing resource group: {group.Spec}");
        (group.State, group.Index, group.Step, group.Retries) = (GroupState.Stopping, from, Step.Stop, 0);
        RunStop(group, now);
    }

    private void RunStop(Group group, Instant now)
    {
        Run(group, ResourceAction.Stop, now);
    }

    private void NextStop(Group group, Instant now)
    {
        group.Retries = 0;
        if (--group.Index >= (group.RestartFrom ?? 0)) RunStop(group, now);
        else if (group.RestartFrom is { } from) StartAgain(group, from, now);
        else Finish(group, group.Step == Step.Unwind ? GroupState.Failed : GroupState.Stopped, now);
    }

    private void Finish(Group group, GroupState state, Instant now)
    {
        (group.Step, group.State) = (Step.Idle, state);
        client.Changed();
        if (state == GroupState.Running && group.Goal == Goal.Stop) BeginStop(group, group.Spec.Resources.Length - 1, now);
        else if (state == GroupState.Stopped && group.Goal == Goal.Run) BeginStart(group, now);
        else
        {
            group.Goal = Goal.Nothing;
            client.Ended(group, now);
        }
    }

    private void Run(Group group, ResourceAction action, Instant now)
    {
        group.Operation = ++_operation;
        _byOperation[group.Operation] = group;
        if (!WaitsForAnswer(group, action)) client.Run(group.Operation, group, group.Spec.Resources[group.Index], action, now);
    }

    private void Complain(ResourceSpec resource, string action, OperationResult result) => client.Log(LogPriority.Error, result.Outcome switch
    {
        OperationOutcome.NotFound => $"ResourceManager: Cannot locate resource script {resource.Script}",
        OperationOutcome.TimedOut => $"ResourceManager: {resource} {action} did not end in time and was killed",
        _ => $"ResourceManager: Return code {result.ExitCode} from {resource.Script} {action}{(result.Reason.Length > 0 ? ": " + result.Reason : "")}",
    });

    internal static string Reason(OperationResult result) => result.Outcome switch
    {
        OperationOutcome.NotFound => "there is no such script or agent",
        OperationOutcome.TimedOut => "it did not answer in time",
        _ => result.Reason.Length > 0 ? result.Reason : $"exit code {result.ExitCode}",
    };
}

/// <summary>Whom the runner works for.</summary>
internal interface IGroupRunnerClient
{
    void Run(int operation, Group group, ResourceSpec resource, ResourceAction action, Instant now);

    /// <summary>All resources were asked: <see cref="Group.Running"/> of them run (or do not say).</summary>
    void Probed(Group group, Instant now);

    /// <summary>The group is where its goal wanted it, or its start failed (<see cref="GroupState.Failed"/>).</summary>
    void Ended(Group group, Instant now);

    /// <summary>A stop failed for good.</summary>
    void Blocked(Group group, Instant now);

    /// <summary>Ask a resource that runs for its status, beside everything else.</summary>
    void Ask(int operation, Group group, ResourceSpec resource);

    /// <summary>The answer is not wanted any more: end the operation. Its end is told all the same.</summary>
    void Cancel(int operation);

    /// <summary>A resource that runs was asked; nothing else was begun with its group meanwhile.</summary>
    void Answered(Group group, int index, OperationResult result, Instant now);

    /// <summary>What we hold changed.</summary>
    void Changed();
    void Log(LogPriority priority, string text);
}
