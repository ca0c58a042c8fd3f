using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>First of all: the cluster's options.</summary>
internal static class OptionsReader
{
    public static void Read(Scheduling model)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        AttributeSets.Read(model.Configuration.Element("crm_config"), "cluster_property_set", model.RuleInput(), values, model, "cib-bootstrap-options");

        string? Value(string name, string? old = null) => values.GetValueOrDefault(name) ?? (old is null ? null : values.GetValueOrDefault(old));
        bool Flag(string name, bool otherwise, string? old = null) => Texts.Boolean(Value(name, old)) ?? otherwise;
        long Span(string name, long otherwise, string? old = null) => Periods.Milliseconds(Value(name, old)) is { } ms && ms >= 0 ? Math.Min(ms, uint.MaxValue) : otherwise;
        // What the graph's header repeats is the text itself, if it is one that can be read.
        string Repeated(string name, string otherwise, string? old = null) => Value(name, old) is { } text && Periods.Milliseconds(text) is >= 0 ? text : otherwise;

        var quorate = Texts.IsTrue(model.Cib["have-quorum"]);
        var fencing = Flag("fencing-enabled", true, "stonith-enabled");
        var watchdog = Flag("have-watchdog", false);
        var health = new NodeHealth("none", 0, 0, 0, -Scores.Infinity);
        health = health with
        {
            Strategy = Value("node-health-strategy")?.ToLowerInvariant() is "none" or "migrate-on-red" or "only-green" or "progressive" or "custom"
                ? Value("node-health-strategy")!.ToLowerInvariant() : "none",
            Base = Scores.Parse(Value("node-health-base"), health) ?? 0,
            Green = Scores.Parse(Value("node-health-green"), health) ?? 0,
            Yellow = Scores.Parse(Value("node-health-yellow"), health) ?? 0,
            Red = Scores.Parse(Value("node-health-red"), health) ?? -Scores.Infinity,
        };
        health = health.Strategy switch
        {
            "migrate-on-red" => health with { Red = -Scores.Infinity, Yellow = 0, Green = 0 },
            "only-green" => health with { Red = -Scores.Infinity, Yellow = -Scores.Infinity, Green = 0 },
            _ => health,
        };
        model.Options = new ClusterOptions
        {
            Quorate = quorate,
            FencingEnabled = fencing,
            HaveWatchdog = watchdog,
            NoQuorumPolicy = Policy(Value("no-quorum-policy"), fencing, quorate || Texts.Integer(model.Cib["no-quorum-panic"]) > 0 || Texts.IsTrue(model.Cib["no-quorum-panic"])),
            SymmetricCluster = Flag("symmetric-cluster", true),
            MaintenanceMode = Flag("maintenance-mode", false),
            StartFailureIsFatal = Flag("start-failure-is-fatal", true),
            StartupProbes = Flag("enable-startup-probes", true),
            FencingAction = Value("fencing-action", "stonith-action") is "off" or "poweroff" ? "off" : "reboot",
            FencingTimeout = Repeated("fencing-timeout", "60s", "stonith-timeout"),
            FencingTimeoutMs = Span("fencing-timeout", 60_000, "stonith-timeout"),
            ConcurrentFencing = Flag("concurrent-fencing", true),
            StartupFencing = Flag("startup-fencing", true),
            PriorityFencingDelayMs = Span("priority-fencing-delay", 0),
            NodePendingTimeoutMs = Span("node-pending-timeout", 0),
            ClusterDelay = Repeated("cluster-delay", "60s"),
            BatchLimit = Value("batch-limit") ?? "0",
            MigrationLimit = Value("migration-limit") ?? "-1",
            StopAll = Flag("stop-all-resources", false),
            StopRemoved = Flag("stop-removed-resources", true, "stop-orphan-resources"),
            CancelRemoved = Flag("cancel-removed-actions", true, "stop-orphan-actions"),
            PlacementStrategy = Value("placement-strategy")?.ToLowerInvariant() is "utilization" or "minimal" or "balanced" ? Value("placement-strategy")!.ToLowerInvariant() : "default",
            Health = health,
            ShutdownLock = Flag("shutdown-lock", false),
            ShutdownLockMs = Span("shutdown-lock-limit", 0),
            FenceRemoteWithoutQuorum = Flag("fence-remote-without-quorum", false),
            ClusterName = Value("cluster-name"),
            UnfencingInUse = UsesUnfencing(model),
        };
        model.HaveFencing = watchdog;
    }

    private static NoQuorumPolicy Policy(string? text, bool fencing, bool hadQuorum) => text?.ToUpperInvariant() switch
    {
        "IGNORE" => NoQuorumPolicy.Ignore,
        "FREEZE" => NoQuorumPolicy.Freeze,
        "DEMOTE" => NoQuorumPolicy.Demote,
        "FENCE" or "SUICIDE" => fencing && hadQuorum ? NoQuorumPolicy.Fence : NoQuorumPolicy.Stop,
        _ => NoQuorumPolicy.Stop,
    };

    private static bool UsesUnfencing(Scheduling model)
    {
        foreach (var section in new[] { "resources", "rsc_defaults" })
            foreach (var block in model.Configuration.Element(section)?.Descendants("meta_attributes") ?? [])
                foreach (var pair in block.Elements("nvpair"))
                    if (pair["name"] is "provides" or "requires" && pair["value"] == "unfencing") return true;
        return false;
    }
}
