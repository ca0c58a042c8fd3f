using System.Globalization;
using Appliance.Cib;
using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Report;

namespace Appliance.Policy.Unpack;

/// <summary>How an operation ended, as the executor says.</summary>
internal enum ExecutionStatus
{
    Pending = -1, Done = 0, Cancelled = 1, Timeout = 2, NotSupported = 3, Error = 4, HardError = 5, FatalError = 6, NotInstalled = 7, NotConnected = 8, Invalid = 9,
    NoFenceDevice = 10, NoSecrets = 11,
}

/// <summary>Reads one resource's operations on one node, oldest first: what role they leave it in, and what failure is still to be handled.</summary>
internal sealed class HistoryReading(Scheduling model, PolicyResource resource, PolicyNode node)
{
    private const int Ok = 0, Invalid = 2, Unimplemented = 3, NoPrivilege = 4, NotInstalled = 5, NotConfigured = 6, NotRunning = 7, Promoted = 8, FailedPromoted = 9,
        Degraded = 190, DegradedPromoted = 191;

    private CibElement? _lastFailure;

    public OnFail OnFail { get; private set; } = OnFail.Ignore;

    public void Read(CibElement xml)
    {
        var task = xml["operation"] ?? "";
        if (task is not (Operation.Monitor or Operation.Start or Operation.Stop or Operation.Promote or Operation.Demote or Operation.MigrateTo or Operation.MigrateFrom or "asyncmon")) return;
        if (Texts.Integer(xml["op-status"]) is not { } statusNumber || statusNumber is < -1 or > 11) return;
        var status = (ExecutionStatus)statusNumber;
        if (Texts.Integer(xml["rc-code"]) is not { } code || code is < 0 or > 255) return;
        var exit = (int)code;
        if (status is ExecutionStatus.NoFenceDevice or ExecutionStatus.NoSecrets) status = ExecutionStatus.HardError;
        if (status == ExecutionStatus.Cancelled) return;
        var entry = new HistoryEntry(xml, task, Periods.Recorded(xml["interval"]), Age.ExpectedResult(xml)) { Status = status, Exit = exit };
        var banned = resource.Unique ? resource : resource.Top();
        var expired = HasExpired(entry);
        var masked = entry.IsProbe && !resource.IsInBundle && (statusNumber == (int)ExecutionStatus.NotInstalled || exit is NotInstalled or Invalid);
        Remap(entry, expired, masked);
        if (expired && masked && exit != entry.Expected)
        {
            if (resource.Role <= Role.Stopped) resource.Role = Role.Unknown;
            return;
        }
        if (expired && entry.Exit != entry.Expected)
        {
            if (entry.IntervalMs == 0) return;
            if (node.Online && !node.Unclean)
            {
                // The monitor's failure is forgotten, so it must be started anew: a digest that cannot match has it rescheduled.
                model.Overrides[xml] = "calculated-failure-timeout";
                return;
            }
        }
        if (masked)
        {
            resource.Role = Role.Stopped;
            RecordFailure(xml);
            ResourcesReader.AddScore(banned, node, -Scores.Infinity);
            return;
        }
        switch (entry.Status)
        {
            case ExecutionStatus.Pending: Pending(entry); return;
            case ExecutionStatus.Done: Succeeded(entry, entry.Exit); return;
            case ExecutionStatus.NotInstalled:
            {
                var (what, role) = Configured(entry);
                // A missing agent cannot be ignored.
                if (what == OnFail.Ignore)
                {
                    OnFail = OnFail.Ban;
                    Remark(Unpack, $"Cannot ignore failed {task} of {resource.Id} on {node.Name}: Resource agent doesn't exist | status={Texts.Text(statusNumber)} {Entry(entry)}");
                }
                ResourcesReader.AddScore(banned, node, -Scores.Infinity);
                Failed(entry, what, role);
                return;
            }
            case ExecutionStatus.NotConnected when node.IsRemoteKind && node.Connection is { Managed: true } connection:
                connection.Set(ResourceFlags.Failed | ResourceFlags.StopIfFailed);
                break;
        }
        var (onFail, failRole) = Configured(entry);
        if (onFail == OnFail.Ignore || onFail == OnFail.RestartContainer && task == Operation.Stop)
        {
            Remark(Unpack, $"Pretending failed {task} ({Result(entry)}) of {resource.Id} on {node.Name} at {Moment(entry)} succeeded | {Entry(entry)}");
            Succeeded(entry, entry.Expected);
            resource.Set(ResourceFlags.FailureIgnored);
            RecordFailure(xml);
            if (onFail == OnFail.RestartContainer && OnFail <= OnFail.Restart) OnFail = onFail;
            return;
        }
        Failed(entry, onFail, failRole);
        if (entry.Status == ExecutionStatus.HardError)
        {
            if (entry.Exit != NotInstalled) Remark(Unpack, $"Preventing {banned.Id} from restarting on {node.Name} because of hard failure ({Result(entry)})| {Entry(entry)}", isError: true);
            ResourcesReader.AddScore(banned, node, -Scores.Infinity);
        }
        else if (entry.Status == ExecutionStatus.FatalError)
        {
            Remark(Unpack, $"Preventing {banned.Id} from restarting anywhere because of fatal failure ({Result(entry)}) | {Entry(entry)}", isError: true);
            ResourcesReader.AddScoreEverywhere(model, banned, -Scores.Infinity);
        }
    }

