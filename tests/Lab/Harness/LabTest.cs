using NUnit.Framework.Interfaces;

[assembly: LevelOfParallelism(8)]   // pairs mostly wait: six of them keep two cores half busy

namespace Appliance.Lab.Harness;

/// <summary>A scenario: makes its pair, and hands over the logs when it failed.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public abstract class LabTest
{
    private Pair? _pair;

    /// <summary>Boots nothing yet; skips the test, with the reason, where it cannot run.</summary>
    protected Pair Make(Pairing pairing, PairPlan? plan = null)
    {
        if (Environment.UserName != "root") Assert.Ignore("network namespaces need root");
        foreach (var implementation in new[] { pairing.Alpha, pairing.Beta })
            if (implementation.Missing() is { } reason) Assert.Ignore(reason);
        return _pair = new Pair(pairing, plan);
    }

    [TearDown]
    public void HandOverLogs()
    {
        if (_pair is null) return;
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            TestContext.Out.WriteLine($"logs: {_pair.Collect(TestContext.CurrentContext.Test.Name)}");
            foreach (var host in _pair.Hosts)
            {
                TestContext.Out.WriteLine($"--- {host.Name} ({host.Implementation}), end of its log");
                foreach (var line in host.Log.Text.Split('\n').TakeLast(25)) TestContext.Out.WriteLine(line);
            }
        }
        _pair.Dispose();
    }
}

/// <summary>Once per run.</summary>
[SetUpFixture]
public sealed class LabRun
{
    [OneTimeSetUp]
    public void Sweep()
    {
        if (Environment.UserName == "root") Pair.Sweep();
    }
}
