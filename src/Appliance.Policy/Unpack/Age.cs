using Appliance.Cib;
using Appliance.Policy.Model;

namespace Appliance.Policy.Unpack;

/// <summary>Which of two recorded operations is the newer one.</summary>
internal static class Age
{
    public static int Compare(CibElement a, CibElement b)
    {
        // Call ids count within one node; entries that do not say where they were made count as of one.
        var sameNode = Texts.Same(a["on_node"], b["on_node"]);
        if (sameNode && a.Id == b.Id) return 0;
        var one = Texts.Integer(a["call-id"]) ?? -1;
        var two = Texts.Integer(b["call-id"]) ?? -1;
        if (one == -1 && two == -1) return 0;
        if (sameNode && one >= 0 && one < two) return -1;
        if (sameNode && two >= 0 && one > two) return 1;
        if (one >= 0 && two >= 0 && (!sameNode || one == two))
        {
            // Without an instant on either side nothing is newer.
            var (then, now) = (Texts.Integer(a["last-rc-change"]) ?? -1, Texts.Integer(b["last-rc-change"]) ?? -1);
            return then >= 0 && then < now ? -1 : now >= 0 && then > now ? 1 : 0;
        }
        // One is pending and has no call id yet: the transition that ordered it tells.
        var (firstCluster, first) = Transition(a);
        var (secondCluster, second) = Transition(b);
        if (firstCluster is null || secondCluster is null) return 0;
        if (!Texts.Same(firstCluster, secondCluster) || first == second) return two == -1 ? -1 : one == -1 ? 1 : 0;
        if (first >= 0 && first < second || second == -1) return -1;
        return 1;
    }

    /// <summary>The cluster run and number of the transition in <c>status:rc;action:number:expected:cluster</c>.</summary>
    private static (string? Cluster, long Number) Transition(CibElement entry)
    {
        var magic = entry["transition-magic"] ?? "";
        var cut = magic.IndexOf(';', StringComparison.Ordinal);
        var parts = cut < 0 ? [] : magic[(cut + 1)..].Split(':', 4);
        return parts.Length == 4 ? (parts[3], Texts.Integer(parts[1]) ?? -1) : (null, -1);
    }

    /// <summary>The result the order expected; -1 when that is not recorded.</summary>
    public static int ExpectedResult(CibElement entry)
    {
        var parts = entry["transition-key"]?.Split(':', 4);
        return parts is { Length: 4 } && Texts.Integer(parts[2]) is { } rc ? (int)rc : -1;
    }
}
