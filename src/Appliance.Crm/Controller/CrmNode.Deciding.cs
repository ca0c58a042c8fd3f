using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Attributes;
using Appliance.Crm.Compile;
using Appliance.Crm.History;
using Appliance.Crm.Quorum;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Policy.Graph;
using Appliance.Stonith;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Crm.Controller;

public sealed partial class CrmNode
{
    /// <summary>After this nobody waits any more for members that do not tell what runs on them (Pacemaker's <c>join-integration-timeout</c>).</summary>
    private static readonly TimeSpan ToldWithin = TimeSpan.FromMinutes(3);

    /// <summary>Pacemaker's <c>cluster-recheck-interval</c>.</summary>
    private static readonly TimeSpan DefaultRecheck = TimeSpan.FromMinutes(15);

    /// <summary>A cluster that begins makes a handful of plans in its first second.</summary>
    private const int MostRunsASecond = 20;

    private readonly QuorumCore _quorum;

    /// <summary>The term in which votes were counted last, and whether there ever were enough in it.</summary>
    private (long Term, bool MightAct) _counted = (-1, false);
    private bool _mustRenew;
    private bool _hasFencing;
    private readonly PolicyInputFiles _inputs;
    private readonly Dictionary<int, Shot> _fencings = [];
    private readonly Dictionary<string, string> _shooting = new(StringComparer.Ordinal);      // orders for which a device of this node was used: the life of the target that was known before
    private int _nextFencing;
    private string? _needPolicy;        // why, when the transitioner has not asked itself
    private int _question;              // the last that the transitioner asked; 0: none is open
    private (int Question, CibElement Document, long At)? _running;
    private TimeSpan _recheckInterval = DefaultRecheck;
    private Instant _recheckAt = Instant.Never, _hastyUntil;
    private int _runs;
    private readonly HashSet<string> _removed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _said = new(StringComparer.Ordinal);

    /// <summary>A fencing that was ordered.</summary>
    private sealed record Shot(TransitionKey Key, string Target, FenceAction Action);

    private Instant DecidingDeadline
    {
        get
        {
            if (!IsDc || IsGoing) return Instant.Never;
            var next = _recheckAt;
            if (_question == 0 || _running is not null) return next;
            next = Instant.Min(next, _hastyUntil > _now ? _hastyUntil : Instant.Never);
            if (AwaitedUntil is var awaited && awaited > _now) next = Instant.Min(next, awaited);
            if (!AllHaveTold) next = Instant.Min(next, _electedAt + ToldWithin);
            return next;
        }
    }

    private void TickDeciding()
    {
        if (!IsDc || _recheckAt > _now) return;
        _recheckAt = _now + _recheckInterval;
        Transit(new TransitionInput.Aborted(0, AfterTransition.Restart, "time passed (recheck)"));
    }

    private void StepDown()
    {
        StayForNow();
        Transit(new TransitionInput.StepDown());
        (_question, _needPolicy, _recheckAt) = (0, null, Instant.Never);
    }

    private void Transit(TransitionInput input)
    {
        var effects = new List<TransitionEffect>();
        _transitioner.Step(input, _now, effects);
        foreach (var effect in effects) Carry(effect);
    }

    private void Carry(TransitionEffect effect)
    {
        switch (effect)
        {
            case TransitionEffect.Log line: Log(line.Priority, line.Text); break;
            case TransitionEffect.Execute execute: Say(new CrmWord.Do(execute.Action), execute.Router); break;
            case TransitionEffect.Fence fence: Fence(fence); break;
            case TransitionEffect.NodeIsDown down: NodeIsDown(down.Node, down.NodeId); break;
            case TransitionEffect.NodeIsUnfenced unfenced:
                SetAttribute("#node-unfenced", unfenced.Node, Seconds);
                if (unfenced.DigestsAll is { } all) SetAttribute("#digests-all", unfenced.Node, all);
                if (unfenced.DigestsSecure is { } secure) SetAttribute("#digests-secure", unfenced.Node, secure);
                break;
            case TransitionEffect.ShutDown down:
                Request(NodeStates.Status(new CibElement("node_state").Set("id", down.NodeId).Set("uname", down.Node).Set("expected", "down")), Internal.Nothing);
                Say(new CrmWord.MayStop(), down.Node);
                break;
            case TransitionEffect.ClearFailures clear:
                ClearFailCounts(clear.Node, clear.Resource, null, null);
                Say(new CrmWord.Expired(clear.Resource), clear.Node);
                break;
            case TransitionEffect.DeleteHistory delete: Say(new CrmWord.Forget(delete.Resource, delete.Key), delete.Node); break;
            case TransitionEffect.Maintenance maintenance:
                Request(NodeStates.Status(new CibElement("node_state").Set("id", maintenance.NodeId).Set("node_in_maintenance", maintenance.InMaintenance ? "1" : "0")), Internal.Nothing);
                break;
            case TransitionEffect.Failure failure: Failed(failure); break;
            case TransitionEffect.RecordLost lost when HistoryRequests.Lost(lost, HistoryNow) is { } record: Request(record, Internal.Nothing); break;
            case TransitionEffect.Ended ended: TransitionEnded(ended); break;
            case TransitionEffect.PolicyNeeded needed:
                _question = needed.Question;
                _recheckAt = _now + _recheckInterval;
                break;
            case TransitionEffect.Refused: break;       // it has said so itself; the next change, or the recheck, asks again
        }
    }

