using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Null;

/// <summary>Says that all is done, and does nothing. For tests of configurations.</summary>
public sealed class NullDevice : DeviceType
{
    public override string Name => "null";
    public override string Short => "Test device that always answers as configured and switches nothing";
    public override string Long => "For trying a configuration without hardware. It proves nothing: a cluster that uses it will run services twice.";

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } =
        ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        new("plug", ParameterKind.Text, "Node to fence") { OldNames = ["port"], Letter = 'n' },
        new("hostlist", ParameterKind.Text, "Nodes it pretends to control, blank-separated"),
        new("answer", ParameterKind.Choice, "What every action ends with") { Default = "ok", Choices = ["ok", "fail", "hang"] },
    ];

    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor];
    public override string? Unsafe => "it switches nothing: a node that it calls off may be running";
    public override Conversation Converse(DeviceOrder order) => new Dialogue(order);

    private sealed class Dialogue(DeviceOrder order) : Conversation
    {
        public override IEnumerable<Step> Steps()
        {
            Doing = "being asked to hang";
            switch (order.Parameters["answer"])
            {
                case "hang":
                    for (; ; ) yield return new Pause(TimeSpan.FromHours(1));
                case "fail":
                    Verdict = new(VerdictKind.StillOn, "the null device was told to fail");
                    yield break;
            }
            Verdict = order.Action switch
            {
                FenceAction.List => new(VerdictKind.Proven, "") { Outlets = [.. order.Parameters.List("hostlist").Select(h => new Outlet(h, "", null))] },
                FenceAction.Status or FenceAction.Monitor or FenceAction.On => DeviceVerdict.Is(PowerState.On, "the null device says so"),
                _ => DeviceVerdict.Is(PowerState.Off, "the null device says so"),
            };
        }
    }
}
