using System.Diagnostics;
using System.Globalization;
using Appliance.Cib;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Crm.History;
using Appliance.Crm.Transition;
using Appliance.Operations;
using System.Collections.Immutable;

namespace Appliance.Crm.Tests.History;

/// <summary>Entries that real controllers wrote into the status sections of Pacemaker's own cases, written again from what they say.</summary>
public class An_entry_of_a_real_controller
{
    /// <summary>Before, a failed migration was a last failure too, and a time-out was no part of a digest without secrets.</summary>
    private const string Oldest = "3.16.0";

    private static List<(string Case, CibElement Cib, CibElement Entry)> Entries()
    {
        var folder = Folder();
        if (folder is null) Assert.Ignore("the cases (../shared/conformance/scheduler) are not beside this checkout");
        var entries = new List<(string, CibElement, CibElement)>();
        foreach (var file in Directory.GetFiles(folder!, "*.xml").Order(StringComparer.Ordinal))
        {
            var cib = CibElement.Parse(File.ReadAllText(file), file);
            foreach (var entry in cib.Descendants("lrm_rsc_op"))
                if (entry["crm-debug-origin"] is "do_update_resource" or "controld_update_resource_history" or "build_active_RAs" && entry["op-status"] is not null && entry["last-run"] is null
                    && Values.CompareVersions(entry["crm_feature_set"], Oldest) >= 0) entries.Add((Path.GetFileNameWithoutExtension(file), cib, entry));
        }
        return entries;
    }

