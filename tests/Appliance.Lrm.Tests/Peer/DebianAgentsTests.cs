using System.Collections.Immutable;
using System.Xml;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Classes;

namespace Appliance.Lrm.Tests.Peer;

/// <summary>Debian's resource agents, run by us: all of them tell what they are, and real services start, are watched and stop.</summary>
[Category("peer")]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class DebianAgentsTests : IDisposable
{
    private const string OcfRoot = "/usr/lib/ocf";

    private readonly string _root = Directory.CreateTempSubdirectory("appliance-agents-").FullName;
    private readonly List<string> _log = [];
    private readonly ResourceClasses _classes;
    private readonly ImmutableSortedDictionary<string, string> _environment;

    public DebianAgentsTests()
    {
        _classes = new(new LrmPaths { StateDirectory = _root, WorkingDirectory = "/" }, (_, source, text) =>
        {
            lock (_log) _log.Add($"{source}: {text}");
        });
        _environment = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
            .Add("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin").Add("HA_RSCTMP", _root).Add("OCF_ROOT", OcfRoot).Add("HA_APPLIANCE_SCRIPTS", string.Join(',', AgentRegistry.All.Select(a => a.Description.Name)));
    }

    public void Dispose()
    {
        _classes.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private AgentEnd Run(string agent, string action, params (string Name, string Value)[] parameters) =>
        _classes.Run(new OperationOrder("t" + Environment.ProcessId, AgentSpec.Parse(agent)!, action, TimeSpan.Zero, TimeSpan.FromSeconds(90))
        {
            Parameters = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, parameters.Select(p => KeyValuePair.Create(p.Name, p.Value))),
        }, _environment, CancellationToken.None);

    public static IEnumerable<string> Installed()
    {
        foreach (var provider in new[] { "heartbeat", "pacemaker" })
            if (Directory.Exists($"{OcfRoot}/resource.d/{provider}"))
                foreach (var path in Directory.EnumerateFiles($"{OcfRoot}/resource.d/{provider}").Order(StringComparer.Ordinal))
                    if (AgentSpec.Parse($"ocf:{provider}:{Path.GetFileName(path)}") is { } spec && AgentLocator.IsExecutable(path)) yield return spec.ToString();
    }

    [Test]
    public void There_are_agents_to_try()
    {
        Machine.NeedsFile($"{OcfRoot}/resource.d/heartbeat/Dummy");
        Assert.That(Installed().Count(), Is.GreaterThan(100));
    }

    [TestCaseSource(nameof(Installed))]
    public void Every_agent_of_Debians_tells_what_it_is(string agent)
    {
        var end = Run(agent, "meta-data");
        Assert.That((end.Status, end.Code), Is.EqualTo((OperationStatus.Done, 0)), end.Reason + string.Join('\n', _log));
        var document = new XmlDocument { XmlResolver = null };
        document.LoadXml(end.Output[end.Output.IndexOf('<', StringComparison.Ordinal)..]);
        Assert.That(document.DocumentElement!.Name, Is.EqualTo("resource-agent"));
        Assert.That(document.SelectSingleNode("/resource-agent/actions/action[@name='start']"), Is.Not.Null, "an agent that can be started");
    }

    /// <summary>Start, watch, a death that is noticed, stop, and a stop of what is stopped.</summary>
    private void Live(string agent, Action kill, (string Name, string Value)[] parameters)
    {
        string Story() => string.Join('\n', _log);
        Assert.That(Run(agent, "monitor", parameters).Code, Is.EqualTo(OcfCode.NotRunning), Story());
        try
        {
            Assert.That(Run(agent, "start", parameters), Is.EqualTo(new AgentEnd(0, OperationStatus.Done)).Using<AgentEnd>((a, b) => a.Code == b.Code && a.Status == b.Status), Story());
            Assert.That(Run(agent, "monitor", parameters).Code, Is.Zero, Story());
            kill();
            Assert.That(Machine.Eventually(() => Run(agent, "monitor", parameters).Code is OcfCode.NotRunning or OcfCode.Generic), "its death is not noticed");
            Assert.That(Run(agent, "stop", parameters).Code, Is.Zero, "a dead service is stopped: " + Story());
            Assert.That(Run(agent, "start", parameters).Code, Is.Zero, Story());
        }
        finally
        {
            Assert.That(Run(agent, "stop", parameters).Code, Is.Zero, Story());
        }
        Assert.That((Run(agent, "monitor", parameters).Code, Run(agent, "stop", parameters).Code), Is.EqualTo((OcfCode.NotRunning, 0)));
    }

    private void KillByPidFile(string file) => Machine.Shell($"p=$(head -n 1 {file}); kill -STOP $p; pkill -9 -P $p; kill -9 $p");

    [Test]
    public void Nginx_lives_under_us()
    {
        Machine.NeedsRoot();
        Machine.NeedsFile("/usr/sbin/nginx");
        File.WriteAllText($"{_root}/nginx.conf", $"pid {_root}/nginx.pid; error_log {_root}/error.log; events {{ }} http {{ access_log off; client_body_temp_path {_root}/b; proxy_temp_path {_root}/p; fastcgi_temp_path {_root}/f; uwsgi_temp_path {_root}/u; scgi_temp_path {_root}/s; server {{ listen 127.0.0.1:9780; location / {{ return 200 'alive'; }} }} }}\n");
        Live("ocf:heartbeat:nginx", () => KillByPidFile($"{_root}/nginx.pid"), [("configfile", $"{_root}/nginx.conf"), ("status10url", "http://127.0.0.1:9780/"), ("port", "9780")]);
    }

    [Test]
    public void Apache_lives_under_us()
    {
        Machine.NeedsRoot();
        Machine.NeedsFile("/usr/sbin/apache2");
        File.WriteAllText($"{_root}/apache.conf", $"""
            ServerRoot /etc/apache2
            ServerName localhost
            Listen 127.0.0.1:9781
            PidFile {_root}/apache.pid
            ErrorLog {_root}/apache.log
            LoadModule mpm_event_module /usr/lib/apache2/modules/mod_mpm_event.so
            LoadModule authz_core_module /usr/lib/apache2/modules/mod_authz_core.so
            LoadModule status_module /usr/lib/apache2/modules/mod_status.so
            DefaultRuntimeDir {_root}
            <Location /server-status>
              SetHandler server-status
            </Location>

            """);
        Live("ocf:heartbeat:apache", () => KillByPidFile($"{_root}/apache.pid"), [("configfile", $"{_root}/apache.conf"), ("statusurl", "http://127.0.0.1:9781/server-status")]);
    }

    [Test]
    public void PostgreSQL_lives_under_us()
    {
        Machine.NeedsRoot();
        var bin = Directory.Exists("/usr/lib/postgresql") ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).LastOrDefault() + "/bin" : "/usr/lib/postgresql";
        Machine.NeedsFile(bin + "/pg_ctl");
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_111_111);
        Machine.Shell($"runuser -u postgres -- {bin}/initdb -D {_root}/data -A trust -N");
        Machine.Shell($"printf \"port = 9782\\nunix_socket_directories = '{_root}'\\nlisten_addresses = ''\\n\" >>{_root}/data/postgresql.conf");
        Live("ocf:heartbeat:pgsql", () => KillByPidFile($"{_root}/data/postmaster.pid"),
            [("pgctl", bin + "/pg_ctl"), ("psql", "/usr/bin/psql"), ("pgdata", $"{_root}/data"), ("pgdba", "postgres"), ("pgport", "9782"), ("socketdir", _root), ("logfile", $"{_root}/pg.log"), ("start_opt", "-p 9782")]);
    }

    [Test]
    public void A_file_system_is_mounted_by_the_packaged_program_and_by_ours_alike()
    {
        Machine.NeedsRoot();
        Machine.NeedsFile($"{OcfRoot}/resource.d/heartbeat/Filesystem");
        Machine.InMountNamespace(() =>
        {
            Directory.CreateDirectory(_root + "/srv");
            (string, string)[] parameters = [("device", "none"), ("directory", _root + "/srv"), ("fstype", "tmpfs")];
            Assert.That((Run("ocf:heartbeat:Filesystem", "start", parameters).Code, Run("ocf:heartbeat:Filesystem", "monitor", parameters).Code), Is.EqualTo((0, 0)), string.Join('\n', _log));
            using var ours = new ResourceClasses(new LrmPaths { StateDirectory = _root, WorkingDirectory = "/" }, (_, _, _) => { });
            AgentEnd Ours(string action) => ours.Run(new OperationOrder("ours", AgentSpec.Parse("ocf:heartbeat:Filesystem")!, action, TimeSpan.Zero, TimeSpan.FromSeconds(60))
            {
                Parameters = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, parameters.Select(p => KeyValuePair.Create(p.Item1, p.Item2))),
            }, _environment.Remove("HA_APPLIANCE_SCRIPTS"), CancellationToken.None);
            Assert.That((Ours("monitor").Code, Ours("stop").Code, Ours("monitor").Code), Is.EqualTo((0, 0, 7)), "ours sees and ends what the program began");
            Assert.That(Run("ocf:heartbeat:Filesystem", "monitor", parameters).Code, Is.EqualTo(OcfCode.NotRunning));
        });
    }

    /// <summary>Wrappers of heartbeat's resource.d: each can be asked for its status.</summary>
    [Test]
    public void Every_script_of_resource_d_answers_a_status()
    {
        Machine.NeedsRoot();
        Machine.NeedsFile("/etc/ha.d/resource.d");
        var asked = 0;
        foreach (var path in Directory.EnumerateFiles("/etc/ha.d/resource.d").Order(StringComparer.Ordinal))
        {
            if (!AgentLocator.IsExecutable(path) || Path.GetFileName(path) is "hto-mapfuncs" or "OCF") continue;
            var end = _classes.Run(new OperationOrder("t", new("heartbeat", "", Path.GetFileName(path)), "monitor", TimeSpan.Zero, TimeSpan.FromSeconds(30)) { Arguments = ["192.0.2.77"] }, _environment, CancellationToken.None);
            Assert.That((end.Status, end.Code is OcfCode.Success or OcfCode.NotRunning), Is.EqualTo((OperationStatus.Done, true)), $"{path}: {end}");
            asked++;
        }
        Assert.That(asked, Is.GreaterThan(15));
    }

    [Test]
    public void Ten_thousand_operations_leave_no_zombie_and_no_descriptor()
    {
        Directory.CreateDirectory($"{_root}/ocf/resource.d/me");
        File.WriteAllText($"{_root}/ocf/resource.d/me/True", "#!/bin/sh\nexit 0\n");
        File.SetUnixFileMode($"{_root}/ocf/resource.d/me/True", (UnixFileMode)0b111_101_101);
        using var classes = new ResourceClasses(new LrmPaths { OcfRoot = _root + "/ocf", StateDirectory = _root, WorkingDirectory = "/" }, (_, _, _) => { });
        int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
        void Many(int count) => Parallel.For(0, count, new() { MaxDegreeOfParallelism = 8 }, i =>
            Assert.That(classes.Run(new OperationOrder($"r{i}", AgentSpec.Parse("ocf:me:True")!, "start", TimeSpan.Zero, TimeSpan.FromSeconds(60)), _environment, CancellationToken.None).Code, Is.Zero));
        Many(100);
        var before = Descriptors();
        Many(10_000);
        Assert.That(Descriptors(), Is.LessThanOrEqualTo(before + 4));
        var zombies = Directory.GetDirectories("/proc").Count(p => int.TryParse(Path.GetFileName(p), out _) && Stat(p) is { } stat && stat[(stat.LastIndexOf(')') + 2)..].Split(' ') is ["Z", var parent, ..] && parent == Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(zombies, Is.Zero);

        static string? Stat(string process)
        {
            try
            {
                return File.ReadAllText(process + "/stat");
            }
            catch (IOException)
            {
                return null;
            }
        }
    }
}
