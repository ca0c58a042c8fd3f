using System.Collections.Immutable;
using System.Net;
using Appliance.Core;

namespace Appliance.Configuration;

internal sealed partial class HaCfReader
{
    private static readonly string[] WholeLineNames = ["ucast", "ucast6", "mcast", "mcast6", "ping_group", "stonith", "stonith_host", "respawn", "failfast", "apiauth"];
    private const int DefaultPort = 694, DefaultBaud = 19200;

    private int Port => _port ?? _facts.UdpPort("ha-cluster") ?? DefaultPort;

    /// <summary>Directives that get the rest of their line.</summary>
    private bool WholeLine(string name, string value)
    {
        if (!WholeLineNames.Contains(name)) return false;
        var words = value.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        switch (name)
        {
            case "ucast" or "ucast6": Ucast(name, words); break;
            case "mcast" or "mcast6": Mcast(name, words); break;
            case "ping_group": PingGroup(words); break;
            case "stonith": Stonith(words); break;
            case "stonith_host": StonithHost(words, value); break;
            case "respawn" or "failfast": Respawn(name, words); break;
            case "apiauth": Api(words); break;
        }
        if (name is not ("stonith" or "stonith_host")) _parameters[name] = value;
        return true;
    }

    private void Serial(string device)
    {
        string? wrong = !device.StartsWith('/') ? $"Serial port not full pathname [{device}] in config file"
            : _facts.Stat(device) is not { } fact ? $"Nonexistent serial port [{device}]"
            : fact.Kind != FileKind.CharacterDevice ? $"Serial port [{device}] not a char device" : null;
        if (wrong is not null)
        {
            Error(wrong, "serial /dev/ttyS0, or a stable name that udev gives");
            Error($"Illegal serial [serial ring] in config file [{device}]", "");
        }
        else _media.Add(new MediumSpec.Serial(device, _baud ?? DefaultBaud, _line));
    }

    private void Bcast(string name)
    {
        if (_facts.Interface(name) is not { } nic)
        {
            Error($"IP interface [{name}] does not exist", "bcast and an interface that ip link shows");
            Error($"Illegal bcast [UDP/IP broadcast] in config file [{name}]", "");
        }
        else if (!nic.IsUp || !nic.HasBroadcastAddress)
            Error($"Get broadcast for interface {name} failed: {(nic.IsUp ? "it has no broadcast address" : "it is down")}", $"ip link set {name} up, and give it an address with a broadcast address");
        else _media.Add(new MediumSpec.Bcast(name, Port, _line));
    }

    private void Ucast(string name, string[] words)
    {
        if (words.Length < 2)
        {
            Error($"{name}: [{string.Join(' ', words)}] missing target IP address/hostname", $"{name} INTERFACE ADDRESS");
            return;
        }
        var address = name == "ucast" ? _facts.ResolveIPv4(words[1]) : _facts.ResolveIPv6(words[1]);
        if (address is null)
        {
            Error($"{name}: cannot resolve hostname [{words[1]}]", "an address, or a name of /etc/hosts");
            return;
        }
        if (_facts.Interface(words[0]) is null) Warn($"Interface {words[0]} does not exist now.", "it is used as soon as it is there");
        _media.Add(name == "ucast" ? new MediumSpec.Ucast(words[0], address, Port, _line) : new MediumSpec.Ucast6(words[0], address, Port, _line));
    }

    private void Mcast(string name, string[] words)
    {
        var form = name == "mcast" ? "mcast INTERFACE GROUP PORT TTL LOOP, for example: mcast eth0 239.1.2.3 694 1 0" : "mcast6 INTERFACE GROUP PORT HOPS LOOP";
        var nic = words.Length > 0 ? words[0] : "";
        if (words.Length < 5) Error($"{name} [{nic}] missing {(words.Length < 2 ? "group" : words.Length < 3 ? "port" : words.Length < 4 ? "ttl" : "loop")}", form);
        else if (!IPAddress.TryParse(words[1], out var group) || (name == "mcast") != (group.GetAddressBytes().Length == 4)
                 || (name == "mcast" ? group.GetAddressBytes()[0] is < 224 or > 239 : !group.IsIPv6Multicast)) Error($"{name} [{nic}] bad addr [{words[1]}]", form);
        else if (Number(words[2]) is <= 0 or > 65535) Error($"{name} [{nic}] bad port [{words[2]}]", form);
        else if (!int.TryParse(words[3], out var ttl) || ttl < 0 || name == "mcast" && ttl > 4) Error($" {name} [{nic}] bad ttl [{words[3]}]", "a ttl from 0 to 4");
        else if (words[4] is not ("0" or "1")) Error($" {name} [{nic}] bad loop [{words[4]}]", "0 or 1");
        else if (_facts.Interface(nic) is null) Error($"{name} device [{nic}] is invalid or not set up properly", form);
        else
            _media.Add(name == "mcast" ? new MediumSpec.Mcast(nic, words[1], Number(words[2]), ttl, words[4] == "1", _line)
                : new MediumSpec.Mcast6(nic, words[1], Number(words[2]), ttl, words[4] == "1", _line));
    }

