namespace Appliance.Configuration;

/// <summary>A word and the column where it starts (1-based).</summary>
internal sealed record Word(string Text, int Column);

/// <summary>Cuts lines into words.</summary>
internal static class Words
{
    /// <summary>Blanks of ha.cf; not the vertical tab.</summary>
    public const string Blanks = " \t\n\r\f";

    /// <summary>Between the values of an option directive.</summary>
    public const string Delimiters = ", \t\n\r\f";

    /// <param name="column">Column of the text's first character.</param>
    public static List<Word> Split(string text, int column, string between)
    {
        var words = new List<Word>();
        for (var at = 0; at < text.Length;)
        {
            if (between.Contains(text[at]))
            {
                at++;
                continue;
            }
            var end = at;
            while (end < text.Length && !between.Contains(text[end])) end++;
            words.Add(new(text[at..end], column + at));
            at = end;
        }
        return words;
    }
}
