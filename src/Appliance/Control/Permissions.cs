using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Linux;

namespace Appliance.Control;

/// <summary>Who may ask, and who may act: by the kernel's word on who is at the other end, against apiauth.</summary>
/// <remarks>
/// Reading: root, and what 3.0.6 grants casual clients such as cl_status by default (<c>apiauth anon uid=root gid=haclient</c>) besides user hacluster;
/// <c>apiauth anon</c> or <c>apiauth cl_status</c> lines replace that default. Acting: root, and whom an <c>apiauth appliance</c> line names.
/// </remarks>
internal sealed class Permissions
{
    private readonly ImmutableHashSet<uint> _readUsers, _readGroups, _actUsers, _actGroups;

    public Permissions(ImmutableArray<ApiAuth> lines, Accounts accounts)
    {
        var acting = lines.Where(l => l.Client == "appliance").ToList();
        var reading = lines.Where(l => l.Client is "anon" or "cl_status").ToList();
        (_actUsers, _actGroups) = (Users(acting), Groups(acting));
        if (reading.Count == 0) reading.Add(new("anon", ["hacluster"], ["haclient"]));
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
        var (users, groups) = acts ? (_actUsers, _actGroups) : (_readUsers, _readGroups);
        if (users.Contains(peer.User) || peer.Groups.Any(groups.Contains)) return null;
        return acts ? $"'{request.Do}' needs root" : "permission denied: root, group haclient, or an apiauth line in ha.cf";
    }
}
