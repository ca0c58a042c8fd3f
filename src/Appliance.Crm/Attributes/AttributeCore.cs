using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core;
using Appliance.Crm.Wire;
using Appliance.Messaging;

namespace Appliance.Crm.Attributes;

/// <summary>What follows.</summary>
public abstract record AttributeEffect
{
    private AttributeEffect() { }

    public sealed record Send(Message Message) : AttributeEffect;

    /// <summary>The CIB's status must say this (the DC only): the attribute's value on every node that has one, and none on the others named.</summary>
    public sealed record Write(ImmutableArray<AttributeChange> Values) : AttributeEffect;

    /// <summary>The CIB's status must say this and nothing else of any node (this node decides from now on).</summary>
    public sealed record WriteAll(ImmutableArray<AttributeChange> Values) : AttributeEffect;

    /// <summary>The order with this ticket is carried out: this node's table has it, every other one will, and the CIB when its dampening is over.</summary>
    public sealed record Done(int Ticket) : AttributeEffect;
}

/// <summary>A node's attribute manager.</summary>
/// <remarks>
/// The DC puts all changes in one order: others hand theirs to it, and everybody's table changes when it says so. A change that is wanted while nobody decides waits. A new DC is told by each node that follows it what that
/// node has, so that nothing is lost with the old one, and tells it all it knows, so that nothing differs. Who accepts a DC says so before that one knows whether all do: what it is told early waits until it decides.
/// An order is carried out when this node's table has it: who asks then is told what was ordered. What a lost node had is forgotten: transient attributes last as long as the life of a node's CRM.
/// </remarks>
public sealed class AttributeCore(string localNode)
{
    private readonly SortedDictionary<string, Instant> _dampened = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, SortedSet<string>> _removed = new(StringComparer.Ordinal);      // since the last writing
    private readonly List<(int Ticket, AttributeChange Change)> _waiting = [];
    private readonly SortedDictionary<long, (int Ticket, AttributeChange Change)> _wanted = [];      // said to the one who decides, by number
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);       // who has told what it has since this node decides, or is lost
    private readonly Dictionary<string, HashSet<string>> _ordered = new(StringComparer.Ordinal);      // of whom has not: what was ordered, by name, of which it does not know
    private readonly LongMessages _pieces = new();
    private readonly List<(string Sender, AttributeWord Word)> _early = [];       // for the one who is about to decide
    private string? _dc;
    private long _number;
    private long _term, _own = long.MaxValue;       // the first term in which this node decided, if it has followed nobody since

    /// <summary>Words for a DC that this node is not yet.</summary>
    private const int MostEarly = 256;

    public AttributeTable Table { get; } = new();

    /// <summary>When a dampening is over.</summary>
    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Never;
            foreach (var at in _dampened.Values) next = Instant.Min(next, at);
            return next;
        }
    }

    private bool IsDc => _dc == localNode;

    /// <summary>Who decides now; <c>null</c>: nobody.</summary>
    /// <param name="term">Since when: a later one than all before. Where the same one goes on with it nothing is told anew: all that was told to it is with it.</param>
    public void Follow(string? dc, long term, Instant now, List<AttributeEffect> effects)
    {
        _term = term;
        if (_dc == dc) return;
        if (IsDc)
        {
            _dampened.Clear();
            _removed.Clear();
        }
        _told.Clear();
        _ordered.Clear();
        _dc = dc;
        if (dc is null) return;
        _own = IsDc ? Math.Min(_own, term) : long.MaxValue;
        if (IsDc) effects.Add(new AttributeEffect.WriteAll([.. Table.Of(null).FindAll(v => !v.IsPrivate)]));
        else Say(AttributeWord.Mine, Table.Of(localNode), dc, effects);
        Early(now, effects);
        // What the one before was asked for, and did not answer, may be known to nobody.
        (int, AttributeChange)[] open = [.. _wanted.Values, .. _waiting];
        _wanted.Clear();
        _waiting.Clear();
        foreach (var (ticket, change) in open) Carry(ticket, change, now, effects);
    }

    /// <summary>The one who decides lost sight of this node, which did not notice: what it has is told anew.</summary>
    public void TellAgain(List<AttributeEffect> effects)
    {
        if (_dc is null || IsDc) return;
        Say(AttributeWord.Mine, Table.Of(localNode), _dc, effects);
        foreach (var (number, (_, change)) in _wanted) Want(number, change, effects);
    }

    /// <summary>What came for this node before it decided, or, where another one does, for a time that is over.</summary>
    private void Early(Instant now, List<AttributeEffect> effects)
    {
        foreach (var (sender, word) in _early.ToArray())
        {
            if (word.Term > _term) continue;
            _early.Remove((sender, word));
            if (IsDc) Heard(sender, word, now, effects);
        }
    }

    /// <summary>Somebody's order on this node.</summary>
    /// <param name="ticket">Answered by <see cref="AttributeEffect.Done"/>.</param>
    public void Order(int ticket, AttributeChange change, Instant now, List<AttributeEffect> effects)
    {
        if (_dc is null) _waiting.Add((ticket, change));
        else Carry(ticket, change, now, effects);
    }

    /// <summary>A node's CRM is gone: what it had is no longer so.</summary>
    public void Lost(string node, List<AttributeEffect> effects)
    {
        _pieces.Forget(node);
        _early.RemoveAll(e => e.Sender == node);
        // While another node decides, that one says it, in its order.
        if (!IsDc && _dc is not null && _dc != node) return;
        HasTold(node);
        Table.Forget(node);
        if (IsDc) Say(AttributeWord.Gone, [new("", node, null)], null, effects);
    }

    /// <summary>What other attribute managers say.</summary>
    public void Heard(string sender, Message message, Instant now, List<AttributeEffect> effects)
    {
        if (message.Type != AttributeWord.Type || (message["dest"] ?? localNode) != localNode || _pieces.Take(sender, message) is not { } whole || AttributeWord.Read(whole) is not { } word) return;
        if (!IsDc && word.Kind is AttributeWord.Want or AttributeWord.Mine && (word.Term is { } term ? term > _term || _dc is null && term >= Math.Min(_own, _term) : _dc is null))
        {
            // This node is about to decide, or to go on with a later term.
            if (_early.Count < MostEarly) _early.Add((sender, word));
        }
        else Heard(sender, word, now, effects);
    }

    private void Heard(string sender, AttributeWord word, Instant now, List<AttributeEffect> effects)
    {
        switch (word.Kind)
        {
            case AttributeWord.Want or AttributeWord.Mine when IsDc: Decide(sender, word, now, effects); break;
            case AttributeWord.All when sender == _dc:
                Table.Clear();
                foreach (var change in word.Changes) Table.Apply(change);
                break;
            case AttributeWord.Is when sender == _dc:
                foreach (var change in word.Changes)
                {
                    Table.Apply(change);
                    Answered(word.Of, change, effects);
                }
                break;
            case AttributeWord.Gone when sender == _dc:
                foreach (var change in word.Changes)
                    if (change.Host != localNode) Table.Forget(change.Host);
                    else TellAgain(effects);        // it hears that, so it lives: what came late was of the life before (a proof of its end)
                break;
        }
    }

    /// <summary>Writes what has been gathered for long enough.</summary>
    public void Tick(Instant now, List<AttributeEffect> effects)
    {
        foreach (var (name, at) in _dampened.ToArray())
        {
            if (at > now) continue;
            _dampened.Remove(name);
            if (Table.Find(name) is { } attribute) Write(attribute, [], effects);
        }
    }

    private void Carry(int ticket, AttributeChange change, Instant now, List<AttributeEffect> effects)
    {
        if (IsDc)
        {
            Ordered(change);
            Decide(change, now, effects);
            effects.Add(new AttributeEffect.Done(ticket));
            return;
        }
        _wanted[++_number] = (ticket, change);
        Want(_number, change, effects);
    }

    /// <summary>What a node wants, or says of itself.</summary>
    private void Decide(string sender, AttributeWord word, Instant now, List<AttributeEffect> effects)
    {
        if (word.Kind == AttributeWord.Want)
        {
            foreach (var change in word.Changes)
            {
                if (change.Host != sender) Ordered(change);
                Decide(change, now, effects, $"{sender} {word.Of}");
            }
            return;
        }
        // What a node says of itself counts, and what it does not say is not so; but for what was ordered of it before it followed: that it does not know.
        var told = HasTold(sender) ?? new HashSet<string>(StringComparer.Ordinal);
        foreach (var change in word.Changes)
            if (told.Add(change.Name)) Decide(change with { Host = sender }, now, effects);
        foreach (var change in Table.Of(sender))
            if (!told.Contains(change.Name)) Decide(change with { Value = null }, now, effects);
        Say(AttributeWord.All, Table.Of(null), sender, effects);
    }

    /// <summary>An order for another node, which may not follow yet.</summary>
    private void Ordered(AttributeChange change)
    {
        if (change.Host == localNode || _told.Contains(change.Host)) return;
        if (!_ordered.TryGetValue(change.Host, out var names)) _ordered[change.Host] = names = new(StringComparer.Ordinal);
        names.Add(change.Name);
    }

    /// <summary>From here on a node knows of each order for it, or is gone.</summary>
    /// <returns>What was ordered of it before.</returns>
    private HashSet<string>? HasTold(string node)
    {
        _told.Add(node);
        return _ordered.Remove(node, out var names) ? names : null;
    }

    private void Want(long number, AttributeChange change, List<AttributeEffect> effects) => Say(AttributeWord.Want, [change], _dc, effects, number.ToString(CultureInfo.InvariantCulture));

    /// <summary>The one who decides says what became of a wish of this node; an older version does not say whose wish it was.</summary>
    private void Answered(string? of, AttributeChange decided, List<AttributeEffect> effects)
    {
        foreach (var (number, (ticket, change)) in _wanted)
        {
            if (change.Name != decided.Name || change.Host != decided.Host || of is not null && of != string.Create(CultureInfo.InvariantCulture, $"{localNode} {number}")) continue;
            _wanted.Remove(number);
            effects.Add(new AttributeEffect.Done(ticket));
            return;
        }
    }

    private void Decide(AttributeChange change, Instant now, List<AttributeEffect> effects, string of = "")
    {
        var known = Table.Find(change.Name);
        var before = known?.Values.GetValueOrDefault(change.Host);
        // Whose dampening is changed has waited long enough: or who changed it again and again would never have it written (2.1.5).
        if (known is not null && change.Dampening is { } other && other != known.Dampening && _dampened.Remove(change.Name)) Write(known, [], effects);
        var decided = change with { Value = AttributeChange.Expand(change.Value, before) };
        var changed = Table.Apply(decided);
        var attribute = Table.Find(change.Name)!;
        Say(AttributeWord.Is, [decided with { Set = attribute.Set, IsPrivate = attribute.IsPrivate, Dampening = attribute.Dampening }], null, effects, of);
        if (!changed) return;
        if (decided.Value is null && attribute.Dampening == TimeSpan.Zero) Write(attribute, [decided], effects);
        else Settle(attribute, now, effects, decided.Value is null ? decided : null);
    }

    /// <summary>Has it written, now or when its dampening is over; each change begins that anew.</summary>
    private void Settle(NodeAttribute attribute, Instant now, List<AttributeEffect> effects, AttributeChange? removed = null)
    {
        if (attribute.IsPrivate) return;
        if (attribute.Dampening > TimeSpan.Zero)
        {
            _dampened[attribute.Name] = now + attribute.Dampening;
            if (removed is not null) (_removed.TryGetValue(attribute.Name, out var hosts) ? hosts : _removed[attribute.Name] = []).Add(removed.Host);
        }
        else Write(attribute, removed is null ? [] : [removed], effects);
    }

    private void Write(NodeAttribute attribute, ImmutableArray<AttributeChange> removed, List<AttributeEffect> effects)
    {
        if (attribute.IsPrivate) return;
        var values = ImmutableArray.CreateBuilder<AttributeChange>();
        values.AddRange(removed);
        if (_removed.Remove(attribute.Name, out var hosts))
            foreach (var host in hosts)
                if (!attribute.Values.ContainsKey(host)) values.Add(new(attribute.Name, host, null) { Set = attribute.Set });
        foreach (var (host, value) in attribute.Values) values.Add(attribute.On(host, value));
        if (values.Count > 0) effects.Add(new AttributeEffect.Write(values.ToImmutable()));
    }

    private void Say(string kind, List<AttributeChange> changes, string? to, List<AttributeEffect> effects, string? of = null)
    {
        foreach (var message in new AttributeWord(kind, [.. changes]) { Of = of, Term = kind is AttributeWord.Want or AttributeWord.Mine ? _term : null }.ToMessages(to)) effects.Add(new AttributeEffect.Send(message));
    }
}
