using System.Globalization;
using Appliance.Linux;

namespace Appliance.Lrm.Agents;

/// <summary>The attributes of the cluster that called an agent as a program: told by <c>attrd_updater</c>, in the words of Pacemaker 2.1.</summary>
/// <remarks>Promotion scores go the same way: to <c>crm_attribute --promotion</c> they are transient attributes too.</remarks>
public sealed class AttributeProgram(IReadOnlyDictionary<string, string> environment) : INodeAttributes
{
    private const string Name = "attrd_updater";
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public string? Change(AttributeChange change, AgentCall call)
    {
        if (Find() is not { } program) return $"{Name} is not installed";
        List<string> arguments = ["-n", change.Name];
        if (change.Value is { } value) arguments.AddRange([change.ChangesDampening ? "-B" : "-v", value]);
        else arguments.Insert(0, "-D");
        if (change.Dampening.Length > 0) arguments.AddRange(["-d", change.Dampening]);
        var end = ProcessRunner.Run(
            new(program, arguments, new Dictionary<string, string>(environment, StringComparer.Ordinal)),
            new(call.Timeout < Longest ? call.Timeout : Longest, TimeSpan.FromSeconds(1)), (_, _) => { }, call.Cancel);
        return end is { Kind: ProcessEndKind.Exited, Code: 0 } ? null : string.Create(CultureInfo.InvariantCulture, $"{Name} {end.Kind} {end.Code}");
    }

    /// <summary>Where ocf-directories of resource-agents looks, then where Debian and we put it.</summary>
    private string? Find()
    {
        string?[] directories = [environment.GetValueOrDefault("HA_SBIN_DIR"), "/usr/local/sbin", "/usr/sbin"];
        foreach (var directory in directories)
            if (directory is { Length: > 0 } && AgentLocator.IsExecutable($"{directory}/{Name}")) return $"{directory}/{Name}";
        return null;
    }
}
