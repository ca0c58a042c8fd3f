namespace Appliance.Control;

/// <summary>On whose behalf the CRM is asked.</summary>
/// <param name="MayActFor">It is the cluster's own (root, hacluster), and may ask on anybody's behalf.</param>
/// <param name="Name">Of a user whom the CIB's ACLs judge.</param>
internal sealed record CrmUser(bool MayActFor, string Name, IReadOnlyList<string> Groups)
{
    public static readonly CrmUser Cluster = new(true, "", []);

    /// <summary>Who is refused before anything is asked; a user whom no ACL knows.</summary>
    public static readonly CrmUser Nobody = new(false, "nobody", []);
}