    private void TransitionEnded(TransitionEffect.Ended ended)
    {
        _recheckAt = Instant.Min(_recheckAt, _now + _recheckInterval);
        if (ended.Next != AfterTransition.Shutdown) return;
        // What was cut short may have left something running here: then there is another plan first.
        if (!HasOwnLeft()) Go();
        else _needPolicy = "the transition in which this node was to stop was not finished here";
    }

    /// <summary>Plans that come to nothing at once, and are made again at once, must not keep the machine busy with that alone.</summary>
    private bool IsHasty()
    {
        if (_hastyUntil <= _now) (_hastyUntil, _runs) = (_now + TimeSpan.FromSeconds(1), 0);
        return ++_runs > MostRunsASecond;
    }

    /// <summary>Whether something that this node was to do in the last transition was not done.</summary>
    private bool HasOwnLeft()
    {
        var id = IdOf(_me);
        foreach (var synapse in _transitioner.Graph?.Synapses ?? [])
            foreach (var action in synapse.Actions)
                if (action.Kind == GraphActionKind.Resource && action.NodeId == id && action.State != ActionState.Done) return true;
        return false;
    }

    /// <summary>Asks the policy engine, when somebody wants it and everybody has been heard.</summary>
    private void Decide()
    {
        if (!IsDc || !_cib.IsSynchronised || _left) return;
        Bootstrap();
        PutStatesRight();
        WriteAbsent();
        if (_attributesUnwritten)
        {
            _attributesUnwritten = false;
            WriteAllAttributes([.. _attributes.Table.Of(null).FindAll(v => !v.IsPrivate)]);
        }
        if (_needPolicy is { } why)
        {
            _needPolicy = null;
            Transit(new TransitionInput.Aborted(Transitioner.Infinity, AfterTransition.Restart, why));
        }
        var isKnown = JudgeQuorum();
        if (!isKnown || IsGoing || _question == 0 || _running is not null || _transitioner.IsRunning || AwaitedUntil > _now || !AllHaveTold && _electedAt + ToldWithin > _now) return;
        if (IsHasty()) return;
        var seconds = _wall.ToUnixTimeSeconds();
        _running = (_question, Document, seconds);
        _question = 0;
        _effects.Add(new CrmEffect.RunPolicy(_running.Value.Question, Document, _wall));
    }

    /// <summary>What stands in the CIB as it should not is put right once for each version of it: what is not taken is not said again and again.</summary>
    private bool Once(string what) => _said.Add(what);

