using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Diagnostics;

namespace Appliance.Crm.Store;

/// <summary>A node's CIB service: answers its clients, follows the DC, and is the writer while this node is DC.</summary>
/// <remarks>
/// Pure: told of members, messages, disks and time, it says what is to be done (<see cref="Effects"/>). Queries are answered from this node's copy; everything else is the DC's. A client whose request
/// went to a DC that is gone is told that its outcome is not known; one whose request has not gone anywhere waits for the next DC.
/// </remarks>
public sealed class CibService
{
    /// <summary>Messages of a DC that this node was not told of yet.</summary>
    private const int MostEarly = 256;

    /// <summary>How long after a document that came damaged it is asked for again.</summary>
    private static readonly TimeSpan WantAgainAfter = TimeSpan.FromSeconds(5);

    private sealed record Client(long Id, CibRequest Request, Instant Deadline)
    {
        /// <summary>Whether somebody may have done it already.</summary>
        public bool IsAsked { get; set; }

        /// <summary>It is what the DC alone has to say.</summary>
        public bool IsOfDc { get; init; }
    }

    private readonly string _self;
    private readonly List<CibEffect> _effects = [];
    private readonly List<Client> _clients = [];
    private readonly List<(string From, CibMessage Message)> _early = [];
    private string? _dc;
    private Instant _wantAt = Instant.Never;
    private CibWriter? _writer;
    private bool _quorate = true;
    private long _heard;            // the latest term that is on this node's disk
    private bool _greets;           // the DC has been told, or may be, what is here
    private long _reach = -1;       // up to which number the DC wants to know that it is here; -1: it does not

    /// <param name="document">What was on the disk; null: nothing.</param>
    /// <param name="standing">Its <see cref="CibStanding"/>.</param>
    public CibService(string self, CibElement? document, CibStanding standing, IReadOnlyList<string> known) => (_self, Replica) = (self, new(document, standing, known, _effects));

    /// <summary>The latest term that is on this node's disk, as heard of or of a document.</summary>
    public long HeardTerm { init => _heard = value; }

    /// <summary>Whether these nodes alone might act for the cluster.</summary>
    public Predicate<ICollection<string>> Suffices { get; init; } = _ => true;

    public CibReplica Replica { get; }

