using Appliance.Policy.Model;
using Appliance.Policy.Order;
using Appliance.Policy.Report;

namespace Appliance.Policy.Create;

/// <summary>What brings a primitive from where and what it is to where and what it shall be.</summary>
internal static class PrimitiveActions
{
    public static void Create(Scheduling model, Primitive resource)
    {
        if (resource.NextRole == Role.Unknown) resource.NextRole = resource.Assigned is null ? Role.Stopped : Role.Started;
        var current = resource.ActiveNode(out var active, out var clean);
        foreach (var source in resource.DanglingMigrations) Actions.Stop(model, resource, source, optional: false).Set(ActionFlags.MigrationAbort);
        bool mustStop = false, mustPromote = false, moving = false, migrates = false;
        if (current is not null && resource.Node is not null && current != resource.Node && resource.NextRole >= Role.Started)
        {
            moving = mustStop = true;
            migrates = MigrationActions.CanMigrate(resource, current);
        }
        var multiple = false;
        if (resource.MigrationSource is not null && resource.MigrationTarget is not null && migrates && active == 2
            && current == resource.MigrationSource && resource.Node == resource.MigrationTarget) { }
        else if (resource.MigrationSource is not null || resource.MigrationTarget is not null)
        {
            mustStop = true;
            resource.MigrationSource = resource.MigrationTarget = null;
            migrates = false;
        }
        else multiple = (resource.Has(ResourceFlags.NeedsFencing) ? active : clean) > 1;
        if (multiple)
        {
            model.Remarks?.Add(Complaint.Remark("pcmk__primitive_create_actions", $"{resource.Class} resource {resource.Id} might be active on {Texts.Text(active)} nodes ({Recovery(resource.MultipleActive)})", isError: true));
            if (resource.MultipleActive is MultipleActive.StopStart or MultipleActive.StopUnexpected) mustStop = true;
            if (resource.MultipleActive == MultipleActive.StopUnexpected) resource.Set(ResourceFlags.StopUnexpected);
        }
        else resource.Clear(ResourceFlags.StopUnexpected);
        if (resource.Has(ResourceFlags.StartPending)) Actions.Start(model, resource, resource.Node, optional: true).Set(ActionFlags.AlwaysInGraph);
        if (moving) { }
        else if (resource.Has(ResourceFlags.Failed))
        {
            if (resource.Has(ResourceFlags.StopIfFailed)) mustStop = true;
            else if (resource.NextRole == Role.Promoted) mustPromote = true;
        }
        else if (resource.Has(ResourceFlags.Blocked)) mustStop = true;
        else if (resource.Role > Role.Started && current is not null && resource.Assigned is not null)
        {
            if (!Actions.Start(model, resource, resource.Node, optional: true).Optional) mustStop = true;
        }
        Restart(model, resource, current, mustStop, mustPromote);
        for (var role = resource.Role; role != resource.NextRole;) role = Step(model, resource, role, resource.NextRole, resource.Node, optional: false, restarting: false);
        RecurringActions.Create(model, resource);
        if (migrates) MigrationActions.Create(model, resource, current!);
    }

    private static string Recovery(MultipleActive policy) => policy switch
    {
        MultipleActive.StopOnly => "shutting it down",
        MultipleActive.Block => "waiting for an administrator",
        MultipleActive.StopUnexpected => "stopping unexpected instances",
        _ => "attempting recovery",
    };

    private static void Restart(Scheduling model, PolicyResource resource, PolicyNode? current, bool mustStop, bool mustPromote)
    {
        var role = resource.Role;
        while (role is not (Role.Stopped or Role.Unknown)) role = Step(model, resource, role, Role.Stopped, current, !mustStop, restarting: true);
        while (resource.Role <= resource.NextRole && role != resource.Role && resource.Role != Role.Unknown && !resource.Has(ResourceFlags.Blocked))
        {
            var required = mustStop || mustPromote && Next(role, resource.Role) == Role.Promoted;
            role = Step(model, resource, role, resource.Role, resource.Node, !required, restarting: true);
        }
    }

