namespace Appliance.Lrm.Catalog;

/// <summary>An agent as somebody names it, known here or not (<see cref="Core.Resources.AgentSpec"/> is one that can be run): <c>ocf:heartbeat:IPaddr2</c>, <c>lsb:ssh</c>, <c>stonith:fence_ipmilan</c>.</summary>
/// <param name="Standard">The class: ocf, lsb, heartbeat, service, systemd, stonith, or one that nobody knows.</param>
/// <param name="Provider">Of OCF agents only.</param>
public sealed record AgentName(string Standard, string? Provider, string Type)
{
    public const string Ocf = "ocf", Lsb = "lsb", Heartbeat = "heartbeat", Service = "service", Systemd = "systemd", Stonith = "stonith";

    /// <summary>The provider of the built-in agents.</summary>
    public const string Ours = Agents.AgentRegistry.Ours;

    /// <returns><c>null</c>: it is none; an OCF agent without a provider is none either.</returns>
    public static AgentName? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0) return null;
        var (standard, rest) = (text[..colon], text[(colon + 1)..]);
        if (!standard.Equals(Ocf, StringComparison.OrdinalIgnoreCase)) return rest.Length > 0 ? new(standard, null, rest) : null;
        colon = rest.IndexOf(':', StringComparison.Ordinal);
        return colon > 0 && colon < rest.Length - 1 ? new(standard, rest[..colon], rest[(colon + 1)..]) : null;
    }

    public override string ToString() => Provider is null ? $"{Standard}:{Type}" : $"{Standard}:{Provider}:{Type}";
}
