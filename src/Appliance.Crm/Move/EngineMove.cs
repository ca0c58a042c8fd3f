using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Messaging;

namespace Appliance.Crm.Move;

/// <summary>How far a move has come on a node.</summary>
public enum MovePhase
{
    Idle,

    /// <summary>It was asked for here; every node looks whether it can. Nothing has changed.</summary>
    Checking,

    /// <summary>It was asked for here; frozen, until the others are.</summary>
    Asking,

    /// <summary>Frozen, until the leader says go, or is there, or is dead.</summary>
    Frozen,

    /// <summary>It was asked for here, and is not done after all; frozen, until nobody else is.</summary>
    Withdrawing,

    /// <summary>The daemon is about to restart in place, or would be if ha.cf let it.</summary>
    Switching,

    /// <summary>The new engine is here; not all others are known to have it.</summary>
    Arrived,
}

/// <summary>Moves a cluster from one engine to the other while its services run: all look whether they can, all freeze, all switch.</summary>
/// <remarks>
/// <code>
/// Idle      wanted             -> Checking      every node checks
/// Checking  all can            -> Asking        store, freeze, "move"       one cannot, or none answers: -> Idle
/// Idle      "move", it can     -> Frozen        store, freeze, "frozen"     it cannot: "refused"
/// Asking    all frozen or dead -> Switching     "go"                        refused, or no answer: -> Withdrawing
/// Frozen    "go", the leader is dead, or somebody has the new engine -> Switching          "withdraw": thaw, "thawed" -> Idle
/// Withdrawing  all thawed -> thaw, Idle         one is dead, or has the new engine: -> Switching
/// any       a live node has the new engine and says in its heartbeats that it is moving: freeze -> Switching
/// (started with the mark of a move)             -> Arrived with its target's engine, else Frozen or Asking
/// Arrived   all others have the new engine      -> Idle
/// </code>
/// What makes it safe: nobody switches before all others are frozen or silent; who is frozen takes nothing over; and who sees another with the new engine and a move under way follows it, and does not
/// take its services for those of a dead node. After "go", or a death, there is one way only, and it leads to what ha.cf says.
/// </remarks>
public sealed class EngineMove
{
    /// <summary>Of the messages that nodes exchange about a move.</summary>
    public const string MessageType = MoveWord.Type;

    /// <summary>Probes of all resources, some of them slow.</summary>
    public static readonly TimeSpan CheckedWithin = TimeSpan.FromSeconds(90);

    /// <summary>From "move" to "frozen" nothing waits for anything but messages.</summary>
    private static readonly TimeSpan FrozenWithin = TimeSpan.FromSeconds(30);

    /// <summary>What is not answered is said again: a control process that was restarted has lost what it was told before.</summary>
    private static readonly TimeSpan SayAgain = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan SwitchAgain = TimeSpan.FromSeconds(5);

    private readonly string _me;
    private readonly Engine _engine;
    private readonly SortedDictionary<string, Other> _others = new(StringComparer.Ordinal);
    private MoveMark? _mark;
    private long? _client;
    private bool _onlyCheck, _isCalm, _complained, _mustForget;
    private MoveCheck? _found;
    private (string Id, MoveCheck? Found)? _own;
    private Instant _now, _until = Instant.Never, _againAt = Instant.Never;
    private string _why = "";
    private List<MoveEffect> _effects = [];

    /// <summary>Another node.</summary>
    private sealed class Other
    {
        public NodeStatus Status { get; set; } = NodeStatus.Init;
        public int Version { get; set; }
        public Engine Engine { get; set; }
        public MoveMark? Mark { get; set; }
        public MoveCheck? Found { get; set; }

        /// <summary>It said that it is frozen (Asking), or not any more (Withdrawing).</summary>
        public bool HasAnswered { get; set; }

        public bool IsAlive => Status is NodeStatus.Up or NodeStatus.Active;
    }

    /// <param name="engine">The one of this process.</param>
    /// <param name="nodes">Those of ha.cf, this one among them.</param>
    /// <param name="mark">What an earlier process wrote down.</param>
    public EngineMove(string me, Engine engine, IReadOnlyList<string> nodes, MoveMark? mark, Instant now)
    {
        (_me, _engine, _mark, _now) = (me, engine, mark, now);
        foreach (var node in nodes)
            if (node != me) _others[node] = new();
        if (mark is null) return;
        Phase = mark.Target == engine ? MovePhase.Arrived : mark.Leader == me ? MovePhase.Asking : MovePhase.Frozen;
        if (Phase == MovePhase.Asking) _until = now + FrozenWithin;
        _againAt = now + SayAgain;
    }

