using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Crm.Wire;
using Appliance.Messaging;

namespace Appliance.Crm.Attributes;

/// <summary>What attribute managers say to each other.</summary>
/// <param name="Kind"><c>want</c>: to the DC, do this. <c>is</c>: from the DC, this is so now. <c>mine</c>: to a new DC, this is what my node has, and nothing else. <c>all</c>: its answer, this is what there is, and nothing else. <c>gone</c>: from the DC, the hosts have nothing any more.</param>
public sealed record AttributeWord(string Kind, ImmutableArray<AttributeChange> Changes)
{
    /// <summary>Of <c>want</c>: a number by which who says it knows the answer. Of <c>is</c>: whose wish that was, <c>NODE NUMBER</c>; empty: nobody's. <c>null</c>: an older version says it.</summary>
    public string? Of { get; init; }

    /// <summary>Of whoever is to do it: the term in which it decides, as far as the sender knows (<see cref="Want"/>, <see cref="Mine"/>); null: an older version, or nobody asked.</summary>
    public long? Term { get; init; }

    public const string Type = "x_crm_attr", Want = "want", Is = "is", Mine = "mine", All = "all", Gone = "gone";

    /// <summary>Longer than that it goes in pieces.</summary>
    private const int MostInOne = 8 * 1024;

    public List<Message> ToMessages(string? to)
    {
        var text = new StringBuilder();
        foreach (var change in Changes)
        {
            if (text.Length > 0) text.Append(' ');
            text.Append(Escape(change.Name)).Append(',').Append(Escape(change.Host)).Append(',').Append(change.Value is null ? "" : "=" + Escape(change.Value)).Append(',').Append(Escape(change.Set ?? ""))
                .Append(',').Append(change.Dampening is { } span ? ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture) : "").Append(',').Append(change.IsPrivate ? "p" : "").Append(change.DampeningOnly ? "d" : "");
        }
        var term = Term?.ToString(CultureInfo.InvariantCulture);
        return text.Length <= MostInOne
            ? [Message.Of(Type, ("f", Kind), ("of", Of), ("term", term), ("set", text.ToString()), ("dest", to))]
            : LongMessage.Split(Type, [("f", Kind), ("of", Of), ("term", term)], [("dest", to)], Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <returns><c>null</c> for what makes no sense: a newer version's, or a damaged one.</returns>
    public static AttributeWord? Read(WholeMessage whole)
    {
        var message = whole.Head;
        if (message["f"] is not (Want or Is or Mine or All or Gone)) return null;
        var changes = ImmutableArray.CreateBuilder<AttributeChange>();
        foreach (var word in (whole.Body is { } body ? Encoding.UTF8.GetString(body) : message["set"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = word.Split(',');
            if (parts.Length != 6 || parts[0].Length == 0 && message["f"] != Gone || parts[1].Length == 0) return null;
            TimeSpan? dampening = null;
            if (parts[4].Length > 0)
            {
                if (!long.TryParse(parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var ms) || ms > int.MaxValue) return null;
                dampening = TimeSpan.FromMilliseconds(ms);
            }
            changes.Add(new(Unescape(parts[0]), Unescape(parts[1]), parts[2].Length == 0 ? null : Unescape(parts[2][1..]))
            {
                Set = parts[3].Length == 0 ? null : Unescape(parts[3]),
                Dampening = dampening,
                IsPrivate = parts[5].Contains('p', StringComparison.Ordinal),
                DampeningOnly = parts[5].Contains('d', StringComparison.Ordinal),
            });
        }
        return new(message["f"]!, changes.ToImmutable()) { Of = message["of"], Term = long.TryParse(message["term"], NumberStyles.None, CultureInfo.InvariantCulture, out var term) ? term : null };
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);
    private static string Unescape(string text) => Uri.UnescapeDataString(text);
}
