using Appliance.Core;
using Appliance.Simulation.Machines;

namespace Appliance.Simulation.Power;

/// <summary>A device on the management network that can cut a machine's power. It answers in its own protocol; what it does to the machine takes its time.</summary>
internal abstract class PowerDevice(World world)
{
    private static readonly TimeSpan Never = TimeSpan.FromTicks(-1);
    private readonly HashSet<Machine> _cutting = [];

    protected World World => world;

    public DeviceTrouble Trouble { get; private set; }

    /// <summary>When there was last something wrong with it; <see cref="Instant.Never"/> while there is.</summary>
    public Instant TroubledUntil { get; private set; } = default(Instant) + Never;

    /// <summary>When it was last wired to another machine; <see cref="Instant.Never"/> while it is.</summary>
    public Instant MiswiredUntil { get; private set; } = default(Instant) + Never;

    public void SetTrouble(DeviceTrouble trouble)
    {
        if (trouble == DeviceTrouble.Miswired) MiswiredUntil = Instant.Never;
        else if (Trouble == DeviceTrouble.Miswired) MiswiredUntil = world.Now;
        (Trouble, TroubledUntil) = (trouble, trouble == DeviceTrouble.None ? world.Now : Instant.Never);
        TroubleChanged();
    }

    /// <summary>A datagram came; what is said in answer, each with the time it takes.</summary>
    public IReadOnlyList<(TimeSpan After, byte[] Datagram)> Hear(Machine client, ReadOnlyMemory<byte> datagram)
    {
        if (Trouble == DeviceTrouble.Mute || (Trouble == DeviceTrouble.Lossy && world.Chance.Chance(0.3))) return [];
        var answers = new List<(TimeSpan, byte[])>();
        foreach (var (after, answer) in Answer(client, datagram))
            if (Trouble != DeviceTrouble.Lossy || world.Chance.Chance(0.7)) answers.Add((after + world.Chance.Milliseconds(0.5, 8), answer));
        return answers;
    }

    protected abstract IEnumerable<(TimeSpan After, byte[] Datagram)> Answer(Machine client, ReadOnlyMemory<byte> datagram);

    protected virtual void TroubleChanged() { }

    /// <summary>An order to cut the power was taken.</summary>
    protected void Cut(Machine machine, Machine by, Action off)
    {
        if (!_cutting.Add(machine)) return;
        world.Trace.Say(0x60, machine.Name, $"is to lose its power, says {by.Name}");
        world.After(Trouble == DeviceTrouble.Slow ? world.Chance.Milliseconds(3_000, 12_000) : world.Chance.Milliseconds(20, 1_500), () =>
        {
            _cutting.Remove(machine);
            if (machine.Powered) world.Rules.CutBy(machine, by);
            off();
        });
    }
}
