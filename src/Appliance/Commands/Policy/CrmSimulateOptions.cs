using System.Globalization;
using Appliance.Policy.Report;
using Appliance.Policy.Simulation;

namespace Appliance.Commands.Policy;

/// <summary>crm_simulate's command line, with the options of Pacemaker 2.1.5: letters bundled or not, long names with = or a word of their own. What is no option is not looked at.</summary>
internal sealed class CrmSimulateOptions
{
    /// <summary>The CIB's file; "-" is standard input, null the live cluster.</summary>
    public string? Input = "-";
    public bool Process, Simulate, InPlace, Scores, Utilization, Quiet, Fancy, Help, Version, AllActions;
    public int Verbose, Repeat = 1;
    public StatusSections Sections;
    public string? Profile, Date, SaveInput, SaveOutput, Graph, Drawing, OutputAs, OutputTo;
    public readonly Injections Injections = new();
    public readonly List<string> Failures = [];

    /// <summary>Letters whose option has a word after it.</summary>
    private const string WithWord = "PNudfiFtqwgrbeIOGDx";

    private static readonly string[] Names =
    [
        "R:run", "S:simulate", "X:in-place", "A:show-attrs", "c:show-failcounts", "s:show-scores", "U:show-utilization", "P:profile", "N:repeat", "j:pending", "u:node-up", "d:node-down", "f:node-fail",
        "i:op-inject", "F:op-fail", "t:set-datetime", "q:quorum", "w:watchdog", "g:ticket-grant", "r:ticket-revoke", "b:ticket-standby", "e:ticket-activate", "I:save-input", "O:save-output",
        "G:save-graph", "D:save-dotfile", "a:all-actions", "L:live-check", "x:xml-file", "p:xml-pipe", "$:version", "V:verbose", "Q:quiet", "h:help", "h:help-all", "h:help-output", "h:help-operations",
        "h:help-synthetic", "h:help-artifact", "h:help-source", "T:text-fancy", "1:output-as", "2:output-to",
    ];

    /// <summary>Reads a command line; what is wrong with it, or null.</summary>
    public string? Read(IReadOnlyList<string> args)
    {
        for (var i = 0; i < args.Count; i++)
        {
            var arg = args[i];
            if (arg == "--") break;
            if (arg.Length < 2 || arg[0] != '-') continue;
            if (arg[1] == '-')
            {
                var cut = arg.IndexOf('=', StringComparison.Ordinal);
                var name = cut < 0 ? arg[2..] : arg[2..cut];
                if (Array.Find(Names, n => n.AsSpan(2).SequenceEqual(name)) is not { } known) return $"Unknown option {arg}";
                string? word = null;
                if (HasWord(known[0]))
                {
                    word = cut >= 0 ? arg[(cut + 1)..] : i + 1 < args.Count ? args[++i] : null;
                    if (word is null) return $"Missing argument for --{name}";
                }
                if (Set(known[0], word, "--" + name) is { } wrong) return wrong;
                continue;
            }
            for (var at = 1; at < arg.Length; at++)
            {
                var letter = arg[at];
                if (letter is 'T' or '1' or '2' || letter != '?' && Array.Find(Names, n => n[0] == letter) is null) return $"Unknown option -{letter}";
                string? word = null;
                if (HasWord(letter))
                {
                    word = at + 1 < arg.Length ? arg[(at + 1)..] : i + 1 < args.Count ? args[++i] : null;
                    if (word is null) return $"Missing argument for -{letter}";
                    at = arg.Length;
                }
                if (Set(letter, word, $"-{letter}") is { } wrong) return wrong;
            }
        }
        return null;
    }

    private static bool HasWord(char letter) => letter is '1' or '2' || WithWord.Contains(letter, StringComparison.Ordinal);

    private string? Set(char letter, string? word, string option)
    {
        switch (letter)
        {
            case 'R': Process = true; break;
            case 'S': Process = Simulate = true; break;
            case 'X': InPlace = Process = Simulate = true; break;
            case 'A': Sections |= StatusSections.Attributes; break;
            case 'c': Sections |= StatusSections.FailCounts; break;
            case 's': Process = Scores = true; break;
            case 'U': Process = Utilization = true; break;
            case 'P': Profile = word; break;
            case 'N':
                if (!int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out Repeat)) return $"Cannot parse integer value “{word}” for {option}";
                break;
            case 'u': Injections.NodesUp.Add(word!); break;
            case 'd': Injections.NodesDown.Add(word!); break;
            case 'f': Injections.NodesFailed.Add(word!); break;
            case 'i': Injections.Operations.Add(word!); break;
            case 'F': Process = Simulate = true; Failures.Add(word!); break;
            case 't': Date = word; break;
            case 'q': Injections.Quorum = word; break;
            case 'w': Injections.Watchdog = word; break;
            case 'g': Injections.TicketsGranted.Add(word!); break;
            case 'r': Injections.TicketsRevoked.Add(word!); break;
            case 'b': Injections.TicketsStandby.Add(word!); break;
            case 'e': Injections.TicketsActive.Add(word!); break;
            case 'I': SaveInput = word; break;
            case 'O': SaveOutput = word; break;
            case 'G': Process = true; Graph = word; break;
            case 'D': Process = true; Drawing = word; break;
            case 'a': AllActions = true; break;
            case 'L': Input = null; break;
            case 'x': Input = word; break;
            case 'p': Input = "-"; break;
            case '$': Version = true; break;
            case 'V': Verbose++; break;
            case 'Q': Quiet = true; break;
            case 'h' or '?': Help = true; break;
            case 'T': Fancy = true; break;
            case '1': OutputAs = word; break;
            case '2': OutputTo = word; break;
        }
        return null;
    }
}
