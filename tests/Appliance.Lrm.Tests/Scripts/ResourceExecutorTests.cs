using System.Collections.Immutable;
using Appliance.Core.Resources;

namespace Appliance.Lrm.Tests.Scripts;

public class The_executor
{
    private Scratch _scratch = null!;
    private Log _log = null!;
    private ResourceExecutor _executor = null!;

    [SetUp]
    public void Prepare()
    {
        (_scratch, _log) = (new Scratch(), new Log());
        _executor = new(new LrmPaths
        {
            HaDirectory = _scratch.Path + "/ha.d", InitDirectory = _scratch.Path + "/init.d", DpkgStatus = _scratch.Path + "/none", StateDirectory = _scratch.Path + "/state",
        }, _log.Write) { Grace = TimeSpan.FromMilliseconds(200) };
    }

    [TearDown]
    public void CleanUp()
    {
        _executor.Dispose();
        _scratch.Dispose();
    }

    [Test]
    public async Task Runs_a_script_of_init_d_through_its_whole_life()
    {
        _scratch.Script("init.d/web", $"case $1 in start) touch {_scratch.Path}/on;; stop) rm -f {_scratch.Path}/on;; status) [ -e {_scratch.Path}/on ] && echo running || echo stopped;; esac");
        Assert.That(await Run("web", ResourceAction.Status), Is.EqualTo(OperationOutcome.NotRunning));
        Assert.That(await Run("web", ResourceAction.Start), Is.EqualTo(OperationOutcome.Ok));
        Assert.That(await Run("web", ResourceAction.Status), Is.EqualTo(OperationOutcome.Ok));
        Assert.That(await Run("web", ResourceAction.Stop), Is.EqualTo(OperationOutcome.Ok));
        Assert.That(await Run("web", ResourceAction.Status), Is.EqualTo(OperationOutcome.NotRunning));
    }

    [Test]
    public async Task Runs_a_built_in_agent_through_its_whole_life_without_any_preparation()
    {
        (ResourceAction Action, OperationOutcome Outcome)[] steps =
        [
            (ResourceAction.Status, OperationOutcome.NotRunning), (ResourceAction.Start, OperationOutcome.Ok), (ResourceAction.Status, OperationOutcome.Ok),
            (ResourceAction.Stop, OperationOutcome.Ok), (ResourceAction.Status, OperationOutcome.NotRunning),
        ];
        foreach (var (action, outcome) in steps)
            Assert.That(await Run("Dummy", action), Is.EqualTo(outcome), $"{action}");
    }

    [Test]
    public async Task Says_when_there_is_no_agent()
    {
        Assert.That(await Run("nothing", ResourceAction.Start), Is.EqualTo(OperationOutcome.NotFound));
        Assert.That(_log.Lines, Has.Member("Error ResourceManager: Cannot locate resource script nothing"));
    }

    [Test]
    public async Task Does_not_wait_for_a_built_in_agent_beyond_its_time_and_never_runs_two_on_one_resource()
    {
        var environment = ImmutableSortedDictionary<string, string>.Empty.Add("HA_APPLIANCE_TIMEOUT_START", "100ms").Add("HA_APPLIANCE_TIMEOUT_STOP", "10s");
        var result = await _executor.ExecuteAsync("g", new("Delay::1000", "Delay", ["1000"]), ResourceAction.Start, environment, default);
        Assert.That(result, Is.EqualTo(new OperationResult(OperationOutcome.TimedOut, -1, "Delay 1000 start: no answer within 0.1 s")));
        Assert.That((await _executor.ExecuteAsync("g", new("Delay::1000", "Delay", ["1000"]), ResourceAction.Stop, environment, default)).Outcome, Is.EqualTo(OperationOutcome.Ok));
    }

    [Test]
    public async Task Takes_parameters_without_a_position_from_ha_cf()
    {
        var environment = ImmutableSortedDictionary<string, string>.Empty.Add("HA_APPLIANCE_Dummy_state", _scratch.Path + "/elsewhere");
        await _executor.ExecuteAsync("g", new("Dummy", "Dummy", []), ResourceAction.Start, environment, default);
        Assert.That(File.Exists(_scratch.Path + "/elsewhere"), Is.True);
    }

    private async Task<OperationOutcome> Run(string script, ResourceAction action) =>
        (await _executor.ExecuteAsync("g", new(script, script, []), action, ImmutableSortedDictionary<string, string>.Empty.Add("PATH", "/usr/bin:/bin"), default)).Outcome;
}
