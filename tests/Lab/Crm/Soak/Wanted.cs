using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>What the soak has asked for so far, and from that where everything has to run.</summary>
/// <remarks>Knows nothing of time or of what happened: the same requests give the same answer.</remarks>
internal sealed class Wanted(Host[] hosts)
{
    /// <summary>Machines whose daemon is to run.</summary>
    public HashSet<Host> Up { get; } = [.. hosts];
    public HashSet<Host> Standby { get; } = [];

    /// <summary>What may not run where: a lone resource or the group, and a machine.</summary>
    public HashSet<(string Resource, Host Host)> Bans { get; } = [];

    /// <summary>What was told to stop.</summary>
    public HashSet<string> Disabled { get; } = [];

    /// <summary>Lone resources that were added.</summary>
    public SortedSet<string> Extras { get; } = new(StringComparer.Ordinal);
    public bool Maintenance { get; set; }

    public bool AllUp => Up.Count == hosts.Length;

    /// <summary>Machines that may run something.</summary>
    public List<Host> Able => [.. hosts.Where(h => Up.Contains(h) && !Standby.Contains(h))];

    public IEnumerable<string> Lone => ["d", .. Extras];

    public List<Host> MayRun(string resource) => Disabled.Contains(resource) ? [] : [.. Able.Where(h => !Bans.Contains((resource, h)))];

    /// <summary>What is wrong with where things run; a role is <c>Started</c>, <c>Promoted</c>, <c>Unpromoted</c>.</summary>
    /// <param name="running">Of each host, the resources that run on it and their roles.</param>
    public IEnumerable<string> Misplaced(Dictionary<Host, Dictionary<string, string>> running)
    {
        foreach (var name in Lone)
            if (Once(running, name, MayRun(name)) is { } wrong) yield return wrong;
        foreach (var target in hosts)
            if (Once(running, "fence-" + target.Name, [.. Able.Where(h => h != target)]) is { } wrong) yield return wrong;
        var group = MayRun("g");
        foreach (var member in (string[])["vip", "g1", "g2"])
        {
            if (Once(running, member, group) is { } wrong) yield return wrong;
            else if (group.Count > 0 && On(running, member)[0] != On(running, "vip")[0]) yield return $"{member} of the group is not where its first is";
        }
        if (!On(running, "c").SequenceEqual(MayRun("c"))) yield return $"the clone runs on [{Names(On(running, "c"))}] and not on [{Names(MayRun("c"))}]";
        if (!On(running, "p").SequenceEqual(MayRun("p"))) yield return $"the promotable clone runs on [{Names(On(running, "p"))}] and not on [{Names(MayRun("p"))}]";
        var promoted = On(running, "p").FindAll(h => running[h]["p"] == "Promoted");
        if (promoted.Count != Math.Min(1, MayRun("p").Count)) yield return $"promoted on [{Names(promoted)}]";
        else if (!On(running, "vip2").SequenceEqual(promoted)) yield return $"vip2 is on [{Names(On(running, "vip2"))}], promoted is [{Names(promoted)}]";
    }

    private string? Once(Dictionary<Host, Dictionary<string, string>> running, string name, List<Host> where)
    {
        var on = On(running, name);
        return on.Count != Math.Min(1, where.Count) || on.Exists(h => !where.Contains(h)) ? $"{name} runs on [{Names(on)}]; it has to run once on one of [{Names(where)}]" : null;
    }

    private List<Host> On(Dictionary<Host, Dictionary<string, string>> running, string name) => [.. hosts.Where(h => running.TryGetValue(h, out var own) && own.ContainsKey(name))];

    private static string Names(IEnumerable<Host> some) => string.Join(' ', some.Select(h => h.Name));

    /// <summary>In a few words, for the story.</summary>
    public override string ToString() => string.Join(", ", ((string[])
    [
        AllUp ? "" : $"down: {Names(hosts.Where(h => !Up.Contains(h)))}", Standby.Count == 0 ? "" : $"standby: {Names(Standby)}",
        string.Join(' ', Bans.Select(b => $"{b.Resource} not on {b.Host.Name}")), Disabled.Count == 0 ? "" : $"disabled: {string.Join(' ', Disabled)}",
        Extras.Count == 0 ? "" : $"extras: {string.Join(' ', Extras)}", Maintenance ? "maintenance" : "",
    ]).Where(t => t.Length > 0));
}
