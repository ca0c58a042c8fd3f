using System.Collections.Immutable;
using System.Text;
using Appliance.Core;

namespace Appliance.Configuration;

/// <summary>Programs the daemon starts or talks to: respawn, failfast, apiauth, stonith, stonith_host.</summary>
internal sealed partial class HaCfReader
{
    private const int MaxStonithHost = 99;      // 3.0.6: "Stonith hostname too long" above

    /// <summary>Clients that 3.0.6 lets in without being told, unless a line says otherwise.</summary>
    private static readonly ImmutableArray<ApiAuth> BuiltInClients =
    [
        new("ipfail", ["hacluster"], []), new("ccm", ["hacluster"], []), new("ping", [], ["haclient"]), new("lha-snmpagent", ["root"], []), new("anon", ["root"], ["haclient"]),
    ];

    private readonly List<ApiAuth> _apiAuth = [];

    private void Child(Place at, string rest, int column)
    {
        var words = Words.Split(rest, column, Words.Blanks);
        var user = words.Count > 0 ? words[0] : new("", at.Column);
        var command = words.Count > 1 ? words[1] : new("", user.Column + user.Text.Length);
        var form = $"{at.Directive} USER /FULL/PATH [ARGUMENT...]";
        if (_facts.UserId(user.Text) is null)
        {
            Error(at with { Column = user.Column }, $"Invalid uid [{user.Text}] specified for client child", $"{form}; the user by name, as in /etc/passwd");
            return;
        }
        if (!command.Text.StartsWith('/'))
        {
            Error(at with { Column = command.Column }, $"Client child command [{command.Text}] is not full pathname", form);
            return;
        }
        if (_facts.Stat(command.Text) is not { IsExecutable: true })
        {
            if (command.Text.EndsWith("/ipfail", StringComparison.Ordinal))
                _problems.Info(at.Line, command.Column, $"[{command.Text}] is not there; its work is done by the daemon itself", "the line may stay");
            else
            {
                Error(at with { Column = command.Column }, $"Client child command [{command.Text}] is not executable", "install it, or chmod +x, or delete the line");
                return;
            }
        }
        _cf = _cf with { Clients = _cf.Clients.Add(new(user.Text, command.Text, [.. words.Skip(2).Select(w => w.Text)], at.Directive == "failfast", at.Line)) };
    }

    private void ClientAuthorization(Place at, string rest, int column)
    {
        var words = Words.Split(rest, column, Words.Blanks);
        ImmutableArray<string>? users = null, groups = null;
        var problem = "";
        foreach (var word in words.Skip(1))
        {
            var list = word.Text.Length > 4 ? word.Text[4..].Split(',') : [];
            if (word.Text.StartsWith("uid=", StringComparison.Ordinal))
            {
                problem = users is not null ? "Duplicate uid list in apiauth" : Unknown(list, _facts.UserId) is { } bad ? $"Invalid user id name [{bad}]: Bad uid list [{word.Text[4..]}]" : "";
                users = [.. list];
            }
            else if (word.Text.StartsWith("gid=", StringComparison.Ordinal))
            {
                problem = groups is not null ? "Duplicate gid list in apiauth" : Unknown(list, _facts.GroupId) is { } bad ? $"Invalid group name [{bad}]: Bad gid list [{word.Text[4..]}]" : "";
                groups = [.. list];
            }
            else problem = "Missing uid or gid in apiauth";
            if (problem.Length > 0) break;
        }
        var client = words.Count > 0 ? words[0].Text : "";
        if (problem.Length == 0 && _apiAuth.Exists(a => a.Client == client)) problem = $"Duplicate apiauth directive for API client {client}: [{rest}]";
        if (problem.Length > 0 || (users is null && groups is null))
        {
            Error(at with { Column = column }, $"Invalid apiauth directive [{rest}]{(problem.Length > 0 ? ": " + problem : "")}",
                "Syntax: apiauth client [uid=uidlist] [gid=gidlist] Where uidlist is a comma-separated list of uids, and gidlist is a comma-separated list of gids One or the other must be specified.");
            return;
        }
        _apiAuth.Add(new(client, users ?? [], groups ?? []));
    }

    /// <summary>First name that nobody has; what begins with a digit is taken as a number.</summary>
    private static string? Unknown(IEnumerable<string> names, Func<string, uint?> find) =>
        names.FirstOrDefault(name => name.Length == 0 || (!char.IsAsciiDigit(name[0]) && find(name) is null));

