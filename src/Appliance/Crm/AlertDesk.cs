using Appliance.Control;
using Appliance.Crm.Controller;
using Appliance.Linux;
using Appliance.Logging;

namespace Appliance.Crm;

/// <summary>Runs alert agents, beside everything else: what they do changes nothing here.</summary>
internal sealed class AlertDesk(ApplianceLog log) : IDisposable
{
    private const int MostAtOnce = 8;

    /// <summary>Alerts that wait: agents that hang in a storm of failures must not fill the memory.</summary>
    private const int MostWaiting = 500;

    private const string User = "hacluster";
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly WorkerThreads _workers = new("alert", MostAtOnce);
    private readonly CancellationTokenSource _ending = new();
    private int _waiting, _sequence;

    public void Tell(CrmAlert alert, DateTimeOffset now)
    {
        foreach (var call in AlertAgents.For(alert, now))
        {
            if (Volatile.Read(ref _waiting) >= MostWaiting)
            {
                log.Warn($"alert {call.Id}: too many alerts wait, this one is not told");
                return;
            }
            Interlocked.Increment(ref _waiting);
            var number = (++_sequence).ToString(System.Globalization.CultureInfo.InvariantCulture);
            _workers.Start(() =>
            {
                Run(call with { Environment = new Dictionary<string, string>(call.Environment, StringComparer.Ordinal) { ["CRM_alert_node_sequence"] = number } });
                Interlocked.Decrement(ref _waiting);
            });
        }
    }

    public void Dispose()
    {
        _ending.Cancel();
        _workers.Dispose();
    }

    private void Run(AlertCall call)
    {
        try
        {
            var last = "";
            var end = ProcessRunner.Run(new(call.Path, [], call.Environment) { User = Agent() }, new(call.Timeout, Grace), (_, bytes) =>
            {
                if (System.Text.Encoding.UTF8.GetString(bytes).Trim() is { Length: > 0 } text) last = text;
            }, _ending.Token);
            if (end is { Kind: ProcessEndKind.Exited, Code: 0 }) log.Debug($"alert {call.Id} ({call.Path}) is told");
            else if (!_ending.IsCancellationRequested)
                log.Warn($"alert {call.Id} ({call.Path}): {(end.Kind == ProcessEndKind.TimedOut ? $"not done within {call.Timeout.TotalSeconds:0.###} s" : $"status {end.Code}")}{(last.Length > 0 ? $": {last.ReplaceLineEndings(" ")}" : "")}");
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            log.Warn($"alert {call.Id} ({call.Path}): {e.Message}");
        }
    }

    /// <summary>As Pacemaker: not as root, where its own user exists.</summary>
    private static ProcessUser? Agent()
    {
        var accounts = Accounts.OfMachine();
        return accounts.User(User) is { } user ? new(user.Uid, user.Gid, accounts.GroupsOf(User, user.Gid)) : null;
    }
}
