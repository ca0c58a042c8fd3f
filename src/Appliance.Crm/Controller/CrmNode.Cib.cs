using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Attributes;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using AttributeChange = Appliance.Crm.Attributes.AttributeChange;

namespace Appliance.Crm.Controller;

public sealed partial class CrmNode
{
    /// <summary>How long the cluster's own requests wait for a DC; what they say is told again when another one decides.</summary>
    private static readonly TimeSpan RequestWithin = TimeSpan.FromSeconds(60);

    private readonly Dictionary<long, Internal> _requests = [];
    private long _nextRequest;
    private CibElement? _fencingBefore;
    /// <summary>What a node's CRM understands: the oldest of the members' is what the cluster goes by.</summary>
    private const string FeatureAttribute = "#feature-set";

    private bool _attributesUnwritten;

    /// <summary>What is done with the answer to a request.</summary>
    /// <param name="Client">Whose question it is; null: the cluster's own.</param>
    /// <param name="PartOfTerm">It told the DC of this term what runs here.</param>
    /// <param name="Then">What follows when it is done, however it ended.</param>
    private sealed record Internal(long? Client, long? PartOfTerm, Action? Then)
    {
        public static readonly Internal Nothing = new(null, null, null);

        /// <summary>It brings attributes into the status.</summary>
        public static readonly Internal OfAttributes = new(null, null, null);

        /// <summary>A client wants it, who has been answered: whoever decides when it can be done does it.</summary>
        public static readonly Internal ForClient = new(null, null, null);
        public static Internal Of(long client) => new(client, null, null);
        public static Internal OwnPart(long term) => new(null, term, null);
        public static Internal Before(Action then) => new(null, null, then);
    }

    /// <remarks>What the cluster wants while this node decides is this node's to say only as long as it does: its own part it tells the next DC as a whole.</remarks>
    private void Request(CibRequest request, Internal purpose, TimeSpan? within = null)
    {
        var id = ++_nextRequest;
        _requests[id] = purpose;
        _cib.Request(id, purpose.Client is null ? request with { Client = CibRequest.CrmNodeClient, User = "hacluster" } : request, _now + (within ?? RequestWithin), _now, Moment, ofDc: IsDc && purpose.Client is null && !ReferenceEquals(purpose, Internal.ForClient));
    }

    private void Carry(CibEffect effect)
    {
        switch (effect)
        {
            case CibEffect.Send send: _outbox.Add(CibWire.Write(send.Message, send.To)); break;
            case CibEffect.Write write: _effects.Add(new CrmEffect.WriteCib(write.Ticket, write.Document, write.Standing)); break;
            case CibEffect.WriteTerm write: _effects.Add(new CrmEffect.WriteTerm(write.Term)); break;
            case CibEffect.KeepLost lost: _effects.Add(new CrmEffect.KeepLost(lost.Document)); break;
            case CibEffect.Log line: Log(line.Priority, line.Text); break;
            case CibEffect.Reply reply: Answered(reply); break;
            case CibEffect.Changed changed: Changed(changed); break;
        }
    }

    private void Answered(CibEffect.Reply reply)
    {
        if (!_requests.Remove(reply.Client, out var purpose)) return;
        if (purpose.Client is { } client) Answer(client, new CrmAnswer.Cib(reply.Error, reply.Output, reply.Problem));
        else if (purpose.PartOfTerm is { } term) OwnPartAnswered(term, reply.Error, reply.Problem);
        else if (ReferenceEquals(purpose, Internal.OfAttributes) && reply.Error != CibError.None) _attributesUnwritten = true;
        else if (reply.Error is not (CibError.None or CibError.NotKnown)) Log(LogPriority.Warn, $"The CIB did not take what the CRM told it: {reply.Error.Text()}{(reply.Problem.Length > 0 ? ": " + reply.Problem : "")}");
        purpose.Then?.Invoke();
    }

    private CibElement? _before;

    private void Changed(CibEffect.Changed changed)
    {
        var before = _before;
        _before = changed.Document;
        _said.Clear();
        if (changed.Patch is null) AnotherDocument();
        else CheckOwnPart();
        ChangedForClients();
        if (changed.Configuration || changed.Patch is null) ConfigurationChanged(changed.Document);
        if (before is null || !IsDc) return;
        var changes = CibDiff.Between(before, changed.Document);
        if (changes.Count == 0) return;
        Transit(new TransitionInput.Changed(changes));
    }

    /// <summary>The document has nothing to do with the one before: what its status says of the nodes is of another time, and all say anew what is so.</summary>
    private void AnotherDocument()
    {
        if (_followed is null || !_cib.Replica.IsBased) return;
        if (IsDc)
        {
            foreach (var member in MemberList())
                if (member != _me) Request(NodeStates.Say(IdOf(member), member, NodeLife.Pending, "another CIB"), Internal.Nothing);
            _attributesUnwritten = true;
        }
        TellOwnPart();
    }

