using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core.Diagnostics;

namespace Appliance.Lrm.Agents;

/// <summary>What is asked of a built-in agent, before its parameters are worked out.</summary>
/// <param name="Action">OCF's word or heartbeat's: <c>start stop status monitor validate-all meta-data</c>.</param>
/// <param name="Instance">The resource as written: names its state and its background work.</param>
public sealed record AgentRequest(
    string Action, ImmutableArray<string> Arguments, IReadOnlyDictionary<string, string> Environment, string Instance, string StateDirectory, AgentLog Log,
    InProcessBackground Background, TimeSpan Timeout);

/// <summary>One action with its parameters, defaults filled in.</summary>
public sealed class AgentCall(AgentRequest request, AgentDescription description, ImmutableDictionary<string, string> given, CancellationToken cancel)
{
    public AgentRequest Request => request;
    public CancellationToken Cancel => cancel;

    /// <summary>A parameter's value, its default, or empty.</summary>
    public string this[string name] => given.TryGetValue(name, out var value) && value.Length > 0 ? value : description.Parameters.FirstOrDefault(p => p.Name == name)?.Default ?? "";

    public int Number(string name) => int.TryParse(this[name], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : 0;

    public bool Flag(string name) => this[name].ToLowerInvariant() is "true" or "yes" or "on" or "1" or "y";

    /// <summary>Seconds, or a number with <c>ms</c> or <c>s</c>.</summary>
    public TimeSpan Seconds(string name) => ActionTimeouts.TryParse(this[name], out var span) ? span : TimeSpan.Zero;

    public void Log(LogPriority priority, string text) => request.Log(priority, request.Instance, text);

    /// <summary>A file that says the resource was started, for agents that have nothing else to show.</summary>
    public string StateFile => Path.Combine(request.StateDirectory, $"{description.Name}-{string.Concat(request.Instance.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' ? c : '_'))}.state");

    /// <summary>Waits, but not beyond a cancellation.</summary>
    public void Wait(TimeSpan span) => cancel.WaitHandle.WaitOne(span);
}

/// <summary>Works the parameters out, checks them, and calls the agent.</summary>
public static class AgentRunner
{
    public static AgentResult Run(BuiltInAgent agent, AgentRequest request, CancellationToken cancel)
    {
        ImmutableDictionary<string, string> given;
        try
        {
            given = request.Arguments.IsDefaultOrEmpty ? FromEnvironment(agent.Description, request.Environment) : agent.FromArguments(request.Arguments);
        }
        catch (FormatException e)
        {
            return new(OcfCode.Configured, e.Message);
        }
        var call = new AgentCall(request, agent.Description, given, cancel);
        if (Wrong(agent, call) is { } wrong) return request.Action is "status" or "monitor" or "stop" ? new(request.Action == "stop" ? OcfCode.Success : OcfCode.NotRunning, wrong) : new(OcfCode.Configured, wrong);
        try
        {
            return request.Action switch
            {
                "start" => agent.Start(call),
                "stop" => agent.Stop(call),
                "status" or "monitor" => agent.Monitor(call),
                "validate-all" => AgentResult.Ok(),
                _ => new(OcfCode.Unimplemented, $"{request.Action}: not an action of {agent.Description.Name}"),
            };
        }
        catch (UnauthorizedAccessException e)
        {
            return new(OcfCode.Permission, e.Message);
        }
        catch (Exception e) when (e is IOException or FormatException or InvalidOperationException)
        {
            return AgentResult.Failed(e.Message);
        }
    }

    private static string? Wrong(BuiltInAgent agent, AgentCall call)
    {
        foreach (var parameter in agent.Description.Parameters)
        {
            var value = call[parameter.Name];
            if (parameter.Required && value.Length == 0) return $"{parameter.Name} is missing: {parameter.Meaning}";
            if (parameter.Type == "integer" && value.Length > 0 && !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _)) return $"{parameter.Name}={value} is not a number";
        }
        return agent.Check(call);
    }

    private static ImmutableDictionary<string, string> FromEnvironment(AgentDescription description, IReadOnlyDictionary<string, string> environment)
    {
        var given = ImmutableDictionary.CreateBuilder<string, string>();
        foreach (var parameter in description.Parameters)
            if (environment.TryGetValue("OCF_RESKEY_" + parameter.Name, out var value)) given[parameter.Name] = value;
        return given.ToImmutable();
    }
}

/// <summary>Work that goes on after an action has answered: repeated announcements of an address. Named, so that the next action on the resource can end it.</summary>
public sealed class InProcessBackground(AgentLog log) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (CancellationTokenSource Stop, Thread Thread)> _running = new(StringComparer.Ordinal);

    /// <summary>Runs <paramref name="work"/> beside the caller, instead of what had that name.</summary>
    public void Start(string name, Action<CancellationToken> work)
    {
        Stop(name);
        var stop = new CancellationTokenSource();
        var thread = new Thread(() =>
        {
            try
            {
                work(stop.Token);
            }
            catch (IOException e)
            {
                log(LogPriority.Warn, name, e.Message);
            }
        }, 256 * 1024) { IsBackground = true, Name = name };
        lock (_lock) _running[name] = (stop, thread);
        thread.Start();
    }

    /// <summary>Ends what has that name.</summary>
    public void Stop(string name)
    {
        lock (_lock)
            if (_running.Remove(name, out var running)) running.Stop.Cancel();
    }

    /// <summary>Waits until everything under way is done: a program called from outside must not end before.</summary>
    public void Finish()
    {
        List<Thread> threads;
        lock (_lock) threads = [.. _running.Values.Select(r => r.Thread)];
        foreach (var thread in threads) thread.Join();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (stop, _) in _running.Values) stop.Cancel();
            _running.Clear();
        }
    }
}
