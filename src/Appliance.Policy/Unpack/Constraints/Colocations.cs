using Appliance.Policy.Model;
using Appliance.Policy.Order;

namespace Appliance.Policy.Unpack.Constraints;

/// <summary>The making of colocations, and their rank in the lists that hold them.</summary>
internal static class Colocations
{
    public static void Add(Scheduling model, string id, string? nodeAttribute, int score, PolicyResource dependent, PolicyResource primary,
        string? dependentRole, string? primaryRole, bool influence, bool isExplicit)
    {
        if (score == 0 || !IsRole(dependentRole) || !IsRole(primaryRole)) return;
        var colocation = new Colocation(id, dependent, primary, score)
        {
            NodeAttribute = nodeAttribute ?? "#uname", DependentRole = Role(dependentRole), PrimaryRole = Role(primaryRole), Influence = influence, Explicit = isExplicit,
        };
        MergeSort.Insert(dependent.ThisWith, colocation, ByPrimary);
        MergeSort.Insert(primary.WithThis, colocation, ByDependent);
        model.Colocations.Add(colocation);
        if (score > -Scores.Infinity) return;
        KeepApart(model, dependent, colocation.DependentRole, primary, colocation.PrimaryRole);
        KeepApart(model, primary, colocation.PrimaryRole, dependent, colocation.DependentRole);
    }

    public static bool IsRole(string? text) => text is null || Roles.Parse(text) != Model.Role.Unknown;

    private static Role Role(string? text) => Roles.Parse(text) is var role && role == Model.Role.Started ? Model.Role.Unknown : Roles.Parse(text);

    public static int ByPrimary(Colocation a, Colocation b) => Compare(a.Primary, b.Primary);
    public static int ByDependent(Colocation a, Colocation b) => Compare(a.Dependent, b.Dependent);

    private static int Compare(PolicyResource a, PolicyResource b)
    {
        if (a.Priority != b.Priority) return b.Priority.CompareTo(a.Priority);
        if (a.Rank != b.Rank) return b.Rank.CompareTo(a.Rank);
        if (a is Clone && a.Has(ResourceFlags.Promotable) != b.Has(ResourceFlags.Promotable)) return a.Has(ResourceFlags.Promotable) ? -1 : 1;
        return string.CompareOrdinal(a.Id, b.Id);
    }

    /// <summary>What must not be together leaves before the other comes, if both happen on one node.</summary>
    private static void KeepApart(Scheduling model, PolicyResource first, Role firstRole, PolicyResource then, Role thenRole)
    {
        string[] leave = firstRole switch { Model.Role.Promoted => [Operation.Demote], Model.Role.Unpromoted => [Operation.Stop, Operation.Promote], _ => [Operation.Stop] };
        string[] come = thenRole switch { Model.Role.Promoted => [Operation.Promote], Model.Role.Unpromoted => [Operation.Start, Operation.Demote], _ => [Operation.Start] };
        foreach (var one in leave)
            foreach (var two in come) Orders.Resources(model, first, one, then, two, OrderFlags.IfRequiredOnSameNode);
    }
}
