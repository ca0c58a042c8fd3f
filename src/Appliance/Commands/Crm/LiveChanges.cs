using Appliance.Control;
using Appliance.Linux;

namespace Appliance.Commands.Crm;

/// <summary>Changes of the cluster's CIB, asked for on a connection and a thread of their own, which begin when somebody waits for one.</summary>
internal sealed class LiveChanges(Func<CrmRequest, CrmReply?> ask) : ICibChanges, IDisposable
{
    /// <summary>How long one question waits; and a look at whether anybody answers again.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromMinutes(1), Retry = TimeSpan.FromSeconds(1);

    private readonly EventFd _changed = new();
    private Thread? _thread;
    private volatile bool _ended;

    public Descriptor Descriptor
    {
        get
        {
            if (_thread is null)
            {
                _thread = new(Watch) { IsBackground = true, Name = "changes" };
                _thread.Start();
            }
            return _changed.Descriptor;
        }
    }

    public void Take() => _changed.Drain();

    /// <summary>The thread may wait for the daemon's answer still: it ends, and takes the descriptor with it, when that has come.</summary>
    public void Dispose()
    {
        _ended = true;
        if (_thread is null) _changed.Dispose();
    }

    private void Watch()
    {
        var version = "";
        while (!_ended)
        {
            var now = ask(new("change") { Version = version, WithinMs = (long)Within.TotalMilliseconds })?.Version;
            if (now is null) Thread.Sleep(Retry);
            if ((now ?? "") == version) continue;
            // So is the first answer, perhaps, for who has read the CIB before; and that the daemon has gone.
            version = now ?? "";
            _changed.Raise();
        }
        _changed.Dispose();
    }
}
