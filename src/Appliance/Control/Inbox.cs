using System.Threading.Channels;
using Appliance.Linux;

namespace Appliance.Control;

/// <summary>The one way into the control thread: a bounded channel, and a descriptor that its poll sees.</summary>
internal sealed class Inbox : IDisposable
{
    /// <summary>More than all operations (one per resource), fencings and command-line clients that can be under way at once.</summary>
    public const int Room = 1024;

    private readonly Channel<ControlInput> _inputs = Channel.CreateBounded<ControlInput>(new BoundedChannelOptions(Room) { SingleReader = true });
    private readonly EventFd _wake = new();

    /// <summary>Readable when something is there.</summary>
    public Descriptor Descriptor => _wake.Descriptor;

    /// <summary>From any thread but control's own: waits for room, as a result must not be lost. What comes after the end is dropped: nobody takes it any more.</summary>
    public void Post(ControlInput input)
    {
        try
        {
            if (!_inputs.Writer.TryWrite(input)) _inputs.Writer.WriteAsync(input).AsTask().GetAwaiter().GetResult();
            _wake.Raise();
        }
        catch (Exception e) when (e is ChannelClosedException or ObjectDisposedException)
        {
            // Control ends in this moment, and must not be ended by a worker that comes last.
        }
    }

    /// <summary>From any thread: <c>false</c> when there is no room, or it has ended.</summary>
    public bool TryPost(ControlInput input)
    {
        try
        {
            var taken = _inputs.Writer.TryWrite(input);
            if (taken) _wake.Raise();
            return taken;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    /// <summary>All wake-ups so far are answered by the <see cref="TryTake"/> calls that follow.</summary>
    public void Drain() => _wake.Drain();

    public bool TryTake(out ControlInput input) => _inputs.Reader.TryRead(out input!);

    public void Dispose()
    {
        _inputs.Writer.TryComplete();
        _wake.Dispose();
    }
}
