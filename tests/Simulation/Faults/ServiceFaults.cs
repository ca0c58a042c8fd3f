using System.Globalization;
using Appliance.Configuration;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Faults;

/// <summary>Services that end by themselves, where somebody watches them: a 3.0.6 does not.</summary>
internal static class ServiceWeather
{
    /// <summary>Every third cluster is monitored; drawn apart, so that the other two are what they were without it.</summary>
    public static MonitorSpec? Monitor(ulong seed)
    {
        var chance = new SeededRandom(seed ^ 0x6D6F_6E69_746F_7221);
        return chance.Below(3) > 0 ? null : new(TimeSpan.FromSeconds(chance.Between(1, 4)), chance.Between(0, 2), TimeSpan.FromSeconds(chance.Between(20, 60)), TimeSpan.FromSeconds(chance.Between(1, 3)));
    }

    public static IEnumerable<Fault> Draw(ClusterPlan plan, ulong seed, int atMost)
    {
        var chance = new SeededRandom(seed ^ 0x7365_7276_6963_6573);
        for (var left = chance.Between(1, atMost); left > 0; left--)
        {
            var at = TimeSpan.FromSeconds(8) + (Weather.Stormy - TimeSpan.FromSeconds(8)) * chance.Unit();
            var lasting = chance.Milliseconds(1_000, 15_000);
            var group = chance.Of(plan.Groups.AsSpan());
            var resource = chance.Of(group.Resources.AsSpan());
            yield return chance.Below(8) switch
            {
                < 3 => new ServiceDies(at, group.Key, resource.Text, Told: chance.Chance(0.3)),
                < 5 => new ServiceFlaps(at, lasting, null, resource.Text, chance.Milliseconds(200, 4_000)),
                < 7 => new ServiceFlaps(at, lasting, chance.Below(plan.Nodes.Length), resource.Text, chance.Milliseconds(100, 1_000)),
                _ => new StatusHangs(at, lasting, chance.Below(plan.Nodes.Length), resource.Text),
            };
        }
    }

    /// <summary>The service ends, wherever it runs and somebody will notice.</summary>
    public static void End(World world, Machine machine, string resource)
    {
        if (!machine.Powered || machine.Extensions == 0 || !machine.Services.IsActive(resource)) return;
        world.Trace.Say(0x52, machine.Name, $"{resource} ends by itself");
        machine.Services.Ends(resource);
    }
}

/// <summary>A service ends once.</summary>
/// <param name="Told">The service manager tells, some milliseconds later.</param>
internal sealed record ServiceDies(TimeSpan At, string Group, string Resource, bool Told) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => $"{Resource}{(Told ? ", told" : "")}";

    protected override TimeSpan Aftermath => TimeSpan.FromSeconds(15);

    protected override void Begin(World world)
    {
        foreach (var machine in world.Machines)
        {
            if (!machine.Services.IsActive(Resource)) continue;
            ServiceWeather.End(world, machine, Resource);
            if (Told) world.After(world.Chance.Milliseconds(1, 50), () => machine.Control?.Ask(new ResourceManagerInput.ResourceLost(Group, Resource, "its process ended")));
        }
    }
}

/// <summary>A service ends again and again, each time it was started.</summary>
/// <param name="Machine">Only there; <c>null</c>: wherever it runs.</param>
internal sealed record ServiceFlaps(TimeSpan At, TimeSpan For, int? Machine, string Resource, TimeSpan Every) : Fault(At, For)
{
    private readonly bool[] _over = [false];

    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"{Resource} {(Machine is { } machine ? $"on machine {machine}" : "everywhere")} every {Every.TotalSeconds:0.0} s");

    protected override TimeSpan Aftermath => TimeSpan.FromSeconds(15);

    protected override void Begin(World world)
    {
        if (_over[0]) return;
        foreach (var machine in world.Machines)
            if (Machine is null || machine.Index == Machine) ServiceWeather.End(world, machine, Resource);
        world.After(Every, () => Begin(world));
    }

    protected override void End(World world) => _over[0] = true;
}

/// <summary>A resource's status does not come while it lasts.</summary>
internal sealed record StatusHangs(TimeSpan At, TimeSpan For, int Machine, string Resource) : Fault(At, For)
{
    protected override string Text => $"{Resource} on machine {Machine}";

    protected override TimeSpan Aftermath => TimeSpan.FromSeconds(30);

    protected override void Begin(World world) => world.Machines[Machine].Services.Mood.HangingStatuses.Add(Resource);

    protected override void End(World world) => world.Machines[Machine].Services.Mood.HangingStatuses.Remove(Resource);
}