    // ---- what is said about it ----

    private const string Unpack = "unpack_rsc_op";

    private void Remark(string where, string text, bool isError = false) => model.Remarks?.Add(Complaint.Remark(where, text, isError));

    private static string Result(HistoryEntry entry) => ResultWords.Short(entry.Exit) + (entry.Xml["exit-reason"] is { Length: > 0 } reason ? ": " + reason : "");

    private static string Entry(HistoryEntry entry) => $"rc={Texts.Text(entry.Exit)} id={entry.Xml.Id}";

    private string Moment(HistoryEntry entry) => Texts.Integer(entry.Xml["last-rc-change"]) is { } at ? Moment(at + model.Offset) : "unknown time";

    private static string Moment(long local)
    {
        var date = DateTimeOffset.FromUnixTimeSeconds(local);
        return date.ToString("MMM", CultureInfo.InvariantCulture) + Texts.Text(date.Day).PadLeft(3) + date.ToString(" HH:mm:ss yyyy", CultureInfo.InvariantCulture);
    }

    private (OnFail OnFail, Role Role) Configured(HistoryEntry entry)
    {
        var definition = OperationConfiguration.Find(model, resource, entry.Task, entry.IntervalMs, includeDisabled: true);
        var meta = OperationConfiguration.Meta(model, resource, null, entry.Task, entry.IntervalMs, definition);
        var onFail = OperationConfiguration.OnFailure(model, resource, entry.Task, entry.IntervalMs, meta.GetValueOrDefault("on-fail"));
        return (onFail, OperationConfiguration.RoleAfterFailure(resource, entry.Task, onFail));
    }

    // ---- expiry ----

    private bool HasExpired(HistoryEntry entry)
    {
        if (entry.Status == ExecutionStatus.NotInstalled) return false;
        var expired = false;
        var unexpired = 0;
        string? clear = null;
        var isLastFailure = entry.Xml.Id?.EndsWith("_last_failure_0", StringComparison.Ordinal) == true;
        if (resource.FailureTimeoutMs > 0 && Texts.Integer(entry.Xml["last-rc-change"]) is { } changed)
        {
            var timeout = resource.FailureTimeoutMs / 1000;
            expired = model.Now >= changed + timeout && !IgnoresTimeout(entry);
            unexpired = FailCounts.Of(model, node, resource, effective: true, launched: false, entry.Xml, out var last);
            if (unexpired != 0 && model.Now < last + timeout) model.Recheck(last + timeout + 1);
        }
        if (expired)
        {
            if (FailCounts.Of(model, node, resource, effective: false, launched: false, entry.Xml, out _) != 0)
            {
                if (unexpired == 0) clear = "it expired";
                else expired = false;
            }
            else if (isLastFailure && resource.ReconnectMs > 0) clear = "reconnect interval is set";
        }
        if (!expired && isLastFailure && entry.Task is Operation.Start or Operation.Monitor && !expired && isLastFailure)
        {
            if (Bundles.NeedsRemoteAddress(resource)) model.DeferredChecks.Add(new(resource, node, entry.Xml, DeferredKind.LastFailure));
            else if (OperationDigests.Compare(model, resource, entry.Xml, node).Verdict is DigestVerdict.Mismatch or DigestVerdict.Restart) clear = "resource parameters have changed";
        }
        if (clear is not null)
        {
            var action = Actions.ClearFailcount(model, resource, node, clear);
            if (model.Options.FencingEnabled && resource.ReconnectMs > 0 && model.FindNode(resource.Id) is { } remote)
            {
                var fence = FencingActions.Operate(model, remote, null, optional: true, null, priorityDelay: false);
                Order.Orders.Between(model, fence, action, OrderFlags.FirstImpliesThen);
            }
        }
        if (expired && entry.IsProbe && entry.Exit is Ok or NotRunning or Promoted or Degraded or DegradedPromoted && entry.IsProbe) expired = false;
        return expired;
    }

