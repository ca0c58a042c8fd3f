using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Messaging;

namespace Appliance.Haresources;

public sealed partial class ResourceManager
{
    /// <summary>Groups that run here and ran on the named node as well, which has not yet said that it stopped them.</summary>
    private readonly SortedDictionary<string, string> _heldTwice = new(StringComparer.Ordinal);

    /// <summary>
    /// The node a group was taken from while all that is known of it is its silence. As long as that is so, its kernel may still hold the group's addresses: a frozen
    /// or killed daemon takes nothing down (docs/decisions/0006). A node that was fenced, gave up or is heard again does not count.
    /// </summary>
    private string? SilentOwner(Group group) =>
        group.TakenFrom is { } node && PeerNamed(node) is { Status: NodeStatus.Dead, Fenced: false, GaveUp: false } ? node : null;

    /// <summary>While two nodes had an address, neighbours learnt either: when the other one has let go, those who point to it are told.</summary>
    private void AnnounceWhatIsOursAlone(Peer peer)
    {
        foreach (var key in _heldTwice.Where(p => p.Value == peer.Name).Select(p => p.Key).ToList())
        {
            var runs = _groups.TryGetValue(key, out var group) && group is { State: GroupState.Running, Goal: not Goal.Stop };
            if (runs && HeldByPeer(group!)) continue;
            _heldTwice.Remove(key);
            if (!runs) continue;
            Log(LogPriority.Info, $"{peer.Name} holds group {key} no more; it is announced here again.");
            _effects.Add(new ResourceManagerEffect.Announce(key, group!.Spec.Resources));
        }
    }
}
