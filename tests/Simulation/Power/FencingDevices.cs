using System.Collections.Immutable;
using System.Globalization;
using Appliance.Simulation.Engine;
using Appliance.Stonith;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Power;

/// <summary>Which fencing devices a world has.</summary>
internal enum FencingKind
{
    /// <summary>Nobody has one.</summary>
    None,
    /// <summary>Each machine has a BMC.</summary>
    Bmc,
    /// <summary>Each machine has a BMC; what that cannot do a power strip does (a second level).</summary>
    BmcThenStrip,
}

/// <summary>The fencing devices of a world, read from such lines as ha.cf has, the same on all nodes; and the things behind their addresses.</summary>
internal sealed class FencingDevices
{
    public const string User = "fence", Password = "fencepw";
    public const string StripId = "strip";
    private readonly SortedDictionary<string, PowerDevice> _devices = new(StringComparer.Ordinal);
    private readonly int[] _verdicts = new int[Enum.GetValues<VerdictKind>().Length];

    public FencingDevices(World world)
    {
        var plan = world.Plan;
        Configured = Read(plan);
        if (plan.Fencing == FencingKind.None) return;
        for (var i = 0; i < plan.Nodes.Length; i++) _devices[BmcOf(plan.Nodes[i])] = new Bmc(world, i);
        if (plan.Fencing == FencingKind.BmcThenStrip) _devices[StripId] = new PowerStrip(world);
        Levels = DeviceLines.Levels(Configured, plan.Nodes);
    }

    /// <summary>The devices of a plan, as every node reads them.</summary>
    public static ImmutableArray<ConfiguredDevice> Read(ClusterPlan plan)
    {
        if (plan.Fencing == FencingKind.None) return [];
        var configured = ImmutableArray.CreateBuilder<ConfiguredDevice>();
        for (var i = 0; i < plan.Nodes.Length; i++)
        {
            var node = plan.Nodes[i];
            configured.Add(Read(plan, BmcOf(node), "ipmi", $"ip={BmcOf(node)} username={User} password={Password} cipher={plan.Cipher} level=1 power_timeout=6 pcmk_host_list={node} {plan.TimeText}{plan.DelayText(node)}"));
        }
        if (plan.Fencing == FencingKind.BmcThenStrip)
        {
            var map = string.Join(';', plan.Nodes.Select((n, i) => string.Create(CultureInfo.InvariantCulture, $"{n}:{i + 1}")));
            configured.Add(Read(plan, StripId, "pdu", $"ip={StripId} community=private profile={PowerStrip.Profile} level=2 power_timeout=6 pcmk_host_map={map} {plan.TimeText}{plan.DelayText(null)}"));
        }
        return configured.ToImmutable();
    }

    public ImmutableArray<ConfiguredDevice> Configured { get; } = [];
    public ImmutableArray<TopologyLevel> Levels { get; } = [];

    /// <summary>How runs that were to cut power ended, by kind.</summary>
    public IReadOnlyList<int> Verdicts => _verdicts;

    public PowerDevice this[string id] => _devices[id];

    public IEnumerable<PowerDevice> All => _devices.Values;

    public static string BmcOf(string node) => $"bmc-{node}";

    public void Count(VerdictKind kind) => _verdicts[(int)kind]++;

    private static ConfiguredDevice Read(ClusterPlan plan, string id, string type, string text)
    {
        var read = DeviceLines.Read(new("*", type, text, 1), id, 1, plan.Nodes);
        return read.Device ?? throw new RuleBroken("configuration", default, string.Join("; ", read.Problems));
    }
}

/// <summary>Random bytes of a world.</summary>
internal sealed class SeededEntropy(SeededRandom chance) : IEntropy
{
    public void Fill(Span<byte> bytes)
    {
        foreach (ref var b in bytes) b = (byte)chance.Next();
    }
}
