using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Crm.Wire;
using Appliance.Messaging;

namespace Appliance.Crm.Store;

/// <summary>Stores' words as cluster messages of type <c>x_cib</c>, which only ours understand; what is too large for one goes in several, one after the other.</summary>
public static class CibWire
{
    public const string Type = "x_cib";

    /// <param name="to">The node it is for; null: all.</param>
    public static List<Message> Write(CibMessage message, string? to)
    {
        CibElement? body = null;
        (string, string?)[] fields;
        switch (message)
        {
            case CibMessage.Hello m:
                fields = [("f", "hello"), .. Standing(m.Standing), ("ver", m.Version.ToString()), ("dig", m.Digest), ("sdig", m.StoredDigest), ("known", string.Join(' ', m.Known))];
                break;
            case CibMessage.Fetch: fields = [("f", "fetch")]; break;
            case CibMessage.Offer m:
                (fields, body) = ([("f", "offer"), ("known", string.Join(' ', m.Known))], m.Document);
                break;
            case CibMessage.Base m:
                (fields, body) = ([("f", "base"), ("n", Text(m.Number)), .. Standing(m.Standing), ("dig", m.Digest), ("known", string.Join(' ', m.Known))], m.Document);
                break;
            case CibMessage.Patch m:
                (fields, body) = ([("f", "patch"), ("n", Text(m.Number)), .. Standing(m.Standing), ("cfg", m.Configuration ? "1" : "0")], m.Content);
                break;
            case CibMessage.Stored m: fields = [("f", "stored"), ("n", Text(m.Number))]; break;
            case CibMessage.Want: fields = [("f", "want")]; break;
            case CibMessage.Reach m: fields = [("f", "reach"), ("n", Text(m.Number))]; break;
            case CibMessage.Reached m: fields = [("f", "reached"), ("n", Text(m.Number))]; break;
            case CibMessage.Ask m:
                (fields, body) = ([("f", "ask"), ("id", Text(m.Id))], ToXml(m.Request));
                break;
            case CibMessage.Answer m:
                (fields, body) = ([("f", "answer"), ("id", Text(m.Id)), ("rc", Text((int)m.Error)), ("why", Uri.EscapeDataString(m.Problem))], m.Output);
                break;
            default: throw new InvariantViolation($"a store's message without a form: {message.GetType().Name}");
        }
        (string, string?)[] every = [("term", Text(message.Term)), ("dest", to)];
        return body is null ? [Message.Of(Type, [.. fields, .. every])] : LongMessage.Split(Type, fields, every, body.ToUtf8());
    }

    /// <param name="message">The whole one, or the first of its pieces.</param>
    /// <param name="xml">What all its pieces say; null: there were none.</param>
    /// <returns>Null for what makes no sense: a newer version's, or a damaged one.</returns>
    internal static CibMessage? Read(Message message, byte[]? xml)
    {
        CibElement? body = null;
        if (xml is not null && !CibElement.TryParse(xml, Type, out body, out _)) return null;
        if (Number(message["term"]) is not { } term) return null;
        var number = Number(message["n"]);
        var id = Number(message["id"]);
        // A DC of a version before this one says with no document what it is worth, and changes none alone: its own term is what it means.
        var standing = Standing(message) ?? (message["of"] is null && message["f"] != "hello" ? new CibStanding(term) : null);
        switch (message["f"])
        {
            case "hello" when standing is { } of && Version(message["ver"]) is { } version && message["dig"] is { } digest && message["sdig"] is { } stored:
                return new CibMessage.Hello(term, of, version, digest, stored, Words(message["known"]));
            case "fetch": return new CibMessage.Fetch(term);
            case "offer" when body is not null: return new CibMessage.Offer(term, body, Words(message["known"]));
            case "base" when number is not null && standing is { } of && message["dig"] is { } digest: return new CibMessage.Base(term, number.Value, of, digest, body, Words(message["known"]));
            case "patch" when number is not null && standing is { } of && body is not null: return new CibMessage.Patch(term, number.Value, of, body, message["cfg"] == "1");
            case "stored" when number is not null: return new CibMessage.Stored(term, number.Value);
            case "want": return new CibMessage.Want(term);
            case "reach" when number is not null: return new CibMessage.Reach(term, number.Value);
            case "reached" when number is not null: return new CibMessage.Reached(term, number.Value);
            case "ask" when id is not null && body is not null && Request(body) is { } request: return new CibMessage.Ask(term, id.Value, request);
            case "answer" when id is not null && Number(message["rc"]) is { } error and <= int.MaxValue:
                return new CibMessage.Answer(term, id.Value, (CibError)(int)error, body, Uri.UnescapeDataString(message["why"] ?? ""));
            default: return null;
        }
    }

    private static CibElement ToXml(CibRequest request)
    {
        var xml = new CibElement("request").Set("op", OperationName(request.Operation)).Set("section", request.Section).Set("options", Text((int)request.Options))
            .Set("user", request.User).Set("client", request.Client).Set("origin", request.Origin).Set("limit", request.SchemaLimit).Set("digest", request.Digest);
        if (request.Input is not null) xml.Add("input").Add(request.Input.Clone());
        foreach (var group in request.Groups) xml.Add("group").Set("name", group);
        foreach (var step in request.Steps) xml.Add(ToXml(step));
        return xml;
    }

