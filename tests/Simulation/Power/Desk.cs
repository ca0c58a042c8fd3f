using Appliance.Simulation.Engine;
using Appliance.Simulation.Machines;
using Appliance.Stonith;
using Appliance.Stonith.Configured;
using Appliance.Stonith.Devices;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Power;

/// <summary>Has the devices of one control process act: real conversations, one at a time with each device.</summary>
internal sealed class Desk(World world, Machine machine, ControlProcess control, SeededRandom chance)
{
    private readonly Dictionary<string, Place> _places = [];
    private readonly SeededEntropy _entropy = new(chance);

    public void Start(FencerEffect.Run run, Action<DeviceVerdict> ended)
    {
        if (!_places.TryGetValue(run.Device, out var place))
            _places[run.Device] = place = new(world.Fencing.Configured.First(d => d.Device.Id == run.Device), world.Fencing[run.Device]);
        var deadline = machine.Clock + run.Time;
        place.Waiting.Enqueue((run.Id, () => Converse(place, run, deadline, ended)));
        // A worker takes it up.
        world.After(world.Chance.Milliseconds(0.02, 0.3), () => control.Let(() => GoOn(place)));
    }

    public void Cancel(int run)
    {
        foreach (var place in _places.Values)
            if (place.Running == run) world.After(world.Chance.Milliseconds(0, 250), () => control.Let(() =>
            {
                if (place.Running == run) place.Dialogue?.Cancel();
            }));
    }

    private static void GoOn(Place place)
    {
        if (place.Running != 0 || !place.Waiting.TryDequeue(out var next)) return;
        place.Running = next.Run;
        next.Begin();
    }

    private void Converse(Place place, FencerEffect.Run run, Core.Instant deadline, Action<DeviceVerdict> ended)
    {
        var began = world.Now;
        var conversation = place.Configured.Converse(run, place.Configured.Parameters, place.Memory, _entropy);
        conversation.Deadline = deadline;
        place.Dialogue = new(world, machine, control, place.Device, conversation, verdict =>
        {
            (place.Running, place.Dialogue) = (0, null);
            if (run.Action is FenceAction.Off or FenceAction.Reboot)
            {
                world.Trace.Say(0x61 + (ulong)verdict.Kind, machine.Name, $"{run.Device}: {run.Action} of {run.Target}: {verdict.Kind}: {verdict.Sentence}");
                world.Fencing.Count(verdict.Kind);
                world.Rules.DeviceSays(machine, control, world[run.Target], verdict, began);
            }
            ended(world.Mutation.Verdict(run, verdict));
            GoOn(place);
        });
        place.Dialogue.Begin();
    }

    private sealed class Place(ConfiguredDevice configured, PowerDevice device)
    {
        public ConfiguredDevice Configured => configured;
        public PowerDevice Device => device;
        public DeviceMemory Memory { get; } = new();
        public Queue<(int Run, Action Begin)> Waiting { get; } = [];
        public int Running { get; set; }
        public DeviceDialogue? Dialogue { get; set; }
    }
}
