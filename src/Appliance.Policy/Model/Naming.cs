namespace Appliance.Policy.Model;

/// <summary>How operations and their keys are named.</summary>
public static class Naming
{
    public static string Key(string resource, string operation, long intervalMs) => $"{resource}_{operation}_{Texts.Text(intervalMs)}";

    public static string NotifyKey(string resource, string type, string operation) => $"{resource}_{type}_notify_{operation}_0";

    /// <summary>Takes a key apart from the right; false when it is none.</summary>
    public static bool TryParseKey(string key, out string resource, out string operation, out long intervalMs)
    {
        resource = operation = "";
        intervalMs = 0;
        var tail = key.LastIndexOf('_');
        if (tail <= 0 || Texts.Integer(key[(tail + 1)..]) is not { } interval) return false;
        intervalMs = interval;
        var rest = key[..tail];
        var at = rest.LastIndexOf('_');
        if (at < 0) return false;
        operation = rest[(at + 1)..];
        // migrate_to and migrate_from are one word
        if (operation is "to" or "from" && rest.AsSpan(0, at).EndsWith("_migrate")) { at -= "_migrate".Length; operation = rest[(at + 1)..]; }
        resource = rest[..at];
        // NAME_pre_notify, NAME_confirmed-post_notify: the operation is what is notified about
        foreach (var type in NotifyTypes)
            if (resource.EndsWith(type, StringComparison.Ordinal)) { resource = resource[..^type.Length]; operation = "notify"; break; }
        return resource.Length > 0 && operation.Length > 0;
    }

    /// <summary>The name without an instance number: <c>db</c> of <c>db:2</c>.</summary>
    public static string Base(string id)
    {
        var colon = id.LastIndexOf(':');
        if (colon <= 0 || colon == id.Length - 1) return id;
        for (var i = colon + 1; i < id.Length; i++)
            if (!char.IsAsciiDigit(id[i])) return id;
        return id[..colon];
    }

    private static readonly string[] NotifyTypes = ["_confirmed-pre_notify", "_confirmed-post_notify", "_pre_notify", "_post_notify"];
}

/// <summary>Names of operations.</summary>
public static class Operation
{
    public const string Start = "start", Running = "running", Stop = "stop", Stopped = "stopped", Promote = "promote", Promoted = "promoted", Demote = "demote",
        Demoted = "demoted", Notify = "notify", Notified = "notified", Monitor = "monitor", MigrateTo = "migrate_to", MigrateFrom = "migrate_from",
        Reload = "reload-agent", Cancel = "cancel", Delete = "delete", LrmDelete = "lrm_delete", ClearFailcount = "clear_failcount", Fence = "stonith",
        Shutdown = "do_shutdown", On = "on", Off = "off", Reboot = "reboot", OneOrMore = "one-or-more", CloneOneOrMore = "clone-one-or-more",
        MaintenanceNodes = "maintenance_nodes", LoadStopped = "load_stopped";
}
