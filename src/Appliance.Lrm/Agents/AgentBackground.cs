using System.Net;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>What goes on after an action has ended.</summary>
public interface IAgentBackground
{
    /// <summary>Goes on announcing an address, until it is cancelled or the count is reached. An earlier run for the same key ends.</summary>
    void Announce(string key, NetworkLink link, IPAddress address, int count, TimeSpan interval);

    /// <summary>Ends announcing; harmless when there is none.</summary>
    void Cancel(string key);

    /// <summary>Does something that must not hold up the action, for example handing a mail over.</summary>
    void Do(string name, Action work);
}

/// <summary>The background of a process that lives on: timers and threads of its own.</summary>
public sealed class InProcessBackground(AgentLog log) : IAgentBackground, IDisposable
{
    private readonly Dictionary<string, Announcement> _running = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    public void Announce(string key, NetworkLink link, IPAddress address, int count, TimeSpan interval)
    {
        Cancel(key);
        if (count <= 0) return;
        // The socket is opened here and now: it belongs to the network namespace of the calling thread.
#pragma warning disable CA2000      // owned by the announcement
        var announcement = new Announcement(ArpSocket.Open(link, address.AddressFamily), address, count, reason =>
        {
            if (reason is not null) log(LogPriority.Warn, key, $"announcing {address} on {link.Name} ended: {reason}");
        });
#pragma warning restore CA2000
        lock (_gate) _running[key] = announcement;
        announcement.Run(interval);
    }

    public void Cancel(string key)
    {
        Announcement? announcement;
        lock (_gate) _running.Remove(key, out announcement);
        announcement?.Dispose();
    }

    public void Do(string name, Action work) => new Thread(() =>
    {
        try { work(); }
#pragma warning disable CA1031      // nobody is there to take it, and an exception that nobody takes ends the process: no side work is worth the daemon
        catch (Exception e) { log(LogPriority.Error, name, e.ToString()); }
#pragma warning restore CA1031
    }, ThreadStack.Of(256 * 1024)) { IsBackground = true, Name = name }.Start();

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var announcement in _running.Values) announcement.Dispose();
            _running.Clear();
        }
    }

    private sealed class Announcement(ArpSocket socket, IPAddress address, int count, Action<string?> ended) : IDisposable
    {
        private readonly Lock _gate = new();
        private Timer? _timer;
        private int _left = count;
        private bool _over;

        public void Run(TimeSpan interval)
        {
            lock (_gate)
                if (!_over) _timer = new Timer(_ => Once(), null, interval, interval);
        }

        public void Dispose()
        {
            lock (_gate)
            {
                if (_over) return;
                _over = true;
                _timer?.Dispose();
                socket.Dispose();
            }
        }

        private void Once()
        {
            string? failure = null;
            lock (_gate)
            {
                if (_over) return;
                try
                {
                    socket.Announce(address);
                    if (--_left > 0) return;
                }
                catch (IOException e)
                {
                    failure = e.Message;
                }
            }
            Dispose();
            ended(failure);
        }
    }
}
