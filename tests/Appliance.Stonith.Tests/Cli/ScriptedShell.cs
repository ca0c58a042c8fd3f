using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Devices.Cli;

namespace Appliance.Stonith.Tests.Cli;

/// <summary>A device's command line, played in virtual time: what each command prints, and what a command changes.</summary>
internal sealed class ScriptedShell(string prompt, Func<ScriptedShell, string, string?> answer)
{
    public HashSet<string> Off { get; } = [];
    public List<string> Lines { get; } = [];

    /// <summary>Orders are taken and nothing happens.</summary>
    public bool IsDeaf { get; init; }
    public string Greeting { get; init; } = "";

    /// <summary>Ends instead of answering the n-th line (0: the greeting).</summary>
    public (int Line, string Why)? Closes { get; init; }

    /// <summary>Says nothing from the n-th line on.</summary>
    public int? HangsAt { get; init; }
    public Func<string, string> Mangle { get; init; } = text => text;
    private string _heard = "";

    /// <summary>What the shell's prompt is just now; a login or a question has its own.</summary>
    public string Prompt { get; set; } = prompt;

    public string Set(string plug, bool off, string says = "")
    {
        if (IsDeaf) return says;
        if (off) Off.Add(plug);
        else Off.Remove(plug);
        return says;
    }

    public void Do(Step step)
    {
        var say = (Say)step;
        if (say.Line is { } line)
        {
            Lines.Add(say.Hidden ? "(hidden)" : line);
            _heard = "";
        }
        if (Closes is { } end && Lines.Count >= end.Line)
        {
            say.Closed = end.Why;
            return;
        }
        if (HangsAt is { } at && Lines.Count >= at) return;
        if (say.Line is { } said) _heard = Mangle($"{(say.Hidden ? "" : said)}\r\n{answer(this, said)}{Prompt}");
        else if (Lines.Count == 0) _heard = Greeting + Prompt;
        say.Heard = TerminalText.Plain(_heard);
        say.Answered = say.Until(say.Heard);
    }

    public DeviceVerdict Play(string agent, FenceAction action, string plugs, params (string Name, string Value)[] more)
    {
        var (type, defaults) = DeviceTypes.Find(agent)!.Value;
        var given = new Dictionary<string, string> { ["ip"] = "sw0", ["login"] = "admin", ["passwd"] = "secret" };
        foreach (var (name, value) in more) given[name] = value;
        var parameters = DeviceParameters.Read(type.Parameters, given, defaults);
        Assert.That(parameters.Problems.Concat(type.Check(parameters)), Is.Empty);
        var verdict = new VirtualRunner { Do = Do }.Run(type.Converse(new(action, [.. plugs.Split(',', StringSplitOptions.RemoveEmptyEntries)], parameters, new(), new KnownEntropy())));
        Assert.That(verdict.Sentence, Does.Not.Contain("secret"));
        return verdict;
    }
}

/// <summary>The command lines of the devices that have a profile, as far as their documents and fence-agents show them.</summary>
internal static class Shells
{
    public static ScriptedShell Brocade(ScriptedShell? like = null, string? row3 = null) => Of(like, "sw0:FID128:admin> ", (shell, line) => line.Split(' ') switch
    {
        ["switchshow"] => "switchName:\tsw0\r\nswitchState:\tOnline\r\nzoning:\tON (cfg>\r\n\r\nIndex Port Address Media Speed State     Proto\r\n==============================================\r\n"
            + "   0   0   010000   id    N8   Online      FC  F-Port  50:05:07:60:5e:80:04:01\r\n   1   1   010100   id    N8   Online      FC  E-Port  (Trunk port, master is Port  0 )\r\n"
            + "   2   2   010200   id    N8   No_Light    FC\r\n"
            + (row3 ?? (shell.Off.Contains("3") ? "   3   3   010300   id    N8   No_Light    FC  Disabled (Persistent)" : "   3   3   010300   id    N8   Online      FC  F-Port  50:05:07:68:01:40:fc:72")) + "\r\n"
            + (shell.Off.Contains("4") ? "   4   4   010400   --    N8   No_Module   FC  Disabled (Persistent)\r\n" : "   4   4   010400   id    N8   Online      FC  G-Port\r\n"),
        ["portcfgpersistentdisable", var port] => shell.Set(port, true),
        ["portcfgpersistentenable", var port] => shell.Set(port, false),
        ["exit"] => "logout\r\n",
        _ => "rbash: command not found\r\n",
    });

    public static ScriptedShell Apc(ScriptedShell? like = null) => Of(like, "apc>", (shell, line) => line.Split(' ') switch
    {
        ["olStatus", "all"] => $"E000: Success\r\n 1: Outlet 1: {State(shell, "1")}\r\n 2: db: {State(shell, "2")}\r\n 3: 2: {State(shell, "3")}\r\n 4: x: Off: {State(shell, "4")}\r\n 5: db: {State(shell, "5")}\r\n 6: odd: Unknown\r\n",
        ["olOff", var outlet] => shell.Set(outlet, true, "E000: Success\r\n"),
        ["olOn", var outlet] => shell.Set(outlet, false, "E000: Success\r\n"),
        _ => "E101: Command Not Found\r\n",
    });

