using Appliance.Policy.Model;

namespace Appliance.Policy.Assign;

/// <summary>Scores as they stand when a resource is assigned, in the words of Pacemaker 3.0.2, whose tests compare them.</summary>
internal static class ScoreLines
{
    public static void Add(Scheduling model, PolicyResource resource, string function)
    {
        if (resource.IsRemoved) return;
        foreach (var candidate in resource.Allowed.ByName())
            model.AssignmentNotes.Add(new AssignmentNote.Weight(function, resource.Id, candidate.Node.Name, Scores.Text(candidate.Score)));
        foreach (var child in resource.Children) Add(model, child, function);
    }
}
