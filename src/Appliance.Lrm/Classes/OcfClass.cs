using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core.Diagnostics;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Classes;

/// <summary>Agents of the Open Cluster Framework: programs below <c>OCF_ROOT/resource.d/PROVIDER</c>, and the built-in ones that stand for them.</summary>
public sealed class OcfClass(LrmPaths paths, BuiltInRunner builtIn, AgentLog log) : IResourceClass
{
    private const string Prefix = "OCF_RESKEY_", MetaPrefix = "CRM_meta_";
    private readonly OcfChoice _choice = new(paths, log);

    /// <summary>From SIGTERM to SIGKILL for a program whose time is over.</summary>
    public TimeSpan Grace { get; init; } = ActionTimeouts.Grace;
    public AgentMarks? Marks { get; init; }

    public AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        var variables = Variables(order, environment);
        if (_choice.Of(order.Agent, order.Parameters.Keys, environment) is { } agent) return RunHere(agent, order, variables, cancel);
        return new AgentProgram($"{paths.OcfRoot}/resource.d/{order.Agent.Provider}/{order.Agent.Type}", [order.Action], variables, order.Resource, order.Timeout, Grace, log)
        {
            IsLoud = !order.IsRecurring && order.Action is not "meta-data" and not "monitor",
            WorkingDirectory = paths.ExistingWorkingDirectory, Marks = Marks,
        }.Run(status => status, cancel);
    }

    /// <summary>Has the built-in agent say again where its resource is; what is run by a program has no word for it.</summary>
    public AgentEnd Announce(OperationOrder order, ImmutableSortedDictionary<string, string> environment) =>
        order.Agent.Standard == "ocf" && _choice.Of(order.Agent, order.Parameters.Keys, environment) is { } agent
            ? RunHere(agent, order with { Action = "announce" }, Variables(order, environment), CancellationToken.None)
            : new(OcfCode.Success, OperationStatus.Done);

    private AgentEnd RunHere(BuiltInAgent agent, OperationOrder order, ImmutableSortedDictionary<string, string> variables, CancellationToken cancel)
    {
        if (order.Action == "meta-data") return new(OcfCode.Success, OperationStatus.Done, "", MetaData.Xml(agent.Description, variables));
        var call = $"{order.Agent} {order.Action} of {order.Resource}";
        if (!order.IsRecurring && order.Action != "monitor") log(LogPriority.Info, order.Resource, $"{call} (built-in)");
        var result = builtIn.Run(agent, builtIn.Request(order.Action, null, variables, order.Resource, order.Timeout), call, cancel);
        if (result is null)
        {
            cancel.ThrowIfCancellationRequested();
            return new(OcfCode.Generic, OperationStatus.Timeout, $"Resource agent did not complete within {AgentProgram.Readable(order.Timeout)}");
        }
        return new(result.Code, OperationStatus.Done, result.IsState ? "" : result.Reason);
    }

    /// <summary>OCF's environment (resource agent API 1.1) and what Pacemaker's executor adds to it.</summary>
    public ImmutableSortedDictionary<string, string> Variables(OperationOrder order, ImmutableSortedDictionary<string, string> environment)
    {
        var all = environment.ToBuilder();
        all["OCF_ROOT"] = paths.OcfRoot;
        all["OCF_RA_VERSION_MAJOR"] = "1";
        all["OCF_RA_VERSION_MINOR"] = "1";
        all["OCF_EXIT_REASON_PREFIX"] = "ocf-exit-reason:";
        all["OCF_RESOURCE_INSTANCE"] = order.Resource;
        all["OCF_RESOURCE_TYPE"] = order.Agent.Type;
        all["OCF_RESOURCE_PROVIDER"] = order.Agent.Provider;
        all[Prefix + MetaPrefix + "name"] = order.Action;
        all[Prefix + MetaPrefix + "timeout"] = Milliseconds(order.Timeout);
        if (order.IsRecurring) all[Prefix + MetaPrefix + "interval"] = Milliseconds(order.Interval);
        foreach (var (name, value) in order.Parameters)
        {
            if (value.Contains('\0', StringComparison.Ordinal)) continue;
            // The check level is the one attribute that OCF hands over by its own name.
            all[name == "OCF_CHECK_LEVEL" ? name : Prefix + (ParameterNames.IsMeta(name) ? name.Replace('-', '_') : name)] = value;
        }
        return all.ToImmutable();
    }

    private static string Milliseconds(TimeSpan span) => ((long)span.TotalMilliseconds).ToString(CultureInfo.InvariantCulture);
}
