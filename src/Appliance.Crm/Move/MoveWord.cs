using System.Collections.Immutable;
using Appliance.Messaging;

namespace Appliance.Crm.Move;

/// <summary>What nodes say to each other of a move.</summary>
/// <param name="Do">
/// <c>check</c>: could you? <c>checked</c>: what I found; <c>move</c>: we do it, freeze; <c>frozen</c>; <c>refused</c>: I cannot, and am not frozen; <c>go</c>: all are frozen, switch;
/// <c>withdraw</c>: we do it not; <c>thawed</c>: I am not frozen any more, or never was.
/// </param>
internal sealed record MoveWord(string Do, MoveMark Mark)
{
    public const string Type = "x_engine";

    /// <summary>Problems are sentences; there may be one for each resource, and a message has 64 KB.</summary>
    private const int MostWhy = 8000, MostProblems = 50;

    public MoveCheck? Found { get; init; }
    public string Why { get; init; } = "";

    public Message To(string node)
    {
        var why = Found is null ? Why : string.Join('\n', Found.Problems.Length > MostProblems ? Found.Problems[..MostProblems] : Found.Problems);
        return Message.Of(Type, ("dest", node), ("do", Do), ("mark", Mark.ToString()),
            ("digest", Found?.Digest), ("all", Found is null ? null : string.Join(' ', Found.Resources)), ("runs", Found is null ? null : string.Join(' ', Found.Runs)),
            ("why", why.Length == 0 ? null : Line(why.Length > MostWhy ? why[..MostWhy] : why)));
    }

    /// <returns>Null: it cannot be read.</returns>
    public static MoveWord? Read(Message message)
    {
        if (message["do"] is not { } what || MoveMark.Read(message["mark"]) is not { } mark) return null;
        var why = message["why"] ?? "";
        return new(what, mark)
        {
            Why = why,
            Found = message["digest"] is { } digest ? new(digest, [.. why.Split('|', StringSplitOptions.RemoveEmptyEntries)], Words(message["all"]), Words(message["runs"])) : null,
        };
    }

    private static ImmutableArray<string> Words(string? text) => [.. (text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    /// <summary>A field is one line, in the classic form of messages.</summary>
    private static string Line(string text) => text.Replace('|', '/').Replace('\n', '|').Replace('\r', ' ');
}
