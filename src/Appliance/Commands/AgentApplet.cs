using System.Collections;
using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Lrm;
using Appliance.Lrm.Agents;

namespace Appliance.Commands;

/// <summary>A built-in agent called from outside: by OCF's conventions (one word, parameters in OCF_RESKEY_*) or heartbeat's (arguments, then the action).</summary>
internal static class AgentApplet
{
    /// <summary><c>appliance agent NAME [ARGUMENTS] ACTION</c>.</summary>
    public static int Run(string[] args)
    {
        if (args.Length == 0 || args[0] is "-h" or "--help")
        {
            Console.WriteLine("Usage: appliance agent NAME [ARGUMENT...] ACTION\nActions: start stop status monitor validate-all meta-data\nAgents:");
            foreach (var agent in AgentRegistry.Agents) Console.WriteLine($"  {agent.Description.Name,-11} {agent.Description.Arguments,-45} {agent.Description.Short}");
            return args.Length == 0 ? OcfCode.Arguments : 0;
        }
        if (AgentRegistry.Find(args[0]) is { } found) return Run(found, args[1..]);
        Console.Error.WriteLine($"appliance agent: there is no built-in agent '{args[0]}'; appliance agent --help lists them");
        return OcfCode.Arguments;
    }

    /// <summary>Through a link that has the agent's name.</summary>
    public static Func<string[], int>? Named(string name) => AgentRegistry.Find(name) is { } agent ? args => Run(agent, args) : null;

    private static int Run(BuiltInAgent agent, string[] args)
    {
        var name = agent.Description.Name;
        if (args.Length == 0 || args[^1] is not ("start" or "stop" or "status" or "monitor" or "validate-all" or "meta-data"))
        {
            Console.Error.WriteLine($"usage: {name} [{agent.Description.Arguments}] start|stop|status|monitor|validate-all|meta-data");
            return args.Length == 0 ? OcfCode.Arguments : OcfCode.Unimplemented;
        }
        var action = args[^1];
        if (action == "meta-data")
        {
            Console.Write(AgentRegistry.MetaData(agent.Description));
            return OcfCode.Success;
        }
        var paths = new LrmPaths();
        var state = Environment.GetEnvironmentVariable("HA_RSCTMP") ?? paths.StateDirectory;
        try
        {
            Directory.CreateDirectory(state);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"{name}: {state}: {e.Message}");
            return OcfCode.Permission;
        }
        var environment = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(e => (string)e.Key, e => (string?)e.Value ?? "");
        AgentLog log = (priority, source, text) => Console.Error.WriteLine($"{priority.ToString().ToUpperInvariant()}: {text}");
        using var background = new InProcessBackground(log);
        var arguments = args.Take(args.Length - 1).ToImmutableArray();
        var instance = arguments.Length > 0 ? string.Join("::", [name, .. arguments]) : environment.GetValueOrDefault("OCF_RESOURCE_INSTANCE", name);
        var result = AgentRunner.Run(agent, new(action, arguments, environment, instance, state, log, background, TimeSpan.FromMinutes(5)), CancellationToken.None);
        background.Finish();
        if (action == "status") Console.WriteLine(result.Code == OcfCode.Success ? "running" : "stopped");
        if (result.Code is not (OcfCode.Success or OcfCode.NotRunning)) Console.Error.WriteLine($"{name}: ERROR: {result.Reason}");
        return result.Code;
    }
}
