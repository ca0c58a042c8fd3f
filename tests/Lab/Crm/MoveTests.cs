using Appliance.Lab.Fencing;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Crm;

/// <summary>A pair that ran with <c>crm no</c> gets the CRM, and loses it again, while its services run: an address with a web server behind it, and Pacemaker's Dummy.</summary>
public sealed class MoveTests : LabTest
{
    private readonly List<Bmc> _bmcs = [];
    private System.Diagnostics.Process? _client;

    /// <summary>A script as those of heartbeat's resource.d: a real server, and a line for everything it is called for.</summary>
    private const string Serve =
        """
        #!/bin/sh
        # usage: Serve NAME start|stop|status
        echo "$2" >>/var/log/calls
        pid=$(cat /run/serve.pid 2>/dev/null)
        case $2 in
          start) kill -0 "$pid" 2>/dev/null || nginx -c /etc/ha.d/serve.conf ;;
          stop) [ -z "$pid" ] || kill "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done; rm -f /run/serve.pid ;;
          status) if kill -0 "$pid" 2>/dev/null; then echo running; else echo "not running"; exit 3; fi ;;
        esac
        """;

    private Pair Serving(Pairing pairing, PairPlan plan, Action<Pair>? before = null)
    {
        foreach (var (file, package) in new[] { ("/usr/sbin/nginx", "nginx-light"), ("/usr/lib/ocf/resource.d/pacemaker/Dummy", "pacemaker-resource-agents") })
            if (!File.Exists(file)) Assert.Ignore($"{file} is missing (Debian package {package})");
        var pair = Make(pairing, plan);
        foreach (var host in pair.Hosts)
        {
            host.WriteScript("resource.d/Serve", Serve);
            host.Write("serve.conf", "pid /run/serve.pid;\nerror_log /var/log/serve.log;\nevents { }\nhttp { access_log off; client_body_temp_path /run/n1; proxy_temp_path /run/n2; fastcgi_temp_path /run/n3; uwsgi_temp_path /run/n4; scgi_temp_path /run/n5;\n"
                + $"server {{ listen 80; location / {{ return 200 'this is {host.Name}\\n'; }} }} }}\n");
        }
        before?.Invoke(pair);
        pair.Settled();
        foreach (var host in pair.Hosts) SayCrm(host, true);
        return pair;
    }

    private static void SayCrm(Host host, bool yes)
    {
        var text = File.ReadAllText(Path.Combine(host.Etc, "ha.cf")).Replace(yes ? "crm no" : "crm yes", yes ? "crm yes" : "crm no", StringComparison.Ordinal);
        host.Write("ha.cf", text, secret: text.Contains("password", StringComparison.Ordinal));
    }

    private static string Engine(Host host) => host.Try($"{host.Implementation.Tools}engine").Output;

    /// <summary>Somebody on the network asks the address for its page, again and again, and writes down what came of it.</summary>
    private string Ask(Pair pair)
    {
        var answers = Path.Combine(pair.Alpha.Logs, "answers");
        _client = Shell.Start($"ip netns exec {pair.Network.NamespaceOf(Pair.Third)} bash -c 'while :; do timeout 1 bash -c \"exec 3<>/dev/tcp/{PairPlan.WebAddress}/80; printf \\\"GET / HTTP/1.0\\r\\n\\r\\n\\\" >&3; tail -n 1 <&3\" 2>/dev/null || echo FAILED; sleep 0.05; done' >{answers}");
        Until.True("the page is served", () => File.Exists(answers) && File.ReadAllText(answers).Contains("this is alpha", StringComparison.Ordinal), 10);
        return answers;
    }

    [TearDown]
    public void End()
    {
        foreach (var bmc in _bmcs) bmc.Dispose();
        if (_client is null) return;
        _client.Kill(entireProcessTree: true);
        _client.Dispose();
    }