    /// <summary>A monitor of a remote connection keeps failing unnoticed until the remote node was fenced.</summary>
    private bool IgnoresTimeout(HistoryEntry entry) =>
        resource.ReconnectMs > 0 && model.Options.FencingEnabled && entry.IntervalMs != 0 && entry.Task == Operation.Monitor
        && model.FindNode(resource.Id) is { RemoteWasFenced: false };

    // ---- what a result means ----

    private void Remap(HistoryEntry entry, bool expired, bool masked)
    {
        var plain = entry.Exit switch { Degraded => Ok, DegradedPromoted => Promoted, _ => entry.Exit };
        if (plain != entry.Exit)
        {
            entry.Exit = plain;
            if (!expired) RecordFailure(entry.Xml);
        }
        if (masked) (entry.Status, entry.Exit) = (ExecutionStatus.Done, NotRunning);
        if (entry.Status is not (ExecutionStatus.Done or ExecutionStatus.Error)) return;
        entry.Status = entry.Expected >= 0 && entry.Exit == entry.Expected ? ExecutionStatus.Done : ExecutionStatus.Error;
        switch (entry.Exit)
        {
            case Ok:
                if (entry.IsProbe && entry.Expected == NotRunning) entry.Status = ExecutionStatus.Done;
                break;
            case NotRunning:
                if (entry.IsProbe || entry.Expected == entry.Exit || !resource.Managed)
                {
                    entry.Status = ExecutionStatus.Done;
                    resource.Role = Role.Stopped;
                    OnFail = OnFail.Ignore;
                    resource.NextRole = Role.Unknown;
                }
                break;
            case Promoted:
                if (entry.IsProbe && entry.Exit != entry.Expected) entry.Status = ExecutionStatus.Done;
                if (!expired || entry.Exit == entry.Expected) resource.Role = Role.Promoted;
                break;
            case FailedPromoted:
                if (!expired) resource.Role = Role.Promoted;
                entry.Status = ExecutionStatus.Error;
                break;
            case NotConfigured:
                entry.Status = ExecutionStatus.FatalError;
                break;
            case Unimplemented when entry.IntervalMs > 0:
                entry.Status = ExecutionStatus.NotSupported;
                break;
            case Unimplemented or NotInstalled or Invalid or NoPrivilege:
                if (!expired && entry.Task == Operation.Stop && !FencingActions.CanFence(model, node))
                {
                    // Nothing can be done any more.
                    Remark("check_recoverable", $"No further recovery can be attempted for {resource.Id} because {entry.Task} on {node.Name} failed ({Result(entry)}) at {Moment(entry)} | {Entry(entry)}", isError: true);
                    resource.Clear(ResourceFlags.Managed);
                    resource.Set(ResourceFlags.Blocked);
                }
                entry.Status = ExecutionStatus.HardError;
                break;
            case var _ when entry.Status == ExecutionStatus.Done:
                entry.Status = ExecutionStatus.Error;
                break;
        }
    }

    private void SetActive() => resource.Role = resource.Top().Has(ResourceFlags.Promotable) ? Role.Unpromoted : Role.Started;

    private void Pending(HistoryEntry entry)
    {
        if (_lastFailure is { } failure && failure["operation"] == entry.Task && Periods.Recorded(failure["interval"]) == entry.IntervalMs
            && Texts.Integer(failure["last-rc-change"]) is { } failed && Texts.Integer(entry.Xml["last-rc-change"]) is { } started && failed >= started) return;
        switch (entry.Task)
        {
            case Operation.Start:
                resource.Set(ResourceFlags.StartPending);
                SetActive();
                break;
            case Operation.Promote:
                resource.Role = Role.Promoted;
                break;
            case Operation.MigrateTo when node.Unclean && model.FindNode(entry.Xml["migrate_target"]) is { } target:
                Actions.Stop(model, resource, target, optional: false);
                break;
        }
        if (resource.PendingTask is not null || entry.IsProbe) return;
        resource.PendingTask = entry.Task;
        resource.PendingNode = node;
    }

