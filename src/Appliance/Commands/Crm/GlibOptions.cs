namespace Appliance.Commands.Crm;

/// <summary>Options as GLib reads them, after Pacemaker has taken bundled letters apart: what most of its tools use.</summary>
internal sealed class GlibOptions
{
    /// <summary>Options in order, by their long names.</summary>
    public List<(string Name, string? Value)> Options { get; } = [];

    /// <summary>Everything that is no option, in order.</summary>
    public List<string> Operands { get; } = [];

    /// <summary>What is wrong with the line, in GLib's words.</summary>
    public string? Fault { get; private set; }

    /// <param name="known">Words <c>xname</c>: letter ("-" for none) and long name, then ":" for an argument, "?" for one that may be missing.</param>
    /// <param name="special">Letters that take what follows them in their word as their argument.</param>
    public GlibOptions(IReadOnlyList<string> args, string known, string special)
    {
        var all = known.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var words = Apart(args, special);
        for (var i = 0; i < words.Count && Fault is null; i++)
        {
            var word = words[i];
            if (word == "--")
            {
                for (i++; i < words.Count; i++) Operands.Add(words[i]);
                return;
            }
            if (word.Length < 2 || word[0] != '-')
            {
                Operands.Add(word);
                continue;
            }
            var (cut, entry, value) = (-1, (string?)null, (string?)null);
            if (word[1] == '-')
            {
                cut = word.IndexOf('=', StringComparison.Ordinal);
                var name = cut < 0 ? word[2..] : word[2..cut];
                entry = Array.Find(all, k => k[1..].TrimEnd(':', '?') == name);
                if (cut >= 0) value = word[(cut + 1)..];
            }
            else if (word.Length == 2) entry = Array.Find(all, k => k[0] == word[1]);
            if (entry is null)
            {
                Fault = $"Unknown option {word}";
                return;
            }
            if (entry[^1] == ':' && value is null && (value = ++i < words.Count ? words[i] : null) is null) Fault = $"Missing argument for {word}";
            if (entry[^1] == '?' && value is null && i + 1 < words.Count && !words[i + 1].StartsWith('-')) value = words[++i];
            Options.Add((entry[1..].TrimEnd(':', '?'), value));
        }
    }

    public bool Has(string name) => Options.Exists(o => o.Name == name);

    /// <summary>The last value of an option; null when it was not given.</summary>
    public string? this[string name] => Options.FindLast(o => o.Name == name).Value;

    private static List<string> Apart(IReadOnlyList<string> args, string special)
    {
        var words = new List<string>();
        for (var i = 0; i < args.Count; i++)
        {
            var word = args[i];
            if (word == "--")
            {
                for (; i < args.Count; i++) words.Add(args[i]);
                break;
            }
            // A number is the argument of what is before it.
            var number = word.Length > 1 && word[0] == '-' && word[1] is >= '1' and <= '9' && !word.AsSpan(1).ContainsAnyExceptInRange('0', '9');
            if (word.Length < 2 || word[0] != '-' || word[1] == '-' || number)
            {
                words.Add(word);
                continue;
            }
            for (var at = 1; at < word.Length; at++)
            {
                words.Add("-" + word[at]);
                if (!special.Contains(word[at], StringComparison.Ordinal)) continue;
                if (at + 1 < word.Length) words.Add(word[(at + 1)..]);
                else if (i + 1 < args.Count) words.Add(args[++i]);
                break;
            }
        }
        return words;
    }
}
