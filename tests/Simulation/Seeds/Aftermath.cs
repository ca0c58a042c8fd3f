using Appliance.Configuration;
using Appliance.Core;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Faults;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Seeds;

/// <summary>After the storm: everything is repaired, and the cluster must come to rest.</summary>
internal static class Aftermath
{
    /// <param name="endings">Of the faults.</param>
    /// <param name="spared">What was still to come over a machine does not come any more.</param>
    /// <param name="repaired">The machine has its power and its daemon.</param>
    public static void Heal(World world, IEnumerable<Action> endings, Action<Machine>? spared = null, Action<Machine>? repaired = null)
    {
        world.Trace.Say(3, "world", $"everything is repaired");
        world.Healed = true;
        foreach (var end in endings) end();
        foreach (var segment in world.Segments.Values)
            foreach (var path in segment.Paths) path.Heal(Math.Min(world.Plan.Loss, 0.01));
        // Keys that were in use stay valid: messages that are still missing were signed with them.
        var signing = new AuthKey(9, AuthMethod.Sha1, Secret.Of("AfterTheStorm"));
        var keys = new AuthKeys(9, [.. world.Machines.SelectMany(m => m.AuthKeys.Keys).DistinctBy(k => k.Index), signing]);
        foreach (var machine in world.Machines)
        {
            machine.Services.Mood.Calm();
            machine.Thaw();
            Operator.SetsKeys(machine, keys);
            spared?.Invoke(machine);
            machine.DaemonWanted = true;
            if (!machine.Powered) machine.SetRight();
            else machine.StartDaemon();
            repaired?.Invoke(machine);
        }
    }

    /// <summary>Goes on until the cluster has been at rest for three seconds.</summary>
    /// <param name="atMost">How long it may take.</param>
    /// <param name="unrest">What is not as it should be; empty: nothing.</param>
    /// <param name="look">How often somebody looks after it (<paramref name="looks"/>).</param>
    public static void ComesToRest(World world, TimeSpan atMost, Func<string> unrest, TimeSpan look, Action looks)
    {
        var (repaired, calmSince) = (world.Now, Instant.Never);
        while (true)
        {
            world.Run(TimeSpan.FromMilliseconds(500));
            var wrong = unrest();
            if (wrong.Length > 0) calmSince = Instant.Never;
            else if (calmSince == Instant.Never) calmSince = world.Now;
            else if (world.Now - calmSince >= TimeSpan.FromSeconds(3)) return;
            if (world.Now - repaired > atMost) throw new RuleBroken("comes to rest", world.Now, $"{(world.Now - repaired).TotalSeconds:0} s after everything was repaired: {wrong}");
            if (world.Now.Ticks % look.Ticks == 0) looks();
        }
    }

    /// <summary>A machine that somebody switched off, and who did not live to switch it on; a daemon whose shutdown, asked for in the storm, came to its end.</summary>
    public static void StartsWhatIsDown(World world, Machine machine)
    {
        if (!machine.Powered && world.Now - machine.OffSince >= TimeSpan.FromSeconds(10)) machine.SetRight();
        if (machine is not { Powered: true, Pulse: null }) return;
        machine.DaemonWanted = true;
        machine.StartDaemon();
    }
}
