using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm;
using Appliance.Fencing;
using Appliance.Haresources;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;
using Appliance.Stonith.Cluster;

namespace Appliance.Control;

/// <summary>What the control thread works with.</summary>
internal sealed record ControlParts(
    IResourceManager Manager, IPulse Pulse, IOperations Operations, EffectExecutor Effects, GroupsFile Groups, Reload Reload, RequestDesk Desk, ApplianceLog Log, FencerHost? Fencer = null, FencingDesk? Fencing = null)
{
    /// <summary>Only where ha.cf names shared disks.</summary>
    public ISlots? Slots { get; init; }

    /// <summary>What the manager hears of nodes that have another one; <c>null</c>: everything.</summary>
    public OneEngine? Engine { get; init; }

    /// <summary>From one engine to the other.</summary>
    public MoveHost? Move { get; init; }

    /// <summary>Only where the CRM manages.</summary>
    public CrmDesk? Crm { get; init; }

    /// <summary>What the CRM did with resources, only where it manages.</summary>
    public Func<Instant, OperationsView>? CrmOperations { get; init; }
}

/// <summary>The decisions of control's thread: each event, request and deadline in, one step of the resource manager, its effects out in order.</summary>
internal sealed class ControlLoop(ControlParts parts)
{
    /// <summary>How often pulse hears that we make progress.</summary>
    public static readonly TimeSpan ProgressEvery = TimeSpan.FromMilliseconds(100);

    private readonly List<ResourceManagerEffect> _effects = [];
    private Instant _nextProgress;
    private TimeSpan _late;
    private string _ownStatus = "init";

    /// <summary>The manager has not begun: the mailboxes on shared disks are not watched yet.</summary>
    private bool _held = parts.Slots is not null;

    /// <summary>Our own node's status word as pulse last told it.</summary>
    public string OwnStatus => Volatile.Read(ref _ownStatus);

    /// <summary>This process was told to end.</summary>
    public bool Left { get; private set; }

    public Instant NextDeadline =>
        Instant.Min(
            _held ? Instant.Never : parts.Manager.NextDeadline,
            Instant.Min(Instant.Min(Instant.Min(_nextProgress, parts.Move?.NextDeadline ?? Instant.Never), parts.Desk.NextDeadline), Instant.Min(parts.Fencer?.NextDeadline ?? Instant.Never, parts.Slots?.NextDeadline ?? Instant.Never)));

    /// <summary>The mailboxes on shared disks first, if there are any: until enough of them are watched nothing is decided, and the node decides nothing.</summary>
    public void Begin(Instant now)
    {
        parts.Reload.NoteKeys();
        _nextProgress = now;
        parts.Slots?.Begin(now);
        if (_held) BeginWhenWatched(now);
        else BeginManager(now);
    }

    private void BeginWhenWatched(Instant now)
    {
        if (!_held || parts.Slots is not { IsReady: true }) return;
        _held = false;
        BeginManager(now);
    }

    /// <summary>Groups first: the manager asks whether they run, and then tells pulse that it is ready. Pulse tells it then all that it may have missed.</summary>
    private void BeginManager(Instant now)
    {
        ReadGroups(now);
        Step(new ResourceManagerInput.Tick(), now);      // it asks every group, then says ManagerReady itself
    }

    /// <summary>Something happened in the cluster.</summary>
    public void Happened(ClusterEvent happened, string localNode, Instant now)
    {
        switch (happened)
        {
            case ClusterEvent.Logged line:
                parts.Log.Write(line.Priority, line.Text);
                return;
            case ClusterEvent.Reported answer:
                parts.Desk.Reported(answer.RequestId, answer.Report, now);
                return;
            case ClusterEvent.Asked asked:
                Asked(asked.Request, now);
                return;
            case ClusterEvent.WatchdogIs watchdog:
                parts.Slots?.WatchdogIs(watchdog.Seconds, now);
                return;
            case ClusterEvent.NodeStatusChanged change when change.Node == localNode:
                Volatile.Write(ref _ownStatus, change.Now.Word());
                break;
            case ClusterEvent.CarrierChanged change:
                parts.Desk.CarrierChanged(change);
                break;
            case ClusterEvent.Received received:
                parts.Desk.Received(received.Message, received.FromSelf);
                break;
        }
        parts.Fencer?.Happened(happened);
        parts.Move?.Happened(happened);     // before the engine, which is not to take what follows for a death
        if (happened is ClusterEvent.Received { Message.Type: FencerWire.Type }) return;
        if (parts.Engine is not { } engine) Decide(new ResourceManagerInput.Cluster(happened), now);
        else
            foreach (var passed in engine.Pass(happened)) Decide(new ResourceManagerInput.Cluster(passed), now);
    }