    private static string? Folder()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
            if (File.Exists(Path.Combine(at.FullName, "Appliance.sln")))
            {
                var folder = Path.Combine(at.FullName, "..", "shared", "conformance", "scheduler", "xml");
                return Directory.Exists(folder) ? folder : null;
            }
        return null;
    }

    /// <summary>All attributes and their order; the digests but for those of parameters, which an entry does not name.</summary>
    [Test, Category("beside")]
    public void Is_written_the_same()
    {
        var entries = Entries();
        var different = new List<string>();
        foreach (var (name, _, entry) in entries)
        {
            var record = Record(entry, ImmutableSortedDictionary<string, string>.Empty);
            var place = new ResourceHistory(record.Order.Resource).Add(record).LastOrDefault(p => entry.Id == $"{record.Order.Resource}_{p}") ?? "nowhere";
            if (entry.Id == $"{record.Order.Resource}_last_failure_0" && new ResourceHistory(record.Order.Resource).Add(record).Contains("last_failure_0")) place = "last_failure_0";
            var ours = HistoryEntry.Of(place, record, entry["on_node"]!, entry["crm-debug-origin"]!, new(new(0), NodeRig.Epoch));
            var theirs = entry.CloneShallow();
            foreach (var later in new[] { "op-force-restart", "op-restart-digest", "op-secure-params", "op-secure-digest" }) theirs.Set(later, null);
            theirs.Set("op-digest", ours["op-digest"]);
            if (ours.ToString() != theirs.ToString()) different.Add($"{name}:\n{theirs}{ours}");
        }
        TestContext.Out.WriteLine($"{entries.Count} entries, {different.Count} different");
        Assert.That(entries, Has.Count.GreaterThan(500));
        Assert.That(different, Is.Empty, () => $"{different.Count} of {entries.Count}\n" + string.Join('\n', different.Take(10)));
    }

    /// <summary>Where the parameters are in the same document and nothing but the plain ones counts: the digests of these.</summary>
    [Test, Category("beside")]
    public void Has_the_same_digests()
    {
        var (same, other, restart, secure) = (0, new List<string>(), 0, 0);
        foreach (var (name, cib, entry) in Entries())
        {
            if (Plain(cib, entry) is not { } parameters) continue;
            var record = Record(entry, parameters);
            if (AgentDigests.Of(record.Order) != entry["op-digest"])
            {
                other.Add($"{name}: {entry.Id}");
                continue;
            }
            same++;
            ImmutableArray<string> Names(string attribute) => [.. (entry[attribute] ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
            var ours = new CibElement("lrm_rsc_op");
            new AgentDigests(entry["op-restart-digest"] is null ? null : "reload-agent", Names("op-force-restart"), Names("op-secure-params")).AddTo(ours, record.Order);
            if (entry["op-restart-digest"] is { } theirs && !record.Order.IsRecurring)
            {
                restart++;
                Assert.That((ours["op-restart-digest"], ours["op-force-restart"]?.Trim()), Is.EqualTo((theirs, string.Join(' ', Names("op-force-restart")))), () => $"{name}: {entry}");
            }
            if (entry["op-secure-digest"] is not { } shown) continue;
            secure++;
            Assert.That((ours["op-secure-digest"], ours["op-secure-params"]), Is.EqualTo((shown, entry["op-secure-params"])), () => $"{name}: {entry}");
        }
        TestContext.Out.WriteLine($"{same} the same, {other.Count} other, {restart} with restart digests, {secure} with secure ones\n{string.Join('\n', other)}");
        Assert.That(other, Is.Empty);
        Assert.That((same > 100, restart > 20, secure > 20), Is.EqualTo((true, true, true)), "there was something to compare");
    }

    private static ImmutableSortedDictionary<string, string>? Plain(CibElement cib, CibElement entry)
    {
        var name = entry.Parent!.Id!;
        var resource = cib.Descendants("primitive").FirstOrDefault(p => p.Id == name);
        // The fencing device of the test clusters has other parameters in the cases than it had when it ran.
        if (resource is null || resource["class"] == "stonith" || resource["template"] is not null || resource.Parent!.Name is "bundle" || cib.Descendants("rsc_template").Any() || resource.Descendants("rule").Any()) return null;
        if (resource.Element("operations") is { } operations && operations.Descendants("instance_attributes").Any()) return null;
        var parameters = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var set in resource.Elements("instance_attributes"))
            foreach (var pair in set.Elements("nvpair"))
            {
                if (pair["value"] is not { } value) return null;
                parameters.TryAdd(pair["name"]!, value);
            }
        parameters["CRM_meta_interval"] = entry["interval"]!;
        if (entry["interval"] != "0")
        {
            // The time-out counts; without one of its own there is a default.
            if (resource.Descendants("op").FirstOrDefault(o => o["name"] == entry["operation"] && Values.TryMilliseconds(o["interval"], out var ms) && ms.ToString(CultureInfo.InvariantCulture) == entry["interval"])?["timeout"] is not { } timeout
                || !Values.TryMilliseconds(timeout, out var timeoutMs)) return null;
            parameters["CRM_meta_timeout"] = timeoutMs.ToString(CultureInfo.InvariantCulture);
        }
        return parameters.ToImmutable();
    }

    private static OperationRecord Record(CibElement entry, ImmutableSortedDictionary<string, string> parameters)
    {
        long Number(string name) => long.Parse(entry[name]!, CultureInfo.InvariantCulture);
        var key = TransitionKey.Parse(entry["transition-key"])!;
        foreach (var side in new[] { "migrate_source", "migrate_target" })
            if (entry[side] is { } value) parameters = parameters.SetItem("CRM_meta_" + side, value);
        var order = new OperationOrder(entry.Parent!.Id!, new("ocf", "heartbeat", "Dummy"), entry["operation"]!, TimeSpan.FromMilliseconds(Number("interval")), TimeSpan.Zero)
        {
            Expected = key.TargetRc,
            Origin = entry["transition-key"]!,
            Parameters = parameters.SetItem("crm_feature_set", entry["crm_feature_set"]!),
        };
        var at = new Instant((Number("last-rc-change") * 1000 - NodeRig.Epoch) * TimeSpan.TicksPerMillisecond);
        return new((int)Number("call-id"), order, new((int)Number("rc-code"), (OperationStatus)Number("op-status"), entry["exit-reason"] ?? ""), TimeSpan.FromMilliseconds(Number("queue-time")), TimeSpan.FromMilliseconds(Number("exec-time")), at, at);
    }
}
