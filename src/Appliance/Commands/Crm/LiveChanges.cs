using Appliance.Control;
using Appliance.Linux;

namespace Appliance.Commands.Crm;

/// <summary>Tells when the running cluster's CIB is another: a thread that always has one question under way, answered at the next change.</summary>
/// <param name="ask">On a connection of its own: each question waits.</param>
internal sealed class LiveChanges(Func<CrmRequest, CrmReply?> ask) : ICibChanges
{
    /// <summary>How long one question waits; and after which a daemon that does not answer is asked again.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30), Again = TimeSpan.FromSeconds(1);

    private readonly EventFd _changed = new();
    private bool _watches;

    /// <summary>Whoever looks at it wants to be told.</summary>
    public Descriptor Descriptor
    {
        get
        {
            if (!_watches) new Thread(Watch) { IsBackground = true, Name = "changes" }.Start();
            _watches = true;
            return _changed.Descriptor;
        }
    }

    public void Take() => _changed.Drain();

    private void Watch()
    {
        var version = "";
        while (true)
        {
            var reply = ask(new CrmRequest("change") { Version = version, WithinMs = (long)Within.TotalMilliseconds });
            if (reply?.Version is not { } now) Thread.Sleep(Again);
            else if (now == version) continue;
            // What is first heard is what was there: nothing changed.
            else if (version.Length == 0) version = now;
            else
            {
                version = now;
                _changed.Raise();
            }
        }
    }
}
