using Appliance.Control;
using Appliance.Linux;

namespace Appliance.Commands.Crm;

/// <summary>Tells when the running cluster's CIB is another: a thread that always has one question under way, answered at the next change.</summary>
/// <remarks>There is one in a process, and as long as that: on a connection of its own, as each question waits.</remarks>
internal sealed class LiveChanges : ICibChanges
{
    /// <summary>How long one question waits; and after which a daemon that does not answer is asked again.</summary>
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(30), Again = TimeSpan.FromSeconds(1);

    private static readonly CrmLink Link = new();
    private static readonly EventFd Changed = new();

    private bool _watches;

    /// <summary>Whoever looks at it wants to be told.</summary>
    public Descriptor Descriptor
    {
        get
        {
            if (!_watches) new Thread(Watch) { IsBackground = true, Name = "changes" }.Start();
            _watches = true;
            return Changed.Descriptor;
        }
    }

    public void Take() => Changed.Drain();

    private static void Watch()
    {
        var version = "";
        while (true)
        {
            var reply = Link.Ask(new CrmRequest("change") { Version = version, WithinMs = (long)Within.TotalMilliseconds });
            if (reply?.Version is not { } now) Thread.Sleep(Again);
            else if (now == version) continue;
            // What is first heard is what was there: nothing changed.
            else if (version.Length == 0) version = now;
            else
            {
                version = now;
                Changed.Raise();
            }
        }
    }
}
