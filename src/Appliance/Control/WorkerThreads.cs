using Appliance.Core;
using Appliance.Linux;

namespace Appliance.Control;

/// <summary>Threads of our own for work that blocks: started ahead of need, as the thread pool adds threads at its leisure while a takeover waits.</summary>
/// <param name="most">More work than that at once waits in line.</param>
/// <param name="stackBytes">Of each thread.</param>
internal sealed class WorkerThreads(string name, int most, int stackBytes = 512 * 1024) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Queue<Action> _work = new();
    private readonly Bell _ready = new();
    private int _threads, _idle;
    private bool _ended;

    /// <summary>Makes threads that wait for work.</summary>
    public WorkerThreads Ahead(int count)
    {
        lock (_lock)
            for (var i = 0; i < count; i++) Add();
        return this;
    }

    /// <summary>Has <paramref name="work"/> done soon, beside the caller. It must not throw.</summary>
    public void Start(Action work)
    {
        lock (_lock)
        {
            _work.Enqueue(work);
            if (_idle < _work.Count && _threads < most) Add();
        }
        _ready.Ring();
    }

    public void Dispose()
    {
        lock (_lock) _ended = true;
        if (_threads > 0) _ready.Ring(_threads);
    }

    private void Add()
    {
        _threads++;
        _idle++;
        new Thread(Loop, ThreadStack.Of(stackBytes)) { Name = name, IsBackground = true }.Start();
    }

    private void Loop()
    {
        RealTime.NiceAsParent();
        while (true)
        {
            _ready.Wait();
            Action? work;
            lock (_lock)
            {
                if (_ended || !_work.TryDequeue(out work)) return;
                _idle--;
            }
            work();
            lock (_lock) _idle++;
        }
    }
}
