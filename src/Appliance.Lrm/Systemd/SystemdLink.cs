using Appliance.Core;
using Appliance.Linux;

namespace Appliance.Lrm.Systemd;

/// <summary>The way to systemd: by the system bus, or straight to systemd's own socket where the bus is away. Finds it again when it is lost.</summary>
/// <remarks>For one thread. What arrives is turned into the words of <see cref="UnitBook"/>; nothing is decided here about units.</remarks>
internal sealed class SystemdLink(bool mayBypassBus) : IDisposable
{
    private const string ManagerPath = "/org/freedesktop/systemd1";
    private const string ManagerInterface = SystemdBus.Systemd + ".Manager";
    private const string UnitInterface = SystemdBus.Systemd + ".Unit";
    private const string Properties = "org.freedesktop.DBus.Properties";

    /// <summary>How long systemd may take to be found on a connection before the other way is tried.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Between attempts that failed at once.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    private readonly List<Sent> _sent = [];
    private readonly HashSet<string> _matched = new(StringComparer.Ordinal);
    private SystemdBus? _bus;
    private bool _takePrivate;
    private string _owner = "";
    private ulong _ownerAsked;
    private Instant _giveUp = Instant.Never;
    private Instant _tryAt;

    private sealed record Sent(ulong Cookie, long Call, SystemdMethod Method, Query? Query);

    /// <summary>A question besides the book's: its answer is for whoever asked.</summary>
    internal sealed class Query(string path, string @interface, string member, string[] arguments, QueryAnswer answered, Action<string> failed)
    {
        public string Path => path;
        public string Interface => @interface;
        public string Member => member;
        public string[] Arguments => arguments;
        public QueryAnswer Answered => answered;
        public Action<string> Failed => failed;
    }

    internal delegate void QueryAnswer(in SystemdBusMessage message);

    /// <summary>systemd has been found and is told of.</summary>
    public bool IsConnected { get; private set; }

    /// <summary>Why there is no connection; empty before the first attempt has ended.</summary>
    public string Problem { get; private set; } = "";

    public int Descriptor => _bus?.Descriptor ?? -1;

    public PollEvents Events => _bus?.Events ?? PollEvents.None;

    /// <summary>When <see cref="Work"/> is due even if nothing arrives.</summary>
    public Instant Deadline(Instant now) => _bus is null ? _tryAt : Instant.Min(_giveUp, _bus.Deadline(now));

    /// <summary>Connects where that is due, and takes everything that has arrived.</summary>
    public void Work(Instant now, List<UnitInput> inputs)
    {
        try
        {
            if (_bus is null && now >= _tryAt) Open(now, inputs);
            if (_bus is not null && now >= _giveUp) throw new SystemdBusException(_bus.IsDirect ? "systemd does not answer on its own socket" : "systemd is not on the bus");
            while (_bus is not null && _bus.Receive(out var message))
                if (message.Is) Take(message, now, inputs);
        }
        catch (SystemdBusException e)
        {
            Lose(e.Message, now, inputs);
        }
    }

    /// <summary>Sends a call of the book; a connection that breaks meanwhile is told at the next <see cref="Work"/>.</summary>
    public void Call(UnitEffect.Call call)
    {
        if (_bus is not { } bus) return;
        var (path, @interface, member) = call.Method switch
        {
            SystemdMethod.ReadUnit => (UnitName.Path(call.Unit), Properties, "GetAll"),
            SystemdMethod.Ping => (ManagerPath, "org.freedesktop.DBus.Peer", "Ping"),
            _ => (ManagerPath, ManagerInterface, Name(call.Method)),
        };
        string[] arguments = call.Method switch
        {
            SystemdMethod.Subscribe or SystemdMethod.Reload or SystemdMethod.Ping => [],
            SystemdMethod.ReadUnit => [UnitInterface],
            SystemdMethod.StartUnit or SystemdMethod.StopUnit or SystemdMethod.RestartUnit or SystemdMethod.ReloadUnit => [call.Unit, "replace"],
            _ => [call.Unit],
        };
        try
        {
            if (call.Method == SystemdMethod.ReadUnit) Match(bus, call.Unit, path);
            _sent.Add(new(bus.Call(SystemdBus.Systemd, path, @interface, member, arguments), call.Id, call.Method, null));
        }
        catch (SystemdBusException)
        {
            // The next Work finds the same and tells it.
        }
    }

