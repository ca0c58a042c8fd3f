using Appliance.Cib;

namespace Appliance.Crm.Membership;

/// <summary>One life of a node's CRM: what it says of itself, and does not change while it lives.</summary>
/// <param name="Node">As in ha.cf.</param>
/// <param name="Life">A word that no earlier life of this node's CRM had.</param>
/// <param name="FeatureSet">Pacemaker's <c>crm_feature_set</c> that it understands: <c>3.20.1</c>.</param>
/// <param name="Since">When it started by its own clock, seconds of the epoch. All compare the same number, so clocks that differ cost the longest-running node its turn and nothing else.</param>
public sealed record Member(string Node, string Life, string FeatureSet, long Since)
{
    /// <summary>The same life, whatever else was said of it.</summary>
    public string Key => Node + "@" + Life;

    /// <summary>Who decides for all: the oldest feature set (everybody must understand what is decided), then the longest life, then the name.</summary>
    /// <returns>Negative: <paramref name="a"/> comes first.</returns>
    public static int Rank(Member a, Member b)
    {
        var features = Values.CompareVersions(a.FeatureSet, b.FeatureSet);
        if (features != 0) return features;
        return a.Since != b.Since ? a.Since.CompareTo(b.Since) : string.CompareOrdinal(a.Node, b.Node);
    }
}
