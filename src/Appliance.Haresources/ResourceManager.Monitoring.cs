using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Messaging;

namespace Appliance.Haresources;

/// <summary><c>monitor</c>: resources that run are asked for their status; what failed is restarted in place, and then goes to the other node (docs/decisions/0013).</summary>
/// <remarks>
/// A group is never made free for that: it is held here all the time, also while nothing of it runs, until another node has agreed to take it. So monitoring adds no
/// way to a double ownership, and none to two nodes that each wait for the other.
/// </remarks>
public sealed partial class ResourceManager
{
    /// <summary>A status that does not come says more of the machine than of the service (a backup, a stalled disk); two in a row are believed.</summary>
    private const int UnansweredInARow = 2;

    /// <summary>From a failure that is not answered at once to the next attempt here; twice as long after each further one.</summary>
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(30);

    /// <summary>So long another node has to begin to take a group before it is tried here again: an answer's time, and some.</summary>
    private static readonly TimeSpan OfferTime = AnswerTime + TimeSpan.FromSeconds(5);

    private bool _monitorOff;

    /// <summary>A stand-in for 3.0.6 asks nothing.</summary>
    private MonitorSpec? Monitoring => Extends ? _cf.Monitor : null;

    private bool IsWatched(Group group) => Monitoring is not null && !_monitorOff && !group.Monitor.Off && !group.Removed;

    /// <summary>It runs, and nobody is about to do anything with it.</summary>
    private bool IsAtRest(Group group) => _phase == Phase.Stable && !_shutdownWanted && group is { State: GroupState.Running, Step: Haresources.Step.Idle, Goal: not Goal.Stop }
        && !IsMoving(group) && !HeldByPeer(group);

    /// <summary>We offered it to another node, or are giving it up.</summary>
    private bool IsMoving(Group group) => _standby != Standby.None && _standbyGiver && Moved.Contains(group);

    /// <summary>It failed here and waits to be taken by another node, or to be tried here again.</summary>
    private static bool HasFailed(Group group) => group.Monitor.Ailing is not null || group.Kept;

    private Instant MonitorDeadline
    {
        get
        {
            var next = Instant.Never;
            if (Monitoring is null) return next;
            foreach (var group in _groups.Values)
                if (IsWatched(group)) next = Instant.Min(next, Instant.Min(group.Monitor.NextAt, group.Monitor.TryAgainAt));
            return next;
        }
    }

    // Questions.

    /// <summary>After every input: begins the rounds that are due, and tries again what waits for it.</summary>
    private void Watch(Instant now)
    {
        if (Monitoring is not { } rule) return;
        foreach (var key in _order)
        {
            var group = _groups[key];
            var record = group.Monitor;
            if (!IsWatched(group))
            {
                record.NextAt = Instant.Never;
                continue;
            }
            if (record.TryAgainAt <= now) TryAgain(group, "it is tried here again after its failure", now);
            if (HasFailed(group) && group.OfferAt == Instant.Never && Taker(group, now) is not null) group.OfferAt = now;      // somebody came who can
            if (!IsAtRest(group))
            {
                record.NextAt = Instant.Never;
                record.Unanswered.Clear();
                continue;
            }
            if (record.NextAt == Instant.Never) record.NextAt = now + rule.Interval;
            if (record.NextAt > now) continue;
            // The phase stays that of the group's start, however late we are or however long a round takes: rounds that were missed are not made up for.
            record.NextAt += rule.Interval * ((now - record.NextAt).Ticks / rule.Interval.Ticks + 1);
            if (record.Question != 0) continue;
            record.RoundIsBad = false;
            _runner.Ask(group, 0);
        }
    }

    void IGroupRunnerClient.Ask(int operation, Group group, ResourceSpec resource) =>
        _effects.Add(new ResourceManagerEffect.Run(operation, group.Key, resource, ResourceAction.Status) { Within = Monitoring?.Timeout });

    void IGroupRunnerClient.Cancel(int operation) => _effects.Add(new ResourceManagerEffect.Cancel(operation));

