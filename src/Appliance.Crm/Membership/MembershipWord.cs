using System.Collections.Immutable;
using System.Globalization;
using Appliance.Messaging;

namespace Appliance.Crm.Membership;

/// <summary>What CRMs say to each other about who is there and who decides.</summary>
public abstract record MembershipWord
{
    private MembershipWord() { }

    /// <summary>I am here, this is whom I see.</summary>
    /// <param name="View"><see cref="Member.Key"/> of everybody seen, the sender among them, in ordinal order.</param>
    /// <param name="Term">The highest term heard of.</param>
    /// <param name="Dc">Whom it follows (itself, when it decides); <c>null</c>: nobody.</param>
    public sealed record Hello(Member Self, ImmutableArray<string> View, long Term, string? Dc) : MembershipWord;

    /// <summary>I decide, from this term on, for this view.</summary>
    public sealed record Offer(long Term, ImmutableArray<string> View) : MembershipWord;

    /// <summary>I follow whoever offered this term.</summary>
    public sealed record Accept(long Term) : MembershipWord;

    /// <summary>I go, and nothing of mine runs.</summary>
    public sealed record Leave(string Life) : MembershipWord;

    public const string Type = "x_crm_member";

    /// <param name="to">The node it is for; <c>null</c>: all.</param>
    public Message ToMessage(string? to) => this switch
    {
        Hello m => Message.Of(Type, ("f", "hello"), ("life", m.Self.Life), ("features", m.Self.FeatureSet), ("since", Number(m.Self.Since)), ("view", string.Join(' ', m.View)), ("term", Number(m.Term)), ("dc", m.Dc), ("dest", to)),
        Offer m => Message.Of(Type, ("f", "offer"), ("term", Number(m.Term)), ("view", string.Join(' ', m.View)), ("dest", to)),
        Accept m => Message.Of(Type, ("f", "accept"), ("term", Number(m.Term)), ("dest", to)),
        Leave m => Message.Of(Type, ("f", "leave"), ("life", m.Life), ("dest", to)),
        _ => throw new Core.InvariantViolation($"a word without a form: {GetType().Name}"),
    };

    /// <returns><c>null</c> for what makes no sense: a newer version's, or a damaged one.</returns>
    public static MembershipWord? Read(string sender, Message message)
    {
        var view = (message["view"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return message["f"] switch
        {
            "hello" when message["life"] is { Length: > 0 } life && message["features"] is { Length: > 0 } features && Number(message["since"]) is { } since && Number(message["term"]) is { } term =>
                new Hello(new(sender, life, features, since), [.. view], term, message["dc"]),
            "offer" when Number(message["term"]) is { } term => new Offer(term, [.. view]),
            "accept" when Number(message["term"]) is { } term => new Accept(term),
            "leave" when message["life"] is { Length: > 0 } life => new Leave(life),
            _ => null,
        };
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;
}
