namespace Appliance.Commands.Crm;

/// <summary>getopt_long(3) as the GNU C library has it: short and long options anywhere on the line, long ones by any unique beginning, <c>--</c> ends them.</summary>
internal sealed class LongOptions
{
    /// <summary>Options in order, by their letters, with the place of the word after them; <c>?</c> stands for one that is wrong, and is the last.</summary>
    public List<(char Letter, string? Value, int Next)> Options { get; } = [];

    /// <summary>Everything that is no option, in order.</summary>
    public List<string> Operands { get; } = [];

    /// <param name="program">What error lines begin with.</param>
    /// <param name="known">Words <c>xname</c>: letter and long name, with ":" after it for an argument and "::" for one that may be missing. A letter "-" means that there is none but the long name, and each of those needs one (any that is free).</param>
    public LongOptions(string program, IReadOnlyList<string> args, string known, TextWriter errors)
    {
        var all = known.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (var i = 0; i < args.Count; i++)
        {
            var word = args[i];
            if (word == "--")
            {
                for (i++; i < args.Count; i++) Operands.Add(args[i]);
                return;
            }
            if (word.Length < 2 || word[0] != '-') Operands.Add(word);
            else if (word[1] == '-')
            {
                var cut = word.IndexOf('=', StringComparison.Ordinal);
                var name = cut < 0 ? word[2..] : word[2..cut];
                var value = cut < 0 ? null : word[(cut + 1)..];
                var matches = Array.FindAll(all, k => k[1..].TrimEnd(':') == name);
                if (matches.Length == 0) matches = Array.FindAll(all, k => k[1..].StartsWith(name, StringComparison.Ordinal));
                string? fault = null;
                if (matches.Length == 0) fault = $"unrecognized option '--{name}{(cut < 0 ? "" : word[cut..])}'";
                else if (matches.Length > 1) fault = $"option '{word}' is ambiguous; possibilities:{string.Concat(Array.ConvertAll(matches, m => $" '--{m[1..].TrimEnd(':')}'"))}";
                else if (!matches[0].EndsWith(':') && value is not null) fault = $"option '--{matches[0][1..]}' doesn't allow an argument";
                else if (matches[0].EndsWith(':') && !matches[0].EndsWith("::", StringComparison.Ordinal) && value is null && (value = ++i < args.Count ? args[i] : null) is null)
                    fault = $"option '--{matches[0][1..^1]}' requires an argument";
                if (fault is not null)
                {
                    Wrong(program, fault, errors);
                    return;
                }
                Options.Add((matches[0][0], value, i + 1));
            }
            else if (!Letters(program, args, ref i, all, errors)) return;
        }
    }

    private bool Letters(string program, IReadOnlyList<string> args, ref int i, string[] all, TextWriter errors)
    {
        var word = args[i];
        for (var at = 1; at < word.Length; at++)
        {
            var letter = word[at];
            if (Array.Find(all, k => k[0] == letter && letter != '-') is not { } option) return Wrong(program, $"invalid option -- '{letter}'", errors);
            if (!option.EndsWith(':'))
            {
                Options.Add((letter, null, at + 1 == word.Length ? i + 1 : i));
                continue;
            }
            var value = at + 1 < word.Length ? word[(at + 1)..] : option.EndsWith("::", StringComparison.Ordinal) ? null : ++i < args.Count ? args[i] : null;
            if (value is null && !option.EndsWith("::", StringComparison.Ordinal)) return Wrong(program, $"option requires an argument -- '{letter}'", errors);
            Options.Add((letter, value, i + 1));
            break;
        }
        return true;
    }

    private bool Wrong(string program, string fault, TextWriter errors)
    {
        errors.Write($"{program}: {fault}\n");
        Options.Add(('\0', null, 0));
        return false;
    }
}
