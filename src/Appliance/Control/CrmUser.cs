namespace Appliance.Control;

/// <summary>On whose behalf the CRM is asked.</summary>
/// <param name="MayActFor">It is the cluster's own (root, hacluster), and may ask on anybody's behalf.</param>
/// <param name="Name">Of the user: the CIB notes it with what is changed, and the CIB's ACLs judge who is not the cluster's own.</param>
internal sealed record CrmUser(bool MayActFor, string Name, IReadOnlyList<string> Groups)
{
    /// <summary>The user of the cluster's own programs.</summary>
    public static readonly CrmUser Cluster = new(true, Permissions.ClusterUser, []);

    public static readonly CrmUser Root = new(true, "root", []);

    /// <summary>Who is refused before anything is asked; a user whom no ACL knows.</summary>
    public static readonly CrmUser Nobody = new(false, "nobody", []);
}