    public MovePhase Phase { get; private set; }

    /// <summary>Whether the engine is to be at rest.</summary>
    public bool IsFrozen => Phase is MovePhase.Asking or MovePhase.Frozen or MovePhase.Withdrawing or MovePhase.Switching;

    /// <summary>Steps are due then with <see cref="MoveInput.Tick"/>.</summary>
    public Instant NextDeadline => Instant.Min(_until, _againAt);

    /// <summary>What is going on, for people; null: nothing.</summary>
    public string? Sentence => Phase switch
    {
        MovePhase.Checking => $"whether all can move to {_mark!.Target.Name()} is being looked at: {Waiting(o => o.Found is null)}",
        MovePhase.Asking => $"nothing is managed here: a move to {_mark!.Target.Name()} waits for {Waiting(o => !o.HasAnswered)}",
        MovePhase.Frozen => $"nothing is managed here: a move to {_mark!.Target.Name()} is under way, led by {_mark.Leader}",
        MovePhase.Withdrawing => $"nothing is managed here: a move to {_mark!.Target.Name()} is withdrawn, when {Waiting(o => !o.HasAnswered)} has heard it",
        MovePhase.Switching => $"nothing is managed here: this node switches to {_mark!.Target.Name()}{(_why.Length > 0 ? $", but cannot: {_why}" : "")}",
        MovePhase.Arrived => $"moved to {_mark!.Target.Name()}; {Waiting(o => !Has(o, _mark.Target))} is not there yet",
        _ => null,
    };

    /// <param name="isCalm">The engine has nothing under way.</param>
    public void Step(MoveInput input, bool isCalm, Instant now, List<MoveEffect> effects)
    {
        (_effects, _isCalm, _now) = (effects, isCalm, now);
        switch (input)
        {
            case MoveInput.Cluster { Event: ClusterEvent.NodeStatusChanged change } when _others.TryGetValue(change.Node, out var other):
                other.Status = change.Now;
                break;
            case MoveInput.Cluster { Event: ClusterEvent.NodeExtensions told } when _others.TryGetValue(told.Node, out var other):
                (other.Version, other.Engine, other.Mark) = (told.Version, told is { Version: > 0, Crm: true } ? Engine.Crm : Engine.Haresources, MoveMark.Read(told.Move));
                break;
            case MoveInput.Cluster { Event: ClusterEvent.NodeRestarted restarted } when _others.TryGetValue(restarted.Node, out var other) && Phase is MovePhase.Asking or MovePhase.Withdrawing:
                other.HasAnswered = false;
                break;
            case MoveInput.Cluster { Event: ClusterEvent.Received { FromSelf: false } received } when received.Message.Type == MoveWord.Type && received.Message["dest"] == _me
                && _others.TryGetValue(received.Node, out var other) && MoveWord.Read(received.Message) is { } word:
                Heard(received.Node, other, word);
                break;
            case MoveInput.Wanted wanted: Wanted(wanted); break;
            case MoveInput.Withdraw withdraw: Withdraw(withdraw.Client); break;
            case MoveInput.Checked done: Checked(done); break;
            case MoveInput.NotStored failed: NotStored(failed.Why); break;
            case MoveInput.NotSwitched failed: NotSwitched(failed.Why); break;
        }
        Look();
        Tick();
    }

    private void Wanted(MoveInput.Wanted wanted)
    {
        if (Sentence is { } sentence)
        {
            Answer(wanted.Client, false, sentence);
            return;
        }
        var elsewhere = Waiting(o => o.IsAlive && o.Engine != wanted.Target);
        if (wanted.Target == _engine)
        {
            Answer(wanted.Client, elsewhere.Length == 0, elsewhere.Length == 0 ? $"this cluster has {_engine.Name()}: nothing to do" : $"this node has {_engine.Name()} already, and {elsewhere} does not: ask there");
            return;
        }
        foreach (var (name, other) in _others)
        {
            if (other.Status != NodeStatus.Active) Answer(wanted.Client, false, $"{name} is {other.Status.Word()}: all nodes must be there");
            else if (other.Version == 0) Answer(wanted.Client, false, $"{name} runs heartbeat 3.0.6, which has no CRM");
            else continue;
            return;
        }
        foreach (var other in _others.Values) other.Found = null;
        (_mark, _client, _onlyCheck, _found, _until, _againAt) = (new(wanted.Id, wanted.Target, _me, wanted.IsFresh), wanted.Client, wanted.OnlyCheck, null, _now + CheckedWithin, _now + SayAgain);
        Phase = MovePhase.Checking;
        _effects.Add(new MoveEffect.Check(_mark));
        foreach (var name in _others.Keys) Say("check", name);
    }

