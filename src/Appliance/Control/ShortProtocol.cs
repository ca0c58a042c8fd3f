using System.Globalization;
using System.Text;
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
        var line = new StringBuilder(256);
        line.Append('{');
        Text(line, "do", request.Do);
        Text(line, "name", request.Name);
        Text(line, "node", request.Node);
        Text(line, "key", request.Key);
        Number(line, "timeoutMs", request.TimeoutMs);
        if (request.Crm is { } crm) Write(line, crm);
        return Encoding.UTF8.GetBytes(line.Append("}\n").ToString());
    }

    private static bool IsShort(CrmRequest asked) => asked is { Attributes: null, Groups: null, Steps: null };

    private static void Write(StringBuilder line, CrmRequest asked)
    {
        Name(line, "crm");
        line.Append('{');
        Text(line, "ask", asked.Ask);
        Text(line, "operation", asked.Operation);
        Text(line, "section", asked.Section);
        Text(line, "input", asked.Input?.Root.ToString(CibFormat.WithText));
        if (asked.Options != 0) Number(line, "options", asked.Options);
        Text(line, "schemaLimit", asked.SchemaLimit);
        Text(line, "user", asked.User);
        Text(line, "client", asked.Client);
        Number(line, "withinMs", asked.WithinMs);
        Text(line, "version", asked.Version);
        Text(line, "name", asked.Name);
        Text(line, "host", asked.Host);
        Text(line, "resource", asked.Resource);
        Text(line, "action", asked.Action);
        Number(line, "intervalMs", asked.IntervalMs);
        if (asked.Everything)
        {
            Name(line, "everything");
            line.Append("true");
        }
        line.Append('}');
    }

    private static void Name(StringBuilder line, string name)
    {
        if (line[^1] != '{') line.Append(',');
        line.Append('"').Append(name).Append("\":");
    }

    private static void Text(StringBuilder line, string name, string? value)
    {
        if (value is null) return;
        Name(line, name);
        line.Append('"');
        foreach (var c in value)
            if (c is '"' or '\\') line.Append('\\').Append(c);
            else if (c < ' ') line.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else line.Append(c);
        line.Append('"');
    }

    private static void Number(StringBuilder line, string name, long? value)
    {
        if (value is not { } number) return;
        Name(line, name);
        line.Append(CultureInfo.InvariantCulture, $"{number}");
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
