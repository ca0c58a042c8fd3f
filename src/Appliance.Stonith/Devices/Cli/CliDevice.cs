using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Cli;

/// <summary>Switches and power strips that are spoken to on their command line: over the system's ssh, or over telnet where it must be.</summary>
public abstract class CliDevice(bool fabric) : DeviceType
{
    private const int SshPort = 22, TelnetPort = 23;
    private readonly Lazy<ImmutableArray<CliProfile>> _profiles = new(() => ReadAll(fabric));

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
        StandardParameters.IpPort with { Short = "TCP port of the device; 22 for ssh and 23 for telnet when it is not given" },
        StandardParameters.UserName,
        StandardParameters.Password,
        StandardParameters.PasswordScript,
        new("identity_file", ParameterKind.Text, "File with the key to log in with; password is its pass phrase then") { Letter = 'k' },
        new("ssh", ParameterKind.Boolean, "1: ssh; 0: telnet, which shows the password to the whole network. Not given: as the device's profile says, which is ssh for all but the oldest") { OldNames = ["secure"], Letter = 'x' },
        new("ssh_options", ParameterKind.Text, "Without effect: what an old device needs is told to ssh in root's ~/.ssh/config"),
        new("ssh_path", ParameterKind.Text, "Without effect: the system's ssh is used"),
        new("telnet_path", ParameterKind.Text, "Without effect: no program is needed for telnet"),
        new("command_prompt", ParameterKind.Text, "What the command line ends with, if it is not what the profile says; a plain text") { OldNames = ["cmd_prompt"], Letter = 'c' },
        StandardParameters.Plug,
        new("switch", ParameterKind.Text, "Without effect here") { Letter = 's' },
        new("profile", ParameterKind.Text, "Kind of command line"),
        new("dialogue_file", ParameterKind.Text, "File with a profile of your own"),
        new("dialogue_text", ParameterKind.Text, "Contents of that file"),
        StandardParameters.Inet4Only,
        StandardParameters.Inet6Only,
        .. StandardParameters.Timing,
        .. StandardParameters.WithoutEffect,
    ];

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        if (parameters.List("ip").Length != 1) yield return "ip is missing: name or address of the device (one)";
        if (!parameters.Has("username")) yield return "username is missing";
        if (!parameters.Has("password") && !parameters.Has("password_script") && !parameters.Has("identity_file") && parameters.Has("ssh") && !parameters.Flag("ssh")) yield return "password is missing: telnet knows no keys";
        if (CommandPrompt.Of(parameters["command_prompt"]) is null) yield return "command_prompt is a plain text here, that which the last line ends with, and not a regular expression";
        if (parameters.Has("identity_file") && parameters["identity_file"][0] != '/') yield return $"identity_file must be a full path, and is \"{parameters["identity_file"]}\"";
        foreach (var name in new[] { "ip", "username" })
            if (parameters[name].StartsWith('-') || parameters[name].AsSpan().ContainsAnyInRange('\0', '\x1f')) yield return $"{name} must not begin with a dash or hold a control character";
        if (parameters["password"].AsSpan().ContainsAnyInRange('\0', '\x1f')) yield return "password holds a control character";
        if (parameters.Has("dialogue_file") || parameters.Has("dialogue_text"))
        {
            if (!parameters.Has("dialogue_text")) yield break;     // read when an order comes
            var (own, problems) = CliProfileReader.Read(parameters["dialogue_file"], parameters["dialogue_text"]);
            foreach (var problem in problems) yield return problem;
            if (own is not null && own.IsFabric != fabric) yield return $"{parameters["dialogue_file"]}: fabric = {(own.IsFabric ? "yes belongs to switchcli" : "no belongs to pducli")}";
        }
        else if (Named(parameters["profile"]) is null) yield return $"profile must be one of {string.Join(' ', Names())}";
    }

    public override Conversation Converse(DeviceOrder order)
    {
        var p = order.Parameters;
        var profile = p.Has("dialogue_text") ? CliProfileReader.Read(p["dialogue_file"], p["dialogue_text"]).Profile! : Named(p["profile"])!;
        var isTelnet = p.Has("ssh") ? !p.Flag("ssh") : profile.IsTelnet;
        var port = p.Integer("ipport") is > 0 and < 65536 and var given ? given : isTelnet ? TelnetPort : SshPort;
        return new CliConversation(order, profile)
        {
            Endpoint = isTelnet
                ? new Endpoint.Telnet(p.List("ip")[0], port) { Version = StandardParameters.Version(p) }
                : new Endpoint.Ssh(p.List("ip")[0], port, p["username"], p.Has("password") ? p.Secret("password") : null, p.Has("identity_file") ? p["identity_file"] : null) { Version = StandardParameters.Version(p) },
        };
    }

    private CliProfile? Named(string name)
    {
        foreach (var profile in CliProfiles)
            if (profile.Name == name) return profile;
        return null;
    }

    private IEnumerable<string> Names()
    {
        foreach (var profile in CliProfiles) yield return profile.Name;
    }

    private static ImmutableArray<CliProfile> ReadAll(bool fabric)
    {
        var all = ImmutableArray.CreateBuilder<CliProfile>();
        foreach (var file in Profiles.Of("cli"))
        {
            if (!file.Name.EndsWith(".profile", StringComparison.Ordinal)) continue;
            var (profile, problems) = CliProfileReader.Read(file.Name, file.Text);
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
    public override string Short => "Ports of a storage switch on its command line over ssh or telnet (in place of fence_brocade, fence_sanbox2)";
    public override string Long => "Disables the ports of a machine and proves it by reading the switch's list of ports again. Every port of every path must be named; the machine is let in again (unfenced) when it joins. "
        + "A Brocade keeps the port disabled over its own restart; a SANbox does not.";
    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.List, FenceAction.Monitor];
}

/// <summary>Outlets of power strips.</summary>
public sealed class CliStripDevice() : CliDevice(fabric: false)
{
    public override string Name => "pducli";
    public override string Short => "Outlets of a power strip on its command line over ssh or telnet (in place of fence_apc, fence_cdu, fence_cyberpower_ssh, fence_raritan_px3)";
    public override string Long => "Switches the outlets of a machine and proves it by reading their states again. SNMP (pdu) is faster where the strip has it.";
    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.List, FenceAction.Monitor];
}
