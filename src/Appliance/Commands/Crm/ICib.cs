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
    /// <returns>Pacemaker's return code; 0 when there is one.</returns>
    public static int Open(CrmWorld world, out ICib? cib)
    {
        cib = null;
        var place = world.Variable("CIB_shadow") is { Length: > 0 } shadow ? ShadowFile.Path(world, shadow) : world.Variable("CIB_file");
        // No daemon answers these requests yet.
        if (place is null) return PacemakerCodes.NotConnected;
        var (rc, file) = FileCib.Open(place, world);
        cib = file;
        return rc;
    }
}
