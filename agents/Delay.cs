using System.Collections.Immutable;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Waits, at start and at stop.</summary>
/// <remarks>
/// In haresources a missing stop delay is the start delay, and a missing start delay 10 s, as the packaged wrapper documents (its agent then waits 30 s at
/// stop all the same). <c>status</c> answers at once; only an OCF <c>monitor</c> with mondelay given waits: resource-agents waits 30 s there, which
/// would hold up every status question of a group.
/// </remarks>
public sealed class Delay : BuiltInAgent
{
    public override AgentDescription Description { get; } = new(
        "Delay", "Waits for a defined time", "Waits at start, stop and monitor. For tests, and to let something outside settle.", "[START-SECONDS[::STOP-SECONDS]]",
        [
            new("startdelay", Seconds, "Start delay", "Seconds to wait at start.") { Default = "20" },
            new("stopdelay", Seconds, "Stop delay", "Seconds to wait at stop.") { Default = "30" },
            new("mondelay", Seconds, "Monitor delay", "Seconds to wait at monitor.") { Default = "0" },
        ],
        AgentDescription.StandardActions(30, 40, 30));

    public override bool MayBlock => true;

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) => arguments switch
    {
        [] => Both("10", "10"),
        [var start] => Both(start, start),
        [var start, var stop] => Both(start, stop),
        _ => throw WrongArguments(),
    };

    public override AgentResult Start(AgentCall call)
    {
        var file = call.StateFile(Description.Name);
        if (File.Exists(file)) return AgentResult.Success;
        Wait(call, "startdelay");
        StateFiles.Write(file);
        return AgentResult.Success;
    }

    public override AgentResult Stop(AgentCall call)
    {
        var file = call.StateFile(Description.Name);
        if (!File.Exists(file)) return AgentResult.Success;
        Wait(call, "stopdelay");
        StateFiles.Delete(file);
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call)
    {
        Wait(call, "mondelay");
        return File.Exists(call.StateFile(Description.Name)) ? AgentResult.Success : AgentResult.NotRunning;
    }

    private static Dictionary<string, string> Both(string start, string stop) => new() { ["startdelay"] = start, ["stopdelay"] = stop };

    private static void Wait(AgentCall call, string parameter)
    {
        if (call.Cancel.WaitHandle.WaitOne(call.Parameters.Seconds(parameter))) throw new OperationCanceledException(call.Cancel);
    }
}
