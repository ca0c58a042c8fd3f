using System.Runtime.InteropServices;
using Appliance.Core;
using Appliance.Linux;

namespace Appliance.Pulse.Tests;

/// <summary>Beats as a pulse should, with nothing else to do, on the same processor and ahead of it: what it misses, the machine did not give.</summary>
/// <remarks>A host that shares its processors halts a guest's for a tenth of a second and more. What pulse misses beyond that is pulse's own.</remarks>
internal sealed unsafe partial class Witness : IDisposable
{
    private readonly Thread _thread;
    private readonly TimeSpan _beat;
    private readonly nuint _before;
    private int _beats;
    private long _latest;
    private bool _stop;

    /// <summary>Keeps the calling thread on one processor with real-time priority 1 until it is disposed of, and beats there with priority 2.</summary>
    public Witness(TimeSpan beat)
    {
        _beat = beat;
        _before = Affinity;
        Affinity = _before & (~_before + 1);        // the first of those that this process may use
        RealTime.Schedule(1);
        _thread = new Thread(Beat);
        _thread.Start(Affinity);
    }

    public int Beats => Volatile.Read(ref _beats);

    /// <summary>How much too late the latest beat was.</summary>
    public TimeSpan Latest => new(Volatile.Read(ref _latest));

    private void Beat(object? processor)
    {
        Affinity = (nuint)processor!;
        RealTime.Schedule(2);
        var due = Clock.Now() + _beat;
        while (!Volatile.Read(ref _stop))
        {
            if (due - Clock.Now() is var left && left > TimeSpan.Zero) Thread.Sleep(left);
            if (Clock.Now() is var now && now < due) continue;
            _beats++;
            _latest = Math.Max(_latest, (now - due).Ticks);
            due += _beat;
            if (due <= now) due = now + _beat;
        }
    }

    /// <summary>The first processors that the calling thread may run on, a bit each.</summary>
    private static nuint Affinity
    {
        get
        {
            Mask mask = default;
            Check(GetAffinity(0, (nuint)sizeof(Mask), &mask), "sched_getaffinity");
            return mask[0];
        }
        set => Check(SetAffinity(0, (nuint)sizeof(nuint), &value), "sched_setaffinity");
    }

    private static void Check(int answer, string what)
    {
        if (answer < 0) throw new InvalidOperationException($"{what}: error {Marshal.GetLastPInvokeError()}");
    }

    public void Dispose()
    {
        Volatile.Write(ref _stop, true);
        _thread.Join();
        RealTime.Unschedule();
        Affinity = _before;
    }

    /// <summary>1024 processors, as glibc's cpu_set_t.</summary>
    [System.Runtime.CompilerServices.InlineArray(16)]
    private struct Mask
    {
        private nuint _word;
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity", SetLastError = true)]
    private static partial int GetAffinity(int thread, nuint size, Mask* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nuint size, nuint* mask);
}
