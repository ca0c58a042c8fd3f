using System.Collections.Immutable;
using Appliance.Core;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>Switches and power strips that are spoken to on their command line, over the system's ssh.</summary>
public abstract class CliDevice(bool fabric) : DeviceType
{
    private readonly Lazy<ImmutableArray<CliProfile>> _profiles = new(() => Read(fabric));

    public ImmutableArray<CliProfile> CliProfiles => _profiles.Value;
    public override bool IsFabric => fabric;

    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames
    {
        get
        {
            var names = ImmutableSortedDictionary.CreateBuilder<string, ImmutableSortedDictionary<string, string>>(StringComparer.Ordinal);
            foreach (var profile in CliProfiles)
                foreach (var agent in profile.Agents) names[agent] = ImmutableSortedDictionary<string, string>.Empty.Add("profile", profile.Name);
            return names.ToImmutable();
        }
    }

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        StandardParameters.Ip,
        StandardParameters.IpPort with { Default = "22" },
        StandardParameters.UserName,
        StandardParameters.Password,
        StandardParameters.PasswordScript,
        new("identity_file", ParameterKind.Text, "File with the key to log in with") { Letter = 'k' },
        new("ssh", ParameterKind.Boolean, "Use ssh; there is no other way here") { OldNames = ["secure"], Letter = 'x', Default = "1" },
        new("ssh_options", ParameterKind.Text, "Without effect here"),
        new("ssh_path", ParameterKind.Text, "Without effect: the system's ssh is used"),
        new("telnet_path", ParameterKind.Text, "Without effect here"),
        new("command_prompt", ParameterKind.Text, "What the command line ends with, if it is not what the profile says") { OldNames = ["cmd_prompt"], Letter = 'c' },
        StandardParameters.Plug,
        new("switch", ParameterKind.Text, "Without effect here") { Letter = 's' },
        new("profile", ParameterKind.Text, "Kind of command line"),
        StandardParameters.Inet4Only,
        StandardParameters.Inet6Only,
        .. StandardParameters.Timing,
        .. StandardParameters.WithoutEffect,
    ];

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        if (parameters.List("ip").Length != 1) yield return "ip is missing: name or address of the device (one)";
        if (!parameters.Has("username")) yield return "username is missing";
        if (!parameters.Flag("ssh")) yield return "telnet shows its password to the whole network and is not spoken: set ssh=1";
        if (!CliProfiles.Any(p => p.Name == parameters["profile"])) yield return $"profile must be one of {string.Join(' ', CliProfiles.Select(p => p.Name))}";
        if (parameters.Has("identity_file") && parameters["identity_file"][0] != '/') yield return $"identity_file must be a full path, and is \"{parameters["identity_file"]}\"";
        foreach (var name in new[] { "ip", "username" })
            if (parameters[name].StartsWith('-')) yield return $"{name} must not begin with a dash";
    }

    public override Conversation Converse(DeviceOrder order)
    {
        var p = order.Parameters;
        return new CliConversation(order, CliProfiles.First(c => c.Name == p["profile"]), fabric ? "port" : "outlet")
        {
            Endpoint = new Endpoint.Ssh(p.List("ip")[0], p.Integer("ipport") is > 0 and var port ? port : 22, p["username"], p.Has("password") ? p.Secret("password") : null, p.Has("identity_file") ? p["identity_file"] : null),
        };
    }

    private static ImmutableArray<CliProfile> Read(bool fabric)
    {
        var all = ImmutableArray.CreateBuilder<CliProfile>();
        foreach (var file in Profiles.Of("cli"))
        {
            if (!file.Name.EndsWith(".profile", StringComparison.Ordinal)) continue;
            var (profile, problems) = CliProfile.Parse(file.Name, file.Text);
            if (profile is null) throw new FormatException(string.Join('\n', problems));
            if (profile.IsFabric == fabric) all.Add(profile);
        }
        return all.ToImmutable();
    }
}

