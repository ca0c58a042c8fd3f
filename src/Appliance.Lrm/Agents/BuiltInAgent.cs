using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core.Diagnostics;

namespace Appliance.Lrm.Agents;

/// <summary>A resource agent that needs no process and no shell. Stateless: one object serves every resource of its kind, from any thread.</summary>
/// <remarks>All actions are idempotent: starting what runs and stopping what is stopped succeed.</remarks>
public abstract class BuiltInAgent
{
    public abstract AgentDescription Description { get; }

    /// <summary>It can wait for a disk, a server or a clock, and gets a thread of its own, so that a time-out can leave it behind.</summary>
    public virtual bool MayBlock => false;

    /// <summary>Positional arguments of haresources as parameters.</summary>
    /// <exception cref="AgentException">Too few, too many, or not of the form.</exception>
    public abstract IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments);

    public abstract AgentResult Start(AgentCall call);

    public abstract AgentResult Stop(AgentCall call);

    /// <summary><see cref="OcfCode.Success"/>: runs; <see cref="OcfCode.NotRunning"/>; anything else: not known.</summary>
    public abstract AgentResult Monitor(AgentCall call);

    /// <summary>Its monitor says so when its parameters are wrong, whatever is there; as a script that checks them first.</summary>
    public virtual bool MonitorNeedsAll => false;

    /// <summary>The code of a monitor whose parameters are such that nothing can have been started with them.</summary>
    public virtual int NothingCanRun(AgentCall call) => MonitorNeedsAll ? OcfCode.Configured : OcfCode.NotRunning;

    /// <summary>It runs here, and ran on another node as well until now: tells whoever may have learnt the other one. Nothing to tell is success.</summary>
    public virtual AgentResult Announce(AgentCall call) => AgentResult.Success;

    /// <summary>Brings a running instance into the promoted role.</summary>
    public virtual AgentResult Promote(AgentCall call) => Unimplemented("promote");

    /// <summary>Brings it back to the unpromoted role.</summary>
    public virtual AgentResult Demote(AgentCall call) => Unimplemented("demote");

    /// <summary>Hears what happens to the other instances of its clone.</summary>
    public virtual AgentResult Notify(AgentCall call) => Unimplemented("notify");

    /// <summary>Here, the first half of moving without an interruption.</summary>
    public virtual AgentResult MigrateTo(AgentCall call) => Unimplemented("migrate_to");

    /// <summary>The second half, on the node it moves to.</summary>
    public virtual AgentResult MigrateFrom(AgentCall call) => Unimplemented("migrate_from");

    /// <summary>The service reads its own configuration again.</summary>
    public virtual AgentResult Reload(AgentCall call) => Unimplemented("reload");

    /// <summary>Takes changed parameters over, those that are <see cref="AgentParameter.Reloadable"/>, while it runs on.</summary>
    public virtual AgentResult ReloadAgent(AgentCall call) => Unimplemented("reload-agent");

    /// <summary>Beyond what the parameters' declarations check.</summary>
    public virtual AgentResult Validate(AgentCall call) => AgentResult.Success;

    private AgentResult Unimplemented(string action) => new(OcfCode.Unimplemented, $"{Description.Name} has no action {action}");

    protected AgentException WrongArguments() => new(OcfCode.Arguments, $"usage: {Description.Name} {Description.Usage}");
}

/// <summary>One call of an action, with everything the agent may touch.</summary>
public sealed class AgentCall(AgentParameters parameters, AgentRequest request, CancellationToken cancel)
{
    public AgentParameters Parameters => parameters;

    /// <summary>
    /// Our own variable beside OCF's meta attributes, set for a start that takes a resource over from a node of which only its silence is known: that node's name.
    /// It was not fenced and did not give up, so that its kernel may still hold an address (docs/decisions/0008).
    /// </summary>
    public const string TakenFromVariable = "OCF_RESKEY_CRM_meta_takeover_from";

    /// <summary>Value of <see cref="TakenFromVariable"/>, or <c>null</c>.</summary>
    public string? TakenFrom => request.Environment.GetValueOrDefault(TakenFromVariable) is { Length: > 0 } node ? node : null;

    /// <summary>Name of the resource, for state files.</summary>
    public string Instance => request.Instance;

    public IAgentBackground Background => request.Background;

    /// <summary>Where it leaves what the cluster is to know of this node.</summary>
    public INodeAttributes Attributes => request.Attributes;

    public string Action => request.Action;

    /// <summary>Called with positional arguments: from haresources, or by heartbeat's way by hand.</summary>
    public bool IsHaresources => request.Positional is not null;

    /// <summary>One of OCF's meta attributes; empty when it was not given.</summary>
    public string Meta(string name) => Variable("OCF_RESKEY_CRM_meta_" + name);

    /// <summary>A question before anything was started here: a monitor without an interval.</summary>
    public bool IsProbe => request.Action is "monitor" or "status" && Meta("interval") is "" or "0";

