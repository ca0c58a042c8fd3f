namespace Appliance.Policy.Model;

/// <summary>Whether a node can run resources at all.</summary>
internal static class Availability
{
    public static bool CanRun(PolicyNode node) =>
        node.Online && !node.Shutdown && !node.Unclean && !node.Standby && !node.Maintenance;

    /// <summary>The same, and the resource may be there.</summary>
    public static bool IsAvailable(this Candidate candidate) => candidate.Score >= 0 && CanRun(candidate.Node);

    /// <summary>The same, and a guest's machine will be somewhere.</summary>
    public static bool CanRunWithMachine(PolicyNode node) => CanRun(node) && (!node.IsGuest || node.Connection!.Launcher!.Assigned is not null);

    public static bool AnyAvailable(this Candidates candidates)
    {
        foreach (var candidate in candidates) if (candidate.IsAvailable()) return true;
        return false;
    }
}
