using System.Collections.Immutable;
using System.Globalization;
using Appliance.Configuration;
using Appliance.Linux;

namespace Appliance.Control;

/// <summary>Who may ask, and who may act: by the kernel's word on who is at the other end, against apiauth.</summary>
/// <remarks>
/// Reading: root, and what 3.0.6 grants casual clients such as cl_status by default (<c>apiauth anon uid=root gid=haclient</c>) besides user hacluster;
/// <c>apiauth anon</c> or <c>apiauth cl_status</c> lines replace that default. Acting: root, and whom an <c>apiauth appliance</c> line names; fencing besides: user hacluster.
/// The CRM: root and user hacluster as the cluster itself, members of group haclient as themselves (the CIB's ACLs say more), as Pacemaker's daemons have it.
/// </remarks>
internal sealed class Permissions
{
    /// <summary>What a refusal begins with that is about the peer.</summary>
    public const string Denied = "permission denied";

    /// <summary>As whom Pacemaker's daemons run.</summary>
    public const string ClusterUser = "hacluster";

    private const string ClusterGroup = "haclient";

    private readonly ImmutableHashSet<uint> _readUsers, _readGroups, _actUsers, _actGroups;
    private readonly uint? _clusterUser, _clusterGroup;

    private readonly Func<Accounts> _now;

    /// <param name="now">The accounts as they are when somebody asks; null: as they were.</param>
    public Permissions(ImmutableArray<ApiAuth> lines, Accounts accounts, Func<Accounts>? now = null)
    {
        _now = now ?? (() => accounts);
        var acting = lines.Where(l => l.Client == "appliance").ToList();
        var reading = lines.Where(l => l.Client is "anon" or "cl_status").ToList();
        (_actUsers, _actGroups) = (Users(acting), Groups(acting));
        (_clusterUser, _clusterGroup) = (accounts.User(ClusterUser)?.Uid, accounts.Group(ClusterGroup));
        if (reading.Count == 0) reading.Add(new("anon", [ClusterUser], [ClusterGroup]));
        (_readUsers, _readGroups) = (Users(reading).Union(_actUsers), Groups(reading).Union(_actGroups));

        ImmutableHashSet<uint> Users(List<ApiAuth> from)
        {
            var found = ImmutableHashSet.CreateBuilder<uint>();
            foreach (var name in from.SelectMany(l => l.Users))
                if (accounts.User(name) is { } user) found.Add(user.Uid);
            return found.ToImmutable();
        }

        ImmutableHashSet<uint> Groups(List<ApiAuth> from)
        {
            var found = ImmutableHashSet.CreateBuilder<uint>();
            foreach (var name in from.SelectMany(l => l.Groups))
                if (accounts.Group(name) is { } group) found.Add(group);
            return found.ToImmutable();
        }
    }

    public static bool IsAction(string verb) => verb is not ("status" or "parameter" or "clientstatus" or "fencing" or "operations");

    /// <summary>Why not; <c>null</c> when allowed.</summary>
    public string? Refuse(ControlRequest request, PeerCredentials peer)
    {
        var acts = IsAction(request.Do);
        if (peer.User == 0) return null;
        if (request.Do == "crm")
            return peer.User == _clusterUser || _clusterGroup is { } cluster && peer.Groups.Contains(cluster) ? null : $"{Denied}: the CRM answers root, user {ClusterUser} and members of group {ClusterGroup}";
        // As Pacemaker's fencer: root and the user its daemons run as; a member of the group may look.
        if (peer.User == _clusterUser && FencingDesk.Takes(request.Do)) return null;
        var (users, groups) = acts ? (_actUsers, _actGroups) : (_readUsers, _readGroups);
        if (users.Contains(peer.User) || peer.Groups.Any(groups.Contains)) return null;
        return acts ? $"'{request.Do}' needs root" : $"{Denied}: root, group haclient, or an apiauth line in ha.cf";
    }

    /// <summary>On whose behalf a peer that may ask the CRM does so. Names are looked up now: accounts come and go while the daemon runs.</summary>
    public CrmUser CrmUserOf(ControlRequest request, PeerCredentials peer)
    {
        if (request.Do != "crm") return CrmUser.Nobody;
        if (peer.User == 0) return CrmUser.Root;
        if (peer.User == _clusterUser) return CrmUser.Cluster;
        var accounts = _now();
        var groups = new List<string>();
        foreach (var group in peer.Groups)
            if (accounts.GroupName(group) is { } name && !groups.Contains(name)) groups.Add(name);
        return new(false, accounts.UserName(peer.User) ?? peer.User.ToString(CultureInfo.InvariantCulture), groups);
    }
}
