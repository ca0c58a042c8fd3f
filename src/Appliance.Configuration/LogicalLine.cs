namespace Appliance.Configuration;

/// <summary>A word of haresources and where it stands.</summary>
internal sealed record PlacedWord(string Text, int Line, int Column);

/// <summary>One line of haresources after comments and backslashes, made of the pieces of one or more lines of the file.</summary>
internal sealed class LogicalLine
{
    private readonly List<PhysicalLine> _pieces = [];

    /// <summary>Joins what ends in a backslash with the next line. Only the first line of such a chain may hold a comment: sed looks for them before it joins.</summary>
    public static List<LogicalLine> Join(IEnumerable<PhysicalLine> lines, Problems problems)
    {
        var joined = new List<LogicalLine>();
        LogicalLine? open = null;
        foreach (var line in lines)
        {
            var text = line.Text;
            if (text.EndsWith('\r'))
            {
                problems.Warn(line.Number, line.Start + text.Length, "the line ends as on Windows; 3.0.6 makes the carriage return a part of the last word", "remove it: sed -i 's/\\r$//'");
                text = text[..^1];
            }
            var comment = text.IndexOf('#', StringComparison.Ordinal);
            if (open is null && comment >= 0)
            {
                if (text.EndsWith('\\') && text[..comment].Trim(' ', '\t').Length > 0)
                    problems.Warn(line.Number, line.Start + text.Length, "this backslash is part of the comment: the line ends here", "move the comment to a line of its own above");
                text = text[..comment];
            }
            else if (comment >= 0)
                problems.Warn(line.Number, line.Start + comment + 1, "the # does not start a comment here: what follows becomes resources", "a continued line can hold none; move the comment above the whole line");
            var continues = text.EndsWith('\\');
            if (continues) text = text[..^1];
            open ??= new();
            open._pieces.Add(line with { Text = text });
            if (continues) continue;
            joined.Add(open);
            open = null;
        }
        if (open is null) return joined;
        var last = open._pieces[^1];
        open._pieces[^1] = last with { Text = last.Text + '\\' };
        problems.Warn(last.Number, last.Start + last.Text.Length + 1, "nothing follows this backslash: 3.0.6 makes it a part of the last word", "delete it");
        joined.Add(open);
        return joined;
    }

    /// <summary>Words between blanks and tabs. A word can begin in one line and end in the next: the backslash leaves no blank.</summary>
    public List<PlacedWord> Words()
    {
        var words = new List<PlacedWord>();
        var (text, from) = (new System.Text.StringBuilder(), (Line: 0, Column: 0));
        foreach (var piece in _pieces)
            for (var i = 0; i < piece.Text.Length; i++)
            {
                if (piece.Text[i] is ' ' or '\t') Close();
                else
                {
                    if (text.Length == 0) from = (piece.Number, piece.Start + i + 1);
                    text.Append(piece.Text[i]);
                }
            }
        Close();
        return words;

        void Close()
        {
            if (text.Length > 0) words.Add(new(text.ToString(), from.Line, from.Column));
            text.Clear();
        }
    }
}
