using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.External;

/// <summary>A program that speaks the fence-agents API, as a device type: its parameters and actions are what it says of itself.</summary>
/// <param name="path">The program.</param>
public sealed class ExternalAgent(string path, AgentMetadata metadata) : DeviceType
{
    public string Path => path;
    public override string Name => metadata.Name;
    public override string Short => metadata.Short;
    public override string Long => metadata.Long;

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;
    public override ImmutableArray<DeviceParameter> Parameters => metadata.Parameters;

    public override ImmutableArray<FenceAction> Actions { get; } =
    [
        .. Array.FindAll(Enum.GetValues<FenceAction>(), a => metadata.Actions.Contains(a.ToString().ToLowerInvariant())),
    ];

    public override bool IsFabric => metadata.UnfencesAutomatically;
    public override bool UnfencesOnTarget => metadata.UnfencesOnTarget;

    /// <summary>Without a parameter for the outlet the device is one machine's own.</summary>
    public override bool IsPlugless => !metadata.Parameters.Any(p => p.Name is "plug" or "port" || p.OldNames.Contains("port"));

    public override Conversation Converse(DeviceOrder order) => new ExternalConversation(path, this, order);
}
