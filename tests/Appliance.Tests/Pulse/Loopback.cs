using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Linux.Tests;
using Appliance.Messaging;

namespace Appliance.Pulse.Tests;

/// <summary>A whole pulse with the real messaging core over real sockets; control is a shell command, or nobody.</summary>
internal sealed class Loopback : IDisposable
{
    private readonly Signals _signals = new(Signals.TERM);
    private readonly ServiceManager _manager = new(null, null);
    private ChildProcess? _child;

    public Loopback(string node, TimeSpan keepAlive, string? control, params MediumSpec[] media) : this(node, keepAlive, control, "exit 1", null, media) { }

    public Loopback(string node, TimeSpan keepAlive, string? control, string release, ControlLimits? limits, params MediumSpec[] media) : this(node, keepAlive, control, release, limits, null, SlotLease.Unneeded(), media) { }

    public Loopback(string node, TimeSpan keepAlive, string? control, string release, ControlLimits? limits, Watchdog? watchdog, SlotLease lease, params MediumSpec[] media)
    {
        var haCf = new HaCf
        {
            Nodes = ["alpha", "beta"], LocalNode = node, Media = [.. media], KeepAlive = keepAlive, DeadTime = TimeSpan.FromSeconds(2),
            WarnTime = TimeSpan.FromSeconds(1), InitDead = TimeSpan.FromSeconds(60), RealTime = false,
        };
        var keys = new AuthKeys(1, [new AuthKey(1, AuthMethod.Sha1, Secret.Of("TestKey"))]);
        var options = new MessagingOptions(haCf, keys, 100, [.. new byte[15], (byte)node[0]], 7, [], ImmutableSortedDictionary<string, ImmutableArray<byte>>.Empty);
        var parts = new PulseParts((now, effects) => Core = new Counting(new MessagingCore(options, now, effects)), () => (null, "none"), (socket, releasedFor) =>
            _child = ChildProcess.Start(new("/bin/sh", ["sh", "-c", releasedFor is not null ? release : control ?? "exec sleep 60"], ["PATH=/usr/bin:/bin"], socket is null ? [] : [(socket.Descriptor, 3)])), limits ?? ControlLimits.For(haCf.DeadTime))
        {
            Lease = lease,
        };
        Loop = new PulseLoop(haCf, parts, new AliveSigns(watchdog, TimeSpan.FromMilliseconds(50), _manager), _signals);
    }

    public PulseLoop Loop { get; }
    public Counting Core { get; private set; } = null!;

    /// <summary>Opens the media and starts beating, as the loop's own Run does.</summary>
    public void Begin() => Loop.Begin();

    /// <summary>Turns the loop until a condition holds.</summary>
    public void RunUntil(Func<bool> condition, string what, double seconds = 10)
    {
        var end = Clock.Now() + TimeSpan.FromSeconds(seconds);
        while (!condition())
        {
            if (Clock.Now() > end) Assert.Fail("not within the deadline: " + what);
            Loop.Round();
        }
    }

    public void Dispose()
    {
        if (_child is { Descriptor.IsClosed: false }) _child.Signal(Signals.KILL);      // what stands in for control would sleep on
        Loop.Dispose();
        _signals.Dispose();
        _manager.Dispose();
    }

    /// <summary>The core, and what was given to it.</summary>
    internal sealed class Counting(MessagingCore inner) : IMessaging
    {
        public int[] Packets { get; } = new int[16];

        /// <summary>What the serial lines showed, in order.</summary>
        public List<(int Medium, bool? Shown)> Carriers { get; } = [];
        public string?[] Faults { get; } = new string?[16];
        public int Ticks { get; private set; }
        public TimeSpan Latest { get; set; }
        public int TimesAway { get; private set; }
        public int TimesBack { get; private set; }
        public int Shutdones { get; private set; }

        public Instant NextDeadline => inner.NextDeadline;
        public int Started { get; private set; }

        public void Start(Instant now, long wallSeconds)
        {
            Started++;
            inner.Start(now, wallSeconds);
        }

        public void Received(int medium, ReadOnlySpan<byte> packet, Instant now, long wallSeconds)
        {
            Packets[medium]++;
            if (packet.IndexOf("t=shutdone"u8) >= 0) Shutdones++;
            inner.Received(medium, packet, now, wallSeconds);
        }

        public void Tick(Instant now, long wallSeconds)
        {
            Ticks++;
            if (now - inner.NextDeadline > Latest) Latest = now - inner.NextDeadline;
            inner.Tick(now, wallSeconds);
        }

        public void Execute(ClusterCommand command, Instant now, long wallSeconds) => inner.Execute(command, now, wallSeconds);
        public void SetLoad(ReadOnlySpan<byte> load) => inner.SetLoad(load);

        public void MediumFault(int medium, string? fault, Instant now)
        {
            Faults[medium] = fault;
            inner.MediumFault(medium, fault, now);
        }

        public void CarrierRead(int medium, bool? shown, Instant now)
        {
            Carriers.Add((medium, shown));
            inner.CarrierRead(medium, shown, now);
        }

        public void KeysChanged(AuthKeys keys, Instant now) => inner.KeysChanged(keys, now);

        public void ControlAway(bool away, Instant now)
        {
            if (away) TimesAway++;
            else TimesBack++;
            inner.ControlAway(away, now);
        }
    }
}