    /// <summary>Another thread has something for us.</summary>
    public void Told(ControlInput input, Instant now)
    {
        switch (input)
        {
            case ControlInput.OperationEnded ended:
                if (parts.Operations.Ended(ended.CallId, ended.Result, now) is { } known) Decide(new ResourceManagerInput.OperationEnded(known.OperationId, known.Result), now);
                break;
            case ControlInput.Answered answer:
                Decide(new ResourceManagerInput.OperationEnded(answer.OperationId, answer.Result), now);
                break;
            case ControlInput.ResourceLost lost:
                if (parts.Operations.With(lost.Agent) is { } with) Decide(new ResourceManagerInput.ResourceLost(with.GroupKey, with.Resource, lost.Reason), now);
                break;
            case ControlInput.Found found:
                found.Take();
                break;
            case ControlInput.DeviceEnded ended:
                parts.Fencer?.DeviceEnded(ended.Run, ended.Verdict);
                break;
            case ControlInput.Asked asked when FencingDesk.Takes(asked.Request.Do) && parts.Fencing is { } fencing:
                fencing.Ask(asked.Request, asked.Answer, now);
                break;
            case ControlInput.Asked { Request.Do: "operations" } asked:
                asked.Answer(new(true, Operations: parts.CrmOperations?.Invoke(now) ?? parts.Operations.View(now)));
                break;
            case ControlInput.Asked { Request.Do: "engine" } asked when parts.Move is { } move:
                move.Ask(asked.Request, asked.Answer);
                break;
            case ControlInput.Asked { Request.Do: "crm" } asked:
                if (parts.Crm is { } crm) crm.Ask(asked.Request, asked.User, asked.Answer);
                else asked.Answer(ControlAnswer.Failed("no CRM runs here: ha.cf does not say \"crm yes\""));
                break;
            case ControlInput.Hung hung:
                parts.Crm?.Hung(hung.Answer);
                break;
            case ControlInput.Asked asked:
                parts.Desk.Ask(asked.Request, asked.Answer, now);
                break;
            case ControlInput.FailFastDied died:
                parts.Effects.FenceSelf($"the failfast client {died.Command} died");
                break;
            case ControlInput.Leave:
                Left = true;
                break;
        }
    }

    /// <summary>A message was written into the FIFO.</summary>
    public void Injected(Message message, Instant now)
    {
        parts.Log.Debug($"message of type {message.Type} from the FIFO");
        Decide(new ResourceManagerInput.Inject(message), now);
    }

    /// <summary>Time has passed; harmless when called early or late.</summary>
    public void Tick(Instant now)
    {
        var due = NextDeadline;
        if (due < now && now - due > _late) _late = now - due;
        parts.Move?.Tick();
        if (parts.Move is { MustStop: true }) Decide(new ResourceManagerInput.ShutdownRequested(), now);
        parts.Slots?.Tick(now);
        BeginWhenWatched(now);
        if (!_held && parts.Manager.NextDeadline <= now) Decide(new ResourceManagerInput.Tick(), now);
        parts.Fencer?.Tick(now);
        while (parts.Fencer?.TryTakeAnswer(out var ended) == true) Decide(ended, now);
        parts.Desk.Expire(now);
        if (now < _nextProgress) return;
        parts.Pulse.Send(new ClusterCommand.Progress(_late));
        _late = TimeSpan.Zero;
        _nextProgress = now + ProgressEvery;
    }

    /// <summary>One step of the resource manager, on groups that are as the file says now.</summary>
    public void Decide(ResourceManagerInput input, Instant now)
    {
        if (_held)
        {
            // Nothing runs here yet: the end needs no decision.
            if (input is ResourceManagerInput.ShutdownRequested or ResourceManagerInput.RestartRequested)
                parts.Effects.Execute([new ResourceManagerEffect.Command(new ClusterCommand.Stop(TimeSpan.Zero, input is ResourceManagerInput.RestartRequested))]);
            return;
        }
        ReadGroups(now);
        Step(input, now);
    }

    private void ReadGroups(Instant now)
    {
        if (parts.Groups.TakeChanged() is { } groups) Step(new ResourceManagerInput.GroupsRead(groups), now);
    }

    private void Step(ResourceManagerInput input, Instant now)
    {
        _effects.Clear();
        parts.Manager.Step(input, now, _effects);
        parts.Effects.Execute(_effects);
    }

    private void Asked(DaemonRequest request, Instant now)
    {
        switch (request)
        {
            case DaemonRequest.Shutdown:
                Decide(new ResourceManagerInput.ShutdownRequested(), now);
                break;
            case DaemonRequest.Reload:
                Reload(now);
                break;
            case DaemonRequest.DebugMore or DaemonRequest.DebugLess:
                parts.Log.DebugLevel += request == DaemonRequest.DebugMore ? 1 : -1;
                parts.Log.Info($"debug level is now {parts.Log.DebugLevel}");
                parts.Pulse.Send(new ClusterCommand.SetDebug(parts.Log.DebugLevel));
                break;
        }
    }

    private void Reload(Instant now)
    {
        switch (parts.Reload.Decide())
        {
            case ReloadOutcome.Restart:
                Decide(new ResourceManagerInput.RestartRequested(), now);
                break;
            case ReloadOutcome.ReloadKeys:
                parts.Pulse.Send(new ClusterCommand.ReloadKeys());
                break;
        }
    }
}