    private static int Calls(Host host, string action) => host.Try("cat /var/log/calls").Output.Split('\n').Count(l => l == action);

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void It_moves_there_and_back_and_nobody_notices(Pairing pairing)
    {
        var pair = Serving(pairing, new PairPlan { More = "crm no\n", Haresources = $"alpha {PairPlan.WebKey} Serve::web ocf:pacemaker:Dummy\nbeta {PairPlan.DataKey} Track::data\n" });
        var answers = Ask(pair);
        string What() => pair.Alpha.Try("sh -c 'cat /run/serve.pid; stat -c %i.%Y /run/Dummy-*.state'").Output;
        var (what, since, starts) = (What(), System.Diagnostics.Stopwatch.GetTimestamp(), pair.Beta.Track.Count("start data"));

        // A daemon that dies and is started again finds another engine in ha.cf than the one whose services run.
        pair.Beta.KillDaemon();
        Until.True("it is dead", () => pair.Beta.MainPid is null, 5);
        pair.Beta.Start();
        pair.Beta.Log.WaitFor("which may still run: it goes on", 20);
        pair.WaitSettled(pair.Alpha, pair.Beta);
        Assert.That(pair.Beta.Tool("engine crm --check").Output, Does.Contain("is possible"));
        Assert.That(Engine(pair.Beta), Does.Contain("haresources manages"));
        pair.Alpha.Operate("engine crm --timeout 50");
        UntilMoved(pair, toCrm: true);
        Assert.That(pair.Alpha.Tool("crm_mon -1").Output, Does.Contain("Started alpha").And.Contain("Started beta").And.Not.Contain("FAILED"));
        Assert.That(What(), Is.EqualTo(what), "the same server, and the same Dummy");

        foreach (var host in pair.Hosts) SayCrm(host, false);
        pair.Beta.Operate("engine haresources --timeout 50");
        UntilMoved(pair, toCrm: false);

        Assert.That((What(), Calls(pair.Alpha, "start"), Calls(pair.Alpha, "stop"), Calls(pair.Beta, "start")), Is.EqualTo((what, 1, 0, 0)));
        Assert.That((pair.Beta.Track.Count("start data"), pair.Beta.Track.Count("stop data"), pair.Alpha.Track.Says("start")), Is.EqualTo((starts, 0, false)));
        Assert.That(pair.Hosts.Sum(h => h.Addresses.History.Count(c => c.At > since)), Is.Zero, "no address came or went");
        Assert.That(File.ReadAllText(answers).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct(), Is.EqualTo(new[] { "this is alpha" }), "every question was answered");
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void What_the_CRM_cannot_have_is_refused_before_anything_changes(Pairing pairing)
    {
        var pair = Serving(pairing, new PairPlan { AutoFailback = "legacy", More = "crm no\n", Haresources = $"alpha {PairPlan.WebKey} Serve::web\n" });
        var (status, output) = pair.Beta.Tool("engine crm");
        Assert.That(status, Is.EqualTo(1));
        Assert.That(output, Does.Contain("alpha: /etc/ha.d/ha.cf:10: error: auto_failback legacy: the CRM has no such thing").And.Contain("beta: /etc").And.Contain("Nothing was changed"));
        foreach (var host in pair.Hosts) host.Write("ha.cf", File.ReadAllText(Path.Combine(host.Etc, "ha.cf")).Replace("legacy", "on", StringComparison.Ordinal));
        // An agent that finds its service where it does not run would have the CRM stop it everywhere.
        pair.Beta.WriteScript("resource.d/Serve", "#!/bin/sh\necho running\n");
        Until.True("the lie is found", () => pair.Alpha.Tool("engine crm").Output.Contains("beta: /etc/ha.d/haresources:1: IPaddr2::10.9.0.100/24/eth0: Serve::web (as heartbeat:Serve) should not run here, and its agent says that it does", StringComparison.Ordinal), 20);
        Until.Stays("all is as it was", () => pair.Hosts.All(h => Engine(h).Contains("haresources manages", StringComparison.Ordinal)) && pair.Alpha.Holds(PairPlan.WebAddress), 3);
        Assert.That(pair.Alpha.Log.Says("Switching to"), Is.False);
    }

    private static void UntilMoved(Pair pair, bool toCrm)
    {
        foreach (var host in pair.Hosts)
            Until.True($"{host.Name} has moved", () => Engine(host).Trim() == $"{host.Name}: {(toCrm ? "the CRM manages (crm yes)" : "haresources manages (crm no)")}", 40, instead: () => Engine(host));
        if (toCrm) pair.Alpha.Operate("crm_resource --wait -T 60");
        else pair.WaitSettled(pair.Alpha, pair.Beta);
    }

    /// <summary>A CIB of before that says something else is nobody's to lose: not by a move, not by a move back; it is put aside when somebody says so, and where the CRM has it already, not even then. And a move can be called off.</summary>
    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_CIB_of_before_is_put_aside_only_where_somebody_says_so(Pairing pairing)
    {
        var pair = Serving(pairing, new PairPlan { More = "crm no\n", Haresources = $"alpha {PairPlan.WebKey} Serve::web\n" });
        pair.Alpha.Operate("engine crm --timeout 50");
        UntilMoved(pair, toCrm: true);
        pair.Alpha.Operate("""cibadmin -C -o resources -X '<primitive id="extra" class="ocf" provider="pacemaker" type="Dummy"/>'""");
        foreach (var host in pair.Hosts) SayCrm(host, false);
        var (status, output) = pair.Beta.Tool("engine haresources");
        Assert.That(status, Is.EqualTo(1), output);
        Assert.That(output, Does.Contain("the CIB has other resources than haresources: what is not in haresources would be lost").And.Contain("Nothing was changed"));

        foreach (var host in pair.Hosts) host.Stop();
        foreach (var host in pair.Hosts) host.Start();
        UntilMoved(pair, toCrm: false);
        foreach (var host in pair.Hosts) SayCrm(host, true);
        Assert.That(pair.Alpha.Tool("engine crm").Output, Does.Contain("has other resources than haresources: appliance engine crm --fresh puts it aside"));

        // An agent takes its time, and meanwhile somebody thinks better of it.
        pair.Beta.WriteScript("resource.d/Serve", Serve.Replace("status)", "status) sleep 8;", StringComparison.Ordinal));
        var asked = Task.Run(() => pair.Alpha.Tool("engine crm --fresh"));
        Until.True("it is being looked at", () => Engine(pair.Alpha).Contains("whether all can move", StringComparison.Ordinal), 10, instead: () => Engine(pair.Alpha));
        Assert.That(pair.Alpha.Tool("engine withdraw").Output, Does.Contain("it is withdrawn; nothing was changed"));
        Assert.That(asked.Wait(TimeSpan.FromSeconds(20)), Is.True);
        Assert.That(asked.Result.Output, Does.Contain("it was withdrawn"));
        pair.Beta.WriteScript("resource.d/Serve", Serve);
        Assert.That(pair.Alpha.Tool("engine withdraw").Output, Does.Contain("no move is under way"));

        Until.True("the next one is possible", () => pair.Alpha.Tool("engine crm --fresh --check").Status == 0, 30, instead: () => pair.Alpha.Tool("engine crm --fresh --check").Output);
        var answers = Ask(pair);
        pair.Alpha.Operate("engine crm --fresh --timeout 50");
        UntilMoved(pair, toCrm: true);
        foreach (var host in pair.Hosts)
        {
            Assert.That(host.Tool("cibadmin -Q -o resources").Output, Does.Contain("Serve").And.Not.Contain("extra"));
            Assert.That(host.Try("sh -c 'grep -l extra /var/lib/pacemaker/cib-before-*/cib.xml'").Status, Is.Zero, "and the one of before is there still");
        }
        foreach (var host in pair.Hosts) SayCrm(host, false);
        pair.Beta.Operate("engine haresources --timeout 50");
        UntilMoved(pair, toCrm: false);
        Assert.That(File.ReadAllText(answers).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct(), Is.EqualTo(new[] { "this is alpha" }));

        // One that was booted with crm yes waits with what it has: that CIB would be the whole cluster's.
        pair.Beta.Stop();
        pair.Beta.Try("sh -c 'cd /var/lib/pacemaker && rm -rf cib && mv cib-before-* cib'");
        foreach (var host in pair.Hosts) SayCrm(host, true);
        pair.Beta.Start();
        Until.True("beta waits", () => pair.Alpha.Tool("engine crm --fresh").Output.Contains("beta: the CIB in /var/lib/pacemaker/cib (version ", StringComparison.Ordinal), 40, instead: () => pair.Alpha.Tool("engine crm --fresh").Output);
        Assert.That(pair.Alpha.Tool("engine crm --fresh").Output, Does.Contain("has other resources than haresources: the CRM, which waits here, has it: stop the daemon here, give that directory another name, and start it"));
        Assert.That((Engine(pair.Alpha).Trim(), pair.Alpha.Holds(PairPlan.WebAddress)), Is.EqualTo(("alpha: haresources manages (crm no)", true)));
        pair.Beta.Stop();
        pair.Beta.Try("mv /var/lib/pacemaker/cib /var/lib/pacemaker/cib-put-aside");
        pair.Beta.Start();
        Until.True("beta can", () => pair.Alpha.Tool("engine crm --check").Output.Contains("is possible", StringComparison.Ordinal), 40, instead: () => pair.Alpha.Tool("engine crm --check").Output);
        pair.Alpha.Operate("engine crm --timeout 50");
        UntilMoved(pair, toCrm: true);
        Assert.That(pair.Alpha.Tool("crm_mon -1").Output, Does.Contain("Started alpha").And.Not.Contain("extra"));
        pair.AssertNeverTwice(toleranceMs: 200);
    }

    [TestCaseSource(typeof(Pairing), nameof(Pairing.Ours))]
    public void A_node_that_dies_in_the_middle_is_fenced_and_taken_over_by_the_CRM(Pairing pairing)
    {
        if (Bmc.Missing() is { } reason) Assert.Ignore(reason);
        var pair = Serving(pairing, new PairPlan
        {
            AutoFailback = "off",
            Haresources = $"alpha {PairPlan.WebKey} Serve::web ocf:pacemaker:Dummy\nbeta {PairPlan.DataKey} Track::data\n",
            More = $"""
            crm no
            stonith_host beta ipmi ip={Pair.ThirdAddress} ipport=9001 username={Bmc.User} password={Bmc.Password}
            stonith_host alpha ipmi ip={Pair.ThirdAddress} ipport=9002 username={Bmc.User} password={Bmc.Password}

            """,
        }, pair =>
        {
            foreach (var host in pair.Hosts) host.Keep("ha.cf");
            _bmcs.Add(Bmc.Of(pair, pair.Alpha, 9001));
            _bmcs.Add(Bmc.Of(pair, pair.Beta, 9002));
        });
        var answers = Ask(pair);
        var server = pair.Alpha.Try("cat /run/serve.pid").Output;
        var asked = Task.Run(() => pair.Alpha.Tool("engine crm --timeout 55"));
        pair.Beta.Log.WaitFor("nothing is started, stopped or taken over until that is done", 30);
        pair.Beta.Freeze();
        pair.WaitOwner(PairPlan.DataAddress, pair.Alpha, 90);
        Until.True("its service as well", () => pair.Alpha.Track.Says("start data"), 30);
        Assert.That(_bmcs[1].Calls, Does.Contain("set power 0"), "before anything is taken");
        Assert.That(pair.Beta.Lives, Is.False);
        Assert.That(pair.Alpha.Tool("crm_mon -1").Output, Does.Contain("Started alpha"));
        Assert.That((pair.Alpha.Try("cat /run/serve.pid").Output, Calls(pair.Alpha, "start"), Calls(pair.Alpha, "stop")), Is.EqualTo((server, 1, 0)), "what ran on the node that lives was not touched");
        Assert.That(File.ReadAllText(answers).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct(), Is.EqualTo(new[] { "this is alpha" }));

        pair.Beta.Crash();
        pair.Beta.Start();
        Assert.That(asked.Wait(TimeSpan.FromSeconds(90)), Is.True);
        Assert.That(asked.Result.Status, Is.Zero, asked.Result.Output);
        foreach (var host in pair.Hosts) Until.True($"{host.Name} has the CRM", () => Engine(host).Trim() == $"{host.Name}: the CRM manages (crm yes)", 60, instead: () => Engine(host));
        pair.AssertNeverTwice(toleranceMs: 200);
    }
}
