using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;

namespace Appliance.Haresources;

/// <summary>The monitor's share: questions to groups that run, one at a time and never beside another operation of the group, and restarts in place.</summary>
internal sealed partial class GroupRunner
{
    private readonly SortedDictionary<int, Group> _asked = [];

    /// <summary>Asks one resource of a group that runs and is left alone; ends in <see cref="IGroupRunnerClient.Answered"/>. It counts as no activity: nothing waits for it.</summary>
    public void Ask(Group group, int index)
    {
        Invariant.Require(group is { State: GroupState.Running, Step: Step.Idle } && group.Monitor.Question == 0, "only a group at rest is asked, one question at a time");
        (group.Monitor.Question, group.Monitor.QuestionIndex) = (++_operation, index);
        _asked[_operation] = group;
        client.Ask(_operation, group, group.Spec.Resources[index]);
    }

    /// <summary>Stops a resource that failed, after those to the right of it, and starts them all again. The group stays held, and what is to the left runs on.</summary>
    public void Restart(Group group, int from, string why, Instant now)
    {
        Invariant.Require(group is { State: GroupState.Running, Step: Step.Idle }, "only a group that runs is restarted in place");
        client.Log(LogPriority.Info, $"ResourceManager: Restarting {string.Join(' ', group.Spec.Resources.Skip(from).Select(r => r.Text))} of resource group: {group.Spec}");
        Forget(group);
        (group.Why, group.Goal, group.RestartFrom, group.OfferAt) = (why, Goal.Run, from, Instant.Never);
        (group.State, group.Index, group.Step, group.Retries) = (GroupState.Stopping, group.Spec.Resources.Length - 1, Step.Stop, 0);
        RunStop(group, now);
    }

    private void StartAgain(Group group, int from, Instant now)
    {
        (group.RestartFrom, group.State, group.Index, group.Step) = (null, GroupState.Starting, from, Step.StartStatus);
        Run(group, ResourceAction.Status, now);
    }

    /// <summary>Something else is begun with the group: what the monitor had in mind for it is over.</summary>
    private void Forget(Group group)
    {
        group.Monitor.LetGo();
        if (!group.Kept) return;
        (group.Kept, group.State) = (false, GroupState.Stopped);
        client.Changed();
    }

    /// <summary>An operation begins only when the question under way has ended: two agents never work on one resource.</summary>
    private bool WaitsForAnswer(Group group, ResourceAction action)
    {
        if (group.Monitor.Question == 0) return false;
        group.Monitor.Deferred = action;
        client.Cancel(group.Monitor.Question);
        return true;
    }

    /// <returns>It was the answer to a question.</returns>
    private bool Answered(int operation, OperationResult result, Instant now)
    {
        if (!_asked.Remove(operation, out var group)) return false;
        if (group.Monitor.Question != operation) return true;
        group.Monitor.Question = 0;
        if (group.Monitor.Deferred is { } action)
        {
            group.Monitor.Deferred = null;
            client.Run(group.Operation, group, group.Spec.Resources[group.Index], action, now);
        }
        else client.Answered(group, group.Monitor.QuestionIndex, result, now);
        return true;
    }
}
