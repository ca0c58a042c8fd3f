using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>Speaks to one command line: says a line, reads what stands between its echo and the next prompt.</summary>
/// <remarks>An answer counts only behind the echo of its own command. What was printed before (a banner, a late answer) can then never be taken for it.</remarks>
internal sealed class CliTerminal(CliProfile profile, DeviceParameters parameters)
{
    private static readonly TimeSpan Slowness = TimeSpan.FromSeconds(10);      // slow management processors: an answer may come that much later than the administrator's own limit
    private static readonly TimeSpan Parting = TimeSpan.FromMilliseconds(500);
    private readonly ImmutableArray<string> _prompts = CommandPrompt.Of(parameters["command_prompt"]) is { Length: > 0 } own ? [own] : profile.Prompts;
    private string _answer = "";
    private bool _isClosed;

    /// <summary>Why the last step failed; <c>null</c> when it did not.</summary>
    public DeviceVerdict? Trouble { get; private set; }

    /// <summary>What the last <see cref="List"/> showed.</summary>
    public ImmutableArray<CliRow> Rows { get; private set; } = [];

    /// <summary>Up to the first prompt, and through what the profile says at the start.</summary>
    /// <param name="asks">The device itself asks for name and password (telnet).</param>
    public IEnumerable<Step> LogIn(bool asks)
    {
        foreach (var step in asks ? Introduce() : Hear(null, parameters.Seconds("login_timeout") + Slowness)) yield return step;
        if (Trouble is null) Unfit(_answer);
        foreach (var line in profile.Start)
        {
            if (Trouble is not null) yield break;
            foreach (var step in Hear(line, Patience)) yield return step;
        }
        if (Trouble is null && profile.Started.Length > 0 && !_answer.Contains(profile.Started, StringComparison.OrdinalIgnoreCase))
            Trouble = new(VerdictKind.NotAllowed, $"after \"{profile.Start[^1]}\" the device does not say {profile.Started}: somebody else has its administration, or this user may not have it");
    }

    /// <summary>Lists all plugs, or one.</summary>
    public IEnumerable<Step> List(string? plug)
    {
        Rows = [];
        var command = profile.Status.Replace("{plug}", plug, StringComparison.Ordinal);
        foreach (var step in Hear(command, Patience)) yield return step;
        if (Trouble is not null) yield break;
        Rows = CliList.Read(profile, _answer, plug);
        if (!Rows.IsEmpty || plug is not null) yield break;
        // A prompt that came too early (a banner that ends like one): the list may still be on its way.
        var more = new Say(null, heard => !CliList.Read(profile, Behind(heard, command) ?? "", null).IsEmpty && AtPrompt(heard), parameters.Seconds("shell_timeout"));
        yield return more;
        if (more.Answered) Rows = CliList.Read(profile, Behind(more.Heard, command) ?? "", null);
        else Unfit(_answer);
        if (Rows.IsEmpty && Trouble is null) Trouble = new(VerdictKind.Garbled, $"the answer to \"{command}\" has no row laid out as in the profile {profile.Name}");
    }

    /// <summary>Gives an order, and confirms it if the device asks.</summary>
    public IEnumerable<Step> Order(string command)
    {
        var say = new Say(command, heard => Behind(heard, command) is { } answer && (AtPrompt(answer) || EndsWith(answer, profile.Confirm)), Patience);
        yield return say;
        Take(say, command);
        if (Trouble is not null || !EndsWith(say.Heard, profile.Confirm)) yield break;
        var confirmed = new Say(profile.Answer, AtPrompt, Patience);
        var before = _answer;
        yield return confirmed;
        Take(confirmed, "");
        _answer = before + _answer;
    }

    /// <summary>The line by which the device refuses the last order.</summary>
    public string? Complaint()
    {
        foreach (var raw in _answer.Split('\n', '\r'))
            foreach (var word in profile.Refused)
                if (raw.Contains(word, StringComparison.OrdinalIgnoreCase)) return raw.Trim() is { Length: > 80 } line ? line[..80] : raw.Trim();
        return null;
    }

    /// <summary>Gives back what was taken, and says good-bye without waiting for an answer.</summary>
    public IEnumerable<Step> Leave()
    {
        for (var i = 0; i < profile.Leave.Length && !_isClosed; i++)
        {
            var (line, isLast) = (profile.Leave[i], i == profile.Leave.Length - 1);
            var say = new Say(line, heard => isLast || AtPrompt(Behind(heard, line)), Parting);
            yield return say;
            _isClosed = say.Closed is not null;
        }
    }

