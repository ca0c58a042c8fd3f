using Appliance.Cib.Requests;
using Appliance.Control;
using Appliance.Linux;
using Store = Appliance.Crm.Store;

namespace Appliance.Commands.Crm;

/// <summary>The CIB of the running cluster, by way of this node's daemon. What is changed is stored on all nodes when the answer comes.</summary>
/// <param name="user">On whose behalf; null: the caller's own.</param>
internal sealed class LiveCib(CrmWorld world, string? user, TimeSpan? within) : ICib
{
    /// <summary>For who asks something at once: whether anybody answers, and us, is asked (<see cref="Open"/>) where that was in vain.</summary>
    public static LiveCib Unasked(CrmWorld world, string? user, TimeSpan? within) => new(world, user, within);

    /// <returns>Pacemaker's return code; 0 when there is one.</returns>
    public static int Open(CrmWorld world, string? user, TimeSpan? within, out ICib? cib)
    {
        // The cheapest question that shows whether anybody answers, and us. Who may not ask is told what 2.1.5 tells him.
        cib = world.Ask(new("state")) is { Error: 0 } ? new LiveCib(world, user, within) : null;
        return cib is null ? PacemakerCodes.NotConnected : 0;
    }

    public CibReply Perform(CibRequest request)
    {
        var asked = new CrmRequest("cib")
        {
            Operation = Word(request.Operation), Section = request.Section, Input = XmlInJson.Of(request.Data), Options = (int)Options(request.Options), Client = world.Program,
            User = user, Groups = user is null ? null : GroupsOf(user), WithinMs = (long?)within?.TotalMilliseconds,
        };
        if (world.Ask(asked) is not { } reply) return new((CibResult)PacemakerCodes.NotConnected);
        return new((CibResult)PacemakerCodes.FromLegacy(reply.Error), reply.Output?.Root);
    }

    public int Close() => 0;

    /// <summary>By hand: the names of an enumeration are looked up in a process's metadata, for longer than the request takes.</summary>
    private static string Word(CibOperation operation) => operation switch
    {
        CibOperation.Query => "query", CibOperation.Create => "create", CibOperation.Modify => "modify", CibOperation.Replace => "replace", CibOperation.Delete => "delete", CibOperation.Erase => "erase",
        CibOperation.Bump => "bump", CibOperation.Upgrade => "upgrade", _ => "patch",
    };

    private static Store.CibOptions Options(CibOptions options)
    {
        var to = Store.CibOptions.None;
        if ((options & CibOptions.XPath) != 0) to |= Store.CibOptions.XPath;
        if ((options & CibOptions.Multiple) != 0) to |= Store.CibOptions.Multiple;
        if ((options & CibOptions.NoChildren) != 0) to |= Store.CibOptions.NoChildren;
        if ((options & CibOptions.CanCreate) != 0) to |= Store.CibOptions.CanCreate;
        if ((options & CibOptions.NodePath) != 0) to |= Store.CibOptions.XPathAddress;
        return to;
    }

    private static List<string> GroupsOf(string user)
    {
        var accounts = Accounts.OfMachine();
        var names = new List<string>();
        if (accounts.User(user) is not { } found) return names;
        foreach (var group in accounts.GroupsOf(user, found.Gid))
            if (accounts.GroupName(group) is { } name) names.Add(name);
        return names;
    }
}