    void IGroupRunnerClient.Answered(Group group, int index, OperationResult result, Instant now)
    {
        if (!IsWatched(group) || !IsAtRest(group)) return;
        var (record, resource) = (group.Monitor, group.Spec.Resources[index]);
        var says = Said(result);
        (record.Last, record.LastAt) = ($"{resource}: {says}", now);
        if (result.Outcome != OperationOutcome.TimedOut && !CouldNotBeAsked(result)) record.Unanswered.Remove(index);
        switch (result.Outcome)
        {
            case OperationOutcome.Ok:
                record.Missing.Remove(index);
                break;
            case OperationOutcome.NotFound:
                // An administrator's edit or an upgrade under way: what cannot be asked could not be stopped and started either.
                if (record.Missing.Add(index)) Log(LogPriority.Warn, $"{resource} of group {group.Key} cannot be monitored: {says}.");
                record.RoundIsBad = true;
                break;
            case OperationOutcome.TimedOut or OperationOutcome.Failed when (result.Outcome == OperationOutcome.TimedOut || CouldNotBeAsked(result)) && record.Unanswered.Add(index):
                Log(LogPriority.Warn, $"{resource} of group {group.Key} did not say whether it runs ({says}); the next silence counts as a failure.");
                record.RoundIsBad = true;
                break;
            default:
                record.RoundIsBad = true;
                record.Unanswered.Clear();
                if (record.Ailing is null) ResourceFailed(group, index, says, now);
                return;     // what stands to the right of it is stopped and started with it
        }
        if (index + 1 < group.Spec.Resources.Length) _runner.Ask(group, index + 1);
        else if (!record.RoundIsBad && record.Ailing is not null)
        {
            Log(LogPriority.Info, $"Group {group.Key} runs again: all its resources say so.");
            record.LetGo();
            (group.OfferAt, group.Why) = (Instant.Never, "it recovered by itself after a failure here");
        }
    }

    /// <summary>The agent never ran: that says nothing of the service.</summary>
    private static bool CouldNotBeAsked(OperationResult result) => result is { Outcome: OperationOutcome.Failed, ExitCode: < 0 };

    private static string Said(OperationResult result) => result.Outcome switch
    {
        OperationOutcome.Ok => "it runs",
        OperationOutcome.NotRunning => $"it does not run{(result.Reason.Length > 0 ? ": " + result.Reason : "")}",
        _ => GroupRunner.Reason(result),
    };

    // Failures.

    /// <summary>The service manager saw a resource stop that nobody had stopped.</summary>
    private void ResourceLost(string key, string text, string reason, Instant now)
    {
        if (!_groups.TryGetValue(key, out var group)) return;
        var index = 0;
        while (index < group.Spec.Resources.Length && group.Spec.Resources[index].Text != text) index++;
        if (index == group.Spec.Resources.Length) return;
        if (!IsWatched(group)) Log(LogPriority.Warn, $"{text} of group {key} stopped ({reason}); nothing is done about it, as it is not monitored.");
        else if (IsAtRest(group) && group.Monitor.Ailing is null)
        {
            (group.Monitor.Last, group.Monitor.LastAt) = ($"{text}: {reason}", now);
            ResourceFailed(group, index, reason, now);
        }
    }

    /// <summary>First restart, then move.</summary>
    private void ResourceFailed(Group group, int index, string why, Instant now)
    {
        var (rule, record, resource) = (Monitoring!, group.Monitor, group.Spec.Resources[index]);
        record.Note(now, rule.Within);
        var failed = $"{resource} of group {group.Key} failed here ({why}), {Times(record.Failures.Length)} within {Span(rule.Within)}";
        if (record.Failures.Length > rule.Restarts)
        {
            Log(LogPriority.Error, failed + ".");
            group.Why = $"{resource} failed here: {why}";
            Exhausted(group, index, now);
            return;
        }
        Log(LogPriority.Error, $"{failed}: it is restarted with what was started after it; {Times(rule.Restarts)} at most, then the group is handed over.");
        RememberMonitor();
        _runner.Restart(group, index, $"{resource} failed and was restarted here", now);
    }

    /// <summary>Its start failed: what was started is stopped again, and it is not tried again at once.</summary>
    private void StartFailed(Group group, Instant now)
    {
        group.Monitor.Note(now, Monitoring!.Within);
        group.Kept = true;
        _changed = true;
        Exhausted(group, null, now);
    }

