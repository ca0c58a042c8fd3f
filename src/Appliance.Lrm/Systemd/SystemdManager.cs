using System.Collections.Concurrent;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Linux;

namespace Appliance.Lrm.Systemd;

/// <summary>Where things are, and who we are.</summary>
public sealed record SystemdOptions
{
    /// <summary>The unit this process runs in (install.sh calls it so).</summary>
    public string OwnUnit { get; init; } = "heartbeat.service";

    /// <summary>Runtime unit files: gone after a reboot (systemd.unit(5)).</summary>
    public string DropInDirectory { get; init; } = "/run/systemd/system";
}

/// <summary>Units of systemd as resources: starts, stops and watches them over D-Bus, on one thread of its own.</summary>
/// <remarks>
/// A monitor of a unit that is watched is answered on the caller's thread from what systemd has signalled: no message is sent. Everything else goes to the thread,
/// which owns the connection and the book. Results use OCF's codes: 0, 1 failed, 3 cannot be reloaded, 4 not allowed, 5 missing or masked, 6 no name of a unit, 7 not running.
/// </remarks>
public sealed class SystemdManager : IDisposable
{
    /// <summary>Orders that wait for the thread; a resource manager has one for each of its resources, and rarely more.</summary>
    private const int MostOrders = 10_000;

    private readonly SystemdOptions _options;
    private readonly AgentLog _log;
    private readonly Action<UnitChange> _changed;
    private readonly UnitBook _book;
    private readonly SystemdLink _link;
    private readonly ConcurrentQueue<Order> _orders = new();
    private readonly ConcurrentDictionary<string, View> _views = new(StringComparer.Ordinal);
    private readonly EventFd _bell = new();
    private readonly Thread _thread;

    // The thread's own.
    private readonly List<Waiting> _waiting = [];
    private readonly List<UnitInput> _inputs = [];
    private readonly List<UnitEffect> _effects = [];
    private long _lastId;
    private readonly List<SystemdLink.Query> _questions = [];
    private bool? _wasConnected;
    private volatile bool _stopping;

    private sealed record View(UnitState State, OperationResult? Answer);

    private sealed record Waiting(long Id, TaskCompletionSource<OperationResult> Done);

    private abstract record Order
    {
        public sealed record Watch(string Unit) : Order;
        public sealed record Operate(UnitAction Action, string Unit, Instant Deadline, TaskCompletionSource<OperationResult> Done) : Order;
        public sealed record Ask(SystemdLink.Query Query) : Order;
    }

    /// <param name="changed">A watched unit stopped, or started, without an order from here. Called on the manager's thread: to be left soon.</param>
    /// <exception cref="SystemdBusException">libsystemd is missing; that systemd cannot be reached is told by operations.</exception>
    public SystemdManager(SystemdOptions options, AgentLog log, Action<UnitChange> changed)
    {
        SystemdBus.RequireLibrary();
        (_options, _log, _changed) = (options, log, changed);
        _book = new(options.OwnUnit);
        _link = new(mayBypassBus: Environment.IsPrivilegedProcess);
        _thread = new(Run, maxStackSize: ThreadStack.Of(256 * 1024)) { IsBackground = true, Name = "systemd" };
        _thread.Start();
    }

    /// <summary>Keeps a unit's state at hand, so that monitors cost nothing and changes are told. Changes nothing on the machine.</summary>
    public void Watch(string unit) => Put(new Order.Watch(unit));

    /// <summary>The cluster decides about the unit from now on: it gets the drop-in that keeps systemd from deciding. A start does it too, but then waits for a daemon-reload.</summary>
    public Task<OperationResult> Manage(string unit, TimeSpan timeout) => Operate(UnitAction.Manage, unit, timeout);

    /// <summary>The cluster does not decide about it any more.</summary>
    public Task<OperationResult> Release(string unit, TimeSpan timeout) => Operate(UnitAction.Release, unit, timeout);

    public Task<OperationResult> Start(string unit, TimeSpan timeout) => Operate(UnitAction.Start, unit, timeout);
    public Task<OperationResult> Stop(string unit, TimeSpan timeout) => Operate(UnitAction.Stop, unit, timeout);
    public Task<OperationResult> Restart(string unit, TimeSpan timeout) => Operate(UnitAction.Restart, unit, timeout);
    public Task<OperationResult> Reload(string unit, TimeSpan timeout) => Operate(UnitAction.Reload, unit, timeout);

    /// <summary>0 runs, 7 does not; waits, up to its time, while the unit is on its way from one to the other or while systemd is away.</summary>
    public Task<OperationResult> Monitor(string unit, TimeSpan timeout) =>
        Known(unit) is { } answer ? Task.FromResult(answer) : Operate(UnitAction.Monitor, unit, timeout);

