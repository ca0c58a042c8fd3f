using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Haresources;
using Appliance.Messaging;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Faults;

/// <summary>What an administrator does at a machine.</summary>
internal static class Operator
{
    /// <summary>hb_standby: <c>failback</c> is its word for <c>foreign</c>.</summary>
    public static void Standby(Machine machine, string what) =>
        machine.Control?.Ask(new ResourceManagerInput.Inject(Message.Of("ask_resources", ("rsc_hold", what == "failback" ? "foreign" : what), ("info", "me"))));

    /// <summary>hb_takeover.</summary>
    public static void Takeover(Machine machine, string what) =>
        machine.Control?.Ask(new ResourceManagerInput.Inject(Message.Of("hb_takeover", ("rsc_hold", what))));

    /// <summary>appliance cleanup, for every group that is blocked or failed there.</summary>
    public static void CleansUp(Machine machine)
    {
        if (machine.Control is not { Frozen: false } control) return;
        foreach (var group in control.Report().Groups)
            if (group.State is GroupState.Blocked or GroupState.Failed) machine.CleansUp(group.Key);
    }

    /// <summary>Writes authkeys and sends SIGHUP.</summary>
    public static void SetsKeys(Machine machine, AuthKeys keys)
    {
        machine.AuthKeys = keys;
        machine.Pulse?.Let(() => machine.Pulse?.ReloadKeys());
    }
}

/// <summary>hb_standby or hb_takeover.</summary>
internal sealed record Command(TimeSpan At, int Machine, bool Takeover, string What) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => $"{(Takeover ? "hb_takeover" : "hb_standby")} {What} on machine {Machine}";

    protected override void Begin(World world)
    {
        if (Takeover) Operator.Takeover(world.Machines[Machine], What);
        else Operator.Standby(world.Machines[Machine], What);
    }
}

/// <summary>SIGTERM; some time later the daemon is started again.</summary>
internal sealed record Stopped(TimeSpan At, TimeSpan For, int Machine) : Fault(At, For)
{
    protected override string Text => $"machine {Machine} gracefully";

    protected override TimeSpan Aftermath => TimeSpan.FromSeconds(3);

    protected override void Begin(World world) => world.Machines[Machine].Pulse?.Signal(DaemonRequest.Shutdown);

    protected override void End(World world)
    {
        world.Machines[Machine].DaemonWanted = true;
        world.Machines[Machine].StartDaemon();
    }
}

/// <summary>SIGHUP with a changed ha.cf, or an upgrade: the daemon restarts, the services run on.</summary>
internal sealed record RestartedInPlace(TimeSpan At, int Machine) : Fault(At, TimeSpan.Zero)
{
    protected override string Text => $"machine {Machine}";

    protected override TimeSpan Aftermath => TimeSpan.FromSeconds(5);

    protected override void Begin(World world) => world.Machines[Machine].Control?.Ask(new ResourceManagerInput.RestartRequested());
}

/// <summary>A new key everywhere: added on every machine, then signed with on every machine; or, when careless, put in place of the old one.</summary>
internal sealed record KeysRotated(TimeSpan At, TimeSpan For, bool Careless, int NewIndex) : Fault(At, For)
{
    protected override string Text => Careless ? $"carelessly to key {NewIndex}" : $"to key {NewIndex}";

    protected override void Begin(World world)
    {
        var machines = world.Machines;
        var pause = For / (2 * machines.Count + 1);
        var fresh = new AuthKey(NewIndex, world.Plan.AllOurs ? AuthMethod.Sha256 : AuthMethod.Sha1, Core.Secret.Of($"Key{NewIndex}"));
        for (var i = 0; i < machines.Count; i++)
        {
            var machine = machines[i];
            if (Careless)
            {
                Later(pause * (2 * i), () => Operator.SetsKeys(machine, new(NewIndex, [fresh])));
                continue;
            }

            Later(pause * i, () => Operator.SetsKeys(machine, new(machine.AuthKeys.SigningIndex, With(machine.AuthKeys.Keys, fresh))));
            Later(pause * (machines.Count + i), () => Operator.SetsKeys(machine, new(NewIndex, With(machine.AuthKeys.Keys, fresh))));
        }

        void Later(TimeSpan delay, Action act) => world.After(delay, () =>
        {
            if (!world.Healed) act();
        });
    }

    private static ImmutableArray<AuthKey> With(ImmutableArray<AuthKey> keys, AuthKey added) => [.. keys.Where(k => k.Index != added.Index), added];
}
