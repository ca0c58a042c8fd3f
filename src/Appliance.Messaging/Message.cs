using System.Collections.Immutable;
using System.Text;

namespace Appliance.Messaging;

/// <summary>Types of a field, with the digit they have on the wire.</summary>
public enum FieldType : byte { String = 0, Binary = 1, Struct = 2, List = 3, Compressed = 4, Uncompressed = 5 }

/// <summary>One field of a message, off the heartbeat path.</summary>
public readonly record struct MessageField(string Name, FieldType Type, ImmutableArray<byte> Value)
{
    public string Text => Encoding.Latin1.GetString(Value.AsSpan());
    public override string ToString() => Type == FieldType.String ? $"{Name}={Text}" : $"({(int)Type}){Name}=<{Value.Length} bytes>";
}

/// <summary>One message, as everything above the wire sees it: an ordered list of fields. Immutable.</summary>
/// <remarks>When a name occurs twice the first counts, as in 3.0.6.</remarks>
public sealed record Message(ImmutableArray<MessageField> Fields)
{
    /// <summary>A message of one type with string fields, in wire order; <c>null</c> values are left out.</summary>
    public static Message Of(string type, params ReadOnlySpan<(string Name, string? Value)> fields)
    {
        var all = ImmutableArray.CreateBuilder<MessageField>(fields.Length + 1);
        all.Add(Of("t", type));
        foreach (var (name, value) in fields)
            if (value is not null) all.Add(Of(name, value));
        return new(all.ToImmutable());
    }

    private static MessageField Of(string name, string value) => new(name, FieldType.String, [.. Encoding.Latin1.GetBytes(value)]);

    /// <summary>A string field's value, or <c>null</c> when there is none of that name.</summary>
    public string? this[string name]
    {
        get
        {
            foreach (var field in Fields)
                if (field.Name == name) return field.Text;
            return null;
        }
    }

    /// <summary>The message's type, field <c>t</c>; empty when it has none.</summary>
    public string Type => this["t"] ?? "";

    public Message With(string name, string value) => new(Fields.Add(Of(name, value)));

    public bool Equals(Message? other) => other is not null && Fields.Length == other.Fields.Length &&
        SameFields(other.Fields);

    private bool SameFields(ImmutableArray<MessageField> other)
    {
        for (var i = 0; i < Fields.Length; i++)
            if (Fields[i].Name != other[i].Name || Fields[i].Type != other[i].Type || !Fields[i].Value.AsSpan().SequenceEqual(other[i].Value.AsSpan())) return false;
        return true;
    }

    public override int GetHashCode() => Fields.Length == 0 ? 0 : HashCode.Combine(Fields.Length, Fields[0].Name);

    public override string ToString() => string.Join(' ', Fields);
}
