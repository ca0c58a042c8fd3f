using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Appliance.Core.Diagnostics;
using Appliance.Linux;
using static Appliance.Lrm.Agents.ParameterKind;

namespace Appliance.Lrm.Agents;

/// <summary>Counts which of a list of hosts answer an ICMP echo, and leaves the number, multiplied, as a node attribute.</summary>
/// <remarks>
/// <para>Parameters, files and exit codes are those of ocf:pacemaker:ping 1.2 (Pacemaker 2.1.5). The echoes are sent by ourselves, to all hosts at the same
/// time: <c>attempts</c> requests to each, every one waiting its share of <c>timeout</c>, as the original has it with fping; the first answer counts.</para>
/// <para>Departures: IPv4 and IPv6 can be mixed. Of <c>options</c>, which are ping's, <c>-I</c> (interface or source address), <c>-4</c> and <c>-6</c> are
/// heeded; the others are named in the log once at start and have no effect. A name that cannot be looked up is a host that does not answer.
/// <c>use_fping</c> has no effect. In haresources nobody keeps attributes; there <c>failure_score</c> makes the resource fail.</para>
/// </remarks>
public sealed class Ping : BuiltInAgent
{
    /// <summary>What ping(8) itself would take at most: 300 s instead of anything above 1000.</summary>
    private const int Longest = 1000, InsteadOfLonger = 300, InsteadOfNone = 5;

    /// <summary>What the original takes an action's time-out for when nobody says it.</summary>
    private static readonly TimeSpan UsualTime = TimeSpan.FromSeconds(20);

    public override AgentDescription Description { get; } = new(
        "ping", "Counts hosts that can be reached", "Every start and monitor asks the hosts of a list for an ICMP echo, and sets a node attribute to the number of those that answer.", "HOST[ HOST...]",
        [
            new("pidfile", Text, "State file", "The file that says that it was started.")
            {
                UniqueGroup = "pidfile", WorkedOutDefault = e => PacemakerState.File(e, $"ping-{PacemakerState.Instance(e)}"),
            },
            new("dampen", Text, "Dampening", "How long to wait for further changes before the attribute is written.") { Default = "5s", Type = "integer", Reloadable = true },
            new("name", Text, "Attribute", "Name of the attribute, for rules in constraints.") { Default = "pingd", UniqueGroup = "name" },
            new("multiplier", Number, "Value of a host", "The attribute's value is the number of hosts times this.") { Default = "1" },
            new("host_list", Text, "Hosts", "Names or addresses, separated by blanks.") { Required = true },
            new("attempts", Number, "Attempts", "Requests to a host before it counts as not there.") { Default = "3", Minimum = 1, Reloadable = true },
            new("timeout", Text, "Seconds to wait", "How long to wait for a host, all attempts together; without it, as long as the action may take.") { Type = "integer", Reloadable = true, WorkedOutDefault = _ => "2" },
            new("options", Text, "Options of ping", "-I INTERFACE or -I ADDRESS, -4, -6; others have no effect."),
            new("failure_score", Text, "Least value", "With a value below this the resource has failed; without it, it never has.") { Type = "integer" },
            new("use_fping", YesNo, "Without effect", "Taken for compatibility: no program is used.") { Default = "1" },
            new("debug", Text, "What is logged", "true: hosts that do not answer; verbose: also those that do.") { Default = "false", Reloadable = true },
        ],
        [new("start", 60), new("stop", 20), new("monitor", 60, 10), new("meta-data", 5), new("validate-all", 30), new("reload-agent", 20)])
    {
        OcfVersion = "1.1", StandsFor = "pacemaker",
    };

    public override bool MayBlock => true;

    public override IReadOnlyDictionary<string, string> FromPositional(ImmutableArray<string> arguments) =>
        arguments.IsEmpty ? throw WrongArguments() : new Dictionary<string, string> { ["host_list"] = string.Join(' ', arguments) };

    public override AgentResult Start(AgentCall call)
    {
        if (File.Exists(State(call)))
        {
            var result = Update(call);
            if (result.Code == OcfCode.Success) return result;
        }
        foreach (var unheeded in Options(call).Unheeded) call.Log(LogPriority.Warn, $"options: {unheeded} has no effect, the echoes are not sent by a program");
        StateFiles.Write(State(call));
        return Update(call);
    }

    public override AgentResult Stop(AgentCall call)
    {
        StateFiles.Delete(State(call));
        if (call.Attributes.Change(new(call.Parameters["name"], null) { Dampening = call.Parameters["dampen"] }, call) is { } problem)
            call.Log(LogPriority.Info, $"attribute {call.Parameters["name"]} not taken away: {problem}");
        return AgentResult.Success;
    }

    public override AgentResult Monitor(AgentCall call) => File.Exists(State(call)) ? Update(call) : AgentResult.NotRunning;

    public override AgentResult ReloadAgent(AgentCall call) => AgentResult.Success;

