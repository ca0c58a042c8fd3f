using System.Globalization;
using System.Text;
using System.Text.Json;
using Appliance.Cib;

namespace Appliance.Commands.Crm;

/// <summary>The elements of crm_mon's XML as JSON: lists become arrays whose entries say what they are (<c>kind</c>), and what is in them is in <c>members</c>.</summary>
internal static class MonitorJson
{
    /// <summary>Attributes that are numbers; all others are text, or true or false.</summary>
    private static readonly string[] Numbers =
    [
        "number", "disabled", "blocked", "resources_running", "nodes_running_on", "number_resources", "exitcode", "fail-count", "migration-threshold", "call", "interval", "queued", "exec", "weight",
        "expected", "stonith-timeout-ms", "priority-fencing-delay-ms", "rc",
    ];

    private static readonly string[] Texts = ["id", "name", "value"];

    public static string Write(List<CibElement> elements, int status, IReadOnlyList<string> problems)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new() { Indented = true }))
        {
            json.WriteStartObject();
            foreach (var element in elements)
            {
                json.WritePropertyName(element.Name);
                if (element.Name == "summary")
                {
                    json.WriteStartObject();
                    foreach (var part in element.Children)
                    {
                        json.WritePropertyName(part.Name);
                        json.WriteStartObject();
                        Attributes(json, part);
                        json.WriteEndObject();
                    }
                    json.WriteEndObject();
                }
                else List(json, element);
            }
            json.WriteNumber("status", status);
            if (problems.Count > 0)
            {
                json.WriteStartArray("errors");
                foreach (var problem in problems) json.WriteStringValue(problem);
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length) + "\n";
    }

    private static void List(Utf8JsonWriter json, CibElement of)
    {
        json.WriteStartArray();
        foreach (var child in of.Children)
        {
            json.WriteStartObject();
            json.WriteString("kind", child.Name);
            Attributes(json, child);
            if (child.Children.Count > 0)
            {
                json.WritePropertyName("members");
                List(json, child);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Attributes(Utf8JsonWriter json, CibElement of)
    {
        foreach (var attribute in of.Attributes)
        {
            if (Array.IndexOf(Texts, attribute.Name) < 0 && attribute.Value is "true" or "false") json.WriteBoolean(attribute.Name, attribute.Value == "true");
            else if (Array.IndexOf(Numbers, attribute.Name) >= 0 && long.TryParse(attribute.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) json.WriteNumber(attribute.Name, number);
            else json.WriteString(attribute.Name, attribute.Value);
        }
    }
}
