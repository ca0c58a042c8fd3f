using System.Security.Cryptography;
using System.Text;
using Appliance.Cib;
using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Whether an operation is still defined as it was when it ran: by the digest of its parameters that the history keeps.</summary>
internal static class OperationDigests
{
    private static readonly string[] NotDigested = ["id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip"];

    /// <summary>Compares a recorded operation with the present definition.</summary>
    public static OperationDigest Compare(Scheduling model, PolicyResource resource, CibElement entry, PolicyNode node)
    {
        var interval = Periods.Recorded(entry["interval"]);
        var task = entry["operation"] ?? "";
        var digest = Of(model, resource, task, interval, node, entry);
        var restart = model.Overrides.GetValueOrDefault(entry) ?? entry["op-restart-digest"];
        var all = entry["op-digest"];
        if (restart is not null && digest.Restart is not null && digest.Restart != restart) digest.Verdict = DigestVerdict.Restart;
        else if (all is null) digest.Verdict = DigestVerdict.Unknown;
        else if (all != digest.All) { if (interval != 0 || digest.Verdict != DigestVerdict.Restart) digest.Verdict = DigestVerdict.Mismatch; }
        else digest.Verdict = DigestVerdict.Match;
        return digest;
    }

    public static OperationDigest Of(Scheduling model, PolicyResource resource, string task, long interval, PolicyNode node, CibElement? entry, DigestParts? parts = null)
    {
        var key = Naming.Key(resource.Id, task, interval);
        if (parts is null && node.OperationDigests.TryGetValue(key, out var known)) return known;
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parts?.Overrides ?? []) values.TryAdd(name, value);
        Bundles.AddRemoteAddress(resource, values);
        foreach (var (name, value) in Parameters.Of(model, resource, node)) values.TryAdd(name, value);
        var definition = OperationConfiguration.Find(model, resource, task, interval, includeDisabled: true);
        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        Actions.ReadParameters(model, definition, node.Attributes, own);
        var verdict = interval == 0 && own.Count > 0 ? DigestVerdict.Restart : DigestVerdict.Match;
        foreach (var (name, value) in own) values.TryAdd(name, value);
        if (interval > 0) values["CRM_meta_timeout"] = OperationConfiguration.Meta(model, resource, node, task, interval, definition)["timeout"];
        foreach (var name in NotDigested) values.Remove(name);
        foreach (var name in new List<string>(values.Keys))
            if (name.StartsWith("CRM_meta_", StringComparison.Ordinal) && (interval == 0 || name != "CRM_meta_timeout")) values.Remove(name);
        string? restart = null;
        if (entry is not null && (entry["op-restart-digest"] is not null || model.Overrides.ContainsKey(entry)))
        {
            var kept = values;
            if (entry["op-force-restart"] is { } listed)
            {
                var names = new HashSet<string>(listed.Split(' ', StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
                kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
                foreach (var (name, value) in values) if (names.Contains(name)) kept[name] = value;
            }
            restart = Digest(kept);
            if (parts is not null) parts.Restart = kept;
        }
        var digest = new OperationDigest(Digest(values), restart) { Verdict = verdict, Secure = entry is null ? null : WithoutSecrets(model, resource, entry, node, values, parts) };
        if (parts is null) node.OperationDigests[key] = digest;
        else parts.All = values;
        return digest;
    }

    /// <summary>In a file for others, passwords are blotted out: then the digest without them decides.</summary>
    public static bool OnlySecretsDiffer(Scheduling model, OperationDigest digest, CibElement entry) =>
        model.SecretsBlotted && digest.Verdict != DigestVerdict.Match && entry["op-secure-digest"] is { } secure && secure == digest.Secure;

    /// <summary>The digest without secrets, in which timeouts never are.</summary>
    private static string WithoutSecrets(Scheduling model, PolicyResource resource, CibElement entry, PolicyNode node, SortedDictionary<string, string> values, DigestParts? parts)
    {
        var secrets = entry["op-secure-params"]?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        var old = IsOld(entry["crm_feature_set"] ?? model.Cib["crm_feature_set"]);
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        void Keep(string name, string value)
        {
            if (Array.IndexOf(secrets, name) >= 0 || Array.IndexOf(NotDigested, name) >= 0 || name.StartsWith("CRM_meta_", StringComparison.Ordinal)) return;
            if (old && resource.IsFenceDevice && IsFencersOwn(name)) return;
            kept[name] = value;
        }
        if (old) foreach (var (name, value) in Parameters.Of(model, resource, node)) Keep(name, value);
        else foreach (var (name, value) in values) Keep(name, value);
        if (parts is not null) parts.Visible = kept;
        return Digest(kept);
    }

    /// <summary>Before feature set 3.16.0 neither an operation's own parameters nor those of the fencer were digested here.</summary>
    private static bool IsOld(string? featureSet) => featureSet is not null && Values.CompareVersions(featureSet, "3.16.0") < 0;

    /// <summary>A parameter of a fencing device that the fencer takes and the agent does not know.</summary>
    private static bool IsFencersOwn(string name)
    {
        if (name is "provides" or "stonith-timeout") return true;
        if (!name.StartsWith("pcmk_", StringComparison.Ordinal)) return false;
        if (name is "pcmk_action_limit" or "pcmk_delay_base" or "pcmk_delay_max" or "pcmk_host_argument" or "pcmk_host_check" or "pcmk_host_list" or "pcmk_host_map") return true;
        var at = name.IndexOf('_', 5);
        return at >= 0 && name[at..] is ("_action" or "_timeout" or "_retries");
    }

    /// <summary>A fencing device's digests for a node it is to switch on, and whether they differ from what the node recorded.</summary>
    public static (string All, string Secure, bool Differs) OfDevice(Scheduling model, PolicyResource device, PolicyNode node)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in Parameters.Of(model, device, node)) values[name] = value;
        foreach (var name in NotDigested) values.Remove(name);
        var all = Digest(values);
        var old = IsOld(model.Cib["crm_feature_set"]);
        foreach (var name in new List<string>(values.Keys))
            if (name is "passwd" or "password" or "user" || old && IsFencersOwn(name)) values.Remove(name);
        var secure = Digest(values);
        var recorded = node.Attribute("#digests-all");
        if (recorded is null) return (all, secure, false);
        if (recorded.Contains($"{device.Id}:{device.Type}:{all}", StringComparison.Ordinal)) return (all, secure, false);
        if (node.Attribute("#digests-secure") is { } visible && visible.Contains($"{device.Id}:{device.Type}:{secure}", StringComparison.Ordinal)) return (all, secure, false);
        return (all, secure, true);
    }

#pragma warning disable CA5351      // the field's digests are MD5; nothing is proven by them
    private static string Digest(SortedDictionary<string, string> values)
    {
        var element = new CibElement("parameters");
        foreach (var (name, value) in values) element.Set(name, value);
        var text = " " + element.ToString(CibFormat.OldEscapes) + "\n";
        return Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(text)));
    }
#pragma warning restore CA5351
}

/// <summary>What goes into the digests of an operation, for whoever shows that.</summary>
/// <param name="Overrides">Values in the place of those that are configured.</param>
internal sealed record DigestParts(IReadOnlyList<KeyValuePair<string, string>> Overrides)
{
    public SortedDictionary<string, string> All { get; set; } = [];

    /// <summary>Without what is secret; null: nothing is known to be.</summary>
    public SortedDictionary<string, string>? Visible { get; set; }

    /// <summary>Those that a reload does not do for; null: nothing is known of that.</summary>
    public SortedDictionary<string, string>? Restart { get; set; }
}
