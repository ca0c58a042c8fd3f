using System.Collections.Immutable;

namespace Appliance.Stonith.Configured;

/// <summary>One of cluster-glue's types that a native one stands for.</summary>
/// <param name="Name">As in ha.cf and <c>stonith -t</c>.</param>
/// <param name="Native">Our type.</param>
/// <param name="Order">Cluster-glue's parameter names in the order in which values are given by position (<c>stonith -t TYPE -n</c>); the last takes the rest of the line.</param>
/// <param name="Meaning">Cluster-glue's name to ours; a name that is missing here means nothing to us.</param>
public sealed record LegacyType(string Name, string Native, ImmutableArray<string> Order, ImmutableSortedDictionary<string, string> Meaning)
{
    /// <summary>What the type always implies (<c>lanplus=0</c>).</summary>
    public ImmutableSortedDictionary<string, string> Fixed { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
}

/// <summary>The table of cluster-glue's types that we speak ourselves. Any other is run by cluster-glue's own program.</summary>
public static class LegacyTypes
{
    /// <summary>Where the names of the nodes go.</summary>
    public const string Hosts = "pcmk_host_list";

    public static ImmutableArray<LegacyType> All { get; } =
    [
        Type("ipmilan", "ipmi", "hostname=pcmk_host_list ipaddr=ip port=ipport auth=auth priv=privlvl login=username password=password reset_method=").With("lanplus", "0"),
        Type("external/ipmi", "ipmi", "hostname=pcmk_host_list ipaddr=ip userid=username passwd=password interface=lanplus"),
        Type("apcmastersnmp", "pdu", "ipaddr=ip port=ipport community=community").With("snmp_version", "1"),
        Type("external/rackpdu", "pdu", "hostlist=pcmk_host_list pduip=ip community=community").With("snmp_version", "1"),
        Type("external/sbd", "sbd", "sbd_device=devices crashdump=crashdump timeout_bypass="),
        Type("meatware", "meatware", "hostlist=pcmk_host_list"),
        Type("null", "null", "hostlist=pcmk_host_list"),
        Type("rcd_serial", "relay", "hostlist=pcmk_host_list ttydev=device dtr_rts=line msduration=hold").With("cuts", "reset"),
    ];

    public static LegacyType? Find(string name) => All.FirstOrDefault(t => t.Name == name);

    /// <summary>Cluster-glue's words for what fence-agents say in other words.</summary>
    public static string Value(string name, string value) => (name, value.ToLowerInvariant()) switch
    {
        ("lanplus", "lanplus") => "1",
        ("lanplus", "lan") => "0",
        ("privlvl", "admin") => "administrator",
        ("auth", "straight") => "password",
        ("hold", _) when value.All(char.IsAsciiDigit) => $"{value}ms",
        _ => value,
    };

    private static LegacyType Type(string name, string native, string parameters)
    {
        var order = ImmutableArray.CreateBuilder<string>();
        var meaning = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var pair in parameters.Split(' '))
        {
            var at = pair.IndexOf('=', StringComparison.Ordinal);
            order.Add(pair[..at]);
            if (at < pair.Length - 1) meaning[pair[..at]] = pair[(at + 1)..];
        }
        return new(name, native, order.ToImmutable(), meaning.ToImmutable());
    }

    private static LegacyType With(this LegacyType type, string name, string value) => type with { Fixed = type.Fixed.Add(name, value) };
}