    private void Withdraw(long client)
    {
        switch (Phase)
        {
            case MovePhase.Checking:
                Answer(client, true, "it is withdrawn; nothing was changed");
                End(false, "it was withdrawn");
                break;
            case MovePhase.Asking:
                Answer(client, true, "it is being withdrawn");
                BeginWithdrawal("it was withdrawn by an administrator");
                break;
            default:
                Answer(client, false, Sentence is null ? "no move is under way" : $"it can be withdrawn only where it was asked for, and before all nodes are frozen: {Sentence}");
                break;
        }
    }

    private void Checked(MoveInput.Checked done)
    {
        if (Phase == MovePhase.Checking && done.Id == _mark!.Id)
        {
            _found = done.Found;
            Judge();
        }
        else if (_asked is { } asked && asked.Mark.Id == done.Id)
        {
            _own = (done.Id, done.Found);
            _asked = null;
            _effects.Add(new MoveEffect.Send((new MoveWord("checked", asked.Mark) { Found = done.Found }).To(asked.By)));
        }
    }

    /// <summary>Who wants to know whether this node can.</summary>
    private (string By, MoveMark Mark)? _asked;

    /// <summary>All have looked.</summary>
    private void Judge()
    {
        if (Phase != MovePhase.Checking || _found is not { } found) return;
        var problems = new List<string>();
        foreach (var problem in found.Problems) problems.Add($"{_me}: {problem}");
        foreach (var (name, other) in _others)
        {
            if (other.Found is not { } there) return;
            foreach (var problem in there.Problems) problems.Add($"{name}: {problem}");
            if (there.Problems.IsEmpty && found.Problems.IsEmpty && there.Digest != found.Digest)
                problems.Add($"{_me} and {name} would not manage the same: haresources, ha.cf or the agents installed differ (appliance haresources2cib, on both, shows what)");
        }
        if (problems.Count == 0) Place(found, problems);
        if (problems.Count == 0 && !_isCalm) problems.Add($"{_me}: something is being started, stopped or moved");
        if (problems.Count > 0) End(false, string.Join('\n', problems));
        else if (_onlyCheck) End(true, $"a move to {_mark!.Target.Name()} is possible");
        else
        {
            (Phase, _until, _againAt) = (MovePhase.Asking, _now + FrozenWithin, _now + SayAgain);
            foreach (var other in _others.Values) other.HasAnswered = false;
            Begin(_mark!);
            foreach (var name in _others.Keys) Say("move", name);
        }
    }

    /// <summary>
    /// Everything must run, and once: what runs nowhere would be started, and what is found twice stopped, and both would pass for a fault of the move. But where all others have the new engine already and wait for this node, nobody has started what they had.
    /// </summary>
    private void Place(MoveCheck found, List<string> problems)
    {
        foreach (var resource in found.Resources)
        {
            var where = new List<string>();
            if (found.Runs.Contains(resource)) where.Add(_me);
            foreach (var (name, other) in _others)
                if (other.Found!.Runs.Contains(resource)) where.Add(name);
            if (where.Count == 0 && !All(o => Has(o, _mark!.Target))) problems.Add($"{resource} runs nowhere");
            else if (where.Count > 1) problems.Add($"{resource} is found running on {string.Join(" and ", where)}: its agent cannot tell where it runs");
        }
    }