    /// <summary>No restart any more: another node is to take it, or it is tried here again after a while.</summary>
    private void Exhausted(Group group, int? index, Instant now)
    {
        var (rule, record) = (Monitoring!, group.Monitor);
        record.Spend(index, now + rule.Within);
        RememberMonitor();
        if (Taker(group, now) is { } to)
        {
            (group.OfferAt, record.TryAgainAt) = (now, now + OfferTime);
            Log(LogPriority.Error, $"Group {group.Key} is handed over to {to.Name}.");
        }
        else
        {
            var wait = BackOff(record, rule);
            record.TryAgainAt = now + wait;
            Log(LogPriority.Crit, $"Group {group.Key} {WhyNobodyTakes(group, now)}; it is tried here again in {Span(wait)}. Repair it, then run: appliance cleanup {group.Key}");
        }
        if (!Several && AllOurs && _phase == Phase.Stable) SendReport(null, now);       // the others must know that it failed here before it fails there
    }

    private static TimeSpan BackOff(MonitorRecord record, MonitorSpec rule)
    {
        var wait = FirstRetry;
        for (var more = record.Failures.Length - rule.Restarts; more > 1 && wait < rule.Within; more--) wait *= 2;
        return wait < rule.Within ? wait : rule.Within < FirstRetry ? FirstRetry : rule.Within;
    }

    private void TryAgain(Group group, string why, Instant now)
    {
        var record = group.Monitor;
        record.TryAgainAt = Instant.Never;
        if (_phase == Phase.Shutdown || _shutdownWanted || !HasFailed(group)) return;
        if (_phase != Phase.Stable || group.Step != Haresources.Step.Idle || IsMoving(group) || HeldByPeer(group))
        {
            record.TryAgainAt = now + TimeSpan.FromSeconds(1);
            return;
        }
        Log(LogPriority.Warn, $"Group {group.Key}: {why}.");
        if (group.Kept) _runner.Start(group, why, now);
        else if (record.Ailing is { } index) _runner.Restart(group, index, why, now);
    }

    /// <summary>We were not there, or another node was not, for a dead time: what is held here and does not run may run there by now. It has time to say so.</summary>
    private void HoldBack(Instant now)
    {
        foreach (var group in _groups.Values)
            if (group.Kept && group.Monitor.TryAgainAt < now + RestartsWithin) group.Monitor.TryAgainAt = now + RestartsWithin;
    }

    // Handing over.

    /// <summary>A node that can take the group now, and of which we do not know that it failed there as well.</summary>
    private Peer? Taker(Group group, Instant now)
    {
        if (Legacy || group.Removed || _phase != Phase.Stable || _shutdownWanted) return null;
        if (Several) return _peers.Find(p => IsAble(p, group.Key));
        return _peers.Find(p => p is { Status: NodeStatus.Active, Reported: true, GaveUp: false } && p.GivesUpBy == Instant.Never
            && (p.TakesOne ? !p.IsSpent(group.Key, now) : !(group.Monitor.HandedOverAt + Monitoring!.Within > now)));       // a 3.0.6 does not tell: once must do
    }

    private string WhyNobodyTakes(Group group, Instant now) =>
        Legacy ? "failed, and with auto_failback legacy nothing is handed over"
        : _peers.TrueForAll(p => p.Status != NodeStatus.Active) ? "failed, and no other node is active"
        : Several || _peers.Exists(p => p.IsSpent(group.Key, now)) ? _peers.Count == 1 ? "failed on both nodes" : "failed, and no other node is able to take it"
        : group.Monitor.HandedOverAt is not null ? "failed, and was handed over not long ago" : "failed, and no other node can take it now";

    /// <summary>Offers a group that failed: that group alone to a node that understands it, else the side it belongs to, which is all that 3.0.6's messages know.</summary>
    private void OfferFailed(Group group, Instant now)
    {
        group.OfferAt = Instant.Never;
        if (!IsWatched(group) || Taker(group, now) is not { } to) return;      // it is tried here again
        if (Several)
        {
            HandOver([group], null, now);
            return;
        }
        if (InTransition || !to.Stable || OwnedTwice)
        {
            group.OfferAt = now + TimeSpan.FromSeconds(1);
            return;
        }
        group.OfferAt = now + OfferAfter;
        Offer(Message.Of("ask_resources", ("rsc_hold", group.Spec.Node == _me ? "local" : "foreign"), ("info", "me"), ("xo", to.TakesOne ? group.Key : null)), now);
    }

    /// <summary>Groups that are given up because they failed: not again to one who cannot say how it went.</summary>
    private void NoteHandedOver(IEnumerable<Group> groups, Instant now)
    {
        foreach (var group in groups)
            if (HasFailed(group)) group.Monitor.HandedOverAt = now;
        if (Monitoring is not null) RememberMonitor();
    }

