using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>How one line of a list is laid out: text with places, as <c>{plug}: {name}: {state}</c>. It fits a whole line or not at all.</summary>
/// <remarks>
/// Places: <c>{plug}</c> letters, digits and <c>. / _ -</c>; <c>{label}</c> a name without blanks; <c>{name}</c> a name with blanks, or none; <c>{word}</c> anything without blanks;
/// <c>{state}</c> one of the known words, or one unknown word; <c>{rest}</c> anything to the end. A blank stands for one blank or more.
/// A line that can be read in two ways gives both readings: whoever asks must not choose.
/// </remarks>
public sealed class RowPattern
{
    /// <summary>Longer lines are nothing a switch or strip prints; the work on one line stays bounded.</summary>
    private const int LongestLine = 512, MostReadings = 16;
    private enum Kind { Text, Blank, Plug, Label, Name, Word, State, Rest }
    private sealed record Part(Kind Kind, string Text = "");
    private readonly ImmutableArray<Part> _parts;

    private RowPattern(ImmutableArray<Part> parts) => _parts = parts;

    public bool HasPlug => Count(Kind.Plug) > 0;
    public bool HasState => Count(Kind.State) > 0;

    private int Count(Kind kind)
    {
        var count = 0;
        foreach (var part in _parts) count += part.Kind == kind ? 1 : 0;
        return count;
    }

    /// <summary><c>null</c>, with the reason, when a place is not known or stands twice.</summary>
    public static RowPattern? Parse(string text, out string problem)
    {
        problem = "";
        var parts = ImmutableArray.CreateBuilder<Part>();
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == ' ')
            {
                while (i < text.Length && text[i] == ' ') i++;
                parts.Add(new(Kind.Blank));
            }
            else if (text[i] == '{')
            {
                var end = text.IndexOf('}', i);
                var place = end < 0 ? text[i..] : text[i..(end + 1)];
                if (Place(place) is not { } kind)
                {
                    problem = $"there is no place {place}; the places are {{plug}} {{label}} {{name}} {{word}} {{state}} {{rest}}";
                    return null;
                }
                parts.Add(new(kind));
                i = end + 1;
            }
            else
            {
                var end = text.AsSpan(i).IndexOfAny(' ', '{');
                parts.Add(new(Kind.Text, end < 0 ? text[i..] : text[i..(i + end)]));
                i = end < 0 ? text.Length : i + end;
            }
        }
        var pattern = new RowPattern(parts.ToImmutable());
        foreach (var once in new[] { Kind.Plug, Kind.State, Kind.Rest, Kind.Name, Kind.Label })
            if (pattern.Count(once) > 1) problem = $"{{{once.ToString().ToLowerInvariant()}}} stands twice";
        if (pattern.Count(Kind.Name) + pattern.Count(Kind.Label) > 1) problem = "{name} and {label} are the same thing in two ways: one of them";
        return problem.Length > 0 ? null : pattern;
    }

    private static Kind? Place(string place) => place switch
    {
        "{plug}" => Kind.Plug,
        "{label}" => Kind.Label,
        "{name}" => Kind.Name,
        "{word}" => Kind.Word,
        "{state}" => Kind.State,
        "{rest}" => Kind.Rest,
        _ => null,
    };

    /// <summary>Every way in which the line can be read; empty: it is laid out otherwise.</summary>
    /// <param name="words">The words that are states; all are tried.</param>
    public ImmutableArray<RowReading> Read(string line, ImmutableArray<string> words)
    {
        if (line.Length > LongestLine) return [];
        var found = ImmutableArray.CreateBuilder<RowReading>();
        Walk(line.Replace('\t', ' ').Trim(), 0, 0, new("", "", ""), words, found);
        return found.ToImmutable();
    }

    private void Walk(string line, int at, int part, RowReading reading, ImmutableArray<string> words, ImmutableArray<RowReading>.Builder found)
    {
        if (found.Count >= MostReadings) return;
        if (part == _parts.Length)
        {
            if (at == line.Length && !found.Contains(reading)) found.Add(reading);
            return;
        }
        var end = at;
        switch (_parts[part].Kind)
        {
            case Kind.Text:
                if (string.CompareOrdinal(line, at, _parts[part].Text, 0, _parts[part].Text.Length) == 0) Walk(line, at + _parts[part].Text.Length, part + 1, reading, words, found);
                break;
            case Kind.Blank:
                while (end < line.Length && line[end] == ' ') end++;
                var mayLack = end == line.Length && part + 1 < _parts.Length && _parts[part + 1].Kind == Kind.Rest;
                if (end > at || mayLack) Walk(line, end, part + 1, reading, words, found);
                break;
            case Kind.Plug:
                while (end < line.Length && (char.IsAsciiLetterOrDigit(line[end]) || line[end] is '.' or '/' or '_' or '-')) end++;
                if (end > at && line[at] != '-') Walk(line, end, part + 1, reading with { Plug = line[at..end] }, words, found);
                break;
            case Kind.Label or Kind.Word:
                end = EndOfWord(line, at);
                if (end > at) Walk(line, end, part + 1, _parts[part].Kind == Kind.Label ? reading with { Name = line[at..end] } : reading, words, found);
                break;
            case Kind.Name:
                for (; end <= line.Length; end++)
                    if (end == at || line[end - 1] != ' ') Walk(line, end, part + 1, reading with { Name = line[at..end].Trim() }, words, found);
                break;
            case Kind.State:
                var known = false;
                foreach (var word in words)
                {
                    end = at + word.Length;
                    if (string.Compare(line, at, word, 0, word.Length, StringComparison.OrdinalIgnoreCase) != 0 || !(end == line.Length || (end < line.Length && line[end] == ' '))) continue;
                    known = true;
                    Walk(line, end, part + 1, reading with { Word = word }, words, found);
                }
                end = EndOfWord(line, at);
                if (!known && end > at) Walk(line, end, part + 1, reading with { Word = line[at..end] }, words, found);
                break;
            case Kind.Rest:
                Walk(line, line.Length, part + 1, reading, words, found);
                break;
            default:
                break;
        }
    }

    private static int EndOfWord(string line, int at)
    {
        while (at < line.Length && line[at] != ' ') at++;
        return at;
    }
}

/// <summary>One way to read a line.</summary>
/// <param name="Plug">Empty: the line names none.</param>
/// <param name="Word">What stands at the place of the state.</param>
public sealed record RowReading(string Plug, string Name, string Word);
