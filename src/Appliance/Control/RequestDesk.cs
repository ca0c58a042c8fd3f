using Appliance.Commands;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Crm.Controller;
using Appliance.Haresources;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>Answers what command-line tools ask; questions that pulse or another node must answer wait here, for a bounded time. On the control thread only.</summary>
/// <param name="slots">This node's mailboxes on shared disks; <c>null</c>: it has none.</param>
/// <param name="problem">Why nothing is managed here; <c>null</c>: all is well.</param>
/// <param name="crm">How the CRM sees things; <c>null</c>: the v1 resource manager manages.</param>
internal sealed class RequestDesk(
    HaCf cf, IPulse pulse, IClients clients, Func<Instant, ResourceReport> report, Action<ResourceManagerInput> decide, Func<Instant, SlotsView>? slots = null,
    Func<CrmState?>? crm = null, Func<string?>? problem = null)
{
    private const int MostWaiting = 64;
    private static readonly TimeSpan PulseAnswersWithin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan NodeAnswersWithin = TimeSpan.FromSeconds(1), NodeAnswersAtMost = TimeSpan.FromSeconds(60);

    private readonly Dictionary<int, Waiting> _waiting = [];
    private readonly Dictionary<string, bool> _carriers = new(StringComparer.Ordinal);      // of the serial lines that tell
    private int _lastId;

    private sealed record Waiting(Instant Until, string TimeoutText, Action<ControlAnswer> Answer, string? Client);

    /// <summary>When <see cref="Expire"/> is due.</summary>
    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Never;
            foreach (var waiting in _waiting.Values) next = Instant.Min(next, waiting.Until);
            return next;
        }
    }

    public void Ask(ControlRequest request, Action<ControlAnswer> answer, Instant now)
    {
        switch (request.Do)
        {
            case "status":
                if (Wait(now + PulseAnswersWithin, "pulse did not answer in time", answer, null) is { } id) pulse.Send(new ClusterCommand.Report(id));
                break;
            case "parameter":
                answer(Parameter(request.Name ?? "") is { } value ? new(true, Text: value) : ControlAnswer.Failed($"no parameter {request.Name}"));
                break;
            case "cleanup" or "monitor" when crm is not null:
                answer(ControlAnswer.Failed($"the CRM manages, which has no groups of haresources: use {(request.Do == "cleanup" ? "crm_resource --cleanup" : "crm_attribute --name maintenance-mode")}"));
                break;
            case "clientstatus":
                AskForClient(request, answer, now);
                break;
            case "cleanup":
                Cleanup(request.Key ?? "", answer, now);
                break;
            case "monitor":
                SwitchMonitor(request.Name ?? "", request.Key, answer, now);
                break;
            case "upgrade":
                decide(new ResourceManagerInput.RestartRequested());
                answer(new(true, Text: "restarting in place; resources keep running"));
                break;
            default:
                answer(ControlAnswer.Failed($"unknown request '{request.Do}'"));
                break;
        }
    }

    /// <summary>Pulse answered.</summary>
    public void Reported(int requestId, ClusterReport cluster, Instant now)
    {
        if (!_waiting.Remove(requestId, out var waiting)) return;       // too late
        waiting.Answer(new(true, Status: StatusView.From(cf, cluster, report(now), slots?.Invoke(now), crm?.Invoke(), problem?.Invoke(), _carriers)));
    }

    /// <summary>Pulse tells of a serial line.</summary>
    public void CarrierChanged(ClusterEvent.CarrierChanged change)
    {
        if (change.Carrier is { } carrier) _carriers[change.Line] = carrier;
        else _carriers.Remove(change.Line);
    }

    /// <summary>Questions of other nodes for our clients, and answers to ours.</summary>
    public void Received(Message message, bool fromSelf)
    {
        if (message["dest"] is { } dest && dest != cf.LocalNode) return;
        switch (message.Type)
        {
            case "query-cstatus" when !fromSelf:
                pulse.Send(new ClusterCommand.Send(Message.Of("respond-cstatus",
                    ("dest", message["src"]), ("result", "OK"), ("cn", message["cn"]), ("to_id", message["from_id"]),
                    ("cs", clients.IsOnline(message["cn"] ?? "") ? "online" : "offline"))));
                break;
            case "respond-cstatus" when int.TryParse(message["to_id"], out var id) && _waiting.TryGetValue(id, out var waiting) && waiting.Client == message["cn"]:
                _waiting.Remove(id);
                waiting.Answer(new(true, Text: message["cs"]));
                break;
        }
    }

    public void Expire(Instant now)
    {
        foreach (var (id, waiting) in _waiting)
            if (waiting.Until <= now)
            {
                _waiting.Remove(id);        // allowed while enumerating since .NET Core 3.0
                waiting.Answer(ControlAnswer.Failed(waiting.TimeoutText));
            }
    }

    private string? Parameter(string name) => name switch
    {
        "hbversion" => StatusView.HeartbeatVersion(StatusView.ProductVersion),
        _ when ScriptEnvironment.Recorded(cf, name) is { } value => value,
        "debug" => cf.Debug.ToString(System.Globalization.CultureInfo.InvariantCulture),       // 3.0.6 answers this one unasked
        _ => null,
    };

    private void AskForClient(ControlRequest request, Action<ControlAnswer> answer, Instant now)
    {
        var (node, client) = ((request.Node ?? "").ToLowerInvariant(), request.Name ?? "");
        if (node == cf.LocalNode)
        {
            answer(new(true, Text: clients.IsOnline(client) ? "online" : "offline"));
            return;
        }
        var wanted = request.TimeoutMs is > 0 and var ms ? TimeSpan.FromMilliseconds(ms) : NodeAnswersWithin;
        if (wanted > NodeAnswersAtMost) wanted = NodeAnswersAtMost;
        if (Wait(now + wanted, "No timely response.", answer, client) is { } id)
            pulse.Send(new ClusterCommand.Send(Message.Of("query-cstatus",
                ("dest", node), ("cn", client), ("from_id", id.ToString(System.Globalization.CultureInfo.InvariantCulture)))));
    }

    private void Cleanup(string key, Action<ControlAnswer> answer, Instant now)
    {
        var group = report(now).Groups.FirstOrDefault(g => g.Key == key);
        if (group is null) answer(ControlAnswer.Failed($"there is no resource group {key}"));
        else if (group.State is not (GroupState.Blocked or GroupState.Failed) && group.Monitor is { } monitor && (monitor.Failures > 0 || monitor.Spent))
        {
            decide(new ResourceManagerInput.Cleanup(key));
            answer(new(true, Text: $"{key}: its failures count no longer"));
        }
        else if (group.State is not (GroupState.Blocked or GroupState.Failed)) answer(ControlAnswer.Failed($"{key} is neither blocked nor failed: nothing to clean up"));
        else
        {
            decide(new ResourceManagerInput.Cleanup(key));
            answer(new(true, Text: group.Monitor is { TriedAgainIn: not null } ? $"{key}: its failures count no longer, and it is tried again now" : $"{key} is released; its status is asked anew"));
        }
    }

    private void SwitchMonitor(string state, string? key, Action<ControlAnswer> answer, Instant now)
    {
        var resources = report(now);
        var on = state == "on";
        if (!on && state != "off") answer(ControlAnswer.Failed("monitor on or monitor off"));
        else if (cf.Monitor is null) answer(ControlAnswer.Failed("nothing is monitored: ha.cf has no monitor line"));
        else if (key is not null && !resources.Groups.Any(g => g.Key == key)) answer(ControlAnswer.Failed($"there is no resource group {key}"));
        else if (key is not null && on && resources.MonitorOff) answer(ControlAnswer.Failed("the monitor is off for all groups: appliance monitor on"));
        else
        {
            decide(new ResourceManagerInput.SwitchMonitor(on, key));
            answer(new(true, Text: $"{key ?? "all groups"}: {(on ? "monitored" : "not monitored on this node, until it is switched on again or the machine boots")}"));
        }
    }

    private int? Wait(Instant until, string timeoutText, Action<ControlAnswer> answer, string? client)
    {
        if (_waiting.Count >= MostWaiting)
        {
            answer(ControlAnswer.Failed("the daemon is busy; try again"));
            return null;
        }
        _waiting[++_lastId] = new(until, timeoutText, answer, client);
        return _lastId;
    }
}
