using Appliance.Cib;

namespace Appliance.Policy.Model;

/// <summary>Resources that run together, one after the other.</summary>
public sealed class Group(string id, CibElement xml, PolicyResource? parent) : PolicyResource(id, xml, parent)
{
    public bool Ordered { get; set; } = true;
    public bool Colocated { get; set; } = true;

    public override int Rank => 2;
    public PolicyResource? First => Children.Count > 0 ? Children[0] : null;
    public PolicyResource? Last => Children.Count > 0 ? Children[^1] : null;

    public override bool IsActive(bool all)
    {
        var some = false;
        var every = true;
        foreach (var child in Children)
        {
            if (child.IsActive(all)) some = true;
            else every = false;
        }
        return all ? some && every : some;
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
