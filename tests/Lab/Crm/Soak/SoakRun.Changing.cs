using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm.Soak;

/// <summary>What operators change while the cluster runs.</summary>
internal sealed partial class SoakRun
{
    private Scenario[] Changing =>
    [
        new("standby", 4, () => _wanted.Standby.Count == 0 && _wanted.Up.Count > 1, Standby),
        new("online", 8, () => _wanted.Standby.Count > 0, Online),
        new("ban", 3, () => _wanted.Bans.Count == 0, Ban),
        new("clear", 6, () => _wanted.Bans.Count > 0, Clear),
        new("move", 4, () => true, Move),
        new("disable", 2, () => _wanted.Disabled.Count == 0, Disable),
        new("enable", 6, () => _wanted.Disabled.Count > 0, Enable),
        new("add", 4, () => _wanted.Extras.Count < 4, Add),
        new("delete", 3, () => _wanted.Extras.Count > 0, Delete),
        new("many changes", 4, () => true, ChangeMuch),
        new("maintenance", 4, () => true, Maintenance),
        new("reattach", 3, () => Whole, Reattach),
        new("agent reload", 2, () => OwnerOf("d") is not null, ReloadAgent),
    ];

    private void Standby()
    {
        var host = Target();
        Tool($"crm_standby -N {host.Name} -v on");
        _wanted.Standby.Add(host);
        if (_draw.Next(2) == 0) return;
        Note("and online at once");
        Wait(0, 600);
        Online();
    }

    private void Online()
    {
        foreach (var host in _wanted.Standby.ToList())
        {
            Tool($"crm_standby -N {host.Name} -D");
            _wanted.Standby.Remove(host);
        }
    }

    private void Ban()
    {
        var (resource, host) = (Any("d", "g"), OneOf(Hosts));
        Note($"{resource} from {host.Name}");
        Tool($"crm_resource --ban -r {resource} -N {host.Name}");
        _wanted.Bans.Add((resource, host));
    }

    private void Clear()
    {
        foreach (var (resource, host) in _wanted.Bans.ToList())
        {
            Tool($"crm_resource --clear -r {resource} -N {host.Name}");
            _wanted.Bans.Remove((resource, host));
        }
    }

    private void Move()
    {
        var resource = Any("d", "g");
        var from = OwnerOf(resource == "g" ? "g1" : resource);
        var to = _wanted.MayRun(resource).Where(h => h != from).ToList();
        if (to.Count == 0) return;
        var target = to[0];
        Note($"{resource} to {target.Name}");
        Tool($"crm_resource --move -r {resource} -N {target.Name}");
        Until(() => _audit.Complaints().Count == 0 && OwnerOf(resource == "g" ? "g1" : resource) == target, CalmWithin, () => $"{resource} is on {target.Name}; instead: {string.Join("; ", _audit.Complaints())}");
        Quietly(() => Unmove(resource));
        Expect(OwnerOf(resource == "g" ? "g1" : resource) == target, $"{resource} did not stay on {target.Name}");
    }

    /// <summary>What a move left goes, and with it every ban of the resource: to the tool they are one.</summary>
    private void Unmove(string resource)
    {
        Tool($"crm_resource --clear -r {resource}");
        _wanted.Bans.RemoveWhere(b => b.Resource == resource);
    }

    private void Disable()
    {
        var resource = Any("d", "g");
        Note(resource);
        Tool($"crm_resource -r {resource} --meta -p target-role -v Stopped");
        _wanted.Disabled.Add(resource);
    }

    private void Enable()
    {
        foreach (var resource in _wanted.Disabled.ToList())
        {
            Tool($"crm_resource -r {resource} --meta -d target-role");
            _wanted.Disabled.Remove(resource);
        }
    }

    private void Add()
    {
        var name = $"x{_number}";
        _cluster.Change(OneOf(Hosts.Where(_wanted.Up.Contains)), "resources", _cluster.Soaked(name));
        _wanted.Extras.Add(name);
    }

