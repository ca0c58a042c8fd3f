using Appliance.Core;
using Appliance.Stonith.Devices;

namespace Appliance.Stonith.Fencer;

/// <summary>Runs actions on this node's devices: after their delay, not too many at a time, again after a failure while there is time.</summary>
internal sealed class DeviceQueue(IEntropy entropy, Action<FencerEffect> effect)
{
    /// <summary>Between two tries (Pacemaker).</summary>
    private static readonly TimeSpan BetweenTries = TimeSpan.FromSeconds(1);

    private readonly List<Job> _jobs = [];
    private int _runs;

    public Instant NextDeadline
    {
        get
        {
            var next = Instant.Never;
            foreach (var job in _jobs)
                if (job.Run == 0) next = Instant.Min(next, job.IsBlocked ? job.Deadline : Instant.Min(job.NotBefore, job.Deadline));
            return next;
        }
    }

    /// <param name="time">For the whole of it, delay and repetitions included.</param>
    /// <param name="delay">Added to the device's own; negative: none at all.</param>
    /// <param name="ended">Called once.</param>
    /// <param name="begins">Called before each try.</param>
    public void Add(FencingDevice device, FenceAction action, string target, TimeSpan time, TimeSpan delay, Instant now, Action<DeviceVerdict, Instant> ended, Action? begins = null)
    {
        var wait = action is FenceAction.Off or FenceAction.Reboot ? Delay(device, target, delay) : TimeSpan.Zero;
        if (wait > TimeSpan.Zero) effect(new FencerEffect.Log(Core.Diagnostics.LogPriority.Info, $"fencing of {target} by {device.Id} is delayed by {wait.TotalSeconds:0.###} s"));
        if (action is FenceAction.Off or FenceAction.Reboot) MakeWay(device, now);
        _jobs.Add(new Job(device, action, target, now + wait, now + time, ended, begins));
        Start(now);
    }

    /// <summary>A fencing waits for no probe: it is broken off, as a device that hangs would hold the fencing up for a minute. (Lists and states that are asked for belong to another order.)</summary>
    private void MakeWay(FencingDevice device, Instant now)
    {
        foreach (var job in _jobs.Where(j => j.Device.Id == device.Id && j.Action == FenceAction.Monitor).ToList())
        {
            _jobs.Remove(job);
            if (job.Run != 0) effect(new FencerEffect.CancelRun(job.Run));
            job.Finish(new(VerdictKind.TimedOut, $"{device.Id} is needed for a fencing") { WasCancelled = true }, now);
        }
    }

    public void Ended(int run, DeviceVerdict verdict, Instant now)
    {
        if (_jobs.Find(j => j.Run == run && run != 0) is not { } job) return;
        job.Run = 0;
        job.Tried++;
        if (!verdict.IsProven && MayHelp(verdict.Kind) && job.Tried < job.Device.TriesOf(job.Action) && now + BetweenTries < job.Deadline)
        {
            job.NotBefore = now + BetweenTries;
            effect(new FencerEffect.Log(Core.Diagnostics.LogPriority.Warn, $"{job.Device.Id}: {job.Action} of {job.Target} failed and is tried again: {verdict.Sentence}"));
        }
        else
        {
            _jobs.Remove(job);
            job.Finish(verdict, now);
        }
        Start(now);
    }

    public void Tick(Instant now)
    {
        foreach (var job in _jobs.Where(j => j.Run == 0 && j.Deadline <= now).ToList())
        {
            _jobs.Remove(job);
            job.Finish(new(VerdictKind.TimedOut, $"{job.Device.Id} was busy or delayed until the time was up"), now);
        }
        Start(now);
    }

    /// <summary>A second try changes nothing about these.</summary>
    private static bool MayHelp(VerdictKind kind) => kind is not (VerdictKind.Misconfigured or VerdictKind.NoSuchPlug or VerdictKind.Unsupported or VerdictKind.NotAllowed or VerdictKind.Accepted);

    private TimeSpan Delay(FencingDevice device, string target, TimeSpan asked)
    {
        if (asked < TimeSpan.Zero) return TimeSpan.Zero;
        var wait = device.Delay.BaseFor(target);
        if (device.Delay.Max > wait)
        {
            Span<byte> bytes = stackalloc byte[8];
            entropy.Fill(bytes);
            wait += (device.Delay.Max - wait) * (BitConverter.ToUInt64(bytes) / (double)ulong.MaxValue);
        }
        return wait + asked;
    }

    private void Start(Instant now)
    {
        foreach (var job in _jobs.Where(j => j.Run == 0 && j.NotBefore <= now && j.Deadline > now).ToList())
        {
            job.IsBlocked = job.Device.ActionLimit > 0 && _jobs.Count(j => j.Run != 0 && j.Device.Id == job.Device.Id) >= job.Device.ActionLimit;
            if (job.IsBlocked) continue;
            job.Run = ++_runs;
            job.Begins?.Invoke();
            effect(new FencerEffect.Run(job.Run, job.Device.Id, job.Device.Effective(job.Action), job.Target, job.Device.PlugsOf(job.Target), job.Deadline - now));
        }
    }

    private sealed class Job(FencingDevice device, FenceAction action, string target, Instant notBefore, Instant deadline, Action<DeviceVerdict, Instant> finish, Action? begins)
    {
        public FencingDevice Device => device;
        public FenceAction Action => action;
        public string Target => target;
        public Instant NotBefore { get; set; } = notBefore;
        public Instant Deadline => deadline;
        public Action<DeviceVerdict, Instant> Finish => finish;
        public Action? Begins => begins;
        public int Run { get; set; }

        /// <summary>Its time has come, and the device is busy: the end of another job starts it.</summary>
        public bool IsBlocked { get; set; }
        public int Tried { get; set; }
    }
}
