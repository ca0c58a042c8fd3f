using System.Collections.Immutable;
using System.Text;
using Appliance.Cib;
using Appliance.Commands;
using Appliance.Configuration;
using Appliance.Control;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Crm.Controller;
using Appliance.Crm.Membership;
using Appliance.Crm.Store;
using Appliance.Crm.Transition;
using Appliance.Fencing;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Lrm;
using Appliance.Pulse;

namespace Appliance.Crm;

/// <summary>The CRM of this machine, put together: what it finds on the disk, and those who do what it asks for.</summary>
internal sealed class CrmDaemon : IDisposable
{
    /// <summary>As Pacemaker's packages make them: for its own user and group, where they exist.</summary>
    private const int DirectoryMode = 0x1E8 /* 0750 */, FileMode = 0x180 /* 0600 */, InputMode = 0x1A0 /* 0640 */;

    private readonly AgentDesk _agents;
    private readonly PolicyDesk _policy;
    private readonly CibStore _store;
    private readonly AlertDesk _alerts;

    /// <param name="groups">haresources; null where it has errors.</param>
    /// <exception cref="IOException">The CIB's directory cannot be used: a node that does not know what was decided must not decide.</exception>
    public CrmDaemon(HaCf cf, Func<ImmutableArray<ResourceGroup>?> groups, ImmutableSortedDictionary<string, string> environment, Inbox inbox, FencerHost fencer, DeviceDesk devices, EffectExecutor effects, ApplianceLog log)
    {
        var accounts = Accounts.OfMachine();
        (uint, uint)? owner = accounts.User("hacluster") is { } user && accounts.Group("haclient") is { } group && Environment.IsPrivilegedProcess ? (user.Uid, group) : null;
        var directory = new FileDirectory(Paths.Cib, FileMode) { Owner = owner };
        var inputs = new FileDirectory(Paths.PolicyInputs, InputMode) { Owner = owner };
        directory.Make(DirectoryMode);
        inputs.Make(DirectoryMode);
        var files = new CibFiles(new CibDirectory(directory));
        var loaded = files.Load();
        foreach (var message in loaded.Messages) log.Warn(message);
        log.Info(loaded.Document is { } document ? $"The CIB of this node is {CibVersion.Of(document)}" : "This node has no CIB yet");

        var self = new Member(cf.LocalNode, $"{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds():x}", CibRequests.FeatureSet, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
        var compiled = loaded.Document is null ? First(cf, groups, log) : null;
        // As Pacemaker keeps them, and as scripts look for them; its library is not in the binary, and a minimal system may be without.
        var bzip2 = Bzip2Compressor.Load();
        if (bzip2 is null) log.Info("libbz2.so.1.0 is not installed: inputs of the policy engine are kept as plain XML");
        var node = new CrmNode(new(self, cf.Nodes, loaded.Document, loaded.Standing, loaded.Known, compiled, CrmHost.Ran(true, log), Environment.ProcessorCount) { HeardTerm = loaded.HeardTerm, Version = StatusView.ProductVersion, Cluster = cf.Cluster, Quorum = cf.Quorum, DeadTime = cf.DeadTime, KeepAlive = cf.KeepAlive, InputExtension = bzip2?.Algorithm ?? "xml" }, Clock.Now());
        foreach (var (verdict, file) in new[] { (PolicyVerdict.Error, "pe-error.last"), (PolicyVerdict.Warning, "pe-warn.last"), (PolicyVerdict.Fine, "pe-input.last") })
            node.RememberInputs(verdict, inputs.Read(file) is { } bytes ? Encoding.ASCII.GetString(bytes).Trim() : null);

        _agents = new(new LrmPaths(), environment, devices, inbox, log);
        _policy = new(inbox, log);
        _store = new(files, inputs, inbox, log, bzip2);
        _alerts = new(log);
        Host = new(cf.LocalNode, node, new(_agents, _policy, _store, new(cf.LocalNode, fencer, devices, _policy, inbox, log), _alerts, fencer, effects, log));
    }

    public CrmHost Host { get; }

    /// <summary>What is being written comes to the disk; agents that run are told to end.</summary>
    public void Dispose()
    {
        _store.Dispose();
        _agents.Dispose();
        _policy.Dispose();
        _alerts.Dispose();
    }

    /// <summary>haresources as the CIB that a new cluster begins with.</summary>
    private static CibElement? First(HaCf cf, Func<ImmutableArray<ResourceGroup>?> groups, ApplianceLog log)
    {
        if (groups() is not { } read)
        {
            log.Error("haresources has errors: a new cluster begins with an empty CIB");
            return null;
        }
        var first = FirstCib.Of(cf, read, Paths.HaCf);
        foreach (var problem in first.Problems) log.Error(problem.ToString());
        foreach (var note in first.Cib?.Notes ?? []) log.Write(note.Severity == Severity.Warning ? LogPriority.Warn : LogPriority.Info, note.ToString());
        if (first.Cib is null) log.Error("a new cluster begins with an empty CIB");
        return first.Cib?.Cib;
    }
}
