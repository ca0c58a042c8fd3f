using Appliance.Cib;

namespace Appliance.Policy.Model;

/// <summary>Resources that run together, one after the other.</summary>
public sealed class Group(string id, CibElement xml, PolicyResource? parent) : PolicyResource(id, xml, parent)
{
    public bool Ordered { get; set; } = true;
    public bool Colocated { get; set; } = true;

    /// <summary>Goes on with every change to an action of a member: until then what was found out about them holds.</summary>
    public int Changes { get; private set; }
    /// <summary>What its members' actions came to, by the operation and the node they were asked about.</summary>
    public List<GroupAnswer> Answers { get; } = [];
    private readonly HashSet<string> _tasks = new(StringComparer.Ordinal);

    /// <summary>A member's action is new, or is not what it was.</summary>
    public void Change(string task)
    {
        Changes++;
        Answers.Clear();
        _tasks.Add(task);
    }

    /// <summary>Whether a member may have such an action.</summary>
    public bool MayHave(string task) => _tasks.Contains(task);

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

/// <summary>The flags of an operation of a group, and which of them its own action loses by that.</summary>
public sealed record GroupAnswer(string Task, PolicyNode? Node, ActionFlags Flags, ActionFlags Lost);
