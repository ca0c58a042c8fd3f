using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm;
using Appliance.Crm.Move;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>What a move needs of control.</summary>
/// <param name="IsCalm">The engine has nothing under way.</param>
/// <param name="Check">What looks whether this node can move: made on the control thread, called on one of its own.</param>
/// <param name="CanSwitch">Null where ha.cf says the engine that is wanted; otherwise what it says.</param>
internal sealed record MoveParts(IPulse Pulse, EngineGate Gate, EffectExecutor Effects, Func<bool> IsCalm, Func<Func<MoveMark, MoveCheck>> Check, Func<Engine, string?> CanSwitch, Inbox Inbox, ApplianceLog Log)
{
    /// <summary>What agents left for their next call is made to be found by the new engine's.</summary>
    public Action<Engine> Carry { get; init; } = static _ => { };

    /// <summary>What is done where a move to it has ended.</summary>
    public Action Ended { get; init; } = static () => { };
}

/// <summary>Moves from one engine to the other, inside control: the core, stepped on the control thread, and the deeds it asks for.</summary>
internal sealed class MoveHost
{
    /// <summary>What a restart in place adds to the dead time it announces, and for how long (3.0.6).</summary>
    private static readonly TimeSpan RestartAllowance = TimeSpan.FromSeconds(30);

    private readonly MoveParts _parts;
    private readonly EngineMove _core;
    private readonly MoveFile _file;
    private readonly Dictionary<long, Action<ControlAnswer>> _clients = [];
    private long _lastClient;
    private bool _isSwitching;

    public MoveHost(string self, Engine engine, IReadOnlyList<string> nodes, MoveFile file, MoveParts parts)
    {
        (_parts, _file) = (parts, file);
        _core = new(self, engine, nodes, file.Load(), Clock.Now());
        if (_core.IsFrozen) parts.Gate.Close();
        parts.Gate.StopWanted = () =>
        {
            if (file.NoteStop(out var problem)) parts.Log.Write(LogPriority.Notice, "The daemon is to stop: it does when the move is over");
            if (problem is not null) parts.Log.Warn($"{problem}: if the daemon dies before the move is over, it is started again");
        };
    }

    public Instant NextDeadline => _core.NextDeadline;

    /// <summary>What is going on, for people; null: nothing.</summary>
    public string? Problem => _core.Sentence;

    /// <summary>The administrator wanted the daemon to stop while a move was under way, and the engine is there now to do it.</summary>
    public bool MustStop => !_parts.Gate.IsClosed && _file.TakeStop(_parts.Log.Warn);

    public void Happened(ClusterEvent happened)
    {
        if (happened is ClusterEvent.NodeStatusChanged or ClusterEvent.NodeExtensions or ClusterEvent.NodeRestarted or ClusterEvent.Received { Message.Type: EngineMove.MessageType }) Step(new MoveInput.Cluster(happened));
    }

    public void Tick()
    {
        if (_core.NextDeadline <= Clock.Now()) Step(new MoveInput.Tick());
    }

    /// <summary><c>appliance engine</c>: NAME is an engine, <c>withdraw</c>, or nothing, which asks how it stands; KEY has the options.</summary>
    public void Ask(ControlRequest request, Action<ControlAnswer> answer)
    {
        var options = (request.Key ?? "").Split(' ');
        switch (request.Name)
        {
            case null:
                answer(new(true, Text: _core.Sentence ?? ""));
                break;
            case "withdraw":
                Step(new MoveInput.Withdraw(Client(answer)));
                break;
            case var name when EngineWords.Read(name) is { } target:
                Step(new MoveInput.Wanted(Client(answer), $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds():x}", target, Array.IndexOf(options, "fresh") >= 0, Array.IndexOf(options, "check") >= 0));
                break;
            default:
                answer(ControlAnswer.Failed($"there is no engine {request.Name}: crm or haresources"));
                break;
        }
    }

    private long Client(Action<ControlAnswer> answer)
    {
        _clients[++_lastClient] = answer;
        return _lastClient;
    }

    private void Step(MoveInput input)
    {
        var effects = new List<MoveEffect>();
        _core.Step(input, !_parts.Gate.IsClosed && _parts.IsCalm(), Clock.Now(), effects);
        foreach (var effect in effects)
            if (Carry(effect) is { } failed)
            {
                Step(failed);
                return;
            }
    }

    /// <returns>What prevented it, and with it all that was to come after it; null: it was done.</returns>
    private MoveInput? Carry(MoveEffect effect)
    {
        switch (effect)
        {
            case MoveEffect.Check check:
                Check(check.Wanted);
                break;
            case MoveEffect.Send send:
                _parts.Pulse.Send(new ClusterCommand.Send(send.Message));
                break;
            case MoveEffect.Store store:
                if (_file.Store(store.Mark) is { } why) return new MoveInput.NotStored(why);
                _parts.Pulse.Send(new ClusterCommand.SayMove(store.Mark?.ToString()));
                if (store.Mark is null) _parts.Ended();
                break;
            case MoveEffect.Freeze:
                _parts.Gate.Close();
                break;
            case MoveEffect.Thaw:
                _parts.Gate.Open(Clock.Now(), _parts.Effects.Execute);
                break;
            case MoveEffect.Switch change:
                return Switch(change.Mark);
            case MoveEffect.Answer answer when _clients.Remove(answer.Client, out var client):
                client(answer.Ok ? new(true, Text: answer.Text) : ControlAnswer.Failed(answer.Text));
                break;
            case MoveEffect.Log line:
                _parts.Log.Write(line.Priority, line.Text);
                break;
        }
        return null;
    }

    /// <summary>Agents are asked, and some take their time.</summary>
    private void Check(MoveMark wanted)
    {
        var check = _parts.Check();
        new Thread(() =>
        {
            MoveCheck found;
            try
            {
                found = check(wanted);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                found = new("", [$"it could not be looked at: {e.GetType().Name}: {e.Message}"], [], []);
            }
            _parts.Inbox.Post(new ControlInput.Found(() => Step(new MoveInput.Checked(wanted.Id, found))));
        }) { Name = "move", IsBackground = true }.Start();
    }

    private MoveInput.NotSwitched? Switch(MoveMark mark)
    {
        if (_isSwitching) return null;
        if (_parts.CanSwitch(mark.Target) is { } why) return new MoveInput.NotSwitched(why);
        if (mark is { Target: Engine.Crm, IsFresh: true } && MoveFile.PutAside(Paths.Cib, mark.Id) is { } kept) return new MoveInput.NotSwitched(kept);
        if (mark.Target == Engine.Crm) CrmHost.Ran(true, _parts.Log);       // what runs here was not started by it, and is its own from now on
        try
        {
            _parts.Carry(mark.Target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new MoveInput.NotSwitched(e.Message);
        }
        _isSwitching = true;
        _parts.Pulse.Send(new ClusterCommand.ExtendDeadTime(RestartAllowance, RestartAllowance));
        _parts.Pulse.Send(new ClusterCommand.Stop(TimeSpan.FromMilliseconds(100), RestartInPlace: true));
        return null;
    }
}
