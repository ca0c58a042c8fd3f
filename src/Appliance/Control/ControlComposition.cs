using Appliance.Configuration;
using Appliance.Core.Diagnostics;
using Appliance.Crm.Move;
using Appliance.Haresources;
using Appliance.Logging;
using Appliance.Lrm;

namespace Appliance.Control;

/// <summary>What control is put together from, besides its own parts; tests put other things in.</summary>
/// <param name="ParseHaCf">ha.cf's text to a configuration, or <c>null</c> with the reasons.</param>
/// <param name="ReadKeys">The text of authkeys, and its problems; the text is compared, never shown.</param>
/// <param name="ParseGroups">The text of haresources to groups.</param>
/// <param name="Manager">The deciding core, told the groups and what was held before.</param>
/// <param name="Executor">Runs agents, and logs what they say.</param>
internal sealed record ControlComposition(
    Func<string, (HaCf? HaCf, IReadOnlyList<Diagnostic> Problems)> ParseHaCf,
    Func<(string? Text, IReadOnlyList<Diagnostic> Problems)> ReadKeys,
    Func<HaCf, string, GroupsRead> ParseGroups,
    Func<ResourceManagerOptions, IResourceManager> Manager,
    Func<ApplianceLog, IResourceExecutor> Executor);

/// <summary>How pulse started us, from the environment it gives.</summary>
/// <param name="Debug">APPLIANCE_DEBUG: ha.cf's level and every <c>-d</c>.</param>
/// <param name="RestartInPlace">APPLIANCE_RESTART_IN_PLACE: resources were left running on purpose.</param>
/// <param name="NoResources">APPLIANCE_NO_RESOURCES: <c>heartbeat -M</c>, no resource management.</param>
/// <param name="SlotsWatched">APPLIANCE_SLOTS_WATCHED: a control before this one obeyed this node's mailboxes on shared disks.</param>
internal sealed record ControlStart(int Debug, bool RestartInPlace, bool NoResources, bool SlotsWatched = false)
{
    /// <summary>APPLIANCE_ENGINE: who manages, whatever ha.cf says by now; <c>null</c>: as it says.</summary>
    public Engine? Engine { get; init; }

    public HaCf With(HaCf haCf) => Engine is { } engine ? haCf with { Crm = engine == Crm.Move.Engine.Crm } : haCf;

    public static ControlStart FromEnvironment(Func<string, string?> variable) => new(
        int.TryParse(variable("APPLIANCE_DEBUG"), out var debug) ? debug : 0,
        variable("APPLIANCE_RESTART_IN_PLACE") == "1",
        variable("APPLIANCE_NO_RESOURCES") == "1",
        variable("APPLIANCE_SLOTS_WATCHED") == "1") { Engine = EngineWords.Read(variable("APPLIANCE_ENGINE")) };
}
