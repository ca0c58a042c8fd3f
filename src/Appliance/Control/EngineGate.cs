using Appliance.Core;
using Appliance.Haresources;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>Stands before the engine: while a move to the other one is under way, the engine is told nothing, and so does nothing; what it misses it is told afterwards.</summary>
internal sealed class EngineGate(IResourceManager engine, Action<bool>? rest) : IResourceManager
{
    private readonly List<ResourceManagerInput> _missed = [];
    private bool _isReady;

    public bool IsClosed { get; private set; }

    /// <summary>The administrator wants the daemon stopped, and the gate is closed.</summary>
    public Action? StopWanted { get; set; }

    /// <inheritdoc/>
    public Instant NextDeadline => !IsClosed ? engine.NextDeadline : _isReady ? Instant.Never : new(long.MinValue);

    /// <inheritdoc/>
    public void Step(ResourceManagerInput input, Instant now, List<ResourceManagerEffect> effects)
    {
        if (!IsClosed)
        {
            _isReady = true;
            engine.Step(input, now, effects);
            return;
        }
        if (input is ResourceManagerInput.ShutdownRequested) StopWanted?.Invoke();
        // Nodes that come and go, and orders of operators: few, however long a node stays frozen. None may be lost.
        else if (input is not ResourceManagerInput.Tick) _missed.Add(input);
        if (_isReady) return;
        // Closed from the start: the engine says nothing, and pulse must hear that there is somebody.
        _isReady = true;
        effects.Add(new ResourceManagerEffect.Command(new ClusterCommand.ManagerReady()));
    }

    /// <inheritdoc/>
    public ResourceReport Report(Instant now) => engine.Report(now);

    public void Close()
    {
        IsClosed = true;
        rest?.Invoke(true);
    }

    public void Open(Instant now, Action<IReadOnlyList<ResourceManagerEffect>> execute)
    {
        IsClosed = false;
        rest?.Invoke(false);
        foreach (var input in _missed)
        {
            var effects = new List<ResourceManagerEffect>();
            engine.Step(input, now, effects);
            execute(effects);
        }
        _missed.Clear();
    }
}
