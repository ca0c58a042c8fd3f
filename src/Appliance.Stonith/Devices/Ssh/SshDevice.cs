using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Ssh;

/// <summary>Asks the machine itself to die, over ssh. For tests of configurations (cluster-glue's ssh and external/ssh).</summary>
public sealed class SshDevice : DeviceType
{
    private const string Program = "/usr/bin/ssh", Ping = "/usr/bin/ping";

    public override string Name => "sshreboot";
    public override string Short => "Test device that asks the machine over ssh to reboot itself";
    public override string Long => "For trying a cluster without hardware. A machine that hangs, or that the network has lost, does not obey: then this device fails, and that is when fencing is needed.";
    public override string? Unsafe => "it needs the victim's cooperation: a machine that hangs or cannot be reached is never fenced by it";

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } = ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>>.Empty;

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        StandardParameters.Plug,
        new("hostlist", ParameterKind.Text, "Machines that it may be used for, separated by blanks or commas"),
        new("username", ParameterKind.Text, "Who logs in") { OldNames = ["login"], Letter = 'l', Default = "root" },
        new("identity_file", ParameterKind.Text, "File with the key to log in with") { Letter = 'k' },
        new("livedangerously", ParameterKind.Text, "Without effect here"),
        .. StandardParameters.Timing,
    ];

    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Off, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor, FenceAction.Status];

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        if (parameters["username"].StartsWith('-')) yield return "username must not begin with a dash";
    }

    public override Conversation Converse(DeviceOrder order) => new Dialogue(order);

    private sealed class Dialogue(DeviceOrder order) : Conversation
    {
        /// <summary>Silent this often in a row, a second apart, is silent.</summary>
        private const int Silences = 3;
        private static readonly TimeSpan ProgramTime = TimeSpan.FromSeconds(15);

        public override IEnumerable<Step> Steps()
        {
            if (order.Action == FenceAction.List)
            {
                Verdict = new(VerdictKind.Proven, "") { Outlets = [.. order.Parameters.List("hostlist").Select(h => new Outlet(h, "", null))] };
                yield break;
            }
            if (order.Plugs.IsDefaultOrEmpty || order.Plugs[0].StartsWith('-'))
            {
                Verdict = order.Action == FenceAction.Monitor ? new(VerdictKind.Proven, "nothing can be asked without a machine") : new(VerdictKind.Misconfigured, "which machine? give plug");
                yield break;
            }
            var node = order.Plugs[0];
            var ping = new RunProgram(Ping, ["-c1", "-W1", "-q", node], ProgramTime);
            if (order.Action is FenceAction.Status or FenceAction.Monitor)
            {
                yield return ping;
                Verdict = ping.NotStarted is { } reason ? new(VerdictKind.Misconfigured, $"ping cannot be run: {reason}")
                    : ping.ExitCode == 0 ? DeviceVerdict.Is(PowerState.On, $"{node} answers to ping") : new(VerdictKind.Unreachable, $"{node} does not answer to ping, which says nothing of its power");
                yield break;
            }
            if (order.Action is not FenceAction.Off and not FenceAction.Reboot)
            {
                Verdict = new(VerdictKind.Unsupported, $"a machine cannot be asked over ssh for {order.Action.ToString().ToLowerInvariant()}");
                yield break;
            }
            var key = order.Parameters["identity_file"] is { Length: > 0 } file ? ImmutableArray.Create("-i", file) : [];
            var word = order.Action == FenceAction.Off ? "poweroff -nf" : "reboot -nf";
            Doing = $"asking {node} to die";
            var ask = new RunProgram(Program, ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "StrictHostKeyChecking=accept-new", "-l", order.Parameters["username"], .. key, "--", node, $"(sleep 1; {word}) >/dev/null 2>&1 &"], ProgramTime);
            yield return ask;
            if (ask.ExitCode != 0)
            {
                Verdict = new(VerdictKind.Unreachable, $"{node} was not reached by ssh{(ask.NotStarted is { } missing ? $": {missing}" : "")}: nothing is known of its state");
                yield break;
            }
            Doing = $"waiting for {node} to fall silent";
            for (var silent = 0; silent < Silences;)
            {
                yield return new Pause(TimeSpan.FromSeconds(1));
                var look = new RunProgram(Ping, ["-c1", "-W1", "-q", node], ProgramTime);
                yield return look;
                silent = look.ExitCode == 0 ? 0 : silent + 1;
            }
            Verdict = DeviceVerdict.Is(PowerState.Off, $"{node} took the order and fell silent; this proves nothing of its power");
        }
    }
}
