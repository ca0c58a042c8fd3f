using System.Collections.Immutable;
using System.Globalization;
using Appliance.Core.Diagnostics;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Does nothing but remember that it was started and promoted; for tests of promotable clones and as an example.</summary>
/// <remarks>
/// Parameters, file, scores and exit codes are those of ocf:pacemaker:Stateful 1.2 (Pacemaker 2.1.5): the file holds <c>Promoted</c> or <c>Unpromoted</c>;
/// starting or stopping a promoted one is refused with <see cref="OcfCode.RunningPromoted"/>. A score that nobody takes changes no result, there as here.
/// </remarks>
public sealed class Stateful : BuiltInAgent
{
    private const string Promoted = "Promoted", Unpromoted = "Unpromoted";
    private const int PromotedScore = 10, UnpromotedScore = 5;

    public override AgentDescription Description { get; } = new(
        "Stateful", "Example resource with two roles", "Does nothing except keep track of whether it was started and promoted. For tests.", "",
        [
            new("state", Text, "State file", "Where the state is kept.")
            {
                UniqueGroup = "state", WorkedOutDefault = e => PacemakerState.File(e, $"Stateful-{PacemakerState.Instance(e)}.state"),
            },
            new("envfile", Text, "File for environments", "When given, the environment of every call is appended to this file.") { Reloadable = true },
            new("notify_delay", Text, "Seconds that notify takes", "Lets notify wait, as a long one would.") { Reloadable = true },
        ],
        [
            new("start", 20), new("stop", 20), new("monitor", 20, 10) { Role = Promoted }, new("monitor", 20, 11) { Role = Unpromoted },
            new("promote", 10), new("demote", 10), new("notify", 5), new("meta-data", 5), new("reload-agent", 10), new("validate-all", 30),
        ])
    {
        OcfVersion = "1.1", StandsFor = "pacemaker",
    };

    public override bool MayBlock => true;

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) =>
        arguments.IsEmpty ? ImmutableDictionary<string, string>.Empty : throw WrongArguments();

    public override AgentResult Start(AgentCall call)
    {
        EnvironmentDump.Append(call);
        return Read(call) == Promoted ? AgentResult.RunningPromoted : Become(call, Unpromoted, UnpromotedScore);
    }

    public override AgentResult Stop(AgentCall call)
    {
        EnvironmentDump.Append(call);
        Score(call, null);
        if (Read(call) == Promoted) return AgentResult.RunningPromoted;
        StateFiles.Delete(State(call));
        return AgentResult.Success;
    }

    public override AgentResult Promote(AgentCall call)
    {
        EnvironmentDump.Append(call);
        return Read(call) is null ? AgentResult.NotRunning : Become(call, Promoted, PromotedScore);
    }

    public override AgentResult Demote(AgentCall call)
    {
        EnvironmentDump.Append(call);
        return Read(call) is null ? AgentResult.NotRunning : Become(call, Unpromoted, UnpromotedScore);
    }

    public override AgentResult Monitor(AgentCall call)
    {
        EnvironmentDump.Append(call);
        // A test can write any code beside the state.
        if (File.Exists(State(call) + ".rc") && int.TryParse(File.ReadAllText(State(call) + ".rc"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var wanted))
            return new(wanted, $"{State(call)}.rc asks for {wanted}");
        var state = Read(call);
        // A probe puts a score back that went with a restart of the cluster's attributes.
        if (call.IsProbe && state is Promoted or Unpromoted) Score(call, state == Promoted ? PromotedScore : UnpromotedScore);
        return state switch
        {
            null => AgentResult.NotRunning,
            Promoted => AgentResult.RunningPromoted,
            Unpromoted => AgentResult.Success,
            _ => new(OcfCode.Generic, $"{State(call)} holds neither {Promoted} nor {Unpromoted}"),
        };
    }

    public override AgentResult Notify(AgentCall call)
    {
        EnvironmentDump.Append(call);
        if (!double.TryParse(call.Parameters["notify_delay"], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) || seconds > 86400) return AgentResult.Success;
        if (call.Cancel.WaitHandle.WaitOne(TimeSpan.FromSeconds(seconds))) throw new OperationCanceledException(call.Cancel);
        return AgentResult.Success;
    }

    public override AgentResult ReloadAgent(AgentCall call)
    {
        EnvironmentDump.Append(call);
        return AgentResult.Success;
    }

    private static AgentResult Become(AgentCall call, string state, int score)
    {
        if (Path.GetDirectoryName(State(call)) is { Length: > 0 } directory) Directory.CreateDirectory(directory);
        File.WriteAllText(State(call), state + "\n");
        Score(call, score);
        return AgentResult.Success;
    }

    private static void Score(AgentCall call, int? score)
    {
        if (call.Attributes.Change(AttributeChange.Promotion(PacemakerState.Common(call), score), call) is { } problem)
            call.Log(LogPriority.Info, $"promotion score not told: {problem}");
    }

    /// <returns><c>null</c>: there is no file.</returns>
    private static string? Read(AgentCall call) => File.Exists(State(call)) ? File.ReadAllText(State(call)).Trim() : null;

    private static string State(AgentCall call) =>
        call.Parameters.Has("state") ? call.Parameters["state"] : PacemakerState.File(call.Environment, $"Stateful-{PacemakerState.Common(call)}.state");
}
