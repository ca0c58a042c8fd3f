using System.Net;
using System.Net.Sockets;
using Appliance.Configuration;

namespace Appliance.Linux;

/// <summary>This machine, as the configuration's readers ask about it.</summary>
/// <param name="scriptExists">Whether a resource of that name can be run: the agents' room knows its built-in ones.</param>
public sealed class SystemFacts(Func<string, bool> scriptExists) : IConfigurationFacts
{
    /// <inheritdoc/>
    public string HostName => Environment.MachineName;

    /// <inheritdoc/>
    public uint? UserId(string name) => Account("/etc/passwd", name);

    /// <inheritdoc/>
    public uint? GroupId(string name) => Account("/etc/group", name);

    /// <inheritdoc/>
    public FileFact? Stat(string path) => FileStatus.Of(path);

    /// <inheritdoc/>
    public InterfaceFact? Interface(string name) => NetworkDevice.Find(name) is { } device ? new(device.IsUp, device.BroadcastAddress is not null) : null;

    /// <inheritdoc/>
    public string? ResolveIPv4(string host) => Resolve(host, AddressFamily.InterNetwork);

    /// <inheritdoc/>
    public string? ResolveIPv6(string host) => Resolve(host, AddressFamily.InterNetworkV6);

    /// <inheritdoc/>
    public int? UdpPort(string service) => Services().Where(s => s.Names.Contains(service)).Select(s => (int?)s.Port).FirstOrDefault();

    /// <inheritdoc/>
    public string? UdpService(int port) => Services().Where(s => s.Port == port).Select(s => s.Names[0]).FirstOrDefault();

    /// <inheritdoc/>
    public bool ResourceScriptExists(string name) => scriptExists(name);

    /// <summary>Addresses as text first, then /etc/hosts, then the resolver: a cluster should not need name service to start.</summary>
    private static string? Resolve(string host, AddressFamily family)
    {
        if (IPAddress.TryParse(host, out var address)) return address.AddressFamily == family ? host : null;
        foreach (var words in Lines("/etc/hosts"))
            if (words.Skip(1).Contains(host, StringComparer.OrdinalIgnoreCase) && IPAddress.TryParse(words[0], out var known) && known.AddressFamily == family) return words[0];
        try
        {
            return Dns.GetHostAddresses(host, family).FirstOrDefault()?.ToString();
        }
        catch (SocketException)
        {
            return null;        // unknown: that is the answer
        }
    }

    private static uint? Account(string file, string name)
    {
        foreach (var line in ReadLines(file))
            if (line.Split(':') is { Length: > 2 } fields && fields[0] == name && uint.TryParse(fields[2], out var id)) return id;
        return null;
    }

    private static IEnumerable<(string[] Names, int Port)> Services()
    {
        foreach (var words in Lines("/etc/services"))
            if (words.Length > 1 && words[1].EndsWith("/udp", StringComparison.Ordinal) && int.TryParse(words[1][..^4], out var port)) yield return ([words[0], .. words.Skip(2)], port);
    }

    private static IEnumerable<string[]> Lines(string file) => ReadLines(file).Select(l => l.Split('#')[0].Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)).Where(w => w.Length > 0);

    private static string[] ReadLines(string file)
    {
        try
        {
            return File.ReadAllLines(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];          // a file that is not there names nobody
        }
    }
}
