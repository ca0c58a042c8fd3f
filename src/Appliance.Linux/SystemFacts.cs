using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using Appliance.Configuration;

namespace Appliance.Linux;

/// <summary>This machine, as the readers of the configuration ask about it. Every question is answered from what is there now.</summary>
/// <remarks>
/// Names are looked up in /etc/hosts, /etc/passwd, /etc/group and /etc/services themselves: a static binary carries no name service.
/// Only a host that /etc/hosts does not know is asked of the resolver.
/// </remarks>
/// <param name="scriptExists">Whether a resource of that name can be run: the agents' room knows its built-in ones.</param>
/// <param name="etc">Where passwd, group, hosts and services are.</param>
public sealed partial class SystemFacts(Func<string, bool> scriptExists, string etc = "/etc") : IConfigurationFacts
{
    private static readonly string[] StonithDirectories = ["/usr/lib/stonith/plugins", "/usr/lib64/stonith/plugins", "/usr/local/lib/stonith/plugins"];

    /// <summary>The whole name: the runtime's own property ends it at the first dot.</summary>
    public string HostName
    {
        get
        {
            Span<byte> name = stackalloc byte[65];     // HOST_NAME_MAX and the NUL
            if (GetHostName(name, (nuint)name.Length - 1) != 0) throw new LinuxException("gethostname", "", Marshal.GetLastPInvokeError());
            var end = name.IndexOf((byte)0);
            return Encoding.UTF8.GetString(name[..(end < 0 ? name.Length : end)]);
        }
    }

    public uint? UserId(string name) => Number("passwd", name);

    public uint? GroupId(string name) => Number("group", name);

    public FileFact? Stat(string path) => path.Length == 0 || path.Contains('\0', StringComparison.Ordinal) ? null : FileStatus.Of(path);

    public InterfaceFact? Interface(string name)
    {
        if (NetworkDevice.Find(name) is not { } device) return null;
        using var any = DatagramSocket.Udp(AddressFamily.InterNetwork);
        Span<byte> request = stackalloc byte[40];       // struct ifreq
        const uint SIOCGIFADDR = 0x8915;
        var hasAddress = Encoding.UTF8.TryGetBytes(name, request[..15], out _) && Ioctl(any.Descriptor, SIOCGIFADDR, request) >= 0;
        return new(device.IsUp, hasAddress);
    }

    public string? ResolveIPv4(string host) => Resolve(host, AddressFamily.InterNetwork);

    public string? ResolveIPv6(string host) => Resolve(host, AddressFamily.InterNetworkV6);

    public int? UdpPort(string service)
    {
        foreach (var (port, names) in Services())
            if (names.Contains(service)) return port;
        return null;
    }

    public string? UdpService(int port)
    {
        foreach (var (known, names) in Services())
            if (known == port) return names[0];
        return null;
    }

    /// <summary>Whether the program speaks to devices of a type itself.</summary>
    public Func<string, bool> SpeaksStonith { get; init; } = _ => false;

    /// <summary>What is wrong with such a device's parameters.</summary>
    public Func<StonithLine, HaCf, IEnumerable<string>> JudgesStonith { get; init; } = (_, _) => [];

    public IEnumerable<string> StonithProblems(StonithLine line, HaCf cf) => JudgesStonith(line, cf);

    public bool StonithTypeExists(string type)
    {
        if (SpeaksStonith(type)) return true;
        if (type.Split('/') is ["external", var name]) return IsName(name) && StonithDirectories.Any(d => Stat($"{d}/external/{name}") is { Kind: FileKind.Regular });
        return IsName(type) && StonithDirectories.Any(d => Stat($"{d}/stonith2/{type}.so") is { Kind: FileKind.Regular });
    }

    public bool ResourceScriptExists(string name) => scriptExists(name);

    private static bool IsName(string name) => name.Length > 0 && !name.Contains('/', StringComparison.Ordinal) && name is not ("." or "..");

    private string? Resolve(string host, AddressFamily family)
    {
        if (host.Length == 0) return null;
        // Digits and dots are an address in one of inet_aton's forms, or nothing; so does gethostbyname(3) see it.
        if (host.All(c => char.IsAsciiDigit(c) || c == '.')) return family == AddressFamily.InterNetwork && IPAddress.TryParse(host, out var number) ? number.ToString() : null;
        if (host.Contains(':', StringComparison.Ordinal)) return family == AddressFamily.InterNetworkV6 && IPAddress.TryParse(host, out var six) ? six.ToString() : null;
        foreach (var fields in Lines("hosts"))
            if (fields.Skip(1).Contains(host, StringComparer.OrdinalIgnoreCase) && IPAddress.TryParse(fields[0], out var known) && known.AddressFamily == family) return known.ToString();
        try
        {
            return Dns.GetHostAddresses(host, family).FirstOrDefault()?.ToString();
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            return null;        // not found, or no name a resolver could take: both mean that nobody is there
        }
    }

    private uint? Number(string file, string name)
    {
        foreach (var line in Text(file).Split('\n'))
            if (line.Split(':') is [var first, _, var number, ..] && first == name && uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return id;
        return null;
    }

    private IEnumerable<(int Port, string[] Names)> Services()
    {
        foreach (var fields in Lines("services"))
            if (fields.Length >= 2 && fields[1].Split('/') is [var port, "udp"] && int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                yield return (number, [fields[0], .. fields[2..]]);
    }

    private IEnumerable<string[]> Lines(string file) =>
        Text(file).Split('\n').Select(line => line.Split('#')[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries)).Where(fields => fields.Length > 0);

    private string Text(string file)
    {
        try
        {
            return File.ReadAllText(Path.Join(etc, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";      // as good as empty: nothing is known by it
        }
    }

    [LibraryImport("libc", EntryPoint = "gethostname", SetLastError = true)]
    private static partial int GetHostName(Span<byte> name, nuint length);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int Ioctl(Descriptor fd, nuint request, Span<byte> argument);
}
