using System.Collections.Immutable;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Does nothing but remember that it was started; for tests and as an example.</summary>
public sealed class Dummy : BuiltInAgent
{
    public override AgentDescription Description { get; } = new(
        "Dummy", "Example resource without a service", "Does nothing except keep track of whether it was started. For tests.", "[ANYTHING...]",
        [
            new("state", Text, "State file", "Where the state is kept; without it, a file in HA_RSCTMP.") { Unique = true },
            new("fake", Text, "Unused", "Can be changed without any effect.") { Default = "dummy" },
        ],
        [.. AgentDescription.StandardActions(20, 20, 20), new("reload", 20), new("migrate_to", 20), new("migrate_from", 20)]);

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) => ImmutableDictionary<string, string>.Empty;

    public override AgentResult Start(AgentCall call)
    {
        StateFiles.Write(State(call));
        return AgentResult.Success;
    }

    public override AgentResult Stop(AgentCall call)
    {
        StateFiles.Delete(State(call));
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call) => File.Exists(State(call)) ? AgentResult.Success : AgentResult.NotRunning;

    public override AgentResult Reload(AgentCall call) => AgentResult.Success;

    public override AgentResult MigrateTo(AgentCall call) => Stop(call);

    public override AgentResult MigrateFrom(AgentCall call) => Start(call);

    private string State(AgentCall call) => call.Parameters.Has("state") ? call.Parameters["state"] : call.StateFile(Description.Name);
}
