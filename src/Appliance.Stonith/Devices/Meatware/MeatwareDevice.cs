using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Meatware;

/// <summary>A person who goes and pulls the plug, and says so.</summary>
public sealed class MeatwareDevice : DeviceType
{
    public override string Name => "meatware";
    public override string Short => "Asks an operator to take a machine's power away, and waits for the confirmation";
    public override string Long =>
        "Logs loudly what is to be done, and waits until somebody confirms it with \"meatclient -c NODE\" or \"stonith_admin --confirm NODE\". Nothing is taken over before. "
        + "The proof is a person's word: a confirmation for a machine that runs means two owners of the same data.";

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        StandardParameters.Plug,
        new("hostlist", ParameterKind.Text, "Machines that the operator can reach, separated by blanks or commas"),
        new("patience", ParameterKind.Seconds, "How long to wait for the operator; then the order has failed, and is given again") { Default = "600" },
    ];

    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Off, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor];

    public override Conversation Converse(DeviceOrder order) => new Dialogue(order);

    private sealed class Dialogue(DeviceOrder order) : Conversation
    {
        public override IEnumerable<Step> Steps()
        {
            if (order.Action == FenceAction.List)
            {
                Verdict = new(VerdictKind.Proven, "") { Outlets = [.. order.Parameters.List("hostlist").Select(h => new Outlet(h, "", null))] };
                yield break;
            }
            if (order.Action == FenceAction.Monitor)
            {
                Verdict = new(VerdictKind.Proven, "an operator is not asked before there is need");
                yield break;
            }
            if (order.Action is not FenceAction.Off and not FenceAction.Reboot)
            {
                Verdict = new(VerdictKind.Unsupported, $"an operator is not asked for {order.Action.ToString().ToLowerInvariant()}");
                yield break;
            }
            if (order.Plugs.IsDefaultOrEmpty)
            {
                Verdict = new(VerdictKind.Misconfigured, "which machine? give plug");
                yield break;
            }
            Doing = $"waiting for an operator to confirm that {order.Plugs[0]} is off";
            var ask = new AskOperator($"OPERATOR INTERVENTION REQUIRED to reset {order.Plugs[0]}.", order.Plugs[0], order.Parameters.Seconds("patience"));
            yield return ask;
            Verdict = ask.Confirmed switch
            {
                true => DeviceVerdict.Is(PowerState.Off, $"an operator says that {order.Plugs[0]} was reset"),
                false => new(VerdictKind.NotAllowed, $"an operator says that {order.Plugs[0]} was not reset"),
                null => new(VerdictKind.TimedOut, $"no operator confirmed within {ask.Patience.TotalSeconds:0} s that {order.Plugs[0]} was reset"),
            };
        }
    }
}