    /// <summary>Sends a question; to be called while there is a connection.</summary>
    public void Ask(Query query)
    {
        if (_bus is not { } bus) return;
        try
        {
            _sent.Add(new(bus.Call(SystemdBus.Systemd, query.Path, query.Interface, query.Member, query.Arguments), 0, default, query));
        }
        catch (SystemdBusException e)
        {
            query.Failed(e.Message);
        }
    }

    public void Dispose() => _bus?.Dispose();

    private static string Name(SystemdMethod method) => method switch
    {
        SystemdMethod.Subscribe => "Subscribe",
        SystemdMethod.Reload => "Reload",
        SystemdMethod.LoadUnit => "LoadUnit",
        SystemdMethod.RefUnit => "RefUnit",
        SystemdMethod.UnrefUnit => "UnrefUnit",
        SystemdMethod.ResetFailedUnit => "ResetFailedUnit",
        SystemdMethod.StartUnit => "StartUnit",
        SystemdMethod.StopUnit => "StopUnit",
        SystemdMethod.RestartUnit => "RestartUnit",
        SystemdMethod.ReloadUnit => "ReloadUnit",
        _ => throw new ArgumentOutOfRangeException(nameof(method)),
    };

    private void Open(Instant now, List<UnitInput> inputs)
    {
        var direct = _takePrivate && mayBypassBus;
        _takePrivate = !_takePrivate;       // the other way next time, if this one leads nowhere
        _giveUp = now + Patience;
        _bus = direct ? SystemdBus.OpenPrivate() : SystemdBus.OpenSystem();
        var bus = _bus;
        if (direct)
        {
            Find("", inputs);
            return;
        }
        // Matches first, then the question: whoever comes between is told of by the signal.
        Match(bus, $"sender='{SystemdBus.Daemon}',member='NameOwnerChanged',arg0='{SystemdBus.Systemd}'");
        Match(bus, $"sender='{SystemdBus.Systemd}',member='Reloading'");
        _ownerAsked = bus.Call(SystemdBus.Daemon, "/org/freedesktop/DBus", SystemdBus.Daemon, "GetNameOwner", SystemdBus.Systemd);
    }

    /// <summary>The signals of one unit: those of others do not wake us.</summary>
    private void Match(SystemdBus bus, string unit, string path)
    {
        if (bus.IsDirect || !_matched.Add(unit)) return;
        Match(bus, $"sender='{SystemdBus.Systemd}',path='{path}',interface='{Properties}',member='PropertiesChanged'");
        Match(bus, $"sender='{SystemdBus.Systemd}',interface='{ManagerInterface}',member='JobRemoved',arg2='{unit}'");
    }

    private static void Match(SystemdBus bus, string rule) =>
        bus.Call(SystemdBus.Daemon, "/org/freedesktop/DBus", SystemdBus.Daemon, "AddMatch", "type='signal'," + rule);

    private void Find(string owner, List<UnitInput> inputs)
    {
        if (IsConnected) Forget("systemd has changed", inputs);
        (IsConnected, _owner) = (true, owner);
        if (!_bus!.IsDirect) (_giveUp, _takePrivate) = (Instant.Never, false);
        inputs.Add(new UnitInput.Connected());
    }

    private void Lose(string reason, Instant now, List<UnitInput> inputs)
    {
        _bus?.Dispose();
        _bus = null;
        _matched.Clear();
        Forget(reason, inputs);
        (_giveUp, _tryAt) = (Instant.Never, IsConnected || _takePrivate && mayBypassBus ? now : now + Pause);
        IsConnected = false;
    }