    private void Heard(string from, Other other, MoveWord word)
    {
        var mine = _mark is not null && _mark.Id == word.Mark.Id;
        switch (word.Do)
        {
            case "check" when Phase != MovePhase.Idle:
                Reply("checked", new MoveCheck("", [$"another move is under way here: {Sentence}"], [], []));
                break;
            case "check" when _asked?.Mark.Id == word.Mark.Id:
                break;      // it is being looked at
            case "check" when _own is { Found: { } found } own && own.Id == word.Mark.Id:
                Reply("checked", found);
                break;
            case "check":
                _asked = (from, word.Mark);
                _effects.Add(new MoveEffect.Check(word.Mark));
                break;
            case "checked" when Phase == MovePhase.Checking && mine:
                other.Found = word.Found;
                Judge();
                break;
            case "move" when _engine == word.Mark.Target || IsFrozen && mine:
                Reply("frozen");
                break;
            case "move" when Phase == MovePhase.Idle && _own is { Found.Problems.IsEmpty: true } own && own.Id == word.Mark.Id && _isCalm:
                (Phase, _againAt) = (MovePhase.Frozen, _now + SayAgain);
                Begin(word.Mark);
                Reply("frozen");
                break;
            case "move":
                Reply("refused", why: Phase != MovePhase.Idle ? Sentence! : !_isCalm ? "something is being started, stopped or moved there" : "it does not know any more whether it can");
                break;
            case "frozen" when Phase == MovePhase.Asking && mine:
                other.HasAnswered = true;
                break;
            case "frozen" when Phase is MovePhase.Switching or MovePhase.Arrived && mine || Phase == MovePhase.Idle && _engine == word.Mark.Target:
                Reply("go");
                break;
            case "frozen" when Phase is MovePhase.Idle or MovePhase.Checking || Phase == MovePhase.Withdrawing && mine:
                Reply("withdraw");
                break;
            case "refused" when Phase == MovePhase.Asking && mine:
                BeginWithdrawal($"{from} refused: {word.Why}");
                other.HasAnswered = true;
                break;
            case "go" when Phase is MovePhase.Frozen && mine:
                BeginSwitch();
                break;
            case "withdraw" when Phase == MovePhase.Frozen && mine:
                Log(LogPriority.Notice, $"{from} withdraws the move to {_mark!.Target.Name()}: everything goes on as it was");
                Release();
                Reply("thawed");
                break;
            case "withdraw" when !IsFrozen:
                if (_own?.Id == word.Mark.Id) _own = null;      // its "move" may be behind us
                if (_engine != word.Mark.Target) Reply("thawed");
                break;
            case "thawed" when Phase == MovePhase.Withdrawing && mine:
                other.HasAnswered = true;
                break;
        }

        void Reply(string what, MoveCheck? found = null, string why = "") => _effects.Add(new MoveEffect.Send((new MoveWord(what, word.Mark) { Found = found, Why = why }).To(from)));
    }

    /// <summary>What follows from who is there, and with what.</summary>
    private void Look()
    {
        foreach (var (name, other) in _others)
        {
            if (!other.IsAlive || other.Mark is not { } mark || mark.Target == _engine || other.Engine != mark.Target || Phase == MovePhase.Switching) continue;
            if (!IsFrozen)
            {
                if (Phase == MovePhase.Checking) End(false, $"{name} has moved");
                Log(LogPriority.Warn, $"{name} has moved to {mark.Target.Name()}, and this node was not told: it follows");
                Phase = MovePhase.Frozen;
                Begin(mark);
            }
            BeginSwitch();
        }
        switch (Phase)
        {
            case MovePhase.Checking when Waiting(o => o.Status == NodeStatus.Dead) is { Length: > 0 } dead:
                End(false, $"{dead} is dead");
                break;
            case MovePhase.Asking when All(o => o.HasAnswered || o.Status == NodeStatus.Dead || Has(o, _mark!.Target)):
                foreach (var (name, other) in _others)
                    if (other.IsAlive) Say("go", name);
                BeginSwitch();
                break;
            case MovePhase.Frozen when _others.TryGetValue(_mark!.Leader, out var leader) && (leader.Status == NodeStatus.Dead || Has(leader, _mark.Target)):
                BeginSwitch();
                break;
            case MovePhase.Withdrawing when Waiting(o => o.Status == NodeStatus.Dead || Has(o, _mark!.Target)).Length > 0:
                BeginSwitch();      // whoever is cut off from us, and frozen, goes on
                break;
            case MovePhase.Withdrawing when All(o => o.HasAnswered):
                var why = _why;
                Release();
                Finish(false, why);
                break;
            case MovePhase.Arrived when All(o => Has(o, _mark!.Target)):
                Log(LogPriority.Notice, $"All nodes have moved to {_mark!.Target.Name()}");
                (_mark, Phase, _againAt) = (null, MovePhase.Idle, Instant.Never);
                _effects.Add(new MoveEffect.Store(null));
                break;
        }
    }

    private void Tick()
    {
        if (_until <= _now)
        {
            _until = Instant.Never;
            if (Phase == MovePhase.Checking) End(false, $"{Waiting(o => o.Found is null)} did not say within {CheckedWithin.TotalSeconds:0} s whether it can move (does it run this version?)");
            else if (Phase == MovePhase.Asking) BeginWithdrawal($"{Waiting(o => !o.HasAnswered)} was not frozen within {FrozenWithin.TotalSeconds:0} s");
        }
        if (_againAt > _now) return;
        _againAt = _now + SayAgain;
        if (_mustForget)
        {
            _mustForget = false;
            _effects.Add(new MoveEffect.Store(null));
        }
        switch (Phase)
        {
            case MovePhase.Checking: SayToSilent("check"); break;      // one whose control has just begun may not have heard it
            case MovePhase.Asking: SayToSilent("move"); break;
            case MovePhase.Withdrawing: SayToSilent("withdraw"); break;
            case MovePhase.Frozen: Say("frozen", _mark!.Leader); break;
            case MovePhase.Switching: BeginSwitch(); break;
            case MovePhase.Arrived: break;
            default: _againAt = Instant.Never; break;
        }
    }