    private void Stonith(Place at, string rest, int column)
    {
        var words = Words.Split(rest, column, Words.Blanks);
        if (words.Count == 0)
        {
            Error(at, "No Stonith type given", "stonith TYPE FILE");
            return;
        }
        if (!TypeIsKnown(at, words[0])) return;
        var path = words.Count > 1 ? words[1].Text : "";
        var place = at with { Column = words.Count > 1 ? words[1].Column : words[0].Column };
        if (_facts.Stat(path) is not { Kind: FileKind.Regular } file)
        {
            Error(place, $"Invalid Stonith config file [{path}]", "stonith TYPE FILE: a file with the device's parameters on one line, mode 600");
            return;
        }
        if (file.IsReadableByOthers)
        {
            Error(place, $"Bad permissions on Stonith config file [{path}], 600 recommended.", $"chmod 600 {path}: whoever can read it can reset the nodes. heartbeat 3.0.6 does not look");
            return;
        }
        AddDevice(new("*", words[0].Text, Secret.Of(""), path, at.Line), at);
    }

    private void StonithHost(Place at, string rest, int column)
    {
        var words = Words.Split(rest, column, Words.Blanks);
        const string form = "stonith_host HOST TYPE PARAMETER...";
        if (_file.IsReadableByOthers && !_toldMode)
        {
            _toldMode = true;
            Error(at, $"Bad permissions on config file [{_file.PathAsPrinted}] with stonith_host lines, 600 recommended.",
                $"chmod 600 {_file.Path}: whoever can read the parameters can reset the nodes. heartbeat 3.0.6 does not look");
        }
        if (words.Count == 0) Error(at, "No Stonith hostname argument given", form);
        else if (words[0].Text.Length > MaxStonithHost) Error(at with { Column = words[0].Column }, "Stonith hostname too long", $"{form}; a name of at most {MaxStonithHost} characters, or *");
        else if (!IsForUs(words[0].Text))
        {
            // A line for another node is not looked at further, as in 3.0.6: its plug-in need not be installed here.
            if (words.Count < 2) Warn(at, $"stonith_host [{words[0].Text}] names no type", form);
            else AddDevice(new(words[0].Text, words[1].Text, Parameters(rest, column, words), null, at.Line), at);
        }
        else if (words.Count == 1) Error(at with { Column = words[0].Column }, "No Stonith type given", form);
        else if (!TypeIsKnown(at, words[1])) return;
        else if (words.Count == 2) Error(at with { Column = words[1].Column }, "Invalid Stonith configuration parameter []", $"{form}; \"stonith -t {words[1].Text} -n\" names the parameters");
        else AddDevice(new(words[0].Text, words[1].Text, Parameters(rest, column, words), null, at.Line), at);
    }

    private bool _toldMode;

    private bool IsForUs(string host) => host == "*" || host.Equals(_localNode, StringComparison.OrdinalIgnoreCase);

    private Secret Parameters(string rest, int column, List<Word> words) =>
        new((_file.IsUtf8 ? Encoding.UTF8 : Encoding.Latin1).GetBytes(words.Count < 3 ? "" : rest[(words[2].Column - column)..]));

    private bool TypeIsKnown(Place at, Word type)
    {
        if (_facts.StonithTypeExists(type.Text)) return true;
        Error(at with { Column = type.Column }, $"Invalid Stonith type [{type.Text}]", "\"appliance fence\" lists the types that need nothing else, \"stonith -L\" those of cluster-glue, if it is installed");
        return false;
    }

    /// <summary>The first parameter is NAME=VALUE.</summary>
    private static bool IsNamed(StonithLine line)
    {
        var text = line.Parameters.Reveal();
        var first = text[..(text.IndexOfAny((byte)' ', (byte)'\t') is >= 0 and var end ? end : text.Length)];
        return first.IndexOf((byte)'=') > 0;
    }

    /// <summary>The devices that are spoken to natively: known only at the end, as their nodes are checked too.</summary>
    private void CheckDevices()
    {
        foreach (var device in _cf.Stonith.Where(d => IsForUs(d.Host)))
            foreach (var problem in _facts.StonithProblems(device, _cf))
                _problems.Error(device.Line, 0, $"STONITH device {device.Type}: {problem}", "\"appliance fence " + device.Type + " --help\" lists the parameters");
    }

    private void AddDevice(StonithLine device, Place at)
    {
        // Lines of NAME=VALUE add up (ours); by position the last one counts, as in 3.0.6.
        var hidden = IsNamed(device) ? null : _cf.Stonith.FirstOrDefault(s => IsForUs(s.Host) && IsForUs(device.Host) && !IsNamed(s));
        if (hidden is not null) Warn(at, $"line {hidden.Line} already names a device for this node: this one counts", "keep one line per node");
        _cf = _cf with { Stonith = _cf.Stonith.Add(device) };
    }
}
