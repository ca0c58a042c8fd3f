using Appliance.Cib;
using Appliance.Policy.Create;
using Appliance.Policy.Model;
using Appliance.Policy.Order;

namespace Appliance.Policy.Unpack.Constraints;

/// <summary>Orderings as configured.</summary>
internal static class OrderingReader
{
    private enum Kind { Optional, Mandatory, Serialize }

    private enum Symmetry { Asymmetric, Symmetric, Inverse }

    public static void Read(Scheduling model, CibElement constraint)
    {
        var kind = KindOf(constraint, Kind.Mandatory);
        var symmetry = SymmetryOf(constraint["symmetrical"], kind);
        var sets = ConstraintsReader.Sets(model, constraint);
        if (sets.Count == 0 && AsSets(model, constraint) is { } expanded) sets = expanded;
        if (sets.Count == 0) { ReadSimple(model, constraint, kind, symmetry); return; }
        ResourceSet? last = null;
        foreach (var set in sets)
        {
            if (set.IsBroken) return;
            ReadSet(model, set, kind, constraint["symmetrical"]);
            if (last is not null)
            {
                if (symmetry == Symmetry.Asymmetric) Between(model, last, set, kind, Symmetry.Asymmetric);
                else
                {
                    Between(model, last, set, kind, Symmetry.Symmetric);
                    Between(model, set, last, kind, Symmetry.Inverse);
                }
            }
            last = set;
        }
    }

    /// <summary>Whether it is to be followed in any case, and not only when both actions happen anyway.</summary>
    public static bool IsFirm(CibElement constraint) => KindOf(constraint, Kind.Mandatory) == Kind.Mandatory;

    private static Kind KindOf(CibElement element, Kind otherwise)
    {
        if (element["kind"] is { } kind)
            return kind.ToUpperInvariant() switch { "OPTIONAL" => Kind.Optional, "SERIALIZE" => Kind.Serialize, "MANDATORY" => Kind.Mandatory, _ => otherwise };
        return element["score"] is { } score ? Scores.Parse(score) == 0 ? Kind.Optional : Kind.Mandatory : otherwise;
    }

    private static Symmetry SymmetryOf(string? text, Kind kind) =>
        kind == Kind.Serialize || Texts.Boolean(text) == false ? Symmetry.Asymmetric : Symmetry.Symmetric;

    private static OrderFlags FlagsFor(Kind kind, string firstTask, Symmetry symmetry) => kind switch
    {
        Kind.Optional => OrderFlags.Ordered,
        Kind.Serialize => OrderFlags.Serialize,
        _ => symmetry switch
        {
            Symmetry.Asymmetric => OrderFlags.Ordered | OrderFlags.Asymmetric,
            Symmetry.Inverse => OrderFlags.Ordered | OrderFlags.ThenImpliesFirst,
            _ when firstTask is Operation.Start or Operation.Promote => OrderFlags.Ordered | OrderFlags.FirstImpliesThen | OrderFlags.UnrunnableFirstBlocks,
            _ => OrderFlags.Ordered | OrderFlags.FirstImpliesThen,
        },
    };

    private static string? Inverse(string task) => task switch
    {
        Operation.Start => Operation.Stop,
        Operation.Stop => Operation.Start,
        Operation.Promote => Operation.Demote,
        Operation.Demote => Operation.Promote,
        Operation.Promoted => Operation.Demoted,
        Operation.Demoted => Operation.Promoted,
        Operation.Running => Operation.Stopped,
        Operation.Stopped => Operation.Running,
        _ => null,
    };

    private static List<ResourceSet>? AsSets(Scheduling model, CibElement constraint)
    {
        if (ConstraintsReader.Tagged(model, constraint["first"]) is null && ConstraintsReader.Tagged(model, constraint["then"]) is null) return null;
        var firstTask = constraint["first-action"];
        var one = ConstraintsReader.AsSet(model, constraint["first"], constraint.Id + "-first", new CibElement("resource_set").Set("action", firstTask), single: true);
        var two = ConstraintsReader.AsSet(model, constraint["then"], constraint.Id + "-then", new CibElement("resource_set").Set("action", constraint["then-action"]), single: true);
        return one is null || two is null ? [] : [one, two];
    }

    private static void ReadSimple(Scheduling model, CibElement constraint, Kind kind, Symmetry symmetry)
    {
        if (ConstraintsReader.Resource(model, constraint["first"]) is not { } first || ConstraintsReader.Resource(model, constraint["then"]) is not { } then) return;
        var firstTask = constraint["first-action"] ?? Operation.Start;
        var thenTask = constraint["then-action"] ?? firstTask;
        var flags = FlagsFor(kind, firstTask, symmetry);
        var minimum = MinimumOf(first, constraint);
        if (minimum > 0) AfterSome(model, constraint.Id!, (Clone)first, firstTask, then, thenTask, flags, minimum);
        else Orders.Resources(model, first, firstTask, then, thenTask, flags);
        if (symmetry != Symmetry.Symmetric) return;
        if (Inverse(firstTask) is not { } undoFirst || Inverse(thenTask) is not { } undoThen) return;
        Orders.Resources(model, then, undoThen, first, undoFirst, FlagsFor(kind, undoThen, Symmetry.Inverse));
    }

