using System.Collections.Immutable;
using Appliance.Core.Diagnostics;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Classes;

/// <summary>All standards under one roof: runs an operation by the class that its agent names.</summary>
public sealed class ResourceClasses : IResourceClass, IDisposable
{
    private readonly SortedDictionary<string, IResourceClass> _classes = new(StringComparer.Ordinal);
    private readonly BuiltInRunner _builtIn;
    private readonly OcfClass _ocf;
    private readonly LrmPaths _paths;
    private readonly AgentLog _log;

    /// <param name="systemd">Runs units; <c>null</c>: this machine has no systemd, and says so.</param>
    /// <param name="stonith">Runs fencing devices; <c>null</c>: there are none.</param>
    /// <param name="marks">Where running programs are marked; <c>null</c>: nowhere.</param>
    /// <param name="attributes">Where built-in agents leave attributes of this node; <c>null</c>: nobody keeps them.</param>
    public ResourceClasses(LrmPaths paths, AgentLog log, IResourceClass? systemd = null, IResourceClass? stonith = null, AgentMarks? marks = null, INodeAttributes? attributes = null)
    {
        (_paths, _log) = (paths, log);
        _builtIn = new(paths, log) { Attributes = attributes ?? UnkeptAttributes.Instance };
        _classes["ocf"] = _ocf = new(paths, _builtIn, log) { Marks = marks };
        _classes["lsb"] = new LsbClass(paths, log) { Marks = marks };
        _classes["heartbeat"] = new HeartbeatClass(paths, log) { Marks = marks };
        if (systemd is not null) _classes["systemd"] = systemd;
        if (stonith is not null) _classes["stonith"] = stonith;
    }

    /// <inheritdoc/>
    public AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel)
    {
        var standard = order.Agent.Standard == "service" ? Service(order.Agent.Type) : order.Agent.Standard;
        if (!_classes.TryGetValue(standard, out var found))
            return new(OcfCode.Installed, OperationStatus.NotInstalled, $"{order.Agent}: there are no resources of the standard {standard} on this machine");
        if (standard != order.Agent.Standard) order = order with { Agent = order.Agent with { Standard = standard } };
        try
        {
            return found.Run(order, environment, cancel);
        }
        catch (Exception e) when (e is not OperationCanceledException and not OutOfMemoryException)
        {
            // No class throws for what an agent does; when one does, the resource's state is not known, and that is what an error means.
            _log(LogPriority.Error, order.Resource, $"{order}: {e.Message}");
            return new(OcfCode.Generic, OperationStatus.Error, e.Message);
        }
    }

    /// <summary>Tells the network again where a running resource is; success when its agent is a program, which has no word for it.</summary>
    public AgentEnd Announce(OperationOrder order, ImmutableSortedDictionary<string, string> environment) => _ocf.Announce(order, environment);

    /// <summary>As Pacemaker resolves <c>service</c>: an init script of that name counts before a unit of systemd.</summary>
    public string Service(string type) => AgentLocator.IsExecutable($"{_paths.InitDirectory}/{type}") || !_classes.ContainsKey("systemd") ? "lsb" : "systemd";

    public void Dispose() => _builtIn.Dispose();
}
