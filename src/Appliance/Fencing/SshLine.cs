using System.Globalization;
using System.Text;
using Appliance.Core;
using Appliance.Linux;
using Appliance.Stonith.Conversations;
using Appliance.Stonith.Devices.Cli;

namespace Appliance.Fencing;

/// <summary>A dialogue over the system's <c>ssh</c>, with a terminal on the other side.</summary>
/// <remarks>
/// A password goes to ssh through its askpass program, which is this binary again (<see cref="Askpass"/>): it reads it from a file in our memory that only our user can open. Keys of hosts
/// are learnt at the first contact and kept; a changed one is refused.
/// </remarks>
internal sealed class SshLine : ILine
{
    private const int MostHeard = 256 * 1024;
    private const string KnownHosts = "/var/lib/heartbeat/appliance-known-hosts";
    private readonly CancellationTokenSource _ending = new();
    private readonly Descriptor _toShell, _fromUs;
    private readonly Descriptor? _secret;
    private readonly Thread _running;
    private readonly Lock _lock = new();
    private readonly StringBuilder _heard = new();
    private string _errors = "";
    private string? _ended;

    public SshLine(Endpoint.Ssh endpoint)
    {
        (_fromUs, _toShell) = Descriptor.Pipe();
        var environment = new Dictionary<string, string> { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin", ["LC_ALL"] = "C", ["TERM"] = "dumb" };
        List<string> arguments =
        [
            "-tt", "-p", endpoint.Port.ToString(CultureInfo.InvariantCulture), "-l", endpoint.User,
            "-o", "StrictHostKeyChecking=accept-new", "-o", $"UserKnownHostsFile={KnownHosts}", "-o", "ConnectTimeout=10", "-o", "LogLevel=ERROR", "-o", "NumberOfPasswordPrompts=1",
            "-o", "ServerAliveInterval=5", "-o", "ServerAliveCountMax=3", "-o", "EscapeChar=none",
        ];
        if (endpoint.Version != IpVersion.Any) arguments.Add(endpoint.Version == IpVersion.V4 ? "-4" : "-6");
        if (endpoint.IdentityFile is { } key) arguments.AddRange(["-o", "IdentitiesOnly=yes", "-i", key]);
        else if (endpoint.Password is not null) arguments.AddRange(["-o", "PreferredAuthentications=keyboard-interactive,password"]);
        if (endpoint.Password is { } password)
        {
            _secret = MemoryFile.Holding("ssh password", password.Reveal());
            environment["SSH_ASKPASS"] = "/proc/" + Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "/exe";
            environment["SSH_ASKPASS_REQUIRE"] = "force";
            environment["DISPLAY"] = "none";
            environment[Askpass.Variable] = $"/proc/{Environment.ProcessId}/fd/{_secret.Number}";
        }
        else arguments.AddRange(["-o", "BatchMode=yes"]);
        arguments.AddRange(["--", endpoint.Host]);
        var spec = new ProcessSpec("/usr/bin/ssh", arguments, environment) { StandardInput = $"/proc/self/fd/{_fromUs.Number}" };
        _running = new Thread(() => Run(spec)) { IsBackground = true, Name = "ssh" };
        _running.Start();
    }

    private void Run(ProcessSpec spec)
    {
        string why;
        try
        {
            var end = ProcessRunner.Run(spec, new ProcessLimits(TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(1)), Heard, _ending.Token);
            why = end.Kind == ProcessEndKind.Exited ? $"status {end.Code}" : end.Kind.ToString();
        }
        catch (IOException e)
        {
            why = e.Message;
        }
        lock (_lock) _ended = _errors.Trim() is { Length: > 0 } said ? said.Split('\n')[^1].Trim() : why;
    }

    private void Heard(bool isError, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            var text = Encoding.UTF8.GetString(bytes);
            if (isError) _errors = (_errors + text) is var all && all.Length > 2000 ? all[^2000..] : _errors + text;
            else if (_heard.Length < MostHeard) _heard.Append(text);
        }
    }

    public void Say(Say say, Instant deadline, CancellationToken cancel)
    {
        if (say.Line is { } line)
        {
            lock (_lock) _heard.Clear();
            // The key a person would press: a terminal of the other side makes its own line end of it, and a device without one expects no other.
            if (_toShell.Write(Encoding.UTF8.GetBytes(line + "\r")) < 0)
            {
                say.Closed = "it does not read any more";
                return;
            }
        }
        var until = Instant.Min(deadline, Clock.Now() + say.Patience);
        while (true)
        {
            string? ended;
            lock (_lock) (say.Heard, ended) = (TerminalText.Plain(_heard.ToString()), _ended);
            say.Answered = say.Until(say.Heard);
            say.Closed = say.Answered ? null : ended;
            if (say.Answered || ended is not null || Clock.Now() >= until || cancel.IsCancellationRequested) return;
            cancel.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(10));
        }
    }

    public void Send(ReadOnlySpan<byte> datagram) { }

    public void Exchange(Exchange exchange, Instant deadline, CancellationToken cancel) => exchange.Unreachable = "ssh carries no datagrams";

    public void Dispose()
    {
        _toShell.Dispose();
        // A shell that got "exit" ends by itself; one that did not is ended.
        if (!_running.Join(TimeSpan.FromMilliseconds(300))) _ending.Cancel();
        _running.Join(TimeSpan.FromSeconds(3));
        _fromUs.Dispose();
        _secret?.Dispose();
    }
}

/// <summary>This binary as ssh's askpass: prints the secret that the file named in the environment holds.</summary>
internal static class Askpass
{
    public const string Variable = "APPLIANCE_ASKPASS";

    /// <summary><c>null</c>: we were not called for that.</summary>
    public static int? Run(string[] args)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 0 } path || args.Length != 1) return null;
        try
        {
            using var secret = Descriptor.OpenForReading(path);
            using var output = Console.OpenStandardOutput();
            output.Write(MemoryFile.ReadAll(secret));
            output.Write("\n"u8);
            return 0;
        }
        catch (IOException)
        {
            return 1;
        }
    }
}