    private static Role Next(Role from, Role to) => (from, to) switch
    {
        (Role.Unknown, _) => Role.Stopped,
        (Role.Stopped, Role.Started) => Role.Started,
        (Role.Stopped, Role.Unpromoted or Role.Promoted) => Role.Unpromoted,
        (Role.Started, Role.Stopped) => Role.Stopped,
        (Role.Started, Role.Unpromoted) => Role.Unpromoted,
        (Role.Started, Role.Promoted) => Role.Promoted,
        (Role.Unpromoted, Role.Promoted) => Role.Promoted,
        (Role.Unpromoted, Role.Unpromoted) => Role.Unpromoted,
        (Role.Unpromoted, _) => Role.Stopped,
        (Role.Promoted, Role.Promoted) => Role.Promoted,
        (Role.Promoted, _) => Role.Unpromoted,
        _ => to,
    };

    private static Role Step(Scheduling model, PolicyResource resource, Role from, Role to, PolicyNode? node, bool optional, bool restarting)
    {
        var next = Next(from, to);
        if (next == from) return to;        // nothing leads there
        switch (from, next)
        {
            case (Role.Stopped, Role.Started or Role.Unpromoted): Start(model, resource, node, optional); break;
            case (_, Role.Promoted): Promote(model, resource, node, optional); break;
            case (Role.Promoted, _): Demote(model, resource, optional); break;
            case (Role.Started or Role.Unpromoted, Role.Stopped): Stop(model, resource, optional, restarting); break;
        }
        return next;
    }

    /// <summary>The one place where something that is active too often is to stay.</summary>
    private static bool IsExpectedOn(PolicyResource resource, PolicyNode? node) =>
        resource.Has(ResourceFlags.StopUnexpected) && resource.NextRole > Role.Unknown && resource.Node is not null && resource.Node == node;

    private static void Stop(Scheduling model, PolicyResource resource, bool optional, bool restarting)
    {
        foreach (var current in new List<PolicyNode>(resource.Active))
        {
            if (IsExpectedOn(resource, current)) continue;
            if (resource.MigrationTarget is { } target)
            {
                if (current == target && current == resource.Node) continue;
                optional = false;
            }
            var stop = Actions.Stop(model, resource, current, optional);
            if (resource.Assigned is null) stop.SetReason("node availability", overwrite: true);
            else if (restarting && resource.Has(ResourceFlags.StopUnexpected)) stop.SetReason("being multiply active", overwrite: true);
            if (!resource.Managed) stop.Clear(ActionFlags.Runnable);
            if (resource.Has(ResourceFlags.NeedsUnfencing))
                Orders.Between(model, stop, FencingActions.Operate(model, current, Operation.On, optional: true, null, priorityDelay: false), OrderFlags.ThenImpliesFirst);
        }
    }

    private static void Start(Scheduling model, PolicyResource resource, PolicyNode? node, bool optional)
    {
        var start = Actions.Start(model, resource, node, optional: true);
        Unfencing.OrderAfter(model, resource, node, start, OrderFlags.FirstImpliesThen);
        if (start.Runnable && !optional) start.Clear(ActionFlags.Optional);
        if (IsExpectedOn(resource, node)) start.Set(ActionFlags.Pseudo);
    }

    private static void Promote(Scheduling model, PolicyResource resource, PolicyNode? node, bool optional)
    {
        foreach (var start in Actions.Of(resource, node, Operation.Start, requireNode: true))
        {
            if (start.Runnable) continue;
            foreach (var known in Actions.Of(resource, node, Operation.Promote, requireNode: true)) known.Clear(ActionFlags.Runnable);
            return;
        }
        var promote = Actions.Promote(model, resource, node, optional);
        if (IsExpectedOn(resource, node)) promote.Set(ActionFlags.Pseudo);
    }

    private static void Demote(Scheduling model, PolicyResource resource, bool optional)
    {
        foreach (var current in new List<PolicyNode>(resource.Active))
            if (!IsExpectedOn(resource, current)) Actions.Demote(model, resource, current, optional);
    }
}
