using System.Collections.Immutable;
using System.Globalization;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Simulation.Crm;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Network;
using Appliance.Simulation.Power;

namespace Appliance.Simulation;

/// <summary>How machines are cabled.</summary>
internal enum Cabling { OneLan, TwoLans, LanAndSerial, Crossovers, CrossoverAndSerial, LanAndPing, TwoLansAndPing, SerialRing, LanSerialAndPing }

/// <summary>What a world is made of before anything goes wrong: the same on every node, as the three files are.</summary>
internal sealed record ClusterPlan
{
    public ImmutableArray<string> Nodes { get; init; } = ["alpha", "beta"];
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan DeadTime { get; init; } = TimeSpan.FromSeconds(4);
    public TimeSpan InitDead { get; init; } = TimeSpan.FromSeconds(10);
    public AutoFailback AutoFailback { get; init; } = AutoFailback.On;
    public Cabling Cabling { get; init; } = Cabling.TwoLans;

    /// <summary>Of the serial lines.</summary>
    public ModemStatus Modem { get; init; }

    /// <summary>The line <c>quorum</c> of ha.cf; <c>null</c>: there is none.</summary>
    public QuorumSpec? Quorum { get; init; }
    public FencingKind Fencing { get; init; } = FencingKind.None;

    /// <summary>A BMC loses power together with its machine.</summary>
    public bool BmcOnMains { get; init; }

    /// <summary>The fencing of the first node is delayed by so much (with more nodes: of each by so much more than of the one after it), that the first survives a split.</summary>
    public TimeSpan FavouredDelay { get; init; }

    /// <summary>Every fencing waits a random time up to this: a split then most often has a survivor.</summary>
    public TimeSpan RandomDelay { get; init; }

    /// <summary>Cipher suite of the BMCs: seldom 3, as ciphering would be a tenth of all the work.</summary>
    public int Cipher { get; init; } = 3;

    /// <summary>For one device; zero: the fencer's own.</summary>
    public TimeSpan DeviceTime { get; init; }
    public bool Watchdog { get; init; }
    public ImmutableArray<ResourceGroup> Groups { get; init; } = [Group("alpha", "A", 1), Group("beta", "B", 1)];
    /// <summary><c>crm yes</c>; <c>null</c>: haresources as it is.</summary>
    public CrmPlan? Crm { get; init; }

    public AuthKeys Keys { get; init; } = Key(1, AuthMethod.Sha1, "TestKey");

    /// <summary>Per node: 0 speaks to everybody as 3.0.6 does.</summary>
    public ImmutableArray<int> Extensions { get; init; } = [1, 1];

    /// <summary>Events and commands between pulse and control go through their frames.</summary>
    public bool BridgeInBytes { get; init; }

    /// <summary>Serial lines deliver bytes in pieces, not whole messages.</summary>
    public bool SerialFraming { get; init; }

    /// <summary><c>monitor</c> in ha.cf; <c>null</c>: nothing is monitored.</summary>
    public MonitorSpec? Monitor { get; init; }

    /// <summary>Share of packets that every path loses even in the best of times.</summary>
    public double Loss { get; init; }

    public bool AllOurs => Extensions.All(x => x > 0);

    public static AuthKeys Key(int index, AuthMethod method, string secret) => new(index, [new AuthKey(index, method, Secret.Of(secret))]);

    /// <summary>A group of so many dummies; its key is the first one's text.</summary>
    public static ResourceGroup Group(string node, string name, int size) =>
        new(node, [.. Enumerable.Range(1, size).Select(i => new ResourceSpec($"Dummy::{name}{i}", "Dummy", [$"{name}{i}"]))], 1);

    /// <summary>The cluster of a seed.</summary>
    public static ClusterPlan Draw(SeededRandom chance)
    {
        var count = chance.Below(8) switch { < 7 => 2, _ => chance.Between(3, 5) };
        ImmutableArray<string> names = ["alpha", "beta", "gamma", "delta", "epsilon"];
        var nodes = names[..count];
        var keepAlive = TimeSpan.FromMilliseconds(chance.Of(700, 1000, 1500));
        var deadTime = keepAlive * chance.Between(4, 6);
        var mixed = count == 2 && chance.Chance(0.15);
        var delay = chance.Below(4);
        return new()
        {
            Nodes = nodes,
            KeepAlive = keepAlive,
            DeadTime = deadTime,
            InitDead = deadTime * (1.5 + chance.Unit()),
            AutoFailback = chance.Of(AutoFailback.On, AutoFailback.On, AutoFailback.Off),
            Cabling = count == 2 ? chance.Of(Cabling.OneLan, Cabling.TwoLans, Cabling.LanAndSerial, Cabling.Crossovers, Cabling.CrossoverAndSerial, Cabling.LanAndPing, Cabling.TwoLansAndPing)
                : chance.Of(Cabling.OneLan, Cabling.TwoLans, Cabling.TwoLansAndPing),
            Fencing = chance.Of(FencingKind.None, FencingKind.None, FencingKind.Bmc, FencingKind.BmcThenStrip),
            BmcOnMains = chance.Chance(0.5),
            FavouredDelay = delay < 2 ? 2 * keepAlive + TimeSpan.FromSeconds(4) : TimeSpan.Zero,
            RandomDelay = delay == 2 ? TimeSpan.FromSeconds(8) : TimeSpan.Zero,
            Cipher = chance.Of(0, 0, 0, 0, 0, 3),
            DeviceTime = TimeSpan.FromSeconds(chance.Of(0, 15, 30)),
            Watchdog = chance.Chance(0.3),
            Groups = [.. Enumerable.Range(0, chance.Between(1, 3)).Select(i => Group(chance.Of(nodes.AsSpan()), ((char)('A' + i)).ToString(), chance.Between(1, 3)))],
            Keys = Key(1, chance.Of(AuthMethod.Sha1, AuthMethod.Sha1, AuthMethod.Md5, mixed ? AuthMethod.Crc : AuthMethod.Sha256), "TestKey"),
            Extensions = [.. nodes.Select((_, i) => mixed && i == 1 ? 0 : 1)],
            BridgeInBytes = chance.Chance(0.2),
            SerialFraming = chance.Chance(0.5),
            Loss = chance.Of(0, 0, 0.01, 0.05),
        };
    }

