using Appliance.Cib;

namespace Appliance.Policy.Model;

/// <summary>One primitive or group in several instances.</summary>
public sealed class Clone(string id, CibElement xml, PolicyResource? parent) : PolicyResource(id, xml, parent)
{
    public int Max { get; set; }
    public int NodeMax { get; set; }
    public int PromotedMax { get; set; }
    public int PromotedNodeMax { get; set; }
    public int PromotedCount { get; set; }
    public bool Ordered { get; set; }
    public bool Interleave { get; set; }
    public CibElement? ChildXml { get; set; }
    /// <summary>Instances made so far, removed ones included.</summary>
    public int Made { get; set; }
    public bool PromotionScoresAdded { get; set; }
    public bool PromotionConstrained { get; set; }
    public Notification? StopNotify { get; set; }
    public Notification? StartNotify { get; set; }
    public Notification? DemoteNotify { get; set; }
    public Notification? PromoteNotify { get; set; }

    public override int Rank => 3;

    public override bool IsActive(bool all)
    {
        foreach (var child in Children)
        {
            var active = child.IsActive(all);
            if (all && !active) return false;
            if (!all && active) return true;
        }
        return all;
    }

    public override Role CurrentRole
    {
        get
        {
            var role = Role.Unknown;
            foreach (var child in Children) if (child.CurrentRole > role) role = child.CurrentRole;
            return role;
        }
    }
}
