namespace Appliance.Policy.Model;

/// <summary>Whether a node can run resources at all.</summary>
internal static class Availability
{
    public static bool CanRun(PolicyNode node) =>
        node.Online && !node.Shutdown && !node.Unclean && !node.Standby && !node.Maintenance;

    /// <summary>The same, and nothing speaks against the node as such, whoever asks.</summary>
    public static bool CanKeep(PolicyNode node) => node.Score >= 0 && CanRun(node);

    /// <summary>It can run resources, and the resource may be there.</summary>
    public static bool IsAvailable(this Candidate candidate) => candidate.Score >= 0 && CanRun(candidate.Node);

    /// <summary>It can run resources, and a guest's machine will be somewhere.</summary>
    public static bool CanRunWithMachine(PolicyNode node) => CanRun(node) && (!node.IsGuest || node.Connection!.Launcher!.Assigned is not null);

    public static bool AnyAvailable(this Candidates candidates)
    {
        foreach (var candidate in candidates) if (candidate.IsAvailable()) return true;
        return false;
    }
}
