using System.Collections.Immutable;
using System.Threading.Channels;
using Appliance.Core;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using Appliance.Logging;
using Appliance.Lrm;
using Appliance.Messaging;

namespace Appliance.Control;

/// <summary>Runs <c>rc.d/TYPE TYPE</c> for messages: one at a time, in order, each in a process group of its own, on a thread of its own.</summary>
internal sealed class HookRunner : IHooks, IDisposable
{
    /// <summary>Hooks that wait. A hook that hangs is ended after <see cref="Limits"/>; a storm of messages meanwhile is cut off here.</summary>
    private const int MostWaiting = 128;

    private static readonly ProcessLimits Limits = new(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(10));

    /// <summary>What 3.0.6's own scripts in rc.d call to do the daemon's work; here the daemon does it itself, and twice would be once too often.</summary>
    private static readonly string[] Shipped = ["mach_down", "req_resource", "ResourceManager", "hb_standby"];

    private readonly Channel<(string Type, Message Message)> _waiting = Channel.CreateBounded<(string, Message)>(MostWaiting);
    private readonly Bell _bell = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly ImmutableSortedDictionary<string, string> _environment;
    private readonly Func<string> _ownStatus;
    private readonly ApplianceLog _log;
    private readonly string _directory;

    /// <param name="ownStatus">Our node's status word, for HA_OSTATUS.</param>
    public HookRunner(string directory, ImmutableSortedDictionary<string, string> environment, Func<string> ownStatus, ApplianceLog log)
    {
        (_directory, _environment, _ownStatus, _log) = (directory, environment, ownStatus, log);
        new Thread(Work, ThreadStack.Of(256 * 1024)) { Name = "hooks", IsBackground = true }.Start();
    }

    /// <inheritdoc/>
    public void Run(string type, Message message)
    {
        if (Script(type) is null) return;
        if (_waiting.Writer.TryWrite((type, message))) _bell.Ring();
        else _log.Warn($"rc.d/{type} not run: {MostWaiting} scripts of rc.d wait already");
    }

    public void Dispose()
    {
        _waiting.Writer.TryComplete();
        _ending.Cancel();
        _bell.Ring();
    }

    /// <summary>The script for a type: executable, and the administrator's own.</summary>
    public string? Script(string type)
    {
        var name = type.ToLowerInvariant();
        if (name.Length is 0 or > 31 || name.Contains('/') || name[0] == '.') return null;
        var path = Path.Combine(_directory, name);
        try
        {
            if (!File.Exists(path) || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) == 0) return null;
            if (name is not ("status" or "ip-request" or "ip-request-resp" or "ask_resources" or "hb_takeover")) return path;
            var text = File.ReadAllText(path);
            return Shipped.Any(program => text.Contains(program, StringComparison.Ordinal)) ? null : path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _log.Warn($"{path}: {e.Message}; not run");
            return null;
        }
    }

    private void Work()
    {
        while (true)
        {
            _bell.Wait();
            if (!_waiting.Reader.TryRead(out var next)) return;     // it rang for the end
            if (Script(next.Type) is { } script) Run(script, next.Type.ToLowerInvariant(), next.Message);
        }
    }

    private void Run(string script, string type, Message message)
    {
        _log.Write(LogPriority.Info, $"Running {Paths.HooksDirAsPrinted}/{type} {type}", program: "harc");
        var output = new OutputLines(line => _log.Write(LogPriority.Info, line, program: type));
        var errors = new OutputLines(line => _log.Write(LogPriority.Warn, line, program: type));
        try
        {
            var spec = new ProcessSpec(script, [type], ScriptEnvironment.ForMessage(_environment, message, _ownStatus()));
            var end = ProcessRunner.Run(spec, Limits, (isError, bytes) => (isError ? errors : output).Read(bytes), _ending.Token);
            output.Finish();
            errors.Finish();
            if (end is not { Kind: ProcessEndKind.Exited, Code: 0 }) _log.Warn($"rc.d/{type} ended: {end.Kind} {end.Code}");
        }
        catch (IOException e)
        {
            _log.Error($"rc.d/{type} cannot be run: {e.Message}");
        }
    }
}
