using Appliance.Cib;
using Appliance.Crm.Controller;

namespace Appliance.Crm;

/// <summary>One call of an alert agent.</summary>
/// <param name="Environment">With <c>CRM_alert_*</c>.</param>
internal sealed record AlertCall(string Id, string Path, IReadOnlyDictionary<string, string> Environment, TimeSpan Timeout);

/// <summary>Who is to be told of an alert, and in which words: the configuration's <c>alerts</c> (Pacemaker Explained, "Alerts").</summary>
internal static class AlertAgents
{
    private const string Prefix = "CRM_alert_", DefaultFormat = "%H:%M:%S.%06N";
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    /// <param name="now">When it happened.</param>
    public static List<AlertCall> For(CrmAlert alert, DateTimeOffset now)
    {
        var calls = new List<AlertCall>();
        var ids = new IdIndex(alert.Document);
        var input = new RuleInput(CibTime.FromEpoch(now.ToUnixTimeSeconds(), (int)now.Offset.TotalSeconds)) { Ids = ids };
        foreach (var agent in alert.Document.Element("configuration")?.Element("alerts")?.Elements("alert") ?? [])
        {
            if (agent["path"] is not { Length: > 0 } path || !IsSelected(agent.Element("select"), alert)) continue;
            var any = false;
            foreach (var recipient in agent.Elements("recipient"))
            {
                any = true;
                if (Call(path, agent, recipient, alert, input, now) is { } call) calls.Add(call);
            }
            if (!any && Call(path, agent, null, alert, input, now) is { } only) calls.Add(only);
        }
        return calls;
    }

    /// <summary>Without a filter: nodes, fencing and resources. Attributes are told only where they are asked for.</summary>
    private static bool IsSelected(CibElement? select, CrmAlert alert)
    {
        if (select is null || select.Children.Count == 0) return alert.Kind != "attribute";
        var word = alert.Kind switch { "node" => "select_nodes", "fencing" => "select_fencing", "resource" => "select_resources", _ => "select_attributes" };
        if (select.Element(word) is not { } chosen) return false;
        if (alert.Kind != "attribute") return true;
        var (any, name) = (false, Field(alert, "attribute_name"));
        foreach (var attribute in chosen.Elements("attribute"))
        {
            any = true;
            if (attribute["name"] == name) return true;
        }
        return !any;
    }

    private static AlertCall? Call(string path, CibElement agent, CibElement? recipient, CrmAlert alert, RuleInput input, DateTimeOffset now)
    {
        // What stands first stays: the recipient's word counts before the agent's.
        var (meta, attributes) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
        foreach (var owner in recipient is null ? (ReadOnlySpan<CibElement>)[agent] : [recipient, agent])
        {
            NvSets.Unpack(owner, "meta_attributes", null, input, meta);
            NvSets.Unpack(owner, "instance_attributes", null, input, attributes);
        }
        if (meta.TryGetValue("enabled", out var enabled) && Policy.Model.Texts.Boolean(enabled) == false) return null;
        var environment = new Dictionary<string, string>(attributes, StringComparer.Ordinal)
        {
            ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            [Prefix + "timestamp"] = Timestamps.Format(meta.GetValueOrDefault("timestamp-format", DefaultFormat), now),
        };
        environment[Prefix + "recipient"] = recipient?["value"] ?? "";
        foreach (var (name, text) in alert.Fields) environment[Prefix + name] = text;
        var timeout = meta.TryGetValue("timeout", out var given) && Values.TryMilliseconds(given, out var ms) && ms > 0 ? TimeSpan.FromMilliseconds(Math.Min(ms, int.MaxValue)) : DefaultTimeout;
        return new(recipient?.Id ?? agent.Id ?? path, path, environment, timeout);
    }

    private static string Field(CrmAlert alert, string name)
    {
        foreach (var field in alert.Fields)
            if (field.Name == name) return field.Value;
        return "";
    }
}
