using Appliance.Configuration;
using Appliance.Core;
using Appliance.Haresources;
using Appliance.Messaging;

namespace Appliance.Simulation.Mutations;

/// <summary>Stands between a resource manager and its world: may change what goes in, and answer what comes out in the world's place.</summary>
internal abstract class ManagerBetween(IResourceManager inner) : IResourceManager
{
    public Instant NextDeadline => inner.NextDeadline;

    public void Step(ResourceManagerInput input, Instant now, List<ResourceManagerEffect> effects)
    {
        var inputs = new Queue<ResourceManagerInput>();
        if (Falsify(input) is { } first) inputs.Enqueue(first);
        var stepped = new List<ResourceManagerEffect>();
        while (inputs.TryDequeue(out var next))
        {
            stepped.Clear();
            inner.Step(next, now, stepped);
            foreach (var effect in stepped)
                if (Answer(effect) is { } answer) inputs.Enqueue(answer);
                else effects.Add(effect);
        }
    }

    public ResourceReport Report(Instant now) => inner.Report(now);

    /// <summary>What the manager hears in its place; <c>null</c>: nothing.</summary>
    protected virtual ResourceManagerInput? Falsify(ResourceManagerInput input) => input;

    /// <summary>An answer that keeps the effect from the world; <c>null</c>: it happens.</summary>
    protected virtual ResourceManagerInput? Answer(ResourceManagerEffect effect) => null;
}

/// <summary>Stands between a messaging core and its packets.</summary>
internal abstract class MessagingBetween(IMessaging inner) : IMessaging
{
    public Instant NextDeadline => inner.NextDeadline;
    public void Start(Instant now, long wallSeconds) => inner.Start(now, wallSeconds);
    public virtual void Received(int medium, ReadOnlySpan<byte> packet, Instant now, long wallSeconds) => inner.Received(medium, packet, now, wallSeconds);
    public void Tick(Instant now, long wallSeconds) => inner.Tick(now, wallSeconds);
    public void Execute(ClusterCommand command, Instant now, long wallSeconds) => inner.Execute(command, now, wallSeconds);
    public void SetLoad(ReadOnlySpan<byte> load) => inner.SetLoad(load);
    public void MediumFault(int medium, string? fault, Instant now) => inner.MediumFault(medium, fault, now);
    public virtual void CarrierRead(int medium, bool? shown, Instant now) => inner.CarrierRead(medium, shown, now);
    public void KeysChanged(AuthKeys keys, Instant now) => inner.KeysChanged(keys, now);
    public void ControlAway(bool away, Instant now) => inner.ControlAway(away, now);
}

/// <summary>Stands between a messaging core and its effects.</summary>
internal abstract class EffectsBetween(IMessagingEffects outer) : IMessagingEffects
{
    public void Transmit(ReadOnlySpan<byte> datagram, ReadOnlySpan<byte> line) => outer.Transmit(datagram, line);
    public void Ping(int medium, ReadOnlySpan<byte> data) => outer.Ping(medium, data);
    public void Forward(int fromMedium, ReadOnlySpan<byte> line) => outer.Forward(fromMedium, line);
    public virtual void Tell(ClusterEvent happened) => outer.Tell(happened);
}
