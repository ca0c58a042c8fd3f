using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;

namespace Appliance.Crm.Move;

/// <summary>What of ha.cf one of the two engines does not have, so that a move would lose it.</summary>
public static class MoveObstacles
{
    private const string HaCfName = "ha.cf";

    /// <param name="lineOf">The line of ha.cf in which a directive stands; 0: in none.</param>
    public static ImmutableArray<Diagnostic> Of(HaCf haCf, Func<string, int> lineOf)
    {
        var found = ImmutableArray.CreateBuilder<Diagnostic>();
        if (haCf.Nodes.Length > 2)
            found.Add(new(Severity.Error, HaCfName, lineOf("node"), 0, $"{haCf.Nodes.Length} nodes: with the CRM a part without a majority stops its resources, and without it does not", "stop the daemons on all nodes, and start them with the other engine"));
        if (haCf.AutoFailback == AutoFailback.Legacy)
            found.Add(new(Severity.Error, HaCfName, lineOf("auto_failback"), 0, "auto_failback legacy: the CRM has no such thing", "auto_failback on, or off"));
        foreach (var client in haCf.Clients)
            if (client.Command[(client.Command.LastIndexOf('/') + 1)..] == "ipfail")
                found.Add(new(Severity.Error, HaCfName, client.Line, 0, "ipfail: the CRM moves nothing for the ping nodes of ha.cf", "take the line out; with the CRM, clone ocf:pacemaker:ping and give it a location rule"));
        return found.ToImmutable();
    }
}
