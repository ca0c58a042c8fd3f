using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>An alert agent on every host of a pair that writes down what it is told: each alert a line, its <c>CRM_alert_</c> variables in order.</summary>
internal static class AlertLog
{
    /// <summary>Configured in the cluster's CIB, for all kinds of alerts.</summary>
    public static void Configure(Pair pair)
    {
        foreach (var host in pair.Hosts)
        {
            host.WriteScript("alert", "#!/bin/sh\nenv | sed -n 's/^CRM_alert_//p' | sort | tr '\\n' ';' >>/var/log/alerts-$CRM_alert_node_sequence.$$\n");
            host.Try("chmod 777 /var/log");     // agents run as the cluster's user
        }
        pair.Alpha.Operate("cibadmin -M -c -o alerts -X '<alerts><alert id=\"lab\" path=\"/etc/ha.d/alert\"><select><select_nodes/><select_fencing/><select_resources/><select_attributes/></select><recipient id=\"lab-r\" value=\"somebody\"/></alert></alerts>'");
    }

    /// <summary>What a host was told, by its own number of each; without what differs from time to time.</summary>
    public static List<string> Of(Host host, string kind) =>
        [.. Directory.GetFiles(host.Logs, "alerts-*").Select(f => (Number: int.Parse(Path.GetFileName(f).Split('-', '.')[1], System.Globalization.CultureInfo.InvariantCulture), Text: File.ReadAllText(f)))
            .Where(a => a.Text.Contains($"kind={kind};", StringComparison.Ordinal)).OrderBy(a => a.Number)
            .Select(a => string.Join(';', a.Text.Split(';', StringSplitOptions.RemoveEmptyEntries).Where(f => !f.StartsWith("timestamp", StringComparison.Ordinal) && !f.StartsWith("node_sequence", StringComparison.Ordinal) && !f.StartsWith("exec_time", StringComparison.Ordinal))))];

    public static void WaitFor(Host host, string kind, string what, double seconds = 20) =>
        Until.True($"{host.Name} is told of {what}", () => Of(host, kind).Exists(a => a.Contains(what, StringComparison.Ordinal)), seconds, everyMs: 200, () => string.Join("\n", Of(host, kind)));
}
