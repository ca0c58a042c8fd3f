namespace Appliance.Simulation.Machines;

/// <summary>A process that can be killed, and stopped and continued as by SIGSTOP and SIGCONT: what comes meanwhile waits in its queues.</summary>
internal abstract class SimulatedProcess
{
    // A socket's receive buffer of 208 KiB (net.core.rmem_default) holds about this many heartbeats.
    private const int MostWaiting = 250;

    private readonly Queue<Action> _waiting = new();

    public bool Alive { get; private set; } = true;

    public bool Frozen { get; private set; }

    /// <summary>Gone at once, with everything it had in memory.</summary>
    public void Kill()
    {
        Alive = false;
        _waiting.Clear();
    }

    public void Freeze() => Frozen = true;

    public void Thaw()
    {
        Frozen = false;
        while (Alive && !Frozen && _waiting.TryDequeue(out var next)) next();
    }

    /// <summary>Lets the process do something now, or as soon as it runs again.</summary>
    /// <param name="maybeLost">A datagram: dropped when too many wait already.</param>
    public void Let(Action happen, bool maybeLost = false)
    {
        if (!Alive) return;
        if (!Frozen && _waiting.Count == 0) happen();
        else if (!maybeLost || _waiting.Count < MostWaiting) _waiting.Enqueue(happen);
    }
}