    /// <summary>How deep to look (OCF_CHECK_LEVEL); 0 when not given.</summary>
    public int CheckLevel => int.TryParse(Variable("OCF_CHECK_LEVEL"), NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? level : 0;

    private string Variable(string name) => request.Environment.GetValueOrDefault(name) ?? "";

    /// <summary>It is to run: what it is given must be right. A stop and a look heed only what says which thing is meant.</summary>
    public bool Begins => !IsLook(request.Action);

    internal static bool IsLook(string action) => action is "stop" or "monitor" or "status";

    /// <summary>Set when the time is over: agents that wait look at it.</summary>
    public CancellationToken Cancel => cancel;

    public TimeSpan Timeout => request.Timeout;

    public IReadOnlyDictionary<string, string> Environment => request.Environment;

    public string StateDirectory => request.StateDirectory;

    /// <summary>The file that says "started" for resources that have nothing else to show, as <c>ha_pseudo_resource</c> of resource-agents keeps them.</summary>
    public string StateFile(string agent) => $"{request.StateDirectory}/{agent}-{Uri.EscapeDataString(request.Instance)}.state";

    public void Log(LogPriority priority, string text) => request.Log(priority, request.Instance, text);
}

/// <summary>What is to be called.</summary>
/// <param name="Action">start stop status monitor validate-all promote demote notify migrate_to migrate_from reload reload-agent</param>
/// <param name="Positional">Arguments of haresources; <c>null</c>: parameters come as OCF_RESKEY_ variables.</param>
public sealed record AgentRequest(
    string Action, ImmutableArray<string>? Positional, IReadOnlyDictionary<string, string> Environment, string Instance, string StateDirectory, AgentLog Log,
    IAgentBackground Background, TimeSpan Timeout)
{
    public INodeAttributes Attributes { get; init; } = UnkeptAttributes.Instance;
}

/// <summary>Calls an action and turns everything that can go wrong into a code and a reason.</summary>
public static class AgentRunner
{
    private const string Prefix = "OCF_RESKEY_";

    public static AgentResult Run(BuiltInAgent agent, AgentRequest request, CancellationToken cancel)
    {
        try
        {
            if (AgentCall.IsLook(request.Action)) return Look(agent, request, cancel);
            var call = new AgentCall(AgentParameters.Read(agent.Description, Given(agent, request)), request, cancel);
            return request.Action switch
            {
                "start" => agent.Start(call),
                "announce" => agent.Announce(call),
                "validate-all" => agent.Validate(call),
                "promote" => agent.Promote(call),
                "demote" => agent.Demote(call),
                "notify" => agent.Notify(call),
                "migrate_to" => agent.MigrateTo(call),
                "migrate_from" => agent.MigrateFrom(call),
                "reload" => agent.Reload(call),
                "reload-agent" => agent.ReloadAgent(call),
                _ => new(OcfCode.Unimplemented, $"{agent.Description.Name} knows no action {request.Action}"),
            };
        }
        catch (AgentException e)
        {
            return new(e.Code, e.Message);
        }
        catch (OperationCanceledException)
        {
            return new(OcfCode.Generic, "ended: its time was over");
        }
        catch (UnauthorizedAccessException e)
        {
            return new(OcfCode.Permission, e.Message);
        }
        catch (IOException e)
        {
            return new(OcfCode.Generic, e.Message);
        }
    }

    /// <summary>
    /// A stop, or a monitor. With parameters that name nothing nothing was started, and a stop of that is no failure: a node would be fenced for a slip of the pen.
    /// What only says how a start is done (counts, pauses) is not asked for, so that what was started before it was changed is found.
    /// </summary>
    private static AgentResult Look(BuiltInAgent agent, AgentRequest request, CancellationToken cancel)
    {
        var stops = request.Action == "stop";
        AgentCall? call = null;
        try
        {
            var parameters = AgentParameters.ReadToLook(agent.Description, Given(agent, request));
            call = new AgentCall(parameters, request, cancel);
            if (!stops && agent.MonitorNeedsAll && parameters.Problems.Count > 0) return new(OcfCode.Configured, string.Join("; ", parameters.Problems));
            return stops ? agent.Stop(call) : agent.Monitor(call);
        }
        catch (AgentException e) when (e.Code == OcfCode.Configured && call is not null || e.Code == OcfCode.Arguments && stops)
        {
            var reason = call?.Parameters.Problems is { Count: > 0 } problems ? string.Join("; ", problems) : e.Message;
            if (!stops) return agent.NothingCanRun(call!) is var code && code == OcfCode.NotRunning ? AgentResult.NotRunning : new(code, reason);
            request.Log(LogPriority.Warn, request.Instance, $"{agent.Description.Name} stop: nothing can have been started: {reason}");
            return AgentResult.Success;
        }
    }

    /// <summary>OCF variables; or positional arguments, to which <c>env APPLIANCE_AGENT_PARAMETER=V</c> lines of ha.cf add what has no position.</summary>
    private static Dictionary<string, string> Given(BuiltInAgent agent, AgentRequest request)
    {
        var given = new Dictionary<string, string>(StringComparer.Ordinal);
        var prefix = Prefix;
        if (request.Positional is { } arguments)
        {
            prefix = $"HA_APPLIANCE_{agent.Description.Name}_";
            foreach (var (name, value) in agent.FromPositional(arguments)) given[name] = value;
        }
        foreach (var (name, value) in request.Environment)
            if (name.StartsWith(prefix, StringComparison.Ordinal)) given.TryAdd(name[prefix.Length..], value);
        return given;
    }
}
