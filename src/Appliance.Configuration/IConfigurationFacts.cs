namespace Appliance.Configuration;

/// <summary>What the readers must know of the machine beside the text of the files. The real one is <c>Appliance.Linux.SystemFacts</c>.</summary>
/// <remarks>Nothing here throws for something that does not exist: that is an answer.</remarks>
public interface IConfigurationFacts
{
    /// <summary>What <c>uname -n</c> prints.</summary>
    string HostName { get; }

    /// <summary>A user's number by name; <c>null</c> when there is no such user.</summary>
    uint? UserId(string name);

    /// <summary>A group's number by name; <c>null</c> when there is no such group.</summary>
    uint? GroupId(string name);

    /// <summary>What is at a path, symbolic links followed; <c>null</c> when nothing is.</summary>
    FileFact? Stat(string path);

    /// <summary>A network interface by name; <c>null</c> when there is none now.</summary>
    InterfaceFact? Interface(string name);

    /// <summary>First IPv4 address of a host name or of an address in text; <c>null</c> when it cannot be found.</summary>
    string? ResolveIPv4(string host);

    /// <summary>First IPv6 address (a scope id stays); <c>null</c> when it cannot be found.</summary>
    string? ResolveIPv6(string host);

    /// <summary>UDP port of a service of /etc/services; <c>null</c> when it has none.</summary>
    int? UdpPort(string service);

    /// <summary>Name of the service that has a UDP port in /etc/services; <c>null</c> when there is none.</summary>
    string? UdpService(int port);

    /// <summary>Whether cluster-glue has a STONITH plug-in of that type (<c>null</c>, <c>external/ipmi</c> ...).</summary>
    bool StonithTypeExists(string type);

    /// <summary>What is wrong with the parameters of a STONITH device that the program speaks to itself, a sentence each; none for cluster-glue's own.</summary>
    IEnumerable<string> StonithProblems(StonithLine line, HaCf cf) => [];

    /// <summary>Whether a resource of that name can be run: a script in resource.d or init.d, or a built-in agent.</summary>
    bool ResourceScriptExists(string name);
}

/// <summary>What stat(2) says of a path.</summary>
/// <param name="Mode">Permission bits, as in 0644.</param>
/// <param name="Owner">User number.</param>
public readonly record struct FileFact(FileKind Kind, int Mode, uint Owner)
{
    /// <summary>Somebody may execute it.</summary>
    public bool IsExecutable => (Mode & 0x49) != 0;     // 0111

    /// <summary>Its group or everybody may read it: no place for a secret.</summary>
    public bool IsReadableByOthers => (Mode & 0x24) != 0;       // 0044
}

public enum FileKind { Regular, Directory, CharacterDevice, Other }

/// <summary>What the kernel says of a network interface.</summary>
/// <param name="IsUp">The administrator switched it on.</param>
/// <param name="HasIPv4Address">It has one, and with it a broadcast address (that may be 0.0.0.0, as lo's).</param>
public readonly record struct InterfaceFact(bool IsUp, bool HasIPv4Address);
