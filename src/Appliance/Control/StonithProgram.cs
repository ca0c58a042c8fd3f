using System.Collections.Immutable;
using Appliance.Configuration;
using Appliance.Fencing;
using Appliance.Haresources;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Stonith;
using Appliance.Stonith.Fencer;

namespace Appliance.Control;

/// <summary>Resets nodes by cluster-glue's program <c>stonith</c>, with the device that ha.cf names for us.</summary>
/// <remarks>
/// Only its exit status 0 is a confirmation. Parameters reach it in a file that only root can read, never on its command line, where every user would
/// see them. Exit statuses are the S_* of cluster-glue's stonith.h.
/// </remarks>
internal sealed class StonithProgram(HaCf cf, Inbox inbox, ApplianceLog log, string program = "", string secretsDirectory = Paths.RunDir) : IDeviceRunner, IDisposable
{
    private const int S_OK = 0, S_BADHOST = 4, S_TIMEOUT = 6;
    private static readonly string[] Places = ["/usr/sbin/stonith", "/usr/local/sbin/stonith", "/sbin/stonith"];
    private static readonly ProcessLimits Limits = new(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(5));

    private readonly WorkerThreads _workers = new("fencing", 4);
    private readonly CancellationTokenSource _ending = new();

    /// <summary>The last line that is for us counts: for our name, or for everybody.</summary>
    public StonithLine? Device => cf.Stonith.LastOrDefault(line => line.Host == "*" || line.Host.Equals(cf.LocalNode, StringComparison.OrdinalIgnoreCase));

    /// <inheritdoc/>
    public ImmutableArray<FencingDevice> Devices => Device is not { } device ? [] :
    [
        // Which nodes it controls only the plugin knows; it says so with its exit status. Tried once: the resource manager asks again by 3.0.6's rule.
        new("stonith", device.Type, new(Reboot: true, On: false, List: false, Status: false))
        {
            Check = HostCheck.None,
            Timeouts = ImmutableSortedDictionary<FenceAction, TimeSpan>.Empty.Add(FenceAction.Reboot, Limits.Timeout),
            Tries = ImmutableSortedDictionary<FenceAction, int>.Empty.Add(FenceAction.Reboot, 1),
        },
    ];

    /// <inheritdoc/>
    public ImmutableArray<TopologyLevel> Levels => [];

    /// <summary>A reset that has begun is not broken off: cluster-glue's program would leave the machine in between.</summary>
    public void Cancel(int run) { }

    public void Learn(string agent, Action learnt) => learnt();

    public string? Register(string id, string agent, IReadOnlyDictionary<string, string> parameters) => "this device is the only one";

    public void Deregister(string id) { }

    public string? SetLevel(string target, int index, IReadOnlyList<string> devices) => "this device is the only one";

    /// <inheritdoc/>
    public void Start(FencerEffect.Run run) => _workers.Start(() =>
    {
        var (result, reason) = run.Action == FenceAction.Monitor ? Ready() : Fence(run.Target);
        inbox.Post(new ControlInput.DeviceEnded(run.Id, new(result switch
        {
            FencingResult.Confirmed => VerdictKind.Proven,
            FencingResult.BadHost => VerdictKind.NoSuchPlug,
            FencingResult.TimedOut => VerdictKind.TimedOut,
            FencingResult.NoDevice => VerdictKind.Misconfigured,
            _ => VerdictKind.StillOn,
        }, reason)));
    });

    /// <summary>Whether the device answers: <c>stonith -S</c>. Switches nothing, never throws.</summary>
    public (FencingResult Result, string Reason) Ready() => Call(["-S"], "the STONITH device", $"checking the STONITH device");

    public void Dispose()
    {
        _ending.Cancel();
        _workers.Dispose();
    }

    /// <summary>Resets a node and waits for the end. Never throws.</summary>
    public (FencingResult Result, string Reason) Fence(string node) => Call(["-T", "reset", node], node, $"Resetting node {node}");

    private (FencingResult Result, string Reason) Call(string[] order, string node, string what)
    {
        if (Device is not { } device) return (FencingResult.NoDevice, "ha.cf has no stonith or stonith_host line for this node");
        var path = program.Length > 0 ? program : Places.FirstOrDefault(File.Exists);
        if (path is null || !File.Exists(path))
        {
            log.Error($"ha.cf names a STONITH device ({device.Type}), but the program stonith (package cluster-glue) is not installed: {node} cannot be reset");
            return (FencingResult.NoDevice, "the program stonith is not installed");
        }
        log.Info($"{what} with [{device.Type}] through {path}");
        string? secrets = null;
        try
        {
            var file = device.ConfigFile;
            if (file is null)
            {
                Directory.CreateDirectory(secretsDirectory);
                file = secrets = Path.Combine(secretsDirectory, $".stonith-{Guid.NewGuid():N}");
                DurableFile.Replace(secrets, device.Parameters.Reveal(), 0x180);        // 0600; on a memory file system, and gone in a moment
            }
            // What the program prints can quote its parameters, so it is not logged.
            var end = ProcessRunner.Run(
                new ProcessSpec(path, ["-t", device.Type, "-F", file, .. order], new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" }),
                Limits, static (_, _) => { }, _ending.Token);
            return Judge(end, node);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (FencingResult.Failed, $"stonith cannot be run: {e.Message}");
        }
        finally
        {
            if (secrets is not null) File.Delete(secrets);
        }
    }

    private static (FencingResult, string) Judge(ProcessEnd end, string node)
    {
        switch (end)
        {
            case { Kind: ProcessEndKind.Exited, Code: S_OK }:
                return (FencingResult.Confirmed, "stonith exited with status 0");
            case { Kind: ProcessEndKind.Exited, Code: S_BADHOST }:
                return (FencingResult.BadHost, $"the STONITH device does not control {node}");
            case { Kind: ProcessEndKind.Exited, Code: S_TIMEOUT } or { Kind: ProcessEndKind.TimedOut }:
                return (FencingResult.TimedOut, "the STONITH device did not answer in time");
            case { Kind: ProcessEndKind.Exited }:
                return (FencingResult.Failed, $"stonith exited with status {end.Code}");
            default:
                return (FencingResult.Failed, $"stonith ended: {end.Kind} {end.Code}");
        }
    }
}
