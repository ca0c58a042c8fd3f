using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Appliance.Core;
using Appliance.Core.Resources;
using Appliance.Haresources;
using Appliance.Stonith.Cluster;
using Appliance.Stonith.Fencer;

namespace Appliance.Simulation.Machines;

/// <summary>control where haresources says what runs where (<c>crm no</c>): the v1 resource manager.</summary>
internal sealed class ManagerControl : ControlProcess
{
    private readonly IResourceManager _manager;
    private readonly Queue<ResourceManagerEffect> _effects = new();
    private readonly List<ResourceManagerEffect> _stepped = [];
    private readonly Dictionary<int, Action> _questions = [];

    public ManagerControl(World world, Machine machine, PulseProcess pulse, byte[] held, byte[] history) : base(world, machine, pulse, history) =>
        _manager = world.Mutation.Manager(machine, Cores.ResourceManager(world, machine, Parse(held)));

    public override ResourceReport Report() => _manager.Report(Machine.Clock);

    public override void Begin() => Take(new ResourceManagerInput.GroupsRead(World.Plan.Groups));

    protected override Instant NextDeadline => _manager.NextDeadline;

    protected override void FencingEnded(int ticket, FencingEnd end) => Take(FencingAnswer.Of(ticket, end));

    protected override void Step(ResourceManagerInput input)
    {
        if (World.Trace.InWords && input is not ResourceManagerInput.Tick) World.Trace.Say(0x30, Machine.Name, $"control takes {input}");
        _stepped.Clear();
        _manager.Step(input, Machine.Clock, _stepped);
        foreach (var effect in _stepped) _effects.Enqueue(effect);
    }

    protected override bool PerformNext()
    {
        if (!_effects.TryDequeue(out var effect)) return false;
        Perform(effect);
        return true;
    }

    private void Perform(ResourceManagerEffect effect)
    {
        if (!Machine.CountsEffect(this)) return;
        switch (effect)
        {
            case ResourceManagerEffect.Log log:
                if (World.Trace.InWords) World.Trace.Say(0x31, Machine.Name, $"control {log.Priority}: {log.Text}");
                break;
            case ResourceManagerEffect.Command command:
                Command(command.Do);
                break;
            case ResourceManagerEffect.Run run:
                Run(run);
                break;
            case ResourceManagerEffect.Cancel cancel:
                if (_questions.Remove(cancel.OperationId, out var end)) World.After(World.Chance.Milliseconds(0, 30), end);
                break;
            case ResourceManagerEffect.RememberMonitor remember:
                Machine.Monitor = remember.Memory;
                break;
            case ResourceManagerEffect.Fence fence:
                Fence(fence.FencingId, FencingWish.Reset(fence.Node), fence.Why);
                break;
            case ResourceManagerEffect.SelfFence self:
                FenceSelf(self.Why);
                break;
            case ResourceManagerEffect.Remember remember:
                Waits = true;
                Machine.StoreHeld(this, Text(remember.Held), GoesOn);
                break;
            default:
                World.Trace.Say(0x35, Machine.Name, $"{effect}");
                break;
        }
    }

    private void Run(ResourceManagerEffect.Run run)
    {
        World.Trace.Say(0x32, Machine.Name, $"runs {run.Resource.Text} {run.Action} (operation {run.OperationId})");
        World.Rules.OperationBegins(Machine, this, run);
        var answered = false;
        if (run.Within is not null) _questions[run.OperationId] = () => Ended(new(OperationOutcome.Failed, -1, "cancelled"));
        Machine.Services.Run(this, run.Resource, run.Action, Ended, run.Within);

        void Ended(OperationResult result)
        {
            if (answered) return;
            answered = true;
            _questions.Remove(run.OperationId);
            World.Trace.Say(0x36 + (ulong)result.Outcome, Machine.Name, $"{run.Resource.Text} {run.Action} ended: {result.Outcome}");
            if (run.Action == ResourceAction.Status) Probed.Add(run.Resource.Text);
            Let(() => Take(new ResourceManagerInput.OperationEnded(run.OperationId, result)));
        }
    }

    private static byte[] Text(HeldGroups held) => Encoding.UTF8.GetBytes(string.Concat(held.SinceByKey.Select(p =>
        string.Create(CultureInfo.InvariantCulture, $"{p.Value.UtcTicks} {p.Key}\n"))));

    private static HeldGroups Parse(byte[] text)
    {
        var since = ImmutableSortedDictionary.CreateBuilder<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(text).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.IndexOf(' ', StringComparison.Ordinal) is > 0 and var blank && long.TryParse(line[..blank], CultureInfo.InvariantCulture, out var ticks))
                since[line[(blank + 1)..]] = new DateTimeOffset(ticks, TimeSpan.Zero);
        return new(since.ToImmutable());
    }
}
