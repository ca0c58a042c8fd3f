using System.Globalization;
using Appliance.Crm.Controller;
using Appliance.Crm.Store;
using Appliance.Simulation.Faults;

namespace Appliance.Simulation.Crm;

/// <summary>A machine loses power before a step of the disk that its CIB is on.</summary>
internal sealed record PowerFailsAtWrite(TimeSpan At, int Machine, int AfterWrites, TimeSpan OffFor) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"on machine {Machine} before write {AfterWrites} from now, {OffFor.TotalSeconds:0.0} s long");

    protected override void Begin(World world) => world.Machines[Machine].CrashAfterWrites(AfterWrites, OffFor);
}

/// <summary>A client changes the configuration: what it is told stored must stay.</summary>
internal sealed record CibChanged(TimeSpan At, int Machine, int Number, int Count) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => string.Create(CultureInfo.InvariantCulture, $"{Count} times by a client of machine {Machine}");

    protected override void Begin(World world)
    {
        var machine = world.Machines[Machine];
        for (var i = 0; i < Count; i++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"change-{Number}-{i}");
            world.After(TimeSpan.FromMilliseconds(150) * i, () => Administrator.Modify(machine, "crm_config",
                $"<crm_config><cluster_property_set id=\"changes\"><nvpair id=\"{id}\" name=\"{id}\" value=\"{world.Now.Ticks}\"/></cluster_property_set></crm_config>", answer =>
                {
                    world.Trace.Say(0x72, machine.Name, $"a client is told of {id}: {answer}");
                    if (answer is CrmAnswer.Cib { Error: CibError.None }) world.Rules.Acknowledged.Told(id, $"{id} (by a client of {machine.Name} at {world.Now})");
                }));
        }
    }
}

/// <summary>A person has a machine fenced.</summary>
internal sealed record FencedByHand(TimeSpan At, int Machine, int AskedAt) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => $"machine {Machine}, as machine {AskedAt} is told";

    protected override void Begin(World world) => (world.Machines[AskedAt].Control as CrmControl)?.FenceByHand(world.Machines[Machine].Name);
}

/// <summary>A person says of a machine that it is off (<c>stonith_admin --confirm</c>), and has looked at another one.</summary>
internal sealed record TakenForOff(TimeSpan At, int Machine, int AskedAt) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => $"machine {Machine}, as machine {AskedAt} is told";

    protected override void Begin(World world)
    {
        if (AskedAt != Machine) world.Machines[AskedAt].Control?.Confirm(world.Machines[Machine].Name);      // of itself nobody is believed
    }
}

/// <summary>A node is in standby for a while.</summary>
internal sealed record InStandby(TimeSpan At, TimeSpan For, int Machine, int AskedAt) : Fault(At, For)
{
    protected override string Text => $"machine {Machine}, as machine {AskedAt} is told";

    protected override void Begin(World world) => Administrator.Standby(world.Machines[AskedAt], world.Machines[Machine].Name, true);

    protected override void End(World world) => Administrator.Standby(world.Machines[AskedAt], world.Machines[Machine].Name, false);
}

/// <summary>The cluster leaves everything as it is for a while.</summary>
internal sealed record InMaintenance(TimeSpan At, TimeSpan For, int AskedAt) : Fault(At, For)
{
    protected override string Text => $"as machine {AskedAt} is told";

    protected override void Begin(World world) => Administrator.Option(world.Machines[AskedAt], "maintenance-mode", "true");

    protected override void End(World world) => Administrator.Option(world.Machines[AskedAt], "maintenance-mode", "false");
}

/// <summary>A resource is to be stopped for a while.</summary>
internal sealed record SwitchedOff(TimeSpan At, TimeSpan For, string Owner, string Resource, int AskedAt) : Fault(At, For)
{
    protected override string Text => $"{Owner} {Resource}, as machine {AskedAt} is told";

    protected override void Begin(World world) => Administrator.Role(world.Machines[AskedAt], Owner, Resource, "Stopped");

    protected override void End(World world) => Administrator.Role(world.Machines[AskedAt], Owner, Resource, "Started");
}

/// <summary>Somebody writes the other engine into ha.cf of one machine, stops its daemon and starts it again; and later puts it right.</summary>
internal sealed record OtherEngine(TimeSpan At, TimeSpan For, int Machine) : Fault(At, For)
{
    protected override string Text => $"on machine {Machine}";

    protected override TimeSpan Aftermath => TimeSpan.FromSeconds(10);

    protected override void Begin(World world) => Administrator.SetsEngine(world, world.Machines[Machine], crm: false);

    protected override void End(World world) => Administrator.SetsEngine(world, world.Machines[Machine], crm: true);
}

/// <summary>Failures are forgotten, or all that is known of what runs.</summary>
internal sealed record CleanedUp(TimeSpan At, int Machine, bool Everything) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => $"on machine {Machine}{(Everything ? ", everything" : "")}";

    protected override void Begin(World world) => Administrator.Cleanup(world.Machines[Machine], Everything);
}

/// <summary>A service ends by itself, wherever it runs.</summary>
internal sealed record ServiceGone(TimeSpan At, string Resource, bool Told) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => $"{Resource}{(Told ? ", told" : "")}";

    protected override void Begin(World world)
    {
        foreach (var machine in world.Machines)
        {
            if (!machine.Services.IsActive(Resource)) continue;
            machine.Services.Ends(Resource);
            if (Told) world.After(world.Chance.Milliseconds(1, 50), () => (machine.Control as CrmControl)?.Lost(Resource));
        }
    }
}
