using System.Globalization;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>Operations that fail, and agents that do not answer.</summary>
internal sealed partial class SoakRun
{
    private Scenario[] Failing =>
    [
        new("failed monitor", 8, () => true, FailMonitor),
        new("failed start", 4, () => true, () => FailStart("fail")),
        new("hung start", 2, () => true, () => FailStart("hang")),
        new("failed stop", 3, () => Whole, () => FailStop("fail")),
        new("hung stop", 2, () => Whole, () => FailStop("hang")),
        new("hung monitor", 3, () => true, HangMonitor),
        new("failed promoted", 3, () => true, FailPromoted),
        // Nothing has failed, so nothing is forgotten.
        new("cleanup", 2, () => true, () => Quietly(() => Tool(_draw.Next(2) == 0 ? "crm_resource -C" : "crm_resource -C -r d"))),
        // What depends on something whose state is not known for a moment may be restarted.
        new("refresh", 2, () => true, () => Tool(_draw.Next(2) == 0 ? "crm_resource -R" : "crm_resource -R -r g")),
    ];

    /// <summary>Of those drawn the first that runs somewhere, and where.</summary>
    private (string Resource, Host Host)? Running(params string[] drawn)
    {
        foreach (var resource in drawn.OrderBy(_ => _draw.Next()).ToList())
            if (OwnerOf(resource) is { } host)
            {
                Note($"{resource} on {host.Name}");
                return (resource, host);
            }
        Note("nothing runs");
        return null;
    }

    private static string Fault(Host host, string resource, string action, string how) => $"{host.Root}{SoakedAgent.Here}/{resource}.{action}.{how}";

    /// <summary>What an agent looks at is taken away.</summary>
    private static void Break(Host host, string resource)
    {
        if (resource == "vip") Shell.Try(host.Inside($"ip addr del {SoakCluster.GroupAddress}/24 dev eth0"));
        else if (resource == "vip2") Shell.Try(host.Inside($"ip addr del {SoakCluster.MasterAddress}/24 dev eth0"));
        else if (resource is "g2" or "p") File.Delete($"{host.Root}/run/{resource}.state");
        else File.Delete($"{host.Root}{SoakedAgent.Here}/{resource}.state");
    }

    private void FailMonitor()
    {
        if (Running(["d", "vip", "vip2", "g1", "g2", "c", .. _wanted.Extras]) is not var (resource, host)) return;
        Break(host, resource);
        Noticed(resource);
        Calm(failures: true);
        CleanUp();
    }

    /// <summary>It fails where it runs, and cannot be started there again: it goes elsewhere, where it may.</summary>
    private void FailStart(string how)
    {
        // A group that has nowhere else to go stays, as far as it runs.
        if (Running(_wanted.MayRun("g").Count > 1 ? ["d", "g1"] : ["d"]) is not var (resource, host)) return;
        var unit = resource == "d" ? "d" : "g";
        var fault = Fault(host, resource, "start", how);
        File.WriteAllText(fault, "");
        Break(host, resource);
        var banned = _wanted.Bans.Add((unit, host));
        Noticed(resource);
        Until(() => _cluster.Try(Teller, "cibadmin -Q -o status").Output.Contains("value=\"INFINITY\"", StringComparison.Ordinal), 20, () => $"{resource} is not tried on {host.Name} again");
        Calm(failures: true);
        File.Delete(fault);
        if (banned) _wanted.Bans.Remove((unit, host));
        CleanUp();
    }

    /// <summary>What cannot be stopped may still run: the machine loses its power.</summary>
    private void FailStop(string how)
    {
        if (Running("d", "g1") is not var (resource, host)) return;
        var unit = resource == "d" ? "d" : "g";
        MustBeFenced(host);         // once, also where it decides itself: another has it done, and knows
        var before = _cluster.Fenced(host);
        File.WriteAllText(Fault(host, resource, "stop", how), "");
        Tool($"crm_resource --ban -r {unit} -N {host.Name}");
        var banned = _wanted.Bans.Add((unit, host));
        Fenced(host, before);
        if (banned)
        {
            Tool($"crm_resource --clear -r {unit} -N {host.Name}");
            _wanted.Bans.Remove((unit, host));
        }
        ComeBack(host);
        Calm(failures: true);
        CleanUp();
    }

    private void HangMonitor()
    {
        if (Running("d", "g1") is not var (resource, host)) return;
        var fault = Fault(host, resource, "monitor", "hang");
        File.WriteAllText(fault, "");
        Noticed(resource);
        File.Delete(fault);
        Calm(failures: true);
        CleanUp();
    }

    /// <summary>The promoted one is found stopped, or says that it is broken: for a moment, or until it is given up on that machine.</summary>
    private void FailPromoted()
    {
        if (Running("p") is not var (_, host)) return;
        if (_draw.Next(2) == 0)
        {
            Break(host, "p");
            Noticed("p");
            Calm(failures: true);
        }
        else SayBroken(host);
        CleanUp();
    }

    /// <remarks>It is recovered in place, is found broken at once, and is recovered again: that comes to migration-threshold within some hundred milliseconds, perhaps before it is well again. Then it may not run there until it is cleaned up.</remarks>
    private void SayBroken(Host host)
    {
        var forGood = _draw.Next(2) == 0;
        Note(forGood ? "broken for good" : "broken");
        File.WriteAllText($"{host.Root}/run/p.state.rc", "1");
        Noticed("p");
        if (forGood) Until(() => Failures("p", host) >= SoakCluster.MigrationThreshold, 30, () => $"p is given up on {host.Name}");
        File.Delete($"{host.Root}/run/p.state.rc");
        List<string> complaints = [];
        Until(() =>
        {
            if (Failures("p", host) >= SoakCluster.MigrationThreshold && _wanted.Bans.Add(("p", host))) Note("given up");
            return (complaints = _audit.Complaints(failures: true)).Count == 0;
        }, CalmWithin, () => string.Join("; ", complaints));
        Calm(failures: true);
        _wanted.Bans.Remove(("p", host));
    }

    /// <summary>How many failures of a resource count on a machine.</summary>
    private int Failures(string resource, Host host) =>
        _cluster.Tool(Teller, $"crm_failcount -r {resource} -N {host.Name} -G -q").Trim() is var said && said == "INFINITY" ? int.MaxValue : int.Parse(said, CultureInfo.InvariantCulture);
}