    private void SayToSilent(string what)
    {
        foreach (var (name, other) in _others)
            if (other.IsAlive && (Phase == MovePhase.Checking ? other.Found is null : !other.HasAnswered)) Say(what, name);
    }

    private void Begin(MoveMark mark)
    {
        (_mark, _mustForget) = (mark, false);
        _effects.Add(new MoveEffect.Store(mark));
        _effects.Add(new MoveEffect.Freeze());
        Log(LogPriority.Notice, $"Moving to {mark.Target.Name()}: nothing is started, stopped or taken over until that is done; what runs, runs");
    }

    private void BeginWithdrawal(string why)
    {
        Log(LogPriority.Warn, $"The move to {_mark!.Target.Name()} is withdrawn: {why}");
        (Phase, _why, _until, _againAt) = (MovePhase.Withdrawing, why, Instant.Never, _now + SayAgain);
        foreach (var (name, other) in _others)
        {
            other.HasAnswered = false;
            if (other.IsAlive) Say("withdraw", name);
        }
    }

    private void BeginSwitch()
    {
        if (Phase != MovePhase.Switching)
        {
            Log(LogPriority.Notice, $"Switching to {_mark!.Target.Name()}: the daemon restarts in place");
            Finish(true, $"moving to {_mark.Target.Name()}");
            (_why, _complained) = ("", false);
        }
        (Phase, _until, _againAt) = (MovePhase.Switching, Instant.Never, _now + SwitchAgain);
        _effects.Add(new MoveEffect.Switch(_mark!));
    }

    private void NotSwitched(string why)
    {
        if (!_complained || why != _why) Log(LogPriority.Crit, $"This node cannot switch to {_mark?.Target.Name()}: {why}. Until it can, nothing is managed here");
        (_why, _complained) = (why, true);
    }

    private void NotStored(string why)
    {
        if (Phase == MovePhase.Asking) BeginWithdrawal(why);
        else if (Phase == MovePhase.Frozen)
        {
            var (leader, mark) = (_mark!.Leader, _mark);
            Release();
            _effects.Add(new MoveEffect.Send((new MoveWord("refused", mark) { Why = why }).To(leader)));
        }
        else if (Phase is MovePhase.Idle or MovePhase.Checking)
        {
            if (_why != why) Log(LogPriority.Crit, $"A move is over, but its mark cannot be deleted: {why}. A daemon that is restarted here would wait for that move; it is tried again");
            (_why, _mustForget, _againAt) = (why, true, _now + SayAgain);
        }
    }

    /// <summary>Everything goes on as it was.</summary>
    private void Release()
    {
        (_mark, Phase, _until, _againAt, _own, _why) = (null, MovePhase.Idle, Instant.Never, Instant.Never, null, "");
        _effects.Add(new MoveEffect.Thaw());
        _effects.Add(new MoveEffect.Store(null));
    }

    /// <summary>Before anything was changed.</summary>
    private void End(bool ok, string text)
    {
        (_mark, Phase, _until) = (null, MovePhase.Idle, Instant.Never);
        Finish(ok, text);
    }

    private void Finish(bool ok, string text)
    {
        if (_client is not { } client) return;
        _client = null;
        Answer(client, ok, text);
    }

    private void Answer(long client, bool ok, string text) => _effects.Add(new MoveEffect.Answer(client, ok, text));

    private static bool Has(Other other, Engine engine) => other.IsAlive && other.Version > 0 && other.Engine == engine;

    private bool All(Predicate<Other> what)
    {
        foreach (var other in _others.Values)
            if (!what(other)) return false;
        return true;
    }

    /// <summary>Names of those of whom it is true.</summary>
    private string Waiting(Predicate<Other> what)
    {
        var names = new List<string>();
        foreach (var (name, other) in _others)
            if (what(other)) names.Add(name);
        return string.Join(" and ", names);
    }

    private void Say(string what, string node) => _effects.Add(new MoveEffect.Send(new MoveWord(what, _mark!).To(node)));

    private void Log(LogPriority priority, string text) => _effects.Add(new MoveEffect.Log(priority, text));
}
