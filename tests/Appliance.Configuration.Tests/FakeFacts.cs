using Appliance.Configuration;

namespace Appliance.Configuration.Tests;

/// <summary>A machine "alpha" with a few things on it. The same machine that <see cref="Against_the_real_heartbeat"/> builds around the real daemon.</summary>
internal sealed class FakeFacts : IConfigurationFacts
{
    private const int Executable = 0x1ED, Readable = 0x1A4, Private = 0x180;     // 0755, 0644, 0600

    public Dictionary<string, FileFact> Files { get; } = new(StringComparer.Ordinal)
    {
        ["/dev/null"] = new(FileKind.CharacterDevice, 0x1B6, 0),
        ["/dev/zero"] = new(FileKind.CharacterDevice, 0x1B6, 0),
        ["/dev/ttyS0"] = new(FileKind.CharacterDevice, Private, 0),
        ["/etc/passwd"] = new(FileKind.Regular, Readable, 0),
        ["/etc/ha.d/device"] = new(FileKind.Regular, Private, 0),
        ["/etc/ha.d/open-device"] = new(FileKind.Regular, Readable, 0),
        ["/etc/ha.d/harc"] = new(FileKind.Regular, Executable, 0),
        ["/bin/true"] = new(FileKind.Regular, Executable, 0),
        ["/tmp"] = new(FileKind.Directory, 0x3FF, 0),
    };

    public Dictionary<string, InterfaceFact> Interfaces { get; } = new(StringComparer.Ordinal)
    {
        ["eth0"] = new(true, true), ["eth0p"] = new(true, false), ["lo"] = new(true, true), ["down0"] = new(false, true),
    };

    public HashSet<string> Scripts { get; } = ["IPaddr", "IPaddr2", "IPv6addr", "Filesystem", "httpd", "Delay", "OCF"];

    public string HostName { get; set; } = "alpha";

    public uint? UserId(string name) => name switch { "root" => 0, "hacluster" => 102, _ => null };

    public uint? GroupId(string name) => name switch { "root" => 0, "haclient" => 105, _ => null };

    public FileFact? Stat(string path) => Files.TryGetValue(path, out var fact) ? fact : null;

    public InterfaceFact? Interface(string name) => Interfaces.TryGetValue(name, out var fact) ? fact : null;

    public string? ResolveIPv4(string host) =>
        host == "localhost" ? "127.0.0.1" : host == "10.1" ? "10.0.0.1"
        : host.Split('.') is { Length: 4 } parts && parts.All(p => byte.TryParse(p, System.Globalization.NumberStyles.None, null, out _)) ? host : null;

    public string? ResolveIPv6(string host) => host.Contains(':', StringComparison.Ordinal) ? host : null;

    public int? UdpPort(string service) => service == "ha-cluster" ? 694 : null;

    public string? UdpService(int port) => port switch { 53 => "domain", 694 => "ha-cluster", _ => null };

    public bool StonithTypeExists(string type) => type is "null" or "ssh" or "meatware" or "external/ssh" or "external/ipmi" or "ipmilan";

    public bool ResourceScriptExists(string name) => Scripts.Contains(name);
}
