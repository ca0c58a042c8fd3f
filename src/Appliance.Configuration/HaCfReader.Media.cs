using System.Collections.Immutable;
using System.Net;

namespace Appliance.Configuration;

/// <summary>The media. 3.0.6 says in up to three lines what is wrong with one; here they are one message.</summary>
internal sealed partial class HaCfReader
{
    private const int MaxMedia = 64;      // 3.0.6: MAXMEDIA

    private readonly List<MediumSpec> _media = [];
    private bool _mediaTooMany;

    /// <summary>A medium that needs one word.</summary>
    private void Medium(Place at, string value)
    {
        switch (at.Directive)
        {
            case "serial": SerialMedium(at, value); break;
            case "ping": PingMedium(at, value); break;
            case "ping6": Ping6Medium(at, value); break;
            default: BcastMedium(at, value); break;
        }
    }

    private void SerialMedium(Place at, string device)
    {
        var what = device[0] != '/' ? $"Serial port not full pathname [{device}] in config file"
            : _facts.Stat(device) is not { } file ? $"Nonexistent serial port [{device}] in config file"
            : file.Kind != FileKind.CharacterDevice ? $"Serial port [{device}] not a char device in config file" : null;
        if (what is not null) Error(at, $"Illegal serial [serial ring] in config file [{device}]: {what}", "the full path of a serial line, as in /dev/ttyS0");
        else Add(at, new MediumSpec.Serial(device, _media.OfType<MediumSpec.Serial>().FirstOrDefault()?.Baud ?? _baud, at.Line));
    }

    private void BcastMedium(Place at, string name)
    {
        if (at.Directive == "udp") Warn(at, "directive 'udp' replaced by 'bcast'", "write bcast");
        var fact = _facts.Interface(name);
        if (fact is not { HasIPv4Address: true })
        {
            Error(at, $"Illegal bcast [UDP/IP broadcast] in config file [{name}]: IP interface [{name}] does not exist: Get broadcast for interface {name} failed: "
                + (fact is null ? "No such device" : "Cannot assign requested address"), fact is null ? "\"ip link\" shows the interfaces" : "give the interface an IPv4 address first");
            return;
        }
        if (!fact.Value.IsUp) Warn(at, $"interface [{name}] is down", "it is used as soon as it is up");
        Add(at, new MediumSpec.Bcast(name, PortFor<MediumSpec.Bcast>(b => b.Port), at.Line));
    }

    private void PingMedium(Place at, string host)
    {
        if (_facts.ResolveIPv4(host) is { } address) Add(at, new MediumSpec.Ping(host, address, at.Line));
        else Error(at, $"Illegal ping [ping membership] in config file [{host}]: unknown host: {host}", "an IPv4 address, or a name that /etc/hosts knows");
    }

    private void Ping6Medium(Place at, string host)
    {
        if (IsIPv6(host, out _)) Add(at, new MediumSpec.Ping(host, host, at.Line));
        else Error(at, $"Illegal ping6 [ping6 membership] in config file [{host}]", "an IPv6 address without interface; names are not looked up");
    }

    /// <summary>A medium that takes the rest of the line.</summary>
    private void MediumLine(Place at, string rest, int column)
    {
        var words = Words.Split(rest, column, Words.Blanks);
        if (words.Count == 0)
        {
            var remedy = at.Directive switch
            {
                "ucast" => "ucast INTERFACE ADDRESS", "ucast6" => "ucast6 INTERFACE ADDRESS", "mcast" => "mcast INTERFACE GROUP PORT TTL LOOP, as in \"mcast eth0 239.0.0.1 694 1 0\"",
                "mcast6" => "mcast6 INTERFACE GROUP PORT HOPS LOOP", _ => "ping_group NAME HOST...",
            };
            Error(at, at.Directive == "ping_group" ? "ping_group needs a name and at least one host" : $"{at.Directive} statement without device", remedy);
            return;
        }
        switch (at.Directive)
        {
            case "ucast": UcastMedium(at, words); break;
            case "ucast6": Ucast6Medium(at, words); break;
            case "ping_group": PingGroupMedium(at, words); break;
            default: McastMedium(at, words); break;
        }
    }

