using System.Text;

namespace Appliance.Commands.Pages;

/// <summary>Text for people, wrapped between words at the width of their terminal. A word that is wider than that is left whole: it can still be copied.</summary>
internal sealed class Page(TextWriter to, int width, Inks inks)
{
    private const string Plain = "\u001b[0m";       // this and the others: ECMA-48, Select Graphic Rendition; 90 and 91 are the bright colours of aixterm
    private readonly StringBuilder _line = new();   // a line is written at once: a terminal that is watched does not flicker
    private int _column;
    private bool _afterBlank;

    /// <summary>A page on standard output: 80 columns where the width is not known, and ink only on a terminal that has it.</summary>
    public static Page OfConsole() => Console.IsOutputRedirected
        ? new(Console.Out, 80, Inks.None)
        : new(Console.Out, Console.WindowWidth, InksOf(Environment.GetEnvironmentVariable("TERM"), Environment.GetEnvironmentVariable("NO_COLOR")));

    /// <summary>What can be done on a terminal of this kind, for somebody who set NO_COLOR or did not.</summary>
    public static Inks InksOf(string? terminal, string? noColour) =>
        terminal is null or "" or "dumb" or "unknown" ? Inks.None : noColour is null ? Inks.Colours : Inks.Bold;

    /// <summary>Goes on in the line where the page is, and in the next where a word does not fit.</summary>
    /// <param name="indent">Blanks before the lines that follow.</param>
    public void Write(string text, Ink ink = Ink.Plain, int indent = 0) => Inked(ink, () =>
    {
        for (var at = 0; at < text.Length;)
        {
            var word = at;
            while (word < text.Length && text[word] == ' ') word++;
            var end = word;
            while (end < text.Length && text[end] != ' ') end++;
            if (_column > indent && (_afterBlank || word > at) && end > word && _column + end - at > width)
            {
                _line.AppendLine().Append(' ', indent);
                (at, _column) = (word, indent);
            }
            Append(text.AsSpan(at, end - at));
            at = end;
        }
    });

    /// <summary>Goes on in the line where the page is, however wide that becomes.</summary>
    public void WriteWhole(string text, Ink ink = Ink.Plain) => Inked(ink, () => Append(text));

    /// <summary>As <see cref="Write"/>, and ends the line.</summary>
    public void WriteLine(string text = "")
    {
        Write(text);
        to.WriteLine(_line);
        _line.Clear();
        (_column, _afterBlank) = (0, false);
    }

    /// <summary>A paragraph that keeps its indentation when it wraps.</summary>
    public void Indented(string text)
    {
        const int Indent = 2;
        WriteWhole(new string(' ', Indent));
        Write(text, indent: Indent);
        WriteLine();
    }

    private void Append(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty) return;
        _line.Append(text);
        _column += text.Length;
        _afterBlank = text[^1] == ' ';
    }

    private void Inked(Ink ink, Action write)
    {
        var start = Start(ink);
        _line.Append(start);
        write();
        if (start.Length > 0) _line.Append(Plain);
    }

    private string Start(Ink ink) => (ink, inks) switch
    {
        (Ink.Plain, _) or (_, Inks.None) or (Ink.Good or Ink.Dim, Inks.Bold) => "",
        (Ink.Head, _) or (Ink.Bad, Inks.Bold) => "\u001b[1m",
        (Ink.Good, _) => "\u001b[32m",
        (Ink.Bad, _) => "\u001b[1;91m",
        _ => "\u001b[90m",
    };
}