    public static ScriptedShell Sanbox(ScriptedShell? like = null) => Of(like, "login: ", (shell, line) =>
    {
        switch (line.Split(' '))
        {
            case ["admin"] when shell.Prompt == "login: ": shell.Prompt = "Password: "; return "";
            case ["secret"]: shell.Prompt = "SANbox #> "; return "Last login Mon\r\n";
            case ["wrong"]: shell.Prompt = "login: "; return "Login incorrect\r\n";
            case ["admin", "start"]: shell.Prompt = "SANbox (admin) #> "; return "";
            case ["admin", "end"]: shell.Prompt = "SANbox #> "; return "";
            case ["show", "port", "3"]: return $"  Port  Number: 3\r\n  ------------\r\n  AdminState         {(shell.Off.Contains("3") ? "Offline" : "Online")}      OperationalState  Online\r\n  AsicNumber         0            PerfTuningMode    Normal\r\n";
            case ["set", "port", "3", "state", var state]: return shell.Set("3", state == "offline");
            default: return "Invalid port\r\n";
        }
    });

    public static ScriptedShell Sentry(ScriptedShell? like = null, bool isNew = false) => Of(like, "Username: ", (shell, line) =>
    {
        switch (line.Split(' '))
        {
            case ["admin"]: shell.Prompt = "Password: "; return "";
            case ["secret"]: shell.Prompt = "Switched CDU: "; return "\r\nLocation:\r\n";
            case ["wrong"]: shell.Prompt = "Username: "; return "\r\nInvalid password\r\n";
            case ["set", ..]: return "\r\n   Command successful\r\n";
            case ["status"] when !isNew: return $"\r\n   Outlet   Outlet                    Outlet     Control\r\n   ID       Name                      Status     State\r\n\r\n   .A11     TowerA_Outlet11           On         Idle On\r\n   .A12     node2                     {State(shell, ".A12"),-10} {(shell.Off.Contains(".A12") ? "Off" : "Idle On")}\r\n";
            case ["status", "all"] when isNew: return $"\r\n   AA11  TowerA_Outlet11                  Idle On        On     Normal\r\n   AA12  node2                            {(shell.Off.Contains("AA12") ? "Off    " : "Wake On")}        {State(shell, "AA12")}     Normal\r\n";
            case ["off", var outlet]: return shell.Set(outlet, true, "\r\n   1 outlet(s) - Off command successful\r\n");
            case ["on", var outlet]: return shell.Set(outlet, false, "\r\n   1 outlet(s) - On command successful\r\n");
            default: return "";
        }
    });

    public static ScriptedShell Cyberpower(ScriptedShell? like = null) => Of(like, "CyberPower >", (shell, line) => line.Split(' ') switch
    {
        ["oltsta", "show"] => $"  Index  Name          Status\r\n  1      Outlet One    {State(shell, "1")}\r\n  2      Outlet Off    {State(shell, "2")}\r\n  10                   {State(shell, "10")}\r\n",
        ["oltctrl", "index", var outlet, "act", "delayoff"] => shell.Set(outlet, true),
        ["oltctrl", "index", var outlet, "act", "delayon"] => shell.Set(outlet, false),
        _ => "",
    });

    public static ScriptedShell Raritan(ScriptedShell? like = null)
    {
        var asked = "";
        return Of(like, "[My PDU] # ", (shell, line) =>
        {
            shell.Prompt = "[My PDU] # ";
            switch (line.Split(' '))
            {
                case ["show", "outlets"]: return $"Outlet 1:\r\nPower state: {State(shell, "1")}\r\n\r\nOutlet 8 - Test rack:\r\nPower state: {State(shell, "8")}\r\n\r\nOutlet 9 strange\r\nPower state: Off\r\n\r\n";
                case ["power", "outlets", var outlet, var to]:
                    (asked, shell.Prompt) = ($"{outlet} {to}", "[y/n] ");
                    return $"Do you wish to turn outlet {outlet} {to}? ";
                case ["y"]: return shell.Set(asked.Split(' ')[0], asked.EndsWith("off", StringComparison.Ordinal));
                default: return "";
            }
        });
    }

    private static string State(ScriptedShell shell, string plug) => shell.Off.Contains(plug) ? "Off" : "On";

    private static ScriptedShell Of(ScriptedShell? like, string prompt, Func<ScriptedShell, string, string?> answer) => like is null
        ? new(prompt, answer)
        : new(prompt, answer) { IsDeaf = like.IsDeaf, Greeting = like.Greeting, Closes = like.Closes, HangsAt = like.HangsAt, Mangle = like.Mangle };
}
