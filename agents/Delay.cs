using System.Collections.Immutable;

namespace Appliance.Lrm.Agents;

/// <summary>Delay: takes its time to start and to stop, so that what stands behind it in the group waits.</summary>
public sealed class Delay : BuiltInAgent
{
    public override AgentDescription Description { get; } = new("Delay", "Waits a while at start and stop.", "[STARTDELAY[::STOPDELAY]]",
    [
        new("startdelay", "string", false, "20", "Seconds a start takes."),
        new("stopdelay", "string", false, "", "Seconds a stop takes; as long as a start if not given."),
        new("mondelay", "string", false, "", "Seconds a monitor takes."),
    ]);

    public override bool MayBlock => true;

    public override ImmutableDictionary<string, string> FromArguments(ImmutableArray<string> arguments)
    {
        var given = ImmutableDictionary<string, string>.Empty;
        if (arguments.Length > 0) given = given.Add("startdelay", arguments[0]);
        return arguments.Length > 1 ? given.Add("stopdelay", arguments[1]) : given;
    }

    public override AgentResult Start(AgentCall call)
    {
        if (File.Exists(call.StateFile)) return AgentResult.Ok("started already");
        call.Wait(call.Seconds("startdelay"));
        File.WriteAllText(call.StateFile, "");
        return AgentResult.Ok();
    }

    public override AgentResult Stop(AgentCall call)
    {
        if (!File.Exists(call.StateFile)) return AgentResult.Ok("not started");
        call.Wait(call.Seconds(call["stopdelay"].Length > 0 ? "stopdelay" : "startdelay"));
        File.Delete(call.StateFile);
        return AgentResult.Ok();
    }

    public override AgentResult Monitor(AgentCall call)
    {
        call.Wait(call.Seconds("mondelay"));
        return File.Exists(call.StateFile) ? AgentResult.Ok() : AgentResult.NotRunning();
    }
}