    /// <summary>Every node of ha.cf is among the nodes: one that was never heard may run something, and is fenced for that before anything else is done. And it is written who decides.</summary>
    private void Bootstrap()
    {
        var document = Document;
        var wanted = new SortedSet<string>([.. _start.Nodes, .. _members], StringComparer.Ordinal);
        wanted.ExceptWith(_removed);
        if (NodeIds.Missing(document, _start.Nodes, wanted) is { } missing && Once("nodes")) Request(new(CibOperation.Modify, "nodes", missing, CibOptions.CanCreate), Internal.Nothing);
        if (_start.Version is { } version)
        {
            var options = new CibElement("crm_config");
            var set = options.Add("cluster_property_set").Set("id", "cib-bootstrap-options");
            if (Option("dc-version") != version) Say("dc-version", version);
            // As the compiled document has them; what an administrator says instead stays.
            if (Option("cluster-infrastructure") is null) Say("cluster-infrastructure", HaresourcesCompiler.Infrastructure);
            if (_start.Cluster.Length > 0 && Option("cluster-name") is null) Say("cluster-name", _start.Cluster);
            if (set.Children.Count > 0 && Once("facts")) Request(new(CibOperation.Modify, "crm_config", options, CibOptions.CanCreate), Internal.Nothing);

            void Say(string name, string value) => set.Add("nvpair").Set("id", $"{set.Id}-{name}").Set("name", name).Set("value", value);
        }
        if (document["dc-uuid"] != IdOf(_me) && Once("dc")) Request(new(CibOperation.Modify, null, new CibElement("cib").Set("dc-uuid", IdOf(_me))), Internal.Nothing);
    }

    /// <summary>Before the store changes anything for whoever the members are now: a part that may not act changes its own copy only (<see cref="CibStanding"/>).</summary>
    /// <remarks>A term in which nobody might act may be another node's too: two that were each alone may have counted to the same. What a cluster changes that may act is of a term that a majority has heard of before.</remarks>
    private QuorumVerdict CountVotes()
    {
        _quorum.Count(_membership!.Followers, _now);
        var verdict = _quorum.Verdict;
        var mayAct = verdict.IsQuorate || verdict.IsSettling;
        if (IsDc && _membership.Term == _followedTerm)
        {
            _mustRenew = mayAct && _counted == (_followedTerm, false);
            if (!_mustRenew) _counted = (_followedTerm, mayAct || _counted == (_followedTerm, true));
        }
        _cib.Quorate(mayAct && !_mustRenew);
        return verdict;
    }

    /// <summary>Goes on with a term of its own, now that it may act.</summary>
    private void RenewTerm()
    {
        if (!_mustRenew) return;
        _mustRenew = false;
        Members(effects => _membership!.Renew(_now, effects));
    }

    /// <summary>Whether this partition may act is the DC's to say.</summary>
    /// <returns>False: it is not known yet, and nothing is begun until it is.</returns>
    private bool JudgeQuorum()
    {
        _quorum.Fences(_hasFencing, _now);
        var verdict = CountVotes();
        if (verdict.IsSettling) return false;
        var text = verdict.IsQuorate ? "1" : "0";
        if (Document["have-quorum"] == text || !Once("quorum")) return true;
        Log(verdict.IsQuorate ? LogPriority.Notice : LogPriority.Warn, $"This partition {(verdict.IsQuorate ? "has quorum" : "has no quorum")}: {verdict.Reason}");
        Request(new(CibOperation.Modify, null, new CibElement("cib").Set("have-quorum", text)), Internal.Nothing);
        Transit(new TransitionInput.Aborted(Transitioner.Infinity, AfterTransition.Restart, verdict.IsQuorate ? "quorum was gained" : "quorum was lost"));
        return true;
    }

    private void PolicyEnded(PolicyAnswer answer)
    {
        if (_running is not { } run || run.Question != answer.Question) return;
        _running = null;
        foreach (var (priority, text) in answer.Lines) Log(priority, text);
        if (!IsDc || IsGoing) return;
        if (_inputs.Keep(run.Document, answer.Verdict, Option, run.At) is { } kept) _effects.Add(new CrmEffect.KeepInput(kept));
        if (answer.Graph is null)
        {
            Log(LogPriority.Error, "The policy engine could not make a plan of the CIB as it is; nothing is done until it changes");
            return;
        }
        _recheckAt = _now + _recheckInterval;
        if (answer.RecheckBy > 0) _recheckAt = Instant.Min(_recheckAt, _now + TimeSpan.FromSeconds(Math.Max(1, answer.RecheckBy - _wall.ToUnixTimeSeconds())));
        if (_question != 0) return;         // it was asked again since: this answer is of yesterday
        Transit(new TransitionInput.Begin(answer.Question, answer.Graph, _inputs.Source));
    }

    /// <summary>What the number files say that stand beside the kept inputs.</summary>
    public void RememberInputs(PolicyVerdict verdict, string? number) => _inputs.Remember(verdict, number);

