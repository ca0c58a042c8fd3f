using System.Globalization;
using System.Xml.Linq;

namespace Appliance.Policy.Tests.Generated;

/// <summary>Writes the history of one resource on one node, entry by entry, as a node's executor leaves it behind.</summary>
internal sealed class HistoryWriter(string resource, string node, XElement into, Func<int> nextCall)
{
    /// <summary>The MD5 of no parameters at all: what the generated resources have.</summary>
    private const string NoParameters = "f2317cad3d54cec5d7d7aa7d0bf35cf8";

    /// <summary>The MD5 of a recurring operation without parameters and a timeout of 20 seconds, which is digested.</summary>
    private const string TimeoutOnly = "4811cef7f7f94e3a35a70be7916cb2fd";

    private const int Done = 0, Error = 4, Pending = -1;

    /// <summary>Whether entries say which parameters they were made with.</summary>
    public bool Digested { get; init; } = true;

    /// <summary>Whether the agent can take other parameters without a restart.</summary>
    public bool Reloadable { get; init; }

    /// <summary>From where to where the migrations lead that are written from here on.</summary>
    public (string Source, string Target)? Migration { get; set; }

    public void Succeeded(string operation, int rc, long at, int interval = 0) => Write(operation, interval, rc, rc, Done, at, Id(operation, interval));

    /// <summary>A failure is kept beside the last operation, and counted in the node's transient attributes by the caller.</summary>
    public void Failed(string operation, int expected, int rc, long at, int interval = 0, int? call = null, int? status = null)
    {
        var number = call ?? nextCall();
        var ended = status ?? (rc == 7 || operation == "monitor" ? Done : Error);
        Write(operation, interval, expected, rc, ended, at, Id(operation, interval), number);
        Write(operation, interval, expected, rc, ended, at, $"{resource}_last_failure_0", number);
    }

    public void InFlight(string operation, long at, int interval = 0) => Write(operation, interval, 0, 193, Pending, at, Id(operation, interval), -1);

    private string Id(string operation, int interval) => interval == 0 && !operation.StartsWith("migrate", StringComparison.Ordinal) ? $"{resource}_last_0" : $"{resource}_{operation}_{interval}";

    private void Write(string operation, int interval, int expected, int rc, int status, long at, string id, int? call = null)
    {
        into.Elements().FirstOrDefault(e => (string?)e.Attribute("id") == id)?.Remove();
        var number = call ?? nextCall();
        var key = string.Create(CultureInfo.InvariantCulture, $"{Math.Abs(number) + 3}:{Math.Abs(number) + 1}:{expected}:0b0a0f0e-0000-4000-8000-000000000001");
        var entry = new XElement("lrm_rsc_op",
            new XAttribute("id", id), new XAttribute("operation_key", $"{resource}_{operation}_{interval}"), new XAttribute("operation", operation),
            new XAttribute("crm-debug-origin", "generated"), new XAttribute("crm_feature_set", CibGenerator.FeatureSet),
            new XAttribute("transition-key", key), new XAttribute("transition-magic", $"{status}:{rc};{key}"), new XAttribute("on_node", node),
            new XAttribute("call-id", number), new XAttribute("rc-code", rc), new XAttribute("op-status", status), new XAttribute("interval", interval),
            new XAttribute("last-rc-change", at));
        if (Digested) entry.Add(new XAttribute("op-digest", interval > 0 ? TimeoutOnly : NoParameters));
        if (Digested && Reloadable)
            entry.Add(new XAttribute("op-force-restart", " state "), new XAttribute("op-restart-digest", NoParameters), new XAttribute("op-secure-params", " passwd "), new XAttribute("op-secure-digest", NoParameters));
        if (Migration is { } way && operation.StartsWith("migrate", StringComparison.Ordinal)) entry.Add(new XAttribute("migrate_source", way.Source), new XAttribute("migrate_target", way.Target));
        into.Add(entry);
    }
}
