using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Membership;

namespace Appliance.Crm.Controller;

/// <remarks>
/// Whoever does not decide goes when the one who does says so, who has all that it said. The one who decides goes when one that stays has all that was changed: what nobody has but who goes is lost with it, and of what it stopped last
/// the others would think that it runs.
/// </remarks>
public sealed partial class CrmNode
{
    /// <summary>After this a node stops whether it was allowed to or not (Pacemaker's <c>shutdown-escalation</c>).</summary>
    private static readonly TimeSpan StopWithin = TimeSpan.FromMinutes(20);

    /// <summary>How often whoever stays is asked again what it has.</summary>
    private static readonly TimeSpan AskReachedAgainAfter = TimeSpan.FromSeconds(1);

    private bool _stopping;
    private Instant _stopAt = Instant.Never, _sayStopAt;
    private Instant _goBy = Instant.Never, _askReachedAt = Instant.Never;
    private long _lastChange = -1;      // what somebody is to have before this node goes; -1: it is not made yet

    /// <summary>This node decides, nothing runs here any more, and it waits for nothing but that one that stays knows.</summary>
    private bool IsGoing => _goBy != Instant.Never;

    /// <summary>Whoever hears nothing in deadtime is missed, and is waited for no longer; two seconds are for what is under way. A node of an older version never answers.</summary>
    private TimeSpan KnownWithin => TimeSpan.FromTicks(Math.Max(TimeSpan.FromSeconds(10).Ticks, _start.DeadTime.Ticks + TimeSpan.FromSeconds(2).Ticks));

    private Instant LeavingDeadline => Instant.Min(_stopAt, Instant.Min(_goBy, _askReachedAt));

    private void ShutdownRequested()
    {
        if (_stopping) return;
        _stopping = true;
        _stopAt = _now + StopWithin;
        _history.IsStopping = true;
        Log(LogPriority.Notice, "This node is to stop: what it runs is moved first");
        if (_membership is null && !_start.MayRun) MayStop();
        else SetAttribute("shutdown", _me, Seconds);        // it waits for a DC, if there is none
    }

    /// <summary>Who was lost sight of, and has its attributes forgotten, says again that it is to stop.</summary>
    private void StillStopping()
    {
        if (!_stopping || _left || _followed is null || _sayStopAt > _now || _attributes.Table.Find("shutdown")?.Values.ContainsKey(_me) == true) return;
        _sayStopAt = _now + TimeSpan.FromSeconds(1);
        SetAttribute("shutdown", _me, Seconds);
    }

    /// <summary>This node, which decides, is done: it is down from here on, and goes when one that stays has that.</summary>
    private void Go()
    {
        if (_left || IsGoing) return;
        if (Staying() is [])
        {
            MayStop();
            return;
        }
        Log(LogPriority.Info, "Nothing of the cluster runs here any more: this node leaves as soon as one that stays knows");
        (_goBy, _lastChange) = (_now + KnownWithin, -1);
        Request(NodeStates.Status(new Cib.CibElement("node_state").Set("id", IdOf(_me)).Set("uname", _me).Set("expected", "down")), Internal.Before(() =>
        {
            // Somebody else may decide by now.
            if (IsGoing) (_lastChange, _askReachedAt) = (_cib.Replica.Number, _now);
        }));
    }

    private void GoOnGoing()
    {
        if (!IsGoing || _left) return;
        var staying = Staying();
        if (staying.Count == 0 || _lastChange >= 0 && staying.Exists(node => _cib.HasReached(node, _lastChange))) MayStop();
        else if (_goBy <= _now)
        {
            Log(LogPriority.Warn, $"{string.Join(", ", staying)} did not say in time that it knows what was done last: this node leaves, and may be taken for lost");
            MayStop();
        }
        else if (_askReachedAt <= _now)
        {
            _askReachedAt = _now + AskReachedAgainAfter;
            _cib.AskReached(staying);
        }
    }

    /// <summary>Somebody else decides: it is to say when this node may stop, and may have started something here until then.</summary>
    private void StayForNow() => (_goBy, _askReachedAt, _lastChange) = (Instant.Never, Instant.Never, -1);

    /// <summary>Members that were not told that they may stop.</summary>
    private List<string> Staying() => MemberList().FindAll(node => node != _me && NodeStates.Of(Document, IdOf(node))?["expected"] != "down");

    /// <summary>Nothing runs here any more.</summary>
    private void MayStop()
    {
        if (_left) return;
        Log(LogPriority.Notice, "Nothing of the cluster runs here any more: this node leaves");
        if (_membership is not null) Members(effects => _membership.Leave(effects));
        Depart();
    }

    /// <summary>The others count on nothing that runs here, and whoever still decides something here is wrong: this node leaves at once, and is released from outside.</summary>
    private void GiveUp(string why)
    {
        if (_left) return;
        if (_membership is not null) Members(effects => _membership.Leave(effects));
        _left = true;
        _effects.Add(new CrmEffect.GiveUp(why));
    }

    private void Depart()
    {
        _left = true;
        _effects.Add(new CrmEffect.Left());
    }
}
