using System.Text.Json;
using System.Text.Json.Serialization;
using Appliance.Cib;

namespace Appliance.Control;

/// <summary>A question to this node's CRM.</summary>
/// <param name="Ask"><c>cib</c>, <c>change</c> (the next one), <c>set</c> and <c>get</c> (attributes), <c>cleanup</c>, <c>fail</c>, <c>remove</c> (a node), <c>state</c>.</param>
internal sealed record CrmRequest(string Ask)
{
    /// <summary>Of the CIB: <c>query create modify replace delete erase bump upgrade patch commit</c>.</summary>
    public string? Operation { get; init; }

    /// <summary>A section's name, or an XPath.</summary>
    public string? Section { get; init; }

    public XmlInJson? Input { get; init; }

    /// <summary>Pacemaker's numbers (<c>cib_call_options</c>).</summary>
    public int Options { get; init; }

    /// <summary>The schema an upgrade goes to at most.</summary>
    public string? SchemaLimit { get; init; }

    /// <summary>What a <c>commit</c> is made of.</summary>
    public List<CrmRequest>? Steps { get; init; }

    /// <summary>On whose behalf. Only who may do everything is listened to.</summary>
    public string? User { get; init; }

    /// <summary>Groups of that user.</summary>
    public List<string>? Groups { get; init; }

    /// <summary>The program's name.</summary>
    public string? Client { get; init; }

    /// <summary>How long the client waits.</summary>
    public long? WithinMs { get; init; }

    /// <summary>The version that the client has (<c>change</c>).</summary>
    public string? Version { get; init; }
    public List<AttributeView>? Attributes { get; init; }

    /// <summary>Of an attribute, or of a node (<c>remove</c>).</summary>
    public string? Name { get; init; }
    public string? Host { get; init; }
    public string? Resource { get; init; }

    /// <summary>An operation of the resource, with its interval.</summary>
    public string? Action { get; init; }
    public long? IntervalMs { get; init; }

    /// <summary>All that is known of it, and not what is counted against it only.</summary>
    public bool Everything { get; init; }
}

/// <summary>What the CRM answers.</summary>
/// <param name="Error">0, or the older one of Pacemaker's numbers.</param>
internal sealed record CrmReply(int Error)
{
    /// <summary>More than the number says.</summary>
    public string? Problem { get; init; }

    public XmlInJson? Output { get; init; }
    public string? Version { get; init; }
    public List<AttributeView>? Attributes { get; init; }
    public CrmStateView? State { get; init; }

    /// <summary>Of the node that was asked for alone.</summary>
    public string? Controller { get; init; }
}

/// <summary>A node attribute, as it is or is to be.</summary>
/// <param name="Host">Empty: the node that is asked.</param>
/// <param name="DampeningMs">How long changes are gathered; null: as it is.</param>
internal sealed record AttributeView(string Name, string Host, string? Value, string? Set = null, long? DampeningMs = null, bool IsPrivate = false, bool DampeningOnly = false);

/// <summary>How things stand, as the node that is asked sees them.</summary>
internal sealed record CrmStateView(string Self, string? Dc, string Controller, bool? Quorate, string QuorumReason, List<CrmNodeView> Nodes, string FeatureSet, string Progress, bool IsSettled);

internal sealed record CrmNodeView(string Name, string Id, string State);

/// <summary>A document, as text in JSON: read and written by whoever holds the other end of the line, not by control's thread.</summary>
[JsonConverter(typeof(Converter))]
internal sealed record XmlInJson(CibElement Root)
{
    public static XmlInJson? Of(CibElement? root) => root is null ? null : new(root);

    internal sealed class Converter : JsonConverter<XmlInJson>
    {
        public override XmlInJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            CibElement.TryParse(reader.GetString() ?? "", "request", out var root, out var fault) ? new(root!) : throw new JsonException(fault?.ToString());

        public override void Write(Utf8JsonWriter writer, XmlInJson value, JsonSerializerOptions options) => writer.WriteStringValue(value.Root.ToString(CibFormat.WithText));
    }
}
