using Appliance.Core;
using Appliance.Linux;

namespace Appliance.Pulse;

/// <summary>The two who want to hear that we live: the watchdog device, which resets the machine otherwise, and the service manager. Allocates nothing.</summary>
internal sealed class AliveSigns(Watchdog? watchdog, TimeSpan watchdogPeriod, ServiceManager manager)
{
    private Instant _nextWatchdog, _nextManager;

    /// <summary>The device's timeout as 3.0.6 sets it: deadtime and 10 ms, rounded up to seconds, so that a node that stopped is reset after its peer took over.</summary>
    public static int WatchdogSeconds(TimeSpan deadTime) => (int)Math.Ceiling((deadTime + TimeSpan.FromMilliseconds(10)).TotalSeconds);

    public Instant NextDeadline => Instant.Min(watchdog is null ? Instant.Never : _nextWatchdog, manager.WatchdogPeriod is null ? Instant.Never : _nextManager);

    /// <param name="bothLive">Pulse is here (it calls this), and control makes progress: otherwise nothing is said.</param>
    public void Pet(Instant now, bool bothLive)
    {
        if (watchdog is not null && now >= _nextWatchdog)
        {
            if (bothLive) _ = watchdog.Pet();       // a device that does not take it resets the machine, which is its job
            _nextWatchdog = now + watchdogPeriod;
        }
        if (manager.WatchdogPeriod is { } period && now >= _nextManager)
        {
            if (bothLive) manager.Pet();
            _nextManager = now + period;
        }
    }
}
