using System.Collections.Immutable;
using Appliance.Core;

namespace Appliance.Configuration;

public enum AutoFailback { Legacy, On, Off }

public enum MessageFormat { Classic, Netstring }

public enum GenerationMethod { File, Time }

public enum UuidSource { File, NodeName }

/// <summary>What a node does that finds an order in its mailbox on a shared disk when it starts.</summary>
public enum SbdStartMode { Always, Clean }

/// <summary>One heartbeat medium of ha.cf, resolved to what is needed to open it.</summary>
public abstract record MediumSpec(int Line)
{
    /// <summary>The directive's word.</summary>
    public abstract string Type { get; }

    /// <summary>Name of the link this medium belongs to: our device, or the ping target.</summary>
    public abstract string Link { get; }

    public sealed record Serial(string Device, int Baud, int Line) : MediumSpec(Line)
    {
        public override string Type => "serial";
        public override string Link => Device;
    }

    public sealed record Bcast(string Interface, int Port, int Line) : MediumSpec(Line)
    {
        public override string Type => "bcast";
        public override string Link => Interface;
    }

    /// <param name="Address">IPv4 address, already resolved.</param>
    public sealed record Ucast(string Interface, string Address, int Port, int Line) : MediumSpec(Line)
    {
        public override string Type => "ucast";
        public override string Link => Interface;
    }

    public sealed record Mcast(string Interface, string Group, int Port, int Ttl, bool Loop, int Line) : MediumSpec(Line)
    {
        public override string Type => "mcast";
        public override string Link => Interface;
    }

    public sealed record Ucast6(string Interface, string Address, int Port, int Line) : MediumSpec(Line)
    {
        public override string Type => "ucast6";
        public override string Link => Interface;
    }

    public sealed record Mcast6(string Interface, string Group, int Port, int Hops, bool Loop, int Line) : MediumSpec(Line)
    {
        public override string Type => "mcast6";
        public override string Link => Interface;
    }

    /// <param name="Host">As written: the ping node's name. <paramref name="Address"/> is what it resolves to.</param>
    public sealed record Ping(string Host, string Address, int Line) : MediumSpec(Line)
    {
        public override string Type => Address.Contains(':', StringComparison.Ordinal) ? "ping6" : "ping";
        public override string Link => Host;
    }

    public sealed record PingGroup(string Name, ImmutableArray<string> Addresses, int Line) : MediumSpec(Line)
    {
        public override string Type => "ping_group";
        public override string Link => Name;
    }
}

/// <summary>A <c>respawn</c> or <c>failfast</c> line.</summary>
public sealed record ClientChild(string User, string Command, ImmutableArray<string> Arguments, bool FailFast, int Line);

/// <summary>An <c>apiauth</c> line: who may talk to the daemon under a client name.</summary>
public sealed record ApiAuth(string Client, ImmutableArray<string> Users, ImmutableArray<string> Groups);

/// <summary>A <c>stonith</c> or <c>stonith_host</c> line. Parameters can hold passwords.</summary>
/// <param name="Host">Node the line is for; <c>*</c> for every node.</param>
/// <param name="ConfigFile">For <c>stonith</c>: the file with the parameters; otherwise <c>null</c>.</param>
public sealed record StonithLine(string Host, string Type, Secret Parameters, string? ConfigFile, int Line);

/// <summary>Everything ha.cf says, with 3.0.6's defaults filled in. Immutable.</summary>
public sealed record HaCf
{
    /// <summary>Real nodes in the order of ha.cf, lower case.</summary>
    public ImmutableArray<string> Nodes { get; init; } = [];
    public string LocalNode { get; init; } = "";
    public ImmutableArray<MediumSpec> Media { get; init; } = [];
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan DeadTime { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan WarnTime { get; init; } = TimeSpan.FromSeconds(15);
    public TimeSpan InitDead { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan DeadPing { get; init; } = TimeSpan.FromSeconds(30);
    public int HopFudge { get; init; } = 1;
    public AutoFailback AutoFailback { get; init; } = AutoFailback.Legacy;
    public MessageFormat MessageFormat { get; init; } = MessageFormat.Classic;
    /// <summary><c>null</c>, <c>zlib</c> or <c>bz2</c>.</summary>
    public string? Compression { get; init; }
    public int CompressionThresholdKib { get; init; } = 2;
    public bool TraditionalCompression { get; init; }
    public TimeSpan MaxRexmitDelay { get; init; } = TimeSpan.FromMilliseconds(250);
    public string? LogFile { get; init; }
    public string? DebugFile { get; init; }
    /// <summary>Syslog facility's name; <c>null</c> for none.</summary>
    public string? LogFacility { get; init; }
    public bool UseLogd { get; init; }
    public bool SyslogMessageFormat { get; init; } = true;
    public bool LogBadPackets { get; init; } = true;
    public int Debug { get; init; }
    public bool RealTime { get; init; } = true;
    /// <summary>0: the lowest of the policy.</summary>
    public int RealTimePriority { get; init; }
    public int MemoryReserveKib { get; init; } = 6500;
    public GenerationMethod GenerationMethod { get; init; } = GenerationMethod.File;
    public UuidSource UuidFrom { get; init; } = UuidSource.File;
    public string? Watchdog { get; init; }
    /// <summary>Shared disks whose mailbox this node obeys; at most three.</summary>
    public ImmutableArray<string> SbdDevices { get; init; } = [];
    public SbdStartMode SbdStartMode { get; init; } = SbdStartMode.Always;
    public bool CoreDumps { get; init; } = true;
    public string? CoreRoot { get; init; }
    /// <summary><c>crm</c> or <c>pacemaker</c> is on: resources are those of the CIB. haresources is what the first CIB is made of.</summary>
    public bool Crm { get; init; }
    public string Cluster { get; init; } = "linux-ha";
    public ImmutableArray<ClientChild> Clients { get; init; } = [];
    public ImmutableArray<ApiAuth> ApiAuth { get; init; } = [];
    public ImmutableArray<StonithLine> Stonith { get; init; } = [];
    /// <summary><c>null</c>: resources that run are not asked, as in 3.0.6.</summary>
    public MonitorSpec? Monitor { get; init; }
    /// <summary><c>null</c>: as <see cref="QuorumSpec.Usual"/>.</summary>
    public QuorumSpec? Quorum { get; init; }
    /// <summary><c>env N=V</c> lines, in order.</summary>
    public ImmutableArray<(string Name, string Value)> ChildEnvironment { get; init; } = [];
    /// <summary>Every option directive as written (last value wins): what <c>cl_status hbparameter</c> prints and scripts see as HA_name.</summary>
    public ImmutableSortedDictionary<string, string> Parameters { get; init; } = ImmutableSortedDictionary<string, string>.Empty;

    /// <summary>Names of ping nodes and ping groups, in order.</summary>
    public IEnumerable<string> PingNodes => Media.OfType<MediumSpec.Ping>().Select(m => m.Host).Concat(Media.OfType<MediumSpec.PingGroup>().Select(m => m.Name));
}