    private void Failed(TransitionEffect.Failure failure)
    {
        var node = failure.Node ?? NodeStates.NameOf(Document, failure.NodeId) ?? failure.NodeId;
        if (failure.Count != FailCountChange.None)
            SetAttribute(failure.FailCountName, node, failure.Count == FailCountChange.Infinity ? "INFINITY" : "++");
        SetAttribute(failure.LastFailureName, node, Seconds);
    }

    private void ClearFailCounts(string node, string? resource, string? operation, long? intervalMs)
    {
        foreach (var attribute in _attributes.Table.All.ToArray())
        {
            if (!attribute.Values.ContainsKey(node) || FailureOf(attribute.Name) is not var (name, rest)) continue;
            if (resource is not null && name != resource) continue;
            if (operation is not null && rest != string.Create(CultureInfo.InvariantCulture, $"{operation}_{intervalMs ?? 0}")) continue;
            SetAttribute(attribute.Name, node, null);
        }
    }

    /// <summary>Resource and operation of an attribute that counts failures: <c>fail-count-web#monitor_10000</c>.</summary>
    private static (string Resource, string Operation)? FailureOf(string attribute)
    {
        foreach (var prefix in (ReadOnlySpan<string>)["fail-count-", "last-failure-"])
        {
            if (!attribute.StartsWith(prefix, StringComparison.Ordinal)) continue;
            var at = attribute.LastIndexOf('#');
            return at < 0 ? (attribute[prefix.Length..], "") : (attribute[prefix.Length..at], attribute[(at + 1)..]);
        }
        return null;
    }

    private string Seconds => _wall.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private void SetAttribute(string name, string host, string? value) => Attributes(effects => _attributes.Order(0, new(name, host, value), _now, effects));

    private void Fence(TransitionEffect.Fence fence)
    {
        var action = fence.Action switch { "on" => FenceAction.On, "off" or "poweroff" => FenceAction.Off, _ => FenceAction.Reboot };
        var ticket = ++_nextFencing;
        _fencings[ticket] = new(fence.Key, fence.Target, action);
        _effects.Add(new CrmEffect.Fence(ticket, new(fence.Target, action, fence.Timeout > TimeSpan.Zero ? fence.Timeout : FencingWish.DefaultTimeout, "crmd") { Delay = fence.Delay }));
    }

    private void FencingEnded(CrmInput.FencingEnded ended)
    {
        if (!_fencings.Remove(ended.Ticket, out var shot)) return;
        Transit(new TransitionInput.Fenced(shot.Key, ended.End.Outcome, ended.End.Sentence));
    }

    /// <summary>Which life of the target may end now is known; when it is told that it has, another may have begun.</summary>
    private void Switching(CrmInput.Switching switching)
    {
        _shooting.Remove(switching.Order);
        if (switching.Target == _me) _shooting[switching.Order] = _start.Self.Life;
        else if (_others.TryGetValue(switching.Target, out var target) && target.Life is { } life) _shooting[switching.Order] = life;
    }

    private void FencingRecorded(FencingRecord record)
    {
        if (record.Completed is null) return;
        var node = record.Target;
        FencingAlert(record);
        // By whoever's order: when that life of the node is missed, then or later, it has been accounted for. Of several devices the last one's node knows; of what a person vouches for, the node where that was said.
        if (_shooting.Remove(record.Id, out var life) && record.State == FencingState.Done && (record.Delegate == _me || record.Delegate == FencingRecord.Human))
        {
            var word = new CrmWord.IsOff(node, life);
            var members = MemberList();
            foreach (var member in members) Say(word, member);
            if (!members.Contains(node)) Say(word, node);        // nobody hears that, unless the device lies, or the person is wrong
        }
        if (record is { State: FencingState.Done, Action: not FenceAction.On }) _quorum.ProvenOff(node, _now);
        var id = NodeStates.Of(Document, IdOf(node)) is not null || _others.ContainsKey(node) ? IdOf(node) : null;
        Transit(new TransitionInput.FencingHeard(node, id, record.Action == FenceAction.On, record.State == FencingState.Done, IsOrdered(node, record.Action)));
    }

