using Appliance.Cib;
using Appliance.Cib.Requests;

namespace Appliance.Commands.Crm;

/// <summary>A CIB that tools work on, wherever it is.</summary>
internal interface ICib
{
    /// <summary>Asks it for something, and waits for the answer.</summary>
    CibReply Perform(CibRequest request);

    /// <summary>Ends the work; what was changed is stored by then.</summary>
    /// <returns>Pacemaker's return code.</returns>
    int Close();
}

/// <summary>Finds the CIB that the surroundings name, as Pacemaker's tools do.</summary>
internal static class CibAccess
{
    /// <summary>Whether it is the cluster's: no variable names a file.</summary>
    public static bool IsLive(CrmWorld world) => FileOf(world) is null;

    /// <summary>The file that the surroundings name; null: the cluster's CIB is meant.</summary>
    public static string? FileOf(CrmWorld world) => world.Variable("CIB_shadow") is { Length: > 0 } shadow ? ShadowFile.Path(world, shadow) : world.Variable("CIB_file");

    /// <returns>Pacemaker's return code; 0 when there is one.</returns>
    public static int Open(CrmWorld world, out ICib? cib) => Open(world, null, null, out cib);

    /// <param name="user">On whose behalf, in the cluster's; null: the caller's own.</param>
    /// <param name="within">How long each request may take, in the cluster's.</param>
    /// <returns>Pacemaker's return code; 0 when there is one.</returns>
    public static int Open(CrmWorld world, string? user, TimeSpan? within, out ICib? cib)
    {
        cib = null;
        if (FileOf(world) is not { } place) return LiveCib.Open(world, user, within, out cib);
        var (rc, file) = FileCib.Open(place, world);
        cib = file;
        return rc;
    }

    /// <summary>The whole document; null where there is none.</summary>
    public static CibElement? Document(CrmWorld world)
    {
        Open(world, out var cib);
        return cib?.Perform(new(CibOperation.Query)).Answer;
    }
}
