using System.Collections.Immutable;
using System.Globalization;
using Appliance.Messaging;
using Appliance.Stonith.Fencer;

namespace Appliance.Stonith.Cluster;

/// <summary>Fencers' messages as cluster messages of type <c>x_fence</c>, which only ours understand. Texts are percent-encoded, times are milliseconds.</summary>
public static class FencerWire
{
    public const string Type = "x_fence";

    /// <param name="to">The node it is for; <c>null</c>: all.</param>
    public static Message Write(FencerMessage message, string? to)
    {
        (string, string?)[] fields = message switch
        {
            FencerMessage.Query m => [("f", "query"), ("id", m.OrderId), ("node", m.Target), ("do", Word(m.Action)), ("ms", Ms(m.Timeout))],
            FencerMessage.Offers m => [("f", "offers"), ("id", m.OrderId), ("have", string.Join(' ', m.Devices.Select(Write)))],
            FencerMessage.Execute m =>
                [("f", "execute"), ("id", m.OrderId), ("step", Number(m.Step)), ("dev", Escape(m.Device)), ("do", Word(m.Action)), ("node", m.Target), ("ms", Ms(m.Timeout)), ("delay", Ms(m.Delay))],
            FencerMessage.Executed m => [("f", "executed"), ("id", m.OrderId), ("step", Number(m.Step)), ("as", m.Kind.ToString()), ("why", Escape(m.Sentence))],
            FencerMessage.StandIn { Order: var m } => [("f", "standin"), ("id", m.Id), ("node", m.Target), ("do", Word(m.Action)), ("ms", Ms(m.Timeout)), ("by", Escape(m.Client)), ("delay", Ms(m.Delay))],
            FencerMessage.Told m => [("f", "told"), ("rec", Write(m.Record))],
            FencerMessage.Known m => [("f", "known"), ("rec", string.Join(' ', m.Records.Take(MostAtOnce).Select(Write)))],
            FencerMessage.Cleaned m => [("f", "cleaned"), ("node", m.Target)],
            _ => throw new Core.InvariantViolation($"a fencer's message without a form: {message.GetType().Name}"),
        };
        return Message.Of(Type, [.. fields, ("dest", to)]);
    }

    /// <summary>A whole history must fit a message; the newest entries matter.</summary>
    private const int MostAtOnce = 40;

    /// <summary><c>null</c> for what makes no sense: a newer version's, or a damaged one.</summary>
    public static FencerMessage? Read(Message message)
    {
        var id = message["id"] ?? "";
        switch (message["f"])
        {
            case "query" when Action(message["do"]) is { } action && Span(message["ms"]) is { } time: return new FencerMessage.Query(id, message["node"] ?? "", action, time);
            case "offers":
                var offers = (message["have"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ReadOffer).ToList();
                return offers.Contains(null) ? null : new FencerMessage.Offers(id, [.. offers!]);
            case "execute" when Action(message["do"]) is { } action && Span(message["ms"]) is { } time && Span(message["delay"]) is { } delay && Int(message["step"]) is { } step:
                return new FencerMessage.Execute(id, step, Unescape(message["dev"]), action, message["node"] ?? "", time, delay);
            case "executed" when Int(message["step"]) is { } step && Enum.TryParse<VerdictKind>(message["as"], out var kind) && Enum.IsDefined(kind):
                return new FencerMessage.Executed(id, step, kind, Unescape(message["why"]));
            case "standin" when Action(message["do"]) is { } action && Span(message["ms"]) is { } time && Span(message["delay"]) is { } delay:
                return new FencerMessage.StandIn(new(id, message["node"] ?? "", action, time, Unescape(message["by"])) { Delay = delay });
            case "told" when ReadRecord(message["rec"] ?? "") is { } record: return new FencerMessage.Told(record);
            case "known": return new FencerMessage.Known([.. (message["rec"] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(ReadRecord).OfType<FencingRecord>()]);
            case "cleaned": return new FencerMessage.Cleaned(message["node"]);
            default: return null;
        }
    }

    /// <summary>Ten words between commas.</summary>
    public static string Write(FencingRecord record) => string.Join(',',
        Escape(record.Id), Escape(record.Target), Word(record.Action), Escape(record.Origin), Escape(record.Client), Escape(record.Delegate ?? ""), record.State.ToString(),
        record.Completed?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture) ?? "", Escape(record.Reason), "1");

    /// <summary><c>null</c> for what does not read.</summary>
    public static FencingRecord? ReadRecord(string text)
    {
        var words = text.Split(',');
        if (words.Length < 10 || Action(words[2]) is not { } action || !Enum.TryParse<FencingState>(words[6], out var state) || !Enum.IsDefined(state)) return null;
        DateTimeOffset? completed = null;
        if (words[7].Length > 0)
        {
            // The range DateTimeOffset takes.
            if (!long.TryParse(words[7], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ms) || ms is < -62135596800000 or > 253402300799999) return null;
            completed = DateTimeOffset.FromUnixTimeMilliseconds(ms);
        }
        var by = Unescape(words[5]);
        return new(Unescape(words[0]), Unescape(words[1]), action, Unescape(words[3]), Unescape(words[4]), by.Length > 0 ? by : null, state, completed, Unescape(words[8]));
    }

    private static string Write(DeviceOffer offer) => $"{Escape(offer.Device)},{Ms(offer.Time)},{(offer.Verified ? 1 : 0)},{(offer.Automatic ? 1 : 0)}";

    private static DeviceOffer? ReadOffer(string text) =>
        text.Split(',') is [var device, var ms, var verified, var automatic, ..] && Span(ms) is { } time ? new(Unescape(device), time, verified == "1", automatic == "1") : null;

    private static string Word(FenceAction action) => action.ToString().ToLowerInvariant();
    private static FenceAction? Action(string? word) => Enum.TryParse<FenceAction>(word, true, out var action) && Enum.IsDefined(action) ? action : null;
    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
    private static string Ms(TimeSpan span) => ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
    private static int? Int(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    private static TimeSpan? Span(string? text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var ms) && ms is > -1_000_000_000 and < 1_000_000_000 ? TimeSpan.FromMilliseconds(ms) : null;
    private static string Escape(string text) => Uri.EscapeDataString(text);
    private static string Unescape(string? text) => Uri.UnescapeDataString(text ?? "");
}