    /// <summary>What a monitor says now, without waiting; <c>null</c> when only waiting can tell.</summary>
    public OperationResult? Known(string unit) => _views.TryGetValue(UnitName.Full(unit), out var view) ? view.Answer : null;

    /// <summary>The last that systemd said of a watched unit, current or not; <c>null</c> when nothing has been heard.</summary>
    public UnitState? State(string unit) => _views.TryGetValue(UnitName.Full(unit), out var view) ? view.State : null;

    /// <summary>Units with a drop-in of ours, whether this process wrote it or an earlier one.</summary>
    public IReadOnlyList<string> WithDropIn() => DropIn.Units(_options.DropInDirectory);

    /// <summary>Names of all units there are files of, as resource agents: services without suffix, templates ending with @. Sorted.</summary>
    /// <exception cref="SystemdBusException">systemd cannot be reached, or refuses.</exception>
    public Task<IReadOnlyList<string>> Agents(TimeSpan timeout)
    {
        TaskCompletionSource<IReadOnlyList<string>> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        return Ask("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager", "ListUnitFiles", [], done, (in SystemdBusMessage message) =>
        {
            SortedSet<string> names = new(StringComparer.Ordinal);
            foreach (var file in UnitMessages.UnitFiles(message))
                if (UnitName.Agent(file) is { } name) names.Add(name);
            done.TrySetResult([.. names]);
        }, timeout);
    }

    /// <summary>A unit's, or template's, description as the metadata of a resource agent; <c>null</c> when there is no such unit.</summary>
    /// <exception cref="SystemdBusException">systemd cannot be reached, or refuses.</exception>
    public async Task<string?> Metadata(string agent, TimeSpan timeout)
    {
        var facts = await Look(agent, timeout).ConfigureAwait(false);
        return facts.Load is null or "not-found" ? null : SystemdMetadata.Xml(agent, facts.Description ?? "");
    }

    /// <summary>Whether there is such a unit, or template: what decides whether a resource of the class "service" is one of systemd. A masked one is there, as for Pacemaker.</summary>
    /// <exception cref="SystemdBusException">systemd cannot be reached, or refuses.</exception>
    public async Task<bool> Exists(string unit, TimeSpan timeout) => (await Look(unit, timeout).ConfigureAwait(false)).Load is "loaded" or "masked";

