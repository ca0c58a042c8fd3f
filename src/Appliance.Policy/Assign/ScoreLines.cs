using Appliance.Policy.Model;

namespace Appliance.Policy.Assign;

/// <summary>Scores as they stand when a resource is assigned, in the words of Pacemaker 3.0.2, whose tests compare them.</summary>
internal static class ScoreLines
{
    /// <summary>
    /// How many there are before nothing is told twice any more. Bundles that are colocated in a circle begin again and again, and each time Pacemaker tells all their scores: with 250 containers
    /// that are three thousand million lines, at which it is for hours.
    /// </summary>
    private const int Enough = 200_000;

    public static void Add(Scheduling model, PolicyResource resource, string function)
    {
        if (model.Noted) AddAll(model, resource, function);
    }

    /// <summary>For what was told already.</summary>
    public static void AddAgain(Scheduling model, PolicyResource resource, string function)
    {
        if (model.Noted && model.AssignmentNotes.Count < Enough) AddAll(model, resource, function);
    }

    private static void AddAll(Scheduling model, PolicyResource resource, string function)
    {
        if (resource.IsRemoved) return;
        foreach (var candidate in resource.Allowed.ByName())
            model.AssignmentNotes.Add(new AssignmentNote.Weight(function, resource.Id, candidate.Node.Name, candidate.Score));
        foreach (var child in resource.Children) AddAll(model, child, function);
    }
}
