using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Attributes;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using AttributeChange = Appliance.Crm.Attributes.AttributeChange;

namespace Appliance.Crm.Controller;

public sealed partial class CrmNode
{
    private readonly SortedDictionary<long, (string Version, Instant Until)> _watching = [];
    private readonly Dictionary<int, (long Client, int Left)> _attributeTickets = [];
    private readonly Dictionary<long, string> _wondering = [];
    private int _nextAttributeTicket;

    private Instant AnsweringDeadline
    {
        get
        {
            var next = Instant.Never;
            foreach (var (_, until) in _watching.Values) next = Instant.Min(next, until);
            return next;
        }
    }

    private void Answer(long client, CrmAnswer answer) => _effects.Add(new CrmEffect.Answer(client, answer));

    private void Asked(long client, CrmQuestion question)
    {
        switch (question)
        {
            case CrmQuestion.Cib cib: Request(cib.Request, Internal.Of(client), cib.Within); break;
            case CrmQuestion.NextChange next when next.Version != VersionText: Answer(client, new CrmAnswer.Version(VersionText)); break;
            case CrmQuestion.NextChange next: _watching[client] = (next.Version, _now + next.Within); break;
            case CrmQuestion.SetAttributes set: SetFor(client, set.Changes); break;
            case CrmQuestion.GetAttributes get: Answer(client, new CrmAnswer.Attributes(ValuesOf(get.Name, get.Host))); break;
            case CrmQuestion.Cleanup cleanup: Cleanup(client, cleanup); break;
            case CrmQuestion.Fail fail when IsKnown(fail.Host):
                Say(new CrmWord.Fail(fail.Resource), fail.Host);
                Answer(client, new CrmAnswer.Done());
                break;
            case CrmQuestion.Fail fail: Answer(client, new CrmAnswer.Refused(CibError.NoSuch, $"{fail.Host} is no member of the cluster")); break;
            case CrmQuestion.RemoveNode remove: RemoveNode(client, remove.Name); break;
            case CrmQuestion.State: Answer(client, new CrmAnswer.State(State)); break;
            case CrmQuestion.StateOf of when of.Host == _me: Answer(client, new CrmAnswer.StateOf(ControllerState)); break;
            case CrmQuestion.StateOf of when IsKnown(of.Host):
                _wondering[client] = of.Host;
                Say(new CrmWord.AskState(client), of.Host);
                break;
            case CrmQuestion.StateOf of: Answer(client, new CrmAnswer.Refused(CibError.NoSuch, $"{of.Host} is no member of the cluster")); break;
        }
    }

    private void Hung(long client)
    {
        _watching.Remove(client);
        _wondering.Remove(client);
    }

    private void StateHeard(string from, CrmWord.StateIs heard)
    {
        if (_wondering.TryGetValue(heard.Client, out var asked) && asked == from && _wondering.Remove(heard.Client)) Answer(heard.Client, new CrmAnswer.StateOf(heard.State));
    }

    /// <summary>Whoever is gone says nothing any more.</summary>
    private void NobodySays(string host)
    {
        foreach (var (client, asked) in _wondering.ToArray())
            if (asked == host && _wondering.Remove(client)) Answer(client, new CrmAnswer.Refused(CibError.NoSuch, $"{host} is gone"));
    }

    private string VersionText => CibVersion.Of(Document).ToString();

    private void ChangedForClients()
    {
        foreach (var client in _watching.Keys.ToArray())
        {
            _watching.Remove(client);
            Answer(client, new CrmAnswer.Version(VersionText));
        }
    }

    private void TickAnswering()
    {
        foreach (var (client, (_, until)) in _watching.ToArray())
        {
            if (until > _now) continue;
            _watching.Remove(client);
            Answer(client, new CrmAnswer.Version(VersionText));
        }
    }

    private void SetFor(long client, IReadOnlyList<AttributeChange> changes)
    {
        if (changes.Count == 0)
        {
            Answer(client, new CrmAnswer.Done());
            return;
        }
        var ticket = ++_nextAttributeTicket;
        _attributeTickets[ticket] = (client, changes.Count);
        foreach (var change in changes) Attributes(effects => _attributes.Order(ticket, change.Host.Length == 0 ? change with { Host = _me } : change, _now, effects));
    }

