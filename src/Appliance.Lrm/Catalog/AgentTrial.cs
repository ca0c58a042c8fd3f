using System.Globalization;
using System.Text;
using Appliance.Linux;
using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Catalog;

/// <summary>How an agent answered.</summary>
/// <param name="Code">Exit status; when it did not end by itself, the signal's number or -1.</param>
public sealed record AgentReply(ProcessEndKind Kind, int Code, string Output, string Error)
{
    private const string ReasonPrefix = "ocf-exit-reason:";

    /// <summary>What it says is the reason; the last one counts. Empty when it says none.</summary>
    public string Reason
    {
        get
        {
            var at = Error.LastIndexOf(ReasonPrefix, StringComparison.Ordinal);
            if (at < 0) return "";
            var end = Error.IndexOf('\n', at);
            return (end < 0 ? Error[at..] : Error[at..end])[ReasonPrefix.Length..];
        }
    }

    internal static AgentReply Of(AgentResult result) =>
        new(ProcessEndKind.Exited, result.Code, "", result.Reason.Length > 0 ? $"{ReasonPrefix}{result.Reason}\n" : "");

    internal static AgentReply Because(int code, string reason) => new(ProcessEndKind.Exited, code, "", $"{ReasonPrefix}{reason}\n");
}

/// <summary>Calls an agent once, here and now, for somebody who wants to see it or try it: without a cluster, a resource or a history.</summary>
/// <param name="background">What a built-in agent leaves behind it.</param>
public sealed class AgentTrial(AgentCatalog catalog, LrmPaths paths, IAgentBackground background)
{
    /// <summary>As long as Pacemaker 2.1 waits for meta-data.</summary>
    public static readonly TimeSpan MetaDataTime = TimeSpan.FromSeconds(30);

    /// <summary>More than the longest meta-data (VirtualDomain's has 20 kB).</summary>
    private const int MostBytes = 1 << 20;

    /// <returns><c>null</c>: no such agent, or it does not describe itself.</returns>
    public string? MetaData(AgentName spec)
    {
        switch (catalog.Find(spec))
        {
            case AgentPlace.BuiltIn { Agent: var agent }:
                return Agents.MetaData.Xml(agent.Description, new Dictionary<string, string> { ["OCF_RESOURCE_INSTANCE"] = spec.Type });
            case AgentPlace.Listed listed:
                return listed.Lister.MetaData(listed.Type);
            case AgentPlace.Script script when IsOcf(spec):
                var reply = Ask(script.Path, spec, "meta-data", spec.Type, new Dictionary<string, string>(), MetaDataTime);
                return reply is { Kind: ProcessEndKind.Exited, Code: 0 } && reply.Output.Length > 0 ? reply.Output : null;
            case AgentPlace.Script script:
                return Header(spec.Type, script.Path);
            default:
                return null;
        }
    }

    /// <returns><c>null</c>: it cannot be read; a link may lead nowhere.</returns>
    private static string? Header(string type, string path)
    {
        try
        {
            return LsbHeader.MetaData(type, Encoding.UTF8.GetString(File.ReadAllBytes(path)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Runs one action.</summary>
    /// <param name="action">An action of OCF. Scripts of other classes get the same word.</param>
    /// <param name="parameters">Without prefix, the meta attributes (<c>CRM_meta_timeout</c>) among them.</param>
    /// <param name="level">OCF_CHECK_LEVEL; 0: none.</param>
    /// <returns><c>null</c>: no such agent.</returns>
    public AgentReply? Run(AgentName spec, string action, IReadOnlyDictionary<string, string> parameters, int level, string instance, TimeSpan timeout)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in parameters) environment["OCF_RESKEY_" + name] = value;
        if (level != 0) environment["OCF_CHECK_LEVEL"] = level.ToString(CultureInfo.InvariantCulture);
        switch (catalog.Find(spec))
        {
            case AgentPlace.BuiltIn { Agent: var agent }:
                environment["OCF_RESOURCE_INSTANCE"] = instance;
                using (var time = new CancellationTokenSource(timeout))
                {
                    return AgentReply.Of(AgentRunner.Run(agent, new(action, null, environment, instance, paths.StateDirectory, (_, _, _) => { }, background, timeout)
                    {
                        Attributes = new AttributeProgram(environment),
                    }, time.Token));
                }
            case AgentPlace.Listed listed when action == "validate-all":
                var problems = listed.Lister.Problems(listed.Type, parameters) ?? [];
                return AgentReply.Of(problems.Count == 0 ? AgentResult.Success : new(OcfCode.Configured, string.Join("; ", problems)));
            case AgentPlace.Listed:
                return AgentReply.Because(OcfCode.Unimplemented, $"{spec.Standard} cannot be run by hand");
            case AgentPlace.Script script when AgentLocator.IsExecutable(script.Path):
                return Ask(script.Path, spec, action, instance, environment, timeout);
            case AgentPlace.Script:
                return AgentReply.Because(OcfCode.Permission, "Child process was unable to execute file");      // Pacemaker's words
            default:
                return null;
        }
    }

    private static bool IsOcf(AgentName spec) => spec.Standard.Equals(AgentName.Ocf, StringComparison.OrdinalIgnoreCase);

    /// <summary>With the environment that Pacemaker 2.1.5 gives an agent that it calls for a tool.</summary>
    private AgentReply Ask(string path, AgentName spec, string action, string instance, IReadOnlyDictionary<string, string> given, TimeSpan timeout)
    {
        var environment = new Dictionary<string, string>(given, StringComparer.Ordinal) { ["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C" };
        if (IsOcf(spec))
        {
            (environment["OCF_RA_VERSION_MAJOR"], environment["OCF_RA_VERSION_MINOR"]) = ("1", "1");
            (environment["OCF_ROOT"], environment["OCF_EXIT_REASON_PREFIX"]) = (catalog.OcfRoot, "ocf-exit-reason:");
            (environment["OCF_RESOURCE_INSTANCE"], environment["OCF_RESOURCE_TYPE"], environment["OCF_RESOURCE_PROVIDER"]) = (instance, spec.Type, spec.Provider ?? "");
        }
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        ProcessEnd end;
        try
        {
            end = ProcessRunner.Run(new(path, [action], environment), new(timeout, TimeSpan.FromSeconds(1)), (isError, bytes) =>
            {
                var to = isError ? error : output;
                if (to.Length + bytes.Length <= MostBytes) to.Write(bytes);
            }, CancellationToken.None);
        }
        catch (IOException e)
        {
            return AgentReply.Because(OcfCode.Generic, e.Message);
        }
        return new(end.Kind, end.Code, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }
}