    private void UcastMedium(Place at, List<Word> words)
    {
        var device = words[0].Text;
        if (words.Count < 2)
        {
            Error(at with { Column = words[0].Column }, $"ucast: [{device}] missing target IP address/hostname", "ucast INTERFACE ADDRESS, with a blank between");
            return;
        }
        var target = at with { Column = words[1].Column };
        if (_facts.ResolveIPv4(words[1].Text) is not { } address)
        {
            Error(target, $"ucast: cannot resolve hostname [{words[1].Text}]", "an IPv4 address, or a name that /etc/hosts knows");
            return;
        }
        NoMore(at, words, 2);
        if (_facts.Interface(device) is null) Warn(at with { Column = words[0].Column }, $"interface [{device}] does not exist now", "the medium waits until it does; \"ip link\" shows the interfaces");
        Add(target, new MediumSpec.Ucast(device, address, PortFor<MediumSpec.Ucast>(u => u.Port), at.Line));
    }

    private void Ucast6Medium(Place at, List<Word> words)
    {
        var device = words[0].Text;
        if (_facts.Interface(device) is null) Error(at with { Column = words[0].Column }, $"ucast6 device [{device}] is invalid or not set up properly", "\"ip link\" shows the interfaces");
        else if (words.Count < 2) Error(at with { Column = words[0].Column }, $"ucast6 [{device}] missing ucast6 address", "ucast6 INTERFACE ADDRESS, with a blank between");
        else
        {
            var (text, target) = (words[1].Text, at with { Column = words[1].Column });
            var scope = text.IndexOf('%', StringComparison.Ordinal);
            var bare = scope < 0 ? text : text[..scope];
            if (!IsIPv6(bare, out _)) Error(target, $"ucast6 [{device}] bad addr [{text}]", "an IPv6 address; names are not looked up");
            else if (scope >= 0 && text[(scope + 1)..] != device) Error(target, $"ucast6: the scope id of [{text}] does not match device {device}", $"{bare}%{device}, or without the scope id");
            else
            {
                NoMore(at, words, 2);
                Add(target, new MediumSpec.Ucast6(device, text, PortFor<MediumSpec.Ucast6>(u => u.Port), at.Line));
            }
        }
    }

    private void McastMedium(Place at, List<Word> words)
    {
        var (type, device, six) = (at.Directive, words[0].Text, at.Directive == "mcast6");
        var hops = six ? "hops" : "ttl";
        if (_facts.Interface(device) is not { } fact || (!six && !fact.HasIPv4Address))
        {
            Error(at with { Column = words[0].Column }, $"{type} device [{device}] is invalid or not set up properly", "\"ip address\" shows the interfaces; mcast needs one with an IPv4 address. 3.0.6 waits up to 120 s for it");
            return;
        }
        string[] names = [$"{type} address", "port", hops, "loop"];
        if (words.Count < 5)
        {
            Error(at with { Column = words[^1].Column }, $"{type} [{device}] missing {names[words.Count - 1]}", $"{type} INTERFACE GROUP PORT {hops.ToUpperInvariant()} LOOP: all five are needed; udpport does not count here");
            return;
        }
        var (group, port) = (words[1].Text, McastPort(at, words[2], six));
        if (six ? !IsMulticast6(group) : !IsMulticast4(group))
            Error(at with { Column = words[1].Column }, $"{type} [{device}] bad addr [{group}]", six ? "a transient group such as ff12::1:2:3:4" : "224.0.0.0 to 239.255.255.255, as 239.0.0.1");
        if (port is null) Error(at with { Column = words[2].Column }, $"{type} [{device}] bad port [0]", "a number from 1 to 65535");
        var ttl = Byte(at, words[3], hops);
        if (ttl > 4) Error(at with { Column = words[3].Column }, $" {type} [{device}] bad {hops} [{ttl}]", "0 to 4; 1 stays in the network");
        var loop = Byte(at, words[4], "loop");
        if (loop > 1) Error(at with { Column = words[4].Column }, $" {type} [{device}] bad loop [{loop}]", "0 or 1");
        NoMore(at, words, 5);
        if (port is null || ttl > 4 || loop > 1 || (six ? !IsMulticast6(group) : !IsMulticast4(group))) return;
        Add(at with { Column = words[1].Column }, six ? new MediumSpec.Mcast6(device, group, port.Value, ttl, loop == 1, at.Line) : new MediumSpec.Mcast(device, group, port.Value, ttl, loop == 1, at.Line));
    }