    private TimeSpan Patience => parameters.Seconds("shell_timeout") + Slowness;

    private IEnumerable<Step> Introduce()
    {
        var patience = parameters.Seconds("login_timeout") + Slowness;
        var hello = new Say(null, heard => EndsWith(heard, profile.LoginPrompts) || EndsWith(heard, profile.PasswordPrompts) || AtPrompt(heard), patience);
        yield return hello;
        Take(hello, "");
        if (Trouble is null && EndsWith(hello.Heard, profile.LoginPrompts))
        {
            var name = new Say(parameters["username"], heard => EndsWith(Behind(heard, parameters["username"]), profile.PasswordPrompts) || AtPrompt(Behind(heard, parameters["username"])), patience);
            yield return name;
            Take(name, "");
            hello = name;
        }
        if (Trouble is not null || !EndsWith(hello.Heard, profile.PasswordPrompts)) yield break;
        var password = new Say(parameters["password"], heard => EndsWith(heard, profile.LoginPrompts) || EndsWith(heard, profile.PasswordPrompts) || AtPrompt(heard), patience) { Hidden = true };
        yield return password;
        Take(password, "");
        var isRefused = EndsWith(password.Heard, profile.LoginPrompts) || EndsWith(password.Heard, profile.PasswordPrompts) || (Trouble is not null && Contains(password.Heard, profile.LoginRefused));
        if (isRefused) Trouble = new(VerdictKind.Refused, "the device refused the login: check username and password");
    }

    private IEnumerable<Step> Hear(string? line, TimeSpan patience)
    {
        var say = new Say(line, heard => AtPrompt(Behind(heard, line)), patience);
        yield return say;
        Take(say, line);
    }

    private void Take(Say say, string? line)
    {
        Trouble = null;
        _answer = Behind(say.Heard, line) ?? "";
        if (say.Answered) return;
        _isClosed = say.Closed is not null;
        Trouble = say.Closed switch
        {
            null when line is { Length: > 0 } && Behind(say.Heard, line) is null && say.Heard.Length > 0 => new(VerdictKind.Garbled, $"the device did not repeat \"{line}\" as a command line does"),
            null => new(VerdictKind.TimedOut, $"the device did not come to its prompt (\"{string.Join("\" or \"", _prompts)}\") within {say.Patience.TotalSeconds:0} s"),
            var why when why.Contains("host key", StringComparison.OrdinalIgnoreCase) || why.Contains("HOST IDENTIFICATION", StringComparison.Ordinal) =>
                new(VerdictKind.Refused, $"the device is not the one we know by its host key; if it was replaced, remove its old key from the file of known hosts ({why})"),
            var why when why.Contains("denied", StringComparison.OrdinalIgnoreCase) || why.Contains("authentication", StringComparison.OrdinalIgnoreCase) => new(VerdictKind.Refused, $"the login was refused: check username, password or identity_file ({why})"),
            var why => new(VerdictKind.Unreachable, line is { Length: > 0 } ? $"the dialogue ended at \"{line}\", and it is not known whether the device did it: {why}" : $"the dialogue ended: {why}"),
        };
    }

    private void Unfit(string answer)
    {
        if (Contains(answer, profile.Unfit)) Trouble = new(VerdictKind.Unsupported, $"the device does not speak as the profile {profile.Name} does; where it knows SNMP, use that (pdu, switchport)");
    }

    /// <summary>What stands behind the echo; <c>null</c>: it was not echoed yet.</summary>
    private string? Behind(string heard, string? line)
    {
        if (string.IsNullOrEmpty(line) || !profile.Echoes) return heard;
        var at = TerminalText.BehindEcho(heard, line);
        return at < 0 ? null : heard[at..];
    }

    private bool AtPrompt(string? heard)
    {
        if (heard is null) return false;
        var last = TerminalText.LastLine(heard);
        foreach (var prompt in _prompts)
            if (last.EndsWith(prompt, StringComparison.Ordinal)) return true;
        return false;
    }

    private static bool EndsWith(string? heard, ImmutableArray<string> any)
    {
        if (heard is null) return false;
        var last = TerminalText.LastLine(heard);
        foreach (var text in any)
            if (last.EndsWith(text, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    private static bool Contains(string heard, ImmutableArray<string> any)
    {
        foreach (var text in any)
            if (heard.Contains(text, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }
}
