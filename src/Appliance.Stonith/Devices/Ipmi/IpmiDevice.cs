using System.Collections.Immutable;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Ipmi;

/// <summary>Baseboard management controllers over the network: IPMI 2.0 (RMCP+) and 1.5.</summary>
public sealed class IpmiDevice : DeviceType
{
    /// <summary>RMCP's port (ASF 2.0).</summary>
    private const int Port = 623;

    public override string Name => "ipmi";
    public override string Short => "A machine's BMC over IPMI 2.0 or 1.5 (in place of fence_ipmilan)";
    public override string Long =>
        "Switches a machine's power through its management controller and proves it by reading the power state back. Speaks RMCP+ (cipher suites 0 to 3 and 15 to 17, with or without Kg) "
        + "and IPMI 1.5 (MD5, password). The user needs the privilege of an operator. A BMC that loses power together with its machine answers nothing, and proves nothing: "
        + "combine it with a switched outlet at a second level. The machine must ignore its power button (systemd-logind: HandlePowerKey=ignore), as some BMCs press it first.";

    /// <inheritdoc/>
    public override ImmutableSortedDictionary<string, ImmutableSortedDictionary<string, string>> AgentNames { get; } = PresetProfiles.AgentNames("bmc");

    public override ImmutableArray<DeviceParameter> Parameters { get; } =
    [
        StandardParameters.Ip,
        StandardParameters.IpPort with { Default = "623" },
        StandardParameters.UserName,
        StandardParameters.Password,
        StandardParameters.PasswordScript,
        StandardParameters.Plug,
        StandardParameters.PortAsIp,
        StandardParameters.Inet4Only,
        StandardParameters.Inet6Only,
        new("lanplus", ParameterKind.Boolean, "Use IPMI 2.0 (RMCP+)") { Letter = 'P', Default = "1" },
        new("cipher", ParameterKind.Choice, "Cipher suite of IPMI 2.0; without it 17, then 3, by what the BMC takes") { Letter = 'C', Choices = ["0", "1", "2", "3", "15", "16", "17"] },
        new("hexadecimal_kg", ParameterKind.Text, "The BMC's own key (Kg), in hexadecimal digits") { IsSecret = true },
        new("auth", ParameterKind.Choice, "How to log in with IPMI 1.5; without it what the BMC offers") { Letter = 'A', Choices = ["md5", "password", "none"] },
        new("privlvl", ParameterKind.Choice, "Privilege to ask for; operator is enough") { Letter = 'L', Default = "administrator", Choices = ["callback", "user", "operator", "administrator"] },
        new("target", ParameterKind.Text, "Address of the controller behind the BMC that is meant (ipmitool -t)"),
        .. StandardParameters.Timing,
        .. StandardParameters.WithoutEffect.Where(p => p.Name is not "separator"),
        new("timeout", ParameterKind.Seconds, "Without effect here") { Letter = 't' },
        new("ipmitool_path", ParameterKind.Text, "Without effect: no program is used"),
        new("ipmitool_timeout", ParameterKind.Seconds, "Without effect: lost messages are sent again after 0.3, 0.6, 1.2 and 2.4 s") { Default = "2" },
        new("use_sudo", ParameterKind.Boolean, "Without effect: no program is used") { OldNames = ["sudo"] },
        new("sudo_path", ParameterKind.Text, "Without effect: no program is used"),
    ];

    public override ImmutableArray<FenceAction> Actions { get; } = [FenceAction.Status, FenceAction.Off, FenceAction.On, FenceAction.Reboot, FenceAction.Monitor, FenceAction.Diag];
    public override bool IsPlugless => true;

    public override IEnumerable<string> Check(DeviceParameters parameters)
    {
        if (Hosts(parameters).IsEmpty) yield return "ip is missing: name or address of the BMC";
        if (BmcAccess.Hexadecimal(parameters["hexadecimal_kg"]) is not { Length: <= Rakp.PasswordBytes }) yield return "hexadecimal_kg must be an even number of hexadecimal digits, 40 at most";
        if (System.Text.Encoding.UTF8.GetByteCount(parameters["username"]) > Rakp.NameBytes) yield return "username is longer than the 16 bytes that IPMI has for it";
        if (parameters.Has("target") && BmcAccess.Byte(parameters["target"]) is null) yield return $"target must be an address, as 0x82, and is \"{parameters["target"]}\"";
        if (parameters.Integer("ipport") is <= 0 or > 65535) yield return $"ipport must be a port number, and is \"{parameters["ipport"]}\"";
    }

    public override Conversation Converse(DeviceOrder order)
    {
        var port = order.Parameters.Integer("ipport");
        return new IpmiConversation(order) { Endpoint = new Endpoint.Udp(Hosts(order.Parameters, order.Plugs), port > 0 ? port : Port) { Version = StandardParameters.Version(order.Parameters) } };
    }

    private static ImmutableArray<string> Hosts(DeviceParameters parameters, ImmutableArray<string> plugs = default) =>
        parameters.Flag("port_as_ip") ? plugs.IsDefaultOrEmpty ? parameters.List("plug") : plugs : parameters.List("ip");
}
