namespace Appliance.Haresources.Tests.Captured;

/// <summary>In every captured scenario, and in either place, ours says to a 3.0.6 what a 3.0.6 said: types, fields, their order and values.</summary>
public class The_messages_of_3_0_6
{
    private static readonly string[] Scenarios =
    [
        "cold_start_both", "cold_start_off", "cold_start_legacy",
        "graceful_stop", "graceful_stop_off", "graceful_stop_both", "graceful_stop_legacy",
        "node_crash_takeover", "node_crash_takeover_off", "node_crash_takeover_legacy", "stonith",
        "node_return_failback_on", "node_return_failback_off", "node_return_legacy",
        "one_node_late_primary", "one_node_late_secondary",
        "quick_restart_owner", "quick_restart_secondary", "reload_ha_cf",
        "standby_all", "standby_local", "standby_foreign", "standby_failback_off", "standby_peer_dead",
        "takeover_all", "takeover_local", "takeover_foreign", "takeover_failback_bug",
        "partition_and_merge", "ping_ipfail",
    ];

    [Test]
    public void Are_also_ours([ValueSource(nameof(Scenarios))] string scenario, [Values("alpha", "beta")] string role)
    {
        var script = CapturedScript.Read(scenario);
        var node = new CapturedNode(role, script.Given);
        Prepare(node, script, role);
        node.Play(script);
    }

    /// <summary>Brings the node to where the scenario begins: by what both hold, or by playing the scenario before.</summary>
    private static void Prepare(CapturedNode node, CapturedScript script, string role)
    {
        if (script.Given.TryGetValue("after", out var earlier))
        {
            var before = CapturedScript.Read(earlier);
            Prepare(node, before, role);
            node.Play(before, strict: false);
        }
        else if (script.Given.TryGetValue(role, out var mine)) node.Stands(mine, script.Given[role == "alpha" ? "beta" : "alpha"]);
    }

    [Test]
    public void Of_every_kept_capture_are_played()
    {
        var kept = Directory.GetFiles(Path.Combine(TestContext.CurrentContext.TestDirectory, "Captures"), "*.txt").Select(Path.GetFileNameWithoutExtension);
        Assert.That(kept, Is.EquivalentTo(Scenarios));
    }
}
