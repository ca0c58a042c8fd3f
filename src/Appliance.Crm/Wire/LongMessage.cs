using System.Collections.Immutable;
using System.Globalization;
using Appliance.Messaging;

namespace Appliance.Crm.Wire;

/// <summary>What is too long for one cluster message goes in several, one after the other.</summary>
public static class LongMessage
{
    /// <summary>
    /// Bytes of a body in one message. A serial line takes 32 KiB (<see cref="Messaging.Wire.SerialFramer.MaxMessage"/>), in which they are written as base64, and beside them the other fields
    /// have room: then a cluster whose networks are gone can still say everything.
    /// </summary>
    public const int PieceBytes = 16 * 1024;

    private const int MaxPieces = 2048;
    private const string Body = "xml";

    /// <param name="fields">Of the first piece.</param>
    /// <param name="every">Of every piece: what it belongs to, and who it is for.</param>
    public static List<Message> Split(string type, (string Name, string? Value)[] fields, (string Name, string? Value)[] every, byte[] body)
    {
        var count = Math.Max(1, (body.Length + PieceBytes - 1) / PieceBytes);
        var pieces = new List<Message>(count);
        for (var i = 0; i < count; i++)
        {
            (string, string?)[] part = [("part", string.Create(CultureInfo.InvariantCulture, $"{i + 1}/{count}"))];
            var head = Message.Of(type, i == 0 ? [.. fields, .. every, .. part] : [("f", "more"), .. every, .. part]);
            var piece = body.AsSpan(i * PieceBytes, Math.Min(PieceBytes, body.Length - i * PieceBytes));
            pieces.Add(new(head.Fields.Add(new(Body, FieldType.Binary, [.. piece]))));
        }
        return pieces;
    }

    /// <summary>One of several pieces: which, and of how many. Null: the message has no body.</summary>
    internal static (int Piece, int Count)? Part(Message message) =>
        message["part"]?.Split('/') is [var piece, var count] && Number(piece) is { } i && Number(count) is { } n && i >= 1 && i <= n && n <= MaxPieces ? (i, n) : null;

    internal static ImmutableArray<byte> Bytes(Message message)
    {
        foreach (var field in message.Fields)
            if (field.Name == Body) return field.Value;
        return [];
    }

    private static int? Number(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>A message that is whole again.</summary>
/// <param name="Head">The message, or the first of its pieces.</param>
/// <param name="Body">What all its pieces say; null: it has none.</param>
public sealed record WholeMessage(Message Head, byte[]? Body);

/// <summary>Puts together what came in pieces. Messaging keeps each sender's order, and a sender finishes one before the next of the same type, so that there is one unfinished at most of each.</summary>
public sealed class LongMessages
{
    private sealed class Unfinished(Message head, int count)
    {
        public Message Head => head;
        public int Count => count;
        public List<ImmutableArray<byte>> Pieces { get; } = [];
    }

    private readonly Dictionary<string, Unfinished> _unfinished = new(StringComparer.Ordinal);

    /// <param name="belongs">The field that all pieces of one message have in common.</param>
    /// <returns>The whole one, if this was its last piece; null otherwise, and for what makes no sense.</returns>
    public WholeMessage? Take(string from, Message message, string? belongs = null)
    {
        if (LongMessage.Part(message) is not var (piece, count))
        {
            _unfinished.Remove(from);
            return message["part"] is null ? new(message, null) : null;
        }
        if (piece == 1) _unfinished[from] = new(message, count);
        if (!_unfinished.TryGetValue(from, out var unfinished) || unfinished.Pieces.Count != piece - 1 || unfinished.Count != count || belongs is not null && unfinished.Head[belongs] != message[belongs])
        {
            _unfinished.Remove(from);
            return null;
        }
        unfinished.Pieces.Add(LongMessage.Bytes(message));
        if (piece < count) return null;
        _unfinished.Remove(from);
        var (length, at) = (0, 0);
        foreach (var bytes in unfinished.Pieces) length += bytes.Length;
        var body = new byte[length];
        foreach (var bytes in unfinished.Pieces)
        {
            bytes.AsSpan().CopyTo(body.AsSpan(at));
            at += bytes.Length;
        }
        return new(unfinished.Head, body);
    }

    /// <summary>A node is gone, or another life of it is there.</summary>
    public void Forget(string node) => _unfinished.Remove(node);
}
