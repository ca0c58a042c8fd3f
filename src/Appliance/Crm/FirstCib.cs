using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Crm.Compile;
using Appliance.Fencing;
using Appliance.Lrm;
using Appliance.Lrm.Agents;
using Appliance.Stonith.Configured;

namespace Appliance.Crm;

/// <summary>ha.cf and haresources as a CIB, with what the agents of this machine and its fencing devices make of them.</summary>
/// <param name="Cib">Null: a fencing device's line is wrong.</param>
/// <param name="Problems">Lines of ha.cf that are of no use.</param>
internal sealed record FirstCib(CompiledCib? Cib, ImmutableArray<ConfiguredDevice> Devices, ImmutableArray<Diagnostic> Problems)
{
    /// <param name="file">What messages call ha.cf.</param>
    public static FirstCib Of(HaCf haCf, ImmutableArray<ResourceGroup> groups, string file)
    {
        var problems = ImmutableArray.CreateBuilder<Diagnostic>();
        var devices = DeviceDesk.All(haCf, File.ReadAllText, (line, problem) => problems.Add(new(Severity.Error, file, line, 0, problem, "correct the line, or take it out")));
        return new(problems.Count > 0 ? null : HaresourcesCompiler.Compile(haCf, groups, devices, new Forms(haCf).Of), devices, problems.ToImmutable());
    }

    /// <summary>What an entry means on this machine.</summary>
    private sealed class Forms(HaCf haCf)
    {
        private readonly AgentLocator _locator = new(new LrmPaths(), static (_, _, _) => { });
        private readonly Dictionary<string, string> _environment = haCf.ChildEnvironment.ToArray().ToDictionary(v => "HA_" + v.Name, v => v.Value);

        public AgentForm Of(ResourceSpec resource)
        {
            if (resource.Agent is { } agent) return AgentForm.OfAgent(resource, agent) with { Instance = agent.Standard == "ocf" ? HaresourcesOrder.InstanceName(resource, agent) : null };
            if (_locator.Find(resource.Script, _environment) is not AgentLocation.BuiltIn { Agent: var builtIn }) return AgentForm.OfScript(resource);
            var attributes = ImmutableArray.CreateBuilder<InstanceAttribute>();
            // In the same order on every node, and at each time: they compare what they make of their files.
            var given = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, value) in builtIn.FromPositional(resource.Arguments)) given[name] = value;
            foreach (var (name, value) in given) attributes.Add(new(name, value));
            return new(new("ocf", builtIn.Description.StandsFor ?? AgentRegistry.Ours, builtIn.Description.Name), attributes.ToImmutable());
        }
    }
}