    /// <summary>
    /// With several nodes: others come first for what failed here, as long as one of them is able. Who claims it already goes on: where it failed on all,
    /// two could else give way to each other again and again.
    /// </summary>
    private bool LeavesToOthers(Group group) => group.IsSpent && !group.Held && !_claims.ContainsKey(group.Key) && (HeldByPeer(group) || _peers.Exists(p => IsAble(p, group.Key)));

    /// <summary>Groups that failed here more often than they are restarted, each with the milliseconds for which that still counts. Its presence says that single groups can be handed to us.</summary>
    private string SpentWords(Instant now) =>
        string.Join(' ', _order.Where(k => _groups[k].Monitor.IsSpent(now)).Select(k => $"{k}@{(long)(_groups[k].Monitor.SpentUntil - now).TotalMilliseconds}"));

    private static void ReadSpent(Peer peer, string? words, Instant now)
    {
        peer.TakesOne = words is not null;
        peer.Spent = ImmutableSortedDictionary<string, long>.Empty;
        foreach (var (key, ms) in Peer.ReadNumbers(words))
            if (ms > 0) peer.Spent = peer.Spent.SetItem(key, (now + TimeSpan.FromMilliseconds(Math.Min(ms, 1e12))).Ticks);
    }

    // The operator.

    private void SwitchMonitor(bool on, string? key, Instant now)
    {
        if (key is not null && !_groups.ContainsKey(key))
        {
            Log(LogPriority.Error, $"There is no group {key} in haresources.");
            return;
        }
        if (key is null) _monitorOff = !on;
        foreach (var group in _groups.Values)
            if (key is null && on || group.Key == key) group.Monitor.Off = !on;
        var what = key is null ? "all groups" : $"group {key}";
        if (on) Log(LogPriority.Info, $"The operator switched the monitor on for {what}.");
        else Log(LogPriority.Warn, $"The operator switched the monitor off for {what} on this node, until it is switched on again or the machine boots.");
        RememberMonitor();
        foreach (var group in _groups.Values)
            if (HasFailed(group) && IsWatched(group)) group.Monitor.TryAgainAt = Instant.Min(group.Monitor.TryAgainAt, now + FirstRetry);
    }

    /// <summary>What was wrong is repaired: failures count no longer, here and (it is told) elsewhere.</summary>
    private bool Forgive(Group group)
    {
        var had = group.Monitor.HasHistory;
        group.Monitor.Forgive();
        if (had) RememberMonitor();
        return had;
    }

    private void TellForgiven(string key)
    {
        if (Monitoring is not null && AllOurs && _peers.Exists(p => p.Alive)) Send(Message.Of("x_cleanup", ("ipaddr", key)));
    }

    private void ForgivenElsewhere(Peer peer, string? key)
    {
        if (key is not null && _groups.TryGetValue(key, out var group) && Forgive(group)) Log(LogPriority.Info, $"Group {key}: its failures here count no longer; it was cleaned up on {peer.Name}.");
    }

    private void RememberMonitor()
    {
        var groups = ImmutableSortedDictionary.CreateBuilder<string, GroupMemory>(StringComparer.Ordinal);
        foreach (var group in _groups.Values)
            if (group.Monitor.Off || group.Monitor.HasHistory) groups[group.Key] = group.Monitor.Memory;
        _effects.Add(new ResourceManagerEffect.RememberMonitor(new(_monitorOff, groups.ToImmutable())));
    }

    private MonitorReport? MonitorReportOf(Group group, Instant now)
    {
        if (Monitoring is not { } rule) return null;
        var (record, failures) = (group.Monitor, group.Monitor.Count(now, rule.Within));
        return new(
            _monitorOff || record.Off, record.Last, record.Last.Length > 0 ? now - record.LastAt : null, failures, Math.Max(0, rule.Restarts - failures), record.IsSpent(now),
            record.TryAgainAt == Instant.Never || !IsWatched(group) ? null : record.TryAgainAt - now);
    }

    private static string Times(int count) => count == 1 ? "once" : $"{count} times";

    private static string Span(TimeSpan span) => span.TotalSeconds % 3600 == 0 ? $"{span.TotalHours:0} h" : span.TotalSeconds % 60 == 0 ? $"{span.TotalMinutes:0} min" : $"{span.TotalSeconds:0.###} s";
}
