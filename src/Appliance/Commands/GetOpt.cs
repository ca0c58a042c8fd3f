namespace Appliance.Commands;

/// <summary>getopt(3) of the C library, as far as 3.0.6's tools use it: short options anywhere on the line, bundled or not, <c>--</c> ends them.</summary>
internal sealed class GetOpt
{
    /// <summary>Options in order; <c>?</c> is one that is unknown or lacks its argument.</summary>
    public List<(char Option, string? Argument)> Options { get; } = [];

    /// <summary>Everything that is no option, in order.</summary>
    public List<string> Operands { get; } = [];

    /// <param name="program">What error lines begin with.</param>
    /// <param name="known">As getopt's optstring: a letter, with a colon when it takes an argument.</param>
    /// <param name="errors">Where the C library's own messages go.</param>
    /// <param name="tolerant">Go on after an unknown option, as hbstatus does; all others stop there.</param>
    public GetOpt(string program, IReadOnlyList<string> args, string known, TextWriter errors, bool tolerant = false)
    {
        for (var i = 0; i < args.Count; i++)
        {
            if (args[i] == "--")
            {
                Operands.AddRange(args.Skip(i + 1));
                return;
            }
            if (args[i].Length < 2 || args[i][0] != '-')
            {
                Operands.Add(args[i]);
                continue;
            }
            for (var at = 1; at < args[i].Length; at++)
            {
                var option = args[i][at];
                var place = option == ':' ? -1 : known.IndexOf(option);
                if (place < 0)
                {
                    errors.Write($"{program}: invalid option -- '{option}'\n");
                    Options.Add(('?', null));
                    if (!tolerant) return;
                    continue;
                }
                if (place + 1 >= known.Length || known[place + 1] != ':')
                {
                    Options.Add((option, null));
                    continue;
                }
                if (at + 1 < args[i].Length) Options.Add((option, args[i][(at + 1)..]));
                else if (i + 1 < args.Count) Options.Add((option, args[++i]));
                else
                {
                    errors.Write($"{program}: option requires an argument -- '{option}'\n");
                    Options.Add(('?', null));
                }
                break;
            }
        }
    }

    public bool Has(char option) => Options.Exists(o => o.Option == option);
}
