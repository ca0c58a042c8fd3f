using System.Collections.Immutable;
using Appliance.Core.Diagnostics;

namespace Appliance.Lrm.Agents;

/// <summary>A built-in agent called from outside as a program, with OCF's conventions or heartbeat's.</summary>
/// <remarks>
/// <para>One word is an action by OCF's conventions: parameters come as OCF_RESKEY_NAME, the exit status is OCF's. More words are heartbeat's: positional
/// arguments, the action last; <c>status</c> then prints <c>running</c> or <c>stopped</c>, the words ResourceManager looks for (other agents of
/// OCF print them as well, so both ways do).</para>
/// <para>Without any OCF_RESKEY_ variable a single word is heartbeat's too, where the agent needs no argument (<c>Delay start</c>).</para>
/// </remarks>
public sealed class AgentCommand(TextWriter output, TextWriter error, IReadOnlyDictionary<string, string> environment, IAgentBackground background)
{
    /// <summary>As long as a person, or a cluster manager with a time-out of its own, will ever want to wait.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromHours(1);

    /// <returns>Exit status.</returns>
    public int Run(BuiltInAgent agent, string[] words, CancellationToken cancel)
    {
        var description = agent.Description;
        if (words.Length == 0)
        {
            error.WriteLine($"usage: {description.Name} {description.Usage.Replace("::", " ", StringComparison.Ordinal)} {{{Actions(description)}}}");
            return OcfCode.Arguments;
        }
        var action = words[^1];
        switch (action)
        {
            case "meta-data":
                output.Write(MetaData.Xml(description, environment));
                return OcfCode.Success;
            case "usage" or "help" or "--help" or "-h":
                output.Write(MetaData.Help(description));
                return OcfCode.Success;
            case "start" or "stop" or "status" or "monitor" or "validate-all": break;
            case var other when description.Has(other): break;
            default:
                error.WriteLine($"{description.Name}: no action '{action}': {Actions(description)}");
                return OcfCode.Unimplemented;
        }

        var arguments = ImmutableArray.Create(words, 0, words.Length - 1);
        var ocf = arguments.IsEmpty && (description.Parameters.Any(p => p.Required) || environment.Keys.Any(k => k.StartsWith("OCF_RESKEY_", StringComparison.Ordinal)));
        var instance = environment.TryGetValue("OCF_RESOURCE_INSTANCE", out var given) && given.Length > 0 && ocf ? given
            : arguments.IsEmpty ? description.Name : $"{description.Name}::{string.Join("::", arguments)}";
        var state = environment.TryGetValue("HA_RSCTMP", out var directory) && directory.Length > 0 ? directory : new LrmPaths().StateDirectory;
        var result = AgentRunner.Run(
            agent, new AgentRequest(action, ocf ? null : arguments, environment, instance, state, Log, background, ActionTimeout(action))
            {
                // Heartbeat's way knows no attributes; whoever calls by OCF's has a cluster that keeps them.
                Attributes = ocf ? new AttributeProgram(environment) : UnkeptAttributes.Instance,
            }, cancel);

        if (action == "status" && result.Code is (OcfCode.Success or OcfCode.NotRunning)) output.WriteLine(result.Code == OcfCode.Success ? "running" : "stopped");
        if (!result.IsState) error.WriteLine($"ocf-exit-reason:{result.Reason}");
        return result.Code;
    }

    private static string Actions(AgentDescription description)
    {
        var all = new List<string> { "start", "stop", "status", "monitor" };
        foreach (var action in description.Actions)
            if (!all.Contains(action.Name) && action.Name is not ("validate-all" or "meta-data")) all.Add(action.Name);
        return string.Join('|', [.. all, "validate-all", "meta-data", "usage"]);
    }

    /// <summary>What the cluster manager allows, in milliseconds (OCF's meta attribute).</summary>
    private TimeSpan ActionTimeout(string action)
    {
        if (environment.TryGetValue("OCF_RESKEY_CRM_meta_timeout", out var text) && ActionTimeouts.TryParse(text + "ms", out var given)) return given;
        return action is "start" or "stop" ? ActionTimeouts.Stop : Patience;
    }

    private void Log(LogPriority priority, string source, string text)
    {
        if (priority > LogPriority.Debug) error.WriteLine($"{source}: {(priority >= LogPriority.Error ? "ERROR" : priority == LogPriority.Warn ? "WARNING" : "INFO")}: {text}");
    }
}
