using System.Diagnostics;
using Appliance.Lab.Harness;

namespace Appliance.Lab.Fencing;

/// <summary>A BMC with SHA-256 suites and switchable faults, which ipmitool and fence_ipmilan accept: a program beside this project, where there is one.</summary>
[Parallelizable(ParallelScope.All)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[Category("beside")]
public sealed class StrangeBmcTests : IDisposable
{
    private static readonly string? s_program = Find();
    private readonly string _directory = Directory.CreateTempSubdirectory("appliance-bmc-").FullName;
    private Process? _process;
    private int _port;

    private static string? Find()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
            if (Path.Combine(directory.FullName, "shared", "lab", "bmc", "bmc.py") is var path && File.Exists(path)) return path;
        return null;
    }

    private void Start(string arguments)
    {
        if (s_program is null) Assert.Ignore("there is no such BMC beside this checkout (../shared/lab)");
        if (Implementation.Ours.Missing() is { } missing) Assert.Ignore(missing);
        _port = IpmiTests.FreePort();
        _process = Shell.Start($"python3 {s_program} {_directory} --port {_port} {arguments} >{_directory}/output 2>&1");
        Until.True("the BMC listens", () => Shell.Try("ss -lnu").Output.Contains($"127.0.0.1:{_port}", StringComparison.Ordinal), 10);
    }

    private (int Status, string Output) Fence(string arguments) => Shell.Try($"{Implementation.Ours.Tools}fence ipmi --ip 127.0.0.1 --ipport {_port} --username fence --password fencepw {arguments}");

    [TestCase("--suites 15", "--cipher 15")]
    [TestCase("--suites 16", "--cipher 16")]
    [TestCase("--suites 17", "--cipher 17")]
    [TestCase("--suites 17", "")]
    [TestCase("--suites 3", "")]
    [TestCase("--suites 17 --kg 0102030405060708090a0b0c0d0e0f1011121314", "--hexadecimal_kg 0102030405060708090a0b0c0d0e0f1011121314")]
    [TestCase("--fault no-cipher-list", "")]
    [TestCase("--fault busy=3", "")]
    [TestCase("--fault dup", "")]
    [TestCase("--fault drop=5", "")]
    [TestCase("--fault delay=0.2", "")]
    public void It_is_switched_off_and_read_back(string bmc, string ours)
    {
        Start(bmc);
        var (status, output) = Fence($"{ours} --action off");
        Assert.That((status, output), Is.EqualTo((0, output)));
        Assert.That(File.ReadAllText(Path.Combine(_directory, "power")).Trim(), Is.EqualTo("0"));
    }

    [TestCase("--fault bad-rakp2", "Refused: ", "password")]
    [TestCase("--fault bad-rakp4", "Refused: ", "Kg")]
    [TestCase("--fault low-priv", "Refused: ", "privlvl=operator")]
    [TestCase("--fault no-sessions", "TimedOut: ", "no free session")]
    [TestCase("--fault hang", "TimedOut: ", "fell silent")]
    [TestCase("--fault bad-mac", "TimedOut: ", "fell silent")]
    public void A_fault_has_its_own_verdict_in_bounded_time(string bmc, string kind, string reason)
    {
        Start(bmc);
        var clock = Stopwatch.StartNew();
        var (status, output) = Fence("--action off");
        Assert.That((status, output), Is.EqualTo((1, output)));
        Assert.That(output, Does.StartWith(kind).And.Contains(reason));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(45)));
        Assert.That(File.Exists(Path.Combine(_directory, "power")) && File.ReadAllText(Path.Combine(_directory, "power")).Trim() == "0", Is.False, "nothing was switched");
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        _process?.WaitForExit(5_000);
        _process?.Dispose();
        Directory.Delete(_directory, true);
    }
}
