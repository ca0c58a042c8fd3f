using System.Collections.Immutable;
using System.Text;
using Appliance.Stonith.Conversations;

namespace Appliance.Stonith.Devices.Snmp;

/// <summary>The parameters of every device that is spoken to by SNMP: fence-agents' names and letters.</summary>
public static class SnmpParameters
{
    /// <summary>RFC 3414, 11.2: shorter pass phrases are refused.</summary>
    private const int ShortestPhrase = 8;

    public static ImmutableArray<DeviceParameter> All { get; } =
    [
        StandardParameters.Ip,
        StandardParameters.IpPort with { Default = "161" },
        StandardParameters.UserName,
        StandardParameters.Password,
        StandardParameters.PasswordScript,
        new("community", ParameterKind.Text, "Community of versions 1 and 2c; it must be allowed to write") { Letter = 'c', IsSecret = true },
        new("snmp_version", ParameterKind.Choice, "Version; without it 3 with a user name, else 2c") { Letter = 'd', Choices = ["1", "2c", "3"] },
        new("snmp_auth_prot", ParameterKind.Choice, "How messages of version 3 are signed") { Letter = 'b', Default = "MD5", Choices = ["MD5", "SHA", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512", "SHA-224", "SHA-256", "SHA-384", "SHA-512"] },
        new("snmp_sec_level", ParameterKind.Choice, "Security of version 3; without it what the pass phrases allow") { Letter = 'E', Choices = ["noAuthNoPriv", "authNoPriv", "authPriv"] },
        new("snmp_priv_prot", ParameterKind.Choice, "How messages of version 3 are encrypted") { Letter = 'B', Default = "DES", Choices = ["DES", "AES"] },
        new("snmp_priv_passwd", ParameterKind.Text, "Pass phrase of the encryption") { Letter = 'P', IsSecret = true },
        new("snmp_priv_passwd_script", ParameterKind.Text, "Program whose first line of output is the pass phrase of the encryption") { Letter = 'R' },
        StandardParameters.Inet4Only,
        StandardParameters.Inet6Only,
        new("snmpget_path", ParameterKind.Text, "Without effect: no program is used"),
        new("snmpset_path", ParameterKind.Text, "Without effect: no program is used"),
        new("snmpwalk_path", ParameterKind.Text, "Without effect: no program is used"),
    ];

    public static Endpoint Endpoint(DeviceParameters parameters) =>
        new Endpoint.Udp(parameters.List("ip"), parameters.Integer("ipport") is > 0 and var port ? port : 161) { Version = StandardParameters.Version(parameters) };

    public static IEnumerable<string> Check(DeviceParameters parameters)
    {
        if (parameters.List("ip").IsEmpty) yield return "ip is missing: name or address of the device";
        if (parameters.Integer("ipport") is <= 0 or > 65535) yield return $"ipport must be a port number, and is \"{parameters["ipport"]}\"";
        if (VersionOf(parameters) < 3)
        {
            if (!parameters.Has("community")) yield return "community is missing: the one that may write";
            yield break;
        }
        if (!parameters.Has("username")) yield return "username is missing: version 3 has users";
        var (auth, priv) = LevelOf(parameters);
        if (!auth && !parameters.Has("snmp_sec_level") && Has(parameters, "snmp_priv_passwd")) yield return "password is missing: snmp_priv_passwd is given, and SNMP encrypts only what is signed";
        if (auth && !parameters.Has("password_script") && Encoding.UTF8.GetByteCount(parameters["password"]) < ShortestPhrase) yield return "password is missing, or shorter than the 8 characters that SNMP demands";
        if (priv && !parameters.Has("snmp_priv_passwd_script") && Encoding.UTF8.GetByteCount(parameters["snmp_priv_passwd"]) < ShortestPhrase)
            yield return "snmp_priv_passwd is missing, or shorter than the 8 characters that SNMP demands";
    }

    /// <summary>0 (version 1), 1 (version 2c), 3: as on the wire.</summary>
    internal static int VersionOf(DeviceParameters parameters) => parameters["snmp_version"] switch
    {
        "1" => 0,
        "2c" or "2C" => 1,
        "3" => 3,
        _ => parameters.Has("username") && !parameters.Has("community") ? 3 : 1,
    };

    internal static (bool Auth, bool Priv) LevelOf(DeviceParameters parameters) => parameters["snmp_sec_level"].ToLowerInvariant() switch
    {
        "noauthnopriv" => (false, false),
        "authnopriv" => (true, false),
        "authpriv" => (true, true),
        _ => (Has(parameters, "password"), Has(parameters, "password") && Has(parameters, "snmp_priv_passwd")),
    };

    private static bool Has(DeviceParameters parameters, string name) => parameters.Has(name) || parameters.Has($"{name}_script");

    internal static UsmAuth AuthOf(DeviceParameters parameters) =>
        !LevelOf(parameters).Auth ? UsmAuth.None
        : parameters["snmp_auth_prot"].ToUpperInvariant().Replace("-", "", StringComparison.Ordinal) switch
        {
            "SHA" or "SHA1" => UsmAuth.Sha,
            "SHA224" => UsmAuth.Sha224,
            "SHA256" => UsmAuth.Sha256,
            "SHA384" => UsmAuth.Sha384,
            "SHA512" => UsmAuth.Sha512,
            _ => UsmAuth.Md5,
        };

    internal static UsmPriv PrivOf(DeviceParameters parameters) =>
        !LevelOf(parameters).Priv ? UsmPriv.None : parameters["snmp_priv_prot"].Equals("AES", StringComparison.OrdinalIgnoreCase) ? UsmPriv.Aes : UsmPriv.Des;
}
