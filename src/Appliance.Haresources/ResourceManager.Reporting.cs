using Appliance.Core;

namespace Appliance.Haresources;

public sealed partial class ResourceManager
{
    /// <inheritdoc/>
    public ResourceReport Report(Instant now) => new(
        _standby != Standby.None || _activities.Exists(a => a.Kind is ActivityKind.Yield) ? "transition" : _mine.Word(), _phase == Phase.Stable, _phase.ToString(), _phase == Phase.Shutdown,
        _standby == Standby.None ? null : $"{(_standbyGiver ? _me : _standbyPeer)} gives up {_standbyOnly ?? _standbyWhat.Word() + " resources"}",
        [.. _order.Select(k => Describe(_groups[k], now) with { Monitor = MonitorReportOf(_groups[k], now) })]) { MonitorOff = Monitoring is not null && _monitorOff };

    private GroupReport Describe(Group group, Instant now)
    {
        var words = group.Spec.Resources.Select(r => r.Text);
        if (group.Held) return new(group.Key, group.Spec.Node, [.. words], _me, HasFailed(group) ? GroupState.Failed : group.State, now - group.Since, group.Why);
        foreach (var peer in _peers)
        {
            if (!peer.Alive) continue;
            if (peer.Groups.TryGetValue(group.Key, out var held)) return new(group.Key, group.Spec.Node, [.. words], peer.Name, GroupState.Running, held, $"{peer.Name} says it holds it");
            if (!peer.Ours && peer.Holding.HasFlag(group.Spec.Node == peer.Name ? Holding.Local : Holding.Foreign))
                return new(group.Key, group.Spec.Node, [.. words], peer.Name, GroupState.Running, null, $"{peer.Name} says it holds its {(group.Spec.Node == peer.Name ? "local" : "foreign")} resources");
        }
        return new(group.Key, group.Spec.Node, [.. words], null, group.State, null, group.Why);
    }
}
