using Appliance.Cib;
using Appliance.Policy.Create;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack.Constraints;

/// <summary>Resources that need tickets, and what happens without.</summary>
internal static class TicketReader
{
    public static void Read(Scheduling model, CibElement constraint)
    {
        if (constraint["ticket"] is not { } name) return;
        if (!model.Tickets.TryGetValue(name, out var ticket)) model.Tickets[name] = ticket = new Ticket(name);
        var policy = constraint["loss-policy"];
        if (constraint["rsc"] is { } id && !ConstraintsReader.IsKnown(model, id)) return;
        var sets = ConstraintsReader.Sets(model, constraint);
        if (sets.Count == 0 && ConstraintsReader.Tagged(model, constraint["rsc"]) is not null
            && ConstraintsReader.AsSet(model, constraint["rsc"], constraint.Id!, new CibElement("resource_set").Set("role", constraint["rsc-role"]), single: false) is { } tagged) sets = [tagged];
        foreach (var set in sets)
        {
            foreach (var resource in set.Resources) Add(model, set.Id, resource, ticket, set.Xml["role"], policy);
            if (set.IsBroken) return;
        }
        if (sets.Count == 0 && ConstraintsReader.Resource(model, constraint["rsc"]) is { } single) Add(model, constraint.Id!, single, ticket, constraint["rsc-role"], policy);
    }

    private static void Add(Scheduling model, string id, PolicyResource resource, Ticket ticket, string? roleText, string? policyText)
    {
        if (!Colocations.IsRole(roleText)) return;
        var role = Roles.Parse(roleText);
        if (role == Role.Started) role = Role.Unknown;
        var policy = policyText?.ToLowerInvariant() switch
        {
            "fence" => model.Options.FencingEnabled ? LossPolicy.Fence : LossPolicy.Stop,
            "stop" => LossPolicy.Stop,
            "freeze" => LossPolicy.Freeze,
            "demote" => LossPolicy.Demote,
            _ => role == Role.Promoted ? LossPolicy.Demote : LossPolicy.Stop,
        };
        var ticketing = new Ticketing(id, resource, ticket, policy, role);
        resource.Tickets.Add(ticketing);
        model.Ticketings.Add(ticketing);
        if (!ticket.Granted || ticket.Standby) Withhold(model, resource, ticketing);
    }

    /// <summary>Applies what a missing ticket means for a resource.</summary>
    public static void Withhold(Scheduling model, PolicyResource resource, Ticketing ticketing)
    {
        var ticket = ticketing.Ticket;
        if (ticket.Granted && !ticket.Standby) return;
        if (resource.Children.Count > 0)
        {
            foreach (var child in resource.Children) Withhold(model, child, ticketing);
            return;
        }
        var matches = ticketing.Role == Role.Unknown || resource.Role == ticketing.Role;
        if (!ticket.Granted && resource.Active.Count > 0)
            switch (ticketing.LossPolicy)
            {
                case LossPolicy.Stop:
                case LossPolicy.Demote when ticketing.Role != Role.Promoted:
                    ResourcesReader.AddScoreEverywhere(model, resource, -Scores.Infinity);
                    break;
                case LossPolicy.Fence when matches:
                    ResourcesReader.AddScoreEverywhere(model, resource, -Scores.Infinity);
                    foreach (var node in new List<PolicyNode>(resource.Active)) FencingActions.Fence(model, node, "deadman ticket was lost", priorityDelay: false);
                    break;
                case LossPolicy.Freeze when matches:
                    resource.Clear(ResourceFlags.Managed);
                    resource.Set(ResourceFlags.Blocked);
                    break;
            }
        else if (ticketing.Role != Role.Promoted || ticketing.LossPolicy == LossPolicy.Stop) ResourcesReader.AddScoreEverywhere(model, resource, -Scores.Infinity);
    }
}
