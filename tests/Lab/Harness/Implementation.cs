namespace Appliance.Lab.Harness;

/// <summary>What runs on a host: how its daemon is started and its commands are called.</summary>
public sealed record Implementation(string Name, string Daemon, string ClStatus, string Tools)
{
    /// <summary>Linux-HA heartbeat 3.0.6 from Debian's package.</summary>
    public static readonly Implementation Real =
        new("real", "/usr/libexec/heartbeat/heartbeat", "/usr/bin/cl_status", "/usr/share/heartbeat/");

    /// <summary>The published binary: APPLIANCE_BINARY, or where install.sh --build leaves it.</summary>
    public static readonly Implementation Ours = Published(Binary());

    /// <summary>An older build of ours, for pairs that are upgraded: APPLIANCE_OLD_BINARY (bench/upgrade builds one), or this one again.</summary>
    public static readonly Implementation Older = Environment.GetEnvironmentVariable("APPLIANCE_OLD_BINARY") is { Length: > 0 } old ? Published(Path.GetFullPath(old), "older") : Ours;

    /// <summary>The file that is installed; of ours only.</summary>
    public string Program => Tools.Trim();

    public override string ToString() => Name;

    private static Implementation Published(string binary, string name = "ours") => new(name, binary + " heartbeat", binary + " cl_status", binary + " ");

    /// <summary>The same, as a host has it in a file of its own, which can be replaced while it runs.</summary>
    public Implementation InstalledAs(string file)
    {
        File.Copy(Program, file + ".new", overwrite: true);
        File.SetUnixFileMode(file + ".new", (UnixFileMode)0b111_101_101);
        File.Move(file + ".new", file, overwrite: true);
        return Published(file, Name);
    }

    private static string Binary()
    {
        if (Environment.GetEnvironmentVariable("APPLIANCE_BINARY") is { Length: > 0 } named) return Path.GetFullPath(named);
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Appliance.sln")))
                return Path.Combine(directory.FullName, "artifacts", "publish", "appliance");
        return "/usr/local/sbin/appliance";
    }

    /// <summary>Why this cannot run here, or null.</summary>
    public string? Missing()
    {
        var program = Daemon.Split(' ')[0];
        return File.Exists(program) ? null : $"{program} is missing ({(this == Real ? "Debian package heartbeat" : "tests/run publish")})";
    }
}

/// <summary>Who runs what: alpha, the preferred node of the first group, and beta.</summary>
public sealed record Pairing(Implementation Alpha, Implementation Beta)
{
    public static readonly Pairing OursReal = new(Implementation.Ours, Implementation.Real);
    public static readonly Pairing RealOurs = new(Implementation.Real, Implementation.Ours);
    public static readonly Pairing OursOurs = new(Implementation.Ours, Implementation.Ours);
    public static readonly Pairing RealReal = new(Implementation.Real, Implementation.Real);

    public bool AllOurs => Alpha == Implementation.Ours && Beta == Implementation.Ours;
    public bool AnyOurs => Alpha == Implementation.Ours || Beta == Implementation.Ours;

    /// <summary>The pairings a scenario is played with. LAB_PAIRINGS (for example "real-real") names others, to try the lab itself.</summary>
    public static Pairing[] All => Chosen() ?? [OursReal, RealOurs, OursOurs];

    /// <summary>Scenarios in which a 3.0.6 peer takes part.</summary>
    public static Pairing[] Mixed => Chosen() ?? [OursReal, RealOurs];

    /// <summary>Scenarios that only a pair of ours promises.</summary>
    public static Pairing[] Ours => Chosen() ?? [OursOurs];

    /// <summary>All four: scenarios in which the lab is tried as well.</summary>
    public static Pairing[] Every => Chosen() ?? [OursReal, RealOurs, OursOurs, RealReal];

    public override string ToString() => $"{Alpha}-{Beta}";

    private static Pairing[]? Chosen() => Environment.GetEnvironmentVariable("LAB_PAIRINGS") is { Length: > 0 } names
        ? [.. new[] { OursReal, RealOurs, OursOurs, RealReal }.Where(p => names.Split(',').Contains(p.ToString()))]
        : null;
}
