using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Appliance.Cib;

namespace Appliance.Control;

/// <summary>What nearly every tool asks and is answered, written and read by hand: the serializer's description of all types costs a process that has just begun more than its whole request.</summary>
/// <remarks>The lines are those of <see cref="CommandProtocol"/>; what is not known here is left to the serializer.</remarks>
internal static class ShortProtocol
{
    /// <summary>One line, its end included; <c>null</c>: it has parts that are not known here.</summary>
    public static byte[]? Write(ControlRequest request)
    {
        if (request.Fencing is not null || request.Crm is { } asked && !IsShort(asked)) return null;
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }))
        {
            json.WriteStartObject();
            Text(json, "do", request.Do);
            Text(json, "name", request.Name);
            Text(json, "node", request.Node);
            Text(json, "key", request.Key);
            Number(json, "timeoutMs", request.TimeoutMs);
            if (request.Crm is { } crm) Write(json, crm);
            json.WriteEndObject();
        }
        bytes.Write("\n"u8);
        return bytes.WrittenSpan.ToArray();
    }

    private static bool IsShort(CrmRequest asked) => asked is { Attributes: null, Groups: null, Steps: null };

    private static void Write(Utf8JsonWriter json, CrmRequest asked)
    {
        json.WriteStartObject("crm");
        Text(json, "ask", asked.Ask);
        Text(json, "operation", asked.Operation);
        Text(json, "section", asked.Section);
        Text(json, "input", asked.Input?.Root.ToString(CibFormat.WithText));
        Number(json, "options", asked.Options);
        Text(json, "schemaLimit", asked.SchemaLimit);
        Text(json, "user", asked.User);
        Text(json, "client", asked.Client);
        Number(json, "withinMs", asked.WithinMs);
        Text(json, "version", asked.Version);
        Text(json, "name", asked.Name);
        Text(json, "host", asked.Host);
        Text(json, "resource", asked.Resource);
        Text(json, "action", asked.Action);
        Number(json, "intervalMs", asked.IntervalMs);
        if (asked.Everything) json.WriteBoolean("everything", true);
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null) json.WriteString(name, value);
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number) json.WriteNumber(name, number);
    }

    /// <returns><c>null</c>: it says something that is not known here, or is none.</returns>
    public static ControlAnswer? ReadAnswer(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            var answer = new ControlAnswer(false);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var name = json.GetString();
                if (!json.Read()) return null;
                switch (name, json.TokenType)
                {
                    case ("ok", JsonTokenType.True): answer = answer with { Ok = true }; break;
                    case ("ok", JsonTokenType.False): break;
                    case ("error", JsonTokenType.String): answer = answer with { Error = json.GetString() }; break;
                    case ("text", JsonTokenType.String): answer = answer with { Text = json.GetString() }; break;
                    case ("crm", JsonTokenType.StartObject) when ReadReply(ref json) is { } reply: answer = answer with { Crm = reply }; break;
                    default: return null;
                }
            }
            return json.TokenType == JsonTokenType.EndObject ? answer : null;
        }
        catch (JsonException)
        {
            return null;        // the serializer finds the same, and says what
        }
    }

    private static CrmReply? ReadReply(ref Utf8JsonReader json)
    {
        var reply = new CrmReply(0);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString();
            if (!json.Read()) return null;
            switch (name, json.TokenType)
            {
                case ("error", JsonTokenType.Number) when json.TryGetInt32(out var error): reply = reply with { Error = error }; break;
                case ("problem", JsonTokenType.String): reply = reply with { Problem = json.GetString() }; break;
                case ("version", JsonTokenType.String): reply = reply with { Version = json.GetString() }; break;
                case ("output", JsonTokenType.String) when CibElement.TryParse(json.GetString() ?? "", "request", out var root, out _): reply = reply with { Output = new(root!) }; break;
                default: return null;
            }
        }
        return reply;
    }
}