    private Task<UnitFacts> Look(string agent, TimeSpan timeout)
    {
        TaskCompletionSource<UnitFacts> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        var unit = UnitName.Example(UnitName.Full(agent));
        if (UnitName.Problem(unit) is not null) return Task.FromResult(new UnitFacts());
        return Ask(UnitName.Path(unit), "org.freedesktop.DBus.Properties", "GetAll", ["org.freedesktop.systemd1.Unit"], done,
            (in SystemdBusMessage message) => done.TrySetResult(UnitMessages.Facts(message)), timeout);
    }

    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        _bell.Raise();
        _thread.Join();
        _bell.Dispose();
    }

    private Task<OperationResult> Operate(UnitAction action, string unit, TimeSpan timeout)
    {
        TaskCompletionSource<OperationResult> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!Put(new Order.Operate(action, unit, Clock.Now() + timeout, done))) done.SetResult(UnitVerdict.Failed("too many orders wait for systemd"));
        return done.Task;
    }

    private async Task<T> Ask<T>(string path, string @interface, string member, string[] arguments, TaskCompletionSource<T> done, SystemdLink.QueryAnswer answered, TimeSpan timeout) where T : class?
    {
        var deadline = Clock.Now() + timeout;
        SystemdLink.Query query = new(path, @interface, member, arguments, answered, reason => done.TrySetException(new SystemdBusException(reason)));
        Put(new Order.Ask(query));
        // The thread gives up what it cannot send; only an answer that does not come is given up here.
        if (await Task.WhenAny(done.Task, Task.Delay(deadline - Clock.Now())).ConfigureAwait(false) != done.Task)
            throw new SystemdBusException($"systemd did not answer {member} within {timeout.TotalSeconds:0.###} s{(_link.Problem is { Length: > 0 } problem ? $": {problem}" : "")}");
        return await done.Task.ConfigureAwait(false);
    }

    private bool Put(Order order)
    {
        if (_stopping || _orders.Count >= MostOrders) return false;
        _orders.Enqueue(order);
        _bell.Raise();
        return true;
    }

    private void Run()
    {
        Poller poller = new(2);
        poller.Watch(0, _bell.Descriptor.Number);
        while (!_stopping)
        {
            var now = Clock.Now();
            _link.Work(now, _inputs);
            foreach (var input in _inputs) Step(input, now);
            _inputs.Clear();
            while (_orders.TryDequeue(out var order)) Take(order, now);
            if (_book.NextDeadline <= now) Step(new UnitInput.Tick(), now);
            if (_link.IsConnected)
            {
                foreach (var question in _questions) _link.Ask(question);
                _questions.Clear();
            }
            TellOfConnection();

            // A call just sent may have brought answers in already: sd-bus says so by a deadline that is now.
            var next = Instant.Min(_link.Deadline(now), _book.NextDeadline);
            if (Watched(poller)) poller.Wait(next, Clock.Now());
            if (poller[0] != PollEvents.None) _bell.Drain();
        }
        _link.Dispose();
        foreach (var waiting in _waiting) waiting.Done.TrySetResult(UnitVerdict.Failed("the resource manager ends"));
        while (_orders.TryDequeue(out var order))
            if (order is Order.Operate operate) operate.Done.TrySetResult(UnitVerdict.Failed("the resource manager ends"));
    }

    /// <returns><c>false</c>: the connection has just broken, which <see cref="SystemdLink.Work"/> must learn first.</returns>
    private bool Watched(Poller poller)
    {
        try
        {
            poller.Watch(1, _link.Descriptor, _link.Events);
            return true;
        }
        catch (SystemdBusException)
        {
            poller.Watch(1, -1);
            return false;
        }
    }

    private void Take(Order order, Instant now)
    {
        switch (order)
        {
            case Order.Watch watch:
                Step(new UnitInput.Watch(watch.Unit), now);
                break;
            case Order.Operate operate:
                _waiting.Add(new(++_lastId, operate.Done));
                Step(new UnitInput.Request(_lastId, operate.Action, operate.Unit, operate.Deadline), now);
                break;
            case Order.Ask ask:
                _questions.Add(ask.Query);      // sent as soon as there is a connection; whoever asks gives up by himself
                break;
        }
    }

    /// <summary>Steps the book and does what it wants; a file's end is told it at once.</summary>
    private void Step(UnitInput first, Instant now)
    {
        Queue<UnitInput> inputs = new();
        inputs.Enqueue(first);
        while (inputs.TryDequeue(out var input))
        {
            _effects.Clear();
            _book.Step(input, now, _effects);
            foreach (var effect in _effects)
                if (Do(effect) is { } answer) inputs.Enqueue(answer);
        }
    }

    private UnitInput.DropInDone? Do(UnitEffect effect)
    {
        switch (effect)
        {
            case UnitEffect.Call call:
                _link.Call(call);
                break;
            case UnitEffect.WriteDropIn write:
                return new UnitInput.DropInDone(write.Unit, ChangeDropIn(write.Unit, there: true));
            case UnitEffect.RemoveDropIn remove:
                return new UnitInput.DropInDone(remove.Unit, ChangeDropIn(remove.Unit, there: false));
            case UnitEffect.Finish finish:
                var at = _waiting.FindIndex(w => w.Id == finish.Id);
                _waiting[at].Done.TrySetResult(finish.Result);
                _waiting.RemoveAt(at);
                break;
            case UnitEffect.Report report:
                _changed(report.Change);
                break;
            case UnitEffect.Publish publish:
                _views[publish.Unit] = new(publish.State, publish.Answer);
                break;
            case UnitEffect.Forget forget:
                _views.TryRemove(forget.Unit, out _);
                break;
            case UnitEffect.Warn warn:
                _log(LogPriority.Warn, "systemd", warn.Text);
                break;
        }
        return null;
    }

    /// <returns>systemd has to read it. What cannot be written is logged, and the unit managed without: a service that does not start would be worse.</returns>
    private bool ChangeDropIn(string unit, bool there)
    {
        try
        {
            return there ? DropIn.Write(_options.DropInDirectory, unit, _options.OwnUnit) : DropIn.Remove(_options.DropInDirectory, unit);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log(LogPriority.Warn, "systemd", $"the drop-in of {unit} cannot be {(there ? "written" : "removed")}: {e.Message}");
            return false;
        }
    }

    private void TellOfConnection()
    {
        if (_link.IsConnected == _wasConnected || !_link.IsConnected && _link.Problem.Length == 0) return;
        _wasConnected = _link.IsConnected;
        _log(LogPriority.Info, "systemd", _link.IsConnected ? "systemd is reached" : $"{_link.Problem}; what its units do is known again when it is back");
    }
}
