using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>The dialogue with one kind of command line: a file of <c>hw/cli</c>.</summary>
/// <param name="Name">The file's name without its ending.</param>
public sealed record CliProfile(string Name)
{
    public ImmutableArray<string> Agents { get; init; } = [];

    /// <summary>Cuts off from storage or network; the machine stays on.</summary>
    public bool IsFabric { get; init; }

    /// <summary>What the command line ends with when it waits for us.</summary>
    public string Prompt { get; init; } = ">";
    public string Status { get; init; } = "";

    /// <summary>Rows begin below a line that starts so; empty: anywhere.</summary>
    public string RowsAfter { get; init; } = "";

    /// <summary>Between the words of a row; empty: blanks.</summary>
    public string Separator { get; init; } = "";

    /// <summary>Places in a row, from 1; 0: it has none.</summary>
    public int PlugWord { get; init; }
    public int NameWord { get; init; }
    public int StateWord { get; init; }

    /// <summary>The only words that mean off, and on; <c>*</c> for on: any other word at that place.</summary>
    public ImmutableArray<string> Off { get; init; } = [];
    public ImmutableArray<string> On { get; init; } = [];
    public string SwitchOff { get; init; } = "";
    public string SwitchOn { get; init; } = "";

    /// <summary>Words by which the device refuses an order.</summary>
    public ImmutableArray<string> Refused { get; init; } = [];

    /// <summary>The profile of a text, or what is wrong with it, with file and line.</summary>
    public static (CliProfile? Profile, ImmutableArray<string> Problems) Parse(string file, string text)
    {
        var problems = ImmutableArray.CreateBuilder<string>();
        var name = file[(file.LastIndexOf('/') + 1)..].Replace(".profile", "", StringComparison.Ordinal);
        var profile = new CliProfile(name);
        var number = 0;
        foreach (var raw in text.Split('\n'))
        {
            number++;
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#') continue;
            var at = line.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
            {
                problems.Add($"{file}:{number}: this is not FIELD = VALUE");
                continue;
            }
            var (key, value) = (line[..at].Trim(), line[(at + 1)..].Trim());
            int Place() => int.TryParse(value, out var place) && place is > 0 and < 100 ? place : Wrong($"{key} must be a place from 1 to 99");
            int Wrong(string problem)
            {
                problems.Add($"{file}:{number}: {problem}");
                return 0;
            }
            ImmutableArray<string> Words(char between) => [.. value.Split(between, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
            profile = key switch
            {
                "agent" => profile with { Agents = Words(' ') },
                "fabric" => profile with { IsFabric = value == "yes" },
                "prompt" => profile with { Prompt = value },
                "status" => profile with { Status = value },
                "rows-after" => profile with { RowsAfter = value },
                "separator" => profile with { Separator = value },
                "plug-word" => profile with { PlugWord = Place() },
                "name-word" => profile with { NameWord = Place() },
                "state-word" => profile with { StateWord = Place() },
                "off-is" => profile with { Off = Words('|') },
                "on-is" => profile with { On = Words('|') },
                "switch-off" => profile with { SwitchOff = value },
                "switch-on" => profile with { SwitchOn = value },
                "refused" => profile with { Refused = Words('|') },
                _ => Wrong($"there is no field {key}") == 0 ? profile : profile,
            };
        }
        foreach (var (field, missing) in new[]
        {
            ("status", profile.Status.Length == 0), ("plug-word", profile.PlugWord == 0), ("state-word", profile.StateWord == 0), ("off-is", profile.Off.IsEmpty || profile.Off.Contains("*")),
            ("on-is", profile.On.IsEmpty), ("switch-off", profile.SwitchOff.Length == 0), ("switch-on", profile.SwitchOn.Length == 0),
        })
            if (missing) problems.Add($"{file}: {field} is missing, or means nothing");
        return (problems.Count > 0 ? null : profile, problems.ToImmutable());
    }

    /// <summary>The state of a plug in what the status command printed; both <c>null</c>: there is no such plug. The word alone: it means neither on nor off.</summary>
    public (PowerState? State, string? Word) Find(string printed, string plug)
    {
        foreach (var words in Rows(printed))
        {
            var isIt = words[PlugWord - 1] == plug || (NameWord > 0 && words.Length >= NameWord && words[NameWord - 1].Equals(plug, StringComparison.Ordinal));
            if (!isIt) continue;
            // A row that is laid out otherwise says nothing.
            if (words.Length < StateWord) return On.Contains("*") && words.Length >= 3 ? (PowerState.On, words[^1]) : (null, words[^1]);
            var word = words[StateWord - 1];
            return Off.Contains(word, StringComparer.OrdinalIgnoreCase) ? (PowerState.Off, word) : On.Contains("*") || On.Contains(word, StringComparer.OrdinalIgnoreCase) ? (PowerState.On, word) : (null, word);
        }
        return (null, null);
    }

    /// <summary>All rows that have a plug.</summary>
    public IEnumerable<string[]> Rows(string printed)
    {
        var below = RowsAfter.Length == 0;
        foreach (var raw in printed.Split('\n'))
        {
            var line = raw.Trim('\r', ' ', '\t');
            if (!below)
            {
                below = line.StartsWith(RowsAfter, StringComparison.Ordinal);
                continue;
            }
            var words = Separator.Length == 0 ? line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) : line.Split(Separator, StringSplitOptions.TrimEntries);
            if (words.Length >= PlugWord && words.Length > 1 && words[PlugWord - 1].Length > 0 && char.IsAsciiLetterOrDigit(words[PlugWord - 1][0])) yield return words;
        }
    }
}