    private void ConfigurationChanged(CibElement document)
    {
        Configure(document);
        var (resources, topology) = (document.Element("configuration")?.Element("resources"), document.Element("configuration")?.Element("fencing-topology"));
        var fencing = new CibElement("fencing");
        foreach (var primitive in resources?.Descendants("primitive") ?? [])
            if (primitive["class"] == "stonith") fencing.Add(primitive.Clone());
        foreach (var template in resources?.Elements("template") ?? []) fencing.Add(template.Clone());
        if (topology is not null) fencing.Add(topology.Clone());
        // Where a device may be used is a matter of locations.
        foreach (var location in document.Element("configuration")?.Element("constraints")?.Elements("rsc_location") ?? []) fencing.Add(location.Clone());
        if (_fencingBefore is not null && _fencingBefore.SameAs(fencing)) return;
        _fencingBefore = fencing;
        _effects.Add(new CrmEffect.FencingConfigured(document));
    }

    private void Attributes(Action<List<AttributeEffect>> step)
    {
        var effects = new List<AttributeEffect>();
        var hadFeatures = HasFeatures;
        step(effects);
        foreach (var effect in effects)
            switch (effect)
            {
                case AttributeEffect.Send send: _effects.Add(new CrmEffect.Send(send.Message)); break;
                case AttributeEffect.Write write: WriteAttributes(write.Values); break;
                case AttributeEffect.WriteAll all: WriteAllAttributes(all.Values); break;
                case AttributeEffect.Done done: AttributeDone(done.Ticket); break;
            }
        // Somebody deleted it, with all that a pattern matches: without it this node would count as one of an old version.
        if (hadFeatures && !HasFeatures && _followed is not null) TellFeatures();
    }

    private bool HasFeatures => _attributes.Table.Find(FeatureAttribute)?.Values.ContainsKey(_me) == true;

    private void TellFeatures() => SetAttribute(FeatureAttribute, _me, CibRequests.FeatureSet);

    /// <summary>Values as they are to stand in the status.</summary>
    private void WriteAttributes(IReadOnlyList<AttributeChange> values)
    {
        var steps = new List<CibRequest>();
        var status = new CibElement("status");
        foreach (var change in values)
        {
            if (!IsNode(change.Host)) continue;       // known to the cluster's tables only: the status is of nodes
            var id = IdOf(change.Host);
            if (change.Value is null)
                steps.Add(new(CibOperation.Delete, $"/cib/status/node_state[@id={CibPath.Literal(id)}]/transient_attributes/instance_attributes/nvpair[@name={CibPath.Literal(change.Name)}]", Options: CibOptions.XPath | CibOptions.Multiple));
            else Pair(status, id, change);
            if (IsDc) AttributeAlert(change);
        }
        if (status.Children.Count > 0) steps.Add(new(CibOperation.Modify, "status", status, CibOptions.CanCreate));
        if (steps.Count > 0) Request(NodeStates.Together(steps), Internal.OfAttributes);
    }

    /// <summary>One of ha.cf, of the configuration, or one that has a state (a remote node).</summary>
    private bool IsNode(string host)
    {
        if (host == _me || _others.ContainsKey(host) || NodeStates.Of(Document, host) is not null) return true;
        foreach (var node in Document.Element("configuration")?.Element("nodes")?.Elements("node") ?? [])
            if (node["uname"] == host) return true;
        return false;
    }

    /// <summary>Nothing but these values of any node.</summary>
    private void WriteAllAttributes(IReadOnlyList<AttributeChange> values)
    {
        var status = new CibElement("status");
        foreach (var change in values)
            if (change.Value is not null && IsNode(change.Host)) Pair(status, IdOf(change.Host), change);
        var steps = new List<CibRequest> { new(CibOperation.Delete, "/cib/status/node_state/transient_attributes", Options: CibOptions.XPath | CibOptions.Multiple) };
        if (status.Children.Count > 0) steps.Add(new(CibOperation.Modify, "status", status, CibOptions.CanCreate));
        Request(NodeStates.Together(steps), Internal.OfAttributes);
    }

    /// <summary>Ids as Pacemaker's attrd makes them up: <c>status-NODE</c>, <c>status-NODE-NAME</c>.</summary>
    private static void Pair(CibElement status, string node, AttributeChange change)
    {
        var state = status.Elements("node_state").FirstOrDefault(n => n.Id == node) ?? status.Add("node_state").Set("id", node);
        var transient = state.Element("transient_attributes") ?? state.Add("transient_attributes").Set("id", node);
        var setId = change.Set ?? "status-" + node;
        var set = transient.Elements("instance_attributes").FirstOrDefault(s => s.Id == setId) ?? transient.Add("instance_attributes").Set("id", setId);
        set.Add("nvpair").Set("id", Id($"{setId}-{change.Name}")).Set("name", change.Name).Set("value", change.Value);
    }

    /// <summary>What XML does not take in an id becomes a dot, as Pacemaker has it.</summary>
    private static string Id(string text)
    {
        var id = text.ToCharArray();
        for (var i = 0; i < id.Length; i++)
            if (!char.IsAsciiLetterOrDigit(id[i]) && id[i] is not '_' and not '-' and not '.' and not ':') id[i] = '.';
        return new(id);
    }
}