/// <summary>Ports of storage switches.</summary>
public sealed class CliSwitchDevice() : CliDevice(fabric: true)
{
    public override string Name => "switchcli";
    public override string Short => "Ports of a storage switch on its command line over ssh (in place of fence_brocade)";
    public override string Long => "Disables the ports of a machine, persistently, and proves it by reading the switch's list of ports again. Every port of every path must be named; the machine is let in again (unfenced) when it joins.";
    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.List, FenceAction.Monitor];
}

/// <summary>Outlets of power strips.</summary>
public sealed class CliStripDevice() : CliDevice(fabric: false)
{
    public override string Name => "pducli";
    public override string Short => "Outlets of a power strip on its command line over ssh (in place of fence_apc)";
    public override string Long => "Switches the outlets of a machine and proves it by reading their states again. SNMP (pdu) is faster where the strip has it.";
    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor];
}

/// <summary>One order over one login.</summary>
internal sealed class CliConversation(DeviceOrder order, CliProfile profile, string thing) : Conversation
{
    private readonly string _prompt = order.Parameters["command_prompt"] is { Length: > 0 } own ? own : profile.Prompt;
    private DeviceVerdict? _trouble;
    private string _heard = "";
    private readonly SortedDictionary<string, PowerState> _states = new(StringComparer.Ordinal);

    public override IEnumerable<Step> Steps()
    {
        var delay = order.Parameters.Seconds("delay");
        if (delay > TimeSpan.Zero && order.Action is FenceAction.Off or FenceAction.Reboot) yield return new Pause(delay);
        foreach (var plug in order.Plugs)
            if (!System.Array.TrueForAll(plug.ToCharArray(), c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '.'))
            {
                Verdict = new(VerdictKind.Misconfigured, $"a {thing} is letters, digits, and / _ - .");
                yield break;
            }
        Doing = "logging in";
        foreach (var step in Hear(null, order.Parameters.Seconds("login_timeout") + TimeSpan.FromSeconds(10))) yield return step;
        if (_trouble is null) foreach (var step in Look()) yield return step;
        if (_trouble is null && order.Plugs.IsDefaultOrEmpty && order.Action is not FenceAction.List and not FenceAction.Monitor) _trouble = new(VerdictKind.Misconfigured, $"which {thing}? give plug");
        if (_trouble is not null)
        {
            Verdict = _trouble;
            yield break;
        }
        switch (order.Action)
        {
            case FenceAction.List:
                var outlets = ImmutableArray.CreateBuilder<Outlet>();
                foreach (var row in profile.Rows(_heard)) outlets.Add(new(row[profile.PlugWord - 1], profile.NameWord > 0 && row.Length >= profile.NameWord ? row[profile.NameWord - 1] : "", profile.Find(_heard, row[profile.PlugWord - 1]).State));
                Verdict = new(VerdictKind.Proven, $"{outlets.Count} {thing}s") { Outlets = outlets.ToImmutable() };
                break;
            case FenceAction.Status or FenceAction.Monitor:
                Verdict = DeviceVerdict.Is(_states.ContainsValue(PowerState.On) ? PowerState.On : PowerState.Off, $"{thing} {string.Join(", ", _states.Keys.ToList().ConvertAll(p => $"{p} is {Word(_states[p])}"))}");
                break;
            case FenceAction.Off or FenceAction.Reboot:
                foreach (var step in Switch(profile.SwitchOff, PowerState.Off)) yield return step;
                if (order.Action == FenceAction.Off || Verdict is not { IsProven: true } off) break;
                foreach (var step in Switch(profile.SwitchOn, PowerState.On)) yield return step;
                Verdict = Verdict is { IsProven: true } ? DeviceVerdict.Is(PowerState.On, $"{off.Sentence}; on again") : off with { Sentence = $"{off.Sentence}; switching on again failed: {Verdict?.Sentence}" };
                break;
            case FenceAction.On:
                foreach (var step in Switch(profile.SwitchOn, PowerState.On)) yield return step;
                break;
            default:
                Verdict = new(VerdictKind.Unsupported, $"the device does not know {order.Action.ToString().ToLowerInvariant()}");
                break;
        }
        yield return new Say("exit", _ => true, TimeSpan.FromMilliseconds(100));
    }

