using Appliance.Control;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Controller;
using Appliance.Fencing;
using Appliance.Haresources;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm;

/// <summary>Those who do what the CRM asks for.</summary>
internal sealed record CrmDesks(AgentDesk Agents, PolicyDesk Policy, CibStore Store, FencingDevices Devices, AlertDesk Alerts, FencerHost Fencer, EffectExecutor Effects, ApplianceLog Log);

/// <summary>The CRM inside control: its core, stepped on the control thread, and the deeds it asks for. It stands where the v1 resource manager stands.</summary>
internal sealed class CrmHost : IResourceManager
{
    /// <summary>Heartbeats go on after the last word, so that it is heard, and asked for again where it is not (as after 3.0.6's <c>shutdone</c>).</summary>
    private static readonly TimeSpan AfterLeaving = TimeSpan.FromSeconds(2);

    /// <summary>What a restart in place adds to the dead time it announces, and for how long (3.0.6).</summary>
    private static readonly TimeSpan RestartAllowance = TimeSpan.FromSeconds(30);

    private readonly CrmNode _node;
    private readonly string _self;
    private readonly CrmDesks _desks;
    private readonly Queue<CrmInput> _inputs = [];
    private readonly Dictionary<long, Action<CrmAnswer>> _clients = [];
    private long _lastClient;
    private bool _stepping, _ready, _stopping, _left;

    public CrmHost(string self, CrmNode node, CrmDesks desks)
    {
        (_self, _node, _desks) = (self, node, desks);
        desks.Agents.Lost = (resource, reason) =>
        {
            desks.Log.Warn($"{reason}: {resource} is asked how it is");
            Step(new CrmInput.ResourceLost(resource, reason));
        };
        desks.Fencer.Recorded = record => Step(new CrmInput.FencingRecorded(record));
        desks.Fencer.Switching = (order, target) => Step(new CrmInput.Switching(order, target));
    }

    /// <inheritdoc/>
    public Instant NextDeadline => _ready ? _node.NextDeadline : new(long.MinValue);

    /// <summary>Nothing is decided and nothing begun: whatever happens waits.</summary>
    public bool IsAtRest
    {
        get;
        set
        {
            field = value;
            if (!value) Work();
        }
    }

    /// <inheritdoc/>
    public void Step(ResourceManagerInput input, Instant now, List<ResourceManagerEffect> effects)
    {
        switch (input)
        {
            case ResourceManagerInput.Tick when !_ready:
                _ready = true;
                Command(new ClusterCommand.ManagerReady());
                break;
            case ResourceManagerInput.Tick:
                Step(new CrmInput.Tick());
                break;
            case ResourceManagerInput.Cluster { Event: ClusterEvent.CommunicationUp } up:
                Do(new ResourceManagerEffect.Clients(true));
                Step(new CrmInput.Cluster(up.Event));
                break;
            case ResourceManagerInput.Cluster happened:
                Step(new CrmInput.Cluster(happened.Event));
                break;
            case ResourceManagerInput.ShutdownRequested:
                _stopping = true;
                Step(new CrmInput.ShutdownRequested());
                break;
            case ResourceManagerInput.RestartRequested when !_stopping:
                _desks.Log.Info("Restarting in place; resources stay as they are.");
                Command(new ClusterCommand.ExtendDeadTime(RestartAllowance, RestartAllowance));
                Command(new ClusterCommand.Stop(TimeSpan.FromMilliseconds(100), RestartInPlace: true));
                break;
            case ResourceManagerInput.Inject { Message: { Type: "ask_resources" } }:
                _desks.Log.Write(LogPriority.Notice, $"hb_standby: {_self} is in standby until hb_takeover, or until the daemon starts again (as crm_standby --lifetime reboot)");
                SetStandby("on");
                break;
            case ResourceManagerInput.Inject { Message: { Type: "hb_takeover" } }:
                _desks.Log.Write(LogPriority.Notice, $"hb_takeover: {_self} is not in standby any more; where resources run is the CRM's to say");
                SetStandby(null);
                break;
            case ResourceManagerInput.Inject injected:
                _desks.Log.Warn($"a message of type {injected.Message.Type} is for the v1 resource manager, and the CRM manages: it is passed over");
                break;
        }
    }

    /// <summary>A client's question. On the control thread.</summary>
    /// <param name="answer">Called once, here or later on this thread; not at all after <see cref="Hang"/>.</param>
    /// <returns>The client's number, for <see cref="Hang"/>.</returns>
    public long Ask(CrmQuestion question, Action<CrmAnswer> answer)
    {
        var client = ++_lastClient;
        _clients[client] = answer;
        Step(new CrmInput.Asked(client, question));
        return client;
    }