    /// <summary>A device has proven, or a person has vouched, that a node's life is over. Where that life is this one the device lies, switches another machine, or cuts only the storage off, or the person is wrong: the others take what runs here, so this node gives it up at once.</summary>
    private void IsOff(string from, CrmWord.IsOff off)
    {
        if (off.Node == from && from != _me)
        {
            if (!_others.TryGetValue(from, out var liar) || liar.Life != off.Life) return;
            liar.LivesOn = true;
            Log(LogPriority.Crit, $"{from} was proven to be off, and says that it runs: its fencing device lies, switches another machine or cuts off the storage alone, or whoever confirmed that it is off is wrong. What runs there may run twice until that node has given it up; see to the device");
        }
        else if (off.Node != _me)
        {
            if (_others.TryGetValue(off.Node, out var shot) && shot.Life == off.Life) (shot.ShotLife, shot.ShotAt) = (off.Life, _now);
        }
        else if (off.Life == _start.Self.Life && !_isShot)
        {
            _isShot = true;
            var why = $"{from} has proof that this node is off, and it runs: the fencing device lies, switches another machine or cuts off the storage alone, or whoever confirmed that is wrong; the others take what runs here";
            Log(LogPriority.Crit, why);
            foreach (var member in MemberList())
                if (member != _me) Say(new CrmWord.IsOff(_me, off.Life), member);
            if (Values.Same(Option("fence-reaction"), "panic")) _effects.Add(new CrmEffect.SelfFence(why));
            GiveUp(why);
        }
    }

    private bool _isShot;

    /// <summary>A node that was proven off and ran has ended now: what could not be started beside it (an address that it had) is tried again, and is no failure.</summary>
    private void HasEnded(string node)
    {
        if (!_others.TryGetValue(node, out var gone) || !gone.LivesOn) return;
        gone.LivesOn = false;
        foreach (var (resource, history) in _history.Histories.ToArray())
        {
            if (history.LastFailure is not { Order.Action: "start" } failure || failure.Ran < gone.ShotAt) continue;
            Log(LogPriority.Notice, $"{resource} could not be started while {node} ran on, which has ended: it is tried again");
            ClearFailCounts(_me, resource, "start", 0);
            History(effects => _history.Delete(resource, HistoryNow, effects));
        }
    }

    /// <summary>An order of ours for it is under way, and gets the same end, whoever carries it out.</summary>
    private bool IsOrdered(string node, FenceAction action)
    {
        foreach (var shot in _fencings.Values)
            if (shot.Target == node && shot.Action == action) return true;
        return false;
    }

    /// <summary>A node is proven off: nothing runs there, and what was known of it is of yesterday.</summary>
    private void NodeIsDown(string node, string id)
    {
        Attributes(effects => _attributes.Lost(node, effects));
        Request(NodeStates.Together(NodeStates.Say(id, node, NodeLife.Down, "fenced"), NodeStates.Delete(id, "lrm"), NodeStates.Delete(id, "transient_attributes")), Internal.Nothing);
    }

    /// <summary>Options of the cluster that concern the controller.</summary>
    private void Configure(CibElement document)
    {
        _options = Options(document);
        _hasFencing = Option("stonith-enabled") is not { } fences || Policy.Model.Texts.IsTrue(fences);
        var attempts = Values.TryInteger(Option("stonith-max-attempts"), out var given) && given is > 0 and < int.MaxValue ? (int)given : 10;
        var actions = Values.TryInteger(Option("node-action-limit"), out var limit) && limit is > 0 and < int.MaxValue ? (int)limit : _start.Processors * 2;
        Transit(new TransitionInput.Configured(attempts, actions));
        _history.ShutdownLock = Policy.Model.Texts.IsTrue(Option("shutdown-lock"));
        _history.ShutdownLockLimit = Values.TryMilliseconds(Option("shutdown-lock-limit"), out var locked) ? TimeSpan.FromMilliseconds(locked) : TimeSpan.Zero;
        _recheckInterval = Values.TryMilliseconds(Option("cluster-recheck-interval"), out var ms) && ms > 0 ? TimeSpan.FromMilliseconds(Math.Max(1000, ms)) : DefaultRecheck;
    }

    private Dictionary<string, string> _options = new(StringComparer.Ordinal);

    private string? Option(string name) => _options.GetValueOrDefault(name);

    /// <summary>As they stand in the first set that has them; rules are for the policy engine.</summary>
    private static Dictionary<string, string> Options(CibElement document)
    {
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var set in document.Element("configuration")?.Element("crm_config")?.Elements("cluster_property_set") ?? [])
            foreach (var pair in set.Elements("nvpair"))
                if (pair["name"] is { } name && pair["value"] is { } value) options.TryAdd(name, value);
        return options;
    }
}
