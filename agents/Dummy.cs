using System.Collections.Immutable;

namespace Appliance.Lrm.Agents;

/// <summary>Dummy: remembers that it was started. For trying a cluster out.</summary>
public sealed class Dummy : BuiltInAgent
{
    public override AgentDescription Description { get; } = new("Dummy", "Does nothing but remember that it was started.", "[NAME]", [new("state", "string", false, "", "File that remembers it.")]);

    public override ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments) => ImmutableDictionary<string, string>.Empty;

    public override AgentResult Start(AgentCall call)
    {
        File.WriteAllText(State(call), "");
        return AgentResult.Ok();
    }

    public override AgentResult Stop(AgentCall call)
    {
        File.Delete(State(call));
        return AgentResult.Ok();
    }

    public override AgentResult Monitor(AgentCall call) => File.Exists(State(call)) ? AgentResult.Ok() : AgentResult.NotRunning();

    private static string State(AgentCall call) => call["state"].Length > 0 ? call["state"] : call.StateFile;
}
