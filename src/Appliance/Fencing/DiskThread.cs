using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>Does the accesses to one shared disk, one after the other, on a thread of their own: a disk that hangs keeps nobody else.</summary>
/// <remarks>An access is never given up, as its write would come late and over whatever stands there then.</remarks>
internal sealed class DiskThread : IDisposable
{
    private const int StackBytes = 256 * 1024;

    private readonly string _path;
    private readonly Action<Instant> _done;
    private readonly Bell _asked = new();
    private SectorAccess? _step;
    private DirectDisk? _disk;
    private volatile bool _ended;

    /// <param name="done">Called on that thread, with when the access was begun.</param>
    public DiskThread(string path, Action<Instant> done)
    {
        (_path, _done) = (path, done);
        new Thread(Loop, ThreadStack.Of(StackBytes)) { IsBackground = true, Name = "shared disk" }.Start();
    }

    /// <summary>Begins an access; the one before must have been answered.</summary>
    public void Do(SectorAccess step)
    {
        Invariant.Require(Interlocked.Exchange(ref _step, step) is null, "one access to a disk at a time");
        _asked.Ring();
    }

    public void Dispose()
    {
        _ended = true;
        _asked.Ring();      // it stays open for the thread, which may hang in the disk
    }

    private void Loop()
    {
        while (true)
        {
            _asked.Wait();
            if (_ended || Volatile.Read(ref _step) is not { } step)
            {
                _disk?.Dispose();
                return;
            }
            var began = Clock.Now();
            Access(step);
            Volatile.Write(ref _step, null);
            try
            {
                if (!_ended) _done(began);
            }
            catch (ObjectDisposedException) when (_ended)
            {
                // control ends in this moment
            }
        }
    }

    private void Access(SectorAccess step)
    {
        try
        {
            if (step.Write.IsEmpty)
            {
                // Kept open: a disk that is opened for every look would wake udev and multipathd every second.
                _disk ??= DirectDisk.Open(_path, write: false);
                step.Data = _disk.Read(step.Offset, step.Length);
            }
            else
            {
                using var disk = DirectDisk.Open(_path, write: true);
                disk.Write(step.Offset, step.Write.Span);
            }
        }
#pragma warning disable CA1031      // an exception that this thread does not take ends the daemon: whatever it is, the disk has not answered
        catch (Exception e)
#pragma warning restore CA1031
        {
            step.Failure = e.Message;
            _disk?.Dispose();       // the name may mean another disk by now, or the same that came back
            _disk = null;
        }
    }
}
