using Appliance.Core.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Messaging;

namespace Appliance.Haresources;

public sealed partial class ResourceManager
{
    /// <summary>Groups that run here and ran on the named node as well, which has not yet said that it stopped them.</summary>
    private readonly SortedDictionary<string, string> _heldTwice = new(StringComparer.Ordinal);

    /// <summary>
    /// The node a group is taken from while all that is known of it is that it was heard and fell silent. Its kernel may still hold the group's addresses: a frozen or
    /// killed daemon takes nothing down (docs/decisions/0008). A node that was fenced, gave up or is heard again does not count, nor one that was never heard: if
    /// somebody answers then, it is likely to be that node, alive behind cut cables.
    /// </summary>
    private string? SilentOwner(Group group) => _peers.Find(p => p is { Status: NodeStatus.Dead, EverHeard: true, Fenced: false, GaveUp: false }
        && (_peers.Count == 1 || p.Name == group.Spec.Node || p.HeldBeforeSilence.Contains(group.Key)))?.Name;

    /// <summary>While two nodes had an address, neighbours learnt either: when the other one has let go, those who point to it are told.</summary>
    private void AnnounceWhatIsOursAlone(Peer peer)
    {
        foreach (var key in _heldTwice.Keys.ToList())
        {
            if (_heldTwice[key] != peer.Name) continue;
            var runs = _groups.TryGetValue(key, out var group) && group is { State: GroupState.Running, Goal: not Goal.Stop };
            if (runs && HeldByPeer(group!)) continue;
            _heldTwice.Remove(key);
            if (!runs) continue;
            Log(LogPriority.Info, $"{peer.Name} holds group {key} no more; it is announced here again.");
            _effects.Add(new ResourceManagerEffect.Announce(key, group!.Spec.Resources));
        }
    }
}
