using Appliance.Core;
using Appliance.Linux;

namespace Appliance.Pulse;

/// <summary>The two who want to hear that we live: the watchdog device, which resets the machine otherwise, and the service manager. Allocates nothing.</summary>
internal sealed class AliveSigns(Watchdog? watchdog, TimeSpan watchdogPeriod, ServiceManager manager)
{
    private Instant _nextWatchdog, _nextManager;
    private TimeSpan _watchdogPeriod = watchdogPeriod;

    /// <summary>The device's timeout as 3.0.6 sets it: deadtime and 10 ms, rounded up to seconds, so that a node that stopped is reset after its peer took over.</summary>
    public static int WatchdogSeconds(TimeSpan deadTime) => (int)Math.Ceiling((deadTime + TimeSpan.FromMilliseconds(10)).TotalSeconds);

    public Instant NextDeadline => Instant.Min(watchdog is null ? Instant.Never : _nextWatchdog, manager.WatchdogPeriod is null ? Instant.Never : _nextManager);

    /// <summary>Sets the device's time, if it is another and may be set: setting pets.</summary>
    /// <param name="isKnown">The device says what it has. If not, the administrator answers for it, as with sbd's -T.</param>
    /// <returns>What it has now; 0: there is no device.</returns>
    public int SetWatchdog(int seconds, bool mayPet, out bool isKnown)
    {
        isKnown = false;
        if (watchdog is null) return 0;
        var has = watchdog.Timeout;
        if (has != seconds && mayPet) has = watchdog.SetTimeout(seconds) is > 0 and var got ? got : has;
        isKnown = has > 0;
        if (!isKnown) has = seconds;
        _watchdogPeriod = new(Math.Min(_watchdogPeriod.Ticks, has * TimeSpan.TicksPerSecond / 4));
        return has;
    }

    /// <param name="bothLive">Pulse is here (it calls this), and control makes progress: otherwise nothing is said.</param>
    /// <param name="guarded">The shared disks do not forbid to pet the device.</param>
    public void Pet(Instant now, bool bothLive, bool guarded = true)
    {
        if (watchdog is not null && now >= _nextWatchdog)
        {
            if (bothLive && guarded) _ = watchdog.Pet();       // a device that does not take it resets the machine, which is its job
            _nextWatchdog = now + _watchdogPeriod;
        }
        if (manager.WatchdogPeriod is { } period && now >= _nextManager)
        {
            if (bothLive) manager.Pet();
            _nextManager = now + period;
        }
    }
}
