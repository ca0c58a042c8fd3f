using Appliance.Lrm.Agents;

namespace Appliance.Lrm.Tests.Agents;

/// <summary>Keeps what agents say of the node, in order; or refuses it.</summary>
internal sealed class NotedAttributes(string? refusal = null) : INodeAttributes
{
    public List<string> Told { get; } = [];

    public string? Change(AttributeChange change, AgentCall call)
    {
        Told.Add($"{change.Name}={change.Value ?? "-"}{(change.Dampening.Length > 0 ? $" {change.Dampening}" : "")}{(change.ChangesDampening ? "!" : "")}");
        return refusal;
    }
}