    /// <summary>No answer to anything will come.</summary>
    private void Forget(string reason, List<UnitInput> inputs)
    {
        Problem = reason;
        foreach (var sent in _sent) sent.Query?.Failed(reason);
        _sent.Clear();
        inputs.Add(new UnitInput.Lost(reason));
    }

    private void Take(in SystemdBusMessage message, Instant now, List<UnitInput> inputs)
    {
        if (message.IsAnswer(out var cookie))
        {
            if (_bus!.IsDirect) _giveUp = Instant.Never;        // it does answer
            if (cookie == _ownerAsked && !_bus.IsDirect) TakeOwner(message, inputs);
            else if (_sent.FindIndex(s => s.Cookie == cookie) is var at and >= 0)
            {
                var sent = _sent[at];
                _sent.RemoveAt(at);
                TakeAnswer(sent, message, inputs);
            }
            return;
        }
        if (!message.IsSignal) return;
        try
        {
            TakeSignal(message, now, inputs);
        }
        catch (SystemdBusException)
        {
            // A signal of another form than documented says nothing.
        }
    }

    private void TakeOwner(in SystemdBusMessage message, List<UnitInput> inputs)
    {
        _ownerAsked = 0;
        if (!IsConnected && !message.IsRefusal(out _, out _)) Find(message.ReadString(), inputs);
    }

    private static void TakeAnswer(Sent sent, in SystemdBusMessage message, List<UnitInput> inputs)
    {
        var isRefusal = message.IsRefusal(out var error, out var text);
        try
        {
            if (sent.Query is { } query)
            {
                if (isRefusal) query.Failed(text);
                else query.Answered(message);
            }
            else if (isRefusal) inputs.Add(new UnitInput.Refused(sent.Call, error, text));
            else inputs.Add(sent.Method switch
            {
                SystemdMethod.ReadUnit => new UnitInput.Answered(sent.Call, UnitMessages.Facts(message)),
                SystemdMethod.StartUnit or SystemdMethod.StopUnit or SystemdMethod.RestartUnit or SystemdMethod.ReloadUnit => new UnitInput.Answered(sent.Call, Job: message.ReadString('o')),
                _ => new UnitInput.Answered(sent.Call),
            });
        }
        catch (SystemdBusException e)
        {
            if (sent.Query is { } query) query.Failed(e.Message);
            else inputs.Add(new UnitInput.Refused(sent.Call, "org.freedesktop.DBus.Error.InvalidSignature", e.Message));
        }
    }

    private void TakeSignal(in SystemdBusMessage message, Instant now, List<UnitInput> inputs)
    {
        var member = message.Member;
        if (!_bus!.IsDirect && member.SequenceEqual("NameOwnerChanged"u8) && message.Sender == SystemdBus.Daemon)
        {
            if (message.ReadString() != SystemdBus.Systemd) return;
            _ = message.ReadString();
            var owner = message.ReadString();
            _ownerAsked = 0;
            if (owner.Length > 0) Find(owner, inputs);
            else if (IsConnected)
            {
                Forget("systemd has left the bus", inputs);
                (IsConnected, _giveUp, _takePrivate) = (false, now + Patience, true);
            }
            return;
        }
        // The bus lets anybody send a signal straight to us; what counts comes from systemd.
        if (!IsConnected || !_bus.IsDirect && message.Sender != _owner) return;
        if (member.SequenceEqual("PropertiesChanged"u8))
        {
            var path = message.Path;
            message.Skip("s"u8);
            inputs.Add(new UnitInput.Changed(path, UnitMessages.Facts(message)));
        }
        else if (member.SequenceEqual("JobRemoved"u8))
        {
            message.Skip("u"u8);
            var job = message.ReadString('o');
            var unit = message.ReadString();
            inputs.Add(new UnitInput.JobRemoved(job, unit, message.ReadString()));
        }
        else if (member.SequenceEqual("Reloading"u8) && message.ReadNumber('b') == 0) inputs.Add(new UnitInput.Reloaded());
    }
}
