using System.Collections.Immutable;

namespace Appliance.Stonith.Devices.Scsi;

/// <summary>Who is meant by an order, and which key is whose.</summary>
/// <param name="Me">Our own name; empty when it is not known.</param>
/// <param name="Target">Name of the node that is meant, for sentences.</param>
/// <param name="Own">Our own key.</param>
/// <param name="Theirs">The key of the node that is meant.</param>
/// <param name="Others">Keys of all nodes but the one that is meant, ours among them; <c>null</c> when the nodes are not known.</param>
/// <param name="Problem">Why the order cannot be carried out at all.</param>
internal sealed record Parties(string Me, string Target, ulong? Own, ulong? Theirs, ImmutableArray<ulong>? Others, DeviceVerdict? Problem)
{
    /// <summary>By the parameters and the plugs of an order.</summary>
    /// <remarks>
    /// A name that <c>nodes</c> does not have is nobody's. Its key would be one that no disk has ever listed, and "no disk lists it" would be true and prove nothing:
    /// a mistyped name must not read as a node that is cut off already.
    /// </remarks>
    public static Parties Of(DeviceOrder order)
    {
        var (parameters, aboutUs) = (order.Parameters, order.Action is FenceAction.Monitor or FenceAction.List);
        var (nodes, given) = (parameters.List("nodes"), ScsiKeys.Hexadecimal(parameters["key"]));
        // Pacemaker tells every agent the node's name; where plugs are keys it means nothing.
        var named = ScsiKeys.ArePlugs(parameters) ? "" : Spelled(nodes, parameters["nodename"]);
        var plugs = aboutUs ? [] : !order.Plugs.IsDefaultOrEmpty ? order.Plugs : named.Length > 0 ? [named] : [];
        var me = parameters.Has("own_name") ? Spelled(nodes, parameters["own_name"]) : aboutUs ? named : "";
        var target = !plugs.IsEmpty ? Spelled(nodes, plugs[0]) : given is { } key && order.Action != FenceAction.On ? NodeOf(parameters, nodes, key) ?? $"key {key:x}" : me;

        var (told, registered, made) = (ScsiKeys.Hexadecimal(parameters["own_key"]), ScsiKeys.Hexadecimal(parameters[ScsiKeys.Registered]), me.Length > 0 && !ScsiKeys.ArePlugs(parameters) ? ScsiKeys.Of(parameters, me) : null);
        var own = told ?? (order.Action == FenceAction.On ? null : registered) ?? made;
        var theirs = aboutUs ? own : given ?? (plugs.IsEmpty ? own : ScsiKeys.Of(parameters, target));
        return new(me, target, own, theirs, OthersOf(parameters, nodes, target, own), Wrong());

        DeviceVerdict? Wrong() =>
            plugs.Length > 1 ? Misconfigured("one node at a time: plug names several")
            : plugs.Length == 1 && named.Length > 0 && !Same(named, target) && !(Same(named, me) && nodes.Contains(target)) ? Misconfigured($"plug says {target} and nodename {named}: which of them? (Our own name is own_name)")
            : order.Action == FenceAction.Off && plugs.IsEmpty && given is null ? Misconfigured("which node? give plug")
            : given is null && plugs.Length == 1 && !ScsiKeys.ArePlugs(parameters) && !nodes.IsEmpty && !nodes.Contains(target) ? new(VerdictKind.NoSuchPlug, $"{target} is none of the nodes ({string.Join(", ", nodes)})")
            : order.Action == FenceAction.List ? nodes.IsEmpty ? Misconfigured("whose keys? give nodes") : null
            : theirs is null ? Misconfigured(plugs.IsEmpty && given is null
                ? order.Action == FenceAction.Monitor ? "our own key is not known: give own_name or own_key" : "which node? give plug"
                : $"the key of {target} is not known: {(ScsiKeys.ArePlugs(parameters) ? "plug must be a key, 1 to 16 hexadecimal digits" : "it is not in nodes, and no key is given")}")
            : order.Action == FenceAction.Monitor && told is null && registered is { } old && made is { } current && old != current ? new(VerdictKind.NotAllowed, $"this machine registered the key {old:x}, and by its configuration has {current:x} now: the other nodes take the old one for a stranger's, let it register again (on)")
            : order.Action != FenceAction.Off ? null
            : own is null ? Misconfigured("our own key is not known: give own_name or own_key")
            : own == theirs ? Misconfigured($"{target}'s key is our own: a node cannot cut itself off") : null;
    }

    /// <summary>Keys on a disk that leave open whether the node may write: of nobody that is known, so perhaps its own by another rule.</summary>
    /// <param name="wasListed">The node's key was on this disk, and was taken away.</param>
    public ImmutableArray<ulong> Doubtful(ImmutableArray<ulong> keys, bool wasListed) => Others is { } others ? keys.RemoveAll(k => others.Contains(k)) : wasListed ? [] : keys.RemoveAll(k => k == Own);

    /// <summary><c>null</c> too for a key that belongs to none of the nodes: whose it is, they do not tell.</summary>
    private static ImmutableArray<ulong>? OthersOf(DeviceParameters parameters, ImmutableArray<string> nodes, string target, ulong? own)
    {
        if (ScsiKeys.ArePlugs(parameters) || !nodes.Contains(target)) return null;
        var keys = ImmutableArray.CreateBuilder<ulong>();
        foreach (var node in nodes)
            if (node != target && ScsiKeys.Of(parameters, node) is { } key) keys.Add(key);
        if (own is { } ours) keys.Add(ours);
        return keys.ToImmutable();
    }

    private static string? NodeOf(DeviceParameters parameters, ImmutableArray<string> nodes, ulong key)
    {
        if (ScsiKeys.ArePlugs(parameters)) return null;
        foreach (var node in nodes)
            if (ScsiKeys.Of(parameters, node) == key) return node;
        return null;
    }

    private static DeviceVerdict Misconfigured(string sentence) => new(VerdictKind.Misconfigured, sentence);

    private static bool Same(string a, string b) => a.Equals(b, StringComparison.OrdinalIgnoreCase);

    /// <summary>The name as <c>nodes</c> writes it: keys of fence_scsi's rules tell capitals from small letters.</summary>
    private static string Spelled(ImmutableArray<string> nodes, string name)
    {
        foreach (var node in nodes)
            if (Same(node, name)) return node;
        return name;
    }
}