    /// <summary>Nobody waits for the answer any more.</summary>
    public void Hang(long client)
    {
        if (_clients.Remove(client)) Step(new CrmInput.Hung(client));
    }

    /// <summary>How things stand; null while the node cannot say.</summary>
    public CrmState? State
    {
        get
        {
            CrmState? state = null;
            Ask(new CrmQuestion.State(), answer => state = (answer as CrmAnswer.State)?.Now);
            return state;
        }
    }

    /// <summary>What was done on this node with its resources.</summary>
    public OperationsView Operations(Instant now)
    {
        var (running, waiting) = _node.Operations;
        return OperationsView.Of(running, waiting, _node.Histories.Values, now);
    }

    /// <inheritdoc/>
    public ResourceReport Report(Instant now)
    {
        var state = State;
        return new("none", state is not null && (state.IsSettled || state.Dc is not null && state.Dc != state.Self), "crm", _stopping, null, []);
    }

    /// <summary>What heartbeat's own commands mean here: of this node, and not of some of its resources.</summary>
    private void SetStandby(string? value) => Ask(new CrmQuestion.SetAttributes([new("standby", _self, value)]), static _ => { });

    /// <summary>One input, and what comes of it; what is told meanwhile waits for its turn.</summary>
    private void Step(CrmInput input)
    {
        _inputs.Enqueue(input);
        Work();
    }

    private void Work()
    {
        if (_stepping || IsAtRest) return;
        _stepping = true;
        var effects = new List<CrmEffect>();
        while (_inputs.TryDequeue(out var next))
        {
            effects.Clear();
            _node.Step(next, Clock.Now(), DateTimeOffset.Now, effects);
            foreach (var effect in effects) Carry(effect);
        }
        _stepping = false;
    }

    private void Carry(CrmEffect effect)
    {
        switch (effect)
        {
            case CrmEffect.Send send: Command(new ClusterCommand.Send(send.Message)); break;
            case CrmEffect.CallAgent call: _desks.Agents.Call(call.Order, end => Step(new CrmInput.AgentEnded(call.CallId, end))); break;
            case CrmEffect.Describe describe: _desks.Agents.Describe(describe.Agent, text => Step(new CrmInput.Described(describe.Agent, text))); break;
            case CrmEffect.RunPolicy run: _desks.Policy.Ask(run, answer => Step(new CrmInput.PolicyEnded(answer))); break;
            case CrmEffect.KeepInput keep: _desks.Store.Keep(keep.Input); break;
            case CrmEffect.WriteTerm write: _desks.Store.WriteTerm(write.Term, error => Step(new CrmInput.TermWritten(write.Term, error))); break;
            case CrmEffect.WriteCib write: _desks.Store.Write(write.Document, write.Standing, error => Step(new CrmInput.CibWritten(write.Ticket, error))); break;
            case CrmEffect.KeepLost lost: _desks.Store.KeepLost(lost.Document); break;
            case CrmEffect.Fence fence: _desks.Fencer.Order(fence.Wish, end => Step(new CrmInput.FencingEnded(fence.Ticket, end))); break;
            case CrmEffect.FencingConfigured configured: _desks.Devices.Configured(configured.Document); break;
            case CrmEffect.Answer answer when _clients.Remove(answer.Client, out var client): client(answer.With); break;
            case CrmEffect.Alert alert: _desks.Alerts.Tell(alert.What, DateTimeOffset.Now); break;
            case CrmEffect.Left: Leave(); break;
            case CrmEffect.SelfFence self: Do(new ResourceManagerEffect.SelfFence(self.Why)); break;
            case CrmEffect.GiveUp given: Command(new ClusterCommand.GiveUp(given.Why)); break;
            case CrmEffect.Log line: _desks.Log.Write(line.Priority, line.Text); break;
        }
    }

    private void Leave()
    {
        if (_left) return;
        _left = true;
        Ran(false, _desks.Log);
        Do(new ResourceManagerEffect.Clients(false));
        Command(new ClusterCommand.Stop(AfterLeaving, RestartInPlace: false));
    }

    /// <summary>Notes that something may run here from now on, or that nothing does any more, until the machine boots.</summary>
    /// <returns>What was noted before.</returns>
    public static bool Ran(bool now, ApplianceLog log)
    {
        var before = File.Exists(Paths.CrmRuns);
        try
        {
            if (now && !before) File.WriteAllText(Paths.CrmRuns, "");
            else if (!now) File.Delete(Paths.CrmRuns);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.Warn($"{Paths.CrmRuns}: {e.Message}");
        }
        return before;
    }

    private void Command(ClusterCommand command) => Do(new ResourceManagerEffect.Command(command));

    private void Do(ResourceManagerEffect effect) => _desks.Effects.Execute([effect]);
}
