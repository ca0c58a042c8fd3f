using Appliance.Cib;

namespace Appliance.Policy.Model;

/// <summary>One thing that an agent runs.</summary>
public sealed class Primitive(string id, CibElement xml, PolicyResource? parent) : PolicyResource(id, xml, parent)
{
    public override int Rank => 1;

    public override bool IsActive(bool all)
    {
        foreach (var node in Active)
        {
            if (node.Unclean) return true;      // unknown: to be on the safe side
            if (!node.Online && Managed) continue;
            return true;
        }
        return false;
    }

    public override Role CurrentRole => Role;
}