    public HaCf HaCfOf(int index) => new()
    {
        Nodes = Nodes,
        LocalNode = Nodes[index],
        Media = [.. Media(index)],
        KeepAlive = KeepAlive,
        DeadTime = DeadTime,
        WarnTime = DeadTime / 2,
        InitDead = InitDead,
        DeadPing = DeadTime,
        AutoFailback = AutoFailback,
        Watchdog = Watchdog ? "/dev/watchdog" : null,
        Stonith = Fencing == FencingKind.None ? [] : [.. Nodes.Select((_, i) => new StonithLine("*", "simulated", Secret.Of(""), null, i + 1))],
        LogBadPackets = false,
        Crm = Crm is not null,
        Quorum = Quorum,
        Monitor = Monitor,
    };

    /// <summary>The delays of a device for a node (<c>null</c>: for all), as ha.cf has them.</summary>
    public string DelayText(string? node)
    {
        var text = "";
        if (FavouredDelay > TimeSpan.Zero)
            text = " pcmk_delay_base=" + (node is not null ? Ms(node) : string.Join(',', Nodes.Select(n => $"{n}:{Ms(n)}")));
        return RandomDelay > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"{text} pcmk_delay_max={(long)RandomDelay.TotalMilliseconds}ms") : text;

        string Ms(string of) => string.Create(CultureInfo.InvariantCulture, $"{(long)FavouredDelay.TotalMilliseconds * (Nodes.Length - 1 - Nodes.IndexOf(of))}ms");
    }

    /// <summary>The time of a device, as ha.cf has it.</summary>
    public string TimeText => DeviceTime > TimeSpan.Zero ? string.Create(CultureInfo.InvariantCulture, $"pcmk_reboot_timeout={DeviceTime.TotalSeconds:0}s") : "";

    /// <summary>The media of a node, each with the name of the segment it is plugged into.</summary>
    public IEnumerable<(MediumSpec Medium, string Segment)> Cables(int index)
    {
        var others = Enumerable.Range(0, Nodes.Length).Where(i => i != index).ToArray();
        MediumSpec Lan(string nic) => new MediumSpec.Bcast(nic, 694, 1);
        string Pair(string kind, int other) => $"{kind}-{Nodes[Math.Min(index, other)]}-{Nodes[Math.Max(index, other)]}";
        if (Cabling is Cabling.OneLan or Cabling.LanAndSerial or Cabling.LanSerialAndPing or Cabling.LanAndPing or Cabling.TwoLans or Cabling.TwoLansAndPing) yield return (Lan("eth0"), "lan0");
        if (Cabling is Cabling.TwoLans or Cabling.TwoLansAndPing) yield return (Lan("eth1"), "lan1");
        if (Cabling is Cabling.Crossovers or Cabling.CrossoverAndSerial)
            foreach (var other in others) yield return (new MediumSpec.Ucast("eth0", $"10.0.0.{other + 1}", 694, 1), Pair("eth0", other));
        if (Cabling is Cabling.Crossovers)
            foreach (var other in others) yield return (new MediumSpec.Ucast("eth1", $"10.0.1.{other + 1}", 694, 1), Pair("eth1", other));
        if (Cabling is Cabling.LanAndSerial or Cabling.LanSerialAndPing or Cabling.CrossoverAndSerial)
            foreach (var other in others.Take(1)) yield return (new MediumSpec.Serial("/dev/ttyS0", 19200, 1), Pair("serial", other));
        if (Cabling is Cabling.SerialRing)
        {
            yield return (new MediumSpec.Serial("/dev/ttyS0", 115200, 1), $"ring{index}");
            yield return (new MediumSpec.Serial("/dev/ttyS1", 115200, 1), $"ring{(index + 1) % Nodes.Length}");
        }

        if (Cabling is Cabling.LanAndPing or Cabling.LanSerialAndPing or Cabling.TwoLansAndPing) yield return (new MediumSpec.Ping("10.0.0.254", "10.0.0.254", 1), "router");
    }

    private IEnumerable<MediumSpec> Media(int index) => Cables(index).Select(c => c.Medium);
}