    private IEnumerable<Step> Switch(string command, PowerState wanted)
    {
        var plugs = _states.Keys.ToList().FindAll(p => _states[p] != wanted);
        var already = plugs.Count == 0;
        foreach (var plug in plugs)
        {
            Doing = $"switching {thing} {plug} {Word(wanted)}";
            foreach (var step in Hear(command.Replace("{plug}", plug, StringComparison.Ordinal), order.Parameters.Seconds("shell_timeout") + TimeSpan.FromSeconds(10))) yield return step;
            if (_trouble is null && profile.Refused.FirstOrDefault(r => _heard.Contains(r, StringComparison.OrdinalIgnoreCase)) is not null)
                _trouble = new(VerdictKind.NotAllowed, $"{thing} {plug} cannot be switched: this user may not");
            if (_trouble is null) continue;
            Verdict = _trouble;
            yield break;
        }
        var wait = order.Parameters.Seconds("power_wait");
        if (wait > TimeSpan.Zero && !already) yield return new Pause(wait);
        var until = Now + order.Parameters.Seconds("power_timeout");
        for (var looks = 0; !already; looks++)
        {
            foreach (var step in Look()) yield return step;
            if (_trouble is null && _states.Values.All(s => s == wanted)) break;
            if (_trouble is not null || Now >= until)
            {
                Verdict = _trouble ?? new(VerdictKind.StillOn, $"{thing} {string.Join(", ", _states.Keys.ToList().FindAll(p => _states[p] != wanted))} was told to go {Word(wanted)} and did not") { State = PowerState.On };
                yield break;
            }
            yield return new Pause(StandardParameters.NextLook(looks + 1));
        }
        Verdict = DeviceVerdict.Is(wanted, $"{thing} {string.Join(", ", _states.Keys)} {(already ? $"was {Word(wanted)} already" : $"was switched and then listed as {Word(wanted)}")}") with { WasAlready = already };
    }

    /// <summary>Lists all, and finds the plugs of the order.</summary>
    private IEnumerable<Step> Look()
    {
        foreach (var step in Hear(profile.Status, order.Parameters.Seconds("shell_timeout") + TimeSpan.FromSeconds(10))) yield return step;
        if (_trouble is not null) yield break;
        _states.Clear();
        foreach (var plug in order.Plugs)
        {
            var (state, word) = profile.Find(_heard, plug);
            if (state is { } found) _states[plug] = found;
            else
            {
                _trouble = word is null ? new(VerdictKind.NoSuchPlug, $"the device lists no {thing} {plug}") : new(VerdictKind.Garbled, $"{thing} {plug} is \"{(word.Length > 40 ? word[..40] : word)}\", which is neither on nor off");
                yield break;
            }
        }
    }

    /// <summary>Says a line and reads up to the next prompt.</summary>
    private IEnumerable<Step> Hear(string? line, TimeSpan patience)
    {
        _trouble = null;
        var say = new Say(line, heard => heard.AsSpan().TrimEnd().EndsWith(_prompt, StringComparison.Ordinal), patience);
        yield return say;
        _heard = say.Heard;
        if (say.Answered) yield break;
        _trouble = say.Closed switch
        {
            null => new(VerdictKind.TimedOut, $"the device did not come to its prompt (\"{_prompt}\") within {patience.TotalSeconds:0} s"),
            var why when why.Contains("denied", StringComparison.OrdinalIgnoreCase) => new(VerdictKind.Refused, $"ssh was refused: check username, password or identity_file ({why})"),
            var why => new(VerdictKind.Unreachable, $"ssh ended: {why}"),
        };
    }

    private static string Word(PowerState state) => state == PowerState.Off ? "off" : "on";
}