    private void AttributeDone(int ticket)
    {
        if (!_attributeTickets.TryGetValue(ticket, out var waiting)) return;
        if (waiting.Left > 1) _attributeTickets[ticket] = (waiting.Client, waiting.Left - 1);
        else
        {
            _attributeTickets.Remove(ticket);
            Answer(waiting.Client, new CrmAnswer.Done());
        }
    }

    private List<AttributeChange> ValuesOf(string? name, string? host)
    {
        var values = new List<AttributeChange>();
        foreach (var attribute in _attributes.Table.All)
        {
            if (name is not null && attribute.Name != name) continue;
            foreach (var (node, value) in attribute.Values)
                if (host is null || node == host) values.Add(attribute.On(node, value));
            // Of one that is asked for by its name Pacemaker tells where it was, too.
            if (name is null) continue;
            foreach (var node in attribute.TakenFrom)
                if (host is null || node == host) values.Add(attribute.On(node, null));
        }
        return values;
    }

    private void Cleanup(long client, CrmQuestion.Cleanup cleanup)
    {
        List<string> hosts = cleanup.Host is { } host ? [host] : MemberList();
        foreach (var node in hosts)
        {
            ClearFailCounts(node, cleanup.Resource, cleanup.Operation, cleanup.IntervalMs);
            if (_members.Contains(node)) Say(new CrmWord.Cleanup(cleanup.Resource, cleanup.Operation, cleanup.IntervalMs, cleanup.Everything), node);
            else if (cleanup.Resource is { } resource)
                Request(new(CibOperation.Delete, $"/cib/status/node_state[@id={CibPath.Literal(IdOf(node))}]/lrm/lrm_resources/lrm_resource[@id={CibPath.Literal(resource)}]", Options: CibOptions.XPath | CibOptions.Multiple), Internal.ForClient);
        }
        Answer(client, new CrmAnswer.Done());
    }

    private void RemoveNode(long client, string name)
    {
        if (IsKnown(name))
        {
            Answer(client, new CrmAnswer.Refused(CibError.NotSupported, $"{name} is a member of the cluster: stop it first"));
            return;
        }
        var id = IdOf(name);
        Request(NodeStates.Together(
            new CibRequest(CibOperation.Delete, $"/cib/status/node_state[@id={CibPath.Literal(id)}]", Options: CibOptions.XPath | CibOptions.Multiple),
            new CibRequest(CibOperation.Delete, $"/cib/configuration/nodes/node[@uname={CibPath.Literal(name)}]", Options: CibOptions.XPath | CibOptions.Multiple)) with { Section = null }, Internal.Of(client));
        foreach (var member in MemberList()) Say(new CrmWord.Remove(name), member);
    }

    private bool IsKnown(string node) => _members.Contains(node);

    private CrmState State
    {
        get
        {
            var nodes = new List<CrmNodeState>();
            foreach (var name in new SortedSet<string>([_me, .. _others.Keys], StringComparer.Ordinal))
                nodes.Add(new(name, IdOf(name), _members.Contains(name) ? NodeStates.Of(Document, IdOf(name))?["join"] == "member" ? "member" : "pending" : "lost"));
            return new(_me, Dc, ControllerState, Dc is null ? null : Document["have-quorum"] == "1", IsDc ? _quorum.Verdict.Reason : "", nodes, CibRequests.FeatureSet, IsDc ? _transitioner.ProgressLine : "", IsSettled);
        }
    }

    /// <summary>In Pacemaker's words.</summary>
    private string ControllerState =>
        _membership is null ? "S_STARTING"
        : Dc is null ? "S_ELECTION"
        : _stopping && !IsDc ? "S_NOT_DC"
        : !IsDc ? NodeStates.Of(Document, IdOf(_me))?["join"] == "member" ? "S_NOT_DC" : "S_PENDING"
        : !_cib.IsSynchronised || !AllHaveTold ? "S_INTEGRATION"
        : _transitioner.IsRunning ? "S_TRANSITION_ENGINE"
        : _question != 0 || _running is not null || _needPolicy is not null ? "S_POLICY_ENGINE"
        : "S_IDLE";

    /// <summary>Nothing is under way and nothing is wanted, as far as this node knows; only the DC knows.</summary>
    public bool IsSettled => IsDc && ControllerState == "S_IDLE";
}