    /// <summary>What runs is no longer in the CIB: it is stopped, and forgotten.</summary>
    private void Delete()
    {
        var name = Any([.. _wanted.Extras]);
        Note(name);
        _cluster.Tool(OneOf(Hosts.Where(_wanted.Up.Contains)), $"cibadmin -D -o resources -X '<primitive id=\"{name}\"/>'");
        _wanted.Extras.Remove(name);
    }

    /// <summary>Many at once, on all nodes, each of something else: all are told that theirs is stored, and it is.</summary>
    private void ChangeMuch()
    {
        const int each = 8;
        var hosts = Hosts.Where(_wanted.Up.Contains).ToList();
        Quietly(() =>
        {
            AtOnce(hosts, each, (host, i) => i % 2 == 0
                ? $"crm_attribute -N {host.Name} -n soak-{host.Name}-{i} -v {_number}"
                : $"crm_attribute -n soak-{host.Name}-{i} -v {_number}");
            var teller = OneOf(hosts);
            foreach (var host in hosts)
                for (var i = 0; i < each; i++)
                {
                    var said = _cluster.Tool(teller, i % 2 == 0 ? $"crm_attribute -N {host.Name} -n soak-{host.Name}-{i} -q -G" : $"crm_attribute -n soak-{host.Name}-{i} -q -G");
                    Expect(said.Trim() == $"{_number}", $"a change was answered and is not there: soak-{host.Name}-{i} is '{said}'");
                }
            AtOnce(hosts, each, (host, i) => i % 2 == 0 ? $"crm_attribute -N {host.Name} -n soak-{host.Name}-{i} -D" : $"crm_attribute -n soak-{host.Name}-{i} -D");
        });
    }

    private void AtOnce(List<Host> hosts, int each, Func<Host, int, string> line)
    {
        var failures = new System.Collections.Concurrent.ConcurrentQueue<string>();
        var threads = hosts.SelectMany(h => Enumerable.Range(0, each).Select(i => new Thread(() =>
        {
            try { _cluster.Tool(h, line(h, i)); }
            catch (Exception e) when (e is SoakViolation or TimeoutException) { failures.Enqueue(e.Message); }
        }))).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());
        Expect(failures);
    }

    /// <summary>While the cluster keeps its hands off, something stops: it is started again only afterwards.</summary>
    private void Maintenance()
    {
        Tool("crm_attribute -n maintenance-mode -v true");
        _wanted.Maintenance = true;
        Calm();
        var kill = _draw.Next(3) == 0;
        if (kill && Whole)
        {
            var host = Target();
            Kill(Control(host), "KILL");
            Calm();
        }
        var broken = Running("d", "g1", "g2", "c");
        if (broken is var (resource, at)) Break(at, resource);
        Wait(300, 1500);
        if (broken is var (still, there)) Expect(!_audit.Really(there).ContainsKey(still), $"{still} was started in maintenance");
        Tool("crm_attribute -n maintenance-mode -D");
        _wanted.Maintenance = false;
        if (broken is var (name, _)) Noticed(name);
        Calm(failures: true);
        CleanUp();
    }

    /// <summary>In maintenance a daemon stops and starts, and what it had goes on all the time.</summary>
    private void Reattach()
    {
        Tool("crm_attribute -n maintenance-mode -v true");
        _wanted.Maintenance = true;
        Calm();
        Quietly(() =>
        {
            var host = Target();
            Stop(host);
            StartAll();
            Calm();
            Tool("crm_attribute -n maintenance-mode -D");
            _wanted.Maintenance = false;
        });
    }

    /// <summary>A parameter that may change while it runs: the agent is told, and nothing is restarted; what was found running by a probe has not told which those are, and is restarted.</summary>
    private void ReloadAgent()
    {
        var before = (Done("reload-agent"), Done("start"));
        Tool($"crm_resource -r d -p note -v {_number}");
        Until(() => Done("reload-agent") > before.Item1 || Done("start") > before.Item2, 20, () => "d is reloaded");
        Note(Done("start") > before.Item2 ? "restarted" : "reloaded");

        int Done(string action) => Hosts.Sum(h => Path.Combine(h.Logs, SoakedAgent.Log) is var file && File.Exists(file) ? File.ReadAllLines(file).Count(l => l == "d " + action) : 0);
    }
}
