using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>A port or outlet as the device listed it.</summary>
/// <param name="State"><c>null</c>: what it said is neither on nor off, or can be read in two ways.</param>
/// <param name="Word">What it said, for the operator.</param>
public sealed record CliRow(string Plug, string Name, PowerState? State, string Word);

/// <summary>What the status command printed, row by row.</summary>
public static class CliList
{
    private const int MostRows = 4096, LongestWord = 60;

    /// <param name="asked">The plug that the command was about; <c>null</c> when it lists all.</param>
    public static ImmutableArray<CliRow> Read(CliProfile profile, string printed, string? asked)
    {
        var rows = ImmutableArray.CreateBuilder<CliRow>();
        var below = profile.RowsAfter.Length == 0;
        var (plug, name) = (asked ?? "", "");
        foreach (var raw in printed.Split('\n', '\r'))
        {
            if (rows.Count >= MostRows) break;
            var line = raw.Trim();
            if (line.Length == 0) continue;
            if (!below)
            {
                below = line.StartsWith(profile.RowsAfter, StringComparison.Ordinal);
                continue;
            }
            if (Heading(profile, line) is { } heading) (plug, name) = (heading.Plug, heading.Name);
            if (Row(profile, line) is not { } row) continue;
            if (row.Plug.Length == 0)
            {
                row = row with { Plug = plug, Name = name };
                if (asked is null) (plug, name) = ("", "");      // a heading counts for one row: a heading that is laid out otherwise must not give its row to the plug before
            }
            if (row.Plug.Length > 0 && (asked is null || row.Plug == asked)) rows.Add(row);
        }
        return rows.ToImmutable();
    }

    private static RowReading? Heading(CliProfile profile, string line)
    {
        foreach (var pattern in profile.Headings)
            if (pattern.Read(line, []) is [var only]) return only;
        return null;
    }

    /// <summary>The row that a line is. One that can be read in two ways has no state: a choice would be a guess.</summary>
    private static CliRow? Row(CliProfile profile, string line)
    {
        CliRow? found = null, unknown = null;
        var isDoubtful = false;
        void Take(CliRow row)
        {
            if (row.State is null) unknown ??= row;
            else if (found is null) found = row;
            else isDoubtful |= (row.Plug, row.Name, row.State) != (found.Plug, found.Name, found.State);
        }
        foreach (var pattern in profile.Rows)
            foreach (var reading in pattern.Read(line, profile.Words)) Take(new(reading.Plug, reading.Name, profile.StateOf(reading.Word), reading.Word));
        foreach (var pattern in profile.RowsOn)
            foreach (var reading in pattern.Read(line, profile.Words)) Take(new(reading.Plug, reading.Name, PowerState.On, "on"));
        var row = found ?? unknown;
        return isDoubtful ? row! with { State = null, Word = Short(line) } : row is null ? null : row with { Word = Short(row.Word) };
    }

    private static string Short(string text) => text.Length > LongestWord ? text[..LongestWord] : text;

    /// <summary>The plug by its number, else by its name.</summary>
    /// <returns>No row, and no problem: there is none of that number or name.</returns>
    public static (CliRow? Row, string? Problem) Find(ImmutableArray<CliRow> rows, string plug)
    {
        CliRow? found = null;
        foreach (var row in rows)
        {
            if (row.Plug != plug) continue;
            if (found is not null && found.State != row.State) return (null, $"{plug} is listed twice, as \"{found.Word}\" and as \"{row.Word}\"");
            found = row;
        }
        if (found is not null) return (found, null);
        foreach (var row in rows)
        {
            if (row.Name.Length == 0 || !row.Name.Equals(plug, StringComparison.Ordinal)) continue;
            if (found is not null && (found.Plug, found.State) != (row.Plug, row.State)) return (null, $"the name {plug} is listed twice, for {found.Plug} and for {row.Plug}: give the number");
            found = row;
        }
        return (found, null);
    }
}
