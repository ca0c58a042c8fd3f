using System.Collections.Immutable;

namespace Appliance.Core.Resources;

/// <summary>Names a resource agent: standard (class), provider, type, as in <c>ocf:heartbeat:IPaddr2</c> or <c>systemd:nginx</c>.</summary>
/// <param name="Standard">One of <see cref="Standards"/>.</param>
/// <param name="Provider">Of OCF only; empty for the others.</param>
/// <param name="Type">The agent's own name, which for systemd may hold <c>@</c>, <c>.</c> and <c>:</c>.</param>
public sealed record AgentSpec(string Standard, string Provider, string Type)
{
    private const string DefaultProvider = "heartbeat";

    /// <summary>In the order in which Pacemaker's tools list them.</summary>
    public static ImmutableArray<string> Standards { get; } = ["lsb", "ocf", "service", "systemd", "heartbeat", "stonith"];

    /// <summary><c>null</c>: it names no standard that there is, or no type. <c>ocf:TYPE</c> means the provider heartbeat, as in Pacemaker.</summary>
    public static AgentSpec? Parse(string text)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0 || !Standards.Contains(text[..colon])) return null;
        var (standard, rest) = (text[..colon], text[(colon + 1)..]);
        if (standard != "ocf") return IsName(rest, standard == "systemd" ? "@.:\\" : ".") ? new(standard, "", rest) : null;
        var second = rest.IndexOf(':', StringComparison.Ordinal);
        var (provider, type) = second < 0 ? (DefaultProvider, rest) : (rest[..second], rest[(second + 1)..]);
        return IsName(provider, ".") && IsName(type, ".") ? new(standard, provider, type) : null;
    }

    public override string ToString() => Provider.Length > 0 ? $"{Standard}:{Provider}:{Type}" : $"{Standard}:{Type}";

    /// <summary>A file's name, and not a path to somewhere else.</summary>
    private static bool IsName(string name, string besides)
    {
        if (name.Length == 0 || name[0] == '.' || name[0] == '-') return false;
        foreach (var c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c is not '_' and not '-' and not '+' && !besides.Contains(c, StringComparison.Ordinal)) return false;
        return true;
    }
}
