using System.Text;
using Appliance.Linux;
using Appliance.Policy;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary>Takes a look, and says what it saw.</summary>
internal delegate string MonitorLook(out PolicyRun? run);

/// <summary>crm_mon on a terminal: drawn anew with every change, with keys that show and hide.</summary>
/// <param name="told">Is told of every look.</param>
internal sealed class MonitorScreen(CrmMonOptions options, MonitorLook look, MonitorSources sources, Action<PolicyRun?, MonitorSources> told, TextWriter output)
{
    // xterm's and everybody's since: the alternate screen, the cursor, cleaning; at the end the keypad too, which .NET's signal handling may have changed.
    private const string Enter = "\e[?1049h\e[?25l", Leave = "\e[?25h\e[?1049l\e[?1l\e>", Home = "\e[H", ToEndOfLine = "\e[K", ToEndOfScreen = "\e[J";
    private const byte CtrlC = 3, Escape = 27;

    private bool _help;
    private int _from;
    private bool _quit;

    public static bool Possible => !Console.IsOutputRedirected;

    public int Run()
    {
        using var terminal = KeyTerminal.Open();
        if (terminal is null) return 1;
        using var signals = new Signals(Signals.TERM, Signals.INT, Signals.HUP);
        output.Write(Enter);
        try
        {
            var keys = new byte[64];
            while (true)
            {
                var text = look(out var run);
                told(run, sources);
                do Draw(_help ? Help() : text, terminal.Size);
                while (Moved(terminal, signals, keys));
                if (_quit) return 0;
            }
        }
        finally
        {
            output.Write(Leave);
            output.Flush();
        }
    }

    /// <summary>Waits for keys, a change or time. True: only another part of the same is to be seen.</summary>
    private bool Moved(KeyTerminal terminal, Signals signals, byte[] keys)
    {
        sources.Wait(options.Interval, terminal.Descriptor, signals.Descriptor);
        if (signals.Take() != 0)
        {
            _quit = true;
            return false;
        }
        var count = terminal.Descriptor.Read(keys);
        if (count == 0) _quit = true;       // the terminal is gone
        if (count <= 0) return false;
        if (keys[0] == Escape)
        {
            _from = Scrolled(Encoding.ASCII.GetString(keys, 1, count - 1), terminal.Size.Lines);
            return true;
        }
        for (var i = 0; i < count; i++)
            if (!Press((char)keys[i])) _quit = true;
        return false;
    }

    /// <summary>What does not fit can be reached with the arrows.</summary>
    private int Scrolled(string sequence, int lines) => Math.Max(0, sequence switch
    {
        "[A" or "OA" => _from - 1,
        "[B" or "OB" => _from + 1,
        "[5~" => _from - lines + 1,
        "[6~" => _from + lines - 1,
        "[H" or "OH" or "[1~" => 0,
        _ => _from,
    });

    /// <returns>False: this was the end.</returns>
    public bool Press(char key)
    {
        if (_help && key is not ('?' or 'q' or (char)CtrlC) && !Known(key))
        {
            _help = false;
            return true;
        }
        switch (key)
        {
            case 'q' when _help: _help = false; break;
            case 'q' or (char)CtrlC: return false;
            case '?': _help = !_help; break;
            case 'c': options.Toggle(MonitorSections.Tickets); break;
            case 'f': options.Toggle(MonitorSections.FailCounts); break;
            case 'o': options.Toggle(MonitorSections.Operations); break;
            case 'A': options.Toggle(MonitorSections.Attributes); break;
            case 'L': options.Toggle(MonitorSections.Bans); break;
            case 'D': options.Toggle(MonitorSections.Summary); break;
            case 'm': options.NextFenceLevel(); break;
            case 'n': options.Change(static s => s with { ByNode = !s.ByNode }); break;
            case 'r': options.Change(static s => s with { Inactive = !s.Inactive }); break;
            case 'R': options.Change(static s => s with { Details = !s.Details }); break;
            case 'b': options.Change(static s => s with { Brief = !s.Brief }); break;
            case 'j': options.Change(static s => s with { Pending = !s.Pending }); break;
            case 't':
                options.Change(static s => s with { Timing = !s.Timing });
                if (options.Status.Timing && (options.Sections & MonitorSections.Operations) == 0) options.Toggle(MonitorSections.Operations);
                break;
        }
        return true;
    }

    private static bool Known(char key) => "cfoALDmnrRbjt".Contains(key, StringComparison.Ordinal);

    private void Draw(string text, (int Lines, int Columns) size)
    {
        var lines = text.TrimEnd('\n').Split('\n');
        _from = Math.Clamp(_from, 0, Math.Max(0, lines.Length - size.Lines));
        var screen = new StringBuilder(Home);
        for (var i = 0; i < size.Lines && _from + i < lines.Length; i++)
        {
            if (i > 0) screen.Append('\n');
            screen.Append(Fitting(lines[_from + i], size.Columns)).Append(ToEndOfLine);
        }
        output.Write(screen.Append(ToEndOfScreen).ToString());
        output.Flush();
    }

    /// <summary>A line without what a terminal would take for an order, no longer than it is wide.</summary>
    private static string Fitting(string line, int columns)
    {
        var shown = new StringBuilder();
        foreach (var c in line)
        {
            if (shown.Length >= columns) break;
            if (c == '\t') shown.Append(' ', Math.Min(8 - shown.Length % 8, columns - shown.Length));
            else if (!char.IsControl(c)) shown.Append(c);
        }
        return shown.ToString();
    }

    public string Help()
    {
        var text = new StringBuilder("What is shown (* is on)\n\n");
        void Line(char key, bool on, string what) => text.Append($"{(on ? '*' : ' ')} {key}: \t{what}\n");
        bool Shown(MonitorSections sections) => (options.Sections & sections) != 0;
        Line('c', Shown(MonitorSections.Tickets), "tickets");
        Line('f', Shown(MonitorSections.FailCounts), "fail counts");
        Line('n', options.Status.ByNode, "resources by node");
        Line('o', Shown(MonitorSections.Operations), "operations");
        Line('r', options.Status.Inactive, "resources that do not run");
        Line('t', options.Status.Timing, "when, and how long, operations were done");
        Line('A', Shown(MonitorSections.Attributes), "attributes of nodes");
        Line('L', Shown(MonitorSections.Bans), "negative location constraints");
        Line('D', !Shown(MonitorSections.Summary), "without the summary");
        Line('R', options.Status.Details, "details: ids of nodes, instances of clones");
        Line('b', options.Status.Brief, "resources counted");
        Line('j', options.Status.Pending, "what is being done");
        Line('m', Shown(MonitorSections.Fencing), $"fencing history, level {options.FenceLevel} of 0 to 3");
        return text.Append("\nThe arrows and pages move what is too long. q leaves, ? and any other key go back.\n").ToString();
    }
}
