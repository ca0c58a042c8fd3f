using System.Collections.Immutable;
using System.Diagnostics;
using Appliance.Core.Resources;
using Appliance.Lrm.Agents;
using Appliance.Lrm.Classes;

namespace Appliance.Lrm.Tests.Classes;

/// <summary>Agents of each standard, as real programs.</summary>
public sealed class ClassesTests : IDisposable
{
    private static readonly ImmutableSortedDictionary<string, string> Bare =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal).Add("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");

    private readonly string _root = Directory.CreateTempSubdirectory("appliance-classes-").FullName;
    private readonly List<string> _log = [];
    private readonly LrmPaths _paths;
    private readonly ResourceClasses _classes;

    public ClassesTests()
    {
        _paths = new() { HaDirectory = _root, InitDirectory = _root + "/init.d", OcfRoot = _root + "/ocf", StateDirectory = _root + "/state", DpkgInfo = _root + "/info", WorkingDirectory = "/" };
        _paths.CreateStateDirectory();
        _classes = new(_paths, (_, source, text) =>
        {
            lock (_log) _log.Add($"{source}: {text}");
        });
    }

    public void Dispose()
    {
        _classes.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private void Script(string path, string text)
    {
        path = $"{_root}/{path}";
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, "#!/bin/sh\n" + text + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0b111_101_101);
    }

    private AgentEnd Run(string agent, string action, double seconds = 20, double interval = 0, params (string Name, string Value)[] parameters) =>
        _classes.Run(new OperationOrder("web", AgentSpec.Parse(agent)!, action, TimeSpan.FromSeconds(interval), TimeSpan.FromSeconds(seconds))
        {
            Parameters = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, parameters.Select(p => KeyValuePair.Create(p.Name, p.Value))),
        }, Bare, CancellationToken.None);

    [Test]
    public void An_OCF_agent_gets_OCFs_environment_and_nothing_of_ours()
    {
        Environment.SetEnvironmentVariable("APPLIANCE_TEST_LEAK", "1");
        Script("ocf/resource.d/me/Shows", "env | sort");
        var end = Run("ocf:me:Shows", "monitor", 20, 10, ("ip", "192.0.2.1"), ("OCF_CHECK_LEVEL", "10"), ("CRM_meta_on_node", "alpha"), ("CRM_meta_notify-type", "pre"));
        Assert.That(end.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(l => !l.StartsWith("PWD=", StringComparison.Ordinal) && !l.StartsWith("_=", StringComparison.Ordinal) && !l.StartsWith("SHLVL", StringComparison.Ordinal)),
            Is.EqualTo(new[]
            {
                "OCF_CHECK_LEVEL=10", "OCF_EXIT_REASON_PREFIX=ocf-exit-reason:", "OCF_RA_VERSION_MAJOR=1", "OCF_RA_VERSION_MINOR=1", "OCF_RESKEY_CRM_meta_interval=10000", "OCF_RESKEY_CRM_meta_name=monitor",
                "OCF_RESKEY_CRM_meta_notify_type=pre", "OCF_RESKEY_CRM_meta_on_node=alpha", "OCF_RESKEY_CRM_meta_timeout=20000", "OCF_RESKEY_ip=192.0.2.1", "OCF_RESOURCE_INSTANCE=web", "OCF_RESOURCE_PROVIDER=me",
                "OCF_RESOURCE_TYPE=Shows", $"OCF_ROOT={_paths.OcfRoot}", "PATH=" + Bare["PATH"],
            }));
    }

    [Test]
    public void An_OCF_agents_code_is_its_answer_and_its_last_reason_is_the_reason()
    {
        Script("ocf/resource.d/me/Says", "echo 'ocf-exit-reason:first' >&2; echo noise >&2; echo 'ocf-exit-reason:no disk' >&2; exit $OCF_RESKEY_code");
        for (var code = 0; code <= 9; code++)
            Assert.That(Run("ocf:me:Says", "monitor", parameters: ("code", code.ToString(System.Globalization.CultureInfo.InvariantCulture))) with { Output = "" }, Is.EqualTo(new AgentEnd(code, OperationStatus.Done, "no disk")));
    }

    [Test]
    public void A_reason_is_bounded()
    {
        Script("ocf/resource.d/me/Talks", "printf 'ocf-exit-reason:%0500d\\n' 1 >&2; exit 1");
        Assert.That(Run("ocf:me:Talks", "start").Reason, Has.Length.EqualTo(AgentProgram.MostReason));
    }

    [Test]
    public void Output_is_bounded_and_whole_below_the_bound()
    {
        Script("ocf/resource.d/me/Writes", "head -c 3000000 /dev/zero | tr '\\0' x; exit 0");
        Assert.That(Run("ocf:me:Writes", "meta-data").Output, Has.Length.EqualTo(AgentProgram.MostOutput));
        Script("ocf/resource.d/me/Writes", "head -c 300000 /dev/zero | tr '\\0' x; exit 0");
        Assert.That(Run("ocf:me:Writes", "meta-data").Output, Has.Length.EqualTo(300_000));
    }

    [Test]
    public void What_is_not_there_or_may_not_be_run_says_so()
    {
        Assert.That((Run("ocf:me:Nothing", "start").Code, Run("ocf:me:Nothing", "start").Status), Is.EqualTo((OcfCode.Installed, OperationStatus.NotInstalled)));
        Script("ocf/resource.d/me/Locked", "exit 0");
        File.SetUnixFileMode($"{_root}/ocf/resource.d/me/Locked", (UnixFileMode)0b110_100_100);
        Assert.That((Run("ocf:me:Locked", "start").Code, Run("ocf:me:Locked", "start").Status), Is.EqualTo((OcfCode.Permission, OperationStatus.Error)));
    }

    [Test]
    public void A_hanging_agent_is_ended_with_everything_it_started()
    {
        Script("ocf/resource.d/me/Hangs", $"trap '' TERM; sleep 7357 & echo $! >{_root}/child; sleep 7357");
        using var classes = new ResourceClasses(_paths, (_, _, _) => { });
        var began = Stopwatch.GetTimestamp();
        var ocf = new OcfClass(_paths, new BuiltInRunner(_paths, (_, _, _) => { }), (_, _, _) => { }) { Grace = TimeSpan.FromMilliseconds(300) };
        var end = ocf.Run(new("web", AgentSpec.Parse("ocf:me:Hangs")!, "start", TimeSpan.Zero, TimeSpan.FromMilliseconds(500)), Bare, CancellationToken.None);
        Assert.That((end.Code, end.Status, end.Reason), Is.EqualTo((OcfCode.Generic, OperationStatus.Timeout, "Resource agent did not complete within 500ms")));
        Assert.That(Stopwatch.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(10)));
        Assert.That(Machine.Eventually(() => !Directory.Exists($"/proc/{File.ReadAllText($"{_root}/child").Trim()}")), "its child lives on");
    }

    [Test]
    public void An_agent_that_is_killed_has_not_answered()
    {
        Script("ocf/resource.d/me/Dies", "kill -SEGV $$");
        Assert.That(Run("ocf:me:Dies", "monitor") with { Output = "" }, Is.EqualTo(new AgentEnd(OcfCode.Generic, OperationStatus.Error, "Resource agent interrupted by SIGSEGV signal")));
    }

    [TestCase("status", 0, 0), TestCase("status", 1, 7), TestCase("status", 2, 7), TestCase("status", 3, 7), TestCase("status", 4, 1), TestCase("status", 77, 1), TestCase("status", 150, 5), TestCase("status", 151, 4)]
    [TestCase("start", 0, 0), TestCase("start", 1, 1), TestCase("start", 2, 2), TestCase("start", 3, 3), TestCase("start", 4, 4), TestCase("start", 5, 5), TestCase("start", 6, 6), TestCase("start", 7, 7), TestCase("stop", 8, 1)]
    public void An_init_scripts_status_is_mapped_as_Pacemaker_does(string action, int status, int code)
    {
        Script("init.d/web", $"[ $# = 1 ] && [ \"$1\" = {action} ] && exit {status}; exit 99");
        Assert.That((Run("lsb:web", action == "status" ? "monitor" : action).Code, Run("lsb:web", "promote").Status), Is.EqualTo((code, OperationStatus.NotSupported)));
    }

    [TestCase("echo running", 0), TestCase("echo Running: 3 processes", 0), TestCase("echo OK", 0), TestCase("echo not running", 7), TestCase("echo stopped", 7), TestCase("exit 0", 7), TestCase("echo running; exit 3", 0)]
    public void A_heartbeat_scripts_status_is_its_words(string says, int code)
    {
        Script("resource.d/web", $"[ \"$*\" = 'a b status' ] || exit 9; {says}");
        Assert.That(Run("heartbeat:web", "monitor", parameters: [("1", "a"), ("2", "b")]).Code, Is.EqualTo(code));
        Script("resource.d/web", "[ \"$*\" = 'a b start' ]");
        Assert.That(Run("heartbeat:web", "start", parameters: [("1", "a"), ("2", "b")]).Code, Is.Zero);
        Assert.That(Run("heartbeat:web", "start", parameters: [("1", "a"), ("2", "c")]).Code, Is.EqualTo(OcfCode.Generic));
    }

    [Test]
    public void A_service_is_an_init_script_first()
    {
        Script("init.d/web", "exit 3");
        Assert.That((_classes.Service("web"), Run("service:web", "monitor").Code), Is.EqualTo(("lsb", OcfCode.NotRunning)));
        using var with = new ResourceClasses(_paths, (_, _, _) => { }, systemd: new Answers());
        Assert.That((with.Service("web"), with.Service("other")), Is.EqualTo(("lsb", "systemd")));
        Assert.That(Run("systemd:web", "monitor").Status, Is.EqualTo(OperationStatus.NotInstalled), "no systemd on this machine");
    }

    private sealed class Answers : IResourceClass
    {
        public AgentEnd Run(OperationOrder order, ImmutableSortedDictionary<string, string> environment, CancellationToken cancel) => new(0, OperationStatus.Done);
    }

    [Test]
    public void A_built_in_agent_stands_for_the_packaged_program_and_for_none()
    {
        AgentEnd Dummy(string action, params (string, string)[] more) => Run("ocf:heartbeat:Dummy", action, parameters: [("state", $"{_root}/dummy.state"), .. more]);
        Assert.That(Dummy("monitor").Code, Is.EqualTo(OcfCode.NotRunning));
        Assert.That((Dummy("start").Code, Dummy("monitor").Code, Dummy("stop").Code), Is.EqualTo((0, 0, 0)), "no program: built in");
        Script("ocf/resource.d/heartbeat/Dummy", "exit 3");
        Assert.That(Dummy("monitor").Code, Is.EqualTo(3), "the administrator's own");
        Directory.CreateDirectory(_root + "/info");
#pragma warning disable CA5351 // what dpkg lists
        var sum = Convert.ToHexStringLower(System.Security.Cryptography.MD5.HashData(File.ReadAllBytes($"{_root}/ocf/resource.d/heartbeat/Dummy")));
#pragma warning restore CA5351
        File.WriteAllText(_root + "/info/resource-agents.md5sums", $"{new string('0', 32)}  usr/share/doc/x\n{sum}  {_root[1..]}/ocf/resource.d/heartbeat/Dummy\n");
        using var fresh = new ResourceClasses(_paths, (_, _, _) => { });
        OperationOrder order = new("web", AgentSpec.Parse("ocf:heartbeat:Dummy")!, "monitor", TimeSpan.Zero, TimeSpan.FromSeconds(20));
        Assert.That(fresh.Run(order, Bare, CancellationToken.None).Code, Is.EqualTo(OcfCode.NotRunning), "the package's own");
        Assert.That(fresh.Run(order with { Parameters = order.Parameters.Add("novel", "1") }, Bare, CancellationToken.None).Code, Is.EqualTo(3), "a parameter that the built-in agent does not have");
        Assert.That(fresh.Run(order, Bare.Add("HA_APPLIANCE_SCRIPTS", "Dummy"), CancellationToken.None).Code, Is.EqualTo(3), "as asked");
    }

    /// <summary>Debian's own agents, by our hand.</summary>
    [TestCase("ocf:heartbeat:Dummy"), TestCase("ocf:pacemaker:Dummy"), TestCase("ocf:pacemaker:Stateful"), TestCase("ocf:heartbeat:Delay")]
    public void A_packaged_program_runs_start_monitor_stop(string agent)
    {
        var spec = AgentSpec.Parse(agent)!;
        Machine.NeedsRoot();
        Machine.NeedsFile($"/usr/lib/ocf/resource.d/{spec.Provider}/{spec.Type}");
        using var classes = new ResourceClasses(new LrmPaths { StateDirectory = _root + "/state", WorkingDirectory = "/" }, (_, _, _) => { });
        var environment = Bare.Add("HA_APPLIANCE_SCRIPTS", spec.Type).Add("HA_RSCTMP", _root + "/state").Add("OCF_ROOT", "/usr/lib/ocf");
        var more = spec.Type == "Delay" ? ImmutableSortedDictionary<string, string>.Empty.Add("startdelay", "0").Add("stopdelay", "0").Add("mondelay", "0") : ImmutableSortedDictionary<string, string>.Empty;
        AgentEnd Do(string action) => classes.Run(new($"t{Environment.ProcessId}", spec, action, TimeSpan.Zero, TimeSpan.FromSeconds(30)) { Parameters = more }, environment, CancellationToken.None);
        Assert.That(Do("meta-data").Output, Does.Contain("<resource-agent"));
        Assert.That(Do("monitor").Code, Is.EqualTo(OcfCode.NotRunning));
        Assert.That((Do("start").Code, Do("monitor").Code, Do("stop").Code, Do("monitor").Code), Is.EqualTo((0, 0, 0, 7)));
    }
}