    /// <summary>Whether this node's copy is the cluster's, and at the DC: whether everybody's is.</summary>
    public bool IsSynchronised => _writer?.IsReady ?? Replica.IsBased;

    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Min(Instant.Min(Replica.NextDeadline, _writer?.NextDeadline ?? Instant.Never), _wantAt);
            foreach (var client in _clients) next = Instant.Min(next, client.Deadline);
            return next;
        }
    }

    /// <summary>What is to be done since the last call.</summary>
    public List<CibEffect> Effects()
    {
        List<CibEffect> effects = [.. _effects];
        _effects.Clear();
        return effects;
    }

    /// <summary>Who the members are and who of them is DC, since when.</summary>
    /// <param name="term">Higher than every term before it; the same as long as the DC stays.</param>
    /// <param name="dc">Null: nobody, now.</param>
    public void SetMembers(long term, string? dc, IReadOnlyList<string> members, Instant now, CibMoment moment)
    {
        if (term != Replica.Term || dc != _dc) Enter(term, dc);
        _writer?.SetMembers(members, now, moment);
        foreach (var (from, message) in _early.ToArray())
        {
            if (message.Term > term || dc is null) continue;
            _early.Remove((from, message));
            Received(from, message, now, moment);
        }
    }

    /// <summary>Whether these members may act for the cluster; counts where this node is DC.</summary>
    public void Quorate(bool quorate)
    {
        _quorate = quorate;
        if (_writer is not null) _writer.IsQuorate = quorate;
    }

    /// <summary>Asks members when they have all that was changed until now (at the DC); <see cref="HasReached"/> tells.</summary>
    public void AskReached(IReadOnlyList<string> members)
    {
        if (_writer is null) return;
        foreach (var member in members) _effects.Add(new CibEffect.Send(member, new CibMessage.Reach(Replica.Term, Replica.Number)));
    }

    /// <summary>Whether a member said that it has all up to this number.</summary>
    public bool HasReached(string member, long number) => _writer?.HasReached(member, number) == true;

    /// <summary>A client of this node asks.</summary>
    /// <param name="client">A number of its own for each request.</param>
    /// <param name="ofDc">It is what the DC alone has to say, as this node sees it while it decides: it is not handed to another one. What a DC that was cut off made of what it heard late is not the next one's word.</param>
    public void Request(long client, CibRequest request, Instant deadline, Instant now, CibMoment moment, bool ofDc = false)
    {
        if (!request.Writes)
        {
            var outcome = CibRequests.Perform(Replica.Document, request, moment);
            _effects.Add(new CibEffect.Reply(client, outcome.Error, outcome.Output, outcome.Problem));
            return;
        }
        var waiting = new Client(client, request with { Origin = request.Origin ?? _self }, deadline) { IsOfDc = ofDc };
        _clients.Add(waiting);
        Pass(waiting, now, moment);
    }

    public void Received(string from, CibMessage message, Instant now, CibMoment moment)
    {
        if (message.Term > Replica.Term || _dc is null && message.Term == Replica.Term || message is CibMessage.Ask && message.Term == Replica.Term && _writer?.Has(from) == false)
        {
            // Its sender knows of a DC that we are told of next. Or it has left, and does not know: others may act without us, and what it asked for would be done for us alone.
            if (_early.Count < MostEarly) _early.Add((from, message));
            return;
        }
        if (message.Term < Replica.Term || from == _self) return;
        if (_writer is not null)
            switch (message)
            {
                case CibMessage.Hello hello: _writer.Received(from, hello, now, moment); break;
                case CibMessage.Offer offer: _writer.Received(from, offer, now, moment); break;
                case CibMessage.Stored stored: _writer.Received(from, stored); break;
                case CibMessage.Reached reached: _writer.Received(from, reached); break;
                case CibMessage.Want want: _writer.Received(from, want); break;
                case CibMessage.Ask ask: _writer.Request(new(from, ask.Id), ask.Request, now, moment); break;
            }
        else if (from == _dc)
        {
            Told(message, now);
            TellReached();
        }
    }

    /// <summary>The disk is done with what it was given.</summary>
    /// <param name="error">Why it could not store it; null: it is stored.</param>
    public void Written(long ticket, string? error, Instant now)
    {
        if (!Replica.Written(ticket, error, now)) return;
        if (_writer is not null) _writer.StoredHere();
        else if (_dc is not null) _effects.Add(new CibEffect.Send(_dc, new CibMessage.Stored(Replica.Term, Replica.StoredNumber)));
    }

    /// <summary>The disk is done with a term. Only now the DC hears what is here, without which it changes nothing: no document is of a term that those who come back without it would begin anew.</summary>
    /// <param name="error">Why it could not store it; null: it is stored. A node whose disk fails is a member all the same, and nothing counts as stored there.</param>
    public void TermWritten(long term, string? error)
    {
        if (error is null) _heard = Math.Max(_heard, term);
        else _effects.Add(new CibEffect.Log(LogPriority.Error, $"That this node follows in term {term} cannot be stored: {error}"));
        if (term == Replica.Term && _dc is not null && _writer is null) Greet();
    }

    private void Greet()
    {
        _greets = true;
        _effects.Add(new CibEffect.Send(_dc, Replica.Hello));
    }

    /// <summary>Time has passed; harmless when called early or late.</summary>
    public void Tick(Instant now, CibMoment moment)
    {
        Replica.Tick(now);
        if (_writer?.NextDeadline <= now) _writer.Tick(now, moment);
        if (now >= _wantAt)
        {
            _wantAt = Instant.Never;
            if (_dc is not null && _writer is null && !Replica.IsBased) Want("what came last was damaged");
        }
        foreach (var client in _clients.FindAll(c => c.Deadline <= now))
        {
            _clients.Remove(client);
            _effects.Add(new CibEffect.Reply(client.Id, CibError.TimedOut, null, client.IsAsked ? "no answer in time; the change may have been made" : "there was no DC in time"));
        }
    }

    private void Enter(long term, string? dc)
    {
        _writer?.StepDown();
        // Whoever was asked may have done it, and nobody says so any more.
        foreach (var client in _clients.FindAll(c => c.IsAsked && !IsQueued(c) || c.IsOfDc && dc != _self))
        {
            _clients.Remove(client);
            _effects.Add(new CibEffect.Reply(client.Id, CibError.NotKnown, null, "the DC changed before it answered"));
        }
        foreach (var client in _clients) client.IsAsked = false;
        (_dc, _reach) = (dc, -1);
        Replica.Enter(term);
        _writer = dc == _self ? new(_self, Replica, _effects, Answered) { IsQuorate = _quorate, Suffices = Suffices } : null;
        _greets = false;
        if (dc is not null && _writer is null)
        {
            if (term <= _heard) Greet();
            else _effects.Add(new CibEffect.WriteTerm(term));
        }
        // The moment of a queued request is the one in which the writer comes to it.
        foreach (var client in _clients) Pass(client, default, null);
    }

    private bool IsQueued(Client client)
    {
        foreach (var (route, _) in _writer?.Queue ?? [])
            if (route.Node is null && route.Id == client.Id) return true;
        return false;
    }

    private void Pass(Client client, Instant now, CibMoment? moment)
    {
        if (_dc is null) return;
        client.IsAsked = true;
        if (_writer is null) _effects.Add(new CibEffect.Send(_dc, new CibMessage.Ask(Replica.Term, client.Id, client.Request)));
        else _writer.Request(new(null, client.Id), client.Request, now, moment!);
    }

    private void Told(CibMessage message, Instant now)
    {
        switch (message)
        {
            case CibMessage.Fetch:
                _effects.Add(new CibEffect.Send(_dc, new CibMessage.Offer(Replica.Term, Replica.Document, [.. Replica.Known])));
                break;
            case CibMessage.Want:
                if (_greets) Greet();
                break;
            case CibMessage.Base whole when Replica.Rebase(whole, now):
                _wantAt = Instant.Never;
                break;
            case CibMessage.Base { Document: null }:
                Want("the document the DC means is not the one that is here");
                break;
            case CibMessage.Base:
                // Asked for again at once it would come again, as it is.
                _wantAt = now + WantAgainAfter;
                _effects.Add(new CibEffect.Log(LogPriority.Error, $"The CIB that {_dc} sent does not have the digest that it says; it is not used."));
                break;
            case CibMessage.Patch patch:
                if (!Replica.Apply(patch, now)) Want($"patch {patch.Number} does not fit the document {CibVersion.Of(Replica.Document)}");
                break;
            case CibMessage.Reach reach:
                _reach = Math.Max(_reach, reach.Number);
                if (Replica.IsBased && Replica.Number < _reach) Want($"patches up to {_reach} were sent, and up to {Replica.Number} are here");
                break;
            case CibMessage.Answer answer:
                Answered(new(null, answer.Id), answer.Error, answer.Output, answer.Problem);
                break;
        }
    }

    private void TellReached()
    {
        if (_reach < 0 || !Replica.IsBased || Replica.Number < _reach) return;
        _reach = -1;
        _effects.Add(new CibEffect.Send(_dc, new CibMessage.Reached(Replica.Term, Replica.Number)));
    }

    private void Want(string why)
    {
        _effects.Add(new CibEffect.Log(LogPriority.Info, $"The whole CIB is asked of the DC: {why}."));
        _effects.Add(new CibEffect.Send(_dc, new CibMessage.Want(Replica.Term)));
    }

    /// <summary>To the client, if it still waits; to the node it is at otherwise.</summary>
    private void Answered(CibRoute route, CibError error, CibElement? output, string problem)
    {
        if (route.Node is { } node) _effects.Add(new CibEffect.Send(node, new CibMessage.Answer(Replica.Term, route.Id, error, output, problem)));
        else if (_clients.Find(c => c.Id == route.Id) is { } client)
        {
            _clients.Remove(client);
            _effects.Add(new CibEffect.Reply(client.Id, error, output, problem));
        }
    }
}