    private static CibRequest? Request(CibElement xml)
    {
        if (xml.Name != "request" || Operation(xml["op"]) is not { } operation || Number(xml["options"]) is not { } options) return null;
        var groups = new List<string>();
        var steps = new List<CibRequest>();
        CibElement? input = null;
        foreach (var child in xml.Children)
            switch (child.Name)
            {
                case "input" when child.Children is [var only]: input = only.Clone(); break;
                case "group" when child["name"] is { } name: groups.Add(name); break;
                case "request" when Request(child) is { } step: steps.Add(step); break;
                default: return null;
            }
        return new(operation, xml["section"], input, (CibOptions)(int)options)
        {
            User = xml["user"], Groups = groups, Client = xml["client"], Origin = xml["origin"], SchemaLimit = xml["limit"], Digest = xml["digest"], Steps = steps,
        };
    }

    /// <summary>As Pacemaker calls them (<c>cib_op</c>).</summary>
    public static string OperationName(CibOperation operation) => operation switch
    {
        CibOperation.Query => "cib_query",
        CibOperation.Create => "cib_create",
        CibOperation.Modify => "cib_modify",
        CibOperation.Replace => "cib_replace",
        CibOperation.Delete => "cib_delete",
        CibOperation.Erase => "cib_erase",
        CibOperation.Bump => "cib_bump",
        CibOperation.Upgrade => "cib_upgrade",
        CibOperation.ApplyPatch => "cib_apply_diff",
        _ => "cib_commit_transact",
    };

    /// <summary>By Pacemaker's name; null for one that is not known.</summary>
    public static CibOperation? Operation(string? name) => name switch
    {
        "cib_query" => CibOperation.Query,
        "cib_create" => CibOperation.Create,
        "cib_modify" => CibOperation.Modify,
        "cib_replace" => CibOperation.Replace,
        "cib_delete" => CibOperation.Delete,
        "cib_erase" => CibOperation.Erase,
        "cib_bump" => CibOperation.Bump,
        "cib_upgrade" => CibOperation.Upgrade,
        "cib_apply_diff" => CibOperation.ApplyPatch,
        "cib_commit_transact" => CibOperation.Commit,
        _ => null,
    };

    /// <summary>The term as every version has said it, and beside it since when the document was changed alone.</summary>
    private static (string, string?)[] Standing(CibStanding standing) =>
        [("of", Text(standing.Term)), ("alone", standing.IsAlone ? string.Create(CultureInfo.InvariantCulture, $"{standing.Since.AdminEpoch}.{standing.Since.Epoch}") : null)];

    private static CibStanding? Standing(Message message) => CibStanding.Read(message["alone"] is { } since ? $"{message["of"]}-{since}" : message["of"]);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
    private static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
    private static string[] Words(string? text) => (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static CibVersion? Version(string? text) =>
        text?.Split('.') is [var admin, var epoch, var updates] && Number(admin) is { } a and <= int.MaxValue && Number(epoch) is { } e and <= int.MaxValue && Number(updates) is { } u and <= int.MaxValue
            ? new((int)a, (int)e, (int)u) : null;
}

/// <summary>Puts stores' words together that came in pieces.</summary>
public sealed class CibAssembly
{
    private readonly LongMessages _messages = new();

    /// <summary>Takes a message of type <see cref="CibWire.Type"/>.</summary>
    /// <returns>The whole one, if this was its last piece; null otherwise, and for what makes no sense.</returns>
    public CibMessage? Take(string from, Message message) => _messages.Take(from, message, "term") is { } whole ? CibWire.Read(whole.Head, whole.Body) : null;

    /// <inheritdoc cref="LongMessages.Forget"/>
    public void Forget(string node) => _messages.Forget(node);
}

/// <summary>Holds messages back so that a large document does not flood what carries it: messaging repeats only its last 500 messages to who missed one.</summary>
public sealed class CibOutbox
{
    private const int AtOnce = 8;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly Queue<Message> _waiting = new();
    private Instant _from = new(long.MinValue);
    private int _left = AtOnce;

    public Instant NextDeadline => _waiting.Count == 0 ? Instant.Never : _from;

    public void Add(List<Message> messages)
    {
        foreach (var message in messages) _waiting.Enqueue(message);
    }

    /// <summary>What may go out now, in its order.</summary>
    public List<Message> Take(Instant now)
    {
        var batch = new List<Message>();
        while (_waiting.Count > 0)
        {
            if (_left == 0)
            {
                if (now < _from) break;
                _left = AtOnce;
            }
            batch.Add(_waiting.Dequeue());
            if (--_left == 0) _from = now + Pause;
        }
        if (_waiting.Count == 0 && now >= _from) _left = AtOnce;
        return batch;
    }
}
