using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Appliance.Lrm.Catalog;

namespace Appliance.Commands.ResourceTools;

/// <summary><c>appliance agents list --json</c></summary>
internal sealed record AgentsView(ImmutableArray<AgentView> Agents);

/// <param name="Path">Its program; <c>null</c>: it is built in, or known to the standard's own manager.</param>
/// <param name="BuiltIn">One of ours is it, or does the same.</param>
internal sealed record AgentView(string Agent, string Class, string? Provider, string Type, string? Path, bool BuiltIn)
{
    public static AgentView Of(AgentEntry entry) => new(entry.Spec.ToString(), entry.Spec.Standard, entry.Spec.Provider, entry.Spec.Type, entry.Path, entry.BuiltIn);
}

/// <summary><c>appliance agents info --json</c></summary>
internal sealed record AgentInfoView(
    string Agent, string? Path, bool BuiltIn, string OcfVersion, string Short, string Long, ImmutableArray<ParameterFacts> Parameters, ImmutableArray<ActionFacts> Actions);

/// <summary><c>appliance agents validate --json</c></summary>
/// <param name="Status">What the agent's own check ended with; <c>null</c>: it was not asked, because its parameters are wrong already.</param>
internal sealed record AgentValidationView(string Agent, bool Valid, int? Status, ImmutableArray<string> Problems);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AgentsView))]
[JsonSerializable(typeof(AgentInfoView))]
[JsonSerializable(typeof(AgentValidationView))]
internal sealed partial class AgentsJson : JsonSerializerContext;