    public override AgentResult Validate(AgentCall call)
    {
        if (State(call)[0] != '/') call.Log(LogPriority.Warn, $"pidfile={State(call)}: should begin with /");
        if (call.CheckLevel == 10 && !Directory.Exists(Path.GetDirectoryName(State(call)))) return new(OcfCode.Arguments, $"there is no directory for {State(call)}");
        _ = FailureScore(call);
        _ = Options(call);
        return AgentResult.Success;
    }

    private static AgentResult Update(AgentCall call)
    {
        var least = FailureScore(call);
        var name = call.Parameters["name"];
        var score = Reached(call) * call.Parameters.Integer("multiplier");
        var change = new AttributeChange(name, score.ToString(CultureInfo.InvariantCulture)) { Dampening = call.Parameters["dampen"], ChangesDampening = call.Action == "start" };
        if (call.Attributes.Change(change, call) is { } problem) return new(OcfCode.Generic, $"attribute {name}={score} not set: {problem}");
        return least is { } needed && score < needed ? new(OcfCode.Generic, $"{name}={score} is less than failure_score={needed}") : AgentResult.Success;
    }

    private static int Reached(AgentCall call)
    {
        var names = call.Parameters["host_list"].Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);
        var (device, source, family, _) = Options(call);
        var (addresses, hosts) = (new List<IPAddress>(), new List<string>());
        foreach (var host in names)
        {
            if (Address(host, family, call) is not { } address) continue;
            addresses.Add(address);
            hosts.Add(host);
        }
        if (addresses.Count == 0) return 0;
        var attempts = call.Parameters.Integer("attempts");
        using var sweep = new EchoSweep(addresses, device, source);
        var answered = sweep.Ask(attempts, TimeSpan.FromSeconds(Seconds(call, names.Length)) / attempts, call.Cancel);
        var reached = 0;
        for (var i = 0; i < hosts.Count; i++)
        {
            if (answered[i]) reached++;
            if (answered[i] ? Talk(call) > 1 : Talk(call) > 0) call.Log(answered[i] ? LogPriority.Info : LogPriority.Warn, $"{hosts[i]} {(answered[i] ? "answers" : "does not answer")}");
        }
        return reached;
    }

    private static IPAddress? Address(string host, AddressFamily family, AgentCall call)
    {
        try
        {
            if (IPAddress.TryParse(host, out var literal)) return literal;
            foreach (var address in Dns.GetHostAddresses(host, family))
                if (address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6) return address;
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            call.Log(LogPriority.Warn, $"{host}: {e.Message}");
        }
        return null;
    }

    /// <summary>How long a host is waited for; without the parameter, the action's time divided among hosts and attempts, a tenth kept back.</summary>
    private static int Seconds(AgentCall call, int hosts)
    {
        var text = call.Parameters["timeout"];
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? text.AsSpan(0, end) : text;
        var given = int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        var time = call.Meta("timeout").Length > 0 || call.Timeout < UsualTime ? call.Timeout : UsualTime;
        var seconds = !given ? (long)(time.TotalMilliseconds / hosts / call.Parameters.Integer("attempts") / 1100) : text[digits.Length..] switch
        {
            "ms" or "msec" => number / 1000,
            "m" or "min" => number * 60L,
            "h" or "hr" => number * 3600L,
            _ => number,
        };
        return seconds < 1 ? InsteadOfNone : seconds > Longest ? InsteadOfLonger : (int)seconds;
    }

    private static (string? Device, IPAddress? Source, AddressFamily Family, List<string> Unheeded) Options(AgentCall call)
    {
        var words = call.Parameters["options"].Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        var (device, source, family, unheeded) = ((string?)null, (IPAddress?)null, AddressFamily.Unspecified, new List<string>());
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[i];
            if (word == "-4") family = AddressFamily.InterNetwork;
            else if (word == "-6") family = AddressFamily.InterNetworkV6;
            else if (word.StartsWith("-I", StringComparison.Ordinal))
            {
                var value = word.Length > 2 ? word[2..] : i + 1 < words.Length ? words[++i] : throw new AgentException(OcfCode.Configured, "options: -I needs an interface or an address");
                if (IPAddress.TryParse(value, out var address)) source = address;
                else device = value;
            }
            else if (word is not ("-n" or "-q")) unheeded.Add(word);
        }
        return (device, source, family, unheeded);
    }

    private static int? FailureScore(AgentCall call)
    {
        if (!call.Parameters.Has("failure_score")) return null;
        return int.TryParse(call.Parameters["failure_score"], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var score) ? score
            : throw new AgentException(OcfCode.Configured, $"failure_score={call.Parameters["failure_score"]}: must be a whole number");
    }

    private static int Talk(AgentCall call) => call.Parameters["debug"].ToLowerInvariant() switch { "true" or "1" => 1, "verbose" or "2" => 2, _ => 0 };

    private static string State(AgentCall call)
    {
        if (call.Parameters.Has("pidfile")) return call.Parameters["pidfile"];
        // Instances of an anonymous clone share one file by the attribute's name, as they share the attribute.
        var common = !call.IsHaresources && call.Meta("globally_unique") is ("" or "false");
        return PacemakerState.File(call.Environment, $"ping-{(common ? call.Parameters["name"] : Uri.EscapeDataString(call.Instance))}");
    }
}
