using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Rules;

/// <summary>What ends by itself is not started for ever: only so often within the window on one machine, whatever crashes meanwhile.</summary>
/// <remarks>A start counts that follows an end of the same service on the same machine. Cleanup and a power cut begin to count anew.</remarks>
internal sealed class BoundedRestarts(World world)
{
    /// <summary>Starts after an end that nobody restarted for it: a daemon that comes back stops what is there in part, and it is taken anew; so does a failback or a command.</summary>
    private const int ForOtherReasons = 4;

    private readonly HashSet<(int, string)> _ended = [];
    private readonly Dictionary<(int, string), List<Instant>> _restarts = [];

    /// <summary>Most restarts that were seen within a window.</summary>
    public int Most { get; private set; }

    public void EndedByItself(Machine machine, string resource) => _ended.Add((machine.Index, resource));

    public void CleanedUp(Machine machine)
    {
        foreach (var key in _restarts.Keys.Where(k => k.Item1 == machine.Index).ToArray()) _restarts.Remove(key);
    }

    public void Starts(Machine machine, string resource)
    {
        if (world.Plan.Monitor is not { } rule || !_ended.Remove((machine.Index, resource))) return;
        if (!_restarts.TryGetValue((machine.Index, resource), out var all)) _restarts[(machine.Index, resource)] = all = [];
        all.Add(world.Now);
        all.RemoveAll(at => at + rule.Within <= world.Now);
        Most = Math.Max(Most, all.Count);
        // At once, then after 30 s and 60 s, as no window here is longer than a minute; and the first of the next window.
        var allowed = rule.Restarts + 3 + ForOtherReasons;
        if (all.Count > allowed) throw new RuleBroken("bounded restarts", world.Now, $"{resource} was restarted {all.Count} times within {rule.Within} on {machine.Name}; {allowed} at most");
    }
}
