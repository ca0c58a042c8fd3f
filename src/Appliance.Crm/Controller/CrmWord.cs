using System.Globalization;
using Appliance.Cib;
using Appliance.Crm.Transition;
using Appliance.Crm.Wire;
using Appliance.Messaging;

namespace Appliance.Crm.Controller;

/// <summary>What CRMs' controllers say to each other: the DC's orders, and what becomes of them where the CIB does not tell.</summary>
public abstract record CrmWord
{
    private CrmWord() { }

    public const string Type = "x_crm";

    /// <summary>From the DC: do this operation of a resource.</summary>
    /// <param name="Action">The graph's <c>rsc_op</c>, with its <c>transition-key</c>.</param>
    public sealed record Do(CibElement Action) : CrmWord;

    /// <summary>To the DC: the result of an operation that goes into no history.</summary>
    public sealed record Result(OperationResult Of) : CrmWord;

    /// <summary>From the DC: forget a resource, which nobody has any more.</summary>
    /// <param name="Key">Answered by <see cref="Forgotten"/> with the same.</param>
    public sealed record Forget(string Resource, TransitionKey Key) : CrmWord;

    /// <summary>To the DC: it is forgotten, and the CIB has been told.</summary>
    public sealed record Forgotten(TransitionKey Key) : CrmWord;

    /// <summary>From the DC: the failure of a resource counts no longer, as time has passed.</summary>
    public sealed record Expired(string? Resource) : CrmWord;

    /// <summary>An administrator says that failures of a resource count no longer; null: of all. What failed is forgotten as a whole, and probed again: without its failure its history would say that it runs.</summary>
    /// <param name="Everything">That of what has not failed is forgotten too.</param>
    public sealed record Cleanup(string? Resource, string? Operation, long? IntervalMs, bool Everything) : CrmWord;

    /// <summary>An administrator says that a resource failed here.</summary>
    public sealed record Fail(string Resource) : CrmWord;

    /// <summary>From the DC: you may stop now.</summary>
    public sealed record MayStop : CrmWord;

    /// <summary>This life of a node is over: after it was there a device was told to cut the node off, and that is proven.</summary>
    public sealed record IsOff(string Node, string Life) : CrmWord;

    /// <summary>A node is none any more.</summary>
    public sealed record Remove(string Node) : CrmWord;

    /// <summary>In what state is your controller?</summary>
    /// <param name="Client">Answered by <see cref="StateIs"/> with the same.</param>
    public sealed record AskState(long Client) : CrmWord;

    /// <summary>The state of a controller, in Pacemaker's words.</summary>
    public sealed record StateIs(long Client, string State) : CrmWord;

    /// <param name="to">The node it is for; null: all.</param>
    public List<Message> ToMessages(string? to)
    {
        (string, string?)[] every = [("dest", to)];
        switch (this)
        {
            case Do word: return LongMessage.Split(Type, [("f", "do")], every, word.Action.ToUtf8());
            case Result word:
                var r = word.Of;
                return Short(("f", "result"), ("key", r.Key), ("id", r.NodeId), ("node", r.Node), ("tkey", r.TransitionKey), ("call", Number(r.CallId)), ("rc", Number(r.Rc)), ("status", Number((int)r.Status)));
            case Forget word: return Short(("f", "forget"), ("rsc", Escape(word.Resource)), ("tkey", word.Key.ToString()));
            case Forgotten word: return Short(("f", "forgotten"), ("tkey", word.Key.ToString()));
            case Cleanup word:
                return Short(("f", "cleanup"), ("rsc", word.Resource is null ? null : Escape(word.Resource)), ("op", word.Operation), ("ms", word.IntervalMs is { } ms ? Number(ms) : null), ("all", word.Everything ? "1" : "0"));
            case Expired word: return Short(("f", "expired"), ("rsc", word.Resource is null ? null : Escape(word.Resource)));
            case Fail word: return Short(("f", "fail"), ("rsc", Escape(word.Resource)));
            case MayStop: return Short(("f", "maystop"));
            case IsOff word: return Short(("f", "off"), ("node", word.Node), ("of", Escape(word.Life)));
            case Remove word: return Short(("f", "remove"), ("node", word.Node));
            case AskState word: return Short(("f", "state?"), ("client", Number(word.Client)));
            case StateIs word: return Short(("f", "state"), ("client", Number(word.Client)), ("is", word.State));
            default: throw new Core.InvariantViolation($"a word without a form: {GetType().Name}");
        }

        List<Message> Short(params (string, string?)[] fields) => [Message.Of(Type, [.. fields, .. every])];
    }

    /// <returns>Null for what makes no sense: a newer version's, or a damaged one.</returns>
    public static CrmWord? Read(WholeMessage message)
    {
        var head = message.Head;
        var key = TransitionKey.Parse(head["tkey"]);
        switch (head["f"])
        {
            case "do" when message.Body is { } body && CibElement.TryParse(body, Type, out var action, out _) && action!.Name == "rsc_op": return new Do(action);
            case "result" when head["id"] is { } id && Number(head["call"]) is { } call && Number(head["rc"]) is { } rc && Number(head["status"]) is { } status:
                return new Result(new(head["key"], id, head["node"], head["tkey"], (int)call, (int)rc, (ExecutionStatus)(int)status));
            case "forget" when head["rsc"] is { } resource && key is not null: return new Forget(Unescape(resource), key);
            case "forgotten" when key is not null: return new Forgotten(key);
            case "cleanup": return new Cleanup(head["rsc"] is { } of ? Unescape(of) : null, head["op"], Number(head["ms"]), head["all"] == "1");
            case "expired": return new Expired(head["rsc"] is { } old ? Unescape(old) : null);
            case "fail" when head["rsc"] is { } failed: return new Fail(Unescape(failed));
            case "maystop": return new MayStop();
            case "off" when head["node"] is { Length: > 0 } shot && head["of"] is { Length: > 0 } life: return new IsOff(shot, Unescape(life));
            case "remove" when head["node"] is { Length: > 0 } node: return new Remove(node);
            case "state?" when Number(head["client"]) is { } client: return new AskState(client);
            case "state" when Number(head["client"]) is { } client && head["is"] is { Length: > 0 } state: return new StateIs(client, state);
            default: return null;
        }
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
    private static long? Number(string? text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number is >= int.MinValue ? number : null;
    private static string Escape(string text) => Uri.EscapeDataString(text);
    private static string Unescape(string text) => Uri.UnescapeDataString(text);
}
