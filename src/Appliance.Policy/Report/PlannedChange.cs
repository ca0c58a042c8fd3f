using Appliance.Cib;

namespace Appliance.Policy.Report;

/// <summary>Something that will be done, as people are told.</summary>
public abstract class PlannedChange
{
    private PlannedChange() { }

    /// <summary>A node is fenced.</summary>
    public sealed class OfNode(string task, string node, string? reason) : PlannedChange
    {
        public string Task => task;
        public string Node => node;
        public string? Reason => reason;

        public override string ToString() => Reason is null ? $"{Task} {Node}" : $"{Task} {Node} '{Reason}'";

        /// <summary>Without a reason Pacemaker's format has no place for it.</summary>
        public override CibElement? Xml() => Reason is null ? null : new CibElement("node_action").Set("task", Task).Set("node", Node).Set("reason", Reason);
    }

    /// <summary>A resource starts, stops, moves or changes its role.</summary>
    public sealed class OfResource(string change, string resource, string role, string nextRole, string? from, string? to) : PlannedChange
    {
        public string Change => change;
        public string Resource => resource;
        public string Role => role;
        public string NextRole => nextRole;
        public string? From => from;
        public string? To => to;

        /// <summary>The roles belong to the story.</summary>
        public bool Roles { get; init; }
        public bool SameHost { get; init; }
        public string? Reason { get; init; }
        public bool Blocked { get; init; }

        private bool SameRole => Role == NextRole;

        /// <summary>From where to where, and as what.</summary>
        public string Details => (From, To) switch
        {
            (null, _) => Roles ? $"{Role} -> {NextRole} {To}" : To!,
            (_, null) => Roles ? $"{Role} {From}" : From,
            _ when SameRole && SameHost => Roles ? $"{Role} {From}" : From,
            _ when SameRole => Roles ? $"{From} -> {To} {Role}" : $"{From} -> {To}",
            _ when SameHost => $"{Role} -> {NextRole} {From}",
            _ => $"{Role} {From} -> {NextRole} {To}",
        };

        public override string ToString() => Text(0, 0);

        /// <summary>With columns of these widths.</summary>
        public string Text(int resourceWidth, int detailsWidth)
        {
            var why = Reason is not null ? $"  due to {Reason}{(Blocked ? " (blocked)" : "")}" : Blocked ? "  blocked" : "";
            return $"{Change,-8}   {Resource.PadRight(resourceWidth)}   ( {Details.PadLeft(detailsWidth)} ){why}";
        }

        public override CibElement? Xml()
        {
            var xml = new CibElement("rsc_action").Set("action", Change.ToLowerInvariant()).Set("resource", Resource);
            switch (From, To)
            {
                case (null, _) when Roles: xml.Set("role", Role).Set("next-role", NextRole).Set("dest", To); break;
                case (null, _): xml.Set("node", To); break;
                case (_, null): xml.Set("role", Roles ? Role : null).Set("node", From); break;
                case var _ when SameRole && SameHost: xml.Set("role", Roles ? Role : null).Set("source", From); break;
                case var _ when SameRole: xml.Set("source", From).Set("dest", To).Set("role", Roles ? Role : null); break;
                case var _ when SameHost: xml.Set("role", Role).Set("next-role", NextRole).Set("source", From); break;
                default: xml.Set("role", Role).Set("source", From).Set("next-role", NextRole).Set("dest", To); break;
            }
            return xml.Set("reason", Reason).Set("blocked", Blocked ? "true" : null);
        }
    }

    /// <summary>In the XML of Pacemaker's tools; null for what has no place there.</summary>
    public abstract CibElement? Xml();
}