    /// <summary>How many instances of a clone must be there before the other may follow; 0 if all count as usual.</summary>
    private static int MinimumOf(PolicyResource first, CibElement constraint)
    {
        if (first is not Clone) return 0;
        if (first.Meta.TryGetValue("clone-min", out var text)) return (int)Math.Clamp(Texts.Integer(text) ?? 0, 0, int.MaxValue);
        return Texts.Boolean(constraint["require-all"]) == false ? 1 : 0;
    }

    private static void AfterSome(Scheduling model, string id, Clone first, string firstTask, PolicyResource then, string thenTask, OrderFlags flags, int minimum)
    {
        var met = Actions.Pseudo(model, $"{Operation.CloneOneOrMore}:{id}");
        met.RequiredBefore = minimum;
        met.Set(ActionFlags.NeedsMinimum);
        foreach (var instance in first.Children)
            Orders.Note(model, instance, Naming.Key(instance.Id, firstTask, 0), null, null, null, met, OrderFlags.MinRunnable | OrderFlags.FirstImpliesThenGraphed);
        Orders.Note(model, null, null, met, then, Naming.Key(then.Id, thenTask, 0), null, flags | OrderFlags.UnrunnableFirstBlocks);
    }

    private static void ReadSet(Scheduling model, ResourceSet set, Kind parentKind, string? parentSymmetrical)
    {
        // A score says something of the symmetry only.
        var kind = set.Xml["kind"] is null ? parentKind : KindOf(set.Xml, parentKind);
        var symmetry = SymmetryOf(set.Xml["symmetrical"] ?? parentSymmetrical, KindOf(set.Xml, parentKind));
        var task = set.Xml["action"] ?? Operation.Start;
        if (set.Resources.Count < 2) return;
        var flags = FlagsFor(kind, task, symmetry);
        PolicyResource? last = null;
        for (var i = 0; i < set.Resources.Count; i++)
        {
            var resource = set.Resources[i];
            if (kind == Kind.Serialize)
                for (var j = i + 1; j < set.Resources.Count; j++) Orders.Resources(model, resource, task, set.Resources[j], task, flags);
            else if (set.Sequential && last is not null) Orders.Resources(model, last, task, resource, task, flags);
            last = resource;
        }
        if (symmetry == Symmetry.Asymmetric || !set.Sequential || Inverse(task) is not { } undo) return;
        flags = FlagsFor(kind, undo, Symmetry.Inverse);
        last = null;
        foreach (var resource in set.Resources)
        {
            if (last is not null) Orders.Resources(model, resource, undo, last, undo, flags);
            last = resource;
        }
    }

    private static void Between(Scheduling model, ResourceSet one, ResourceSet two, Kind kind, Symmetry symmetry)
    {
        var firstTask = one.Xml["action"] ?? Operation.Start;
        var thenTask = two.Xml["action"] ?? Operation.Start;
        if (symmetry == Symmetry.Inverse)
        {
            firstTask = Inverse(firstTask) ?? firstTask;
            thenTask = Inverse(thenTask) ?? thenTask;
        }
        var flags = FlagsFor(kind, firstTask, symmetry);
        if (firstTask is not (Operation.Stop or Operation.Demote) && Texts.Boolean(one.Xml["require-all"]) == false)
        {
            var any = Actions.Pseudo(model, $"{Operation.OneOrMore}:{one.Id}");
            any.Set(ActionFlags.NeedsMinimum);
            foreach (var first in one.Resources)
                Orders.Note(model, first, Naming.Key(first.Id, firstTask, 0), null, null, null, any, OrderFlags.MinRunnable | OrderFlags.FirstImpliesThenGraphed);
            foreach (var then in two.Resources)
                Orders.Note(model, null, null, any, then, Naming.Key(then.Id, thenTask, 0), null, flags | OrderFlags.UnrunnableFirstBlocks);
            return;
        }
        var inverse = symmetry == Symmetry.Inverse;
        foreach (var first in End(one, last: !inverse))
            foreach (var then in End(two, last: inverse)) Orders.Resources(model, first, firstTask, then, thenTask, flags);
    }

    /// <summary>The end of a sequential set, or all of another.</summary>
    private static List<PolicyResource> End(ResourceSet set, bool last) =>
        set.SequentialAsGiven == true && set.Resources.Count > 0 ? [last ? set.Resources[^1] : set.Resources[0]] : set.Resources;
}