    private void Succeeded(HistoryEntry entry, int exit)
    {
        var clears = false;
        if (exit == NotInstalled) resource.Role = Role.Stopped;
        else if (exit == NotRunning) clears = true;
        else
            switch (entry.Task)
            {
                case Operation.Monitor:
                    if (_lastFailure is not null && entry.Xml["operation_key"] is var key && (_lastFailure["operation_key"] ?? _lastFailure.Id) == (key ?? entry.Xml.Id)) clears = true;
                    if (resource.Role < Role.Started) SetActive();
                    break;
                case Operation.Start: resource.Role = Role.Started; clears = true; break;
                case Operation.Stop: resource.Role = Role.Stopped; clears = true; break;
                case Operation.Promote: resource.Role = Role.Promoted; clears = true; break;
                case Operation.Demote:
                    if (OnFail == OnFail.Demote) clears = true;
                    resource.Role = Role.Unpromoted;
                    break;
                case Operation.MigrateFrom: resource.Role = Role.Started; clears = true; break;
                case Operation.MigrateTo: Migrations.Left(model, resource, node, entry.Xml); break;
                default:
                    if (resource.Role < Role.Started) SetActive();
                    break;
            }
        if (!clears) return;
        switch (OnFail)
        {
            case OnFail.Stop or OnFail.Ban or OnFail.Standby or OnFail.Fence: break;
            case OnFail.ResetRemote when resource.ReconnectMs > 0: break;
            default:
                OnFail = OnFail.Ignore;
                resource.NextRole = Role.Unknown;
                break;
        }
    }

    private void Failed(HistoryEntry entry, OnFail onFail, Role failRole)
    {
        _lastFailure = entry.Xml;
        // Where resources must be allowed explicitly, it is no news that one is not installed.
        if (model.Options.SymmetricCluster || entry.Exit != NotInstalled)
        {
            RecordFailure(entry.Xml);
            Remark("unpack_rsc_op_failure", $"Unexpected result ({Result(entry)}) was recorded for {(entry.IsProbe ? "probe" : entry.Task)} of {resource.Id} on {node.Name} at {Moment(entry)} | {Entry(entry)}");
        }
        if (OnFail < onFail) OnFail = onFail;
        switch (entry.Task)
        {
            case Operation.Stop: ResourcesReader.AddScore(resource, node, -Scores.Infinity); break;
            case Operation.MigrateTo: Migrations.FailedToLeave(model, resource, node, entry.Xml); break;
            case Operation.MigrateFrom: Migrations.FailedToArrive(model, resource, node, entry.Xml); break;
            case Operation.Promote: resource.Role = Role.Promoted; break;
            case Operation.Demote when onFail == OnFail.Block:
                resource.Role = Role.Promoted;
                resource.NextRole = Role.Stopped;
                break;
            case Operation.Demote:
                resource.Role = entry.Exit == NotRunning ? Role.Stopped : Role.Unpromoted;
                break;
        }
        if (entry.IsProbe && entry.Exit == NotInstalled) resource.Role = Role.Stopped;
        else if (resource.Role < Role.Started) SetActive();
        if (failRole != Role.Started && resource.NextRole < failRole) resource.NextRole = failRole;
        if (failRole == Role.Stopped)
        {
            var banned = resource.Parent is not null && resource.Top() is { IsAnonymousClone: true } clone ? clone : resource;
            ResourcesReader.BanEverywhere(model, banned);
        }
    }

    /// <summary>A failure is told once for each operation and node.</summary>
    private void RecordFailure(CibElement xml)
    {
        if (!node.Online) return;
        var key = Key(xml);
        if (!model.FailedOperations.Exists(f => f.Node == node && Key(f.Xml) == key)) model.FailedOperations.Add(new(node, xml));
    }

    private static string? Key(CibElement xml) => xml["operation_key"] ?? xml.Id;
}

/// <summary>One recorded operation while it is being understood.</summary>
internal sealed class HistoryEntry(CibElement xml, string task, long intervalMs, int expected)
{
    public CibElement Xml { get; } = xml;
    public string Task { get; } = task;
    public long IntervalMs { get; } = intervalMs;
    public int Expected { get; } = expected;
    public ExecutionStatus Status { get; set; }
    public int Exit { get; set; }
    public bool IsProbe => Task == Operation.Monitor && IntervalMs == 0;
}
