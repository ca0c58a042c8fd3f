namespace Appliance.Commands.Pages;

/// <summary>One cell of a <see cref="Table"/>.</summary>
internal sealed record Cell(string Text, Ink Ink = Ink.Plain);

/// <summary>Columns under their heads, two blanks apart, each as wide as its widest cell. A row is one line, however wide: a table that is cut or wrapped cannot be read.</summary>
internal sealed class Table(params string[] heads)
{
    private readonly List<Cell[]> _rows = [Array.ConvertAll(heads, h => new Cell(h, Ink.Dim))];

    /// <param name="cells">One for each head.</param>
    public void AddRow(params Cell[] cells) => _rows.Add(cells);

    public void WriteTo(Page page)
    {
        var widths = new int[heads.Length];
        foreach (var row in _rows)
            for (var i = 0; i < row.Length; i++) widths[i] = Math.Max(widths[i], row[i].Text.Length);
        foreach (var row in _rows)
        {
            var last = Array.FindLastIndex(row, c => c.Text.Length > 0);
            for (var i = 0; i <= last; i++)
            {
                page.WriteWhole(row[i].Text, row[i].Ink);
                if (i < last) page.WriteWhole(new string(' ', widths[i] - row[i].Text.Length + 2));
            }
            page.WriteLine();
        }
    }
}