    private int? McastPort(Place at, Word word, bool six)
    {
        var number = Numbers.Atoi(word.Text, out var complete);
        var port = number & 0xFFFF;
        if (port == 0 || (six && !complete)) return null;
        if (port != number || !complete) Warn(at with { Column = word.Column }, $"port [{word.Text}] is taken as {port}", "a number from 1 to 65535");
        return port;
    }

    private int Byte(Place at, Word word, string what)
    {
        var number = Numbers.Atoi(word.Text, out var complete);
        var value = number & 0xFF;
        if ((number != value && value <= 4) || !complete) Warn(at with { Column = word.Column }, $"{what} [{word.Text}] is taken as {value}", "3.0.6 keeps only the lowest 8 bits of the number");
        return value;
    }

    private void PingGroupMedium(Place at, List<Word> words)
    {
        var name = words[0].Text;
        if (words.Count < 2)
        {
            Error(at with { Column = words[0].Column }, $"ping_group [{name}] has no host", "ping_group NAME HOST..., with blanks between, not commas");
            return;
        }
        var addresses = ImmutableArray.CreateBuilder<string>();
        foreach (var word in words.Skip(1))
            if (_facts.ResolveIPv4(word.Text) is { } address) addresses.Add(address);
            else Warn(at with { Column = word.Column }, $"unknown host: {word.Text}: the group goes without it", word.Text.Contains(',', StringComparison.Ordinal) ? "hosts are separated by blanks here" : "an IPv4 address, or a name that /etc/hosts knows");
        if (addresses.Count == 0) Warn(at, $"ping_group [{name}] has no known host: it is dead for ever", "give it a host that can be found");
        Add(at with { Column = words[0].Column }, new MediumSpec.PingGroup(name, addresses.ToImmutable(), at.Line));
    }

    private void NoMore(Place at, List<Word> words, int wanted)
    {
        if (words.Count > wanted) Warn(at with { Column = words[wanted].Column }, $"{at.Directive}: what follows [{words[wanted - 1].Text}] is ignored", "one medium per line; delete the rest");
    }

    private void Add(Place at, MediumSpec medium)
    {
        if (_media.Count == MaxMedia)
        {
            if (!_mediaTooMany) Error(at, $"Too many media specified (> {MaxMedia})", "delete some");
            _mediaTooMany = true;
            return;
        }
        if (_media.Exists(m => (m with { Line = medium.Line }).Equals(medium))) Warn(at, $"this {medium.Type} medium is already there", "delete one of the two");
        else if (medium is MediumSpec.Ping or MediumSpec.PingGroup && _media.Exists(m => m is MediumSpec.Ping or MediumSpec.PingGroup && m.Link == medium.Link))
            Warn(at, $"ping node [{medium.Link}] is named twice", "give every ping node and group a name of its own");
        _media.Add(medium);
    }

    private static bool IsIPv6(string text, out byte[] bytes)
    {
        bytes = !text.AsSpan().ContainsAny("%[]/") && IPAddress.TryParse(text, out var address) ? address.GetAddressBytes() : [];
        return bytes.Length == 16;
    }

    private static bool IsMulticast4(string text) =>
        text.Count(c => c == '.') == 3 && IPAddress.TryParse(text, out var address) && address.GetAddressBytes() is [>= 224 and <= 239, _, _, _];

    // 3.0.6 takes well-known and transient groups (flags 0 and 1) of link, admin, site and organisation scope (2, 4, 5, 8), and no others.
    private static bool IsMulticast6(string text) => IsIPv6(text, out var bytes) && bytes[0] == 0xFF && bytes[1] >> 4 is 0 or 1 && (bytes[1] & 0xF) is 2 or 4 or 5 or 8;
}
