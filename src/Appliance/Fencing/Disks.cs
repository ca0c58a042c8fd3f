using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith.Conversations;

namespace Appliance.Fencing;

/// <summary>Does what blocks in the kernel on a thread of its own, which is given up when its time is over: a disk that hangs cannot be interrupted.</summary>
internal static class Patiently
{
    /// <summary><c>null</c> when it ended in time; otherwise why not, in words.</summary>
    public static string? Do(Action work, TimeSpan time)
    {
        string? failure = null;
        using var done = new ManualResetEventSlim();
        var finished = done;
        new Thread(() =>
        {
            try
            {
                work();
            }
#pragma warning disable CA1031      // an exception that this thread does not take ends the daemon: whatever it is, the disk has not answered
            catch (Exception e)
            {
                failure = e.Message;
            }
#pragma warning restore CA1031
            try
            {
                finished.Set();
            }
            catch (ObjectDisposedException)
            {
                // nobody waits any more
            }
        })
        { IsBackground = true, Name = "disk" }.Start();
        return done.Wait(time) ? failure : $"it does not answer within {time.TotalSeconds:0} s";
    }
}

/// <summary>Reads and writes sectors of shared disks.</summary>
internal static class Sectors
{
    public static void Access(SectorAccess step, Instant deadline)
    {
        var left = deadline - Clock.Now();
        ReadOnlyMemory<byte> data = default;
        step.Failure = Patiently.Do(() =>
        {
            using var disk = DirectDisk.Open(step.Device, write: !step.Write.IsEmpty);
            if (step.Write.IsEmpty) data = disk.Read(step.Offset, step.Length);
            else disk.Write(step.Offset, step.Write.Span);
        }, left < step.Timeout ? left > TimeSpan.Zero ? left : TimeSpan.Zero : step.Timeout);
        if (step.Failure is null) step.Data = data;
    }
}