    private void Ping(string host)
    {
        if ((_facts.ResolveIPv4(host) ?? _facts.ResolveIPv6(host)) is { } address) _media.Add(new MediumSpec.Ping(host, address, _line));
        else
        {
            Error($"unknown host: {host}", "an address, or a name of /etc/hosts");
            Error($"Illegal ping [ping membership] in config file [{host}]", "");
        }
    }

    private void PingGroup(string[] words)
    {
        if (words.Length < 2)
        {
            Error("ping_group: no host", "ping_group NAME HOST...");
            return;
        }
        var addresses = words.Skip(1).Select(h => _facts.ResolveIPv4(h) ?? _facts.ResolveIPv6(h)).ToArray();
        for (var i = 0; i < addresses.Length; i++)
            if (addresses[i] is null) Error($"unknown host: {words[i + 1]}", "an address, or a name of /etc/hosts");
        if (!addresses.Contains(null)) _media.Add(new MediumSpec.PingGroup(words[0], [.. addresses!], _line));
    }

    private void Stonith(string[] words)
    {
        if (words.Length == 0) Error("No Stonith type given", "stonith TYPE FILE");
        else if (words.Length < 2 || _facts.Stat(words[1]) is not { } fact) Error($"Invalid Stonith config file [{(words.Length < 2 ? "" : words[1])}]", "stonith TYPE FILE, with the device's parameters in FILE");
        else
        {
            if (fact.IsReadableByOthers) Error($"The stonith file {words[1]} can be read by others", $"chmod 600 {words[1]}");
            _stonith.Add(new("*", words[0], Secret.Of(""), words[1], _line));
        }
    }

    private void StonithHost(string[] words, string value)
    {
        if (words.Length < 2)
        {
            Error("stonith_host: no host or no type", "stonith_host HOST TYPE PARAMETERS, with * for every node");
            return;
        }
        var parameters = value[(value.IndexOf(words[1], value.IndexOf(words[0], StringComparison.Ordinal) + words[0].Length, StringComparison.Ordinal) + words[1].Length)..].Trim();
        _stonith.Add(new(words[0].ToLowerInvariant(), words[1], Secret.Of(parameters), null, _line));
    }

    private void Respawn(string name, string[] words)
    {
        if (words.Length < 2)
        {
            Error($"{name}: no user or no command", $"{name} USER /full/path/of/command ARGUMENTS");
            return;
        }
        if (_facts.UserId(words[0]) is null) Error($"Invalid uid [{words[0]}] specified for client child", "a user of this machine");
        var isIpfail = words[1].EndsWith("/ipfail", StringComparison.Ordinal);     // built in: its program need not be there
        if (!words[1].StartsWith('/')) Error($"Client child command [{words[1]}] is not full pathname", "a path that begins with /");
        else if (!isIpfail && _facts.Stat(words[1]) is not { Kind: FileKind.Regular, IsExecutable: true }) Error($"Client child command [{words[1]}] is not executable", "a program that is there and may be executed");
        _clients.Add(new(words[0], words[1], [.. words.Skip(2)], name == "failfast", _line));
    }

    private void Api(string[] words)
    {
        if (words.Length < 2)
        {
            Error($"Invalid apiauth directive [{string.Join(' ', words)}]", "apiauth CLIENT uid=USER,... gid=GROUP,...");
            return;
        }
        if (_apiAuth.Any(a => a.Client == words[0])) Error($"Duplicate apiauth directive [{words[0]}]", "one line for each client");
        string[] users = [], groups = [];
        foreach (var word in words.Skip(1))
        {
            var values = word.IndexOf('=', StringComparison.Ordinal) is >= 0 and var at ? word[(at + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries) : [];
            if (word.StartsWith("uid=", StringComparison.Ordinal)) users = values;
            else if (word.StartsWith("gid=", StringComparison.Ordinal)) groups = values;
            else Error($"Invalid apiauth directive [{string.Join(' ', words)}]", "apiauth CLIENT uid=USER,... gid=GROUP,...");
        }
        foreach (var user in users.Where(u => _facts.UserId(u) is null && !uint.TryParse(u, out _))) Error($"Invalid user id name [{user}]", "a user of this machine");
        foreach (var group in groups.Where(g => _facts.GroupId(g) is null && !uint.TryParse(g, out _))) Error($"Invalid group id name [{group}]", "a group of this machine");
        _apiAuth.Add(new(words[0], [.. users], [.. groups]));
    }
}
