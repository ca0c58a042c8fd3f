using Appliance.Control;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Policy.Report;

namespace Appliance.Commands.Crm;

/// <summary>Finds a CIB; Pacemaker's return code says why there is none.</summary>
internal delegate int CibOpener(CrmWorld world, out ICib? cib);

/// <summary>Tells when a CIB may be another.</summary>
internal interface ICibChanges
{
    /// <summary>Readable when it may be.</summary>
    Descriptor Descriptor { get; }

    /// <summary>Makes it unreadable until the next change.</summary>
    void Take();
}

/// <summary>Where crm_mon gets from what it shows.</summary>
/// <param name="open">The CIB.</param>
/// <param name="history">What was fenced, the newest first; <c>null</c>: nobody could be asked.</param>
/// <param name="changes">Without it a look is taken every --interval.</param>
internal sealed class MonitorSources(CibOpener open, Func<IReadOnlyList<FencingEvent>?>? history = null, ICibChanges? changes = null)
{
    public int Open(CrmWorld world, out ICib? cib) => open(world, out cib);

    public IReadOnlyList<FencingEvent>? History() => history?.Invoke();

    /// <summary>Waits for a change, for one of these, or until so much time is over.</summary>
    public void Wait(TimeSpan atMost, params ReadOnlySpan<Descriptor> others)
    {
        var poller = new Poller(others.Length + 1);
        for (var i = 0; i < others.Length; i++) poller.Watch(i, others[i].Number);
        if (changes is not null) poller.Watch(others.Length, changes.Descriptor.Number);
        var now = Clock.Now();
        poller.Wait(now + atMost, now);
        if (changes is not null && poller[others.Length] != 0) changes.Take();
    }

    /// <summary>A CIB in a file has no fencer; that of the cluster is asked over the daemon's socket.</summary>
    public static MonitorSources Real(CrmWorld world) => CibAccess.FileOf(world) is null ? new(Cib, Ask, new LiveChanges()) : new(Cib);

    /// <summary>The one that the surroundings name.</summary>
    public static int Cib(CrmWorld world, out ICib? cib) => CibAccess.Open(world, out cib);

    private static List<FencingEvent>? Ask()
    {
        try
        {
            return ControlClient.Once(new("fencing"), TimeSpan.FromSeconds(5)).Fencing is { } fencing ? Events(fencing) : null;
        }
        catch (NotRunningException)
        {
            return null;
        }
    }

    public static List<FencingEvent> Events(FencingView fencing)
    {
        var events = new List<FencingEvent>();
        foreach (var each in fencing.History)
            events.Add(each.ToEvent());
        // What is going on is the newest there is.
        events.Sort(static (a, b) => (b.Completed ?? long.MaxValue).CompareTo(a.Completed ?? long.MaxValue));
        return events;
    }
}
