using Appliance.Configuration;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Logging;

namespace Appliance.Control;

/// <summary>All <c>respawn</c> and <c>failfast</c> programs of ha.cf.</summary>
internal sealed class RespawnClients : IClients, IDisposable
{
    private readonly List<RespawnClient> _clients;
    private readonly bool _ipfail;
    private readonly WorkerThreads _stopper = new("clients", 1);

    public RespawnClients(HaCf cf, IReadOnlyDictionary<string, string> environment, Inbox inbox, ApplianceLog log)
    {
        _ipfail = cf.Clients.Any(IsIpfail);
        if (_ipfail) log.Info("ipfail is built in: its program is not started");
        _clients = [.. cf.Clients.Where(c => !IsIpfail(c)).Select(c => new RespawnClient(c, environment, inbox, log))];
    }

    private static bool IsIpfail(ClientChild client) => Path.GetFileName(client.Command) == "ipfail";

    /// <inheritdoc/>
    /// <remarks>Stopping takes one after the other, the last started first, as 3.0.6 does.</remarks>
    public void Want(bool running) => _stopper.Start(() =>
    {
        foreach (var client in running ? _clients : Enumerable.Reverse(_clients))
            if (running) client.Start();
            else client.Stop(TimeSpan.FromSeconds(30));
    });

    /// <inheritdoc/>
    public bool IsOnline(string name) => (_ipfail && name == "ipfail") || _clients.Any(c => c.Name == name && c.IsRunning);

    /// <summary>Ends all of them without waiting long: this process is ending.</summary>
    public void Dispose()
    {
        foreach (var client in _clients) client.Stop(TimeSpan.Zero);
        _stopper.Dispose();
    }
}

/// <summary>One such program: a thread that starts it, waits for its end, and starts it again by 3.0.6's rules.</summary>
internal sealed class RespawnClient(ClientChild spec, IReadOnlyDictionary<string, string> environment, Inbox inbox, ApplianceLog log)
{
    private const int DoNotRespawn = 100;                                           // exit status by which a client says so
    private const int MostShortLives = 10;
    private static readonly TimeSpan ShortLife = TimeSpan.FromSeconds(30), PauseAfterShortLife = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Thread? _thread;
    private RunningProcess? _process;
    private bool _wanted;

    public string Name { get; } = Path.GetFileName(spec.Command);

    public bool IsRunning
    {
        get { lock (_lock) return _process is not null; }
    }

    public void Start()
    {
        lock (_lock)
        {
            if (_wanted) return;
            _wanted = true;
            _thread = new Thread(Live, ThreadStack.Of(256 * 1024)) { Name = Name, IsBackground = true };
            _thread.Start();
        }
    }

    /// <summary>SIGTERM to its group, and waits for its end.</summary>
    public void Stop(TimeSpan atMost)
    {
        Thread? thread;
        lock (_lock)
        {
            _wanted = false;
            _process?.SignalGroup(Signals.TERM);
            thread = _thread;
        }
        if (thread?.Join(atMost) == false && atMost > TimeSpan.Zero) log.Warn($"client {spec.Command} does not end");
    }

    private void Live()
    {
        var shortLives = 0;
        while (true)
        {
            var began = Clock.Now();
            if (Run() is not { } end) break;
            var lived = Clock.Now() - began;
            if (!Wanted) break;
            if (spec.FailFast)
            {
                inbox.Post(new ControlInput.FailFastDied(spec.Command));
                break;
            }
            if (end is { Kind: ProcessEndKind.Exited, Code: DoNotRespawn })
            {
                log.Info($"Exiting {spec.Command} process returned rc {end.Code}: it asks not to be respawned.");
                break;
            }
            log.Warn($"Managed {spec.Command} process ended ({end.Kind} {end.Code}): respawning.");
            shortLives = lived < ShortLife ? shortLives + 1 : 0;
            if (shortLives > MostShortLives)
            {
                log.Error($"Client {spec.Command} \"respawning too fast\": given up");
                break;
            }
            if (lived < ShortLife) Thread.Sleep(PauseAfterShortLife);
            if (!Wanted) break;
        }
        lock (_lock) _wanted = false;
    }

    private bool Wanted
    {
        get { lock (_lock) return _wanted; }
    }

    private ProcessEnd? Run()
    {
        var accounts = Accounts.OfMachine();
        if (accounts.User(spec.User) is not { } user)
        {
            log.Error($"Client {spec.Command}: there is no user {spec.User}");
            return null;
        }
        RunningProcess process;
        try
        {
            process = RunningProcess.Start(new ProcessSpec(spec.Command, spec.Arguments, environment) { User = new(user.Uid, user.Gid, accounts.GroupsOf(spec.User, user.Gid)) });
        }
        catch (IOException e)
        {
            log.Error($"Client {spec.Command} cannot be started: {e.Message}");
            return null;
        }
        using (process)
        {
            log.Info($"Starting child client \"{spec.Command}\" ({user.Uid},{user.Gid}) [pid {process.Pid}]");
            lock (_lock)
            {
                _process = process;
                if (!_wanted) process.SignalGroup(Signals.TERM);
            }
            ProcessEnd? end;
            do end = process.Wait(TimeSpan.FromHours(1));
            while (end is null);
            lock (_lock) _process = null;
            return end;
        }
    }
}
