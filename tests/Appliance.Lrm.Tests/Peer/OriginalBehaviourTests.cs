using Appliance.Linux;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Tests.Kernel;

namespace Appliance.Lrm.Tests.Peer;

/// <summary>The same actions in the same order, by Debian's script and by our agent in its place: exit statuses, what is left in files, and what the cluster is told.</summary>
[Category("peer")]
public class An_agent_in_place_of_a_script
{
    private Network _network = null!;

    [SetUp]
    public void Plug()
    {
        _network = new Network();
        Directory.CreateDirectory(_network.State.Path + "/run");
        // Stands for the cluster's program, which does not answer without a cluster: notes the words it is given.
        _network.State.Script("sbin/attrd_updater", $"printf '%s\\n' \"$*\" >>{_network.State.Path}/told");
        // crm_attribute --promotion names the attribute after the resource, and tells it the same way.
        _network.State.Script("sbin/crm_attribute", $"[ $2 = -D ] && set -- -D -n master-$OCF_RESOURCE_INSTANCE || set -- -n master-$OCF_RESOURCE_INSTANCE -v $3; printf '%s\\n' \"$*\" >>{_network.State.Path}/told");
    }

    [TearDown]
    public void Unplug() => _network?.Dispose();

    [TestCase("Stateful", "monitor start monitor promote monitor promote demote monitor demote stop monitor stop", "")]
    [TestCase("Stateful", "promote demote monitor start start promote start monitor stop monitor demote stop", "")]
    [TestCase("Stateful", "notify reload-agent validate-all reload migrate_to dance", "")]
    [TestCase("ping", "monitor start monitor start stop monitor stop", "host_list=10.77.0.2 timeout=1")]
    [TestCase("ping", "start monitor stop", "host_list=10.77.0.2 10.77.0.9 127.0.0.1|timeout=1|multiplier=100|name=net|dampen=7s|use_fping=0|attempts=1")]
    [TestCase("ping", "start monitor stop", "host_list=10.77.0.9|timeout=1|failure_score=1|use_fping=0|attempts=1")]
    [TestCase("ping", "validate-all", "")]          // its start without any host succeeds; ours does not
    [TestCase("ping", "validate-all reload-agent dance", "host_list=10.77.0.2")]
    [TestCase("ethmonitor", "monitor start monitor start stop monitor stop", "interface=eth0|link_status_only=1")]
    [TestCase("ethmonitor", "start monitor stop", "interface=eth0|link_status_only=1|multiplier=10|name=lan")]
    [TestCase("ethmonitor", "start monitor stop", "interface=eth7|repeat_count=1")]
    [TestCase("ethmonitor", "validate-all", "interface=eth7")]
    [TestCase("ethmonitor", "validate-all start", "")]
    [TestCase("ethmonitor", "validate-all dance", "interface=eth0")]
    public void Does_as_it_does(string name, string actions, string parameters)
    {
        var agent = AgentRegistry.Find(name)!;
        var script = $"/usr/lib/ocf/resource.d/{agent.Description.StandsFor}/{name}";
        Machine.NeedsFile(script);
        foreach (var program in name == "ethmonitor" ? (string[])["/usr/bin/arping", "/usr/bin/bc"] : [])
            if (!File.Exists(program) && !File.Exists(program.Replace("/usr/bin", "/usr/sbin", StringComparison.Ordinal))) Machine.Missing($"needs {program} (Debian packages iputils-arping, bc)");
        var given = parameters.Split(parameters.Contains('|', StringComparison.Ordinal) ? '|' : ' ', StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=', 2)).ToDictionary(p => "OCF_RESKEY_" + p[0], p => p[1]);
        given["OCF_RESOURCE_INSTANCE"] = "r";
        given["OCF_RESKEY_CRM_meta_interval"] = "10000";
        given["OCF_RESKEY_CRM_meta_timeout"] = "20000";
        given["HA_RSCTMP"] = given["HA_VARRUN"] = _network.State.Path + "/run";
        given["HA_SBIN_DIR"] = _network.State.Path + "/sbin";

        var theirs = Play(actions, action => Machine.TryShell(
            $"ip netns exec {_network.A} env OCF_ROOT=/usr/lib/ocf PATH={_network.State.Path}/sbin:$PATH {string.Join(' ', given.Select(g => $"'{g.Key}={g.Value}'"))} {script} {action} >/dev/null 2>&1").Code);
        using var background = new InProcessBackground(_network.Log.Write);
        var ours = Play(actions, action => NetlinkNamespace.Run(_network.A, () => new AgentCommand(TextWriter.Null, TextWriter.Null, given, background).Run(agent, [action], CancellationToken.None)));
        Assert.That(string.Join('\n', ours), Is.EqualTo(string.Join('\n', theirs)));
    }

    /// <summary>After each action: its status, the files with what they hold, what the cluster was told.</summary>
    private List<string> Play(string actions, Func<string, int> call)
    {
        var seen = new List<string>();
        foreach (var action in actions.Split(' '))
        {
            var code = call(action);
            // Ours keeps what has no pid of its own under another name; that there is a file is what counts.
            var files = Directory.EnumerateFiles(_network.State.Path + "/run").Select(f => File.ReadAllText(f).Trim()).Order(StringComparer.Ordinal);
            var told = _network.State.Path + "/told";
            seen.Add($"{action}: {code}; files [{string.Join(", ", files)}]; told {(File.Exists(told) ? string.Join(" / ", File.ReadAllLines(told)) : "nothing")}");
            File.Delete(told);
        }
        foreach (var file in Directory.EnumerateFiles(_network.State.Path + "/run")) File.Delete(file);
        return seen;
    }
}
