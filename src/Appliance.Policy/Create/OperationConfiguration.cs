using Appliance.Cib;
using Appliance.Policy.Model;
using Appliance.Policy.Unpack;

namespace Appliance.Policy.Create;

/// <summary>What the configuration says about an operation of a resource: timeout, what to do on failure, and so on.</summary>
internal static class OperationConfiguration
{
    /// <summary>The definition of an operation; migrations are also found under "migrate".</summary>
    public static CibElement? Find(Scheduling model, PolicyResource resource, string task, long intervalMs, bool includeDisabled)
    {
        if (FindExactly(model, resource, task, intervalMs, includeDisabled) is { } exact) return exact;
        return task is Operation.MigrateTo or Operation.MigrateFrom ? FindExactly(model, resource, "migrate", 0, includeDisabled) : null;
    }

    public static CibElement? FindExactly(Scheduling model, PolicyResource resource, string task, long intervalMs, bool includeDisabled)
    {
        _ = model;
        foreach (var operation in resource.Operations)
        {
            if (!includeDisabled && !IsEnabled(operation)) continue;
            if (operation["name"] == task && Periods.Interval(operation["interval"]) == intervalMs) return operation;
        }
        return null;
    }

    public static bool IsEnabled(CibElement operation) => Texts.Boolean(operation["enabled"]) ?? true;

    public static Dictionary<string, string> Meta(Scheduling model, PolicyResource resource, PolicyNode? node, string task, long intervalMs, CibElement? definition)
    {
        var meta = new Dictionary<string, string>(StringComparer.Ordinal);
        var input = model.RuleInput() with
        {
            Class = resource.Xml["class"], Provider = resource.Xml["provider"], Type = resource.Xml["type"], Operation = task, IntervalMs = intervalMs,
        };
        var probe = task == Operation.Monitor && intervalMs == 0;
        if (definition is not null)
        {
            AttributeSets.Read(definition, "meta_attributes", input, meta, model);
            foreach (var attribute in definition.Attributes) meta[attribute.Name] = attribute.Value;
            meta.Remove("id");
        }
        if (probe && !meta.ContainsKey("timeout") && QuickestMonitor(resource)?["timeout"] is { } likely) meta["timeout"] = likely;
        AttributeSets.Read(model.OperationDefaults, "meta_attributes", input, meta, model);
        meta.Remove("id");
        if (intervalMs > 0) meta["interval"] = Texts.Text(intervalMs);
        else meta.Remove("interval");
        if (resource.IsFenceDevice && (task == Operation.Start || probe) && Parameters.Of(model, resource, node).TryGetValue("pcmk_monitor_timeout", out var device)) meta["timeout"] = device;
        meta["timeout"] = Texts.Text(Periods.Timeout(meta.GetValueOrDefault("timeout")));
        CheckOnFail(resource, task, definition, meta);
        if (meta.TryGetValue("start-delay", out var delay)) meta["start-delay"] = Texts.Text(Math.Clamp(Periods.Milliseconds(delay) ?? 0, 0, int.MaxValue));
        else if (meta.TryGetValue("interval-origin", out var text) && intervalMs > 0 && Iso8601.TryDate(text, model.LocalNow, out var from, out _))
        {
            // An interval of less than a second counts as one.
            var seconds = Math.Max(1, intervalMs / 1000);
            var past = (model.Now - from.Epoch) % seconds;
            meta["start-delay"] = Texts.Text((past <= 0 ? -past : seconds - past) * 1000);
        }
        return meta;
    }

    /// <summary>The enabled recurring monitor with the smallest interval.</summary>
    private static CibElement? QuickestMonitor(PolicyResource resource)
    {
        CibElement? quickest = null;
        var least = long.MaxValue;
        foreach (var operation in resource.Operations)
        {
            if (!IsEnabled(operation) || operation["name"] != Operation.Monitor) continue;
            var interval = Periods.Interval(operation["interval"]);
            if (interval == 0 || interval >= least) continue;
            least = interval;
            quickest = operation;
        }
        return quickest;
    }

    private static void CheckOnFail(PolicyResource resource, string task, CibElement? definition, Dictionary<string, string> meta)
    {
        var value = meta.GetValueOrDefault("on-fail");
        if (task == Operation.Demote && value is null)
        {
            foreach (var operation in resource.Operations)
            {
                if (operation["name"] != Operation.Monitor || !IsEnabled(operation) || Roles.Parse(operation["role"]) != Role.Promoted) continue;
                if (Periods.Interval(operation["interval"]) == 0 || operation["on-fail"] is not { } likewise || likewise == "demote") continue;
                meta["on-fail"] = likewise;
                return;
            }
            return;
        }
        if (task == Operation.Stop && value is "standby" or "demote" or "stop" && task == Operation.Stop) meta.Remove("on-fail");
        else if (value == "demote" && task != Operation.Promote
            && (task != Operation.Monitor || Roles.Parse(definition?["role"]) != Role.Promoted || Periods.Interval(definition?["interval"]) == 0)) meta.Remove("on-fail");
    }

    public static Needs Needs(PolicyResource resource, string task) =>
        task is not (Operation.Start or Operation.Promote) ? Model.Needs.Nothing
        : resource.Has(ResourceFlags.NeedsFencing) ? Model.Needs.Fencing
        : resource.Has(ResourceFlags.NeedsQuorum) ? Model.Needs.Quorum
        : Model.Needs.Nothing;

    public static OnFail OnFailure(Scheduling model, PolicyResource resource, string task, long intervalMs, string? value)
    {
        var fencing = model.Options.FencingEnabled;
        OnFail? configured = value?.ToUpperInvariant() switch
        {
            "BLOCK" => OnFail.Block,
            "FENCE" => fencing ? OnFail.Fence : OnFail.Stop,
            "STANDBY" => OnFail.Standby,
            "IGNORE" or "NOTHING" => OnFail.Ignore,
            "MIGRATE" => OnFail.Ban,
            "STOP" => OnFail.Stop,
            "RESTART" => OnFail.Restart,
            "RESTART-CONTAINER" => resource.Launcher is not null ? OnFail.RestartContainer : null,
            "DEMOTE" => OnFail.Demote,
            _ => null,
        };
        if (configured is null && resource.Launcher is not null) return OnFail.RestartContainer;
        var startOrProbe = task == Operation.Start || task == Operation.Monitor && intervalMs == 0;
        // What breaks the connection to a remote node (not to a guest) is its failure too.
        if ((configured is null || !resource.Managed) && resource.IsRemoteConnection && !startOrProbe && model.FindNode(resource.Id) is { IsRemote: true }) return resource.Managed ? OnFail.ResetRemote : OnFail.Stop;
        if (configured is { } plain) return plain;
        return task == Operation.Stop ? fencing ? OnFail.Fence : OnFail.Block : OnFail.Restart;
    }

    public static Role RoleAfterFailure(PolicyResource resource, string task, OnFail onFail)
    {
        if (onFail == OnFail.Stop) return Role.Stopped;
        if (onFail == OnFail.ResetRemote && resource.ReconnectMs > 0) return Role.Stopped;
        return task == Operation.Promote ? Role.Unpromoted : Role.Started;
    }
}
